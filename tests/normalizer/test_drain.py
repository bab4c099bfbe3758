"""The drain: what it writes, what it leaves alone, and how it gets on with errors and others."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from normalizer import batch, drain, load
from normalizer.digest import CANONICAL, digest
from normalizer.drain import Drain, Outcome
from normalizer.fold import fold_organization
from normalizer.replay import replay
from normalizer.rows import CanonicalRows
from store.connect import connect
from store.errors import NotPermitted
from tests.normalizer.fleet import World, append, day, handle_of

SITE = "https://www.alpha.example"


def open_connection() -> psycopg.Connection:
    return connect("paddock_normalizer", autocommit=True)


def run(**settings: Any) -> Outcome:
    """Run the drain on the test's database."""
    return Drain(open_connection, **settings).run()


def digest_now() -> str:
    with open_connection() as connection:
        return digest(connection).total


def two_dealers() -> World:
    world = World()
    world.profile("alpha", day(0), website=SITE, license="Dealer License 12345")
    world.profile("beta", day(0), website="https://www.beta.example")
    world.walk("alpha", day(1), ["a", "b"])
    world.walk("beta", day(1), ["c"])
    return world


def statuses(connection: psycopg.Connection) -> dict[str, int]:
    rows = connection.execute("SELECT status, count(*) FROM import_queue GROUP BY 1").fetchall()
    return {status: count for status, count in rows}


def versions(connection: psycopg.Connection) -> set[tuple[str, str, str]]:
    """Every canonical row's table, place and writing transaction: changes with every write."""
    return {
        (table, *row)
        for table in CANONICAL
        for row in connection.execute(
            sql.SQL("SELECT ctid::text, xmin::text FROM {}").format(sql.Identifier(table))
        )
    }


def revisions(connection: psycopg.Connection) -> dict[UUID, int]:
    return dict(connection.execute("SELECT id, revision FROM vehicles").fetchall())


def test_profiles_and_walks_become_organizations_and_vehicles(
    connection: psycopg.Connection,
) -> None:
    append(connection, two_dealers().observations)
    outcome = run()
    assert (outcome.observations, outcome.parked, outcome.skipped) == (7, 0, 0)
    found = connection.execute(
        "SELECT dealer_id, count(*) FROM vehicles WHERE status = 'in_stock' GROUP BY 1"
    ).fetchall()
    assert dict(found) == {handle_of("alpha"): 2, handle_of("beta"): 1}
    assert statuses(connection) == {"completed": 7}


def test_a_second_run_writes_nothing(connection: psycopg.Connection) -> None:
    world = two_dealers()
    append(connection, world.observations)
    run()
    before = versions(connection)
    assert run().changed_rows == 0
    append(connection, world.observations)
    outcome = run()
    assert outcome.changed_rows == 0
    assert outcome.skipped == 7
    assert versions(connection) == before


@pytest.mark.parametrize("size", [1, 500])
def test_a_profile_introduces_its_organization_before_what_waits_for_it(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch, size: int
) -> None:
    append(connection, two_dealers().observations)
    monkeypatch.setattr(batch, "MANY", 3)
    assert run(batch_size=size, limit=1).observations == (1 if size == 1 else 4)
    assert run(batch_size=size).failures == []
    assert statuses(connection) == {"completed": 7}
    with open_connection() as other:
        assert replay(other).equal


def test_only_what_changed_is_written(connection: psycopg.Connection) -> None:
    world = two_dealers()
    append(connection, world.observations)
    run()
    before = revisions(connection)
    world.walk("beta", day(2), [world.listing("beta", "c", price="$1,000")])
    append(connection, world.observations[7:])
    run()
    after = revisions(connection)
    (beta,) = connection.execute(
        "SELECT id FROM vehicles WHERE dealer_id = %s", [handle_of("beta")]
    ).fetchone() or (None,)
    assert {vehicle for vehicle in after if after[vehicle] != before[vehicle]} == {beta}


