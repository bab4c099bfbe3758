"""One batch of the drain: one transaction that locks, reads, folds, writes and marks.

The order is what makes any number of normalizers safe beside each other (docs/data-model.md):

1. the cluster lock, shared; alone when profiles or runs over profiles are in the batch, for these
   may join and part organizations. Who holds it alone holds every dealer;
2. the dealers' locks: those of the batch, and of everybody who saw a listing on one of their
   pages. Dealers that another process holds are left to it; nobody waits while holding one,
   except in the order of the ids;
3. only then what the rules read. Handles are resolved under the cluster lock, so they cannot move.

Every touched organization is folded from all its observations, so it does not matter which of
them happened to be in the batch.
"""

import logging
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from uuid import UUID

import psycopg
from psycopg import Connection

from contract.handles import organization_handle
from normalizer import load
from normalizer.evidence import Evidence, Organization
from normalizer.fold import fold_organization
from normalizer.load import SQL, Rows
from normalizer.roster import Roster
from normalizer.rows import CanonicalRows
from normalizer.rulebook import rulebook
from normalizer.schedule import reschedule
from normalizer.sharing import Sharing, components, not_ours
from normalizer.write import ALIASES, Changes, replace, write

__all__ = ["Batch", "Failure", "LockSetGrew", "Result"]

log = logging.getLogger("normalizer")

Lost = Mapping[UUID, frozenset[str]]
"""Organization → the listings it showed that belong to another."""


class LockSetGrew(Exception):
    """Somebody else turned out to be concerned while we waited for a lock: begin again."""


@dataclass(frozen=True)
class Failure:
    """A fold that raised: its dealers stay pending, and the log has the traceback."""

    organizations: tuple[UUID, ...]
    handles: tuple[UUID, ...]
    error: str


@dataclass
class Result:
    """What one committed batch did. ``busy`` are the handles that it left to another process."""

    observations: int = 0
    parked: int = 0
    skipped: int = 0
    organizations: int = 0
    changes: Changes = field(default_factory=Changes)
    busy: set[UUID] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)
    unaddressed_failed: bool = False


