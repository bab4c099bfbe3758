"""The drain and what fails under it: bugs, lost connections, dealers that others hold."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from normalizer import batch, drain, load
from normalizer.__main__ import main
from normalizer.digest import digest
from normalizer.drain import Drain
from normalizer.fold import fold_organization
from normalizer.rows import CanonicalRows
from store.connect import connect
from store.errors import NotPermitted
from tests.normalizer.drainage import drained_dealers, open_connection, run, statuses, two_dealers
from tests.normalizer.fleet import append, day, handle_of


@contextmanager
def folding(monkeypatch: pytest.MonkeyPatch, broken: Any) -> Iterator[None]:
    """Fold alpha with `broken`, everybody else as ever."""
    real = fold_organization

    def fold(organization: Any, evidence: Any, **rest: Any) -> CanonicalRows:
        rows = real(organization, evidence, **rest)
        return broken(rows) if organization.id == handle_of("alpha") else rows

    with monkeypatch.context() as patch:
        patch.setattr(batch, "fold_organization", fold)
        yield


def raises(rows: CanonicalRows) -> CanonicalRows:
    raise ZeroDivisionError("a bug in the rules")


def breaks_a_constraint(rows: CanonicalRows) -> CanonicalRows:
    return replace(rows, vehicles=tuple(v._replace(year=1066) for v in rows.vehicles))


def breaks_a_deferred_constraint(rows: CanonicalRows) -> CanonicalRows:
    return replace(rows, vehicles=tuple(v._replace(identity_key="x") for v in rows.vehicles))


def repeats_a_key(rows: CanonicalRows) -> CanonicalRows:
    return replace(rows, vehicles=rows.vehicles * 2)


@pytest.mark.parametrize(
    "bug", [raises, breaks_a_constraint, breaks_a_deferred_constraint, repeats_a_key]
)
def test_a_failing_fold_leaves_its_dealer_pending_and_stops_nobody(
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    bug: Any,
) -> None:
    append(connection, two_dealers().observations)
    with folding(monkeypatch, bug):
        outcome = run()
    (failure,) = outcome.failures
    assert failure.organizations == (handle_of("alpha"),)
    assert "Traceback" in caplog.text
    assert statuses(connection) == {"completed": 3, "pending": 4}
    dealers = connection.execute("SELECT DISTINCT dealer_id FROM vehicles").fetchall()
    assert dealers == [(handle_of("beta"),)]
    again = run()
    assert not again.failures
    assert statuses(connection) == {"completed": 7}
    # What was rolled back is not counted as done.
    assert (outcome.organizations, again.organizations) == (1, 1)
    standing = sum(table.rows for table in digest(connection).tables)
    assert outcome.changed_rows + again.changed_rows == standing


def test_a_run_over_profiles_stays_pending_until_all_of_its_dealers_are_folded(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = drained_dealers(connection)
    append(connection, [world.checked(day(3), ["alpha", "beta"])])
    with folding(monkeypatch, raises):
        outcome = run()
    assert len(outcome.failures) == 1
    assert statuses(connection) == {"completed": 7, "pending": 1}
    assert not run().failures
    seen = connection.execute("SELECT DISTINCT last_seen_at FROM businesses").fetchall()
    assert seen == [(day(3),)]


def test_a_lost_connection_is_tried_again(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(connection, two_dealers().observations)
    killed: list[object] = []

    def kill_once(rows: CanonicalRows) -> CanonicalRows:
        if not killed:
            killed.append(
                connection.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE application_name = 'paddock_normalizer' AND datname = current_database()"
                ).fetchall()
            )
        return rows

    with folding(monkeypatch, kill_once):
        outcome = run()
    assert killed
    assert not outcome.failures
    assert statuses(connection) == {"completed": 7}


def test_a_dealer_that_somebody_else_holds_is_left_to_them_and_reported(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = drained_dealers(connection)
    world.walk("alpha", day(2), ["a"])
    world.walk("beta", day(2), ["c"])
    append(connection, world.observations[7:])
    monkeypatch.setattr(drain, "_LOCK_WAIT", 100)
    with open_connection() as other, other.transaction():
        other.execute(load.SQL["try_dealers"], {"ids": [handle_of("alpha")]})
        outcome = run(patience=0.3)
    assert outcome.held == {handle_of("alpha")}
    assert statuses(connection) == {"completed": 9, "pending": 2}
    assert not run().held
    assert statuses(connection) == {"completed": 11}


def test_a_drain_waits_for_a_batch_with_profiles(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(connection, two_dealers().observations)
    monkeypatch.setattr(drain, "_LOCK_WAIT", 100)
    with open_connection() as other, other.transaction():
        other.execute(load.SQL["own_the_clusters"])
        outcome = run(patience=0.3)
    assert outcome.held == {handle_of("alpha"), handle_of("beta")}
    assert statuses(connection) == {"pending": 7}


def test_nobody_but_the_normalizer_may_drain(connection: psycopg.Connection) -> None:
    append(connection, two_dealers().observations)
    as_crawler = Drain(lambda: connect("paddock_crawler", autocommit=True))
    with pytest.raises(NotPermitted):
        as_crawler.run()


def test_a_full_disk_says_what_to_do_and_loses_nothing(
    connection: psycopg.Connection,
    capsys: pytest.CaptureFixture[str],
    caplog: pytest.LogCaptureFixture,
) -> None:
    append(connection, two_dealers().observations)
    connection.execute(
        "CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS "
        "$$ BEGIN RAISE disk_full USING MESSAGE = 'could not extend file'; END $$"
    )
    connection.execute(
        "CREATE TRIGGER full_disk BEFORE INSERT ON vehicle_images EXECUTE FUNCTION full_disk()"
    )
    assert main(["run"]) == 1
    err = capsys.readouterr().err
    assert "error: could not extend file\n" in err
    assert "free some space" in err
    assert "DATABASE_URL" not in err
    assert "trying again" not in caplog.text
    connection.execute("DROP TRIGGER full_disk ON vehicle_images")
    assert set(statuses(connection)) == {"pending"}
    assert main(["run"]) == 0
    assert set(statuses(connection)) == {"completed"}
