"""The backup that deploy/README.md describes, by its own command lines."""

import os
import subprocess
from pathlib import Path
from random import Random

import psycopg
import pytest

from normalizer.__main__ import main
from normalizer.digest import digest
from store.cluster import find_installation
from store.connect import connect
from store.errors import StoreError
from tests.conftest import Server
from tests.normalizer.archived import APRIL, archive_before, march_and_april, replayed
from tests.normalizer.fleet import append, random_rulings, random_world

README = Path(__file__).parents[2] / "deploy" / "README.md"


def total() -> str:
    with connect("paddock_normalizer", autocommit=True) as connection:
        return digest(connection).total


def run_as_documented(program: str, folder: Path) -> None:
    """Run the line of the README that begins with this program."""
    [line] = [line for line in README.read_text().splitlines() if line.startswith(f"{program} ")]
    try:
        programs = find_installation()
    except StoreError as error:
        pytest.skip(f"the programs of PostgreSQL are not on this machine: {error}")
    done = subprocess.run(
        ["sh", "-c", line],
        cwd=folder,
        env={**os.environ, "PATH": f"{programs}:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("is_archived", [False, True])
def test_a_dump_of_the_observations_brings_everything_back(
    server: Server,
    template_database: str,
    connection: psycopg.Connection,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    is_archived: bool,
) -> None:
    world = random_world(Random(3))
    random_rulings(world, Random(3))
    append(connection, world.observations)
    append(connection, march_and_april().observations)
    assert main(["run"]) in (0, 3)
    if is_archived:
        (tmp_path / "archive").mkdir()
        assert archive_before(tmp_path / "archive", APRIL) > 0
    dumped = total()
    run_as_documented("pg_dump", tmp_path)

    name = server.create(template_database)
    monkeypatch.setenv("DATABASE_URL", server.url_of(name))
    try:
        empty = total()
        run_as_documented("pg_restore", tmp_path)
        assert main(["run", "--again"]) in (0, 3)
        assert total() == dumped != empty
        if is_archived:
            assert replayed(tmp_path / "archive").equal
        # New observations are numbered after the restored ones.
        with connect(None, autocommit=True) as restored:
            append(restored, random_world(Random(4)).observations)
    finally:
        server.drop(name)
