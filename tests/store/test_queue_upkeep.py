"""What sweep, redrive and prune do to rows, and what they leave alone."""

import psycopg
import pytest

from store.errors import QueryFileError
from store.queue import TABLES, Job, Queue, Table
from tests.store.queue_rows import (
    DAY,
    HOUR,
    JOBS,
    MINUTE,
    SELLERS,
    Connect,
    add,
    row_of,
    worker_role,
)


@pytest.mark.parametrize("table", TABLES)
def test_sweep_is_bounded_and_takes_what_ran_out_only(
    connection: psycopg.Connection, as_role: Connect, table: Table
) -> None:
    add(connection, table, 5)
    queue = Queue(table)
    worker = worker_role(as_role, table)
    queue.claim(worker, 5, "w", HOUR)
    connection.execute(
        psycopg.sql.SQL(
            "UPDATE {} SET lease_until = now() - id * interval '1 s', "
            "attempts = CASE WHEN id = 2 THEN max_attempts ELSE attempts END WHERE id < 4"
        ).format(psycopg.sql.Identifier(table))
    )
    assert queue.depths(worker).expired == 3
    first = queue.sweep(worker, limit=2)
    assert sorted((row.id, row.status) for row in first) == [(2, "dead"), (3, "pending")]
    assert [row.id for row in queue.sweep(worker, limit=2)] == [1]
    assert queue.sweep(worker) == []
    assert row_of(connection, table, 2)["last_error"].startswith("the lease of w ran out")


@pytest.mark.parametrize("table", TABLES)
def test_redriven_row_has_all_its_attempts_again(
    connection: psycopg.Connection, as_role: Connect, table: Table
) -> None:
    add(connection, table, 3)
    queue = Queue(table)
    queue.fail(connection, queue.claim(connection, 3, "w", MINUTE), "no", permanent=True)
    operator = as_role("paddock_operator")
    assert [row.id for row in queue.redrive(operator, ids=[2, 99])] == [2]
    assert [row.id for row in queue.redrive(operator, limit=1)] == [1]
    (first, second) = queue.claim(connection, 5, "w", MINUTE)
    assert {first.attempts, second.attempts} == {1}
    assert first.token == 4


def test_redrive_never_opens_a_key_twice(connection: psycopg.Connection) -> None:
    for key in ("a", "a", "b"):
        JOBS.enqueue(connection, [Job("geocode", key)])
        JOBS.fail(connection, JOBS.claim(connection, 1, "w", MINUTE), "no", permanent=True)
    JOBS.enqueue(connection, [Job("geocode", "b")])
    assert sorted((row.id, row.status) for row in JOBS.redrive(connection)) == [
        (1, "skipped"),
        (2, "pending"),
        (3, "skipped"),
    ]


def test_prune_deletes_old_finished_jobs_in_batches(
    connection: psycopg.Connection, as_role: Connect
) -> None:
    add(connection, "job_queue", 8)
    claims = JOBS.claim(connection, 6, "w", MINUTE)
    JOBS.complete(connection, claims[:4])
    JOBS.skip(connection, claims[4], "moot")
    JOBS.fail(connection, claims[5], "no", permanent=True)
    connection.execute("UPDATE job_queue SET updated_at = now() - interval '8 days' WHERE id <> 4")
    worker = as_role("paddock_worker")
    assert len(JOBS.prune(worker, 7 * DAY, limit=3)) == 3
    assert [row.id for row in JOBS.prune(worker, 7 * DAY, limit=3)] == [5]
    rows = connection.execute("SELECT id FROM job_queue ORDER BY id").fetchall()
    assert rows == [(4,), (6,), (7,), (8,)]


def test_pending_row_without_attempts_left_is_refused(connection: psycopg.Connection) -> None:
    add(connection, "job_queue")
    with pytest.raises(psycopg.errors.CheckViolation):
        connection.execute("UPDATE job_queue SET attempts = max_attempts")


def test_recurring_rows_are_not_pruned(connection: psycopg.Connection) -> None:
    with pytest.raises(QueryFileError, match="prune"):
        SELLERS.prune(connection, DAY)
