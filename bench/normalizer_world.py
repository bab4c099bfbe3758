"""The dealers of the normalizer's benchmark, their observations, and databases to put them in."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from psycopg import sql
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types.json import Jsonb

from contract.handles import organization_handle
from contract.observation import Kind, Observation, Source
from contract.payloads import Found, InventoryManifest, Listing, SellerProfile, Sighting
from store.connect import connect, database_url, maintenance_url
from store.migrate import apply_roles, migrate

__all__ = ["DATABASE", "LISTINGS", "PHOTOS", "copy_database", "drop", "fill", "fresh_database"]

DATABASE = "paddock_bench"
LISTINGS, PHOTOS = 100, 12
DAY = timedelta(days=1)
FIRST = datetime.now(UTC).replace(microsecond=0) - 3 * DAY
MODELS = ("Chevrolet Corvette", "Ford Mustang", "Porsche 911 T", "Jaguar E-Type", "MG MGB")
COLUMNS = (
    "key, source, kind, version, url, organization_id, observed_at, payload_hash, raw_data, run_id"
)


def fresh_database(name: str = DATABASE) -> str:
    """Make a benchmark's database anew and return its URL."""
    drop(name)
    url = make_conninfo(database_url(), dbname=name)
    migrate(url)
    apply_roles(url)
    return url


def copy_database(url: str, name: str) -> str:
    """Copy a database that nobody is connected to; returns the copy's URL."""
    drop(name)
    source = conninfo_to_dict(url)["dbname"]
    statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
    with connect(None, url=maintenance_url(database_url()), autocommit=True) as connection:
        connection.execute("SET statement_timeout = 0")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(str(source))))
    copied = make_conninfo(database_url(), dbname=name)
    apply_roles(copied)
    return copied


def drop(*names: str) -> None:
    """Drop databases of the benchmark, as far as they exist."""
    with connect(None, url=maintenance_url(database_url()), autocommit=True) as connection:
        for name in names:
            statement = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            connection.execute(statement.format(sql.Identifier(name)))


def fill(url: str, dealers: Iterable[int], day: int = 0) -> None:
    """Put these dealers' observations of one day on the queue."""
    statement = f"COPY import_queue ({COLUMNS}) FROM STDIN"
    with connect(None, url=url, statement_timeout=0) as connection:
        with connection.cursor().copy(statement) as copy:
            for dealer in dealers:
                for item in observations(dealer, day):
                    copy.write_row(as_row(item))
        connection.commit()
        connection.autocommit = True
        connection.execute("VACUUM ANALYZE import_queue")


def observations(dealer: int, day: int) -> Iterator[Observation]:
    """One dealer's observations of one day; after the first, equal payloads are suppressed."""
    profile_url = f"https://www.classic.com/s/dealer-{dealer}-AAAAAA{dealer % 10}/"
    handle = organization_handle(Source.CLASSIC, profile_url)
    site = f"https://dealer{dealer}.example"
    at = FIRST + day * DAY
    if day == 0:
        found = Found(value=f"Dealer {dealer}", origin="profile", where="h1")
        website = Found(value=site, origin="profile", where="link")
        profile = SellerProfile(profile_url=profile_url, name=(found,), website=(website,))
        yield Observation(Source.CLASSIC, Kind.SELLER_PROFILE, profile_url, handle, at, profile)
    sightings = []
    for number in range(LISTINGS):
        listing = Observation(
            Source.DEALER_SITE,
            Kind.LISTING,
            f"{site}/vehicles/{number}/car",
            handle,
            at,
            card(str(handle), site, dealer, number),
        )
        if day == 0:
            yield listing
        sightings.append(
            Sighting(
                url=listing.url,
                status="in_stock",
                evidence="current_grid",
                payload_hash=listing.payload_hash,
            )
        )
    manifest = InventoryManifest(
        organization_id=str(handle),
        grid_url=f"{site}/vehicles",
        grid="current",
        run_mode="both",
        platform="bench",
        pages=LISTINGS // 25,
        complete=True,
        listings=tuple(sightings),
    )
    url = f"{site}/vehicles"
    yield Observation(Source.DEALER_SITE, Kind.INVENTORY_MANIFEST, url, handle, at, manifest)


def card(organization: str, site: str, dealer: int, number: int) -> Listing:
    """One listing with everything that a good platform's card shows; no two are alike."""
    year = 1955 + (number + dealer) % 40
    photos = tuple(f"{site}/photos/{number}/{photo}/1920x1440/car.jpg" for photo in range(PHOTOS))
    return Listing(
        organization_id=organization,
        listing_status="in_stock",
        status_evidence="current_grid",
        listing_url=f"{site}/vehicles/{number}/car",
        title=f"{year} {MODELS[number % len(MODELS)]} Coupe No. {dealer}",
        price=f"${20 + number % 180},{dealer % 1000:03}",
        mileage=f"{1000 + number * 37 + dealer:,} miles",
        vin=f"{year}D{dealer:04}S{number:04}",
        stock_number=f"S{number}",
        exterior_color="Red",
        transmission="Manual",
        description=f"A fine car, number {number} of dealer {dealer}. " + "A fine car. " * 37,
        thumbnail_url=photos[0],
        image_urls=photos,
        platform="bench",
        reader="grid",
    )


def as_row(item: Observation) -> tuple[Any, ...]:
    """The columns of one observation."""
    return (
        item.key,
        item.source.value,
        item.kind.value,
        item.version,
        item.url,
        item.organization_id,
        item.observed_at,
        item.payload_hash,
        Jsonb(item.raw_data),
        item.run_id,
    )
