"""The claimable queues: `classic_seller_queue`, `organization_inventory_sync_queue`, `job_queue`.

A claim leases rows to a worker and gives it a fencing token for each. Whatever finishes a row names
that token, in the transaction that writes the effect:

    queue = Queue("job_queue")
    with connection.transaction():
        claims = queue.claim(connection, limit=50, worker="geocode@host:7", lease=MINUTES_5)
    ...                                                    # no transaction during outside calls
    with connection.transaction():
        write_the_effect(connection)
        queue.complete(connection, claims)                 # raises LeaseLost: the effect goes, too

Asynchronous code runs the same statements through `perform(connection, table, name, ...)`.
The statements are in `queries/queue.sql`; `docs/queues.md` tells what they guarantee.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from typing import Any, Literal, NamedTuple, get_args
from uuid import UUID

import psycopg
from psycopg import sql
from psycopg.rows import BaseRowFactory, args_row, kwargs_row
from psycopg.types.json import Jsonb

from contract.canonical import canonical_json, sha256_hex
from store.errors import StoreError, wrapped
from store.queries import load
from store.takedowns import NOT_TAKEN_DOWN

Table = Literal["classic_seller_queue", "organization_inventory_sync_queue", "job_queue"]
TABLES: tuple[Table, ...] = get_args(Table)

# The statuses that a claim takes: also what the *_due index of the table covers, word for word.
_PENDING = sql.SQL("q.status = 'pending'")
_RECURRING = sql.SQL("q.status IN ('pending', 'completed')")


class _Rules(NamedTuple):
    claimable: sql.SQL
    base: timedelta
    cap: timedelta


# A site may be down for half a day and should not end dead for that; a provider's API recovers
# sooner.
_RULES: Mapping[str, _Rules] = {
    "classic_seller_queue": _Rules(_RECURRING, timedelta(minutes=30), timedelta(hours=12)),
    "organization_inventory_sync_queue": _Rules(_RECURRING, timedelta(hours=1), timedelta(days=1)),
    "job_queue": _Rules(_PENDING, timedelta(seconds=15), timedelta(hours=1)),
}

# A claim is one statement around one of several choices of candidates.
_CANDIDATES = {
    "claim": "due",
    "claim_task": "due_task",
    "claim_organization": "due_organization",
    "claim_all": "due_all",
}
# Statements of a holder: fewer rows than claims means that leases are lost.
_FENCED = frozenset({"complete", "skip", "fail", "snooze", "extend"})
_DEFAULTS = dict(after=0, only_due=True, permanent=False, retry_after=None, reason=None)
# An error that is longer than this, in characters, is cut: the log has the rest.
_LONGEST_TEXT = 2000
# The escape of a NUL character in JSON, and not an escaped backslash before "u0000".
_NUL = re.compile(r"(?<!\\)(?:\\\\)*\\u0000")


@dataclass(frozen=True)
class Claim:
    """A row leased to this worker. `token` fences it; `row` has every column by name.

    `attempts` counts this one already: where it equals `max_attempts`, a failure is the last.
    """

    id: int
    token: int
    attempts: int
    max_attempts: int
    row: Mapping[str, Any] = field(compare=False, repr=False)

    @classmethod
    def of(cls, **row: Any) -> "Claim":
        """The claim of one row that a claim statement returned."""
        return cls(row["id"], row["token"], row["attempts"], row["max_attempts"], row)


class Transition(NamedTuple):
    """Where a statement has left a row: its status, and when it is due (UTC)."""

    id: int
    status: str
    attempts: int
    next_run_at: datetime


class Depths(NamedTuple):
    """How full a queue is. `oldest` is how long the first due row has waited for a worker;
    `expired` are the leases that ran out and wait for a sweep."""

    due: int
    later: int
    oldest: timedelta
    processing: int
    expired: int
    dead: int


class LeaseLost(StoreError):
    """The lease ran out and the row is another's now: roll back what was done for it."""

    def __init__(self, lost: Sequence[Claim]) -> None:
        ids = ", ".join(str(claim.id) for claim in lost)
        super().__init__(f"the lease is lost and the effect must be rolled back; rows: {ids}")
        self.lost = tuple(lost)


@dataclass(frozen=True)
class Job:
    """A task to enqueue. `idempotency_key` comes from the content (`content_key`), never at random.

    While a job of the same task and key is open, or for ever where `once`, another is not added.
    """

    task: str
    idempotency_key: str
    payload: Mapping[str, Any] = field(default_factory=dict)
    once: bool = False
    priority: int = 0
    max_attempts: int = 8
    delay: timedelta = timedelta(0)


def content_key(content: Mapping[str, Any]) -> str:
    """The idempotency key of what a job is about: equal content has an equal key."""
    return sha256_hex(canonical_json(content))


