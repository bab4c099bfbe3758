"""The replica's classic.com: the roster in both layouts, profiles, and some vehicle pages."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from random import Random

from slugify import slugify

from replica.calendar import FAULTS, Standing, lot
from replica.dealers import BY_KEY
from replica.page import Page, Visit, challenge, html, redirect, text
from replica.photos import answer_photo
from replica.sellers import Seller, sellers
from replica.sites.show import Shown
from replica.themes import THEMES

PER_PAGE = 20
REAL = "https://www.classic.com"
ROBOTS = "User-agent: *\nDisallow: /search\nDisallow: /api/\nDisallow: /account/\n"
FILTERS = {"all": None, "dealers": "dealer", "auction_houses": "auction_house"}
TYPE_WORDS = {"dealer": "Dealer", "auction_house": "Auction House"}
BLOCKED_PAGE = 2
FIELD = re.compile(r"\{(site|upper|https|www):([a-z]+)\}")


@dataclass(frozen=True)
class Entry:
    """One line of the roster. `href` is spelled as some page of the real site spells its links."""

    seller: Seller
    href: str
    type: str
    listings: int
    logo: str


@dataclass(frozen=True)
class Item:
    """One line of a profile's inventory table."""

    path: str
    title: str
    price: str
    status: str
    car: Shown


