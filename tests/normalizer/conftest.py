"""What the tests of the normalizer share."""

from collections.abc import Iterator

import psycopg
import pytest

from tests.conftest import Server
from tests.normalizer.archived import march_and_april
from tests.normalizer.drainage import run
from tests.normalizer.fleet import World, append
from tests.normalizer.ground import Ground


@pytest.fixture(scope="module")
def ground(server: Server, template_database: str) -> Iterator[Ground]:
    """A database of this module's own."""
    name = server.create(template_database)
    ground = Ground(server.url_of(name))
    yield ground
    ground.owner.close()
    server.drop(name)


@pytest.fixture
def drained(connection: psycopg.Connection) -> World:
    """The dealer of `march_and_april`, drained."""
    world = march_and_april()
    append(connection, world.observations)
    run()
    return world
