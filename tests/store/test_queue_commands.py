"""`python -m store queues`: what an operator sees and mends."""

import psycopg
import pytest

from store.__main__ import main

SELLERS = """
INSERT INTO classic_seller_queue (profile_url, status, attempts, lease_until, next_run_at)
VALUES ('https://c.example/s/dead/', 'dead', 5, NULL, now()),
       ('https://c.example/s/left/', 'processing', 1, now() - interval '1 min', now()),
       ('https://c.example/s/due/', 'pending', 0, NULL, now() - interval '1 h')
"""


def statuses(connection: psycopg.Connection) -> dict[str, str]:
    rows = connection.execute(
        "SELECT split_part(profile_url, '/', 5), status FROM classic_seller_queue"
    )
    return dict(rows.fetchall())


def test_depths_name_what_waits_and_what_is_stuck(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    connection.execute(SELLERS)
    assert main(["queues", "--table", "classic_seller_queue"]) == 0
    line = capsys.readouterr().out
    assert "1 due, the oldest for 1:00:0" in line
    assert "1 expired, 1 dead" in line


def test_sweep_and_redrive_bring_rows_back(connection: psycopg.Connection) -> None:
    connection.execute(SELLERS)
    assert main(["queues", "sweep"]) == 0
    assert statuses(connection) == {"dead": "dead", "left": "pending", "due": "pending"}
    assert main(["queues", "redrive"]) == 0
    assert statuses(connection)["dead"] == "pending"


def test_prune_deletes_old_finished_jobs_only(connection: psycopg.Connection) -> None:
    connection.execute(
        "INSERT INTO job_queue (task, idempotency_key, status, updated_at) VALUES "
        "('cleanup', 'old', 'completed', now() - interval '31 days'),"
        "('cleanup', 'new', 'completed', now()), ('cleanup', 'open', 'pending', now())"
    )
    assert main(["queues", "prune"]) == 0
    kept = connection.execute("SELECT idempotency_key FROM job_queue ORDER BY 1").fetchall()
    assert kept == [("new",), ("open",)]
