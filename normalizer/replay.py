"""Replay: every canonical table built again from the observations alone, and compared.

The second set is temporary and goes by the same names, so the same code fills it: a connection
looks among its temporary tables first. Everything happens in one transaction with one view of the
database, without a lock, so a drain may go on meanwhile; its work is not compared.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from uuid import UUID

from psycopg import Connection, IsolationLevel, sql

from normalizer.batch import Batch, Failure
from normalizer.digest import CANONICAL, Digest, digest_within
from normalizer.load import SQL, Rows
from normalizer.roster import Roster
from normalizer.rows import CanonicalRows
from normalizer.rulings_redaction import Redaction

__all__ = ["Replay", "replay"]

# What is pending is not in the live tables either.
_DRAINED = """
CREATE TEMPORARY VIEW import_queue AS
SELECT * FROM public.import_queue WHERE status IN ('completed', 'skipped')
"""

_HANDLES_AT_ONCE = 200


@dataclass(frozen=True)
class Replay:
    """The live tables and the rebuilt ones; ``pending`` observations are in neither."""

    live: Digest
    rebuilt: Digest
    pending: int
    failures: tuple[Failure, ...]

    @property
    def equal(self) -> bool:
        """Whether the live tables are what the observations say."""
        return self.live.total == self.rebuilt.total and not self.failures

    def lines(self) -> list[str]:
        """The comparison as text for people."""
        text = []
        for live, rebuilt in zip(self.live.tables, self.rebuilt.tables, strict=True):
            verdict = "equal" if live == rebuilt else "DIFFERENT"
            text.append(f"{live.table:<24}{live.rows:>10}{rebuilt.rows:>10}  {verdict}")
        text.append(f"live    {self.live.total}")
        text.append(f"rebuilt {self.rebuilt.total}")
        for failure in self.failures:
            text.append(f"FAILED: {', '.join(map(str, failure.organizations))}: {failure.error}")
        if self.pending:
            text.append(
                f"{self.pending:,} observations are pending and left out: a difference may be "
                "theirs (python -m normalizer run)"
            )
        if self.equal:
            text.append("the canonical tables are what the observations say")
        else:
            text.append(
                "the live tables differ from what the observations say under this policy; "
                "python -m normalizer run --again folds everything again"
            )
        return text


def replay(connection: Connection) -> Replay:
    """Rebuild and compare. The connection must be in autocommit mode and outside a transaction.

    Raises the driver's errors: the caller wraps.
    """
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    try:
        with connection.transaction(force_rollback=True):
            row = connection.execute(SQL["pending"]).fetchone()
            live = digest_within(connection, CANONICAL, "public")
            for table in CANONICAL:
                connection.execute(
                    sql.SQL("CREATE TEMPORARY TABLE {0} (LIKE public.{0} INCLUDING ALL)").format(
                        sql.Identifier(table)
                    )
                )
            connection.execute(_DRAINED)
            handles = [handle for (handle,) in connection.execute(SQL["drained_handles"])]
            failures: list[Failure] = []
            for some in _chunks(handles):
                failures += Rehearsal(connection, some, profiles=True, again=True).run().failures
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            schema = connection.execute("SELECT pg_my_temp_schema()::regnamespace::text").fetchone()
            assert row is not None
            assert schema is not None
            rebuilt = digest_within(connection, CANONICAL, schema[0])
            return Replay(live, rebuilt, row[0], tuple(failures))
    finally:
        connection.isolation_level = None


class Rehearsal(Batch):
    """A batch that writes canonical tables and nothing else."""

    def _read_whole_runs(self) -> Rows:
        return Rows()

    def _redact(self, redaction: Redaction, handles: Iterable[UUID]) -> None:
        pass

    def _reschedule(
        self, component: Iterable[UUID], wanted: Sequence[CanonicalRows], roster: Roster
    ) -> None:
        pass

    def _ask(self, wanted: Sequence[CanonicalRows]) -> None:
        pass

    def _write_marks(self) -> None:
        pass


def _chunks(handles: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(handles), _HANDLES_AT_ONCE):
        yield handles[start : start + _HANDLES_AT_ONCE]
