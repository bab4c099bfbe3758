"""A database that goes away: a short absence costs nothing, a long one ends the run with an error,
and what was not stored is never acknowledged."""

import os
import re
import shutil
import signal
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, LiteralString
from uuid import uuid4

import pytest

from store.cluster import Account, Cluster
from store.connect import connect
from store.migrate import apply_roles, migrate
from tests.crawler.conftest import Crawl
from tests.crawler.loopback import Answer, serve

PER_PAGE = 25


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> Iterator[Cluster]:
    """A cluster that this test may kill."""
    account = Account.current()
    remove_leftovers(account)
    # The server's account must be able to reach it, and pytest's own folders are closed to others.
    home = Path(mkdtemp(prefix=f"paddock-loss-{os.getpid()}-", dir="/tmp"))
    home.chmod(0o755)
    os.chown(home, account.uid, account.gid)
    cluster = Cluster(home / "data", home / "s", account)
    cluster.start()
    monkeypatch.setenv("DATABASE_URL", cluster.url())
    migrate(cluster.url())
    apply_roles(cluster.url())
    yield cluster
    cluster.destroy()
    shutil.rmtree(home)


def remove_leftovers(account: Account) -> None:
    """Stop and remove the clusters of test processes that were killed."""
    for home in Path("/tmp").glob("paddock-loss-*-*"):  # noqa: S108
        owner = home.name.split("-")[2]
        if owner.isdigit() and not Path(f"/proc/{owner}").exists() and Path("/proc/self").exists():
            Cluster(home / "data", home / "s", account).destroy()
            shutil.rmtree(home, ignore_errors=True)


def kill(cluster: Cluster) -> None:
    """Stop the server at once, as a crash would: SIGQUIT is PostgreSQL's immediate shutdown."""
    pid = int((cluster.data / "postmaster.pid").read_text().split("\n", 1)[0])
    os.kill(pid, signal.SIGQUIT)
    deadline = time.monotonic() + 10
    while cluster.state() == "running" and time.monotonic() < deadline:
        time.sleep(0.02)


def due_organization(cluster: Cluster) -> None:
    with connect(None, url=cluster.url(), autocommit=True) as connection:
        connection.execute(
            "INSERT INTO organization_inventory_sync_queue (organization_id) VALUES (%s)", [uuid4()]
        )


def look(cluster: Cluster, query: LiteralString) -> list[Any]:
    with connect(None, url=cluster.url(), autocommit=True) as connection:
        return connection.execute(query).fetchall()


def items_acknowledged(log: str) -> int:
    found = re.search(r"'item_scraped_count': (\d+)", log)
    return int(found[1]) if found else 0


def test_a_restart_in_mid_crawl_loses_nothing(crawl: Crawl, cluster: Cluster) -> None:
    due_organization(cluster)

    def crash(handler: BaseHTTPRequestHandler) -> None:
        kill(cluster)
        Answer()(handler)  # The listings of this page meet a database that is down.
        time.sleep(0.5)
        cluster.start()

    with serve({"/3": crash, "/6": crash, "*": Answer()}) as site:
        done = crawl("emit", {"site": site.url(""), "pages": "8"})
    assert done.returncode == 0, done.stderr
    counted = "SELECT kind, count(*), count(DISTINCT key) FROM import_queue GROUP BY kind"
    assert sorted(look(cluster, counted)) == [
        ("inventory_manifest", 1, 1),
        ("listing", 8 * PER_PAGE, 8 * PER_PAGE),
    ]
    assert look(cluster, "SELECT status FROM organization_inventory_sync_queue") == [("completed",)]
    [(reason, code, retries)] = look(
        cluster, "SELECT finish_reason, exit_code, (counts->>'store_retries')::int FROM crawl_runs"
    )
    assert (reason, code) == ("finished", 0)
    assert retries > 0


def test_a_database_gone_for_good_ends_the_run_in_seconds(crawl: Crawl, cluster: Cluster) -> None:
    due_organization(cluster)

    def crash(handler: BaseHTTPRequestHandler) -> None:
        kill(cluster)
        Answer()(handler)

    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(0.2)
        Answer()(handler)

    with serve({"/3": crash, "*": slow}) as site:
        began = time.monotonic()
        done = crawl("emit", {"site": site.url(""), "pages": "200"}, {"STORE_PATIENCE": "2"})
        took = time.monotonic() - began
    assert done.returncode == 1, done.stderr
    assert "store_unavailable" in done.stdout
    assert took < 20
    # The walk ended there instead of reading on for nobody: 200 pages would have taken 40 s.
    assert len(site.hits) < 50
    cluster.start()
    # Nothing was acknowledged that is not stored (the seller of the roster is one more item).
    [(stored,)] = look(cluster, "SELECT count(*) FROM import_queue")
    assert PER_PAGE <= items_acknowledged(done.stderr) - 1 <= stored
    assert look(cluster, "SELECT status FROM organization_inventory_sync_queue") == [
        ("processing",)
    ]


def test_a_database_that_is_down_at_the_start_is_said_at_once(
    crawl: Crawl, cluster: Cluster
) -> None:
    kill(cluster)
    with serve({"*": Answer()}) as site:
        began = time.monotonic()
        done = crawl("emit", {"site": site.url("")})
        took = time.monotonic() - began
    assert done.returncode == 1, done.stderr
    assert "store_unavailable" in done.stdout
    assert took < 15
    assert site.hits == []