@cache
def statement(table: Table, name: str) -> sql.Composed:
    """The named statement for one queue, ready for `execute` on any connection.

    Raises QueryFileError for an unknown name and ValueError for a table that is no queue.
    """
    if table not in _RULES:
        raise ValueError(f"{table!r} is no claimable queue; these are: {', '.join(TABLES)}")
    rules = _RULES[table]
    queries = load("queue")
    words: dict[str, sql.Composable] = {
        "table": sql.Identifier(table),
        "claimable": rules.claimable,
        "allowed": NOT_TAKEN_DOWN.get(table, sql.SQL("true")),
        "base": sql.Literal(rules.base),
        "cap": sql.Literal(rules.cap),
    }
    if name in _CANDIDATES:
        words["candidates"] = sql.SQL(queries[_CANDIDATES[name]]).format(**words)
        name = "claim"
    own = f"{name}_{table}"
    return sql.SQL(queries[own if own in tuple(queries) else name]).format(**words)


async def perform(
    connection: psycopg.AsyncConnection[Any],
    table: Table,
    name: str,
    claims: Claim | Iterable[Claim] = (),
    **parameters: Any,
) -> list[Any]:
    """Run one statement on an asynchronous connection: as the methods of `Queue`, with their names.

    `parameters` are the statement's own, as queue.sql names them. Returns Claims for the claims and
    Transitions for the rest, and raises LeaseLost and StoreError as the methods do.
    """
    held = _several(claims)
    with wrapped():
        async with connection.cursor(row_factory=_row_factory(name)) as cursor:
            await cursor.execute(statement(table, name), _parameters(held, parameters))
            rows = await cursor.fetchall()
    return _checked(name, held, rows)


class Queue:
    """One claimable queue. Every method runs in the caller's transaction, or in its own on an
    autocommit connection, and raises StoreError for what the database refuses.

    A holder's methods take one claim or several, and raise LeaseLost where a token is no longer in
    force: all of it must then be rolled back.
    """

    def __init__(self, table: Table) -> None:
        statement(table, "sweep")
        self.table = table

    def claim(
        self,
        connection: psycopg.Connection[Any],
        limit: int,
        worker: str,
        lease: timedelta,
        *,
        task: str | None = None,
        organization_id: UUID | None = None,
        due: Literal["now", "all"] = "now",
        after: int = 0,
    ) -> list[Claim]:
        """Lease up to `limit` rows to `worker`, most urgent first; each counts one attempt.

        `task` (job_queue) and `organization_id` (the inventory's queue) narrow the choice. With
        `due="all"` rows come in the order of their ids, due or not: pass the greatest id so far as
        `after`, and a run meets every row once at most.
        """
        return self._perform(
            connection,
            _claim_name(task, organization_id, due),
            limit=limit,
            worker=worker,
            lease=lease,
            task=task,
            organization_id=organization_id,
            only_due=due == "now",
            after=after,
        )

    def complete(
        self, connection: psycopg.Connection[Any], claims: Claim | Iterable[Claim]
    ) -> list[Transition]:
        """The work is done: run it in the effect's transaction. Recurring rows get a next slot."""
        return self._perform(connection, "complete", claims)

    def skip(
        self, connection: psycopg.Connection[Any], claims: Claim | Iterable[Claim], reason: str
    ) -> list[Transition]:
        """There is nothing to do for the row, now or later."""
        return self._perform(connection, "skip", claims, reason=reason)

    def fail(
        self,
        connection: psycopg.Connection[Any],
        claims: Claim | Iterable[Claim],
        error: str,
        *,
        retry_after: timedelta | None = None,
        permanent: bool = False,
    ) -> list[Transition]:
        """The attempt failed: pending again after a backoff (or `retry_after`), or dead where it
        was the last one or a repeat cannot help (`permanent`)."""
        return self._perform(
            connection, "fail", claims, error=error, retry_after=retry_after, permanent=permanent
        )

    def snooze(
        self,
        connection: psycopg.Connection[Any],
        claims: Claim | Iterable[Claim],
        delay: timedelta,
        reason: str | None = None,
    ) -> list[Transition]:
        """The other side asked to wait: again after `delay`, and the attempt does not count."""
        return self._perform(connection, "snooze", claims, delay=delay, reason=reason)

    def extend(
        self,
        connection: psycopg.Connection[Any],
        claims: Claim | Iterable[Claim],
        lease: timedelta,
    ) -> list[Transition]:
        """Heartbeat, at a third of the lease: it runs anew from the database's now."""
        return self._perform(connection, "extend", claims, lease=lease)

    def release(
        self, connection: psycopg.Connection[Any], claims: Claim | Iterable[Claim]
    ) -> list[Transition]:
        """Give back what was not begun or not finished (SIGTERM), the attempt refunded.

        Leases that are lost already are passed over: there is nothing to give back.
        """
        return self._perform(connection, "release", claims)

    def sweep(self, connection: psycopg.Connection[Any], limit: int = 1000) -> list[Transition]:
        """Take back up to `limit` leases that ran out: pending again, or dead."""
        return self._perform(connection, "sweep", limit=limit)

    def redrive(
        self,
        connection: psycopg.Connection[Any],
        ids: Iterable[int] | None = None,
        limit: int = 1000,
    ) -> list[Transition]:
        """Dead rows get all their attempts again: the named ones, or up to `limit` of all.

        A dead job whose key is open again, or which has a younger dead twin, is skipped instead.
        """
        wanted = None if ids is None else list(ids)
        return self._perform(connection, "redrive", ids=wanted, limit=limit)

    def prune(
        self, connection: psycopg.Connection[Any], age: timedelta, limit: int = 1000
    ) -> list[Transition]:
        """Delete one batch of finished jobs older than `age`; repeat until a batch is not full.

        Once-ever jobs stay, and so do dead ones. Only job_queue is pruned: other rows recur.
        """
        return self._perform(connection, "prune", age=age, limit=limit)

    def enqueue(self, connection: psycopg.Connection[Any], jobs: Iterable[Job]) -> list[Transition]:
        """Add jobs in the caller's transaction; returns those that are new.

        Duplicates are passed over and leave the transaction usable. A payload that PostgreSQL
        cannot hold (NUL characters, NaN) raises ValueError before the database is asked.
        """
        new = list(jobs)
        return self._perform(
            connection,
            "enqueue",
            tasks=[job.task for job in new],
            keys=[job.idempotency_key for job in new],
            payloads=[_storable(job.payload) for job in new],
            onces=[job.once for job in new],
            priorities=[job.priority for job in new],
            max_attempts=[job.max_attempts for job in new],
            delays=[job.delay for job in new],
        )

    def depths(self, connection: psycopg.Connection[Any]) -> Depths:
        """How full the queue is: the figures behind its metrics."""
        rows: list[Depths] = self._perform(connection, "depths")
        return rows[0]

    def _perform(
        self,
        connection: psycopg.Connection[Any],
        name: str,
        claims: Claim | Iterable[Claim] = (),
        **parameters: Any,
    ) -> list[Any]:
        held = _several(claims)
        with wrapped(), connection.cursor(row_factory=_row_factory(name)) as cursor:
            cursor.execute(statement(self.table, name), _parameters(held, parameters))
            rows = cursor.fetchall()
        return _checked(name, held, rows)


