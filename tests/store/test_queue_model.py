"""The queues against a model in memory: any sequence of transitions, by any holders.

Whatever happens, a row has one owner at most, its token only grows, its attempts stay within the
limit, and no row is lost. An example is one transaction that is rolled back, so the database's
now stands still in it, and `time passes` moves the rows into the past instead.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import psycopg
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    Bundle,
    RuleBasedStateMachine,
    invariant,
    multiple,
    rule,
    run_state_machine_as_test,
)
from psycopg import sql

from store.connect import connect
from store.queue import Claim, Job, LeaseLost, Queue, Table, Transition

HOUR = timedelta(hours=1)
ZERO = timedelta(0)
MAX_ATTEMPTS = 3
LEASE = 2 * HOUR

durations = st.sampled_from([ZERO, HOUR, 3 * HOUR])


@dataclass
class Row:
    """What the model believes of one row. Times are the database's."""

    status: str
    next_run_at: datetime
    priority: int = 0
    attempts: int = 0
    token: int = 0
    lease_until: datetime | None = None
    key: str = ""


class QueueMachine(RuleBasedStateMachine):
    """Transitions of one queue, each checked against what the model expects of it."""

    table: Table
    claimable: frozenset[str]
    claims: Bundle[Claim] = Bundle("claims")

    def __init__(self, connection: psycopg.Connection) -> None:
        super().__init__()
        self.connection = connection
        self.queue = Queue(self.table)
        self.rows: dict[int, Row] = {}
        self.highest: dict[int, int] = {}
        row = connection.execute("SELECT now()").fetchone()
        assert row is not None
        self.now: datetime = row[0]

    def teardown(self) -> None:
        self.connection.rollback()

    # ------------------------------------------------------------------------------ transitions

    @rule(target=claims, limit=st.integers(1, 3))
    def claim(self, limit: int) -> Any:
        due = [i for i, row in self.rows.items() if self.is_due(row)]
        claims = self.queue.claim(self.connection, limit, "w", LEASE)
        assert [claim.id for claim in claims] == sorted(due, key=self.urgency)[:limit]
        return self.take(claims)

    @rule(target=claims, limit=st.integers(1, 3), after=st.integers(0, 5))
    def claim_all(self, limit: int, after: int) -> Any:
        first = min(self.rows, default=0)
        free = [
            i for i, row in self.rows.items() if row.status in self.claimable and i > first + after
        ]
        claims = self.queue.claim(
            self.connection, limit, "w", LEASE, due="all", after=first + after
        )
        assert sorted(claim.id for claim in claims) == sorted(free)[:limit]
        return self.take(claims)

    @rule(claim=claims)
    def complete(self, claim: Claim) -> None:
        def expect(row: Row, made: Transition) -> None:
            row.status = "completed"
            self.expect_completed(row, made)

        self.finish(claim, lambda: self.queue.complete(self.connection, claim), expect)

    @rule(claim=claims)
    def skip(self, claim: Claim) -> None:
        def expect(row: Row, made: Transition) -> None:
            row.status = "skipped"

        self.finish(claim, lambda: self.queue.skip(self.connection, claim, "moot"), expect)

    @rule(claim=claims, permanent=st.booleans(), after=st.none() | durations)
    def fail(self, claim: Claim, permanent: bool, after: timedelta | None) -> None:
        def expect(row: Row, made: Transition) -> None:
            row.status = "dead" if permanent or row.attempts == MAX_ATTEMPTS else "pending"
            if after is not None:
                assert made.next_run_at == self.now + after
            assert made.next_run_at >= self.now
            row.next_run_at = made.next_run_at

        self.finish(
            claim,
            lambda: self.queue.fail(
                self.connection, claim, "no", permanent=permanent, retry_after=after
            ),
            expect,
        )

    @rule(claim=claims, delay=durations)
    def snooze(self, claim: Claim, delay: timedelta) -> None:
        def expect(row: Row, made: Transition) -> None:
            row.status, row.attempts = "pending", row.attempts - 1
            row.next_run_at = self.now + delay

        self.finish(claim, lambda: self.queue.snooze(self.connection, claim, delay), expect)

    @rule(claim=claims)
    def extend(self, claim: Claim) -> None:
        if self.holds(claim):
            self.queue.extend(self.connection, claim, LEASE)
            self.rows[claim.id].lease_until = self.now + LEASE
        else:
            with pytest.raises(LeaseLost):
                self.queue.extend(self.connection, claim, LEASE)

    @rule(claim=claims)
    def release(self, claim: Claim) -> None:
        held = self.holds(claim)
        made = self.queue.release(self.connection, claim)
        assert [row.id for row in made] == ([claim.id] if held else [])
        if held:
            row = self.rows[claim.id]
            row.attempts -= 1
            self.moved(row, "pending")

    @rule(limit=st.integers(1, 3))
    def sweep(self, limit: int) -> None:
        expired = {
            i
            for i, row in self.rows.items()
            if row.lease_until is not None and row.lease_until < self.now
        }
        made = self.queue.sweep(self.connection, limit)
        assert len(made) == min(limit, len(expired))
        assert {row.id for row in made} <= expired
        for number in (row.id for row in made):
            row = self.rows[number]
            row.next_run_at = min(row.next_run_at, self.now)
            self.moved(row, "dead" if row.attempts == MAX_ATTEMPTS else "pending")

    @rule()
    def redrive(self) -> None:
        dead = {i for i, row in self.rows.items() if row.status == "dead"}
        made = self.queue.redrive(self.connection)
        assert {row.id for row in made} == dead
        for number in sorted(dead, reverse=True):
            row = self.rows[number]
            row.next_run_at = self.now
            if self.is_open_elsewhere(number):
                self.moved(row, "skipped")
            else:
                row.attempts = 0
                self.moved(row, "pending")

    @rule(hours=st.sampled_from([1, 3, 24, 24 * 31]))
    def time_passes(self, hours: int) -> None:
        self.connection.execute(
            sql.SQL(
                "UPDATE {} SET next_run_at = next_run_at - %(past)s::interval, "
                "lease_until = lease_until - %(past)s::interval, "
                "updated_at = updated_at - %(past)s::interval"
            ).format(sql.Identifier(self.table)),
            {"past": hours * HOUR},
        )
        for row in self.rows.values():
            row.next_run_at -= hours * HOUR
            if row.lease_until:
                row.lease_until -= hours * HOUR

    # ------------------------------------------------------------------------------- invariants

    @invariant()
    def database_is_what_the_model_says(self) -> None:
        found = self.connection.execute(
            sql.SQL(
                "SELECT id, status, attempts, token, next_run_at, lease_until, max_attempts FROM {}"
            ).format(sql.Identifier(self.table))
        ).fetchall()
        assert {
            number: (status, attempts, token, due, lease)
            for number, status, attempts, token, due, lease, _ in found
        } == {
            number: (row.status, row.attempts, row.token, row.next_run_at, row.lease_until)
            for number, row in self.rows.items()
        }
        for number, status, attempts, token, _, lease, most in found:
            assert 0 <= attempts <= most
            assert attempts < most or status != "pending"
            assert (status == "processing") == (lease is not None)
            assert token >= self.highest.get(number, 0)
            self.highest[number] = token

    # ---------------------------------------------------------------------------------- the model

    def take(self, claims: list[Claim]) -> Any:
        for claim in claims:
            row = self.rows[claim.id]
            row.attempts += 1
            self.moved(row, "processing")
            row.lease_until = self.now + LEASE
            assert (claim.token, claim.attempts) == (row.token, row.attempts)
        return multiple(*claims)

    def finish(
        self,
        claim: Claim,
        act: Callable[[], list[Transition]],
        expect: Callable[[Row, Transition], None],
    ) -> None:
        """A holder's transition: as expected with the token in force, else refused."""
        if not self.holds(claim):
            with pytest.raises(LeaseLost):
                act()
            return
        (made,) = act()
        row = self.rows[claim.id]
        expect(row, made)
        self.moved(row, row.status)
        assert (made.status, made.attempts) == (row.status, row.attempts)

    def holds(self, claim: Claim) -> bool:
        return claim.id in self.rows and self.rows[claim.id].token == claim.token

    def moved(self, row: Row, status: str) -> None:
        row.status = status
        row.token += 1
        row.lease_until = None

    def urgency(self, number: int) -> tuple[int, datetime, int]:
        row = self.rows[number]
        return row.priority, row.next_run_at, number

    def is_due(self, row: Row) -> bool:
        return row.status in self.claimable and row.next_run_at <= self.now

    def is_open_elsewhere(self, number: int) -> bool:
        return False

    def expect_completed(self, row: Row, made: Transition) -> None:
        raise NotImplementedError


