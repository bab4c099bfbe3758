"""scrapyd with the configuration that ships: closed to strangers, and its runs leave their record.

A real scrapyd on the loopback, over the replica and a database of the test's own.
"""

import base64
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
import pytest

from replica.web import serve

pytest.importorskip("scrapyd", reason="the extra `deploy` is not installed")

DEPLOY = Path(__file__).parents[2] / "deploy"
PASSWORD = "open sesame"


class Scrapyd:
    """A running scrapyd."""

    def __init__(self, port: int) -> None:
        self.port = port

    def ask(
        self, service: str, password: str | None = PASSWORD, **form: str
    ) -> tuple[int, dict[str, Any]]:
        """Ask one service, by POST where it takes a form; returns the status and the answer."""
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}/{service}",
            data=urllib.parse.urlencode(form).encode() if form else None,
        )
        if password is not None:
            credentials = base64.b64encode(f"paddock:{password}".encode()).decode()
            request.add_header("Authorization", f"Basic {credentials}")
        try:
            with urllib.request.urlopen(request, timeout=30) as response:  # noqa: S310
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, {}


def start(home: Path, port: int, **environment: str) -> subprocess.Popen[str]:
    """Start scrapyd as deploy/README.md says; only what it writes and how often it looks differ."""
    folders = [f"{name}_dir = {home / name}" for name in ("logs", "dbs", "eggs")]
    (home / ".scrapyd.conf").write_text("\n".join(["[scrapyd]", "poll_interval = 0.2", *folders]))
    return subprocess.Popen(
        [sys.executable, "-m", "scrapyd", "--pidfile="],
        cwd=DEPLOY,
        env={
            **{name: value for name, value in os.environ.items() if name != "SCRAPYD_PASSWORD"},
            "HOME": str(home),
            "SCRAPYD_HTTP_PORT": str(port),
            **environment,
        },
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,  # So that its jobs end with it, whatever happens.
    )


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
def scrapyd(database_url: str, tmp_path: Path) -> Iterator[Scrapyd]:
    with serve() as replica:
        service = Scrapyd(free_port())
        process = start(tmp_path, service.port, SCRAPYD_PASSWORD=PASSWORD, **replica.environment)
        try:
            deadline = time.monotonic() + 25
            while True:
                try:
                    service.ask("daemonstatus.json")
                    break
                except OSError:
                    assert process.poll() is None, process.communicate()[0]
                    assert time.monotonic() < deadline, "scrapyd does not answer"
                    time.sleep(0.05)
            yield service
        finally:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()


def test_strangers_are_refused_and_a_scheduled_run_leaves_its_record(
    scrapyd: Scrapyd, connection: psycopg.Connection, tmp_path: Path
) -> None:
    job = {"project": "default", "spider": "classic_sellers"}
    assert scrapyd.ask("daemonstatus.json", password=None)[0] == 401
    assert scrapyd.ask("schedule.json", password="guess", **job)[0] == 401
    for service in ("addversion", "delversion", "delproject"):
        assert scrapyd.ask(f"{service}.json", project="default", version="1")[0] == 404

    status, answer = scrapyd.ask("schedule.json", **job, max_pages="2")
    assert (status, answer.get("status")) == (200, "ok"), answer
    deadline = time.monotonic() + 60
    while not (finished := scrapyd.ask("listjobs.json?project=default")[1]["finished"]):
        assert time.monotonic() < deadline, "the run does not end"
        time.sleep(0.1)
    assert [one["id"] for one in finished] == [answer["jobid"]]

    runs = connection.execute(
        "SELECT id, spider, arguments->>'max_pages', finish_reason, exit_code FROM crawl_runs"
    ).fetchall()
    assert runs == [(UUID(answer["jobid"]), "classic_sellers", "2", "finished", 0)]
    queued = connection.execute("SELECT count(*) FROM classic_seller_queue").fetchone()
    assert queued is not None
    assert queued[0] > 0
    # The list of jobs outlives a restart.
    with sqlite3.connect(tmp_path / "dbs" / "jobs.db") as jobs:
        assert jobs.execute("SELECT job FROM finished_jobs").fetchall() == [(answer["jobid"],)]
    jobs.close()


def test_without_a_password_scrapyd_refuses_to_start(tmp_path: Path) -> None:
    process = start(tmp_path, free_port())
    try:
        said, _ = process.communicate(timeout=30)
    finally:
        if process.poll() is None:
            os.killpg(process.pid, signal.SIGKILL)
            process.communicate()
    assert process.returncode != 0
    assert "SCRAPYD_PASSWORD" in said
