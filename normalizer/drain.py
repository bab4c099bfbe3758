"""The drain: batch after batch until nothing is pending, beside any number of other drains.

A batch is whole organizations, those that wait the longest first, until it holds ``batch_size``
pending observations. A lost connection, a deadlock or a timeout is tried again and parks nothing.
A fold that fails leaves its dealer pending and stops nobody else.
"""

import gc
import logging
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from psycopg import Connection, IsolationLevel

from normalizer import batch
from normalizer.batch import Batch, Failure, LockSetGrew, Result
from normalizer.load import SQL
from normalizer.schedule import retire
from store.errors import (
    ConcurrentUpdate,
    NotPermitted,
    StorageFull,
    StoreError,
    StoreUnavailable,
    TimedOut,
    wrapped,
)

__all__ = ["Drain", "Outcome"]

log = logging.getLogger("normalizer")

T = TypeVar("T")

# Somebody else is in the way, and stays there: leave it for later, park nothing.
_CROWDED = (ConcurrentUpdate, TimedOut, LockSetGrew)

# Together about 40 seconds: a restart of the server is survived, its absence is reported.
_ATTEMPTS = 10
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 10.0  # seconds

# An organization is folded from all its observations: a day on which each has but one to drain is
# work for many batches, and for several processes.
_MOST_DEALERS = 10

# So many new objects that live on between two looks of the garbage collector.
_ALLOCATIONS = 100_000

# How long to queue for somebody else's lock before looking around again.
_LOCK_WAIT = 5_000  # milliseconds


@dataclass
class Outcome:
    """What a whole run did. ``held`` are handles that another process kept for too long."""

    observations: int = 0
    parked: int = 0
    skipped: int = 0
    organizations: int = 0
    changed_rows: int = 0
    batches: int = 0
    failures: list[Failure] = field(default_factory=list)
    held: set[UUID] = field(default_factory=set)

    @property
    def drained(self) -> int:
        """How many rows moved along."""
        return self.observations + self.parked + self.skipped

    def add(self, result: Result) -> None:
        """Count a batch in."""
        self.observations += result.observations
        self.parked += result.parked
        self.skipped += result.skipped
        self.organizations += result.organizations
        self.changed_rows += result.changes.total
        self.failures += result.failures
        self.batches += 1


@dataclass(frozen=True, slots=True)
class _Group:
    """The pending observations of one handle (None: those that name no organization)."""

    handle: UUID | None
    rows: int
    profiles: bool


