"""Fleets of dealers for the tests of the drain: what a crawl of a few days leaves in the queue.

A world is a list of observations in the order in which a crawler would append them. Draining it in
any other way must end in the same tables.
"""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from itertools import count
from random import Random
from typing import Any, Literal
from uuid import UUID

import psycopg
from psycopg.types.json import Jsonb

from contract.handles import listing_handle, organization_handle
from contract.observation import Kind, Observation, Source, payload_hash
from contract.payloads import (
    CheckedPage,
    Found,
    FoundAddress,
    InventoryManifest,
    Listing,
    PageManifest,
    Payload,
    Probe,
    SellerProfile,
    Sighting,
    StatusEvidence,
)
from contract.rulings import Ruling

__all__ = ["World", "append", "day", "handle_of", "profile_url", "random_rulings", "random_world"]

MAKES = ("Porsche 911", "Ford Mustang", "Jaguar E-Type", "Chevrolet Corvette", "BMW 2002")


def day(number: float) -> datetime:
    """Noon of a day of the world's calendar; day 0 is 2026-03-01."""
    return datetime(2026, 3, 1, 12, tzinfo=UTC) + timedelta(days=number)


def profile_url(seller: str) -> str:
    """The profile page of a seller on classic.com."""
    return f"https://www.classic.com/s/{seller}/"


def handle_of(seller: str) -> UUID:
    """The handle of a seller's node."""
    return organization_handle(Source.CLASSIC, profile_url(seller))


class World:
    """Collects observations; every method appends what one page or one walk would."""

    def __init__(self) -> None:
        self.observations: list[Observation] = []
        self._run = count(1)

    def profile(
        self,
        seller: str,
        at: datetime,
        *,
        name: str | None = None,
        license: str | None = None,
        website: str | None = None,
        city: str | None = None,
    ) -> Observation:
        """A seller's profile page."""

        def found(value: str | None) -> tuple[Found, ...]:
            return (Found(value=value, origin="profile", where="h1"),) if value else ()

        address = FoundAddress(
            origin="profile", where="address", street="1 Main St", city=city, state="CA",
            country="US",
        )  # fmt: skip
        payload = SellerProfile(
            profile_url=profile_url(seller),
            seller_type="dealer",
            name=found(name or seller.title()),
            dealer_license=found(license),
            website=found(website),
            address=(address,) if city else (),
        )
        url = profile_url(seller)
        return self._add(Source.CLASSIC, Kind.SELLER_PROFILE, url, handle_of(seller), at, payload)

    def walk(
        self,
        seller: str,
        at: datetime,
        cars: Iterable["str | Listing"],
        *,
        site: str | None = None,
        complete: bool = True,
        gone: Iterable[str] = (),
        suppress: Iterable[str] = (),
        manifest: bool = True,
        source: Source = Source.DEALER_SITE,
        grid: Literal["current", "sold", "feed"] = "current",
    ) -> None:
        """One walk of a dealer's grid or feed: its cards, then its manifest.

        ``cars`` are slugs, or listings made by `listing`. The cards in ``suppress`` are left out,
        as an appender leaves out what equals the newest one; ``gone`` are probed and gone.
        """
        site = site or f"https://www.{seller}.example"
        listings = [
            car if isinstance(car, Listing) else self.listing(seller, car, site=site)
            for car in cars
        ]
        for listing in listings:
            assert listing.listing_url
            if listing.listing_url.rpartition("/")[2] not in set(suppress):
                self._add(
                    source, Kind.LISTING, listing.listing_url, handle_of(seller), at,
                    listing,
                )  # fmt: skip
        if not manifest:
            return
        payload = InventoryManifest(
            organization_id=str(handle_of(seller)),
            grid_url=f"{site}/{grid}",
            grid=grid,
            run_mode="current" if grid == "feed" else grid,
            platform="generic",
            pages=1,
            complete=complete,
            incomplete_because=None if complete else "blocked",
            listings=tuple(
                Sighting(
                    url=listing.listing_url or "",
                    status=listing.listing_status,
                    evidence=listing.status_evidence,
                    payload_hash=payload_hash(listing),
                )
                for listing in listings
            ),
            probes=tuple(
                Probe(url=f"{site}/cars/{slug}", verdict="gone", sign="http_404") for slug in gone
            ),
        )
        url = f"{site}/{grid}"
        self._add(source, Kind.INVENTORY_MANIFEST, url, handle_of(seller), at, payload)

    def listing(
        self,
        seller: str,
        slug: str,
        *,
        site: str | None = None,
        price: str = "$54,900",
        sold: bool = False,
        vin: str | None = None,
        stock: str | None = None,
        photos: int = 2,
        evidence: StatusEvidence | None = None,
    ) -> Listing:
        """One card. The slug's letters pick year and make, so equal slugs are equal cars."""
        site = site or f"https://www.{seller}.example"
        year = 1960 + sum(map(ord, slug)) % 40
        return Listing(
            organization_id=str(handle_of(seller)),
            listing_status="sold" if sold else "in_stock",
            status_evidence=evidence or ("mark" if sold else "current_grid"),
            status_words=("SOLD",) if sold else (),
            listing_url=f"{site}/cars/{slug}",
            title=f"{year} {MAKES[sum(map(ord, slug)) % len(MAKES)]}",
            price=price,
            mileage="12,345 miles",
            vin=vin,
            stock_number=stock,
            image_urls=tuple(f"{site}/photos/{slug}/{n}.jpg" for n in range(photos)),
            platform="generic",
            reader="cards",
        )

    def marketplace(self, seller: str, at: datetime, listing: Listing) -> Observation:
        """A card of a dealer's car on classic.com."""
        url = listing.listing_url or ""
        return self._add(Source.CLASSIC, Kind.LISTING, url, handle_of(seller), at, listing)

    def checked(self, at: datetime, sellers: Sequence[str]) -> Observation:
        """A run over profiles that found each as it was: a manifest that names no organization."""
        hashes = {
            observation.url: observation.payload_hash
            for observation in self.observations
            if observation.kind == Kind.SELLER_PROFILE and observation.observed_at <= at
        }
        pages = tuple(
            CheckedPage(
                url=profile_url(seller),
                outcome="read",
                payload_hash=hashes.get(profile_url(seller)),
            )
            for seller in sellers
        )
        payload = PageManifest(spider="dealer_profiles", pages=pages)
        url = f"https://www.classic.com/runs/{next(self._run)}"
        return self._add(Source.CLASSIC, Kind.PAGE_MANIFEST, url, None, at, payload)

    def ruling(self, handle: UUID, at: datetime, **content: Any) -> Observation:
        """The operator's word, stamped with the handle of a profile page."""
        payload = Ruling(**{"reason": "seen on the lot", "author": "ann", **content})
        url = f"urn:uuid:{content.get('vehicle') or handle}"
        return self._add(Source.OPERATOR, Kind.RULING, url, handle, at, payload)

    def _add(
        self,
        source: Source,
        kind: Kind,
        url: str,
        organization: UUID | None,
        at: datetime,
        payload: Payload,
    ) -> Observation:
        observation = Observation(source, kind, url, organization, at, payload)
        self.observations.append(observation)
        return observation