class ClassicSite:
    """classic.com on one port. `origins` gives every site's address, `images` among them."""

    key = "classic"

    def __init__(self, seed: int, origins: Mapping[str, str]):
        self.seed, self.origins = seed, origins
        self.by_path = {seller.path: seller for seller in sellers()}

    def answer(self, visit: Visit) -> Page:
        """The page behind a request."""
        path = visit.path
        if path == "/robots.txt":
            return text(ROBOTS)
        if path == "/":
            return redirect("/data?filter=all", 301)
        if path == "/static/favicon.png":
            return answer_photo(self.key, "/favicon.png") or html("missing.html", 404)
        if path.rstrip("/") == "/data":
            return self._roster(visit)
        if path == "/search":
            return html("private.html")
        if path.startswith("/veh/"):
            return self._vehicle(visit)
        # The id keeps its case; a profile answers with and without the trailing slash.
        seller = self.by_path.get(path.rstrip("/") + "/")
        return self._profile(seller, visit) if seller else html("missing.html", 404)

    def pages(self, kind: str = "all") -> int:
        """How many roster pages a filter has."""
        return -(-len(self._listed(kind)) // PER_PAGE)

    def website(self, seller: Seller) -> str | None:
        """The website as the profile spells it."""
        if not seller.website:
            return None

        def spell(found: re.Match[str]) -> str:
            address = self.origins[found[2]].removeprefix("http://")
            prefix = {
                "site": "http://",
                "upper": "HTTP://",
                "https": "https://",
                "www": "https://www.",
            }[found[1]]
            return prefix + address

        return FIELD.sub(spell, seller.website)

    def _listed(self, kind: str) -> list[Seller]:
        """The sellers behind a filter, in an order that mixes them, with a few on two pages."""
        wanted = FILTERS[kind]
        found = [s for s in sellers() if wanted is None or s.kind == wanted]
        Random(f"{self.seed}/roster/{kind}").shuffle(found)
        for place in range(PER_PAGE, len(found), PER_PAGE):
            found.insert(place, found[place - 3])
        return found

    def _roster(self, visit: Visit) -> Page:
        kind = visit.query.get("filter", "all")
        number = visit.query.get("page", "1")
        if kind not in FILTERS or not number.isdigit() or int(number) < 1:
            return html("missing.html", 404)
        page = int(number)
        if FAULTS.get((self.key, visit.day)) == "roster_blocked" and page == BLOCKED_PAGE:
            return challenge(503)
        listed = self._listed(kind)
        chosen = listed[(page - 1) * PER_PAGE : page * PER_PAGE]
        even = page % 2 == 0
        return html(
            "classic/roster.html",
            page=page,
            pages=self.pages(kind),
            filter=kind,
            layout="grid" if even == (kind == "all") else "table",
            entries=[self._entry(seller, index) for index, seller in enumerate(chosen)],
            promo=[
                self._entry(seller, 0)
                for seller in sellers()
                if seller.key in ("lonestar", "palmetto", "coastal")
            ],
            images=self.origins["images"],
        )

    def _entry(self, seller: Seller, index: int) -> Entry:
        bare = seller.path.rstrip("/")
        spellings = (
            seller.path,
            f"{REAL}{seller.path}",
            f"{seller.path}?utm_source=roster&utm_medium=list",
            f"{seller.path}#dealer-listings-table",
            bare,
            f"https://classic.com{bare}",
        )
        return Entry(
            seller,
            spellings[index % len(spellings)],
            TYPE_WORDS[seller.kind],
            3 + index,
            logo(seller),
        )

    def _profile(self, seller: Seller, visit: Visit) -> Page:
        if seller.behaviour == "missing":
            return html("missing.html", 404)
        if seller.behaviour == "challenge":
            return challenge(403)
        if seller.behaviour == "flaky" and visit.nth == 0:
            return Page(b"Service Unavailable", 503, "text/plain", (("retry-after", "1"),))
        known = bool(seller.phone or seller.email)
        page = html(
            "classic/profile.html",
            seller=seller,
            website=self.website(seller),
            terse=len(seller.key) % 2 == 0,
            logo=logo(seller) if known else None,
            badge=TYPE_WORDS[seller.kind] if len(seller.key) % 3 == 0 else None,
            socials=bool(seller.website) and known,
            handle=slugify(seller.name, separator=""),
            listings=self.listings(seller, visit.day),
            images=self.origins["images"],
        )
        return Page(
            page.body,
            page.status,
            page.content_type,
            page.headers,
            0.8 if seller.behaviour == "slow" else 0.0,
        )

    def listings(self, seller: Seller, day: int) -> list[Item]:
        """A seller's cars on classic.com: some of those with a VIN, never the whole inventory."""
        if seller.own not in BY_KEY or seller.key != seller.own:
            return []
        today = lot(self.seed, seller.own, day)
        chosen = [s for s in today.grid if s.car.vin][:6]
        return [self._item(seller, standing, day) for standing in chosen]

    def _item(self, seller: Seller, standing: Standing, day: int) -> Item:
        dealer = BY_KEY[str(seller.own)]
        car = Shown(
            standing,
            dealer,
            THEMES[dealer.theme],
            self.origins[dealer.key],
            self.origins["cdn"],
            day,
        )
        identifier = sha256(standing.car.key.encode()).hexdigest()[:7]
        slug = slugify(f"{car.year} {car.make} {car.model} {car.vin}")
        status = "Sold" if car.sold else "For Sale"
        price = "Price Undisclosed" if car.amount is None else car.asking
        return Item(f"/veh/{slug}-{identifier}", car.title, price, status, car)

    def photos(self, item: Item) -> list[str]:
        """The addresses of a car's photos on classic.com's own host, in full size."""
        return [
            f"{self.origins['images']}/vehicles/{_hex40(photo)}.jpg"
            for photo in item.car.car.photos
        ]

    def _vehicle(self, visit: Visit) -> Page:
        for seller in sellers():
            for item in self.listings(seller, visit.day):
                if item.path == visit.path.rstrip("/"):
                    images, photos = self.origins["images"], self.photos(item)
                    others = [o for o in self.listings(seller, visit.day) if o.path != item.path]
                    comps = [(o, self.photos(o)[0]) for o in others[:3] if self.photos(o)]
                    return html(
                        "classic/vehicle.html",
                        car=item.car,
                        seller=seller,
                        photos=photos,
                        comps=comps,
                        images=images,
                        logo=logo(seller),
                    )
        return html("missing.html", 404)


def logo(seller: Seller) -> str:
    """The file name of a seller's logo under /uploads/dealer/."""
    return slugify(seller.name, separator="_", lowercase=False) + ".png"


def _hex40(photo: int) -> str:
    return sha256(str(photo).encode()).hexdigest()[:40]
