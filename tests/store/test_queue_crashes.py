"""What a queue survives: killed, frozen and terminated workers, poison, and races between holders.

The workers are real processes (`queue_worker.py`), the leases run out in real time.
"""

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest

from store.connect import connect
from store.queue import Job, LeaseLost, Queue

WORKER = Path(__file__).with_name("queue_worker.py")
ROOT = Path(__file__).parents[2]
MINUTE = timedelta(minutes=1)
JOBS = Queue("job_queue")

Process = subprocess.Popen[str]


class Workers:
    """Starts workers and ends those that a test left behind."""

    def __init__(self) -> None:
        self.started: list[Process] = []

    def start(self, point: str, **environment: str) -> Process:
        """Start one; where it has a point to stop at, wait until it is there."""
        process = subprocess.Popen(
            [sys.executable, str(WORKER), point],
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.started.append(process)
        if point != "run":
            assert read_line(process) == point
        return process

    def close(self) -> None:
        for process in self.started:
            if process.poll() is None:
                process.kill()
            process.communicate()


def read_line(process: Process) -> str:
    assert process.stdout is not None
    return process.stdout.readline().strip()


@pytest.fixture
def workers(connection: psycopg.Connection) -> Iterator[Workers]:
    """Worker processes on this test's database, with a table for their effects."""
    connection.execute("CREATE TABLE effects (job text, pid integer)")
    connection.execute("GRANT SELECT, INSERT ON effects TO paddock_worker")
    workers = Workers()
    yield workers
    workers.close()


def effects(connection: psycopg.Connection) -> list[tuple[str, int]]:
    return connection.execute("SELECT job, pid FROM effects ORDER BY job").fetchall()


def only_row(connection: psycopg.Connection) -> tuple[Any, ...]:
    rows = connection.execute("SELECT status, attempts FROM job_queue").fetchall()
    assert len(rows) == 1
    return rows[0]


def work_until(connection: psycopg.Connection, workers: Workers, seconds: float) -> None:
    """Let workers run, one after the other, until no row is open."""
    deadline = time.monotonic() + seconds
    while JOBS.depths(connection)[:1] != (0,) or JOBS.depths(connection).processing:
        assert time.monotonic() < deadline
        workers.start("run", LEASE="0.3").wait(timeout=30)
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("point", "attempts"),
    [("started", 1), ("claimed", 2), ("effect", 2), ("completed", 2), ("committed", 1)],
)
def test_killed_worker_loses_no_job_and_doubles_no_effect(
    connection: psycopg.Connection, workers: Workers, point: str, attempts: int
) -> None:
    JOBS.enqueue(connection, [Job("geocode", "a")])
    killed = workers.start(point, LEASE="0.5")
    killed.kill()
    killed.wait(timeout=10)
    work_until(connection, workers, seconds=10)
    assert [job for job, _ in effects(connection)] == ["a"]
    assert only_row(connection) == ("completed", attempts)


@pytest.mark.parametrize("point", ["claimed", "effect"])
def test_frozen_worker_finishes_nothing_after_another_took_over(
    connection: psycopg.Connection, workers: Workers, point: str
) -> None:
    JOBS.enqueue(connection, [Job("geocode", "a")])
    zombie = workers.start(point, LEASE="0.5")
    zombie.send_signal(signal.SIGSTOP)
    work_until(connection, workers, seconds=10)
    other = workers.started[-1]
    zombie.send_signal(signal.SIGCONT)
    assert zombie.communicate("\n", timeout=10)[0] == "lost\n"
    assert zombie.returncode == 0
    assert [job for job, _ in effects(connection)] == ["a"]
    assert effects(connection)[0][1] == other.pid
    assert only_row(connection) == ("completed", 2)


def test_poison_ends_dead_while_its_neighbours_are_processed(
    connection: psycopg.Connection, workers: Workers
) -> None:
    poison = Job("geocode", "poison", {"poison": True}, priority=-1, max_attempts=3)
    good = [Job("geocode", f"good {number}") for number in range(5)]
    JOBS.enqueue(connection, [poison, *good])
    work_until(connection, workers, seconds=30)
    assert [job for job, _ in effects(connection)] == [job.idempotency_key for job in good]
    rows = connection.execute(
        "SELECT status, attempts, last_error FROM job_queue WHERE idempotency_key = 'poison'"
    ).fetchall()
    ((status, attempts, error),) = rows
    assert (status, attempts) == ("dead", 3)
    assert "ran out in attempt 3" in error
    assert sum(process.returncode == -signal.SIGKILL for process in workers.started) == 3