def append(connection: psycopg.Connection, observations: Iterable[Observation]) -> None:
    """Insert observations as a crawler does."""
    with connection.cursor() as cursor:
        cursor.executemany(
            """
            INSERT INTO import_queue
                (key, source, kind, version, url, organization_id, observed_at, payload_hash, raw_data)
            VALUES (%s, %s, %s, %s, %s, %s, %s, %s, %s)
            """,
            [
                (o.key, o.source, o.kind, o.version, o.url, o.organization_id, o.observed_at,
                 o.payload_hash, Jsonb(o.raw_data))
                for o in observations
            ],
        )  # fmt: skip


def random_world(random: Random, *, sellers: int = 5, days: int = 4, cars: int = 4) -> World:
    """A world with what makes order matter: late and changing profiles that join and part, pages
    shown by two rooftops, cars that come, change, leave and come back, sold archives, feeds,
    marketplace cards, blocked walks, unchanged profiles."""
    world = World()
    names = [f"seller{number}" for number in range(sellers)]
    group_site = "https://www.group.example"
    for seller in names:
        for at in random.sample(range(days), k=random.choice((0, 1, 1, 2))):
            world.profile(
                seller,
                day(at + random.random() / 4),
                name=random.choice(("Classic Cars", seller.title())),
                license=random.choice((None, None, "Dealer License 12345", "Dealer License 67890")),
                website=random.choice((None, f"https://www.{seller}.example", group_site)),
                city=random.choice((None, "Napa", "Reno")),
            )
        slugs = [f"car-{number}" for number in range(cars)]

        def cards(
            site: str | None, *, sold: float, evidence: StatusEvidence | None
        ) -> list[Listing]:
            return [
                world.listing(
                    seller,  # noqa: B023 - called within the same turn
                    slug,
                    site=site,
                    price=random.choice(("$54,900", "$49,900", "Call for price")),
                    sold=random.random() < sold,
                    vin=random.choice((None, f"WP0ZZZ91ZHS10000{slug[-1]}")),
                    stock=random.choice((None, f"S-{slug}")),
                    evidence=evidence,
                )
                for slug in random.sample(slugs, k=random.randint(0, cars))  # noqa: B023
            ]

        for at in range(days):
            site = random.choice((group_site, None))
            if random.random() < 0.2:
                archive = cards(site, sold=1, evidence="sold_grid")
                world.walk(seller, day(at + 0.01), archive, site=site, grid="sold")
            if random.random() < 0.2:
                lot = cards(site, sold=0, evidence="feed")
                world.walk(
                    seller, day(at - 0.1), lot, site=site, grid="feed", source=Source.HOMENET
                )
            if random.random() < 0.2:
                for card in cards("https://www.classic.com", sold=0.3, evidence=None)[:1]:
                    world.marketplace(seller, day(at + 0.2), card)
            if random.random() < 0.3:
                continue
            seen = cards(site, sold=0.2, evidence=None)
            missed = set(slugs) - {(each.listing_url or "").rpartition("/")[2] for each in seen}
            world.walk(
                seller,
                day(at),
                seen,
                site=site,
                complete=random.random() < 0.8,
                gone=random.sample(sorted(missed), k=random.randint(0, len(missed))),
            )
    if random.random() < 0.7:
        world.checked(day(days), random.sample(names, k=random.randint(0, sellers)))
    return world


