"""Unchanged pages told from memory: everything a walk writes is what a full reading would write."""

from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime, timedelta
from hashlib import md5
from itertools import count
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid5

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool
from scrapy import Request
from scrapy.http import HtmlResponse

from contract.canonical import canonical_json
from contract.observation import Kind, Observation
from contract.payloads import Listing
from crawler import grid_memory
from crawler.answered_page import AnsweredPage
from crawler.body_hash import body_hash
from crawler.claims import HeldRow
from crawler.extract.grid import GridPage
from crawler.fetch import Fetched, Validators, read_answer
from crawler.grid_memory import REMEMBERED, GridMemory, reader_version
from crawler.grid_record import reassert, remember_pages
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownOrganization
from crawler.pipelines.enqueue import append
from crawler.platforms.platform import Platform
from crawler.session import Session, Stamp
from crawler.walk import GridWalk
from replica.dealers import BY_KEY
from replica.page import Visit
from replica.sites.dealer import DealerSite
from store.connect import async_pool
from store.queries import load
from store.queue import Claim

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMESPACE = UUID("5f0c2b1e-7d5a-5b0e-9a54-9d1b3c6f2a10")
THEMES = {dealer.theme: key for key, dealer in reversed(BY_KEY.items())}
"""One dealer of every kind of site."""


class Store:
    """The tables as a run sees them: one session whose time a test may set."""

    def __init__(self, pool: AsyncConnectionPool) -> None:
        self.pool = pool
        self.stamp = Stamp(NAMESPACE, START)
        self.crawler = SimpleNamespace(stats=SimpleNamespace(inc_value=lambda *_: None))

    async def transact(self, work: Callable[[Any], Any]) -> Any:
        async with self.pool.connection() as connection, connection.transaction():
            return await work(connection)

    async def memory(self, handle: UUID) -> GridMemory:
        async def read(connection: Any) -> list[Any]:
            parameters = {
                "organization_id": handle,
                "reader": reader_version(),
                "observed_at": self.stamp.observed_at,
            }
            statement = load("inventory")["remembered_pages"]
            return cast(
                list[Any], await (await connection.execute(statement, parameters)).fetchall()
            )

        rows = await self.transact(read)
        return GridMemory(handle, (dict(zip(REMEMBERED, row, strict=True)) for row in rows))


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    pool = async_pool("paddock_crawler", max_size=2)
    await pool.open(wait=True, timeout=10)
    yield Store(pool)
    await pool.close()


class Readings:
    """How many pages were really read."""

    def __init__(self) -> None:
        self.count = 0


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    counted, read_grid = Readings(), Platform.read_grid

    def counting(platform: Platform, page: Any) -> Any:
        counted.count += 1
        return read_grid(platform, page)

    monkeypatch.setattr(Platform, "read_grid", counting)
    return counted


def a_dealer(key: str) -> DealerSite:
    return DealerSite(1, BY_KEY[key], f"http://{key}.example", "http://cdn.example")


def day_of(site: DealerSite, day: int) -> Callable[[str], Fetched]:
    """What the site answers on a day."""

    def answer(url: str) -> Fetched:
        parts = urlsplit(url)
        page = site.answer(Visit(parts.path or "/", dict(parse_qsl(parts.query)), day))
        headers = {"Content-Type": page.content_type}
        response = HtmlResponse(
            url, page.status, headers, page.body, request=Request(url), encoding=page.charset
        )
        return read_answer(response)

    return answer


class Asking:
    """A site that answers "not modified" to who names the version that it would send; ``asked``
    lists what it was asked so, ``fetched`` what it was asked for without."""

    def __init__(self, answer: Callable[[str], Fetched]) -> None:
        self.answer = answer
        self.asked: list[tuple[str, bool]] = []
        self.fetched: list[str] = []

    def __call__(self, url: str) -> Fetched:
        self.fetched.append(url)
        return self._versioned(url)

    async def ask(self, url: str, known: Validators) -> Fetched:
        fetched = self._versioned(url)
        not_modified = fetched.page is not None and fetched.validators == known
        self.asked.append((url, not_modified))
        return Fetched(fetched.url, status=304, not_modified=True) if not_modified else fetched

    def _versioned(self, url: str) -> Fetched:
        fetched = self.answer(url)
        if not isinstance(fetched.page, AnsweredPage):
            return fetched
        response = fetched.page.response
        headers = response.headers.copy()
        headers["ETag"] = f'"{md5(response.body, usedforsecurity=False).hexdigest()}"'
        return read_answer(response.replace(headers=headers))


async def walked(
    answer: Callable[[str], Fetched], memory: GridMemory | None, handle: UUID, start: str
) -> tuple[InventoryWalk, list[Observation], list[Observation]]:
    """Walk the grids; returns the listings and the manifests as they would be appended."""

    async def fetch(url: str) -> Fetched:
        return answer(url)

    row: dict[str, Any] = {"organization_id": handle, "run_mode": "both"}
    held = HeldRow("organization_inventory_sync_queue", Claim(1, 1, 1, 5, row))
    known = KnownOrganization(handle, "Cars", start, (start,), ())
    ask = answer.ask if isinstance(answer, Asking) else None
    walk = InventoryWalk(held, known, fetch, 0, memory, ask_again=ask)
    items = [item async for item in walk.items(answer(start))]
    listings = [item for item in items if isinstance(item.payload, Listing)]
    told = (*walk.finished().manifests, *(i for i in items if i.kind is not Kind.LISTING))
    return walk, [_row(item) for item in listings], [_row(item) for item in told]