def _claim_name(task: str | None, organization_id: UUID | None, due: str) -> str:
    if task is not None and (organization_id is not None or due == "all"):
        raise ValueError("a claim by task takes what is due, of every organization")
    if task is not None:
        return "claim_task"
    if organization_id is not None:
        return "claim_organization"
    return "claim" if due == "now" else "claim_all"


def _several(claims: Claim | Iterable[Claim]) -> list[Claim]:
    # In the order of the ids, so that two transactions lock common rows in one order.
    if isinstance(claims, Claim):
        return [claims]
    return sorted(set(claims), key=lambda claim: claim.id)


def _parameters(held: Sequence[Claim], given: Mapping[str, Any]) -> dict[str, Any]:
    parameters: dict[str, Any] = dict(_DEFAULTS)
    for name, value in given.items():
        parameters[name] = _text(value) if isinstance(value, str) else value
    if "ids" not in parameters:
        parameters["ids"] = [claim.id for claim in held]
        parameters["tokens"] = [claim.token for claim in held]
    return parameters


def _checked(name: str, held: Sequence[Claim], rows: list[Any]) -> list[Any]:
    if name in _FENCED and len(rows) < len(held):
        kept = {row.id for row in rows}
        raise LeaseLost([claim for claim in held if claim.id not in kept])
    return rows


def _row_factory(name: str) -> BaseRowFactory[Any]:
    if name in _CANDIDATES:
        return kwargs_row(Claim.of)
    return args_row(Depths if name == "depths" else Transition)


def _text(value: str) -> str:
    """What PostgreSQL's text can hold: error messages quote pages, and pages hold anything."""
    cut = value.replace("\0", "\N{REPLACEMENT CHARACTER}")[:_LONGEST_TEXT]
    return cut.encode("utf-8", "replace").decode()


def _storable(payload: Mapping[str, Any]) -> Jsonb:
    text = canonical_json(payload)
    if _NUL.search(text):
        raise ValueError("the payload has a NUL character, which PostgreSQL's jsonb cannot hold")
    text.encode()  # A lone surrogate raises UnicodeEncodeError, a ValueError.
    return Jsonb(payload, dumps=lambda _: text)
