"""The demo: Paddock's main job over the replica, from the roster to canonical tables.

Runs the real programs as an operator would, on a database of its own, over four days of the
replica's calendar; then shows what the tables say and compares them with the truth. The exit code
is 0 only if they agree.
"""

import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic
from typing import Any

import psycopg
from psycopg import sql
from psycopg.conninfo import make_conninfo
from rich.console import Console
from rich.table import Table

from replica.demo_check import Comparison, compare
from replica.demo_story import overview, stories
from replica.web import PortInUse, Replica, has_browser, serve
from store.connect import connect, database_url, maintenance_url
from store.errors import StoreError
from store.migrate import apply_roles, migrate

DATABASE = "paddock_demo"
DAYS = 4
LOGS = Path("logs/demo")
DIFFERENCES = LOGS / "differences.txt"
STEP_TIMEOUT = 300

COUNTS = """
SELECT (SELECT count(*) FROM classic_seller_queue), (SELECT count(*) FROM import_queue),
       (SELECT count(*) FROM businesses), (SELECT count(*) FROM vehicles)
"""


class StepFailed(RuntimeError):
    """A program of the demo ended with an exit code that is no success."""


class Demo:
    """One run of the demo: a database, a replica, and the steps over both."""

    def __init__(self, console: Console, url: str, replica: Replica) -> None:
        self.console = console
        self.url = url
        self.replica = replica
        self.environment = {**os.environ, **replica.environment, "DATABASE_URL": url}
        # Observations may not lie in the future, so the last of the days is today.
        self.first_day = datetime.now(UTC) - timedelta(days=DAYS - 1, minutes=5)
        self.steps = 0

    def run(self) -> None:
        """Run every step; raises StepFailed."""
        self.step("the roster of classic.com", *self.crawl("classic_sellers", 0))
        self.step("the sellers' profiles", *self.crawl("dealer_profiles", 0), partly=True)
        self.step("normalizing the profiles", *normalize())
        for day in range(DAYS):
            self.replica.day = day
            inventory = self.crawl("inventory", day, "-a", "due=all")
            self.step(f"day {day}: every dealer's inventory", *inventory, partly=True)
            self.step(f"day {day}: normalizing", *normalize(), partly=True)
            if day in (0, DAYS - 1):
                self.step(f"day {day}: vehicle pages", *self.crawl("listings", day), partly=True)
                self.step(f"day {day}: normalizing them", *normalize(), partly=True)

    def crawl(self, spider: str, day: int, *arguments: str) -> Sequence[str]:
        """The command that runs a spider as of a day of the calendar."""
        observed_at = (self.first_day + timedelta(days=day)).isoformat(timespec="seconds")
        setting = f"OBSERVED_AT={observed_at}"
        return (sys.executable, "-m", "scrapy", "crawl", spider, *arguments, "-s", setting)

    def step(self, what: str, *command: str, partly: bool = False) -> None:
        """Run one program, show the tables fill, keep its output in a log.

        ``partly`` accepts exit code 3: some dealers of the replica do block.
        """
        self.steps += 1
        log = LOGS / f"{self.steps:02}-{'-'.join(what.split()[-2:]).replace(chr(39), '')}.log"
        began = monotonic()
        with log.open("w") as output, self.console.status(what) as status:
            program = subprocess.Popen(  # noqa: S603 - our own programs, no shell
                command, env=self.environment, stdout=output, stderr=subprocess.STDOUT
            )
            try:
                while True:
                    try:
                        code = program.wait(timeout=0.5)
                        break
                    except subprocess.TimeoutExpired:
                        status.update(f"{what}  [dim]{self.progress()}[/]")
                        if monotonic() - began > STEP_TIMEOUT:
                            raise StepFailed(
                                f"{what}: no end after {STEP_TIMEOUT} s; see {log}"
                            ) from None
            finally:
                if program.poll() is None:
                    program.kill()
                    program.wait()
        if code not in ((0, 3) if partly else (0,)):
            tail = "\n".join(log.read_text().splitlines()[-25:])
            raise StepFailed(f"{what}: exit code {code}; the end of {log}:\n{tail}")
        mark = "[green]✓[/]" if code == 0 else "[yellow]✓[/]"
        took = f"{monotonic() - began:5.1f} s"
        self.console.print(f"{mark} {what:<38}[dim]{took}  {self.progress()}[/]", soft_wrap=True)

    def progress(self) -> str:
        """What the tables hold by now, in one line."""
        with connect(None, url=self.url) as connection:
            row = connection.execute(COUNTS).fetchone()
        assert row is not None
        return "{:,} sellers, {:,} observations, {:,} organizations, {:,} vehicles".format(*row)