def _row(item: Any) -> Observation:
    return Observation(item.source, item.kind, item.url, item.organization_id, START, item.payload)


async def run(
    store: Store, answer: Callable[[str], Fetched], handle: UUID, start: str, when: datetime
) -> tuple[list[str], int]:
    """One run with memory, written as the pipelines write it: manifests, and listings told anew."""
    store.stamp = Stamp(NAMESPACE, when)
    walk, listings, manifests = await walked(answer, await store.memory(handle), handle, start)
    record = walk.finished().grids
    assert record is not None

    def at(rows: Sequence[Observation]) -> list[Observation]:
        return [
            Observation(r.source, r.kind, r.url, r.organization_id, when, r.payload) for r in rows
        ]

    appended = await store.transact(lambda c: append(c, at(listings)))
    await reassert(cast(Session, store), record)

    async def finish(connection: Any) -> None:
        await append(connection, at(manifests))
        await remember_pages(connection, record, store.stamp)

    await store.transact(finish)
    return [canonical_json(row.raw_data) for row in manifests], len(appended)


@pytest.mark.parametrize("key", sorted(THEMES.values()))
async def test_manifests_are_those_of_a_full_reading(store: Store, key: str) -> None:
    site = a_dealer(key)
    handle, start = uuid5(NAMESPACE, key), f"{site.origin}/"
    # The second visit changes nothing, the third everything, and the fourth goes back.
    for number, day in enumerate((0, 0, 2, 0)):
        answer = day_of(site, day)
        told, _ = await run(store, answer, handle, start, START + timedelta(days=number))
        _, _, whole = await walked(answer, None, handle, start)
        assert told == [canonical_json(row.raw_data) for row in whole]


async def test_unchanged_pages_are_neither_read_nor_appended(
    store: Store, readings: Readings
) -> None:
    site = a_dealer("lonestar")
    handle, start = uuid5(NAMESPACE, site.key), f"{site.origin}{site.theme.grid}"
    _, first = await run(store, day_of(site, 0), handle, start, START)
    assert first > 0
    assert readings.count > 0
    readings.count = 0
    _, second = await run(store, day_of(site, 0), handle, start, START + timedelta(days=1))
    assert (second, readings.count) == (0, 0)


@pytest.mark.parametrize("key", sorted(THEMES.values()))
async def test_pages_that_are_not_modified_are_told_as_if_they_were_read(
    store: Store, key: str
) -> None:
    site = a_dealer(key)
    handle, start = uuid5(NAMESPACE, f"asked {key}"), f"{site.origin}{site.theme.grid}"
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
    site = a_dealer("lonestar")
    handle, start = uuid5(NAMESPACE, site.key), f"{site.origin}{site.theme.grid}"
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
    asked = [(one.etag, one.last_modified) for one in memory.record(["current"]).pages]
    assert asked[0][0]
    assert asked[1] == (None, None)


SITE = "https://cars.example"
HANDLE = uuid5(NAMESPACE, SITE)


def cars(numbers: Sequence[int], price: int = 20_000) -> str:
    tiles = "".join(
        f'<div class="car"><a href="/inventory/1967-ford-mustang-{n}"><h3>1967 Ford Mustang {n}</h3>'
        f'<img src="/photos/{n}.jpg"></a><p class="price">${price + n:,}</p></div>'
        for n in numbers
    )
    return f"<html><body><h1>Our cars</h1><div class='grid'>{tiles}</div></body></html>"


def serving(html: str, charset: str = "utf-8") -> Callable[[str], Fetched]:
    def answer(url: str) -> Fetched:
        return read_answer(HtmlResponse(url, 200, {}, html.encode(charset), request=Request(url)))

    return answer


GRID = f"{SITE}/inventory"


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
    monkeypatch.setitem(globals(), "reader_version", lambda: "another")
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


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<script src="a.js" nonce="x1"></script>', '<script src="a.js" nonce="y2"></script>'),
        (
            '<input type="hidden" name="_csrf_token" value="1">',
            '<input type="hidden" name="_csrf_token" value="2">',
        ),
        (
            '<meta content="a" name="csrf-token"><p>',
            '<meta content="b" name="csrf-token"><p>',
        ),
        ('<a data-cfemail="0a1b">', '<a data-cfemail="ff00">'),
        (
            "<!-- Dynamic page generated in 0.8 seconds. -->",
            "<!-- page generated in 1 seconds. -->",
        ),
    ],
)
def test_what_no_reader_sees_makes_no_other_page(one: str, other: str) -> None:
    assert body_hash(one.encode()) == body_hash(other.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>$20,000</p>", "<p>$21,000</p>"),
        (
            '<input type="hidden" name="stock" value="1">',
            '<input type="hidden" name="stock" value="2">',
        ),
        ('<a href="/car?token=1">', '<a href="/car?token=2">'),
        ('<script nonce="a">var cars=[1]</script>', '<script nonce="b">var cars=[2]</script>'),
        (
            "<script><!-- served({cars: [1]}) --></script>",
            "<script><!-- served({cars: [2]}) --></script>",
        ),
    ],
)
def test_what_a_reader_may_see_makes_another_page(one: str, other: str) -> None:
    assert body_hash(one.encode()) != body_hash(other.encode())


def test_a_reading_is_remembered_whole() -> None:
    """A new part of a grid page must survive the way through JSON, or be left out knowingly."""
    for part in fields(GridPage):
        # A list of addresses comes back as a list: only gone through, it says the same.
        assert part.name in ("cards", "sections") or isinstance(
            getattr(GridPage(), part.name), str | int | float | bool | None
        )
