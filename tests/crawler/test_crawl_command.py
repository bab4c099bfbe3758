"""`scrapy crawl`: its exit codes, its errors, and the record it leaves."""

import os
import signal
import socket
import subprocess
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import psycopg
import pytest
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from crawler.commands.crawl import check_settings, spider_arguments
from tests.crawler.conftest import OWN, ROOT, Crawl, command
from tests.crawler.loopback import Answer, serve
from tests.crawler.probes.emit import Emit


@pytest.mark.parametrize(
    ("spider", "arguments", "settings", "said"),
    [
        ("nobody", {}, {}, "there is no spider 'nobody'; there are: ask, draw, emit"),
        ("emit", {"site": "x", "pages": "0"}, {}, "pages='0' is no whole number from 1 on"),
        ("emit", {"site": "x"}, {"OBSERVED_AT": "2026-11-22T10:00:00"}, "OBSERVED_AT needs a zone"),
    ],
)
def test_a_command_line_that_makes_no_sense_is_a_usage_error(
    crawl: Crawl,
    connection: psycopg.Connection,
    spider: str,
    arguments: dict[str, str],
    settings: dict[str, str],
    said: str,
) -> None:
    done = crawl(spider, arguments, settings)
    assert done.returncode == 2, done.stdout + done.stderr
    assert said in done.stderr
    assert connection.execute("SELECT count(*) FROM crawl_runs").fetchone() == (0,)


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("OBSERVED_AT", "yesterday", "no ISO time"),
        ("OBSERVED_AT", "2026-02-30T10:00:00Z", "no ISO time"),
        ("OBSERVED_AT", "2026-11-22T10:00:00", "needs a zone"),
        ("OBSERVED_AT", "2026-11-22", "needs a zone"),
        ("FETCH_ALLOWED_NETWORKS", "localhost", "localhost"),
        ("FETCH_ALLOWED_NETWORKS", "127.0.0.0/33", "127.0.0.0/33"),
    ],
)
def test_settings_that_cannot_be_read_are_usage_errors(name: str, value: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_settings(Settings({name: value}))


def test_settings_that_can_be_read_pass() -> None:
    check_settings(Settings({"OBSERVED_AT": "2026-11-22T10:00:00+02:00"}))
    check_settings(Settings({"FETCH_ALLOWED_NETWORKS": "127.0.0.0/8, 10.0.0.0/8 ::1/128"}))
    check_settings(Settings({}))


def test_only_spelled_out_arguments_are_taken(crawl: Crawl) -> None:
    assert spider_arguments(Emit) == ["site", "pages", "note"]
    done = crawl("emit", {"site": "x", "colour": "red", "_job": "1"})
    assert done.returncode == 2
    assert "emit takes no argument colour; it takes: site, pages, note" in done.stderr


def test_a_time_ahead_of_the_database_is_a_usage_error(
    crawl: Crawl, connection: psycopg.Connection
) -> None:
    done = crawl("emit", {"site": "http://127.0.0.1:9"}, {"OBSERVED_AT": "2999-01-01T00:00:00Z"})
    assert done.returncode == 2, done.stdout + done.stderr
    assert "observed_at_ahead" in done.stdout
    assert done.stderr.count("lies ahead of the database's clock") == 1
    assert "Task was destroyed" not in done.stderr


def test_a_database_without_a_schema_is_said_before_any_page_is_asked(
    crawl: Crawl, connection: psycopg.Connection
) -> None:
    connection.execute("DROP TABLE crawl_runs CASCADE")
    with serve({"*": Answer()}) as site:
        done = crawl("emit", {"site": site.url})
        assert site.paths() == []
    assert done.returncode == 1, done.stdout + done.stderr
    assert "python -m store migrate" in done.stderr
    assert "crawl_runs" not in done.stdout


def test_a_run_can_be_stamped_with_an_earlier_time(
    crawl: Crawl, connection: psycopg.Connection
) -> None:
    connection.execute(
        "INSERT INTO organization_inventory_sync_queue (organization_id) VALUES (%s)", [uuid4()]
    )
    job = uuid4()
    with serve({"*": Answer()}) as site:
        done = crawl(
            "emit",
            {"site": site.url(""), "pages": "1", "_job": job.hex},
            {"OBSERVED_AT": "2026-03-01T12:00:00+02:00"},
        )
    assert done.returncode == 0, done.stdout + done.stderr
    found = connection.execute(
        "SELECT DISTINCT run_id, observed_at::text FROM import_queue"
    ).fetchall()
    # scrapyd's job is the run, so that its list leads to our record.
    assert found == [(job, "2026-03-01 10:00:00+00")]
    assert connection.execute("SELECT id, arguments->>'pages' FROM crawl_runs").fetchall() == [
        (job, "1")
    ]


def test_a_limit_that_ends_the_run_early_is_no_success(
    crawl: Crawl, connection: psycopg.Connection
) -> None:
    connection.execute(
        "INSERT INTO organization_inventory_sync_queue (organization_id) VALUES (%s)", [uuid4()]
    )
    with serve({"*": Answer()}) as site:
        done = crawl("emit", {"site": site.url(""), "pages": "40"}, {"CLOSESPIDER_PAGECOUNT": "3"})
    assert done.returncode == 1, done.stdout + done.stderr
    assert "closespider_pagecount" in done.stdout


@pytest.mark.parametrize("first_page", ["", "await"])
def test_a_run_that_is_told_to_stop_gives_its_claims_back(
    database_url: str, connection: psycopg.Connection, first_page: str
) -> None:
    connection.execute(
        "INSERT INTO organization_inventory_sync_queue (organization_id) VALUES (%s)", [uuid4()]
    )

    def slow(handler: Any) -> None:
        time.sleep(0.1)
        Answer()(handler)

    with serve({"/1": Answer(body=first_page), "*": slow}) as site:
        process = subprocess.Popen(
            command("emit", {"site": site.url(""), "pages": "500"}),
            cwd=ROOT,
            env={**os.environ, "FETCH_ALLOWED_NETWORKS": f"{OWN}/32"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        wait_for(lambda: len(site.hits) > 5)
        process.send_signal(signal.SIGTERM)
        out, log = process.communicate(timeout=30)
        # 500 pages would have taken 50 seconds.
        assert len(site.hits) < 100
    assert process.returncode == 1, log
    assert "shutdown" in out
    assert "what was stored stands" in out
    found = connection.execute(
        "SELECT status, attempts, next_run_at <= now() FROM organization_inventory_sync_queue"
    ).fetchall()
    # As if it had never been claimed: the attempt is refunded.
    assert found == [("pending", 0, True)]
    assert connection.execute(
        "SELECT finish_reason, exit_code, finished_at IS NOT NULL FROM crawl_runs"
    ).fetchall() == [("shutdown", 1, True)]


def test_a_run_that_is_told_to_stop_before_it_begins_says_so() -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        mute.settimeout(30)
        process = subprocess.Popen(
            command("emit", {"site": "http://127.0.0.1:9"}),
            cwd=ROOT,
            env={**os.environ, "DATABASE_URL": f"postgresql://127.0.0.1:{mute.getsockname()[1]}/x"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        # The crawl waits for a database that says nothing, until the signal has arrived.
        database, _ = mute.accept()
        with database:
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
    out, log = process.communicate(timeout=30)
    assert process.returncode == 1, log
    assert out == "emit: FAILED before it began: it was told to stop\n"
    assert "Traceback" not in log


def wait_for(condition: Callable[[], bool], seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.02)
