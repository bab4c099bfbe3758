"""Writing what a finished inventory walk leaves behind (`crawler.grid_memory`)."""

from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from contract.observation import Kind, Source, observation_key
from crawler.grid_memory import GridRecord
from crawler.session import Session, Stamp
from store.queries import load

__all__ = ["reassert", "remember_pages"]

CHUNK = 400
"""Listings reasserted in one transaction: each page is locked, and locks are counted."""


async def reassert(session: Session, record: GridRecord) -> None:
    """See to it that every listing told from memory is the newest of its page, as if it had been
    read and appended: what another run wrote since the memory was loaded is answered by appending
    the payload on record again.

    The run's stats count these listings as appended or suppressed like any other.
    """
    stamp = session.stamp
    listing = f"/{Kind.LISTING.value}"
    stats = session.crawler.stats
    for start in range(0, len(record.reused), CHUNK):
        chunk = record.reused[start : start + CHUNK]
        parameters = _parameters(record, stamp, chunk)

        async def work(
            connection: AsyncConnection[Any], parameters: dict[str, Any] = parameters
        ) -> int:
            await connection.execute(load("crawler")["lock_pages"], parameters)
            cursor = await connection.execute(load("inventory")["reassert_listings"], parameters)
            return len(await cursor.fetchall())

        appended = await session.transact(work)
        stats.inc_value(f"paddock/appended{listing}", appended)
        stats.inc_value(f"paddock/suppressed{listing}", len(chunk) - appended)


def _parameters(
    record: GridRecord, stamp: Stamp, chunk: tuple[tuple[str, str], ...]
) -> dict[str, Any]:
    organization = record.organization_id
    source, kind = Source.DEALER_SITE, Kind.LISTING
    return {
        "organization_id": organization,
        "observed_at": stamp.observed_at,
        "run_id": stamp.run_id,
        "keys": [
            observation_key(source, kind, url, organization, stamp.observed_at, content)
            for url, content in chunk
        ],
        "urls": [url for url, _ in chunk],
        "hashes": [content for _, content in chunk],
        "sources": [source.value] * len(chunk),
        "kinds": [kind.value] * len(chunk),
        "organizations": [organization] * len(chunk),
    }


async def remember_pages(
    connection: AsyncConnection[Any], record: GridRecord, stamp: Stamp
) -> None:
    """Write the pages that were read, and forget those that their grids no longer have."""
    queries = load("inventory")
    if record.pages:
        pages = [
            {
                "grid": page.grid,
                "url": page.url,
                "body_hash": page.body_hash,
                "etag": page.etag,
                "last_modified": page.last_modified,
                "urls": page.urls,
                "hashes": page.hashes,
                "reading": page.reading,
            }
            for page in {(page.grid, page.url): page for page in record.pages}.values()
        ]
        await connection.execute(
            queries["remember_pages"],
            {
                "organization_id": record.organization_id,
                "reader": record.reader,
                "observed_at": stamp.observed_at,
                "pages": Jsonb(pages),
            },
        )
    for grid, urls in record.seen.items():
        await connection.execute(
            queries["forget_pages"],
            {"organization_id": record.organization_id, "grid": grid, "urls": list(urls)},
        )
