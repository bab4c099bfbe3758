"""One database for many examples of the law."""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg import sql

from contract.observation import Observation
from normalizer.digest import CANONICAL, digest
from normalizer.drain import Drain
from store.connect import connect
from tests.normalizer.fleet import append

__all__ = ["Ground", "side_by_side"]

QUEUES = (
    *("import_queue", "archive_files", "observation_histories"),
    *("organization_inventory_sync_queue", "job_queue"),
)


class Ground:
    """One database for many examples: `settle` empties it, appends and drains."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.owner = connect(None, url=url, autocommit=True)

    def connect(self) -> psycopg.Connection:
        return connect("paddock_normalizer", url=self.url, autocommit=True)

    def clear(self) -> None:
        with self.owner.transaction():
            for table in (*CANONICAL, *QUEUES):
                self.owner.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))

    def crawl(self, observations: Sequence[Observation], at_once: int) -> None:
        """Append as a crawler of its own does: so many observations in each transaction."""
        with connect(None, url=self.url, autocommit=True) as connection:
            for start in range(0, len(observations), at_once):
                append(connection, observations[start : start + at_once])

    def drain(self, batch_size: int = 500) -> None:
        outcome = Drain(self.connect, batch_size=batch_size).run()
        assert not outcome.failures

    def digest(self) -> str:
        with self.connect() as connection:
            return digest(connection).total

    def settle(self, observations: Sequence[Observation], batch_size: int = 500) -> str:
        """Drain these observations into empty tables at once; returns the digest."""
        self.clear()
        append(self.owner, observations)
        self.drain(batch_size)
        return self.digest()


def side_by_side(*works: Callable[[], None]) -> None:
    """Do all of it at once, each work in a thread of its own; raises what one of them raised."""
    with ThreadPoolExecutor(len(works)) as pool:
        for work in [pool.submit(work) for work in works]:
            work.result(timeout=120)
