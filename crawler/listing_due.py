"""Which vehicle pages are due, dealer by dealer, and the locks that keep two runs from one page."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import AsyncConnection, OperationalError
from psycopg.rows import dict_row
from psycopg_pool import AsyncConnectionPool

from contract.observation import Source
from crawler.errors import ArgumentError
from crawler.fetch import Validators
from crawler.grid_memory import reader_version
from crawler.session import session_of
from store.connect import async_pool
from store.errors import wrapped
from store.queries import load

if TYPE_CHECKING:
    from scrapy.crawler import Crawler
    from scrapy.settings import BaseSettings

__all__ = ["DealerLocks", "DueDealer", "DueListing", "DueListings", "Sibling", "duration"]

BATCH = 200
"""Listings read at a time: of a dealer with ten thousand no more than these are in memory."""

LONGEST = 100_000
"""The greatest count of days or hours that a setting may name."""


@dataclass(frozen=True, slots=True)
class DueDealer:
    """A dealer whose listings have pages."""

    id: UUID
    name: str
    website: str | None


@dataclass(frozen=True, slots=True)
class DueListing:
    """One vehicle page to visit. ``organization_id`` is the handle that its listing was stamped
    with; ``title`` and ``vin`` are what its card says, raw; ``payload_hash`` is what the page said
    when it was read last, ``body_hash`` by what bytes."""

    url: str
    source: Source
    organization_id: UUID
    title: str | None
    vin: str | None
    grid_url: str | None
    validators: Validators
    payload_hash: str | None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True)
class Sibling:
    """A page of the same dealer that answered when it was asked last."""

    url: str
    validators: Validators


class DueListings:
    """Reads through the run's session what is due at the run's time."""

    def __init__(self, crawler: "Crawler") -> None:
        self.session = session_of(crawler)
        self.queries = load("listings")
        self.max_age = duration(crawler.settings, "DETAIL_MAX_AGE", timedelta(days=1))
        self.retry_after = duration(crawler.settings, "DETAIL_RETRY_AFTER", timedelta(hours=1))

    async def dealers(self, organization_id: UUID | None) -> list[DueDealer]:
        """The dealers to look at, the one whose turn it is longest first."""
        rows = await self._rows("dealers", organization_id=organization_id)
        return [DueDealer(**row) for row in rows]

    async def of(self, dealer: DueDealer) -> AsyncIterator[DueListing]:
        """The dealer's due listings, most urgent first; the state of the tables between two batches
        decides, so a long visit sees what others wrote meanwhile."""
        rank, url = -1, ""
        while True:
            rows = await self._rows(
                "due",
                dealer_id=dealer.id,
                observed_at=self.observed_at,
                max_age=self.max_age,
                retry_after=self.retry_after,
                after_rank=rank,
                after_url=url,
                limit=BATCH,
            )
            for row in rows:
                yield _listing(row)
            if len(rows) < BATCH:
                return
            rank, url = rows[-1]["rank"], rows[-1]["url"]

    async def siblings(self, dealer: DueDealer, visited: list[str]) -> list[Sibling]:
        """A few other pages of the dealer, the one that was read last first."""
        rows = await self._rows("siblings", dealer_id=dealer.id, visited=visited)
        return [Sibling(row["url"], _validators(row)) for row in rows]

    @property
    def observed_at(self) -> datetime:
        """The run's time."""
        return self.session.stamp.observed_at

    async def _rows(self, statement: str, **parameters: Any) -> list[dict[str, Any]]:
        async def read(connection: AsyncConnection[Any]) -> list[dict[str, Any]]:
            async with connection.cursor(row_factory=dict_row) as cursor:
                await cursor.execute(self.queries[statement], parameters)
                return await cursor.fetchall()

        return await self.session.transact(read)


class DealerLocks:
    """Advisory locks on dealers, held by one connection of their own: a run that dies lets go of
    all of them at once.

    A connection that broke has lost its locks. The next question then takes them anew, and says
    which of them another run got meanwhile.
    """

    def __init__(self) -> None:
        self.queries = load("listings")
        self.held: set[UUID] = set()
        self._pool: AsyncConnectionPool | None = None
        self._connection: AsyncConnection[Any] | None = None
        self._turn = asyncio.Lock()

    async def take(self, dealer_id: UUID) -> bool:
        """Whether the dealer is ours now; False while another run visits it."""
        async with self._turn:
            if await self._ask("try_lock", dealer_id):
                self.held.add(dealer_id)
            return dealer_id in self.held

    async def keeps(self, dealer_id: UUID) -> bool:
        """Whether the dealer is still ours; asked between two batches of a long visit."""
        async with self._turn:
            await self._ask("still_there", dealer_id)
            return dealer_id in self.held

    async def release(self, dealer_id: UUID) -> None:
        """Let other runs visit the dealer."""
        async with self._turn:
            if dealer_id in self.held:
                self.held.discard(dealer_id)
                await self._ask("unlock", dealer_id)

    async def close(self) -> None:
        """Let go of everything."""
        async with self._turn:
            self.held.clear()
            if self._pool is not None:
                if self._connection is not None:
                    await self._connection.close()
                    await self._pool.putconn(self._connection)
                    self._connection = None
                await self._pool.close()
                self._pool = None

    async def _ask(self, statement: str, dealer_id: UUID) -> bool:
        with wrapped():
            try:
                return await self._execute(statement, dealer_id)
            except OperationalError:
                await self._reconnect()
                return await self._execute(statement, dealer_id)

    async def _execute(self, statement: str, dealer_id: UUID) -> bool:
        if self._connection is None:
            await self._reconnect()
        assert self._connection is not None
        cursor = await self._connection.execute(self.queries[statement], {"dealer_id": dealer_id})
        row = await cursor.fetchone()
        return bool(row and row[0])

    async def _reconnect(self) -> None:
        """Connect, and take again what was held: what another run took meanwhile is lost."""
        if self._pool is None:
            self._pool = async_pool("paddock_crawler", min_size=0, max_size=1, idle_timeout=0)
            await self._pool.open()
        if self._connection is not None:
            await self._pool.putconn(self._connection)
        self._connection = await self._pool.getconn()
        await self._connection.set_autocommit(True)
        for dealer_id in sorted(self.held):
            if not await self._execute("try_lock", dealer_id):
                self.held.discard(dealer_id)


def duration(settings: "BaseSettings", name: str, unit: timedelta) -> timedelta:
    """A setting as a span of time, counted in ``unit``; raises ArgumentError otherwise."""
    try:
        count = settings.getfloat(name)
    except (TypeError, ValueError):
        count = -1.0
    if not 0 <= count <= LONGEST:
        raise ArgumentError(f"{name}={settings.get(name)!r} is no number from 0 to {LONGEST:,}")
    return count * unit


def _listing(row: dict[str, Any]) -> DueListing:
    classic = row["source"] == Source.CLASSIC
    # A feed names pages of the dealer's own site.
    return DueListing(
        url=row["url"],
        source=Source.CLASSIC if classic else Source.DEALER_SITE,
        organization_id=row["organization_id"],
        title=row["title"],
        vin=row["vin"],
        grid_url=row["grid_url"],
        validators=_validators(row),
        payload_hash=row["payload_hash"],
        body_hash=row["body_hash"] if row["reader"] == reader_version() else None,
    )


def _validators(row: dict[str, Any]) -> Validators:
    """What makes the request conditional: nothing where the page was read by other readers than
    today's, which may tell more of it."""
    if row["reader"] != reader_version():
        return Validators()
    return Validators(row["etag"], row["last_modified"])
