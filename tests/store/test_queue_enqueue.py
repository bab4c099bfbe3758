"""What enqueueing promises: one open job per key, with the transaction or not at all."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import psycopg
import pytest

from store.connect import connect
from store.errors import ConstraintViolated
from store.queue import Job, content_key
from tests.store.queue_rows import DAY, JOBS, MINUTE, Connect, Finish, row_of


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
