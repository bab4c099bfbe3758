"""What the tests of the normalizer share."""

from collections.abc import Iterator

import pytest

from tests.conftest import Server
from tests.normalizer.ground import Ground


@pytest.fixture(scope="module")
def ground(server: Server, template_database: str) -> Iterator[Ground]:
    """A database of this module's own."""
    name = server.create(template_database)
    ground = Ground(server.url_of(name))
    yield ground
    ground.owner.close()
    server.drop(name)