def random_rulings(world: World, random: Random, *, count: int = 8, days: int = 4) -> None:
    """Add rulings of every sort to a random world: on what is there and on what is not, some
    contradicting each other, some ended, some withdrawn."""
    sellers = sorted({o.url.split("/")[4] for o in world.observations if "/s/" in o.url})
    seen = list(world.observations)
    listings = [o for o in seen if o.kind == Kind.LISTING]
    manifests = [o for o in seen if o.kind == Kind.INVENTORY_MANIFEST]
    if not (sellers and listings and manifests):
        return
    for _ in range(count):
        at = day(random.random() * (days + 1))
        one, other = random.choice(listings), random.choice(listings)
        assert one.organization_id
        assert other.organization_id
        car = str(listing_handle(one.organization_id, one.url))
        seller = handle_of(random.choice(sellers))
        ends = random.choice((None, None, day(random.randrange(days + 1)).isoformat()))
        of_car: dict[str, Any] = {"subject": "vehicle", "vehicle": car}
        sort = random.randrange(9)
        if sort == 0:
            values = random.choice(
                ({"year": "1967"}, {"price": "1 EUR"}, {"status": "sold"}, {"status": "in_stock"})
            )
            world.ruling(one.organization_id, at, action="set", values=values, until=ends, **of_car)
        elif sort == 1:
            fields = random.choice((("price",), ("mileage", "year")))
            world.ruling(
                one.organization_id, at, action="clear", fields=fields, until=ends, **of_car
            )
        elif sort == 2:
            handle = str(listing_handle(other.organization_id, other.url))
            action = random.choice(("same", "not_same"))
            world.ruling(one.organization_id, at, action=action, other=handle, **of_car)
        elif sort in (3, 4):
            handle = str(handle_of(random.choice(sellers)))
            action = random.choice(("same", "not_same"))
            world.ruling(seller, at, action=action, subject="organization", other=handle)
        elif sort == 5:
            walk = random.choice(manifests)
            assert walk.organization_id
            action = random.choice(("accept", "reject"))
            world.ruling(
                walk.organization_id, at, action=action, subject="manifest", observation=walk.key
            )
        elif sort == 6:
            if random.random() < 0.5:
                world.ruling(seller, at, action="takedown", subject="organization", until=ends)
            else:
                world.ruling(one.organization_id, at, action="takedown", until=ends, **of_car)
        elif sort == 7:
            what = random.choice([o for o in seen if o.organization_id])
            assert what.organization_id
            world.ruling(
                what.organization_id, at, action="redact", subject="observation",
                observation=what.key,
            )  # fmt: skip
        elif said := [o for o in world.observations if o.kind == Kind.RULING]:
            what = random.choice(said)
            assert what.organization_id
            world.ruling(
                what.organization_id, at, action="withdraw", subject="ruling",
                observation=what.key,
            )  # fmt: skip
