"""The main job, end to end: the real programs as subprocesses over the replica, judged by its truth.

Two days of the calendar on one database; a third pass over the unchanged second day, vehicle pages
included, must find nothing new.
"""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import psycopg
import pytest

from replica.demo_check import compare
from replica.web import Replica, serve
from store.connect import connect

DAY = timedelta(days=1)
FIRST_DAY = datetime.now(UTC).replace(microsecond=0) - 3 * DAY

OBSERVATIONS = "SELECT kind, count(*) FROM import_queue GROUP BY kind"


class Paddock:
    """The programs, pointed at a replica and a database."""

    def __init__(self, url: str, replica: Replica) -> None:
        self.environment = {**os.environ, **replica.environment, "DATABASE_URL": url}

    def crawl(self, spider: str, at: datetime, *arguments: str) -> str:
        stamp = ("-s", f"OBSERVED_AT={at.isoformat()}")
        return self._run("scrapy", "crawl", spider, *arguments, *stamp)

    def normalize(self) -> str:
        return self._run("normalizer", "run")

    def digest(self) -> str:
        return self._run("normalizer", "digest")

    def _run(self, *command: str) -> str:
        result = subprocess.run(
            [sys.executable, "-m", *command],
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=200,
            check=False,
        )
        # 3: the replica has a dealer that blocks, and pages that are missing on purpose.
        assert result.returncode in (0, 3), f"{command}: {result.stdout}\n{result.stderr}"
        return result.stdout


@contextmanager
def observations_added(connection: psycopg.Connection) -> Iterator[dict[str, int]]:
    """Fills the dictionary with the number of new rows per kind when the block ends."""
    before: dict[str, int] = dict(connection.execute(OBSERVATIONS).fetchall())
    added: dict[str, int] = {}
    yield added
    after: dict[str, int] = dict(connection.execute(OBSERVATIONS).fetchall())
    added.update({k: n - before.get(k, 0) for k, n in after.items() if n != before.get(k, 0)})


@pytest.fixture
def paddock(database_url: str) -> Iterator[tuple[Paddock, Replica]]:
    with serve() as replica:
        yield Paddock(database_url, replica), replica


def test_from_the_roster_to_canonical_tables(
    paddock: tuple[Paddock, Replica], connection: psycopg.Connection
) -> None:
    programs, replica = paddock
    programs.crawl("classic_sellers", FIRST_DAY)
    programs.crawl("dealer_profiles", FIRST_DAY)
    programs.normalize()
    for day in (0, 1):
        replica.day = day
        programs.crawl("inventory", FIRST_DAY + day * DAY, "-a", "due=all")
        programs.normalize()
        comparison = compare(connection, replica.truth)
        assert comparison.passed, "\n".join(comparison.differences)
    programs.crawl("listings", FIRST_DAY + DAY)
    programs.normalize()
    comparison = compare(connection, replica.truth, pages_read=True)
    assert comparison.passed, "\n".join(comparison.differences)
    assert comparison.pages["gallery"][1] > 300

    digest = programs.digest()
    with observations_added(connection) as added:
        programs.crawl("inventory", FIRST_DAY + 2 * DAY, "-a", "due=all")
        programs.crawl("listings", FIRST_DAY + 2 * DAY, "-s", "DETAIL_MAX_AGE=0.5")
    assert added.keys() == {"inventory_manifest", "page_manifest"}
    programs.normalize()
    with connect(None, url=programs.environment["DATABASE_URL"]) as fresh:
        assert compare(fresh, replica.truth).falsely_sold == 0
    assert programs.digest() != digest  # Seen once more: that is what the manifests said.

    log = list(replica.log)
    assert [entry for entry in log if entry.in_flight > 1] == []  # One request at a time per site.
    assert {entry.user_agent.partition("/")[0] for entry in log} == {"Paddock"}