class JobMachine(QueueMachine):
    """Jobs: enqueued by key, done once, pruned when old."""

    table = "job_queue"
    claimable = frozenset({"pending"})

    @rule(
        numbers=st.lists(st.integers(0, 3), min_size=1, max_size=3),
        priority=st.integers(0, 1),
        delay=durations,
    )
    def enqueue(self, numbers: list[int], priority: int, delay: timedelta) -> None:
        jobs = [
            Job("geocode", str(n), priority=priority, max_attempts=MAX_ATTEMPTS, delay=delay)
            for n in numbers
        ]
        made = self.queue.enqueue(self.connection, jobs)
        new = {str(n) for n in numbers} - {
            row.key for row in self.rows.values() if row.status in ("pending", "processing")
        }
        assert len(made) == len(new)
        # Rows are added in the order of their keys.
        for row, key in zip(sorted(made), sorted(new), strict=True):
            self.rows[row.id] = Row("pending", self.now + delay, priority, key=key)

    @rule(hours=st.sampled_from([1, 24]))
    def prune(self, hours: int) -> None:
        finished = {i for i, row in self.rows.items() if row.status in ("completed", "skipped")}
        made = self.queue.prune(self.connection, hours * HOUR)
        assert {row.id for row in made} <= finished
        for row in made:
            del self.rows[row.id]

    def is_open_elsewhere(self, number: int) -> bool:
        key = self.rows[number].key
        return any(
            row.key == key and (row.status in ("pending", "processing"))
            for other, row in self.rows.items()
            if other != number
        )

    def expect_completed(self, row: Row, made: Transition) -> None:
        assert made.next_run_at == row.next_run_at


