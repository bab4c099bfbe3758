"""A run's claims on the queues: taking rows, keeping their leases alive, giving them back.

A spider takes rows from `claims_of(crawler, table)`. It ends each one by yielding a
`crawler.items.FinishedClaim` (the pipeline completes it together with its manifests), or by one of
`fail`, `snooze` and `skip` here. Meanwhile a heartbeat extends the leases. What a run leaves behind
unfinished is given back when it closes.
"""

import asyncio
import logging
import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Literal
from uuid import UUID

from psycopg import AsyncConnection, sql

from crawler.session import Session, session_of
from store.errors import StoreUnavailable, wrapped
from store.queries import load
from store.queue import Claim, LeaseLost, Table, perform

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["Claims", "HeldRow", "claims_of", "complete"]

logger = logging.getLogger(__name__)

LEASE = timedelta(minutes=10)
SWEEP_LIMIT = 100


@dataclass(frozen=True, slots=True)
class HeldRow:
    """A queue row that this run holds: the table, and the claim with its token and columns."""

    table: Table
    claim: Claim

    @property
    def row(self) -> Mapping[str, Any]:
        """Every column of the row by name, as it was when it was claimed."""
        return self.claim.row


class Claims:
    """One run's claims on one queue."""

    def __init__(self, session: Session, table: Table, worker: str) -> None:
        self.session = session
        self.table = table
        self.worker = worker
        self.held: dict[int, HeldRow] = {}
        self._heartbeat: asyncio.Task[None] | None = None

    async def take(
        self,
        limit: int,
        *,
        organization_id: UUID | None = None,
        due: Literal["now", "all"] = "now",
        after: int = 0,
    ) -> list[HeldRow]:
        """Claim up to ``limit`` rows, most urgent first, after taking back leases that ran out.

        ``organization_id`` narrows the choice to one organization (the inventory's queue only);
        ``due="all"`` takes rows by id whether due or not: pass the greatest id so far as
        ``after``. Raises StoreUnavailable when the database is gone (the run is closing then).
        """
        name = "claim" if due == "now" else "claim_all"
        if organization_id is not None:
            name = "claim_organization"
        parameters: dict[str, Any] = {
            "limit": limit,
            "worker": self.worker,
            "lease": LEASE,
            "organization_id": organization_id,
            "only_due": due == "now",
            "after": after,
        }

        async def work(connection: AsyncConnection[Any]) -> list[Claim]:
            await perform(connection, self.table, "sweep", limit=SWEEP_LIMIT)
            return await perform(connection, self.table, name, **parameters)

        # A claim whose commit was in doubt may be taken by nobody until its lease runs out; it is
        # not lost, only late.
        rows = [HeldRow(self.table, claim) for claim in await self.session.transact(work)]
        self.held.update((held.claim.id, held) for held in rows)
        if rows and self._heartbeat is None:
            self._heartbeat = asyncio.create_task(self._beat())
        return rows

    async def fail(
        self,
        held: HeldRow,
        error: str,
        *,
        retry_after: timedelta | None = None,
        permanent: bool = False,
    ) -> None:
        """The attempt failed: the row is due again after a backoff, or dead after its last one."""
        await self._end(held, "fail", error=error, retry_after=retry_after, permanent=permanent)

    async def snooze(self, held: HeldRow, delay: timedelta, reason: str) -> None:
        """The site asked to wait (429, Retry-After): due again later, no attempt counted."""
        await self._end(held, "snooze", delay=delay, reason=reason)

    async def skip(self, held: HeldRow, reason: str) -> None:
        """There is nothing to do for this row, now or later."""
        await self._end(held, "skip", reason=reason)

    async def give_back(self, *, interrupted: bool) -> None:
        """End what is still held: release it, attempt refunded, where the run was interrupted;
        else it failed, for the spider neither finished nor failed it."""
        if self._heartbeat is not None:
            self._heartbeat.cancel()
        for held in list(self.held.values()):
            if interrupted:
                await self._end(held, "release")
            else:
                logger.error("%s: row %d was left unfinished", self.table, held.claim.id)
                self.session.crawler.stats.inc_value("paddock/claims/unfinished")
                await self.fail(held, "the run ended without finishing it")

    async def _end(self, held: HeldRow, name: str, **parameters: Any) -> None:
        async def work(connection: AsyncConnection[Any]) -> None:
            await perform(connection, self.table, name, held.claim, **parameters)

        self.held.pop(held.claim.id, None)
        stats = self.session.crawler.stats
        try:
            await self.session.transact(work)
        except LeaseLost as error:
            # Whoever holds the row now decides about it.
            logger.warning("%s: %s", self.table, error)
            stats.inc_value("paddock/claims/lost")
        else:
            stats.inc_value(f"paddock/claims/{name}")

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(LEASE.total_seconds() / 3)
            for held in list(self.held.values()):
                try:
                    await self.session.transact(partial(_extend, held))
                except LeaseLost as error:
                    # The work goes on; its completion will be refused by the same token.
                    logger.error("%s: %s", self.table, error)
                    self.held.pop(held.claim.id, None)
                except StoreUnavailable:
                    return


async def _extend(held: HeldRow, connection: AsyncConnection[Any]) -> None:
    await perform(connection, held.table, "extend", held.claim, lease=LEASE)


async def complete(connection: AsyncConnection[Any], held: HeldRow) -> None:
    """Complete a row inside the caller's transaction; raises LeaseLost, which rolls it back.

    Running it again after it took effect is no error: the token tells that it was this very claim.
    """
    try:
        await perform(connection, held.table, "complete", held.claim)
    except LeaseLost:
        query = sql.SQL(load("crawler")["finished_by_token"]).format(
            table=sql.Identifier(held.table)
        )
        with wrapped():
            cursor = await connection.execute(
                query, {"id": held.claim.id, "token": held.claim.token}
            )
            row = await cursor.fetchone()
        if row is None or not row[0]:
            raise


def claims_of(crawler: "Crawler", table: Table) -> Claims:
    """Return the run's claims on a queue."""
    session = session_of(crawler)
    if table not in session.claims:
        spider = crawler.spider.name if crawler.spider else "crawler"
        worker = f"{spider}@{socket.gethostname()}:{os.getpid()}"
        session.claims[table] = Claims(session, table, worker)
    return session.claims[table]
