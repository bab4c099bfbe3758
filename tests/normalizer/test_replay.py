"""Replay and refolding: the observations alone rebuild every canonical table."""

from random import Random
from typing import Any

import psycopg
import pytest
from psycopg import sql

from normalizer import batch
from normalizer.__main__ import main
from normalizer.digest import CANONICAL, digest
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


def test_an_interrupt_within_a_statement_stays_an_interrupt(
    connection: psycopg.Connection,
) -> None:
    with open_connection() as normalizer:

        def interrupt(done: int, total: int) -> None:
            normalizer.pgconn.send_query(b"SELECT pg_sleep(1)")
            raise KeyboardInterrupt

        world = random_world(Random(7))
        append(connection, world.observations)
        Drain(open_connection).run()
        with pytest.raises(KeyboardInterrupt):
            replay(normalizer, progress=interrupt)
        normalizer.close()


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


def test_a_preview_tells_what_would_change_and_changes_nothing(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World()
    world.profile("alpha", day(0), website="https://www.alpha.example")
    world.walk("alpha", day(1), ["a", "b", "c"])
    append(connection, world.observations)
    Drain(open_connection).run()
    assert main(["replay", "--diff"]) == 0
    assert "nothing would change" in capsys.readouterr().out
    connection.execute("UPDATE vehicles SET make = 'Trabant' WHERE discovery_url LIKE '%/a'")
    connection.execute("DELETE FROM vehicle_images WHERE source_url LIKE '%/b/1.jpg'")
    connection.execute(
        "INSERT INTO dealer_inventory_seen SELECT dealer_id, 'x', vehicle_id, grid_url, first_seen_at,"
        " last_seen_at, last_seen_status, 1, 0 FROM dealer_inventory_seen LIMIT 1"
    )
    before = connection.execute("SELECT sum(revision) FROM vehicles").fetchone()
    assert main(["replay", "--diff"]) == 3
    lines = capsys.readouterr().out.splitlines()
    assert "vehicles: 1 row changed" in lines
    assert "  make: 1 row" in lines
    assert any("'Trabant' -> " in line for line in lines)
    assert "vehicle_images: 1 row new" in lines
    assert "dealer_inventory_seen: 1 row gone" in lines
    assert any(line.startswith("  gone: ") and line.endswith(" x") for line in lines)
    assert lines[-1].startswith("this would change 3 tables")
    assert connection.execute("SELECT sum(revision) FROM vehicles").fetchone() == before
    assert main(["run", "--again"]) == 0
    assert main(["replay", "--diff"]) == 0


def test_every_table_can_be_compared(connection: psycopg.Connection) -> None:
    """A table whose columns cannot be compared, or that has none that is never null, is found."""
    random = Random(5)
    world = random_world(random)
    random_rulings(world, random, count=20)
    append(connection, world.observations)
    Drain(open_connection).run()
    for table in CANONICAL:
        connection.execute(sql.SQL("DELETE FROM {}").format(sql.Identifier(table)))
    with open_connection() as normalizer:
        found = replay(normalizer, compare=True)
    assert [each.table for each in found.differences] == CANONICAL
    for each, rebuilt in zip(found.differences, found.rebuilt.tables, strict=True):
        assert (each.appearing, each.vanishing, each.changing) == (rebuilt.rows, 0, 0)


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