def test_the_later_row_of_a_key_is_skipped(connection: psycopg.Connection) -> None:
    observation = World().profile("alpha", day(0))
    append(connection, [observation, observation])
    run()
    rows = connection.execute("SELECT status, last_error FROM import_queue ORDER BY id").fetchall()
    assert rows[0] == ("completed", None)
    assert rows[1][0] == "skipped"
    assert rows[1][1].startswith("duplicate: ")


def test_rows_of_one_key_that_differ_in_volatile_parts_count_the_same_in_any_order(
    connection: psycopg.Connection,
) -> None:
    world = World()
    world.profile("alpha", day(0), website=SITE)
    card = world.listing("alpha", "a")
    busted = card.model_copy(update={"image_urls": tuple(f"{u}?cb=1" for u in card.image_urls)})
    world.walk("alpha", day(1), [card])
    profile, first, manifest = world.observations
    again = World()
    again.walk("alpha", day(1), [busted], manifest=False)
    (second,) = again.observations
    assert first.key == second.key
    assert first.raw_data != second.raw_data
    digests = set()
    for pair in ([first, second], [second, first]):
        for table in (*CANONICAL, "import_queue"):
            connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
        append(connection, [profile, *pair, manifest])
        run()
        digests.add(digest_now())
    assert len(digests) == 1


def test_an_observation_waits_for_the_profile_of_its_organization(
    connection: psycopg.Connection,
) -> None:
    world = two_dealers()
    profiles = [o for o in world.observations if o.kind == "seller_profile"]
    others = [o for o in world.observations if o.kind != "seller_profile"]
    append(connection, others)
    outcome = run()
    assert (outcome.skipped, outcome.organizations) == (5, 0)
    reasons = connection.execute("SELECT DISTINCT last_error FROM import_queue").fetchall()
    assert all(reason.startswith("unknown_organization: ") for (reason,) in reasons)
    append(connection, profiles)
    run()
    assert statuses(connection) == {"completed": 7}
    assert connection.execute("SELECT count(*) FROM vehicles").fetchone() == (3,)


def test_the_limit_ends_a_run_between_organizations(connection: psycopg.Connection) -> None:
    append(connection, two_dealers().observations)
    assert run(limit=1, batch_size=1).observations == 4
    assert statuses(connection) == {"completed": 4, "pending": 3}


def test_progress_hears_what_was_drained_and_what_is_left(connection: psycopg.Connection) -> None:
    append(connection, two_dealers().observations)
    heard: list[tuple[int, int]] = []
    run(batch_size=1, progress=lambda drained, left: heard.append((drained, left)))
    assert heard == [(4, 3), (3, 0)]


# ------------------------------------------------------------------------------------------ poison

GOOD = json.dumps(World().profile("alpha", day(0)).raw_data)

POISON = [
    pytest.param({"kind": "horoscope"}, "unknown_kind", id="kind"),
    pytest.param({"source": "rumour"}, "unknown_source", id="source"),
    pytest.param({"version": 99}, "unknown_version", id="version"),
    pytest.param({"version": 0}, "unknown_version", id="version-0"),
    pytest.param({"raw_data": "{}"}, "profile_url:missing", id="empty"),
    pytest.param({"raw_data": "[]"}, "raw_data:not_an_object", id="array"),
    pytest.param({"raw_data": '"text"'}, "raw_data:not_an_object", id="string"),
    pytest.param({"raw_data": "null"}, "raw_data:not_an_object", id="null"),
    pytest.param(
        {"raw_data": GOOD.replace('"name":', '"named":')}, "named:extra_forbidden", id="extra"
    ),
    pytest.param({"raw_data": GOOD.replace("Alpha", "")}, "name.value:string", id="nameless"),
    pytest.param({"raw_data": '{"name": 1e999}'}, "profile_url:missing", id="huge"),
    pytest.param({"raw_data": f'{{"name": {"1" * 5000}}}'}, "raw_data:not_json", id="digits"),
    pytest.param(
        {"raw_data": f'{{"name": {"[" * 1500}{"]" * 1500}}}'}, "raw_data:not_json", id="deep"
    ),
    pytest.param({"raw_data": f'{{"name": "{"x" * 300_000}"}}'}, "raw_data:too_large", id="large"),
    pytest.param({"organization_id": None}, "organization_id:missing", id="nobody"),
]


