"""How much of a large queue the statements touch: a million rows, nearly all of them not due.

A claim that passed the rows that are not due, or a planner that took the whole table for a few
pages, would show here as a sequential scan or as thousands of pages read.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from typing import Any, NamedTuple

import psycopg
import pytest
from psycopg import sql

from store.connect import connect
from store.queue import Table, statement
from tests.conftest import Server

BATCH = 100
ROWS = 1_000_000
MINUTE = timedelta(minutes=1)

CLAIM = {"limit": BATCH, "worker": "w", "lease": MINUTE}
HELD = {"ids": list(range(100, ROWS, ROWS // BATCH)), "tokens": [0] * BATCH}


class Scan(NamedTuple):
    """One node of a plan that reads the queue: how, by which index, and how many rows it saw."""

    kind: str
    by: str | None
    rows: float


@pytest.fixture(scope="module")
def million(server: Server, template_database: str) -> Iterator[str]:
    """The URL of a database whose queues are large; no statistics have been taken."""
    name = server.create(template_database)
    with connect(None, url=server.url_of(name), autocommit=True) as connection:
        for table, insert in FILL.items():
            fill(connection, table, insert)
    yield server.url_of(name)
    server.drop(name)


# One row in a hundred is leased, and its lease ran out; one in 6,667 is due. The rest is due later,
# or finished.
_STATES = """
    CASE WHEN n % 100 = 0 THEN 'processing' WHEN n % 10 = 1 THEN 'completed' ELSE 'pending' END,
    CASE WHEN n % 100 = 0 THEN 1 ELSE 0 END,
    n % 3,
    now() + CASE WHEN n % 20000 IN (12, 13, 14) THEN -1 ELSE n END * interval '1 s',
    CASE WHEN n % 100 = 0 THEN now() - interval '1 s' END
"""
FILL: Mapping[Table, str] = {
    "job_queue": f"""
        INSERT INTO job_queue (task, idempotency_key,
                               status, attempts, priority, next_run_at, lease_until)
        SELECT (ARRAY['geocode', 'cleanup'])[1 + n % 2], n::text, {_STATES}
        FROM generate_series(1, {ROWS}) n""",  # noqa: S608 - constants
    # A tenth of that is still more organizations than there are dealers.
    "organization_inventory_sync_queue": f"""
        INSERT INTO organization_inventory_sync_queue (
            organization_id, status, attempts, priority, next_run_at, lease_until)
        SELECT md5(n::text)::uuid, {_STATES}
        FROM generate_series(1, {ROWS // 10}) n""",  # noqa: S608 - constants
}


def fill(connection: psycopg.Connection, table: Table, insert: str) -> None:
    """Insert without log and secondary indexes, and make these afterwards: that is faster."""
    connection.execute(
        sql.SQL("ALTER TABLE {0} SET UNLOGGED, SET (autovacuum_enabled = off)").format(
            sql.Identifier(table)
        )
    )
    indexes = connection.execute(
        "SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s "
        "AND indexname NOT IN (SELECT conname FROM pg_constraint)",
        [table],
    ).fetchall()
    for name, _ in indexes:
        connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    connection.execute(insert)
    for _, definition in indexes:
        connection.execute(definition)


def explain(
    connection: psycopg.Connection, table: Table, name: str, parameters: Mapping[str, Any]
) -> tuple[list[Scan], int]:
    """Run a statement and take it back; its scans of the queue and the pages that it touched."""
    query = sql.SQL("EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) ") + statement(table, name)
    with connection.transaction(force_rollback=True):
        row = connection.execute(query, parameters).fetchone()
    assert row is not None
    plan = row[0][0]["Plan"]
    scans: list[Scan] = []

    def walk(node: dict[str, Any]) -> None:
        if node.get("Relation Name") == table and "Scan" in node["Node Type"]:
            seen = node["Actual Rows"] + node.get("Rows Removed by Filter", 0)
            rows = (seen + node.get("Rows Removed by Index Recheck", 0)) * node["Actual Loops"]
            scans.append(Scan(node["Node Type"], node.get("Index Name"), rows))
        for child in node.get("Plans", []):
            walk(child)

    walk(plan)
    return scans, plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]


CASES: list[tuple[Table, str, dict[str, Any], str]] = [
    ("job_queue", "claim", CLAIM, "job_queue_due"),
    ("job_queue", "claim_task", {**CLAIM, "task": "geocode"}, "job_queue_task_due"),
    ("job_queue", "complete", HELD, "job_queue_pkey"),
    ("job_queue", "extend", {**HELD, "lease": MINUTE}, "job_queue_pkey"),
    ("job_queue", "release", HELD, "job_queue_pkey"),
    (
        "job_queue",
        "fail",
        {**HELD, "error": "x", "retry_after": None, "permanent": False},
        "job_queue_pkey",
    ),
    ("job_queue", "sweep", {"limit": BATCH}, "job_queue_leased"),
    ("job_queue", "prune", {"limit": BATCH, "age": timedelta(0)}, "job_queue_finished"),
    (
        "organization_inventory_sync_queue",
        "claim",
        CLAIM,
        "organization_inventory_sync_queue_due",
    ),
    (
        "organization_inventory_sync_queue",
        "complete",
        HELD,
        "organization_inventory_sync_queue_pkey",
    ),
    (
        "organization_inventory_sync_queue",
        "sweep",
        {"limit": BATCH},
        "organization_inventory_sync_queue_leased",
    ),
]


def test_statements_touch_their_batch_whatever_the_planner_knows(million: str) -> None:
    with connect(None, url=million, autocommit=True) as connection:
        check(connection, "without statistics")
        connection.execute("ANALYZE job_queue, organization_inventory_sync_queue")
        check(connection, "with fresh statistics")
        connection.execute(
            "UPDATE job_queue SET next_run_at = now(), priority = 9 WHERE id % 50 = 2"
        )
        check(connection, "with statistics from before 20,000 rows were due")
        connection.execute("SET plan_cache_mode = force_generic_plan")
        connection.prepare_threshold = 0
        check(connection, "with a plan for any parameters")


def check(connection: psycopg.Connection, when: str) -> None:
    """Every case: by its index, no sequential scan, few rows, few pages."""
    for table, name, parameters, index in CASES:
        scans, pages = explain(connection, table, name, parameters)
        about = (when, table, name, scans, pages)
        assert index in {scan.by for scan in scans}, about
        assert "Seq Scan" not in {scan.kind for scan in scans}, about
        assert sum(scan.rows for scan in scans) <= 4 * BATCH, about
        # A changed row costs a few pages of its own and a descent of every index.
        assert pages <= 40 * BATCH, about


@pytest.mark.parametrize("name", ["claim", "claim_task"])
def test_idle_claim_does_not_pass_the_rows_that_are_not_due(million: str, name: str) -> None:
    with connect(None, url=million, autocommit=True) as connection:
        connection.execute(
            "UPDATE job_queue SET next_run_at = now() + interval '1 h' "
            # What becomes due before the claim is explained must not wait in its way.
            "WHERE status = 'pending' AND next_run_at <= now() + interval '5 min'"
        )
        connection.execute("VACUUM job_queue")
        _, pages = explain(connection, "job_queue", name, {**CLAIM, "task": "cleanup"})
        assert pages < 50
