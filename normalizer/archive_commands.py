"""`python -m normalizer archive …`: whole months of observations into files, and back."""

import argparse
import json
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from psycopg import Connection

from normalizer.archive import Archive
from normalizer.archive_files import ArchiveError, archive_folder
from normalizer.histories import SQL
from normalizer.wording import counted
from store.connect import connect

__all__ = ["add_commands"]

KEEP = 3
"""So many full months stay in the queue, which is more than an operator looks back in a hurry."""

# Seconds: a slice of 50,000 rows is written, read back and deleted in one transaction.
_STATEMENT, _IDLE = 3_600, 3_600


def add_commands(archive: argparse.ArgumentParser) -> None:
    """Add the commands of `archive` to its parser."""
    commands = archive.add_subparsers(dest="archive", required=True, metavar="COMMAND")

    def add(name: str, call: Any, text: str) -> argparse.ArgumentParser:
        command = commands.add_parser(name, help=text, description=text)
        command.set_defaults(call=call)
        command.add_argument(
            "--folder", metavar="PATH", help="where the files are (default: ARCHIVE_STORE)"
        )
        return command

    write = add(
        "write",
        _write,
        "move whole months of drained observations from import_queue into files, and bring "
        "redactions into those that are there",
    )
    which = write.add_mutually_exclusive_group()
    which.add_argument(
        "--before", type=_month, metavar="YYYY-MM", help="the months before this one"
    )
    which.add_argument(
        "--keep",
        type=int,
        default=KEEP,
        metavar="N",
        help="all but this month and N full ones before it (default: %(default)s)",
    )
    shown = add("list", _list, "list the files, month by month")
    shown.add_argument("--json", action="store_true", help="print JSON")
    verify = add("verify", _verify, "read the files and compare them with the database")
    verify.add_argument("month", nargs="?", type=_month, metavar="YYYY-MM", help="only this month")
    restore = add("restore", _restore, "put a month back into import_queue, as it was")
    restore.add_argument("month", type=_month, metavar="YYYY-MM")


def _month(text: str) -> date:
    try:
        return date.fromisoformat(f"{text}-01")
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no month like 2026-01") from error


@contextmanager
def _archive(given: argparse.Namespace) -> Iterator[Archive]:
    folder = archive_folder(given.folder)
    with connect(
        "paddock_archivist", autocommit=True, statement_timeout=_STATEMENT, idle_timeout=_IDLE
    ) as connection:
        yield Archive(connection, folder, _progress)


def _progress(file: str, rows: int) -> None:
    print(f"{file}: {counted(rows, 'observation')}", file=sys.stderr)


def _write(given: argparse.Namespace) -> int:
    with _archive(given) as archive:
        before = given.before or _first_kept(archive.connection, given.keep)
        if before > _first_kept(archive.connection, 0):
            print(f"error: {before:%Y-%m} has not begun yet", file=sys.stderr)
            return 2
        mended = archive.redact()
        left, months, taken = [], 0, 0
        for month in archive.missing(before):
            if month.pending:
                left.append(
                    f"{month.month:%Y-%m} is left out: {counted(month.pending, 'observation')} "
                    "of it still to be drained (python -m normalizer run)"
                )
                continue
            taken += archive.write(month)
            months += 1
    if mended:
        print(f"{counted(mended, 'file')} written anew without what was redacted")
    print(
        f"{counted(months, 'month')} before {before:%Y-%m} archived, "
        f"{counted(taken, 'row')} taken out of import_queue"
    )
    print("\n".join(left), end="\n" if left else "")
    return 3 if left else 0


def _first_kept(connection: Connection, keep: int) -> date:
    row = connection.execute(SQL["first_month_kept"], {"keep": keep}).fetchone()
    assert row is not None
    return date.fromisoformat(str(row[0]))


def _list(given: argparse.Namespace) -> int:
    with connect("paddock_archivist", autocommit=True) as connection:
        files = Archive(connection, archive_folder(given.folder)).files()
    if given.json:
        print(json.dumps([file._asdict() for file in files], indent=2, default=str))
        return 0
    for file in files:
        print(
            f"{file.month:%Y-%m} {file.slice:<3} {file.rows:>9,} rows, {file.taken:>9,} of them "
            f"only here, {file.bytes:>13,} bytes  {file.file}"
            + ("  STILL HOLDS WHAT WAS REDACTED: archive write mends it" if file.stale else "")
        )
    rows, size = sum(file.rows for file in files), sum(file.bytes for file in files)
    print(f"{counted(len(files), 'file')}, {counted(rows, 'observation')}, {size:,} bytes")
    return 0


def _verify(given: argparse.Namespace) -> int:
    wrong = found = 0
    with _archive(given) as archive:
        for file, problem in archive.verify(given.month):
            found += 1
            wrong += problem is not None
            print(f"{file.file}: {problem or 'good'}")
    if given.month and not found:
        raise ArchiveError(f"{given.month:%Y-%m} is not in the archive")
    print(f"{counted(found, 'file')} read, {wrong:,} wrong")
    return 1 if wrong else 0


def _restore(given: argparse.Namespace) -> int:
    with _archive(given) as archive:
        back = archive.restore(given.month)
    print(
        f"{counted(back, 'observation')} of {given.month:%Y-%m} are in import_queue again; "
        "archive write takes the month away once more"
    )
    return 0