def normalize() -> Sequence[str]:
    """The command that drains what is pending."""
    return (sys.executable, "-m", "normalizer", "run")


@contextmanager
def demo_database() -> Iterator[str]:
    """Make the demo's database anew and yield its URL; it stays, for looking around.

    Raises StepFailed while another demo uses it.
    """
    server = database_url()
    url = make_conninfo(server, dbname=DATABASE)
    with connect(None, url=maintenance_url(server), autocommit=True, idle_timeout=0) as connection:
        lock = connection.execute(
            "SELECT pg_try_advisory_lock(hashtext(%s))", [DATABASE]
        ).fetchone()
        if lock is None or not lock[0]:
            raise StepFailed(
                f"another demo is running on the database {DATABASE}: wait for its end"
            )
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(DATABASE))
        connection.execute(drop)
        migrate(url)
        apply_roles(url)
        yield url


def show(console: Console, connection: psycopg.Connection[Any], comparison: Comparison) -> None:
    """Print the result: the overview, three cars with their evidence, and the comparison."""
    console.print(overview(connection))
    for story in stories(connection):
        console.print(story)
    table = Table(title="Compared with the truth of the replica", title_justify="left")
    table.add_column("")
    table.add_column("tables", justify="right")
    table.add_column("")
    for what, figures, good in comparison.lines():
        table.add_row(what, figures, "[green]✓[/]" if good else "[red]✗[/]")
    console.print(table)
    if comparison.differences:
        DIFFERENCES.write_text("\n".join(comparison.differences) + "\n")
        console.print(f"  {len(comparison.differences)} differences in words: {DIFFERENCES}")


def main() -> int:
    """Run the demo; the exit code is 0 when the tables agree with the truth, else 1."""
    # A log has no width of its own: give its tables room.
    console = Console(highlight=False, width=None if sys.stdout.isatty() else 120)
    LOGS.mkdir(parents=True, exist_ok=True)
    began = monotonic()
    try:
        with demo_database() as url, serve() as replica:
            truth = replica.truth
            console.print(
                f"A small web on this machine: {len(truth.sellers)} sellers, {len(truth.dealers)} "
                f"dealer sites, {len(truth.vehicles)} cars, {DAYS} days.\n"
            )
            if not has_browser():
                console.print(
                    "No browser is installed (apt-get install chromium), so one dealer's grid,"
                    " which a script draws, will end as needs_script.\n"
                )
            demo = Demo(console, url, replica)
            demo.run()
            with connect(None, url=url) as connection:
                comparison = compare(connection, replica.truth, pages_read=True)
                show(console, connection, comparison)
    except (StoreError, PortInUse, StepFailed) as error:
        console.print(f"[red]demo failed:[/] {error}", markup=True)
        return 1
    except KeyboardInterrupt:
        console.print("interrupted; the next run begins anew")
        return 1
    console.print(f"\nFinished in {monotonic() - began:.0f} s. To look further:")
    console.print(f"  psql '{url}'", markup=False, soft_wrap=True)
    console.print(
        f"  DATABASE_URL='{url}' .venv/bin/python -m normalizer explain <vehicle id or URL>",
        markup=False,
        soft_wrap=True,
    )
    console.print(f"  {LOGS}/  the programs' logs", markup=False)
    if not comparison.passed:
        console.print("[red]The tables do not agree with the truth.[/]")
    return 0 if comparison.passed else 1


if __name__ == "__main__":
    sys.exit(main())
