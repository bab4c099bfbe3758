"""What the queue statements do to a row, one by one, as the role that runs them."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from hashlib import md5
from itertools import pairwise
from typing import Any
from uuid import UUID, uuid4

import psycopg
import pytest

from store.connect import Role, async_pool, connect
from store.errors import ConstraintViolated, QueryFileError
from store.queue import (
    TABLES,
    Claim,
    Depths,
    Job,
    LeaseLost,
    Queue,
    Table,
    Transition,
    content_key,
    perform,
    statement,
)

Connect = Callable[[Role], psycopg.Connection]
Finish = Callable[[Claim], list[Transition]]

MINUTE = timedelta(minutes=1)
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)

JOBS = Queue("job_queue")
SELLERS = Queue("classic_seller_queue")
SCHEDULES = Queue("organization_inventory_sync_queue")

SLOTS_FROM = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


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


# ------------------------------------------------------------------------------------------ claim


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


# ------------------------------------------------------------------------------- finishing a claim


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


# --------------------------------------------------------------------------------- recurring rows


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


# ---------------------------------------------------------------------------------------- enqueue


def test_duplicates_in_a_batch_and_across_transactions_are_one_job(
    connection: psycopg.Connection, as_role: Connect
) -> None:
    normalizer = as_role("paddock_normalizer")
    batch = [Job("geocode", "a"), Job("geocode", "a", {"x": 1}), Job("cleanup", "a")]
    assert len(JOBS.enqueue(normalizer, batch)) == 2
    assert JOBS.enqueue(normalizer, batch) == []
    (claim, _) = JOBS.claim(connection, 2, "w", MINUTE)
    assert JOBS.enqueue(normalizer, batch) == []
    JOBS.complete(connection, claim)
    assert len(JOBS.enqueue(normalizer, batch)) == 1


def test_once_ever_job_is_not_added_again(connection: psycopg.Connection) -> None:
    job = Job("url_shortening", "https://example.com/car", once=True)
    finishes: tuple[Finish, ...] = (
        lambda claim: JOBS.complete(connection, claim),
        lambda claim: JOBS.fail(connection, claim, "no", permanent=True),
    )
    for finish in finishes:
        assert len(JOBS.enqueue(connection, [job, job])) == 1
        finish(JOBS.claim(connection, 1, "w", MINUTE)[0])
        assert JOBS.enqueue(connection, [job]) == []
        connection.execute("UPDATE job_queue SET updated_at = now() - interval '1 year'")
        assert JOBS.prune(connection, DAY) == []
        assert JOBS.enqueue(connection, [job]) == []
        connection.execute("DELETE FROM job_queue")


@pytest.mark.parametrize("kept", [True, False])
def test_enqueue_belongs_to_the_transaction_of_the_caller(
    connection: psycopg.Connection, database_url: str, kept: bool
) -> None:
    JOBS.enqueue(connection, [Job("geocode", "known")])
    with connect("paddock_normalizer", url=database_url) as caller:
        added = JOBS.enqueue(caller, [Job("geocode", "known"), Job("geocode", "new")])
        assert len(added) == 1
        # The duplicate has not hurt the transaction.
        assert caller.execute("SELECT count(*) FROM job_queue").fetchone() == (2,)
        assert JOBS.depths(connection).due == 1
        if kept:
            caller.commit()
        else:
            caller.rollback()
    assert JOBS.depths(connection).due == (2 if kept else 1)


def test_concurrent_enqueue_of_equal_jobs_in_any_order_is_one_job_each(
    connection: psycopg.Connection, database_url: str
) -> None:
    jobs = [Job("geocode", str(number)) for number in range(200)]
    with connect("paddock_normalizer", url=database_url) as other:
        assert len(JOBS.enqueue(other, jobs[:100])) == 100
        # The other transaction is still open: what it has not touched does not wait for it.
        assert len(JOBS.enqueue(connection, jobs[:99:-1])) == 100
        other.rollback()
    assert len(JOBS.enqueue(connection, jobs[::-1])) == 100
    assert JOBS.depths(connection).due == 200


@pytest.mark.parametrize(("kept", "added"), [(True, 0), (False, 1)])
def test_enqueue_waits_for_the_transaction_that_has_just_added_the_same(
    connection: psycopg.Connection, database_url: str, kept: bool, added: int
) -> None:
    with (
        connect("paddock_normalizer", url=database_url) as other,
        ThreadPoolExecutor(1) as pool,
    ):
        JOBS.enqueue(other, [Job("geocode", "a")])
        waiting = pool.submit(JOBS.enqueue, connection, [Job("geocode", "a")])
        with pytest.raises(TimeoutError):
            waiting.result(timeout=0.2)
        if kept:
            other.commit()
        else:
            other.rollback()
        assert len(waiting.result(timeout=10)) == added


def test_transactions_that_enqueue_the_same_in_opposite_order_do_not_deadlock(
    connection: psycopg.Connection, database_url: str
) -> None:
    rounds = [[Job("geocode", f"{r} {n}") for n in range(100)] for r in range(20)]

    def add(step: int) -> int:
        with connect("paddock_normalizer", url=database_url, autocommit=True) as own:
            return sum(len(JOBS.enqueue(own, jobs[::step])) for jobs in rounds)

    with ThreadPoolExecutor() as pool:
        assert sum(pool.map(add, [1, -1, 1, -1])) == 2000
    assert JOBS.depths(connection).due == 2000


@pytest.mark.parametrize("payload", [{"text": "a\0b"}, {"n": float("nan")}, {"text": "\udc80"}])
def test_payload_that_cannot_be_stored_leaves_the_transaction_usable(
    connection: psycopg.Connection, payload: dict[str, Any]
) -> None:
    with connection.transaction():
        with pytest.raises(ValueError, match=r"NUL|range|JSON|surrogates"):
            JOBS.enqueue(connection, [Job("geocode", "a", payload)])
        JOBS.enqueue(connection, [Job("geocode", "b", {"path": "C:\\u0000"})])
    assert row_of(connection, "job_queue")["payload"] == {"path": "C:\\u0000"}


def test_unknown_task_is_refused(connection: psycopg.Connection) -> None:
    with pytest.raises(ConstraintViolated):
        JOBS.enqueue(connection, [Job("sing", "a")])


def test_content_key_is_the_content_in_any_order() -> None:
    assert content_key({"a": 1, "b": "é"}) == content_key({"b": "é", "a": 1})
    assert content_key({"a": 1}) != content_key({"a": 2})


# ---------------------------------------------------------------------------------------- upkeep


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


# ------------------------------------------------------------------------------------- statements


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


def test_recurring_rows_are_not_pruned(connection: psycopg.Connection) -> None:
    with pytest.raises(QueryFileError, match="prune"):
        SELLERS.prune(connection, DAY)
