"""The dealers of the replica that have an inventory, as data: who they are, how they write, what
their site is.

The pages are rendered by `sites/dealer.py` after the dealer's `theme` (`themes.py`); nothing here
knows HTML.
"""

from dataclasses import dataclass
from typing import Literal

from replica.cars import Voice

Gone = Literal["404", "410", "redirect", "soft"]
SoldHow = Literal["mark", "archive", "vanish"]


@dataclass(frozen=True)
class Address:
    """A postal address as the dealer prints it; `state` is empty outside the United States."""

    street: str
    city: str
    state: str
    postal_code: str
    country: str = "US"

    @property
    def line(self) -> str:
        """The address on one line."""
        region = (
            f"{self.city}, {self.state} {self.postal_code}"
            if self.state
            else f"{self.postal_code} {self.city}"
        )
        return f"{self.street}, {region}"


PLAIN_VOICE = Voice()


@dataclass(frozen=True)
class Dealer:
    """One dealer with its own site.

    `stock` and `sold` count the cars on day 0 in the current and the sold grid; `sold_in_grid`
    those marked sold in the current one. `gone` is the answer for a car that has left; `private`
    is a linked page that robots.txt forbids; `sold_how` the ways in which a sale shows.
    """

    key: str
    name: str
    theme: str
    address: Address
    phone: str
    email: str
    stock: int
    sold: int = 0
    sold_in_grid: int = 0
    gone: Gone = "404"
    sold_how: tuple[SoldHow, ...] = ("mark", "archive", "vanish")
    voice: Voice = PLAIN_VOICE
    nav: str = "Inventory"
    robots: str | None = "User-agent: *\nDisallow: /admin/\n"
    private: str = "/admin/login"
    links_inventory: bool = True
    challenged: bool = False
    description: str = ""


DA_ROBOTS = (
    "User-agent: *\nDisallow: /*?\nAllow: /*?page=\nDisallow: /api\n\n"
    "User-agent: GPTBot\nDisallow: /\n"
)
# Dealers copy lists of unwelcome robots that name Scrapy; a crawler with its own name is none.
COPIED_ROBOTS = (
    "User-agent: GPTBot\nUser-agent: Scrapy\nUser-agent: Bytespider\nDisallow: /\n\n"
    "User-agent: *\nDisallow: /admin/\n"
)
US_MILES = ("{n} miles", "{n} TMU", "{n} miles showing", "{n} mi")

