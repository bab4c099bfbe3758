"""Which organizations the drain schedules, and what merging does to their schedules."""

from uuid import UUID

import psycopg

from tests.normalizer.drainage import SITE, run, two_dealers
from tests.normalizer.fleet import World, append, day, handle_of


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
