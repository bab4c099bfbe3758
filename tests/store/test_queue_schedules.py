"""When a recurring row is due again."""

from datetime import datetime, timedelta
from hashlib import md5
from itertools import pairwise
from uuid import UUID, uuid4

import psycopg
import pytest

from store.queue import statement
from tests.store.queue_rows import (
    DAY,
    HOUR,
    MINUTE,
    SCHEDULES,
    SELLERS,
    Connect,
    add,
    row_of,
    schedule,
)

SLOTS_FROM = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def test_completed_profile_is_due_again_after_thirty_days(
    connection: psycopg.Connection, as_role: Connect
) -> None:
    crawler = as_role("paddock_crawler")
    add(connection, "classic_seller_queue")
    SELLERS.complete(crawler, SELLERS.claim(crawler, 1, "w", MINUTE))
    row = row_of(connection, "classic_seller_queue")
    assert row["next_run_at"] - row["updated_at"] == 30 * DAY
    assert SELLERS.claim(crawler, 1, "w", MINUTE) == []
    connection.execute(
        "UPDATE classic_seller_queue SET next_run_at = next_run_at - '30 days'::interval"
    )
    (claim,) = SELLERS.claim(crawler, 1, "w", MINUTE)
    assert (claim.attempts, claim.token) == (1, 3)


def slots(organization: UUID, every: timedelta) -> tuple[float, float]:
    """The grid of a schedule: its shift and its step, in seconds since 1970."""
    hashed = int(md5(f"{organization}both".encode()).hexdigest()[:8], 16)  # noqa: S324
    return hashed * every.total_seconds() // 2**32, every.total_seconds()


@pytest.mark.parametrize("every", [HOUR, DAY, 7 * DAY])
@pytest.mark.parametrize("late", [timedelta(0), timedelta(minutes=17), 40 * DAY])
def test_schedule_keeps_to_its_grid_and_coalesces_missed_slots(
    connection: psycopg.Connection, every: timedelta, late: timedelta
) -> None:
    organizations = [uuid4() for _ in range(20)]
    for organization in organizations:
        schedule(connection, organization, every, late)
    with connection.transaction():
        claims = SCHEDULES.claim(connection, 20, "w", MINUTE)
        SCHEDULES.complete(connection, claims)
    rows = connection.execute(
        "SELECT organization_id, next_run_at, last_run_at, updated_at, attempts, status "
        "FROM organization_inventory_sync_queue"
    ).fetchall()
    assert len(rows) == 20
    for organization, following, last, finished, attempts, status in rows:
        shift, step = slots(organization, every)
        assert ((following - SLOTS_FROM).total_seconds() - shift) % step == 0
        assert every / 4 <= following - finished < every * 5 / 4
        assert (last, attempts, status) == (finished, 0, "completed")
    assert SCHEDULES.claim(connection, 20, "w", MINUTE) == []
    # The organizations do not come back all at once.
    assert len({following for _, following, *_ in rows}) > 15


def test_schedule_does_not_drift_however_long_a_walk_takes(
    connection: psycopg.Connection,
) -> None:
    add(connection, "organization_inventory_sync_queue")
    # The statement itself, under a clock that the test moves on.
    text = statement("organization_inventory_sync_queue", "complete").as_string(connection)
    text = text.replace("now()", "%(now)s::timestamptz")
    now = datetime.fromisoformat("2026-03-01T00:00:00+00:00")
    slots = []
    for run in range(60):
        row = connection.execute(text, {"now": now, "ids": [1], "tokens": [run]}).fetchone()
        assert row is not None
        slots.append(row[3])
        # The row waits up to two hours for a worker, whose walk takes up to three.
        now = slots[-1] + timedelta(minutes=run % 8 * 17) + timedelta(minutes=run % 5 * 45)
    assert {later - slot for slot, later in pairwise(slots)} == {DAY}


@pytest.mark.parametrize("outcome", ["fail", "snooze", "release", "sweep"])
def test_unfinished_walk_is_never_marked_completed(
    connection: psycopg.Connection, outcome: str
) -> None:
    add(connection, "organization_inventory_sync_queue")
    claims = SCHEDULES.claim(connection, 1, "w", MINUTE)
    if outcome == "fail":
        SCHEDULES.fail(connection, claims, "blocked")
    elif outcome == "snooze":
        SCHEDULES.snooze(connection, claims, HOUR)
    elif outcome == "release":
        SCHEDULES.release(connection, claims)
    else:
        connection.execute("UPDATE organization_inventory_sync_queue SET lease_until = now()")
        SCHEDULES.sweep(connection)
    row = row_of(connection, "organization_inventory_sync_queue")
    assert (row["status"], row["last_run_at"]) == ("pending", None)
