"""Replay and refolding: the observations alone rebuild every canonical table."""

from random import Random
from typing import Any

import psycopg
import pytest

from normalizer import batch
from normalizer.__main__ import main
from normalizer.digest import digest
from normalizer.drain import Drain
from normalizer.fold import fold_organization
from normalizer.replay import Replay, replay
from store.connect import connect
from tests.normalizer.fleet import World, append, day, handle_of, random_rulings, random_world


def open_connection() -> psycopg.Connection:
    return connect("paddock_normalizer", autocommit=True)


def rebuilt() -> Replay:
    with open_connection() as connection:
        return replay(connection)


@pytest.mark.parametrize("seed", range(3))
def test_replay_rebuilds_the_same_tables(connection: psycopg.Connection, seed: int) -> None:
    random = Random(seed)
    world = random_world(random)
    random_rulings(world, random)
    append(connection, world.observations)
    Drain(open_connection).run()
    found = rebuilt()
    assert found.equal
    assert sum(table.rows for table in found.rebuilt.tables) > 0
    with open_connection() as normalizer:
        assert digest(normalizer).total == found.live.total


def test_replay_changes_nothing_and_tells_what_differs(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    world = random_world(Random(7))
    append(connection, world.observations)
    Drain(open_connection).run()
    connection.execute("UPDATE vehicles SET make = 'Trabant'")
    before = connection.execute("SELECT count(*), max(revision) FROM vehicles").fetchone()
    assert main(["replay"]) == 1
    out = capsys.readouterr().out
    different = [line.split()[0] for line in out.splitlines() if line.endswith("DIFFERENT")]
    assert different == ["vehicles"]
    assert "run --again" in out
    assert connection.execute("SELECT count(*), max(revision) FROM vehicles").fetchone() == before
    assert main(["run", "--again"]) in (0, 3)
    assert main(["replay"]) == 0


def test_replay_leaves_out_what_is_pending_and_says_so(connection: psycopg.Connection) -> None:
    world = World()
    world.profile("alpha", day(0), website="https://www.alpha.example")
    append(connection, world.observations)
    Drain(open_connection).run()
    world.walk("alpha", day(1), ["a"])
    append(connection, world.observations[1:])
    found = rebuilt()
    assert found.equal
    assert found.pending == 2
    assert any("2 observations are pending" in line for line in found.lines())


def test_replay_names_the_dealer_whose_fold_fails(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    world.profile("alpha", day(0))
    world.profile("beta", day(0))
    append(connection, world.observations)
    Drain(open_connection).run()

    def fold(organization: Any, *rest: Any, **more: Any) -> Any:
        if organization.id == handle_of("alpha"):
            raise ZeroDivisionError("a bug in the rules")
        return fold_organization(organization, *rest, **more)

    monkeypatch.setattr(batch, "fold_organization", fold)
    found = rebuilt()
    assert not found.equal
    assert [failure.organizations for failure in found.failures] == [(handle_of("alpha"),)]
