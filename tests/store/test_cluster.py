"""The project's own server: made, started, stopped and removed in folders of this test's own."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

import store.cluster
from store.cluster import Account, Cluster, find_installation
from store.connect import connect
from store.errors import ClusterError


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A cluster that does not exist yet, in a folder that the server's account may enter."""
    account = Account.current()
    folder = Path(tempfile.mkdtemp(prefix="paddock-cluster-test-", dir="/tmp"))
    os.chown(folder, account.uid, account.gid)
    cluster = Cluster(folder / "data", folder / "sockets", account)
    yield cluster
    cluster.stop()
    shutil.rmtree(folder)


def test_a_cluster_lives_from_start_to_destroy(cluster: Cluster) -> None:
    assert cluster.state() == "absent"
    assert not cluster.stop()

    url = cluster.start()
    assert cluster.state() == "running"
    with connect(None, url=cluster.url("postgres")) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("",)
        assert connection.execute("SHOW fsync").fetchone() == ("on",)

    began = time.monotonic()
    assert cluster.start() == url
    assert time.monotonic() - began < 0.1, "a running cluster is found in milliseconds"

    assert cluster.stop()
    assert cluster.state() == "stopped"
    with ThreadPoolExecutor(3) as threads:
        assert list(threads.map(lambda _: cluster.start(), range(3))) == [url] * 3
    assert cluster.state() == "running"

    assert cluster.destroy()
    assert not cluster.data.exists()
    assert not cluster.sockets.exists()
    assert not cluster.destroy()


@pytest.mark.parametrize("disposable", [False, True])
def test_a_cluster_comes_back_after_a_crash(cluster: Cluster, disposable: bool) -> None:
    cluster = replace(cluster, disposable=disposable)
    cluster.start()
    with connect(None, url=cluster.url("postgres"), autocommit=True) as connection:
        connection.execute("CREATE TABLE kept (id int)")
    crash(cluster)
    # After a restart of the machine the number may belong to anybody; here it is this test's.
    pid_file = cluster.data / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    pid_file.write_text("\n".join([str(os.getpid()), *lines[1:], ""]))
    assert cluster.state() == "stopped"

    cluster.start()
    with connect(None, url=cluster.url("postgres")) as connection:
        found = connection.execute("SELECT to_regclass('kept') IS NOT NULL").fetchone()
    assert found == (not disposable,)


def test_a_squatted_socket_folder_is_refused(cluster: Cluster, tmp_path: Path) -> None:
    open_to_all = cluster.sockets
    open_to_all.mkdir()
    open_to_all.chmod(0o777)
    with pytest.raises(ClusterError, match="in use by somebody else"):
        cluster.start()
    open_to_all.rmdir()

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir(mode=0o700)
    os.chown(elsewhere, cluster.account.uid, cluster.account.gid)
    cluster.sockets.symlink_to(elsewhere)
    with pytest.raises(ClusterError, match="in use by somebody else"):
        cluster.start()
    assert cluster.state() == "absent"


def test_a_data_folder_with_other_files_is_refused(cluster: Cluster) -> None:
    cluster.data.mkdir()
    (cluster.data / "letter.txt").write_text("mine")
    with pytest.raises(ClusterError, match="in use by something else"):
        cluster.start()
    assert not cluster.destroy()
    assert (cluster.data / "letter.txt").exists()


def test_a_server_that_cannot_start_shows_its_log(cluster: Cluster) -> None:
    cluster.start()
    cluster.stop()
    with (cluster.data / "postgresql.conf").open("a") as settings:
        settings.write("no_such_setting = 1\n")
    with pytest.raises(ClusterError, match="no_such_setting"):
        cluster.start()


def test_missing_postgresql_names_the_packages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.cluster, "_INSTALLATIONS", ())
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ClusterError, match=r"make setup.*apt-get install.*brew install"):
        find_installation()


def test_a_version_that_is_gone_says_so() -> None:
    with pytest.raises(ClusterError, match="made by PostgreSQL 7, which is not installed"):
        find_installation("7")


def test_each_checkout_has_its_own_cluster(tmp_path: Path) -> None:
    found = []
    for name in ("one", "two"):
        checkout = tmp_path / name
        checkout.mkdir()
        (checkout / "pyproject.toml").touch()
        found += [Cluster.of(checkout), Cluster.of(checkout, tests=True)]
    assert len({cluster.data for cluster in found}) == 4
    assert len({cluster.sockets for cluster in found}) == 4


def test_an_installed_package_has_no_cluster(tmp_path: Path) -> None:
    with pytest.raises(ClusterError, match="set DATABASE_URL"):
        Cluster.of(tmp_path)


def test_the_command_line_tells_failures_by_its_exit_code(tmp_path: Path) -> None:
    environment = {"DATABASE_URL": "postgresql://127.0.0.1:1/paddock", "PATH": "/usr/bin:/bin"}
    for arguments, code in ((["url"], 0), (["migrate"], 1), (["fly"], 2)):
        done = subprocess.run(
            [sys.executable, "-m", "store", *arguments],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, done.stderr
        assert "Traceback" not in done.stderr


def crash(cluster: Cluster) -> None:
    """Kill the server and its children without a chance to write anything."""
    pid = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    for each in (pid, *map(int, children)):
        os.kill(each, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while Path(f"/proc/{pid}").exists() and time.monotonic() < deadline:
        time.sleep(0.01)
