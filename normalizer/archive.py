"""The archive: whole months of drained observations leave `import_queue` for files.

Each slice of a month is one transaction: the file is written and read back, then its rows leave the
queue together with the catalogue's entry. Whatever ends the process before the commit leaves a
file that nobody knows; nothing is lost, and the next run does it again. What the rules still
read of the rows that left is packed into `observation_histories` (docs/decisions/0019).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from uuid import UUID

from psycopg import Connection
from psycopg.rows import args_row, dict_row

from normalizer import archive_files
from normalizer.archive_files import ArchiveError, ArchiveFile, Line, groups
from normalizer.histories import SQL, History, histories, named, remember
from normalizer.load import SQL as NORMALIZER

__all__ = ["ROWS_PER_FILE", "Archive", "Month"]

ROWS_PER_FILE = 50_000
"""About so many rows a file has at most: nobody drains while one is written, and a redaction
rewrites the whole of it."""

_FETCH = 500
_COLUMNS = (
    *("id", "key", "source", "kind", "version", "url", "organization_id", "observed_at"),
    *("payload_hash", "run_id", "status", "last_error", "created_at"),
)


@dataclass(frozen=True, slots=True)
class Month:
    """A month that is not all in the archive: how many drained observations the queue has of it,
    how many that wait to be drained, and, where it was begun, how many digits its slices have."""

    month: date
    drained: int
    pending: int
    digits: int | None
    files: int

    def slices(self) -> list[str]:
        """What the handles of each file's observations begin with."""
        digits = self.digits
        if digits is None:
            digits = next(n for n in range(4) if n == 3 or self.drained <= ROWS_PER_FILE * 16**n)
        return [f"{number:0{digits}x}" if digits else "" for number in range(16**digits)]


@dataclass
class _Taken:
    """What was seen of a slice's rows on their way into a file."""

    ids: list[int] = field(default_factory=list)
    first: datetime | None = None
    last: datetime | None = None


