"""One batch of the drain: one transaction that locks, reads, folds, writes and marks.

The order is what makes any number of normalizers safe beside each other (docs/draining.md):

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
from contract.payloads import Listing, ListingDetail
from normalizer import load
from normalizer.evidence import Evidence, Organization
from normalizer.fold import fold_organization
from normalizer.jobs import ask_for_points
from normalizer.load import SQL, Rows
from normalizer.repeats import drain_repeats
from normalizer.roster import Roster
from normalizer.rows import CanonicalRows
from normalizer.rulebook import rulebook
from normalizer.rulings_redaction import Redaction
from normalizer.schedule import reschedule
from normalizer.sharing import Sharing, components, not_ours
from normalizer.write import ALIASES, Changes, demand_distinct_keys, replace, write

__all__ = ["Batch", "Failure", "LockSetGrew", "Result"]

log = logging.getLogger("normalizer")

MANY = 25
"""So many pending observations of a new organization are not folded together with its profile."""

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
    busy: set[UUID | None] = field(default_factory=set)
    failures: list[Failure] = field(default_factory=list)


@dataclass(frozen=True)
class _Folded:
    """One component, folded: its organizations, their handles, one set of rows for each that
    stands, and what comes into force with them."""

    component: frozenset[UUID]
    handles: Sequence[UUID]
    wanted: list[CanonicalRows]
    read: list[Rows]


class Batch:
    """The work for one transaction: the observations stamped with ``handles``.

    ``profiles`` says that profiles (or runs over them) may be among them; ``unaddressed`` takes
    up to that many observations in that name no organization; ``patient`` waits for dealers that
    somebody else holds instead of leaving them out; ``careful`` gives every component a savepoint,
    so that rows which break the schema fail their own dealer and nobody else; ``again`` folds
    what is drained already, too.
    """

    def __init__(
        self,
        connection: Connection,
        handles: Iterable[UUID],
        *,
        profiles: bool = False,
        unaddressed: int = 0,
        patient: bool = False,
        careful: bool = False,
        again: bool = False,
    ) -> None:
        self.connection = connection
        self.handles = set(handles)
        self.alone = profiles or bool(unaddressed)
        self.unaddressed = unaddressed
        self.patient = patient
        self.careful = careful
        self.again = again
        self.result = Result()
        self._marks: dict[str, dict[int, str | None]] = defaultdict(dict)
        self._folded: list[_Folded] = []

    def run(self) -> Result:
        """Do it all and commit.

        Raises LockSetGrew for a new try, and the driver's errors; then nothing has happened.
        """
        with self.connection.transaction():
            whole_runs = self._read_whole_runs() if self.alone else Rows()
            redaction = Redaction(self.connection)
            if self.alone:
                self._redact(redaction, self.handles)
            roster = self._roster()
            sharing = self._lock(roster)
            self._redact(redaction, self.handles.union(roster.handles(sharing.everybody)))
            redaction.remember(sharing.everybody)
            everything = (
                Sharing.find(self.connection, roster, sharing.everybody)
                if sharing.neighbours
                else sharing
            )
            lost = not_ours(self.connection, roster, everything)
            links = [*sharing.shared.values(), *roster.moves()]
            for component in components(sharing.everybody, links):
                self._drain(component, roster, sharing, lost)
            self.result.changes.add(self._write(self._folded, roster))
            self._skip_unknown(roster)
            redaction.clean_up()
            if whole_runs.completed and self.result.failures:
                # They came into force for some of their pages only.
                self._marks["pending"].update(dict.fromkeys(whole_runs.completed))
                self.result.observations -= len(whole_runs.completed)
            self._write_marks()
        return self.result

    def _read_whole_runs(self) -> Rows:
        """Bring the manifests of whole runs into force, first of all: the folds read them."""
        self.connection.execute(SQL["own_the_clusters"])
        # Whose profiles somebody else has drained needs nobody to be alone for what is left.
        self._drop_drained("profiles_pending")
        rows, pages = load.unaddressed(self.connection, self.unaddressed)
        self.handles.update(organization_handle(source, url) for source, url in pages)
        self._mark(rows)
        self._write_marks()
        self._marks.clear()
        return rows

    def _redact(self, redaction: Redaction, handles: Iterable[UUID]) -> None:
        """Take away what rulings redact, before anybody reads it."""
        redaction.execute(handles)

    def _roster(self) -> Roster:
        if self.alone:
            return Roster.recluster(self.connection, self.handles)
        self.connection.execute(SQL["share_the_clusters"])
        return Roster.standing(self.connection, self.handles)

    def _lock(self, roster: Roster) -> Sharing:
        """Lock every dealer that is concerned, and drop those from the batch that are not free."""
        if self.alone:
            return self._around(roster, self.handles)
        if not self.patient:
            return self._try_lock(roster)
        # Whoever held it when the others were drained has done the work in most cases.
        self._drop_drained()
        unknown = self.handles - roster.before.keys()
        locked = self._around(roster, self.handles).everybody | unknown
        self.connection.execute(SQL["wait_for_dealers"], {"ids": sorted(locked)})
        self._drop_drained()
        self._drain_repeats(roster)
        sharing = self._around(roster, self.handles)
        if not sharing.everybody <= locked:
            raise LockSetGrew("the batch concerns more dealers than it has locked")
        return sharing

    def _try_lock(self, roster: Roster) -> Sharing:
        """Lock whoever is free; leave out of the batch whoever is linked to somebody who is not."""
        unknown = self.handles - roster.before.keys()
        # The batch's own dealers first: looking around for nothing would cost as much as a fold.
        held = self._try(roster.touched(self.handles) | unknown)
        free = {handle for handle in self.handles if roster.after.get(handle, handle) in held}
        self.result.busy.update(self.handles - free)
        self.handles = free
        self._drop_drained()
        self._drain_repeats(roster)
        free = set(self.handles)
        while True:
            sharing = self._around(roster, free - unknown)
            held |= self._try(sharing.everybody - held)
            missing = sharing.everybody - held
            if not missing:
                break
            for component in components(sharing.everybody, sharing.shared.values()):
                if not component.isdisjoint(missing):
                    free -= set(roster.handles(component))
        self.result.busy.update(self.handles - free)
        self.handles = free
        return sharing

    def _around(self, roster: Roster, handles: set[UUID]) -> Sharing:
        return Sharing.around(self.connection, roster, roster.touched(handles))

    def _drop_drained(self, query: str = "still_pending") -> None:
        """Leave out what another process has drained since the plan was made."""
        if self.again:
            return
        cursor = self.connection.execute(SQL[query], {"handles": list(self.handles)})
        self.handles = {handle for (handle,) in cursor}

    def _drain_repeats(self, roster: Roster) -> None:
        """Drain walks that only repeat the last ones; what is left needs a fold."""
        if self.again:
            return
        repeats = drain_repeats(self.connection, roster.touched(self.handles))
        self._mark(Rows(completed=repeats.rows))
        # Now, so that nobody who looks for what is pending finds them again.
        self._write_marks()
        self._marks.clear()
        self.result.changes.add(repeats.changes)
        self.result.organizations += len(repeats.organizations)
        self.handles = {
            handle
            for handle in self.handles
            if roster.after.get(handle) not in repeats.organizations
        }

    def _try(self, dealers: Iterable[UUID]) -> set[UUID]:
        cursor = self.connection.execute(SQL["try_dealers"], {"ids": sorted(dealers)})
        return {dealer for (dealer,) in cursor}

    def _skip_unknown(self, roster: Roster) -> None:
        """Observations of organizations that nobody has introduced yet stay without force."""
        unknown = sorted(self.handles - roster.after.keys())
        if unknown:
            self._mark(
                load.read(
                    self.connection,
                    "observations",
                    known=False,
                    clustered=roster.clustered,
                    handles=unknown,
                )
            )

    def _drain(
        self, component: frozenset[UUID], roster: Roster, sharing: Sharing, lost: Lost
    ) -> None:
        """Fold the organizations of one component, for the whole batch to be written together: a
        statement for few rows costs as much as one for many. ``component`` holds ids from before
        and after the clustering: some may have vanished, some be new."""
        try:
            if self.careful:
                with self.connection.transaction():
                    folded = self._refold(component, roster, sharing, lost)
                    changes = self._write([folded], roster)
                    # Now and not at the commit, where nobody could tell whose row it was.
                    self.connection.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    self.connection.execute("SET CONSTRAINTS ALL DEFERRED")
            else:
                folded, changes = self._refold(component, roster, sharing, lost), Changes()
                self._folded.append(folded)
        except Exception as error:
            # Nothing was written yet when the rules themselves fail; what the database refused has
            # to be rolled back, and its transient errors are none of the dealer's.
            if isinstance(error, (LockSetGrew, psycopg.OperationalError)) or (
                isinstance(error, psycopg.Error) and not self.careful
            ):
                raise
            ids = tuple(sorted(component))
            log.exception("folding %s failed; it stays pending", ", ".join(map(str, ids)))
            handles = tuple(roster.handles(component))
            self.result.failures.append(Failure(ids, handles, f"{type(error).__name__}: {error}"))
        else:
            self.result.organizations += len(folded.wanted)
            self.result.changes.add(changes)
            for rows in folded.read:
                self._mark(rows)

    def _refold(
        self, component: frozenset[UUID], roster: Roster, sharing: Sharing, lost: Lost
    ) -> _Folded:
        """Fold one component.

        Neighbours are folded for the sake of others: what came in for them meanwhile stays pending,
        since nobody looked whom it concerns. Raises LockSetGrew where that happened to others.
        """
        handles = roster.handles(component)
        standing = [
            roster.organizations[one] for one in sorted(component & roster.organizations.keys())
        ]
        checks = load.page_checks(self.connection, roster.pages(handles))
        introduced = self._introduced(standing, roster)
        read: list[Rows] = []
        wanted: list[CanonicalRows] = []
        for organization in standing:
            rows = load.read(
                self.connection,
                "profiles" if organization.id in introduced else "observations",
                clustered=roster.clustered,
                handles=[node.handle for node in organization.members],
            )
            if organization.id in sharing.organizations:
                if any(
                    isinstance(item.payload, (Listing, ListingDetail))
                    and not sharing.knows(item.url, item.organization_id)
                    for item in rows.evidence
                ):
                    raise LockSetGrew("the batch concerns more dealers than it has locked")
                read.append(rows)
            wanted.append(self._fold(organization, rows.evidence, checks, lost))
        demand_distinct_keys(wanted)
        return _Folded(component, handles, wanted, read)

    def _write(self, folded: Sequence[_Folded], roster: Roster) -> Changes:
        """Write what was folded, with all that follows from it."""
        if not folded:
            return Changes()
        organizations = frozenset[UUID]().union(*(each.component for each in folded))
        handles = [handle for each in folded for handle in each.handles]
        wanted = [rows for each in folded for rows in each.wanted]
        changes = write(self.connection, organizations, wanted)
        changes.add(replace(self.connection, ALIASES, handles, roster.aliases(handles)))
        self._reschedule(organizations, wanted, roster)
        if not self.again:
            self._ask(wanted)
        return changes

    def _introduced(self, organizations: Iterable[Organization], roster: Roster) -> set[UUID]:
        """The new organizations that profiles alone introduce for now.

        What else is pending for them is folded later, under the shared lock, where several
        processes work beside each other: as if it had come in after its profile.
        """
        if not self.alone or self.again:
            return set()
        new = {
            node.handle: organization.id
            for organization in organizations
            if all(node.handle not in roster.before for node in organization.members)
            for node in organization.members
        }
        cursor = self.connection.execute(SQL["more_pending"], {"handles": list(new), "many": MANY})
        return {new[handle] for (handle,) in cursor}

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

    def _reschedule(
        self, component: Iterable[UUID], wanted: Sequence[CanonicalRows], roster: Roster
    ) -> None:
        reschedule(self.connection, component, wanted, roster)

    def _ask(self, wanted: Sequence[CanonicalRows]) -> None:
        ask_for_points(self.connection, wanted)

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
