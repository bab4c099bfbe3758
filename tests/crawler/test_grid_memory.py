"""Unchanged pages told from memory: everything a walk writes is what a full reading would write."""

from dataclasses import fields
from datetime import timedelta
from itertools import count
from typing import cast
from uuid import uuid5

import psycopg
import pytest

from contract.canonical import canonical_json
from crawler import grid_memory
from crawler.extract.grid import GridPage
from crawler.grid_record import reassert
from crawler.session import Session, Stamp
from tests.crawler.grid_visits import (
    GRID,
    HANDLE,
    NAMESPACE,
    SITE,
    START,
    THEMES,
    Readings,
    Store,
    a_dealer,
    cars,
    day_of,
    run,
    serving,
    walked,
)


@pytest.mark.parametrize("key", sorted(THEMES.values()))
async def test_manifests_are_those_of_a_full_reading(store: Store, key: str) -> None:
    site, handle, _ = a_dealer(key)
    start = f"{site.origin}/"
    # The second visit changes nothing, the third everything, and the fourth goes back.
    for number, day in enumerate((0, 0, 2, 0)):
        answer = day_of(site, day)
        told, _ = await run(store, answer, handle, start, START + timedelta(days=number))
        _, _, whole = await walked(answer, None, handle, start)
        assert told == [canonical_json(row.raw_data) for row in whole]


async def test_unchanged_pages_are_neither_read_nor_appended(
    store: Store, readings: Readings
) -> None:
    site, handle, start = a_dealer("lonestar")
    _, first = await run(store, day_of(site, 0), handle, start, START)
    assert first > 0
    assert readings.count > 0
    readings.count = 0
    _, second = await run(store, day_of(site, 0), handle, start, START + timedelta(days=1))
    assert (second, readings.count) == (0, 0)


async def test_back_to_an_earlier_page_is_appended_again(store: Store) -> None:
    """A→B→A: what was said first is not the newest any more."""
    days = count()
    appended = [
        (await run(store, serving(html), HANDLE, GRID, START + timedelta(days=next(days))))[1]
        for html in (cars(range(4)), cars(range(4), 30_000), cars(range(4)), cars(range(4)))
    ]
    assert appended == [4, 4, 4, 0]


async def test_a_page_whose_listings_are_not_on_record_is_read(
    store: Store, readings: Readings, connection: psycopg.Connection
) -> None:
    await run(store, serving(cars(range(4))), HANDLE, GRID, START)
    connection.execute("DELETE FROM import_queue WHERE url LIKE '%-2'")
    readings.count = 0
    _, appended = await run(store, serving(cars(range(4))), HANDLE, GRID, START + timedelta(days=1))
    assert appended == 1
    assert readings.count > 0


async def test_what_another_run_wrote_meanwhile_is_answered(
    store: Store, connection: psycopg.Connection
) -> None:
    """The memory was loaded, then somebody appended another price: ours is the newest again."""
    await run(store, serving(cars(range(4))), HANDLE, GRID, START)
    memory = await store.memory(HANDLE)
    walk, listings, _ = await walked(serving(cars(range(4))), memory, HANDLE, GRID)
    assert not listings
    await run(store, serving(cars(range(4), 30_000)), HANDLE, GRID, START + timedelta(hours=1))
    store.stamp = Stamp(NAMESPACE, START + timedelta(hours=2))
    record = walk.finished().grids
    assert record is not None
    for _ in range(2):  # Repeating it after it took effect writes nothing.
        await reassert(cast(Session, store), record)
    rows = connection.execute(
        "SELECT DISTINCT ON (url) observed_at, raw_data->>'price' FROM import_queue"
        " WHERE kind = 'listing' ORDER BY url, observed_at DESC"
    ).fetchall()
    assert [row[0] for row in rows] == [START + timedelta(hours=2)] * 4
    assert {row[1] for row in rows} == {f"${20_000 + n:,}" for n in range(4)}
    total = connection.execute("SELECT count(*) FROM import_queue WHERE kind = 'listing'")
    assert total.fetchone() == (12,)


async def test_an_organization_does_not_remember_for_another(store: Store) -> None:
    await run(store, serving(cars(range(4))), HANDLE, GRID, START)
    other = uuid5(NAMESPACE, "another rooftop of the group")
    _, appended = await run(store, serving(cars(range(4))), other, GRID, START + timedelta(days=1))
    assert appended == 4


async def test_other_readers_do_not_trust_the_memory(
    store: Store, readings: Readings, monkeypatch: pytest.MonkeyPatch
) -> None:
    await run(store, serving(cars(range(4))), HANDLE, GRID, START)
    monkeypatch.setattr(grid_memory, "reader_version", lambda: "another")
    readings.count = 0
    await run(store, serving(cars(range(4))), HANDLE, GRID, START + timedelta(days=1))
    assert readings.count > 0


async def test_pages_that_a_grid_no_longer_has_are_forgotten(
    store: Store, connection: psycopg.Connection
) -> None:
    await run(store, serving(cars(range(4))), HANDLE, GRID, START)
    moved = f"{SITE}/stock"
    await run(store, serving(cars(range(4))), HANDLE, moved, START + timedelta(days=1))
    assert connection.execute("SELECT url FROM grid_pages").fetchall() == [(moved,)]


def test_a_reading_is_remembered_whole() -> None:
    """A new part of a grid page must survive the way through JSON, or be left out knowingly."""
    for part in fields(GridPage):
        # A list of addresses comes back as a list: only gone through, it says the same.
        assert part.name in ("cards", "sections") or isinstance(
            getattr(GridPage(), part.name), str | int | float | bool | None
        )
