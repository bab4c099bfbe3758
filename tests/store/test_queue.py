"""What claiming a row and finishing a claim do to it, as the role that runs them."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import psycopg
import pytest

from store.connect import async_pool
from store.queue import TABLES, Claim, Depths, Job, LeaseLost, Queue, Table, perform, statement
from tests.store.queue_rows import (
    DAY,
    HOUR,
    JOBS,
    MINUTE,
    SCHEDULES,
    Connect,
    Finish,
    add,
    row_of,
    schedule,
    worker_role,
)


@pytest.mark.parametrize("table", TABLES)
def test_every_transition_works_as_the_program_that_makes_it(
    connection: psycopg.Connection, as_role: Connect, table: Table
) -> None:
    add(connection, table, 8)
    worker = worker_role(as_role, table)
    queue = Queue(table)
    claims = queue.claim(worker, 7, "w", MINUTE)
    assert [claim.id for claim in claims] == [1, 2, 3, 4, 5, 6, 7]
    assert {(claim.token, claim.attempts) for claim in claims} == {(1, 1)}
    assert {row.status for row in queue.extend(worker, claims, HOUR)} == {"processing"}
    made = [
        queue.complete(worker, claims[0]),
        queue.skip(worker, claims[1], "gone"),
        queue.fail(worker, claims[2], "timeout"),
        queue.fail(worker, claims[3], "404", permanent=True),
        queue.snooze(worker, claims[4], HOUR, "429"),
        queue.release(worker, claims[5]),
    ]
    connection.execute(
        psycopg.sql.SQL("UPDATE {} SET lease_until = now() WHERE id = 7").format(
            psycopg.sql.Identifier(table)
        )
    )
    made.append(queue.sweep(worker))
    assert [(row.id, row.status, row.attempts) for rows in made for row in rows] == [
        (1, "completed", 1 if table == "job_queue" else 0),
        (2, "skipped", 1),
        (3, "pending", 1),
        (4, "dead", 1),
        (5, "pending", 0),
        (6, "pending", 0),
        (7, "pending", 1),
    ]
    for number in range(1, 8):
        row = row_of(connection, table, number)
        assert (row["token"], row["lease_until"], row["locked_by"]) == (2, None, None)
    assert queue.depths(worker)._replace(oldest=MINUTE) == Depths(
        due=3, later=2 if table == "job_queue" else 3, oldest=MINUTE, processing=0, expired=0,
        dead=1,
    )  # fmt: skip
    assert [row.status for row in queue.redrive(as_role("paddock_operator"))] == ["pending"]


@pytest.mark.parametrize("table", TABLES)
def test_claim_takes_the_urgent_first_and_nothing_that_is_not_due(
    connection: psycopg.Connection, table: Table
) -> None:
    add(connection, table, 6)
    connection.execute(
        psycopg.sql.SQL(
            "UPDATE {} SET priority = (array[0, 0, -5, -5, 7, 0])[id], next_run_at = now() + "
            "(array['-1 h', '-2 h', '1 h', '-1 s', '-9 h', '1 s'])[id]::interval"
        ).format(psycopg.sql.Identifier(table))
    )
    queue = Queue(table)
    assert [claim.id for claim in queue.claim(connection, 3, "w", MINUTE)] == [4, 2, 1]
    assert [claim.id for claim in queue.claim(connection, 3, "w", MINUTE)] == [5]
    assert queue.claim(connection, 3, "w", MINUTE) == []


def test_claim_leases_by_the_clock_of_the_database(
    connection: psycopg.Connection, as_role: Connect
) -> None:
    worker = as_role("paddock_worker")
    # A session on the other side of the world, in summer time, must not matter.
    worker.execute("SET TimeZone = 'Pacific/Auckland'")
    add(connection, "job_queue")
    with worker.transaction():
        (claim,) = JOBS.claim(worker, 1, "w", 7 * MINUTE)
        row = row_of(worker, "job_queue")
    assert (row["leased_for"], row["locked_by"]) == (7 * MINUTE, "w")
    assert claim.row["idempotency_key"] == "1"


def test_claim_of_a_task_takes_what_is_due_of_that_task_only(
    connection: psycopg.Connection,
) -> None:
    JOBS.enqueue(
        connection,
        [
            Job("geocode", "last", priority=3),
            Job("geocode", "first"),
            Job("geocode", "later", delay=MINUTE),
            Job("cleanup", "other", priority=-1),
        ],
    )
    for limit, key in ((1, "first"), (5, "last")):
        (claim,) = JOBS.claim(connection, limit, "w", MINUTE, task="geocode")
        assert claim.row["idempotency_key"] == key
    assert JOBS.claim(connection, 5, "w", MINUTE, task="geocode") == []


def test_claim_of_an_organization_takes_its_schedules_only(
    connection: psycopg.Connection,
) -> None:
    add(connection, "organization_inventory_sync_queue", 3)
    organization = uuid4()
    schedule(connection, organization, DAY, late=-HOUR)

    def claim(**choice: Any) -> list[int]:
        claims = SCHEDULES.claim(connection, 5, "w", MINUTE, organization_id=organization, **choice)
        return [claim.id for claim in claims]

    assert claim() == []
    assert claim(due="all", after=4) == []
    assert claim(due="all") == [4]


def test_claim_of_all_meets_every_row_once(connection: psycopg.Connection) -> None:
    add(connection, "organization_inventory_sync_queue", 7)
    connection.execute(
        "UPDATE organization_inventory_sync_queue SET status = 'completed', "
        "next_run_at = now() + interval '1 day' WHERE id > 2"
    )
    met: list[int] = []
    while claims := SCHEDULES.claim(
        connection, 3, "w", MINUTE, due="all", after=max(met, default=0)
    ):
        met += [claim.id for claim in claims]
        SCHEDULES.complete(connection, claims)
    assert met == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("choice", [{"due": "all"}, {"organization_id": uuid4()}])
def test_claim_of_a_task_has_no_further_choice(
    connection: psycopg.Connection, choice: dict[str, Any]
) -> None:
    with pytest.raises(ValueError, match="a claim by task"):
        JOBS.claim(connection, 1, "w", MINUTE, task="geocode", **choice)


@pytest.mark.parametrize("name", ["complete", "skip", "fail", "snooze", "extend", "release"])
@pytest.mark.parametrize("table", TABLES)
def test_who_lost_the_lease_changes_nothing(
    connection: psycopg.Connection, table: Table, name: str
) -> None:
    add(connection, table, 2)
    queue = Queue(table)
    stale = queue.claim(connection, 2, "slow", MINUTE)
    queue.release(connection, stale[1])
    (current,) = queue.claim(connection, 1, "quick", MINUTE)
    connection.execute("CREATE TABLE effects (text text)")
    before = row_of(connection, table, 2)
    arguments: dict[str, dict[str, Any]] = {
        "skip": {"reason": "x"},
        "fail": {"error": "x"},
        "snooze": {"delay": HOUR},
        "extend": {"lease": HOUR},
    }
    if name == "release":
        assert [row.id for row in queue.release(connection, stale)] == [1]
    else:

        def finish() -> None:
            with connection.transaction():
                connection.execute("INSERT INTO effects VALUES ('made')")
                getattr(queue, name)(connection, stale, **arguments.get(name, {}))

        with pytest.raises(LeaseLost) as lost:
            finish()
        assert [claim.id for claim in lost.value.lost] == [2]
        assert connection.execute("SELECT * FROM effects").fetchall() == []
        assert row_of(connection, table, 1)["token"] == stale[0].token
    after = row_of(connection, table, 2)
    measured = {"due_in", "leased_for"}
    assert {k: v for k, v in after.items() if k not in measured} == {
        k: v for k, v in before.items() if k not in measured
    }
    assert current.token > stale[1].token


def test_finishing_twice_is_refused(connection: psycopg.Connection) -> None:
    add(connection, "job_queue")
    (claim,) = JOBS.claim(connection, 1, "w", MINUTE)
    JOBS.complete(connection, [claim, claim])
    with pytest.raises(LeaseLost):
        JOBS.complete(connection, claim)


def test_deleted_row_is_a_lost_lease(connection: psycopg.Connection) -> None:
    add(connection, "organization_inventory_sync_queue")
    (claim,) = SCHEDULES.claim(connection, 1, "w", MINUTE)
    connection.execute("DELETE FROM organization_inventory_sync_queue")
    with pytest.raises(LeaseLost):
        SCHEDULES.complete(connection, claim)


def test_nothing_held_is_nothing_to_finish(connection: psycopg.Connection) -> None:
    assert JOBS.complete(connection, []) == []


def test_backoff_doubles_up_to_its_cap_with_jitter(connection: psycopg.Connection) -> None:
    add(connection, "job_queue", 100)
    connection.execute("UPDATE job_queue SET max_attempts = 40")
    for attempt in range(1, 31):
        claims = JOBS.claim(connection, 100, "w", MINUTE)
        JOBS.fail(connection, claims, "again")
        rows = connection.execute(
            "SELECT extract(epoch FROM next_run_at - updated_at)::float FROM job_queue"
        ).fetchall()
        delays = [seconds for (seconds,) in rows]
        longest = min(3600, 15 * 2**attempt)
        assert 15 <= min(delays) < 15 + 0.2 * (longest - 15)
        assert 0.8 * longest < max(delays) <= longest
        assert len(set(delays)) > 90
        connection.execute("UPDATE job_queue SET next_run_at = now()")


@pytest.mark.parametrize(
    ("asked", "granted"),
    [
        (MINUTE, MINUTE),
        (-MINUTE, timedelta(0)),
        (timedelta.max, 30 * DAY),  # Beyond what a timestamp can hold.
    ],
)
def test_retry_after_stands_above_the_backoff(
    connection: psycopg.Connection, asked: timedelta, granted: timedelta
) -> None:
    add(connection, "job_queue")
    finishes: tuple[Finish, ...] = (
        lambda claim: JOBS.fail(connection, claim, "503", retry_after=asked),
        lambda claim: JOBS.snooze(connection, claim, asked),
    )
    for finish in finishes:
        (claim,) = JOBS.claim(connection, 1, "w", MINUTE)
        finish(claim)
        row = row_of(connection, "job_queue")
        assert row["next_run_at"] - row["updated_at"] == granted
        connection.execute("UPDATE job_queue SET next_run_at = now()")


def test_rate_limit_never_kills_a_job(connection: psycopg.Connection) -> None:
    JOBS.enqueue(connection, [Job("geocode", "a", max_attempts=2)])
    for _ in range(10):
        (claim,) = JOBS.claim(connection, 1, "w", MINUTE)
        assert claim.attempts == 1
        JOBS.snooze(connection, claim, timedelta(0), "429 Too Many Requests")
    row = row_of(connection, "job_queue")
    assert (row["status"], row["attempts"]) == ("pending", 0)
    assert row["last_error"] == "429 Too Many Requests"


@pytest.mark.parametrize("table", TABLES)
def test_last_failure_is_dead_and_never_completed(
    connection: psycopg.Connection, table: Table
) -> None:
    add(connection, table)
    queue = Queue(table)
    statuses = []
    while claims := queue.claim(connection, 1, "w", MINUTE):
        statuses += [row.status for row in queue.fail(connection, claims, "no", retry_after=-HOUR)]
    assert statuses == ["pending"] * (claims_allowed(connection, table) - 1) + ["dead"]
    assert row_of(connection, table).get("last_run_at") is None


def claims_allowed(connection: psycopg.Connection, table: Table) -> int:
    return int(row_of(connection, table)["max_attempts"])


def test_error_text_may_hold_anything(connection: psycopg.Connection) -> None:
    add(connection, "job_queue")
    (claim,) = JOBS.claim(connection, 1, "w", MINUTE)
    JOBS.fail(connection, claim, "NUL \0, surrogate \udc80, " + "long " * 1000)
    error = row_of(connection, "job_queue")["last_error"]
    assert error.startswith("NUL \N{REPLACEMENT CHARACTER}, surrogate ?, long")
    assert len(error) == 2000


async def test_same_statements_run_on_an_asynchronous_connection(
    connection: psycopg.Connection, database_url: str
) -> None:
    table: Table = "organization_inventory_sync_queue"
    add(connection, table, 3)
    async with async_pool("paddock_crawler", url=database_url) as pool, pool.connection() as own:
        claims = await perform(own, table, "claim", limit=3, worker="w", lease=MINUTE)
        assert [type(claim) for claim in claims] == [Claim, Claim, Claim]
        assert await perform(own, table, "extend", claims, lease=HOUR)
        (done,) = await perform(own, table, "complete", claims[0])
        assert done.status == "completed"
        await perform(own, table, "fail", claims[1], error="blocked")
        with pytest.raises(LeaseLost):
            await perform(own, table, "complete", claims)
        await own.rollback()
        assert await perform(own, table, "claim_all", limit=3, worker="w", lease=MINUTE)
        # The text itself runs anywhere.
        cursor = await own.execute(statement(table, "depths"))
        row = await cursor.fetchone()
        assert row is not None
        assert row[3] == 3


@pytest.mark.parametrize("table", ["import_queue", "vehicles", "job_queue; DROP TABLE vehicles"])
def test_only_queues_are_queues(table: Any) -> None:
    with pytest.raises(ValueError, match="is no claimable queue"):
        Queue(table)
