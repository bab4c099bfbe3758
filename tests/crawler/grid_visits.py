"""Grids visited day by day with what was remembered of them, and dealers to visit so."""

from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from hashlib import md5
from types import SimpleNamespace
from typing import Any, cast
from urllib.parse import parse_qsl, urlsplit
from uuid import UUID, uuid5

from psycopg_pool import AsyncConnectionPool
from scrapy import Request
from scrapy.http import HtmlResponse

from contract.canonical import canonical_json
from contract.observation import Kind, Observation
from contract.payloads import Listing
from crawler import grid_memory
from crawler.answered_page import AnsweredPage
from crawler.claims import HeldRow
from crawler.fetch import Fetched, Validators, read_answer
from crawler.grid_memory import REMEMBERED, GridMemory
from crawler.grid_record import reassert, remember_pages
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownOrganization
from crawler.pipelines.enqueue import append
from crawler.session import Session, Stamp
from replica.dealers import BY_KEY
from replica.page import Visit
from replica.sites.dealer import DealerSite
from store.queries import load
from store.queue import Claim

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMESPACE = UUID("5f0c2b1e-7d5a-5b0e-9a54-9d1b3c6f2a10")
THEMES = {dealer.theme: key for key, dealer in reversed(BY_KEY.items())}
"""One dealer of every kind of site."""

SITE = "https://cars.example"
HANDLE = uuid5(NAMESPACE, SITE)
GRID = f"{SITE}/inventory"


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
                "reader": grid_memory.reader_version(),
                "observed_at": self.stamp.observed_at,
            }
            statement = load("inventory")["remembered_pages"]
            return cast(
                list[Any], await (await connection.execute(statement, parameters)).fetchall()
            )

        rows = await self.transact(read)
        return GridMemory(handle, (dict(zip(REMEMBERED, row, strict=True)) for row in rows))


class Readings:
    """How many pages were really read."""

    def __init__(self) -> None:
        self.count = 0


def a_dealer(key: str) -> tuple[DealerSite, UUID, str]:
    """A dealer's site, its organization, and the address of its grid."""
    site = DealerSite(1, BY_KEY[key], f"http://{key}.example", "http://cdn.example")
    return site, uuid5(NAMESPACE, key), f"{site.origin}{site.theme.grid}"


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


def held_inventory(organization: UUID, run_mode: str = "current") -> HeldRow:
    """The row of the inventory queue that a run holds while it walks an organization."""
    row = {"organization_id": organization, "run_mode": run_mode}
    claim = Claim(1, token=1, attempts=1, max_attempts=5, row=row)
    return HeldRow("organization_inventory_sync_queue", claim)


async def walked(
    answer: Callable[[str], Fetched], memory: GridMemory | None, handle: UUID, start: str
) -> tuple[InventoryWalk, list[Observation], list[Observation]]:
    """Walk the grids; returns the listings and the manifests as they would be appended."""

    async def fetch(url: str) -> Fetched:
        return answer(url)

    held = held_inventory(handle, "both")
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
