"""One run's connection to the store: the pool, the stamp, and what happens when it goes away.

Every component and spider of a run shares one session (`session_of`). A transaction is repeated
through restarts of the database for STORE_PATIENCE seconds; after that the loss is latched: the run
closes with ``store_unavailable``, and whatever waits fails at once instead of waiting again.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime
from time import monotonic
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from psycopg import AsyncConnection
from psycopg_pool import AsyncConnectionPool
from scrapy.exceptions import CloseSpider

from crawler.errors import ArgumentError
from store.connect import async_pool, connect
from store.errors import (
    ConcurrentUpdate,
    DatabaseMissing,
    RoleUnavailable,
    StoreError,
    StoreUnavailable,
    wrapped,
)
from store.queries import load

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.claims import Claims

__all__ = [
    "CLOCK_AHEAD",
    "STORE_UNAVAILABLE",
    "Session",
    "Stamp",
    "parse_observed_at",
    "session_of",
]

logger = logging.getLogger(__name__)
T = TypeVar("T")

STORE_UNAVAILABLE = "store_unavailable"
"""The finish reason of a run whose database went away."""
CLOCK_AHEAD = "observed_at_ahead"
"""The finish reason of a run whose OBSERVED_AT lies in the future."""
MAX_PAUSE = 2.0


@dataclass(frozen=True)
class Stamp:
    """What every observation of a run carries: the run and its one time."""

    run_id: UUID
    observed_at: datetime


def parse_observed_at(text: str) -> datetime:
    """Read the OBSERVED_AT setting, an ISO time with its zone; raises ArgumentError otherwise."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise ArgumentError(f"OBSERVED_AT is no ISO time: {text!r}") from None
    if moment.tzinfo is None:
        raise ArgumentError(f"OBSERVED_AT needs a zone: {text!r} (add Z or +00:00)")
    return moment


def run_id_of(job: object) -> UUID:
    """Return the run's id: scrapyd's job id, so that its list leads to our record, or a new one."""
    try:
        return UUID(str(job))
    except ValueError:
        return uuid4()


class Session:
    """The pool, the stamp and the claims of one run."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler
        self.queries = load("crawler")
        self.patience = crawler.settings.getfloat("STORE_PATIENCE")
        self.claims: dict[str, Claims] = {}
        self.lost: StoreError | None = None
        self.is_ahead = False
        self._pool: AsyncConnectionPool | None = None
        self._stamp: Stamp | None = None
        self._opening = asyncio.Lock()

    @property
    def stamp(self) -> Stamp:
        """The run's stamp; known once the session is open, so in every spider callback."""
        if self._stamp is None:
            raise RuntimeError("the session is not open yet")
        return self._stamp

    @property
    def known_stamp(self) -> Stamp | None:
        """The run's stamp, or None while there is none: for reports about runs that failed."""
        return self._stamp

    async def open(self) -> None:
        """Connect and take the stamp; idempotent, so that every component may ask for it.

        Raises CloseSpider (``store_unavailable`` or ``observed_at_ahead``).
        """
        async with self._opening:
            if self._stamp is not None:
                return
            if self.lost is not None:
                raise CloseSpider(STORE_UNAVAILABLE)
            if self.is_ahead:
                raise CloseSpider(CLOCK_AHEAD)
            try:
                self._stamp = await self._connect()
            except StoreError as error:
                self.lost = error
                logger.error("No database: %s", error)
                raise CloseSpider(STORE_UNAVAILABLE) from error

    async def _connect(self) -> Stamp:
        # Finding the URL may start the project's own cluster, which takes a moment.
        self._pool = pool = await asyncio.to_thread(_checked_pool, self.patience)
        with wrapped():
            await pool.open(wait=True, timeout=self.patience)
            setting = self.crawler.settings.get("OBSERVED_AT")
            wanted = parse_observed_at(str(setting)) if setting else None
            async with pool.connection() as connection:
                cursor = await connection.execute(self.queries["stamp"], {"wanted": wanted})
                row = await cursor.fetchone()
        assert row is not None
        observed_at, is_ahead = row
        if is_ahead:
            self.is_ahead = True
            logger.error("OBSERVED_AT %s lies ahead of the database's clock", observed_at)
            raise CloseSpider(CLOCK_AHEAD)
        spider = self.crawler.spider
        return Stamp(run_id_of(getattr(spider, "_job", None)), observed_at)

    async def transact(self, work: Callable[[AsyncConnection[Any]], Awaitable[T]]) -> T:
        """Run work in one transaction and return its result once it is committed.

        Work is repeated when the connection breaks, also when it breaks during the commit: it must
        be safe to run again after it took effect. Raises StoreUnavailable when patience runs out
        (then the run is closing), and other StoreErrors, which a retry would not heal, at once.
        """
        deadline = monotonic() + self.patience
        pause = 0.1
        while True:
            if self.lost is not None:
                raise StoreUnavailable(str(self.lost))
            assert self._pool is not None, "the session is not open"
            try:
                left = max(0.1, deadline - monotonic())
                with wrapped():
                    async with (
                        self._pool.connection(timeout=left) as connection,
                        connection.transaction(),
                    ):
                        result = await work(connection)
                return result
            except ConcurrentUpdate:
                self.crawler.stats.inc_value("paddock/store/conflicts")
                if monotonic() >= deadline:
                    raise
            except (StoreUnavailable, RoleUnavailable, DatabaseMissing) as error:
                self.crawler.stats.inc_value("paddock/store/retries")
                if monotonic() + pause >= deadline:
                    self._lose(error)
                    raise StoreUnavailable(str(error)) from error
            await asyncio.sleep(pause)
            pause = min(MAX_PAUSE, pause * 2)

    def _lose(self, error: StoreError) -> None:
        if self.lost is not None:
            return
        self.lost = error
        logger.error("The database cannot be used, the run ends: %s", error)
        engine = self.crawler.engine
        if engine.spider is not None:
            task = asyncio.ensure_future(engine.close_spider_async(reason=STORE_UNAVAILABLE))
            self._closing = task  # The loop keeps only weak references to its tasks.

    async def close(self) -> None:
        """Close the pool; the last one to use the session calls it."""
        if self._pool is not None:
            await self._pool.close()


def _checked_pool(timeout: float) -> AsyncConnectionPool:
    """Make the pool after a first connection: its errors say what to do, the pool's do not."""
    connect("paddock_crawler").close()
    return async_pool("paddock_crawler", timeout=timeout)


_sessions: WeakKeyDictionary["Crawler", Session] = WeakKeyDictionary()


def session_of(crawler: "Crawler") -> Session:
    """Return the one session of a run."""
    if crawler not in _sessions:
        _sessions[crawler] = Session(crawler)
    return _sessions[crawler]
