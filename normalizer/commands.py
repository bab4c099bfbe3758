"""The commands of `python -m normalizer`; `normalizer.__main__` loads them."""

import argparse
import json
import logging
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import asdict
from typing import Any

from psycopg import Connection, ProgrammingError
from psycopg.conninfo import conninfo_to_dict
from psycopg.rows import args_row
from rich.console import Console
from rich.logging import RichHandler
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from normalizer import archive_commands, legacy_import, rulings_commands
from normalizer.archive_files import archive_folder
from normalizer.digest import digest
from normalizer.drain import Drain
from normalizer.explain import explain
from normalizer.explain_absent import Absence, explain_absence
from normalizer.explain_organization import OrganizationExplanation, explain_organizations
from normalizer.explanation import Explanation
from normalizer.load import SQL
from normalizer.policy import PolicyError
from normalizer.quarantine import quarantined
from normalizer.replay import replay
from normalizer.report import ParkedRow, Report
from normalizer.rulebook import rulebook
from normalizer.wording import counted
from store.connect import connect
from store.errors import SchemaMissing, StorageFull, StoreError, StoreUnavailable, wrapped

__all__ = ["run_command"]

ABOUT = "Turn observations into canonical tables, look at what came of it, and correct it."
EXIT_CODES = """exit codes: 0 the whole job was done; 3 done, but some dealers are quarantined or
have parked observations (they are listed); 1 failed; 2 usage"""

# Seconds. A fold of a very large organization pauses its transaction for long; a paused process
# must still let go of its dealers one day.
_STATEMENT, _IDLE = 600, 900