DEALERS = (
    Dealer(
        "lonestar",
        "Lonestar Classic Motorhall",
        "gateway",
        Address("1250 Mustang Drive", "Grapevine", "TX", "76051"),
        "(817) 555-0142",
        "sales@lonestarmotorhall.example",
        stock=56,
        sold=30,
        gone="404",
        sold_how=("archive", "archive", "vanish"),
        voice=Voice(stock="{number}-{branch}", branches=("dfw", "hou", "san")),
        robots=DA_ROBOTS,
        private="/api/saved",
        description="Collector cars from three Texas showrooms since 1998.",
    ),
    Dealer(
        "tidewater",
        "Tidewater Street Classics",
        "streetside",
        Address("803 Battlefield Blvd", "Chesapeake", "VA", "23320"),
        "(757) 555-0117",
        "info@tidewaterstreet.example",
        stock=38,
        sold=10,
        sold_in_grid=5,
        gone="410",
        sold_how=("mark", "mark", "archive"),
        voice=Voice(stock="{number}-{branch}", branches=("phx", "atl", "dfw")),
        robots=DA_ROBOTS,
        private="/api/saved",
        nav="Cars for Sale",
        description="The nation's friendly consignment dealer for muscle cars and street rods.",
    ),
    Dealer(
        "keystone",
        "Keystone Auto Hall",
        "cam",
        Address("6180 Morgantown Road", "Morgantown", "PA", "19543"),
        "(610) 555-0163",
        "hello@keystoneautohall.example",
        stock=30,
        sold=8,
        sold_in_grid=3,
        gone="redirect",
        sold_how=("mark", "mark", "vanish"),
        voice=Voice(mileage=US_MILES, stock="{number}"),
        robots=DA_ROBOTS,
        private="/api/saved",
        description="An indoor mall of classics. Walk through, or ask for our headlights service.",
    ),
    Dealer(
        "prairie",
        "Prairie Lakes Auto Museum Sales",
        "volo",
        Address("27582 Volo Village Road", "McHenry", "IL", "60050"),
        "(815) 555-0190",
        "cars@prairielakesmuseum.example",
        stock=24,
        sold=6,
        gone="soft",
        sold_how=("archive", "vanish"),
        voice=Voice(mileage=US_MILES, on_request=("Inquire", "Call for Price")),
        nav="Cars for Sale",
        description="The museum's sales floor.",
    ),
    Dealer(
        "harbor",
        "Grand Harbor Auto Gallery",
        "grauto",
        Address("2251 Monroe Avenue NW", "Grand Rapids", "MI", "49505"),
        "(616) 555-0128",
        "gallery@grandharborauto.example",
        stock=18,
        sold=5,
        gone="404",
        sold_how=("archive", "mark", "vanish"),
        voice=Voice(mileage=US_MILES, stock="{initial}{number}", lower_vins=True),
        robots="User-agent: *\nCrawl-delay: 0.5\nDisallow: /api\n",
        private="/api/saved",
        nav="Our Collection",
        description="European sports cars on the lake shore.",
    ),
    Dealer(
        "sakura",
        "Sakura Sports Imports",
        "craft",
        Address("14722 Newport Avenue", "Tustin", "CA", "92780"),
        "(714) 555-0176",
        "team@sakurasports.example",
        stock=12,
        gone="404",
        sold_how=("vanish",),
        robots=None,
        description="Imports from the golden age, landed and titled.",
    ),
    Dealer(
        "millbrook",
        "Millbrook Auto Exchange",
        "autorevo",
        Address("310 Highway 6 East", "Batesville", "MS", "38606"),
        "(662) 555-0133",
        "sales@millbrookexchange.example",
        stock=52,
        sold_in_grid=3,
        gone="404",
        sold_how=("mark", "vanish"),
        voice=Voice(
            mileage=("{n}",),
            stock="{initial}{number}",
            placeholder_vins=("11111111111111111",),
            without_vin=0.12,
        ),
        robots="User-agent: *\nDisallow: /*?*\nAllow: /*?page=\nDisallow: /account\n",
        private="/account",
        nav="View Inventory",
        description="Used and classic cars, trucks and the odd golf cart.",
    ),
    Dealer(
        "northgate",
        "Northgate Historic Motorcars",
        "itemlist",
        Address("41 Enon Street", "Beverly", "MA", "01915"),
        "(978) 555-0154",
        "desk@northgatehistoric.example",
        stock=26,
        sold=6,
        gone="410",
        sold_how=("archive", "vanish"),
        voice=Voice(
            mileage=US_MILES, on_request=("Price on request", "P.O.A."), stock="NG{number}"
        ),
        nav="Inventory",
        description="Pre-war and post-war motorcars of Beverly.",
    ),
    Dealer(
        "alpenrand",
        "Alpenrand Klassik Garage",
        "microdata",
        Address("Marktstraße 18", "Bad Tölz", "", "83646", "DE"),
        "+49 8041 555 0123",
        "kontakt@alpenrand-klassik.example",
        stock=18,
        sold=4,
        gone="404",
        sold_how=("archive",),
        voice=Voice("EUR", "km", ("{n} km",), ("Preis auf Anfrage",), stock="AK-{number}"),
        nav="Our Collection",
        description="Oldtimer und Youngtimer am Alpenrand.",
    ),
    Dealer(
        "coastal",
        "Coastal Vintage Collection",
        "cards",
        Address("26 Ocean Avenue", "Carmel", "CA", "93921"),
        "(831) 555-0181",
        "hello@coastalvintage.example",
        stock=22,
        sold_in_grid=2,
        gone="soft",
        sold_how=("mark", "vanish"),
        voice=Voice(
            mileage=US_MILES, on_request=("Price upon request", "POA"), stock=None, terse=True
        ),
        robots=COPIED_ROBOTS,
        nav="The Collection",
        description="A boutique by the sea.",
    ),
    Dealer(
        "pemberton",
        "Pemberton & Sons",
        "table",
        Address("7 Walcot Street", "Bath", "", "BA1 5BG", "GB"),
        "+44 1225 555 012",
        "office@pembertonandsons.example",
        stock=12,
        sold=4,
        gone="404",
        sold_how=("archive", "vanish"),
        voice=Voice(
            "GBP",
            "mi",
            ("{n} miles", "{n} miles (warranted)"),
            ("POA", "Price on Application"),
            "PS{number}",
        ),
        nav="Cars for sale",
        description="Purveyors of fine British motor cars.",
    ),
    Dealer(
        "ridgeline",
        "Ridgeline Restorations & Sales",
        "list",
        Address("95 Riverside Drive", "Asheville", "NC", "28801"),
        "(828) 555-0109",
        "shop@ridgelinerestorations.example",
        stock=8,
        gone="404",
        sold_how=("vanish",),
        voice=Voice(mileage=US_MILES, on_request=("Please enquire",), stock="R-{number}"),
        links_inventory=False,
        description="A restoration shop with a few cars for sale.",
    ),
    Dealer(
        "vaultline",
        "Vaultline Motor Reserve",
        "cards",
        Address("500 Biscayne Boulevard", "Miami", "FL", "33132"),
        "(305) 555-0150",
        "vault@vaultline.example",
        stock=6,
        challenged=True,
        description="By appointment only.",
    ),
    Dealer(
        "atelier",
        "Atelier Motorcar Studio",
        "studio",
        Address("1101 Cobb Parkway", "Marietta", "GA", "30060"),
        "(770) 555-0137",
        "studio@ateliermotorcar.example",
        stock=10,
        sold=3,
        gone="redirect",
        sold_how=("archive",),
        robots=DA_ROBOTS,
        private="/api/saved",
        voice=Voice(stock=None),
        description="Hand-picked exotics near Marietta, Georgia.",
    ),
)
BY_KEY = {dealer.key: dealer for dealer in DEALERS}