def test_twenty_crash_rounds_never_pass_the_limit(connection: psycopg.Connection) -> None:
    JOBS.enqueue(connection, [Job("geocode", "a", max_attempts=8)])
    seen = []
    for _ in range(20):
        seen += [claim.attempts for claim in JOBS.claim(connection, 1, "crasher", MINUTE)]
        connection.execute("UPDATE job_queue SET lease_until = now() - interval '1 s' "
                           "WHERE status = 'processing'")  # fmt: skip
        JOBS.sweep(connection)
    assert seen == [1, 2, 3, 4, 5, 6, 7, 8]
    assert only_row(connection) == ("dead", 8)


def test_terminated_worker_gives_its_row_back_with_the_attempt(
    connection: psycopg.Connection, workers: Workers
) -> None:
    JOBS.enqueue(connection, [Job("geocode", "a")])
    process = workers.start("claimed", LEASE="600")
    process.send_signal(signal.SIGTERM)
    assert process.wait(timeout=10) == 0
    assert only_row(connection) == ("pending", 0)
    workers.start("run").wait(timeout=30)
    assert only_row(connection) == ("completed", 1)


@pytest.mark.parametrize("skew", ["3600", "-3600"])
def test_clock_of_the_worker_decides_nothing(
    connection: psycopg.Connection, workers: Workers, skew: str
) -> None:
    JOBS.enqueue(connection, [Job("geocode", "a"), Job("cleanup", "later", delay=MINUTE)])
    workers.start("claimed", LEASE="60", SKEW=skew)
    row = connection.execute(
        "SELECT lease_until - now() BETWEEN interval '30 s' AND interval '60 s' FROM job_queue "
        "WHERE status = 'processing'"
    ).fetchone()
    assert row == (True,)
    workers.start("run", SKEW=skew).wait(timeout=30)
    assert effects(connection) == []


def test_concurrent_claimers_take_every_row_once(
    connection: psycopg.Connection, database_url: str
) -> None:
    JOBS.enqueue(connection, [Job("geocode", str(n), priority=n % 3) for n in range(1500)])

    def work(number: int) -> list[int]:
        mine: list[int] = []
        with connect("paddock_worker", url=database_url, autocommit=True) as own:
            while claims := JOBS.claim(own, 23, f"thread {number}", MINUTE):
                assert len(claims) <= 23
                assert [claim.attempts for claim in claims] == [1] * len(claims)
                mine += [row.id for row in JOBS.complete(own, claims)]
                JOBS.sweep(own)
        return mine

    def add(number: int) -> list[int]:
        with connect("paddock_normalizer", url=database_url, autocommit=True) as own:
            for start in range(1500, 2000, 50):
                keys = [str(key) for key in range(start, start + 50)]
                JOBS.enqueue(own, [Job("geocode", key) for key in keys[:: 1 - 2 * number]])
        return []

    with ThreadPoolExecutor() as pool:
        adders = [pool.submit(add, number) for number in range(2)]
        takers = [pool.submit(work, number) for number in range(4)]
        for adder in adders:
            adder.result(timeout=60)
        done = [row for taker in takers for row in taker.result(timeout=60)]
    done += work(9)
    assert set(Counter(done).values()) == {1}
    rows = connection.execute("SELECT status, count(*) FROM job_queue GROUP BY status").fetchall()
    assert len(done) >= 2000
    assert rows == [("completed", len(done))]


def expired_claim(connection: psycopg.Connection) -> Any:
    JOBS.enqueue(connection, [Job("geocode", "a")])
    (claim,) = JOBS.claim(connection, 1, "slow", MINUTE)
    connection.execute("UPDATE job_queue SET lease_until = now() - interval '1 s'")
    return claim


def test_sweep_passes_a_row_that_is_just_being_completed(
    connection: psycopg.Connection, database_url: str
) -> None:
    claim = expired_claim(connection)
    with connect("paddock_worker", url=database_url) as worker:
        JOBS.complete(worker, claim)
        assert JOBS.sweep(connection) == []
        worker.commit()
    assert JOBS.sweep(connection) == []
    assert only_row(connection) == ("completed", 1)


@pytest.mark.parametrize("swept", [True, False])
def test_completion_waits_for_a_sweep_and_then_knows(
    connection: psycopg.Connection, database_url: str, swept: bool
) -> None:
    claim = expired_claim(connection)
    with (
        connect("paddock_worker", url=database_url) as sweeper,
        connect("paddock_worker", url=database_url, autocommit=True) as worker,
        ThreadPoolExecutor(1) as pool,
    ):
        assert [row.status for row in JOBS.sweep(sweeper)] == ["pending"]
        completion = pool.submit(JOBS.complete, worker, claim)
        with pytest.raises(TimeoutError):
            completion.result(timeout=0.2)
        if swept:
            sweeper.commit()
            with pytest.raises(LeaseLost):
                completion.result(timeout=10)
            assert only_row(connection) == ("pending", 1)
        else:
            sweeper.rollback()
            completion.result(timeout=10)
            assert only_row(connection) == ("completed", 1)
