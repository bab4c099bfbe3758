"""The drain: what it writes, what it leaves, and how it gets on with others."""

import psycopg

from normalizer.drain import Drain, Outcome
from store.connect import connect
from tests.normalizer.fleet import World, append, day, handle_of


def drain(**settings: object) -> Outcome:
    """Run the drain on the test's database."""
    return Drain(lambda: connect("paddock_normalizer", autocommit=True), **settings).run()  # type: ignore[arg-type]


def test_profiles_and_walks_become_organizations_and_vehicles(
    connection: psycopg.Connection,
) -> None:
    world = World()
    world.profile("gooding", day(0), website="https://www.gooding.example")
    world.walk("gooding", day(1), ["a", "b"])
    append(connection, world.observations)
    outcome = drain()
    assert outcome.observations == 4
    assert outcome.parked == outcome.skipped == 0
    assert connection.execute("SELECT count(*) FROM vehicles").fetchone() == (2,)
    assert connection.execute("SELECT id FROM businesses").fetchall() == [(handle_of("gooding"),)]
