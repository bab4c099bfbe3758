"""Appending observations: equal payloads are left out, and nothing that matters ever is.

Manifests assert payloads again at their own time (they are never suppressed), so what must hold is
this: whatever was seen is stored, at or before the time it was seen, and a change is never lost.
"""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from itertools import permutations, product
from typing import Any, cast
from uuid import UUID, uuid4

import psycopg
import pytest

from contract.observation import Kind, Observation, Source
from contract.payloads import Listing, PageManifest
from crawler.claims import HeldRow, complete
from crawler.extract.roster import RosterSeller
from crawler.pipelines.enqueue import append
from crawler.pipelines.roster import upsert
from store.connect import async_pool
from store.queue import LeaseLost, Table, perform

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORGANIZATION = UUID("5f0c2b1e-7d5a-5b0e-9a54-9d1b3c6f2a10")


def seen(
    title: str, day: int, url: str = "https://dealer.example/cars/1", **changed: Any
) -> Observation:
    payload = Listing(
        organization_id=str(ORGANIZATION),
        listing_status="in_stock",
        status_evidence="current_grid",
        listing_url=url,
        title=title,
        platform="probe",
        reader="probe",
    )
    given = {
        "source": Source.DEALER_SITE,
        "kind": Kind.LISTING,
        "url": url,
        "organization_id": ORGANIZATION,
        "observed_at": START + timedelta(days=day),
        "payload": payload,
        "run_id": None,
    }
    return Observation(**{**given, **changed})


@pytest.fixture
async def pool(database_url: str) -> AsyncIterator[Any]:
    pool = async_pool("paddock_crawler", max_size=8)
    await pool.open(wait=True, timeout=10)
    yield pool
    await pool.close()


async def write(pool: Any, *rows: Observation) -> set[str]:
    async with pool.connection() as connection, connection.transaction():
        return await append(connection, rows)


def stored(connection: psycopg.Connection) -> list[tuple[str, datetime]]:
    return connection.execute(
        "SELECT raw_data->>'title', observed_at FROM import_queue ORDER BY observed_at, key"
    ).fetchall()


async def test_in_every_order_of_arrival_no_change_is_lost(
    pool: Any, connection: psycopg.Connection
) -> None:
    for titles in product("AB", repeat=3):
        world = [seen(title, day) for day, title in enumerate(titles)]
        for order in permutations(world):
            connection.execute("TRUNCATE import_queue")
            for row in order:
                await write(pool, row)
            found = stored(connection)
            for row in world:
                title = cast(Listing, row.payload).title
                assert any(kept == title and at <= row.observed_at for kept, at in found), (
                    titles,
                    order,
                )
            if order == tuple(world):
                changes = [
                    row
                    for before, row in zip([None, *titles], world, strict=False)
                    if before != cast(Listing, row.payload).title
                ]
                assert [at for _, at in found] == [row.observed_at for row in changes]


async def test_a_late_observation_is_history_and_is_kept(
    pool: Any, connection: psycopg.Connection
) -> None:
    await write(pool, seen("A", 1))
    await write(pool, seen("A", 3))
    await write(pool, seen("B", 4))
    await write(pool, seen("A", 2))
    assert [title for title, _ in stored(connection)] == ["A", "A", "B"]


async def test_delivered_twice_is_stored_once(pool: Any, connection: psycopg.Connection) -> None:
    rows = [seen("A", 1), seen("B", 1), seen("A", 1, "https://dealer.example/cars/2"), seen("A", 1)]
    assert len(await write(pool, *rows)) == 3
    assert await write(pool, *rows) == set()
    assert await write(pool, *reversed(rows)) == set()
    assert len(stored(connection)) == 3


async def test_pages_sources_and_organizations_have_histories_of_their_own(pool: Any) -> None:
    rows = [
        seen("A", 1),
        seen("A", 1, "https://dealer.example/cars/2"),
        seen("A", 1, source=Source.HOMENET),
        seen("A", 1, organization_id=uuid4()),
        seen("A", 1, organization_id=None),
    ]
    assert len(await write(pool, *rows)) == 5
    later = [seen("A", 2), seen("A", 2, source=Source.HOMENET), seen("A", 2, organization_id=None)]
    assert await write(pool, *later) == set()


async def test_manifests_are_never_suppressed(pool: Any) -> None:
    def manifest(day: int) -> Observation:
        payload = PageManifest(spider="probe", pages=())
        return seen("-", day, kind=Kind.PAGE_MANIFEST, payload=payload)

    assert len(await write(pool, manifest(1))) == 1
    assert len(await write(pool, manifest(2))) == 1
    assert len(await write(pool, manifest(2))) == 0


async def test_writers_at_once_agree(pool: Any, connection: psycopg.Connection) -> None:
    pages = [f"https://dealer.example/cars/{number}" for number in range(20)]
    # Each writer goes through the pages in an order of its own, and none of them deadlocks.
    batches = [
        [seen("A", day, url) for url in (pages if day % 2 else reversed(pages))] for day in range(8)
    ]
    await asyncio.gather(*(write(pool, *batch) for batch in batches))
    keys = connection.execute("SELECT count(*), count(DISTINCT key) FROM import_queue").fetchone()
    assert keys is not None
    assert keys[0] == keys[1]
    for url in pages:
        first = connection.execute(
            "SELECT min(observed_at) FROM import_queue WHERE url = %s", [url]
        ).fetchone()
        assert first == (START,)


async def test_completing_again_after_a_lost_answer_is_no_error(
    pool: Any, connection: psycopg.Connection
) -> None:
    connection.execute(
        "INSERT INTO organization_inventory_sync_queue (organization_id) VALUES (%s)",
        [ORGANIZATION],
    )
    table: Table = "organization_inventory_sync_queue"
    async with pool.connection() as crawler:
        [claim] = await perform(
            crawler, table, "claim", limit=1, worker="probe", lease=timedelta(minutes=1)
        )
        held = HeldRow(table, claim)
        await complete(crawler, held)
        await complete(crawler, held)
        await crawler.commit()
        connection.execute("UPDATE organization_inventory_sync_queue SET next_run_at = now()")
        [second] = await perform(
            crawler, table, "claim", limit=1, worker="other", lease=timedelta(minutes=1)
        )
        assert second.token > claim.token
        with pytest.raises(LeaseLost):
            await complete(crawler, held)


async def test_seeing_a_seller_again_keeps_what_is_known(
    pool: Any, connection: psycopg.Connection
) -> None:
    url = "https://www.classic.com/s/probe-ZnQygen/"

    async def see(*sellers: RosterSeller) -> list[tuple[str, bool]]:
        async with pool.connection() as crawler:
            return await upsert(crawler, sellers)

    assert await see(RosterSeller(url, None, "Probe"), RosterSeller(url, "dealer", None)) == [
        (url, True)
    ]
    connection.execute(
        "UPDATE classic_seller_queue SET status = 'completed', last_seen_at = %s", [START]
    )
    # Paths are case-sensitive: another spelling is another seller.
    other = url.replace("ZnQygen", "znqygen")
    assert await see(RosterSeller(url, None, None), RosterSeller(other, None, None)) == [
        (url, False),
        (other, True),
    ]
    found = connection.execute(
        "SELECT seller_type, seller_name, status, last_seen_at > %s FROM classic_seller_queue"
        " WHERE profile_url = %s",
        [START, url],
    ).fetchall()
    assert found == [("dealer", "Probe", "completed", True)]
