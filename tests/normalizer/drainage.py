"""Runs of the drain on a test's database, and what is left in the queue after them."""

from typing import Any

import psycopg

from normalizer.digest import digest
from normalizer.drain import Drain, Outcome
from store.connect import connect
from tests.normalizer.fleet import World, append, day

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


def drained_dealers(connection: psycopg.Connection) -> World:
    """The two dealers, drained."""
    world = two_dealers()
    append(connection, world.observations)
    run()
    return world


def statuses(connection: psycopg.Connection) -> dict[str, int]:
    rows = connection.execute("SELECT status, count(*) FROM import_queue GROUP BY 1").fetchall()
    return {status: count for status, count in rows}
