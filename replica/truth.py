"""The truth as data: what a fair observer, who looked at every site once a day from day 0, knows
on day N.

The statuses follow Paddock's own rules (`docs/architecture.md`): a mark or the sold grid sells; a
car off the grid whose page is gone is `removed` at once and `sold` from its third day of absence
on; a car off the grid whose page still answers stays in stock for six more looks and is then
`removed`. A day on which the site was not honest teaches nothing.
"""

from collections import defaultdict
from dataclasses import asdict, dataclass, replace
from typing import Any

from replica.calendar import Lot, Standing, honest_days, lot
from replica.dealers import BY_KEY, Address
from replica.sellers import Seller, sellers
from replica.sites.brochure import own_phone
from replica.sites.dealer import x_sold
from replica.themes import THEMES
from replica.world import World

# The themes whose vehicle pages list the equipment, and what classic.com's tables tell of a car.
TELL_OPTIONS = frozenset(
    ["gateway", "streetside", "cam", "grauto", "autorevo", "itemlist", "microdata", "shop"]
)
LISTED_FIELDS = ("title", "year", "make", "model", "price", "vin")
MISSED_RUNS = 3
DELISTED_AFTER = 7


@dataclass(frozen=True)
class SellerTruth:
    """One profile. `type` is what the seller is; `organization` is None where the profile cannot
    be read.
    """

    url: str
    name: str
    type: str
    organization: str | None
    answer: str


@dataclass(frozen=True)
class OrganizationTruth:
    """One organization. Where its profiles and its own site tell different things, all of them are
    listed.
    """

    key: str
    type: str
    members: tuple[str, ...]
    names: tuple[str, ...]
    website: str | None
    license: str | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    addresses: tuple[Address, ...]
    dealer: str | None


@dataclass(frozen=True)
class VehicleTruth:
    """One car at one dealer.

    `vin` is as stated but in capitals, None for a placeholder or nothing; `price` counts whole
    units of `currency`. `tile_fields` are those that the grid tells (the others stand on the car's
    page only) and `ambiguous` those on which fair readers may differ. `place` is where the site
    has the car today: grid, sold_mark, archive, unlinked (off the grid, its page answers) or gone.
    `page_answers` says whether the car's page, or its place in a page, can be read today; `photos`
    (full size, in order), `description` and the rest of the fields from `description` on stand on
    that page alone. Where a dealer's own site lets nobody in, `url` is the car's page on
    classic.com.
    """

    dealer: str
    url: str
    title: str
    year: int
    make: str
    model: str
    trim: str | None
    vin: str | None
    stock: str | None
    price: int | None
    currency: str | None
    price_kind: str | None
    mileage: int | None
    mileage_unit: str | None
    status: str
    place: str
    since_day: int
    listed_day: int
    photos: tuple[str, ...]
    thumbnail: str | None
    tile_fields: tuple[str, ...]
    ambiguous: tuple[str, ...]
    page_answers: bool
    description: str
    options: tuple[str, ...]
    exterior_color: str
    interior_color: str
    engine: str
    transmission: str


@dataclass(frozen=True)
class DealerTruth:
    """One dealer's site on the day. `fault` is None on an honest day, else blocked, truncated or
    empty.

    `in_grid` and `in_archive` count the cars that an honest walk finds.
    """

    key: str
    organization: str
    website: str
    platform: str
    grid: str
    sold_grid: str | None
    links_inventory: bool
    fault: str | None
    in_grid: int
    in_archive: int


@dataclass(frozen=True)
class Truth:
    """Everything, for one day."""

    day: int
    sellers: tuple[SellerTruth, ...]
    organizations: tuple[OrganizationTruth, ...]
    dealers: tuple[DealerTruth, ...]
    vehicles: tuple[VehicleTruth, ...]

    def as_json(self) -> dict[str, Any]:
        """Plain lists and dictionaries, for `json.dump`."""
        return asdict(self)

    def dealer(self, key: str) -> DealerTruth:
        """One dealer by its key."""
        return next(dealer for dealer in self.dealers if dealer.key == key)

    def of_dealer(self, key: str) -> tuple[VehicleTruth, ...]:
        """The vehicles of one dealer."""
        return tuple(vehicle for vehicle in self.vehicles if vehicle.dealer == key)


