"""Grid pages asked whether they changed: what a "not modified" says is what a reading would."""

from datetime import timedelta
from uuid import UUID

import psycopg
import pytest

from contract.canonical import canonical_json
from crawler.fetch import Fetched, Validators
from crawler.grid_memory import GridMemory
from crawler.walk import GridWalk
from replica.sites.dealer import DealerSite
from tests.crawler.grid_visits import (
    GRID,
    HANDLE,
    START,
    THEMES,
    Asking,
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
async def test_pages_that_are_not_modified_are_told_as_if_they_were_read(
    store: Store, key: str
) -> None:
    site, handle, start = a_dealer(key)
    for number, day in enumerate((0, 0, 2, 0)):
        answer = Asking(day_of(site, day))
        told, appended = await run(store, answer, handle, start, START + timedelta(days=number))
        _, _, whole = await walked(day_of(site, day), None, handle, start)
        assert told == [canonical_json(row.raw_data) for row in whole]
        if number == 0:
            assert not answer.asked
            pages = len(answer.fetched)
        elif number == 1:
            # The first page of a grid is fetched: it may have become the shop window of another.
            assert all(not_modified for _, not_modified in answer.asked)
            assert len(answer.asked) + len(answer.fetched) == pages
            assert appended == 0


async def paged(store: Store) -> tuple[DealerSite, UUID, str, Asking]:
    """A dealer whose grid of several pages was walked once."""
    site, handle, start = a_dealer("lonestar")
    answer = Asking(day_of(site, 0))
    await run(store, answer, handle, start, START)
    return site, handle, start, answer


async def test_pages_beyond_the_first_are_asked_whether_they_changed(
    store: Store, readings: Readings
) -> None:
    site, handle, start, _ = await paged(store)
    readings.count = 0
    answer = Asking(day_of(site, 0))
    await run(store, answer, handle, start, START + timedelta(days=1))
    assert len(answer.asked) > 2
    assert all(not_modified for _, not_modified in answer.asked)
    assert readings.count == 0


async def test_a_page_whose_listings_are_not_on_record_is_fetched_without_asking(
    store: Store, connection: psycopg.Connection
) -> None:
    site, handle, start, first = await paged(store)
    connection.execute("DELETE FROM import_queue WHERE kind = 'listing'")
    answer = Asking(day_of(site, 0))
    _, appended = await run(store, answer, handle, start, START + timedelta(days=1))
    assert appended > 0
    assert (answer.asked, answer.fetched) == ([], first.fetched)


async def test_no_page_is_asked_on_the_day_on_which_sites_are_not_trusted(store: Store) -> None:
    site, handle, start, first = await paged(store)
    memory = await store.memory(handle)
    memory.trusts_site = False
    answer = Asking(day_of(site, 0))
    _, listings, _ = await walked(answer, memory, handle, start)
    assert (listings, answer.asked, answer.fetched) == ([], [], first.fetched)


async def test_an_answer_of_another_page_says_nothing(store: Store) -> None:
    """A redirect carries the version along, and the page that it leads to answers."""
    site, handle, start, first = await paged(store)

    class Redirected(Asking):
        async def ask(self, url: str, known: Validators) -> Fetched:
            await super().ask(url, known)
            return Fetched(f"{url}&moved=1", status=304, not_modified=True)

    answer = Redirected(day_of(site, 0))
    told, _ = await run(store, answer, handle, start, START + timedelta(days=1))
    _, _, whole = await walked(day_of(site, 0), None, handle, start)
    assert told == [canonical_json(row.raw_data) for row in whole]
    assert answer.asked
    assert answer.fetched == first.fetched


async def test_what_a_browser_drew_has_no_version_of_the_sites(store: Store) -> None:
    memory = GridMemory(HANDLE)
    page = Asking(serving(cars(range(4))))(GRID).page
    assert page is not None
    for drawn in (False, True):
        walk = GridWalk(GRID, "current", memory=memory, drawn=drawn)
        walk.read(page)
    asked = [(one.etag, one.last_modified) for one in memory.record(["current"], {}).pages]
    assert asked[0][0]
    assert asked[1] == (None, None)