class Batch:
    """The work for one transaction: the observations stamped with ``handles``.

    ``profiles`` says that profiles (or runs over them) may be among them; ``unaddressed`` takes
    up to that many observations in that name no organization; ``patient`` waits for dealers that
    somebody else holds instead of leaving them out.
    """

    def __init__(
        self,
        connection: Connection,
        handles: Iterable[UUID],
        *,
        profiles: bool = False,
        unaddressed: int = 0,
        patient: bool = False,
    ) -> None:
        self.connection = connection
        self.handles = set(handles)
        self.alone = profiles or bool(unaddressed)
        self.unaddressed = unaddressed
        self.patient = patient
        self.result = Result()
        self._marks: dict[str, dict[int, str | None]] = defaultdict(dict)

    def run(self) -> Result:
        """Do it all and commit.

        Raises LockSetGrew for a new try, and the driver's errors; then nothing has happened.
        """
        with self.connection.transaction():
            whole_runs = self._read_whole_runs() if self.alone else Rows()
            roster = self._roster()
            sharing = self._lock(roster)
            if not self.alone and self._drop_drained():
                sharing = Sharing.find(self.connection, roster, roster.touched(self.handles))
            everybody = sharing.organizations | sharing.neighbours
            if sharing.neighbours:
                lost = not_ours(
                    self.connection, roster, Sharing.find(self.connection, roster, everybody)
                )
            else:
                lost = not_ours(self.connection, roster, sharing)
            links = [*sharing.shared.values(), *roster.moves()]
            for component in components(everybody, links):
                self._drain(component, roster, lost)
            self._skip_unknown(roster)
            if whole_runs.completed and self.result.failures:
                # They came into force for some of their pages only.
                self._marks["pending"].update(dict.fromkeys(whole_runs.completed))
                self.result.observations -= len(whole_runs.completed)
                self.result.unaddressed_failed = True
            self._write_marks()
        return self.result

    def _read_whole_runs(self) -> Rows:
        """Bring the manifests of whole runs into force, first of all: the folds read them."""
        self.connection.execute(SQL["own_the_clusters"])
        self._drop_drained()
        rows, pages = load.unaddressed(self.connection, self.unaddressed)
        self.handles.update(organization_handle(source, url) for source, url in pages)
        self._mark(rows)
        self._write_marks()
        self._marks.clear()
        return rows

    def _roster(self) -> Roster:
        if self.alone:
            return Roster.recluster(self.connection, self.handles)
        self.connection.execute(SQL["share_the_clusters"])
        return Roster.standing(self.connection, self.handles)

    def _lock(self, roster: Roster) -> Sharing:
        """Lock every dealer that is concerned, and drop those from the batch that are not free."""
        if self.alone:
            return Sharing.find(self.connection, roster, roster.touched(self.handles))
        unknown = self.handles - roster.before.keys()
        concerned = roster.touched(self.handles) | unknown
        if self.patient:
            sharing = Sharing.find(self.connection, roster, concerned - unknown)
            everybody = concerned | sharing.neighbours
            self.connection.execute(SQL["wait_for_dealers"], {"ids": sorted(everybody)})
            again = Sharing.find(self.connection, roster, concerned - unknown)
            if not again.neighbours <= everybody:
                raise LockSetGrew
            return again
        held: set[UUID] = set()
        while True:
            held |= self._try(concerned - held)
            concerned &= held
            sharing = Sharing.find(self.connection, roster, concerned - unknown)
            missing = sharing.neighbours - held
            if not missing:
                break
            held |= self._try(missing)
            # Whoever shares a page with a dealer of somebody else's waits for that one.
            concerned -= sharing.beside(missing - held)
        free = {handle for handle in self.handles if roster.before.get(handle, handle) in concerned}
        self.result.busy = self.handles - free
        self.handles = free
        return sharing

    def _drop_drained(self) -> bool:
        """Leave out what another process has drained since the plan was made."""
        cursor = self.connection.execute(SQL["still_pending"], {"handles": list(self.handles)})
        pending = {handle for (handle,) in cursor}
        drained = self.handles - pending
        self.handles = pending
        return bool(drained)

    def _try(self, dealers: Iterable[UUID]) -> set[UUID]:
        cursor = self.connection.execute(SQL["try_dealers"], {"ids": sorted(dealers)})
        return {dealer for (dealer,) in cursor}

    def _skip_unknown(self, roster: Roster) -> None:
        """Observations of organizations that nobody has introduced yet stay without force."""
        unknown = sorted(self.handles - roster.after.keys())
        if unknown:
            self._mark(load.read(self.connection, "observations", known=False, handles=unknown))

    def _drain(self, component: frozenset[UUID], roster: Roster, lost: Lost) -> None:
        """Fold the organizations of one component and write what changed. ``component`` holds
        ids from before and after the clustering: some may have vanished, some be new."""
        handles = roster.handles(component)
        standing = [
            roster.organizations[id] for id in sorted(component & roster.organizations.keys())
        ]
        checks = load.page_checks(self.connection, roster.pages(handles))
        marks: list[Rows] = []
        try:
            wanted = []
            for organization in standing:
                rows = load.read(
                    self.connection,
                    "observations",
                    clustered=self.handles if self.alone else frozenset(),
                    handles=[node.handle for node in organization.members],
                )
                marks.append(rows)
                wanted.append(self._fold(organization, rows.evidence, checks, lost))
            changes = write(self.connection, component, wanted)
        except psycopg.Error:
            raise
        except Exception as error:
            ids = tuple(sorted(component))
            log.exception("folding %s failed; it stays pending", ", ".join(map(str, ids)))
            self.result.failures.append(Failure(ids, tuple(handles), repr(error)))
            return
        changes.add(replace(self.connection, ALIASES, handles, roster.aliases(handles)))
        reschedule(self.connection, component, wanted, roster)
        for rows in marks:
            self._mark(rows)
        self.result.changes.add(changes)
        self.result.organizations += len(standing)

    def _fold(
        self,
        organization: Organization,
        evidence: Sequence[Evidence],
        checks: Mapping[UUID, Sequence[Evidence]],
        lost: Lost,
    ) -> CanonicalRows:
        checked = [item for node in organization.members for item in checks.get(node.handle, ())]
        return fold_organization(
            organization,
            [*evidence, *checked],
            not_ours=lost.get(organization.id, frozenset()),
            policy=rulebook(),
        )

    def _mark(self, rows: Rows) -> None:
        self._marks["completed"].update(dict.fromkeys(rows.completed))
        self._marks["skipped"].update(rows.skipped)
        self._marks["dead"].update(rows.parked)
        self.result.observations += len(rows.completed)
        self.result.skipped += len(rows.skipped)
        self.result.parked += len(rows.parked)

    def _write_marks(self) -> None:
        for status, rows in self._marks.items():
            if rows:
                self.connection.execute(
                    SQL["mark"],
                    {"status": status, "ids": list(rows), "reasons": list(rows.values())},
                )