def truth_of(world: World, day: int, *, browser: bool = True) -> Truth:
    """The truth of one day; without a ``browser``, the dealers whose grids a script draws are known
    by what classic.com lists of them."""

    def is_open(key: str) -> bool:
        return not BY_KEY[key].challenged and (browser or BY_KEY[key].theme != "scripted")

    return Truth(
        day,
        tuple(_seller(world, seller) for seller in sellers()),
        _organizations(world),
        tuple(_dealer(world, key, day) for key in BY_KEY),
        tuple(
            vehicle
            for key in BY_KEY
            for vehicle in (_vehicles if is_open(key) else _listed)(world, key, day)
        ),
    )


def readable(seller: Seller) -> bool:
    """Whether the profile can be read at all (at the second attempt at the latest)."""
    return seller.behaviour not in ("missing", "challenge")


def _seller(world: World, seller: Seller) -> SellerTruth:
    url = world.origins["classic"] + seller.path
    return SellerTruth(
        url, seller.name, seller.kind, seller.org if readable(seller) else None, seller.behaviour
    )


def _organizations(world: World) -> tuple[OrganizationTruth, ...]:
    groups: dict[str, list[Seller]] = defaultdict(list)
    for seller in sellers():
        if readable(seller):
            groups[seller.org].append(seller)
    return tuple(_organization(world, key, members) for key, members in groups.items())


def _organization(world: World, key: str, members: list[Seller]) -> OrganizationTruth:
    own = next((m.own for m in members if m.own), None)
    dealer = BY_KEY.get(own or "")
    phones = [
        dealer.phone if dealer else own_phone(members[0]) if own else None,
        *(m.phone for m in members),
    ]
    emails = [dealer.email if dealer else None, *(m.email for m in members)]
    addresses = [dealer.address if dealer else None, *(m.address for m in members)]
    website = world.origins[own] if own else None
    if website is None:
        # A social page is nobody's website; a stall on the marketplace is the best its seller has.
        website = next(
            (w for m in members if (w := world.classic.website(m)) and "facebook" not in w), None
        )
    return OrganizationTruth(
        key=key,
        type=members[0].kind,
        members=tuple(world.origins["classic"] + m.path for m in members),
        names=_distinct(m.name for m in members),
        website=website,
        license=next((m.license_value for m in members if m.license_value), None),
        phones=_distinct(phones),
        emails=_distinct(emails),
        addresses=_distinct(addresses),
        dealer=dealer.key if dealer else None,
    )


def _distinct(values: Any) -> tuple[Any, ...]:
    return tuple(dict.fromkeys(value for value in values if value is not None))


def _dealer(world: World, key: str, day: int) -> DealerTruth:
    dealer, site, today = BY_KEY[key], world.dealers[key], lot(world.seed, key, day)
    return DealerTruth(
        key=key,
        organization=next(s.org for s in sellers() if s.own == key),
        website=world.origins[key],
        platform=dealer.theme,
        grid=site.grid_url(),
        sold_grid=site.grid_url(sold=True) if dealer.sold else None,
        links_inventory=dealer.links_inventory,
        fault=today.fault,
        in_grid=len(today.grid),
        in_archive=len(today.archive),
    )


def _vehicles(world: World, key: str, day: int) -> list[VehicleTruth]:
    today = lot(world.seed, key, day)
    return [_vehicle(world, today, standing) for standing in today.standings]


