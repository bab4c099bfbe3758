"""Rows of the three queues for tests: how they get in, and what they look like afterwards."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg

from store.connect import Role
from store.queue import Claim, Queue, Table, Transition

Connect = Callable[[Role], psycopg.Connection]
Finish = Callable[[Claim], list[Transition]]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

JOBS = Queue("job_queue")
SELLERS = Queue("classic_seller_queue")
SCHEDULES = Queue("organization_inventory_sync_queue")


def add(connection: psycopg.Connection, table: Table, count: int = 1) -> None:
    """Put `count` due rows into a queue."""
    insert = {
        "classic_seller_queue": "INSERT INTO classic_seller_queue (profile_url) "
        "SELECT 'https://example.com/' || n FROM generate_series(1, %s) n",
        "organization_inventory_sync_queue": "INSERT INTO organization_inventory_sync_queue "
        "(organization_id) SELECT gen_random_uuid() FROM generate_series(1, %s) n",
        "job_queue": "INSERT INTO job_queue (task, idempotency_key) "
        "SELECT 'geocode', n::text FROM generate_series(1, %s) n",
    }
    connection.execute(insert[table], [count])


def row_of(connection: psycopg.Connection, table: Table, number: int = 1) -> dict[str, Any]:
    """One row, with `due_in` and `leased_for` measured from the database's now."""
    with connection.cursor(row_factory=psycopg.rows.dict_row) as cursor:
        cursor.execute(
            psycopg.sql.SQL(
                "SELECT *, next_run_at - now() AS due_in, lease_until - now() AS leased_for "
                "FROM {} WHERE id = %s"
            ).format(psycopg.sql.Identifier(table)),
            [number],
        )
        row = cursor.fetchone()
        assert row is not None
        return row


def worker_role(as_role: Connect, table: Table) -> psycopg.Connection:
    return as_role("paddock_worker" if table == "job_queue" else "paddock_crawler")


def schedule(
    connection: psycopg.Connection, organization: UUID, every: timedelta, late: timedelta
) -> None:
    connection.execute(
        "INSERT INTO organization_inventory_sync_queue (organization_id, every, next_run_at) "
        "VALUES (%s, %s, now() - %s::interval)",
        [organization, every, late],
    )