class Drain:
    """Drains ``import_queue`` into the canonical tables.

    ``connect`` opens a connection in autocommit mode as the normalizer; it is called again when
    one is lost. ``limit`` ends the run after about that many observations (organizations are
    always drained whole); ``again`` folds every organization once more, drained or not, as a
    changed policy needs it; ``patience`` is how many seconds without any progress it waits for
    dealers that another process holds; ``progress`` hears about every batch: how many rows it
    drained, and how many may still be pending.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        *,
        batch_size: int = 500,
        limit: int | None = None,
        again: bool = False,
        patience: float = 600,
        progress: Callable[[int, int], None] | None = None,
    ) -> None:
        self.connect = connect
        self.batch_size = batch_size
        self.limit = limit
        self.again = again
        self.patience = patience
        self.progress = progress or (lambda drained, left: None)
        self.outcome = Outcome()
        self._connection: Connection | None = None
        self._left_out: set[UUID | None] = set()

    def run(self) -> Outcome:
        """Drain until nothing pending is left but what failed or is held by somebody else.

        Raises StoreError when the database stays away or refuses.
        """
        self._open()
        with _rare_collections():
            return self._run()

    def _run(self) -> Outcome:
        try:
            left, drained, since = None, 0, time.monotonic()
            while (plan := self._plan()) and not self._full():
                # Others make progress, too; profiles bring what their organizations wait with.
                waiting = (sum(group.profiles for group in plan), _rows(plan))
                if left is None or waiting < left or self.outcome.drained > drained:
                    since = time.monotonic()
                    left, drained = waiting, self.outcome.drained
                elif time.monotonic() - since > self.patience:
                    self.outcome.held = {group.handle for group in plan if group.handle}
                    break
                self._pass(plan)
                self.again = False
            self._try(retire)
            return self.outcome
        finally:
            if self._connection is not None:
                self._connection.close()

    def _plan(self) -> deque[_Group]:
        """What is pending by handle, profiles first: they introduce the others."""
        query = SQL["plan_again" if self.again else "plan"]
        many = {"many": batch.MANY}
        rows = self._try(lambda connection: connection.execute(query, many).fetchall())
        groups = [_Group(*row) for row in rows if row[0] not in self._left_out]
        groups.sort(key=lambda group: (group.handle is not None, not group.profiles))
        return deque(groups)

    def _pass(self, plan: deque[_Group]) -> None:
        """Go through a plan once: first what is free, then what another process was working on."""
        busy: deque[_Group] = deque()
        while plan and not self._full():
            groups = self._take(plan)
            result = self._drain(groups, left=_rows(plan) + _rows(busy))
            busy += [group for group in groups if group.handle in result.busy]
        while busy and not self._full():
            group = busy.popleft()
            if self._drain([group], left=_rows(busy), patient=True).busy:
                break

    def _take(self, plan: deque[_Group]) -> list[_Group]:
        """The next groups that make up a batch: of one sort, and whole."""
        groups = [plan.popleft()]
        rows = groups[0].rows
        while (
            plan
            and rows + plan[0].rows <= self.batch_size
            and groups[0].handle is not None
            and (groups[0].profiles or len(groups) < _MOST_DEALERS)
            and plan[0].profiles == groups[0].profiles
        ):
            groups.append(plan.popleft())
            rows += groups[-1].rows
        return groups

    def _drain(self, groups: list[_Group], *, left: int, patient: bool = False) -> Result:
        handles = [group.handle for group in groups if group.handle]

        def drain(connection: Connection, careful: bool = False) -> Result:
            return Batch(
                connection,
                handles,
                profiles=any(group.profiles for group in groups),
                unaddressed=0 if groups[0].handle else self.batch_size,
                patient=patient,
                careful=careful,
                again=self.again,
            ).run()

        try:
            try:
                result = self._try(drain)
            except StoreError as error:
                if isinstance(error, (NotPermitted, StoreUnavailable, *_CROWDED)):
                    raise
                # What the rules want to write breaks the schema: find out whose it is.
                log.warning("a batch was rolled back and is done again dealer by dealer: %s", error)
                result = self._try(lambda connection: drain(connection, careful=True))
        except _CROWDED as error:
            log.info("%s left for later: %s", _named(groups), error)
            return Result(busy={group.handle for group in groups})
        if result.failures:
            self._left_out.update(h for failure in result.failures for h in failure.handles)
            if not handles:
                self._left_out.add(None)
        drained = result.observations + result.parked + result.skipped
        if patient and not (drained or result.organizations or result.failures):
            self.progress(0, left)
            return result  # Whoever held the dealer has drained it.
        self.outcome.add(result)
        log.info(
            "batch %d: %d observations, %d parked, %d skipped, %d organizations, %d rows changed%s",
            self.outcome.batches,
            result.observations,
            result.parked,
            result.skipped,
            result.organizations,
            result.changes.total,
            f", {len(result.busy)} left to another process" if result.busy else "",
        )
        self.progress(drained, left)
        return result

    def _full(self) -> bool:
        return self.limit is not None and self.outcome.drained >= self.limit

    def _open(self) -> Connection:
        """The connection; a new one where it was lost."""
        if self._connection is None or self._connection.closed:
            self._connection = self.connect()
            # Every statement has to see what the last holder of a lock has committed, whatever the
            # server's default is.
            self._connection.isolation_level = IsolationLevel.READ_COMMITTED
            self._connection.execute(SQL["wait_for_locks"], {"milliseconds": _LOCK_WAIT})
        return self._connection

    def _try(self, work: Callable[[Connection], T]) -> T:
        """Do some work; after a lost connection, a deadlock or the like again, a little later.

        No random jitter: whoever lost a deadlock finds the other one already ahead.
        """
        pause = _FIRST_PAUSE
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                with wrapped():
                    return work(self._open())
            except (ConcurrentUpdate, StoreUnavailable, LockSetGrew) as error:
                if attempt == _ATTEMPTS or isinstance(error, StorageFull):
                    raise
                log.warning("trying again in %.1f s: %s", pause, error)
            time.sleep(pause)
            pause = min(2 * pause, _LONGEST_PAUSE)
        raise AssertionError("the last attempt returns or raises")


@contextmanager
def _rare_collections() -> Iterator[None]:
    """Let the garbage collector look at new objects more rarely.

    A fold makes many objects and hardly a cycle; at the usual pace the collector takes a third of
    its time. What was imported is not looked at again.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(_ALLOCATIONS, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def _named(groups: list[_Group]) -> str:
    """The first of the groups by name, and how many more there are."""
    first = str(groups[0].handle or "what names no organization")
    return first if len(groups) == 1 else f"{first} and {len(groups) - 1} more"


def _rows(groups: Iterable[_Group]) -> int:
    return sum(group.rows for group in groups)