class ScheduleMachine(QueueMachine):
    """Schedules: added once, due again after each run."""

    table = "organization_inventory_sync_queue"
    claimable = frozenset({"pending", "completed"})

    @rule(priority=st.integers(0, 1), delay=durations)
    def add(self, priority: int, delay: timedelta) -> None:
        row = self.connection.execute(
            "INSERT INTO organization_inventory_sync_queue "
            "(organization_id, priority, next_run_at, max_attempts, every) "
            "VALUES (gen_random_uuid(), %s, now() + %s, %s, '12 h') RETURNING id",
            [priority, delay, MAX_ATTEMPTS],
        ).fetchone()
        assert row is not None
        self.rows[row[0]] = Row("pending", self.now + delay, priority)

    def expect_completed(self, row: Row, made: Transition) -> None:
        assert 3 * HOUR <= made.next_run_at - self.now < 15 * HOUR
        row.next_run_at = made.next_run_at
        row.attempts = 0


@pytest.mark.parametrize("machine", [JobMachine, ScheduleMachine])
def test_any_sequence_of_transitions_keeps_the_promises(
    database_url: str, machine: Callable[[psycopg.Connection], QueueMachine]
) -> None:
    with connect(None, url=database_url) as connection:
        run_state_machine_as_test(
            lambda: machine(connection),  # type: ignore[arg-type] # Any factory will do.
            settings=settings(
                max_examples=100,
                stateful_step_count=40,
                deadline=None,
                database=None,
                suppress_health_check=list(HealthCheck),
            ),
        )
