"""The normalizer against the floor: what PostgreSQL alone needs to take in the same rows.

Generated dealers with listings of 12 photos each are drained by one and by two processes, then
drained again unchanged (a second day's manifests over the same payloads). The floor is COPY of the
resulting rows, ready-made, into an empty copy of the same tables with their indexes.
"""

import subprocess
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from os import environ
from time import perf_counter
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from psycopg.types.json import Jsonb
from rich.console import Console
from rich.table import Table

from contract.handles import organization_handle
from contract.observation import Kind, Observation, Source
from contract.payloads import Found, InventoryManifest, Listing, SellerProfile, Sighting
from store.connect import connect, database_url, maintenance_url
from store.migrate import apply_roles, migrate

DATABASE = "paddock_bench"
DEALERS, LISTINGS, PHOTOS = 40, 100, 12
DAY = timedelta(days=1)
FIRST = datetime.now(UTC).replace(microsecond=0) - 3 * DAY
TABLES = (
    "vehicles",
    "vehicle_aliases",
    "vehicle_sources",
    "vehicle_images",
    "organization_vehicles",
    "dealer_inventory",
    "dealer_inventory_seen",
    "inventory_walks",
    "vehicle_events",
)
MODELS = ("Chevrolet Corvette", "Ford Mustang", "Porsche 911 T", "Jaguar E-Type", "MG MGB")
COLUMNS = (
    "key, source, kind, version, url, organization_id, observed_at, payload_hash, raw_data, run_id"
)


def main() -> None:
    """Measure and print one table of listings per second and ratios to the floor."""
    console = Console()
    total = DEALERS * LISTINGS
    console.print(f"\nnormalizer: {total:,} listings of {DEALERS} dealers, {PHOTOS} photos each")
    figures: list[tuple[str, float]] = []
    with_url = fresh_database()
    fill(with_url, days=1)
    figures.append(("ours, one process", drain(with_url, 1)))
    fill(with_url, days=2)
    unchanged = ("ours, unchanged second day", drain(with_url, 1))
    rows = dump(with_url)
    with_url = fresh_database()
    figures.insert(0, ("floor: COPY of ready-made rows", restore(with_url, rows)))
    with_url = fresh_database()
    fill(with_url, days=1)
    figures.append(("ours, two processes", drain(with_url, 2)))
    figures.append(unchanged)
    floor = figures[0][1]
    table = Table()
    for column in ("", "seconds", "listings/s", "ratio to the floor"):
        table.add_column(column, justify="left" if not column else "right")
    for name, seconds in figures:
        rate = total / seconds
        table.add_row(name, f"{seconds:.2f}", f"{rate:,.0f}", f"{floor / seconds:.2f}")
    console.print(table)


def fresh_database() -> str:
    """Make the benchmark's database anew and return its URL."""
    server = database_url()
    with connect(None, url=maintenance_url(server), autocommit=True) as connection:
        name = sql.Identifier(DATABASE)
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(name))
    url = make_conninfo(server, dbname=DATABASE)
    migrate(url)
    apply_roles(url)
    return url


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
    """One listing with everything that a good platform's card shows."""
    year = 1955 + number % 40
    photos = tuple(f"{site}/photos/{number}/{photo}/1920x1440/car.jpg" for photo in range(PHOTOS))
    return Listing(
        organization_id=organization,
        listing_status="in_stock",
        status_evidence="current_grid",
        listing_url=f"{site}/vehicles/{number}/car",
        title=f"{year} {MODELS[number % len(MODELS)]} Coupe",
        price=f"${20 + number % 180},500",
        mileage=f"{1000 + number * 37:,} miles",
        vin=f"{year}D{dealer:03}S{number:05}",
        stock_number=f"S{number}",
        exterior_color="Red",
        transmission="Manual",
        description="A fine car. " * 40,
        thumbnail_url=photos[0],
        image_urls=photos,
        platform="bench",
        reader="grid",
    )


def fill(url: str, days: int) -> None:
    """Put the observations of the last of these days on the queue."""
    statement = f"COPY import_queue ({COLUMNS}) FROM STDIN"
    with connect(None, url=url) as connection, connection.cursor().copy(statement) as copy:
        for dealer in range(DEALERS):
            for item in observations(dealer, days - 1):
                copy.write_row(as_row(item))


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


def drain(url: str, processes: int) -> float:
    """Drain everything with so many processes; returns the seconds until the last one ended."""
    command = [sys.executable, "-m", "normalizer", "run"]
    began = perf_counter()
    running = [
        subprocess.Popen(  # noqa: S603 - our own program
            command,
            env={**environ, "DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(processes)
    ]
    codes = [process.wait(timeout=900) for process in running]
    seconds = perf_counter() - began
    if any(codes):
        raise RuntimeError(f"the normalizer ended with {codes}; run it by hand on {url}")
    return seconds


def dump(url: str) -> dict[str, bytes]:
    """The rows that the normalizer wrote, as COPY text."""
    with connect(None, url=url, statement_timeout=0) as connection:
        return {table: _copied(connection, table) for table in TABLES}


def _copied(connection: psycopg.Connection[Any], table: str) -> bytes:
    statement = sql.SQL("COPY {} TO STDOUT").format(sql.Identifier(table))
    with connection.cursor().copy(statement) as copy:
        return b"".join(bytes(block) for block in copy)


def restore(url: str, rows: dict[str, bytes]) -> float:
    """COPY ready-made rows into the empty tables; returns the seconds it took."""
    with connect(None, url=url, statement_timeout=0) as connection:
        began = perf_counter()
        for table, block in rows.items():
            statement = sql.SQL("COPY {} FROM STDIN").format(sql.Identifier(table))
            with connection.cursor().copy(statement) as copy:
                copy.write(block)
            connection.commit()
        return perf_counter() - began
