"""The law when PostgreSQL goes down in the middle of a drain: nothing is done by halves, the run
goes on or says why it cannot, and the next one ends in the same tables."""

import os
import shutil
import signal
import tempfile
import time
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from random import Random

import psycopg
import pytest

from normalizer import drain
from normalizer.drain import Drain
from store.cluster import Account, Cluster
from store.connect import connect
from store.errors import StoreUnavailable
from store.migrate import apply_roles
from tests.normalizer.fleet import append
from tests.normalizer.fleet_pages import random_visits
from tests.normalizer.ground import Ground
from tests.normalizer.test_law import busy_world, completed, start_normalizer


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    """A server of this module's own, which keeps what it has acknowledged."""
    account = Account.current()
    folder = Path(tempfile.mkdtemp(prefix="paddock-law-test-", dir="/tmp"))
    os.chown(folder, account.uid, account.gid)
    cluster = Cluster(folder / "data", folder / "sockets", account)
    cluster.start()
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


@pytest.fixture(scope="module")
def ground(cluster: Cluster) -> Iterator[Ground]:
    with connect(None, url=cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE DATABASE law")
    with connect(None, url=cluster.url("law")) as connection:
        connection.execute((files("store") / "schema.sql").read_text(encoding="utf-8"))
    apply_roles(cluster.url("law"))
    ground = Ground(cluster.url("law"))
    yield ground
    ground.owner.close()


def crash(cluster: Cluster) -> None:
    """Shut the server down at once, without a checkpoint: the next start recovers from the log."""
    pid = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(pid, signal.SIGQUIT)
    deadline = time.monotonic() + 30
    while cluster.state() == "running" or Path(f"/proc/{pid}").exists():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def reopen(ground: Ground) -> None:
    """A crash ends every connection, the test's own among them."""
    ground.owner.close()
    ground.owner = connect(None, url=ground.url, autocommit=True)


def test_a_server_that_restarts_in_the_middle_changes_no_table(
    ground: Ground, cluster: Cluster
) -> None:
    world = busy_world(5)
    random_visits(world, Random(1))
    observations = world.observations
    expected = ground.settle(observations)
    ground.clear()
    append(ground.owner, observations)
    process = start_normalizer(ground, "--batch-size", "1")
    deadline = time.monotonic() + 60
    while completed(ground) < len(observations) / 3 and process.poll() is None:
        assert time.monotonic() < deadline
        time.sleep(0.005)
    assert process.poll() is None, "it was done before the server went down"
    crash(cluster)
    cluster.start()
    reopen(ground)
    output, _ = process.communicate(timeout=60)
    assert process.returncode == 0, output
    assert "trying again" in output
    assert "Traceback" not in output
    assert completed(ground) == len(observations)
    assert ground.digest() == expected


def test_a_server_that_stays_away_ends_the_run_with_a_clear_error(
    ground: Ground, cluster: Cluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    observations = busy_world(4).observations
    expected = ground.settle(observations)
    ground.clear()
    append(ground.owner, observations)
    monkeypatch.setattr(drain, "_LONGEST_PAUSE", 0.1)
    seen = 0

    def progress(drained: int, left: int) -> None:
        nonlocal seen
        seen += drained
        if seen > len(observations) / 3 and cluster.state() == "running":
            crash(cluster)

    run = Drain(
        lambda: connect("paddock_normalizer", url=ground.url, autocommit=True),
        batch_size=1,
        progress=progress,
    )
    with pytest.raises(StoreUnavailable):
        run.run()
    with pytest.raises(psycopg.OperationalError):
        ground.owner.execute("SELECT 1")
    cluster.start()
    reopen(ground)
    assert 0 < completed(ground) < len(observations)
    ground.drain()
    assert ground.digest() == expected
