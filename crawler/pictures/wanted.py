"""Which pictures are wanted, and which of them this run may ask for."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from psycopg import AsyncConnection
from psycopg.rows import class_row

from crawler.pictures.picture import Picture
from crawler.session import Session
from store.connect import conninfo
from store.errors import wrapped
from store.queries import load

__all__ = ["SiteLocks", "Wanted"]

PER_SITE = 200
"""Pictures of one site that are looked up at a time."""
FIRST_RETRY = timedelta(hours=1)
"""After a picture's first failure; every further one in a row doubles it."""
LONGEST_RETRY = timedelta(days=7)


class SiteLocks:
    """A connection of its own that holds sites for this run, so that two runs at once neither ask a
    site at the same time nor fetch a picture twice. The server lets go of them when the connection
    ends, however the run ended."""

    def __init__(self) -> None:
        self._connection: AsyncConnection[Any] | None = None

    async def open(self) -> None:
        """Connect; raises StoreError."""
        target = await asyncio.to_thread(conninfo, "paddock_crawler")
        with wrapped():
            self._connection = await AsyncConnection.connect(target, autocommit=True)

    async def close(self) -> None:
        """Let go of all sites."""
        if self._connection is not None:
            await self._connection.close()

    async def hold(self, sites: Sequence[str]) -> list[str]:
        """Return those of the sites that are this run's now; the others are another run's."""
        assert self._connection is not None, "the locks are not open"
        with wrapped():
            cursor = await self._connection.execute(
                load("images")["hold_sites"], {"sites": list(sites)}
            )
            return [site for (site,) in await cursor.fetchall()]


class Wanted:
    """The store's side: what is due, and what is noted about failures.

    "Now" is the time that the run's observations carry, so that backfills and replays retry in
    their own time.
    """

    def __init__(self, session: Session) -> None:
        self.session = session
        self.queries = load("images")

    async def sites(self) -> list[str]:
        """Return the sites that serve pictures which are due."""

        async def work(connection: AsyncConnection[Any]) -> list[str]:
            await connection.execute(self.queries["take_time"])
            cursor = await connection.execute(self.queries["due_sites"], self._now())
            return [site for (site,) in await cursor.fetchall()]

        return await self.session.transact(work)

    async def pictures(self, sites: Sequence[str], not_again: Sequence[str]) -> list[Picture]:
        """Return the next due pictures of the sites, in turns, without those of ``not_again``."""

        async def work(connection: AsyncConnection[Any]) -> list[Picture]:
            await connection.execute(self.queries["take_time"])
            async with connection.cursor(row_factory=class_row(Picture)) as cursor:
                await cursor.execute(
                    self.queries["due_pictures"],
                    {
                        **self._now(),
                        "sites": list(sites),
                        "not_again": list(not_again),
                        "per_site": PER_SITE,
                    },
                )
                return await cursor.fetchall()

        return await self.session.transact(work)

    async def failed(self, url: str, failure: str) -> None:
        """Note a failure: the picture is due again later, and later every time."""
        status = failure.removeprefix("http_")
        about = {
            "url": url,
            "failure": failure,
            "status": int(status) if status.isdigit() else None,
            "first": FIRST_RETRY,
            "longest": LONGEST_RETRY,
        }
        await self._note("picture_failed", about)

    async def read(self, url: str) -> None:
        """Forget the failures of a picture that was read."""
        await self._note("picture_read", {"url": url})

    async def _note(self, statement: str, about: Mapping[str, Any]) -> None:
        async def work(connection: AsyncConnection[Any]) -> None:
            await connection.execute(self.queries[statement], {**about, **self._now()})

        await self.session.transact(work)

    def _now(self) -> dict[str, Any]:
        return {"now": self.session.stamp.observed_at}
