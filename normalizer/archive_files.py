"""The files of the archive: one observation a line, as JSON, compressed; written once, read back,
and known by their SHA-256.

The lines are in the order of handle, kind, page and time, so what resembles stands together, and
what belongs to one history comes in one piece.
"""

import gzip
import hashlib
import json
import os
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from normalizer.histories import History, Past
from normalizer.wording import counted
from store.errors import StoreError

__all__ = [
    "ArchiveError",
    "ArchiveFile",
    "Line",
    "Written",
    "archive_folder",
    "groups",
    "read",
    "write",
]

_CONTENT = ', "raw_data": '
_BROKEN = (OSError, EOFError, zlib.error)
_BLOCK = 1024 * 1024
_PUT_BACK = "put the right file back from a backup, or name its folder by ARCHIVE_STORE"


class ArchiveError(StoreError):
    """The archive cannot be written or read; nothing was lost."""


@dataclass(frozen=True, slots=True)
class Line:
    """One observation of a file: its columns, and its content as the queue had it. What ``stays``
    is in `import_queue`, too."""

    columns: dict[str, Any]
    content: str
    stays: bool

    @property
    def key(self) -> str:
        return str(self.columns["key"])

    def __str__(self) -> str:
        columns = json.dumps({**self.columns, "stays": self.stays}, default=str)
        return f"{columns[:-1]}{_CONTENT}{self.content}}}"

    @classmethod
    def parse(cls, text: str) -> "Line":
        """Read a line. No text within the columns can hold the mark, since its quotes would be
        escaped there."""
        columns, _, content = text.rstrip("\n").partition(_CONTENT)
        values = json.loads(columns + "}")
        return cls(values, content[:-1], values.pop("stays"))

    def past(self) -> Past:
        """The observation as a history holds it."""
        known = self.columns
        return Past(
            known["key"],
            known["source"],
            known["version"],
            known["url"],
            datetime.fromisoformat(str(known["observed_at"])),
            known["payload_hash"],
            self.content,
        )


class ArchiveFile(NamedTuple):
    """A file as the catalogue knows it (store/schema.sql: `archive_files`)."""

    month: date
    slice: str
    file: str
    sha256: str
    bytes: int
    rows: int
    taken: int
    first_observed_at: datetime | None
    last_observed_at: datetime | None
    stale: bool

    def check(self, folder: Path) -> None:
        """Make sure that the file is there and is the one that was archived. Raises
        ArchiveError."""
        path = folder / self.file
        try:
            found = _sha256(path)
        except FileNotFoundError as error:
            raise ArchiveError(
                f"{self.file} is not in {folder}: it holds "
                f"{counted(self.rows, 'observation')} of {self.month:%Y-%m}; {_PUT_BACK}"
            ) from error
        except OSError as error:
            raise ArchiveError(f"{path} cannot be read: {error}; {_PUT_BACK}") from error
        if found != self.sha256:
            raise ArchiveError(
                f"{path} is not the file that was archived: its SHA-256 is {found}, and the "
                f"catalogue says {self.sha256}; {_PUT_BACK}"
            )

    def lines(self, folder: Path) -> Iterator[Line]:
        """Read the file, once it is known to be the one that was archived. Raises ArchiveError."""
        self.check(folder)
        yield from read(folder / self.file)


@dataclass(frozen=True, slots=True)
class Written:
    """A file that was written and read back."""

    file: str
    sha256: str
    bytes: int
    rows: int


def archive_folder(given: str | None = None) -> Path:
    """The folder that holds the archive: what is given, else what ARCHIVE_STORE names. Raises
    ArchiveError where neither names a folder."""
    place = given or os.environ.get("ARCHIVE_STORE", "")
    if not place:
        raise ArchiveError(
            "ARCHIVE_STORE is not set: say where to keep the archive, for example "
            "ARCHIVE_STORE=/srv/paddock/archive"
        )
    folder = Path(place)
    if not folder.is_absolute():
        raise ArchiveError(f"ARCHIVE_STORE={place!r} is no absolute path")
    if not folder.is_dir():
        raise ArchiveError(f"ARCHIVE_STORE={place!r} is no folder that is there: make it first")
    return folder


def write(folder: Path, stem: str, lines: Iterable[Line]) -> Written:
    """Write a file, bring it safely to the disk, and read it back. Its name ends with the
    beginning of its hash, so no file ever takes the place of another. Raises ArchiveError; then
    nothing is left of it."""
    part = folder / f".{stem}.{os.getpid()}.part"
    try:
        written, rows = hashlib.sha256(), 0
        with part.open("wb") as raw:
            with gzip.GzipFile("", "wb", fileobj=raw, mtime=0) as file:
                for line in lines:
                    text = f"{line}\n".encode()
                    written.update(text)
                    file.write(text)
                    rows += 1
            raw.flush()
            os.fsync(raw.fileno())
        read = hashlib.sha256()
        with gzip.open(part, "rb") as file:
            while block := file.read(_BLOCK):
                read.update(block)
        if read.digest() != written.digest():
            raise ArchiveError(f"{folder} did not give back what was written to it")
        sha256 = _sha256(part)
        name = f"{stem}.{sha256[:12]}.jsonl.gz"
        size = part.stat().st_size
        part.replace(folder / name)
        _sync(folder)
        return Written(name, sha256, size, rows)
    except _BROKEN as error:
        raise ArchiveError(
            f"the archive cannot be written to {folder}: {error}; nothing was taken out of "
            "import_queue. Make room or mend it, then run the command again"
        ) from error
    finally:
        part.unlink(missing_ok=True)


def read(path: Path) -> Iterator[Line]:
    """The lines of a file. Raises ArchiveError where it cannot be read."""
    try:
        with gzip.open(path, "rt", encoding="utf-8", newline="\n") as file:
            yield from map(Line.parse, file)
    except _BROKEN as error:
        raise ArchiveError(f"{path} cannot be read: {error}; {_PUT_BACK}") from error


def groups(month: date, lines: Iterable[Line]) -> Iterator[History]:
    """What leaves the queue of a file's lines, history by history. Of several rows of one key the
    one with the least text is read, as always."""
    taken = (line for line in lines if not line.stays)
    for (handle, kind), some in groupby(
        taken, key=lambda line: (line.columns["organization_id"], line.columns["kind"])
    ):
        past: dict[str, Past] = {}
        for line in some:
            item = line.past()
            if item.key not in past or item.content < past[item.key].content:
                past[item.key] = item
        yield History(UUID(str(handle)), month, str(kind), list(past.values()))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _sync(folder: Path) -> None:
    """Bring the folder's entries to the disk, too."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