def _vehicle(world: World, today: Lot, standing: Standing) -> VehicleTruth:
    site = world.dealers[today.dealer.key]
    shown, car = site.shown(standing, today.day), standing.car
    sold, fields = standing.sold, site.theme.tile_fields
    price: int | None = standing.offer.amount
    kind: str | None = standing.offer.kind
    if sold and site.theme.sold_price == "none":
        price = kind = None
    elif sold and site.theme.sold_price == "sold" and price is not None:
        kind = "sold"
    if sold and site.theme.name == "cam":
        # A sold tile of this theme carries no structured data, and with it neither VIN nor mileage.
        fields = tuple(field for field in fields if field not in ("vin", "mileage"))
    elif site.theme.name == "cam" and price is None:
        fields = tuple(field for field in fields if field not in ("vin", "mileage"))
    ambiguous = car.ambiguous + (
        ("make",) if site.theme.name == "autorevo" and x_sold(shown) else ()
    )
    if sold and site.theme.sold_price == "none":
        ambiguous += ("price",)  # Its tile claims none; its own page said once what was asked.
    if site.theme.name == "shop":
        ambiguous += ("description",)  # Its box holds the equipment and the facts as well.
    return VehicleTruth(
        dealer=today.dealer.key,
        url=shown.url,
        title=car.title,
        year=car.year,
        make=car.make,
        model=car.model,
        trim=car.trim,
        vin=car.vin,
        stock=car.stock,
        price=price,
        currency=today.dealer.voice.currency if price is not None else None,
        price_kind=kind,
        mileage=car.mileage,
        mileage_unit=car.mileage_unit,
        status=_status(world.seed, today, standing),
        place=standing.place,
        since_day=standing.since,
        listed_day=standing.listed,
        photos=tuple(_absolute(site.origin, photo.full) for photo in shown.photos),
        thumbnail=_absolute(site.origin, shown.thumb) if shown.photos else None,
        tile_fields=fields,
        ambiguous=ambiguous,
        page_answers=_is_readable(today, standing),
        description=shown.description,
        options=shown.options if site.theme.name in TELL_OPTIONS else (),
        exterior_color=car.exterior,
        interior_color=car.interior,
        engine=car.engine,
        transmission=car.transmission,
    )


def _listed(world: World, key: str, day: int) -> list[VehicleTruth]:
    """The cars of a dealer whose own site cannot be read: those that classic.com lists."""
    seller = next(seller for seller in sellers() if seller.key == key)
    today = lot(world.seed, key, day)
    found = []
    for item in world.classic.listings(seller, day):
        standing = item.car.standing
        truth = _vehicle(world, today, standing)
        photos = tuple(world.classic.photos(item))
        found.append(
            replace(
                truth,
                url=world.origins["classic"] + item.path,
                price=standing.offer.amount,
                currency=truth.currency if standing.offer.amount is not None else None,
                photos=photos,
                thumbnail=None,
                tile_fields=LISTED_FIELDS,
                options=(),
            )
        )
    return found


def _absolute(origin: str, address: str) -> str:
    return address if address.startswith("http") else origin + address


def _is_readable(today: Lot, standing: Standing) -> bool:
    if THEMES[today.dealer.theme].shares_page:
        return standing.place in ("grid", "sold_mark")
    return standing.place != "gone" and not today.dealer.guarded


def _status(seed: int, today: Lot, standing: Standing) -> str:
    if standing.sold:
        return "sold"
    if standing.place == "grid":
        return "pending" if standing.pending else "in_stock"
    missed = honest_days(seed, today.dealer.key, standing.since, today.day)
    shares_page = THEMES[today.dealer.theme].shares_page
    if shares_page and missed < MISSED_RUNS:
        # No page says that the car is gone, so it is on offer until its absence counts.
        return "pending" if standing.pending else "in_stock"
    if standing.place == "unlinked" and not shares_page:
        if missed >= DELISTED_AFTER:
            return "removed"
        return "pending" if standing.pending else "in_stock"
    return "sold" if missed >= MISSED_RUNS else "removed"
