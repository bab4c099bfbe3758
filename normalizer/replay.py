"""Replay: every canonical table built again from the observations alone, and compared.

The second set is temporary and goes by the same names, so the same code fills it: a connection
looks among its temporary tables first. Everything happens in one transaction with one view of the
database, without a lock, so a drain may go on meanwhile; its work is not compared. What has left
the queue is read from the files of the archive, and not from the histories that a drain reads.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from psycopg import Connection, IsolationLevel, sql
from psycopg.pq import TransactionStatus
from psycopg.rows import args_row

from normalizer.archive_files import ArchiveError, ArchiveFile, archive_folder, groups
from normalizer.batch import Batch, Failure
from normalizer.differences import TableDifference, differences
from normalizer.digest import CANONICAL, Digest, digest_within
from normalizer.histories import SQL as ARCHIVE
from normalizer.histories import remember
from normalizer.load import SQL, Rows
from normalizer.roster import Roster
from normalizer.rows import CanonicalRows
from normalizer.rulings_redaction import Redaction
from normalizer.wording import counted

__all__ = ["Replay", "replay"]

# What is pending is not in the live tables either.
_DRAINED = """
CREATE TEMPORARY VIEW import_queue AS
SELECT * FROM public.import_queue WHERE status IN ('completed', 'skipped')
"""

_HISTORIES = """
CREATE TEMPORARY TABLE observation_histories (LIKE public.observation_histories INCLUDING ALL)
"""

_HANDLES_AT_ONCE = 200


@dataclass(frozen=True)
class Replay:
    """The live tables and the rebuilt ones; ``pending`` observations are in neither. The
    ``differences`` are told where they were asked for."""

    live: Digest
    rebuilt: Digest
    pending: int
    failures: tuple[Failure, ...]
    differences: tuple[TableDifference, ...] = ()

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
        text += self._caveats()
        if self.equal:
            text.append("the canonical tables are what the observations say")
        else:
            text.append(
                "the live tables differ from what the observations say under this policy; "
                "python -m normalizer run --again folds everything again"
            )
        return text

    def preview(self) -> list[str]:
        """What folding everything again would change, as text for people."""
        text = [line for table in self.differences if table for line in table.lines()]
        text += self._caveats()
        if self.equal:
            text.append("nothing would change: the canonical tables are what the rules say now")
        else:
            changed = [table.table for table in self.differences if table]
            text.append(
                f"this would change {counted(len(changed), 'table')}; "
                "python -m normalizer run --again does it"
            )
        return text

    def _caveats(self) -> list[str]:
        text = [
            f"FAILED: {', '.join(map(str, failure.organizations))}: {failure.error}"
            for failure in self.failures
        ]
        if self.pending:
            are = "is" if self.pending == 1 else "are"
            text.append(
                f"{counted(self.pending, 'observation')} {are} pending and left out: a difference "
                "may be theirs (python -m normalizer run)"
            )
        return text


def replay(
    connection: Connection,
    *,
    compare: bool = False,
    archive: Path | None = None,
    progress: Callable[[int, int], None] | None = None,
) -> Replay:
    """Rebuild and compare; with ``compare`` also tell the differences, column by column.
    ``archive`` is the folder of the archive's files, by default the one that ARCHIVE_STORE names.

    The connection must be in autocommit mode and outside a transaction. ``progress`` hears how many
    of how many profile pages are done. Raises ArchiveError for a file that is missing, wrong or
    still to be redacted; and the driver's errors: the caller wraps.
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
            _read_archive(connection, archive)
            handles = [handle for (handle,) in connection.execute(SQL["drained_handles"])]
            failures: list[Failure] = []
            done = 0
            for some in _chunks(handles):
                if progress:
                    progress(done, len(handles))
                done += len(some)
                failures += Rehearsal(connection, some, profiles=True, again=True).run().failures
            connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
            schema = connection.execute("SELECT pg_my_temp_schema()::regnamespace::text").fetchone()
            assert row is not None
            assert schema is not None
            rebuilt = digest_within(connection, CANONICAL, schema[0])
            if progress:
                progress(done, len(handles))
            different = compare and live.total != rebuilt.total
            found = differences(connection, "public", schema[0]) if different else ()
            return Replay(live, rebuilt, row[0], tuple(failures), found)
    finally:
        # Ctrl-C within a statement leaves a connection that takes no settings any more.
        if connection.info.transaction_status == TransactionStatus.IDLE:
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


def _read_archive(connection: Connection, folder: Path | None) -> None:
    """The histories once more, from the archive's files."""
    with connection.cursor(row_factory=args_row(ArchiveFile)) as cursor:
        files = cursor.execute(ARCHIVE["files"]).fetchall()
    connection.execute(_HISTORIES)
    if not files:
        return
    if any(file.stale for file in files):
        raise ArchiveError(
            "the archive still holds what was redacted: python -m normalizer archive write brings "
            "redactions into its files"
        )
    folder = folder or archive_folder()
    for file in files:
        for history in groups(file.month, file.lines(folder)):
            remember(connection, history)


def _chunks(handles: Sequence[UUID]) -> Iterator[Sequence[UUID]]:
    for start in range(0, len(handles), _HANDLES_AT_ONCE):
        yield handles[start : start + _HANDLES_AT_ONCE]