class Archive:
    """The archive of one database in one folder. The connection must be the archivist's and in
    autocommit mode; ``progress`` hears of every file that was written."""

    def __init__(
        self,
        connection: Connection,
        folder: Path,
        progress: Callable[[str, int], None] = lambda file, rows: None,
    ) -> None:
        self.connection = connection
        self.folder = folder
        self.progress = progress

    def files(self, month: date | None = None) -> list[ArchiveFile]:
        """The catalogue, or a month's part of it."""
        with self.connection.cursor(row_factory=args_row(ArchiveFile)) as cursor:
            found = cursor.execute(SQL["files"]).fetchall()
        return [file for file in found if month in (None, file.month)]

    def missing(self, before: date) -> list[Month]:
        """The months before a day, the oldest first, that are not all in the archive."""
        with self.connection.cursor(row_factory=args_row(Month)) as cursor:
            return cursor.execute(SQL["months"], {"before": _begin(before)}).fetchall()

    def write(self, month: Month) -> int:
        """Archive a month, slice by slice; returns how many rows have left the queue."""
        return sum(self._write(month.month, slice) for slice in month.slices())

    def _write(self, month: date, slice: str) -> int:
        with self.connection.transaction():
            # Keeps every drain out, so the rows stay as they are.
            self.connection.execute(NORMALIZER["own_the_clusters"])
            done = self.connection.execute(SQL["slices"], {"month": month})
            if (slice,) in done.fetchall():
                return 0
            seen = _Taken()
            lines = self._drained(month, slice, seen)
            written = archive_files.write(self.folder, _stem(month, slice), lines)
            # From what was written, so that the two cannot differ.
            for history in groups(month, archive_files.read(self.folder / written.file)):
                remember(self.connection, history)
            self.connection.execute(
                SQL["catalogue"],
                {
                    "month": month,
                    "slice": slice,
                    "file": written.file,
                    "sha256": written.sha256,
                    "bytes": written.bytes,
                    "rows": written.rows,
                    "taken": len(seen.ids),
                    "first": seen.first,
                    "last": seen.last,
                },
            )
            self.connection.execute(SQL["take"], {"ids": seen.ids})
        self.progress(written.file, written.rows)
        return len(seen.ids)

    def _drained(self, month: date, slice: str, seen: _Taken) -> Iterator[Line]:
        with self.connection.cursor(name="drained", row_factory=dict_row) as cursor:
            cursor.itersize = _FETCH
            cursor.execute(
                SQL["drained"],
                {
                    "first": UUID(slice.ljust(32, "0")),
                    "last": UUID(slice.ljust(32, "f")),
                    "nobodys": not slice.strip("0"),
                    "begin": _begin(month),
                    "end": _begin(_next(month)),
                },
            )
            for row in cursor:
                at = row["observed_at"]
                seen.first = min(seen.first or at, at)
                seen.last = max(seen.last or at, at)
                if not row["stays"]:
                    seen.ids.append(row["id"])
                yield Line({name: row[name] for name in _COLUMNS}, row["content"], row["stays"])

    def restore(self, month: date) -> int:
        """Put a month back into the queue, as it was, and take its files out of the catalogue and
        the folder; returns how many rows are back. Raises ArchiveError where one is missing."""
        files = self.files(month)
        if not files:
            raise ArchiveError(f"{month:%Y-%m} is not in the archive: archive list shows what is")
        for file in files:
            # Before anything is changed: half a month in the queue helps nobody.
            file.check(self.folder)
        back = 0
        for file in files:
            with self.connection.transaction():
                self.connection.execute(NORMALIZER["own_the_clusters"])
                for lines in _chunks(file.lines(self.folder)):
                    back += self.connection.execute(
                        SQL["restore"], {"lines": [str(line) for line in lines]}
                    ).rowcount
                where = {"month": month, "slice": file.slice}
                self.connection.execute(SQL["forget_histories"], where)
                self.connection.execute(SQL["forget_file"], where)
            (self.folder / file.file).unlink(missing_ok=True)
            self.progress(file.file, file.rows)
        return back

    def redact(self) -> int:
        """Write the files anew that hold what was redacted since; returns how many."""
        keys = {key for (key,) in self.connection.execute(SQL["redactions"])}
        stale = [file for file in self.files() if file.stale]
        for file in stale:
            with self.connection.transaction():
                self.connection.execute(NORMALIZER["own_the_clusters"])
                lines = self._redacted(file, keys)
                written = archive_files.write(self.folder, _stem(file.month, file.slice), lines)
                self.connection.execute(
                    SQL["replace_file"],
                    {
                        "month": file.month,
                        "slice": file.slice,
                        "file": written.file,
                        "sha256": written.sha256,
                        "bytes": written.bytes,
                    },
                )
            if written.file != file.file:
                (self.folder / file.file).unlink(missing_ok=True)
            self.progress(written.file, written.rows)
        return len(stale)

    def _redacted(self, file: ArchiveFile, keys: set[str]) -> Iterator[Line]:
        """A file's lines, with what the database holds of those that a ruling names."""
        for line in file.lines(self.folder):
            if line.key in keys:
                line = Line(line.columns, self._content_now(line), line.stays)
            yield line

    def _content_now(self, line: Line) -> str:
        if line.stays:
            ids = {"ids": [line.columns["id"]]}
            row = self.connection.execute(SQL["contents"], ids).fetchone()
            return str(row[1]) if row else line.content
        handle = UUID(line.columns["organization_id"])
        found = named(self.connection, [handle], [line.key])
        return next((item.content for _, item in found), line.content)

    def verify(self, month: date | None = None) -> Iterator[tuple[ArchiveFile, str | None]]:
        """Each file, read from end to end and compared with what the rules read in its place; with
        what is wrong with it."""
        for file in self.files(month):
            try:
                for history in groups(file.month, file.lines(self.folder)):
                    if not file.stale and not self._holds(history):
                        raise ArchiveError(
                            f"observation_histories differs from {file.file} in what it has of "
                            f"{history.organization_id}, {history.kind}: restore the month"
                        )
            except ArchiveError as error:
                yield file, str(error)
            else:
                yield file, None

    def _holds(self, history: History) -> bool:
        handles, kinds = [history.organization_id], [history.kind]
        return any(
            set(found.past) == set(history.past)
            for found in histories(self.connection, handles, kinds)
            if found.month == history.month
        )


def _begin(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)


def _next(month: date) -> date:
    return date(month.year + month.month // 12, month.month % 12 + 1, 1)


def _stem(month: date, slice: str) -> str:
    return f"{month:%Y-%m}" + (f".{slice}" if slice else "")


def _chunks(lines: Iterable[Line]) -> Iterator[list[Line]]:
    rest = iter(lines)
    while some := list(islice(rest, _FETCH)):
        yield some
