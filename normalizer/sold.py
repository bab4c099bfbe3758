"""Sold tracking: a fold over one organization's walks in the order (observed_at, scope, key).

Everything of one instant is weighed together: first what was seen, which counts even in a walk
that proves no absence; then each walk is judged; then what its absence proves.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from normalizer.rulebook import SoldPolicy
from normalizer.track import ListingRecord, Track
from normalizer.visits import Visit
from normalizer.walks import Scope, Sighted, Walk, doubt

__all__ = ["Ledger", "Loose", "Tracking", "track"]


@dataclass(frozen=True, slots=True)
class Loose:
    """A sighting that no manifest vouches for."""

    observed_at: datetime
    key: str
    sighted: Sighted


@dataclass(frozen=True, slots=True)
class Tracking:
    """What became of each vehicle, by its number; and why each walk, by its key, is in
    quarantine (None: it is good)."""

    tracks: dict[int, Track]
    verdicts: dict[str, str | None]


def track(
    walks: Iterable[Walk],
    loose: Iterable[Loose],
    policy: SoldPolicy,
    visits: Iterable[Visit] = (),
) -> Tracking:
    """Fold all walks, the sightings beside them and the visits to vehicle pages, in whatever order
    they are given."""
    ledger = Ledger(policy)
    walks_at: defaultdict[datetime, list[Walk]] = defaultdict(list)
    loose_at: defaultdict[datetime, list[Loose]] = defaultdict(list)
    for walk in sorted(walks, key=lambda walk: walk.order):
        walks_at[walk.observed_at].append(walk)
    for item in sorted(loose, key=lambda item: (item.observed_at, item.key)):
        loose_at[item.observed_at].append(item)
    visits_at: defaultdict[datetime, list[Visit]] = defaultdict(list)
    for visit in sorted(visits, key=lambda visit: visit.order):
        visits_at[visit.observed_at].append(visit)
    for moment in sorted(walks_at.keys() | loose_at.keys() | visits_at.keys()):
        ledger.advance(
            moment,
            walks_at.get(moment, []),
            loose_at.get(moment, []),
            visits_at.get(moment, []),
        )
    return Tracking(ledger.tracks, ledger.verdicts)


@dataclass(frozen=True, slots=True)
class _Absent:
    """The vehicles that the walks of one instant lack, with the walk's key: those whose page is
    alive, those proven to be absent, and those that left a grid while their page is not gone."""

    alive: dict[int, str]
    missed: dict[int, str]
    unlisted: dict[int, str]


class Ledger:
    """The state of the fold, which advances instant by instant in the order of time."""

    def __init__(self, policy: SoldPolicy) -> None:
        self.policy = policy
        self.tracks: dict[int, Track] = {}
        self.verdicts: dict[str, str | None] = {}
        self.members: defaultdict[Scope, set[int]] = defaultdict(set)
        # Where each listing ever stood; but for those of cars that are gone for good as it seems.
        self.places: defaultdict[Scope, set[tuple[int, str]]] = defaultdict(set)
        self.closed: defaultdict[int, set[Scope]] = defaultdict(set)
        # On offer, though no grid of what is on offer ever showed them.
        self.gridless: set[int] = set()
        # Accepted as empty by the operator, and still so.
        self.emptied: set[Scope] = set()
        self.last_good: dict[Scope, int] = {}
        self.last_walked: dict[Scope, datetime] = {}
        self.feeds: set[Scope] = set()

    def advance(
        self, at: datetime, walks: list[Walk], loose: list[Loose], visits: Sequence[Visit] = ()
    ) -> None:
        """Take in everything of one instant."""
        self._reopen(visit.vehicle for visit in visits)
        decided = self._see(at, walks, loose, visits)
        for walk in walks:
            self.verdicts[walk.key] = self._judge(walk)
        absent = _Absent({}, {}, {})
        for walk in walks:
            self._compare(walk, absent)
            self.last_walked[walk.scope] = at
            if walk.grid == "feed":
                self.feeds.add(walk.scope)
        self._visit(at, visits, decided, absent)
        for vehicle, key in absent.alive.items():
            if vehicle not in decided:
                self.tracks[vehicle].alive(at, key)
        for vehicle, key in absent.missed.items():
            if vehicle in decided or self._holds(vehicle, at):
                continue
            if self.tracks[vehicle].page_answered:
                # Visits keep its misses from adding up: then its days off the grid do.
                absent.unlisted.setdefault(vehicle, key)
            if vehicle not in absent.alive:
                self.tracks[vehicle].miss(at, key)
        for vehicle, key in absent.unlisted.items():
            if vehicle not in decided:
                self.tracks[vehicle].leave_grid(at, key, alive=vehicle in absent.alive)
        shown = decided | absent.alive.keys()
        self._reopen(shown)
        for vehicle in shown:
            if self.tracks[vehicle].is_offered and not self.tracks[vehicle].stands:
                self.gridless.add(vehicle)

    def _visit(
        self, at: datetime, visits: Sequence[Visit], decided: set[int], absent: _Absent
    ) -> None:
        """What the vehicle pages that answered, and those that are gone, tell of cars about which
        nothing stronger is known at this instant."""
        for visit in visits:
            if visit.hearsay or visit.vehicle in decided:
                continue
            if visit.is_gone:
                if visit.vehicle in self.tracks and not self._is_shown(at, visit):
                    self._take_off(visit.source, visit.vehicle, visit.listing)
                    absent.missed.setdefault(visit.vehicle, visit.key)
                continue
            track = self.tracks[visit.vehicle]
            if visit.status == "sold":
                continue
            track.page_answered, track.settled = True, None
            absent.alive.setdefault(visit.vehicle, visit.key)
            if visit.status in ("in_stock", "pending"):
                track.page_offer(at, visit.key, visit.status)
            if visit.status == "pending":
                track.page_pending(at, visit.key)

    def _is_shown(self, at: datetime, visit: Visit) -> bool:
        """Whether the newest walk of a grid still shows the listing, whatever its page answers."""
        track = self.tracks[visit.vehicle]
        return any(
            stands
            and scope[0] == visit.source
            and listing == visit.listing
            and track.shown_at[scope, listing] >= self.last_walked.get(scope, at)
            and at - track.shown_at[scope, listing] <= self.policy.idle
            for (scope, listing), stands in track.stands.items()
        )

    def _see(
        self, at: datetime, walks: list[Walk], loose: list[Loose], visits: Sequence[Visit]
    ) -> set[int]:
        seen: defaultdict[int, list[tuple[str, Sighted]]] = defaultdict(list)
        for walk in walks:
            members = self.members[walk.scope]
            for sighted in walk.sightings:
                record = self._record(at, sighted.vehicle, sighted.listing, vouched=True)
                record.on_grid(at, sighted.archived, walk.grid_url)
                if not sighted.hearsay:
                    members.add(sighted.vehicle)
                    self._place(at, walk.scope, sighted)
                    seen[sighted.vehicle].append((walk.key, sighted))
            for (vehicle, listing), probe in walk.probes.items():
                if probe.sold or probe.verdict == "alive":
                    self._record(at, vehicle, listing, vouched=True)
                if probe.sold:
                    mark = Sighted(vehicle, listing, sold=True, archived=False, evidence="mark")
                    seen[vehicle].append((walk.key, mark))
        for item in loose:
            self._record(at, item.sighted.vehicle, item.sighted.listing, vouched=False)
            if not item.sighted.hearsay:
                seen[item.sighted.vehicle].append((item.key, item.sighted))
        for visit in visits:
            if visit.is_gone:
                continue
            record = self._record(at, visit.vehicle, visit.listing, vouched=visit.vouched)
            if visit.hearsay or visit.status is None:
                continue
            record.read_page(at, visit.status)
            self.tracks[visit.vehicle].settled = None
            if visit.status == "sold":
                mark = Sighted(
                    visit.vehicle,
                    visit.listing,
                    sold=True,
                    archived=False,
                    evidence="mark",
                    by_page=True,
                )
                seen[visit.vehicle].append((visit.key, mark))
        return {
            vehicle
            for vehicle, sightings in seen.items()
            if self.tracks[vehicle].observe(at, sightings)
        }

    def _record(self, at: datetime, vehicle: int, listing: str, *, vouched: bool) -> ListingRecord:
        track = self.tracks.get(vehicle)
        if track is None:
            track = self.tracks[vehicle] = Track(self.policy)
        record = track.listings.get(listing)
        if record is None:
            record = track.listings[listing] = ListingRecord(at)
            track.settled = None
        record.see(at, vouched=vouched)
        return record

    def _place(self, at: datetime, scope: Scope, sighted: Sighted) -> None:
        """Put the listing on its grid."""
        track = self.tracks[sighted.vehicle]
        place = (scope, sighted.listing)
        if sighted.archived:
            if place not in track.archive:
                track.archive.add(place)
                track.settled = None
            return
        stands = track.stands.get(place)
        if not stands:
            self.gridless.discard(sighted.vehicle)
            if stands is None:
                track.by_scope[scope].append(sighted.listing)
                self.places[scope].add((sighted.vehicle, sighted.listing))
            else:
                track.listings[sighted.listing].come_back(at)
            track.stands[place] = True
            track.settled = None
            self._reopen([sighted.vehicle])
        track.shown_at[place] = at

    def _judge(self, walk: Walk) -> str | None:
        reason = doubt(
            walk,
            last_good=self.last_good.get(walk.scope),
            had_cars=walk.scope not in self.emptied
            and (bool(self.members[walk.scope]) or bool(self.last_good.get(walk.scope))),
            others_are_gone=lambda: self._others_are_gone(walk),
            policy=self.policy,
        )
        if reason is None:
            self.last_good[walk.scope] = walk.seen
        if walk.seen and walk.ruling != "reject":
            self.emptied.discard(walk.scope)
        elif walk.ruling == "accept":
            self.emptied.add(walk.scope)
        return reason

    def _others_are_gone(self, walk: Walk) -> bool:
        """Whether every car still offered that the walk lacks was proven gone by its own page."""
        present = {sighted.vehicle for sighted in walk.sightings}
        for vehicle in self.members[walk.scope] - present:
            track = self.tracks[vehicle]
            if not track.is_offered:
                continue
            is_elsewhere = self._holds(vehicle, walk.observed_at, but=walk.scope)
            for listing in track.by_scope[walk.scope]:
                probe = walk.probes.get((vehicle, listing))
                is_gone = listing in track.gone or (probe and probe.verdict == "gone")
                # One that an earlier walk lacked, too, still counts its misses.
                is_awaited = track.stands[walk.scope, listing] or not is_elsewhere
                if is_awaited and not is_gone:
                    return False
        return True

    def _compare(self, walk: Walk, absent: _Absent) -> None:
        """What the listings that stood in the walk's scope, and that it lacks, tell."""
        is_good = self.verdicts[walk.key] is None
        sighted = {(item.vehicle, item.listing) for item in walk.sightings}
        if walk.grid == "sold" and is_good:
            for vehicle in self.members[walk.scope]:
                self._clear_archive(walk.scope, vehicle, sighted)
        for (vehicle, listing), probe in walk.probes.items():
            if probe.sold or vehicle not in self.tracks:
                continue
            if probe.verdict == "gone":
                self._take_off(walk.scope[0], vehicle, listing)
                absent.missed.setdefault(vehicle, walk.key)
                continue
            if probe.verdict == "alive":
                absent.alive.setdefault(vehicle, walk.key)
            if is_good and not self._holds(vehicle, walk.observed_at, but=walk.scope):
                absent.unlisted.setdefault(vehicle, walk.key)
        # Whoever stands wherever he stood is not absent.
        for vehicle in {vehicle for vehicle, _ in self.places[walk.scope] - sighted}:
            if self._is_absent(walk, vehicle, sighted, is_good=is_good):
                absent.missed.setdefault(vehicle, walk.key)
                if self.tracks[vehicle].is_closed:
                    self._close(walk.scope, vehicle)
        if is_good and walk.grid != "sold" and not all(seen.hearsay for seen in walk.sightings):
            for vehicle in self._left_behind(walk.observed_at):
                absent.unlisted.setdefault(vehicle, walk.key)

    def _close(self, scope: Scope, vehicle: int) -> None:
        """Look for the car no more: it stands nowhere in the scope, and to miss it changes nothing.
        A dealer has sold many more cars than he offers."""
        listings = self.tracks[vehicle].by_scope[scope]
        self.places[scope].difference_update((vehicle, listing) for listing in listings)
        self.closed[vehicle].add(scope)

    def _reopen(self, vehicles: Iterable[int]) -> None:
        for vehicle in self.closed.keys() & set(vehicles):
            for scope in self.closed.pop(vehicle):
                listings = self.tracks[vehicle].by_scope[scope]
                self.places[scope].update((vehicle, listing) for listing in listings)

    def _left_behind(self, at: datetime) -> Iterable[int]:
        """The cars on offer that no walk can miss, so those of other grids do: they stand only on
        grids that nobody walks any more, or never stood on any."""
        self.gridless = {each for each in self.gridless if self.tracks[each].is_offered}
        yield from self.gridless
        for scope, walked in self.last_walked.items():
            if at - walked <= self.policy.idle:
                continue
            for vehicle in self.members[scope]:
                if self.tracks[vehicle].is_offered and not self._holds(vehicle, at):
                    yield vehicle

    def _take_off(self, source: str, vehicle: int, listing: str) -> None:
        """A page that is gone stands on none of its site's grids, also not on one that is no
        longer walked since the dealer moved it."""
        track = self.tracks[vehicle]
        track.settled = None
        track.gone.add(listing)
        for place in track.stands:
            if place[1] == listing and place[0][0] == source:
                track.stands[place] = False

    def _is_absent(
        self, walk: Walk, vehicle: int, sighted: set[tuple[int, str]], *, is_good: bool
    ) -> bool:
        """Whether a walk proves by itself that it lacks a car that stood in its scope."""
        track = self.tracks[vehicle]
        is_held = proves = False
        for listing in track.by_scope.get(walk.scope, ()):
            probe = walk.probes.get((vehicle, listing))
            if (vehicle, listing) in sighted or (probe and probe.verdict != "gone"):
                is_held = True
            elif is_good and walk.grid != "sold":
                proves = True
                if track.stands[walk.scope, listing]:
                    track.stands[walk.scope, listing] = False
                    track.settled = None
            elif track.stands[walk.scope, listing]:
                is_held = True
        return proves and not is_held

    def _clear_archive(self, scope: Scope, vehicle: int, sighted: set[tuple[int, str]]) -> None:
        track = self.tracks[vehicle]
        for place in [place for place in track.archive if place[0] == scope]:
            if (vehicle, place[1]) not in sighted:
                track.settled = None
                track.archive.discard(place)
                track.stale.discard(place[1])

    def _holds(self, vehicle: int, at: datetime, *, but: Scope | None = None) -> bool:
        """Whether any grid still holds the car. One that is no longer walked holds nothing, and a
        feed that does not list the car any more holds none whose own page is gone: that is
        evidence even where the feed is in doubt."""
        track = self.tracks[vehicle]
        for place, stands in track.stands.items():
            scope = place[0]
            walked = self.last_walked.get(scope, at)
            if not stands or scope == but or at - walked > self.policy.idle:
                continue
            if not (track.gone and scope in self.feeds and track.shown_at[place] < walked):
                return True
        return False
