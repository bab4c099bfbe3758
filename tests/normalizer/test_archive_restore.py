"""Months that come back out of the archive, and observations that come too late for theirs."""

from pathlib import Path

import psycopg
import pytest

from normalizer.__main__ import main
from normalizer.archive_files import ArchiveError
from tests.normalizer.archived import (
    APRIL,
    MARCH,
    archive_before,
    archivist,
    on_disk,
    queued,
    replayed,
)
from tests.normalizer.drainage import SITE, digest_now, run, statuses
from tests.normalizer.fleet import World, append, day


def test_restoring_puts_every_row_back_as_it_was(
    connection: psycopg.Connection, drained: World, tmp_path: Path
) -> None:
    append(connection, drained.observations[:3])
    run()
    before = queued(connection)
    archive_before(tmp_path, APRIL)
    assert queued(connection) != before
    with archivist(tmp_path) as archive:
        archive.restore(MARCH)
    assert queued(connection) == before
    assert on_disk(tmp_path) == []
    assert connection.execute("SELECT count(*) FROM observation_histories").fetchone() == (0,)
    with archivist(tmp_path) as archive, pytest.raises(ArchiveError, match="2026-03 is not in"):
        archive.restore(MARCH)


def test_an_observation_that_comes_too_late_is_parked_until_its_month_is_restored(
    connection: psycopg.Connection,
    drained: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    digest = digest_now()
    archive_before(tmp_path, APRIL)
    late = World()
    late.walk("alpha", day(25), ["a", "late"])
    late.profile("beta", day(26), website="https://www.beta.example")
    # One that came before, and has left the queue.
    again = [drained.observations[4]]
    append(connection, [*late.observations, *again])
    run()
    assert statuses(connection)["dead"] == len(late.observations) + 1
    assert digest_now() == digest
    assert main(["parked"]) == 3
    assert "python -m normalizer archive restore 2026-03" in capsys.readouterr().out
    with archivist(tmp_path) as archive:
        archive.restore(MARCH)
    assert main(["parked", "--redrive"]) == 0
    run()
    archive_before(tmp_path, APRIL)
    assert statuses(connection).get("dead") is None
    assert replayed(tmp_path).equal
    after = digest_now()
    assert after != digest
    connection.execute("DELETE FROM import_queue")
    connection.execute("DELETE FROM archive_files")
    connection.execute("DELETE FROM observation_histories")
    append(connection, [*drained.observations, *late.observations])
    run()
    assert digest_now() == after


def test_a_walk_of_an_archived_month_that_repeats_the_last_one_is_late_too(
    connection: psycopg.Connection, tmp_path: Path
) -> None:
    world = World()
    world.profile("alpha", day(0), website=SITE)
    cars = [world.listing("alpha", "a")]
    world.walk("alpha", day(1), cars)
    append(connection, world.observations)
    run()
    archive_before(tmp_path, APRIL)
    again = World()
    again.walk("alpha", day(2), cars, suppress=["a"])
    append(connection, again.observations)
    run()
    assert statuses(connection)["dead"] == 1