@pytest.mark.parametrize(("changed", "reason"), POISON)
def test_poison_is_parked_and_harms_no_neighbour(
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
    reason: str,
) -> None:
    monkeypatch.setattr(load, "LARGEST_TEXT", 200_000)
    append(connection, two_dealers().observations)
    row = {
        "key": "0" * 64,
        "source": "classic.com",
        "kind": "seller_profile",
        "version": 1,
        "url": "https://www.classic.com/s/poison/",
        "organization_id": handle_of("alpha"),
        "observed_at": day(0),
        "payload_hash": "0" * 64,
        "raw_data": GOOD,
        **changed,
    }
    insert_row(connection, row)
    outcome = run()
    assert (outcome.observations, outcome.parked) == (7, 1)
    parked = connection.execute("SELECT last_error FROM import_queue WHERE status = 'dead'")
    assert [error.startswith(reason) for (error,) in parked] == [True]
    poisoned = digest_now()
    connection.execute("DELETE FROM import_queue WHERE status = 'dead'")
    connection.execute("UPDATE import_queue SET status = 'pending'")
    assert run().changed_rows == 0
    assert digest_now() == poisoned


def insert_row(connection: psycopg.Connection, row: dict[str, Any]) -> None:
    """Insert a row that no crawler would write."""
    connection.execute(
        sql.SQL("INSERT INTO import_queue ({}) VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        ),
        row,
    )


def test_poison_claims_no_page_of_a_neighbour(connection: psycopg.Connection) -> None:
    world = two_dealers()
    append(connection, world.observations)
    run()
    before = digest_now()
    insert_row(
        connection,
        {
            "key": "0" * 64,
            "source": "dealer_site",
            "kind": "listing",
            "version": 1,
            "url": f"{SITE}/cars/a",
            "organization_id": handle_of("beta"),
            "observed_at": day(-5),
            "payload_hash": "0" * 64,
            "raw_data": '{"not": "a listing"}',
        },
    )
    assert run().parked == 1
    assert digest_now() == before


def test_a_redriven_row_is_read_again(connection: psycopg.Connection) -> None:
    append(connection, two_dealers().observations)
    connection.execute("UPDATE import_queue SET status = 'dead', last_error = 'x: y'")
    assert run().observations == 0
    with open_connection() as normalizer:
        normalizer.execute(load.SQL["redrive"])
    assert run().observations == 7


# ------------------------------------------------------------------------------------ shared pages


def owners(connection: psycopg.Connection) -> dict[str, UUID]:
    rows = connection.execute("SELECT discovery_url, dealer_id FROM vehicles").fetchall()
    assert len(dict(rows)) == len(rows)
    return dict(rows)


@pytest.mark.parametrize("site", [SITE, "http://alpha.example", "https://www.group.example"])
@pytest.mark.parametrize("batch_size", [1, 500])
def test_a_page_that_two_dealers_show_is_one_car_of_one_of_them(
    connection: psycopg.Connection, site: str, batch_size: int
) -> None:
    """The page's own site decides, else whoever showed it first, however it is spelled and
    whatever came in first."""
    world = two_dealers()
    world.walk("alpha", day(3), ["shared"], site=SITE if "alpha" in site else site)
    world.walk("beta", day(2), ["shared"], site=site)
    owner = handle_of("alpha" if "alpha" in site else "beta")
    append(connection, world.observations[:7])
    run()
    for part in (world.observations[9:], world.observations[7:9]):
        append(connection, part)
        run(batch_size=batch_size)
    shared = {dealer for url, dealer in owners(connection).items() if url.endswith("/shared")}
    assert shared == {owner}
    first = digest_now()
    with open_connection() as normalizer:
        assert replay(normalizer).rebuilt.total == first


def test_a_chain_of_shared_pages_is_folded_to_its_end(connection: psycopg.Connection) -> None:
    """Beta is a neighbour of alpha's; what waits for beta decides gamma's car."""
    group = "https://www.group.example"
    world = two_dealers()
    world.profile("gamma", day(0), website="https://www.gamma.example")
    world.walk("gamma", day(2), ["v"], site=group)
    world.walk("beta", day(3), ["u"], site=group)
    append(connection, world.observations)
    run()
    late = World()
    late.walk("alpha", day(4), ["u"], site=group)
    late.walk("beta", day(1), ["v"], site=group)
    append(connection, late.observations)
    run(batch_size=1, limit=1)
    run()
    assert owners(connection)[f"{group}/cars/v"] == handle_of("beta")
    assert owners(connection)[f"{group}/cars/u"] == handle_of("beta")


# ------------------------------------------------------------------------------- failures and retry


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
    return replace(rows, vehicles=tuple(replace(v, year=1066) for v in rows.vehicles))


def breaks_a_deferred_constraint(rows: CanonicalRows) -> CanonicalRows:
    return replace(rows, vehicles=tuple(replace(v, identity_key="x") for v in rows.vehicles))


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
    assert not run().failures
    assert statuses(connection) == {"completed": 7}


def test_a_run_over_profiles_stays_pending_until_all_of_its_dealers_are_folded(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = two_dealers()
    append(connection, world.observations)
    run()
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
    world = two_dealers()
    append(connection, world.observations)
    run()
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


# ------------------------------------------------------------------------------------- the schedule


def schedule(connection: psycopg.Connection) -> dict[UUID, str]:
    rows = connection.execute(
        "SELECT organization_id, run_mode FROM organization_inventory_sync_queue"
    )
    return dict(rows.fetchall())


def test_an_organization_is_scheduled_once_with_or_without_a_site_of_its_own(
    connection: psycopg.Connection,
) -> None:
    world = two_dealers()
    world.profile("homeless", day(0))  # Its profile page may list cars.
    append(connection, world.observations)
    run()
    every = [handle_of(seller) for seller in ("alpha", "beta", "homeless")]
    assert schedule(connection) == dict.fromkeys(every, "both")
    connection.execute("UPDATE organization_inventory_sync_queue SET run_mode = 'current'")
    append(connection, [world.profile("alpha", day(9), website=SITE)])
    run()
    assert schedule(connection) == dict.fromkeys(every, "current")


def merge_of_alpha_into_beta(connection: psycopg.Connection) -> None:
    """Beta, the older one, turns out to have alpha's license."""
    world = World()
    world.profile("alpha", day(0.5), website=SITE, license="Dealer License 12345")
    world.profile("beta", day(0), website="https://www.beta.example")
    append(connection, world.observations)
    run()
    assert schedule(connection).keys() == {handle_of("alpha"), handle_of("beta")}
    connection.execute(
        "UPDATE organization_inventory_sync_queue SET status = 'processing', token = 7, "
        "lease_until = now() + interval '1 hour' WHERE organization_id = %s",
        [handle_of("alpha")],
    )
    append(
        connection, [world.profile("beta", day(1), license="Dealer License 12345", website=SITE)]
    )


def test_a_claimed_schedule_outlives_its_organization_until_the_walk_has_ended(
    connection: psycopg.Connection,
) -> None:
    merge_of_alpha_into_beta(connection)
    run()
    assert schedule(connection).keys() == {handle_of("alpha"), handle_of("beta")}
    connection.execute(
        "UPDATE organization_inventory_sync_queue SET status = 'completed', lease_until = NULL"
    )
    run()
    assert schedule(connection).keys() == {handle_of("beta")}


def test_a_successor_without_a_schedule_inherits_it_lease_and_all(
    connection: psycopg.Connection,
) -> None:
    merge_of_alpha_into_beta(connection)
    connection.execute(
        "DELETE FROM organization_inventory_sync_queue WHERE organization_id = %s",
        [handle_of("beta")],
    )
    run()
    rows = connection.execute(
        "SELECT organization_id, status, token FROM organization_inventory_sync_queue"
    ).fetchall()
    assert rows == [(handle_of("beta"), "processing", 7)]
