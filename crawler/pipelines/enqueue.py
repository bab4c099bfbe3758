"""Appends observations to the import queue, and finishes claims together with their manifests.

Order is part of the meaning: a manifest says "these listings were seen", so it is written after
every listing that was yielded before it, in one transaction with the completion of its claim. If
the lease was lost meanwhile, that transaction is rolled back. What page fetches told is remembered
in the transaction that appends the observation telling of them.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

from psycopg import AsyncConnection
from scrapy.exceptions import DropItem

from contract.canonical import canonical_json
from contract.observation import Kind, Observation
from crawler.claims import claims_of, complete
from crawler.grid_record import reassert, remember_pages
from crawler.items import ValidatedClaim, ValidatedVisit, ValidatedWalk
from crawler.page_memory import remember_fetches
from crawler.pipelines.batches import BatchWriter
from crawler.session import Session, session_of
from crawler.walk_figures import remember_figures
from store.errors import StoreError, StoreUnavailable
from store.queries import load
from store.queue import LeaseLost

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["ClaimLost", "EnqueuePipeline", "NotStored", "append"]

logger = logging.getLogger(__name__)

MANIFESTS = frozenset([Kind.INVENTORY_MANIFEST, Kind.PAGE_MANIFEST])
Item = Observation | ValidatedClaim | ValidatedVisit | ValidatedWalk


class NotStored(DropItem):
    """Raised for an item that did not reach the database before the run gave it up. The run's
    finish reason (``store_unavailable``) says why."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, log_level="DEBUG")


class ClaimLost(DropItem):
    """Raised for a finished claim whose lease ran out: nothing of it is written, and whoever holds
    the row now will tell the story."""


class EnqueuePipeline:
    """Writes what passed the contract in the order of its arrival, awaited."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler
        self.session: Session = session_of(crawler)
        self.writer: BatchWriter[Item] = BatchWriter(self._flush, alone=_ends_a_job)
        self.unstored: set[UUID | None] = set()

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    async def open_spider(self) -> None:
        """Open the session; raises CloseSpider when there is no database."""
        await self.session.open()
        self.writer.start()

    async def close_spider(self) -> None:
        """Write what still waits."""
        await self.writer.close()

    async def process_item(self, item: Any) -> Any:
        """Return the item once it is committed.

        Raises NotStored when the database is gone, ClaimLost when another worker holds the row
        now, and StoreError for a row that the database refuses.
        """
        if not isinstance(item, Item):
            return item
        try:
            await self.writer.write(item)
        except StoreUnavailable as error:
            raise NotStored(str(error)) from error
        except LeaseLost as error:
            raise ClaimLost(str(error)) from error
        except StoreError:
            if not isinstance(item, ValidatedClaim):
                self.unstored.add(_observation(item).organization_id)
            raise
        return item

    async def _flush(self, batch: Sequence[Item]) -> None:
        if isinstance(batch[0], ValidatedClaim):
            await self._finish(batch[0])
            return
        items = [item for item in batch if not isinstance(item, ValidatedClaim)]
        rows = [_observation(item) for item in items]
        if _ends_a_job(items[0]) and rows[0].organization_id in self.unstored:
            raise StoreError("not finished: an observation that the manifest cites was refused")

        async def work(connection: AsyncConnection[Any]) -> set[str]:
            written = await append(connection, rows)
            visits = [item for item in items if isinstance(item, ValidatedVisit)]
            told = [visit for visit in visits if visit.observation.key in written]
            fetches = [fetch for visit in told for fetch in visit.fetches]
            await remember_fetches(connection, fetches, self.session.stamp.observed_at)
            for item in items:
                if isinstance(item, ValidatedWalk):
                    await remember_figures(connection, [item.observation], item.figures)
            return written

        self._count(rows, await self.session.transact(work))

    async def _finish(self, item: ValidatedClaim) -> None:
        if any(manifest.organization_id in self.unstored for manifest in item.manifests):
            raise StoreError("not finished: an observation that the manifest cites was refused")

        if item.grids is not None:
            await reassert(self.session, item.grids)

        async def work(connection: AsyncConnection[Any]) -> set[str]:
            written = await append(connection, item.manifests)
            if item.grids is not None:
                await remember_pages(connection, item.grids, self.session.stamp)
            if item.figures:
                await remember_figures(connection, item.manifests, item.figures)
            await complete(connection, item.held)
            return written

        held = claims_of(self.crawler, item.held.table).held
        try:
            written = await self.session.transact(work)
        except LeaseLost:
            held.pop(item.held.claim.id, None)
            self.crawler.stats.inc_value("paddock/claims/lost")
            raise
        held.pop(item.held.claim.id, None)
        self.crawler.stats.inc_value("paddock/claims/complete")
        self._count(item.manifests, written)

    def _count(self, rows: Sequence[Observation], written: set[str]) -> None:
        kinds = {row.key: row.kind for row in rows}
        for kind, count in Counter(kinds.values()).items():
            appended = sum(kinds[key] is kind for key in written)
            self.crawler.stats.inc_value(f"paddock/appended/{kind}", appended)
            self.crawler.stats.inc_value(f"paddock/suppressed/{kind}", count - appended)


def _observation(item: Observation | ValidatedVisit | ValidatedWalk) -> Observation:
    return item if isinstance(item, Observation) else item.observation


def _ends_a_job(item: Item) -> bool:
    """Whether an item closes what others began, so that it is written after them and alone."""
    if isinstance(item, ValidatedVisit):
        return item.observation.kind in MANIFESTS
    return isinstance(item, ValidatedClaim | ValidatedWalk)


async def append(connection: AsyncConnection[Any], rows: Sequence[Observation]) -> set[str]:
    """Append observations inside the caller's transaction and return the keys that were written.

    Running it again after it took effect writes nothing. Manifests are never suppressed, and
    neither is a page that a batch saw with two contents: which of them is newer, no order of
    writing should decide.
    """
    if not rows:
        return set()
    queries = load("crawler")
    contents: dict[tuple[Any, ...], set[str]] = {}
    for row in rows:
        contents.setdefault(_page(row), set()).add(row.payload_hash)
    pages = {
        "sources": [row.source.value for row in rows],
        "kinds": [row.kind.value for row in rows],
        "urls": [row.url for row in rows],
        "organizations": [row.organization_id for row in rows],
    }
    await connection.execute(queries["lock_pages"], pages)
    cursor = await connection.execute(
        queries["append_observations"],
        pages
        | {
            "keys": [row.key for row in rows],
            "versions": [row.version for row in rows],
            "times": [row.observed_at for row in rows],
            "hashes": [row.payload_hash for row in rows],
            "contents": [canonical_json(row.raw_data) for row in rows],
            "runs": [row.run_id for row in rows],
            "always": [row.kind in MANIFESTS or len(contents[_page(row)]) > 1 for row in rows],
        },
    )
    return {key for (key,) in await cursor.fetchall()}


def _page(row: Observation) -> tuple[Any, ...]:
    return (row.source, row.kind, row.url, row.organization_id)
