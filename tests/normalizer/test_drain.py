"""The drain: what it writes, and what it leaves alone."""

from uuid import UUID

import psycopg
import pytest
from psycopg import sql

from normalizer import batch
from normalizer.digest import CANONICAL
from normalizer.replay import replay
from tests.normalizer.drainage import (
    SITE,
    digest_now,
    drained_dealers,
    open_connection,
    run,
    statuses,
    two_dealers,
)
from tests.normalizer.fleet import World, append, day, handle_of


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
    world = drained_dealers(connection)
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
    world = drained_dealers(connection)
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