def run_command(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit code."""
    given = _parser().parse_args(arguments)
    command: Callable[[argparse.Namespace], int] = given.call
    try:
        with wrapped():
            return command(given)
    except StoreUnavailable as error:
        where = "" if isinstance(error, StorageFull) else f"\n{_address()}"
        print(f"error: {error}{where}", file=sys.stderr)
        return 1
    except SchemaMissing as error:
        print(
            f"error: {str(error).splitlines()[0]}\n{_address()}\n"
            "its schema is not there or is older than this program: python -m store migrate",
            file=sys.stderr,
        )
        return 1
    except (StoreError, PolicyError) as error:
        print(f"error: {error}", file=sys.stderr)
        return 1


def _address() -> str:
    """Where the address of a database that cannot be reached came from, without its password."""
    if url := os.environ.get("DATABASE_URL"):
        try:
            known = conninfo_to_dict(url)
        except ProgrammingError:
            return "the address is the one in DATABASE_URL"
        place = ":".join(str(known[part]) for part in ("host", "port") if part in known)
        return f"the address, {place or 'the local socket'}, is the one in DATABASE_URL"
    return (
        "DATABASE_URL is not set, so this is the project's own cluster: "
        "python -m store cluster status says how it is"
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m normalizer", description=ABOUT, epilog=EXIT_CODES
    )
    commands = parser.add_subparsers(dest="command", required=True, metavar="COMMAND")

    def add(name: str, call: Callable[[argparse.Namespace], int], text: str) -> Any:
        command = commands.add_parser(name, help=text, description=text, epilog=EXIT_CODES)
        command.set_defaults(call=call)
        return command

    run = add("run", _run, "drain every pending observation, then exit: the cron job")
    run.add_argument(
        "--limit",
        type=_positive,
        metavar="N",
        help="stop after about N observations; organizations are always drained whole",
    )
    run.add_argument(
        "--batch-size",
        type=_positive,
        default=500,
        metavar="N",
        help="observations per transaction, in whole organizations (default: %(default)s)",
    )
    add(
        "digest", _digest, "hash the canonical tables: equal observations, equal digest"
    ).add_argument("--json", action="store_true", help="print JSON")
    run.add_argument(
        "--again",
        action="store_true",
        help="fold every organization, not only what is pending: after a change of the policy",
    )
    replayed = add(
        "replay", _replay, "rebuild every canonical table beside the live ones and compare"
    )
    replayed.add_argument(
        "--diff",
        action="store_true",
        help="show what folding everything again would change, by table and column, before it "
        "does: exit code 0 where nothing would, 3 where something would",
    )
    replayed.add_argument(
        "--archive",
        metavar="PATH",
        help="where the files of the archive are (default: ARCHIVE_STORE)",
    )
    replayed.add_argument("--json", action="store_true", help="print JSON")
    parked = add("parked", _parked, "list the observations that could not be read, and why")
    parked.add_argument("--limit", type=_positive, default=50, metavar="N", help="rows to show")
    parked.add_argument(
        "--redrive", action="store_true", help="make them pending again: the next run reads them"
    )
    parked.add_argument("--json", action="store_true", help="print JSON")
    add(
        "quarantine", _quarantine, "list the walks that may not prove absence, and why"
    ).add_argument("--json", action="store_true", help="print JSON")
    explained = add(
        "explain",
        _explain,
        "show where each value of a vehicle or an organization came from, why a vehicle has its "
        "status, and what was ruled",
    )
    explained.add_argument(
        "subject",
        metavar="VEHICLE|ORGANIZATION",
        help="id, listing URL, VIN or chassis number; id, profile page, website or name",
    )
    explained.add_argument("--json", action="store_true", help="print JSON")
    text = "correct what machines got wrong: set, clear, same, not-same, accept, reject, …"
    rulings_commands.add_commands(commands.add_parser("rule", help=text, description=text))
    text = "keep old months of observations in files: write, list, verify, restore"
    archive_commands.add_commands(commands.add_parser("archive", help=text, description=text))
    text = "take over what an older system knew"
    legacy_import.add_commands(commands.add_parser("legacy", help=text, description=text))
    return parser


def _positive(text: str) -> int:
    if not (text.isdecimal() and int(text)):
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number from 1 on")
    return int(text)


def _connect() -> Connection:
    return connect(
        "paddock_normalizer", autocommit=True, statement_timeout=_STATEMENT, idle_timeout=_IDLE
    )


def _run(given: argparse.Namespace) -> int:
    rulebook()  # A broken policy fails here, once, and not in every fold.
    console = Console(stderr=True)
    handler: logging.Handler = logging.StreamHandler()
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    if console.is_terminal:
        handler = RichHandler(console=console, show_path=False)
        handler.setFormatter(logging.Formatter("%(message)s"))
    logging.basicConfig(level=logging.INFO, handlers=[handler])
    columns = (TextColumn("draining"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("drain", total=None)

        def progress(drained: int, left: int) -> None:
            bar.advance(task, drained)
            bar.update(task, total=bar.tasks[0].completed + left)

        drain = Drain(
            _connect,
            batch_size=given.batch_size,
            limit=given.limit,
            again=given.again,
            progress=progress,
        )
        outcome = drain.run()
    with _connect() as connection:
        report = Report.after(connection, outcome)
    print("\n".join(report.lines()))
    return report.exit_code


def _digest(given: argparse.Namespace) -> int:
    with _connect() as connection:
        found = digest(connection)
    if given.json:
        print(json.dumps({**asdict(found), "total": found.total}, indent=2))
        return 0
    print(f"{'policy':<24}{'':>10}  {found.policy}")
    for each in found.tables:
        print(f"{each.table:<24}{each.rows:>10}  {each.sha256}")
    print(f"{'total':<24}{sum(each.rows for each in found.tables):>10}  {found.total}")
    return 0


def _replay(given: argparse.Namespace) -> int:
    rulebook()
    console = Console(stderr=True)
    columns = (TextColumn("replaying"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal) as bar:
        task = bar.add_task("replay", total=None)

        def progress(done: int, total: int) -> None:
            bar.update(task, completed=done, total=total)
            if not console.is_terminal:
                print(f"rebuilt {done:,} of {total:,} profile pages", file=sys.stderr)

        with _connect() as connection:
            archive = archive_folder(given.archive) if given.archive else None
            replayed = replay(connection, compare=given.diff, archive=archive, progress=progress)
    if given.json:
        print(json.dumps({**asdict(replayed), "equal": replayed.equal}, indent=2, default=str))
    else:
        print("\n".join(replayed.preview() if given.diff else replayed.lines()))
    if replayed.equal:
        return 0
    return 3 if given.diff and not replayed.failures else 1


def _parked(given: argparse.Namespace) -> int:
    with _connect() as connection:
        if given.redrive:
            count = connection.execute(SQL["redrive"]).rowcount
            are = "is" if count == 1 else "are"
            again = f"{counted(count, 'observation')} {are} pending again"
            print(f"{again}: run `python -m normalizer run`")
            return 0
        with connection.cursor(row_factory=args_row(ParkedRow)) as cursor:
            rows = cursor.execute(SQL["parked"], {"limit": given.limit}).fetchall()
    code = _show(rows, given.json, "nothing is parked")
    if rows and not given.json:
        print("once they can be read: python -m normalizer parked --redrive")
    return code


def _quarantine(given: argparse.Namespace) -> int:
    with _connect() as connection:
        walks = quarantined(connection, evidence=True)
    if given.json:
        print(json.dumps([walk.as_json() for walk in walks], indent=2, default=str))
    else:
        print("\n\n".join(map(str, walks)) or "no walk is quarantined")
    return 3 if walks else 0


def _explain(given: argparse.Namespace) -> int:
    with _connect() as connection:
        found: list[Explanation | OrganizationExplanation | Absence] = [
            *explain(connection, given.subject),
            *explain_organizations(connection, given.subject),
        ]
        found = found or [*explain_absence(connection, given.subject)]
    if given.json:
        print(json.dumps([each.as_json() for each in found], indent=2, default=str))
    elif found:
        print("\n\n".join("\n".join(each.lines()) for each in found))
    if not found:
        print(f"error: there is no vehicle or organization {given.subject!r}", file=sys.stderr)
    return 0 if found else 1


def _show(rows: Sequence[Any], as_json: bool, nothing: str) -> int:
    """Print rows, each as a few lines or all as JSON; 3 where there are any."""
    if as_json:
        print(json.dumps([row._asdict() for row in rows], indent=2, default=str))
    elif not rows:
        print(nothing)
    else:
        print("\n".join(map(str, rows)))
    return 3 if rows else 0
