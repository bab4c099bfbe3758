"""One vehicle's standing over time: offered, pending, sold, removed, and by what evidence."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from contract.payloads import PageStatus
from normalizer.rulebook import SoldPolicy
from normalizer.walks import Scope, Sighted

__all__ = ["Change", "ListingRecord", "Standing", "Status", "Track"]

Status = Literal["in_stock", "pending", "sold", "removed"]
OFFERED = ("in_stock", "pending")
BY_STRENGTH = ("mark", "current_grid", "feed", "sold_grid")


@dataclass(frozen=True, slots=True)
class Change:
    """A change of status, and the observation that decided it. ``before`` is None at first
    sight."""

    at: datetime
    before: Status | None
    after: Status
    evidence: str
    key: str
    sold_at: datetime | None


@dataclass(frozen=True, slots=True)
class Standing:
    """A status that the operator ruled, from when on, and by which observation. ``evidence`` is
    "ruling" or "takedown"."""

    status: Status
    evidence: Literal["ruling", "takedown"]
    at: datetime
    key: str
    sold_at: datetime | None = None


class ListingRecord:
    """When one listing of a vehicle was seen, in the order of time. ``seen_count`` counts the
    instants that manifests vouch for."""

    def __init__(self, at: datetime) -> None:
        self.first = self.last = at
        self.seen_count = 0
        self._vouched_at: datetime | None = None
        self.grid_url: str | None = None
        self._grid_order: tuple[datetime, bool, str] | None = None
        self.is_sold = False
        self.claim_since = at
        self.was_archived = False
        self.is_pending = False
        self._content_since = at
        self.page_says: PageStatus | None = None
        self.page_since = self.page_at = at

    def see(self, at: datetime, *, vouched: bool) -> None:
        """Remember a sighting; ``vouched`` says that a manifest tells of it."""
        self.last = at
        if vouched and at != self._vouched_at:
            self._vouched_at = at
            self.seen_count += 1

    def on_grid(self, at: datetime, archived: bool, grid_url: str) -> None:
        """Remember where the listing stood last; at one instant the current grid counts more."""
        self.was_archived |= archived
        order = (at, not archived, grid_url)
        if self._grid_order is None or order > self._grid_order:
            self._grid_order, self.grid_url = order, grid_url

    def claim(self, at: datetime, *, is_sold: bool) -> None:
        """Remember since when the listing has said what it says."""
        if is_sold != self.is_sold:
            self.is_sold, self.claim_since = is_sold, at

    def show(self, since: datetime | None) -> None:
        """Remember since when the tile has shown what it shows, where that is known."""
        self._content_since = since or self._content_since

    def read_page(self, at: datetime, status: PageStatus) -> None:
        """Remember what the listing's own page says, since when, and when it was read last."""
        if status != self.page_says:
            self.page_says, self.page_since = status, at
        self.page_at = at

    @property
    def fresh_since(self) -> datetime:
        """Since when the tile has stood on its grid as it stands."""
        return max(self.claim_since, self._content_since)

    @property
    def is_sold_by_page(self) -> bool:
        """Whether the page says that the car is sold, and the tile is no newer than that."""
        return self.page_says == "sold" and self.fresh_since <= self.page_at

    @property
    def is_pending_by_page(self) -> bool:
        """Whether the page says that the car is pending, and the tile is no newer than that."""
        return self.page_says == "pending" and self.fresh_since <= self.page_at

    def come_back(self, at: datetime) -> None:
        """The listing left its grid and stands there again: it says anew what it says."""
        self.claim_since = at


class Track:
    """Folds one vehicle's evidence, instant by instant, in the order of time.

    ``stands`` says per (scope, listing) whether the newest judged walk had it; ``misses`` counts
    the walks in a row that prove the car's absence. ``settled`` is what was seen last, as long as
    nothing else has happened: to see it once more changes nothing.
    """

    def __init__(self, policy: SoldPolicy) -> None:
        self.policy = policy
        self.status: Status | None = None
        self.evidence = ""
        self.sold_at: datetime | None = None
        self.removed_at: datetime | None = None
        self.changes: list[Change] = []
        self.listings: dict[str, ListingRecord] = {}
        self.stands: dict[tuple[Scope, str], bool] = {}
        self.by_scope: defaultdict[Scope, list[str]] = defaultdict(list)
        self.archive: set[tuple[Scope, str]] = set()
        self.stale: set[str] = set()
        self.gone: set[str] = set()
        self.misses = 0
        self.first_miss: datetime | None = None
        self.last_miss: datetime | None = None
        self.off_grid = 0
        self.last_off_grid: datetime | None = None
        self.shown_at: dict[tuple[Scope, str], datetime] = {}
        self.page_answered = False
        self.settled: tuple[list[Sighted], bool] | None = None

    @property
    def is_offered(self) -> bool:
        """In stock or pending."""
        return self.status in OFFERED

    @property
    def is_closed(self) -> bool:
        """Whether to miss the car once more would change nothing."""
        is_awaited = self.is_offered or (self.status, self.evidence) == ("removed", "gone")
        return not is_awaited and not self.page_answered

    def observe(self, at: datetime, sightings: Sequence[tuple[str, Sighted]]) -> bool:
        """Weigh everything seen of the car at one instant, each sighting with the key of the
        observation that saw it; whether it decided anything.

        A mark beats the current grid, which beats the sold grid: a card that is marked as reserved
        is no sale, wherever it stands, unless the sale was told before. Two exceptions keep old
        news from selling a car: a listing that already stood on the sold grid when the car was
        last seen in stock, and a sold mark that is older than the car's newer listing. A third
        keeps a feed that lags behind, and a tile that its own page contradicts, from bringing a
        sold car back.
        """
        shown = [seen for _, seen in sightings]
        if self.settled is None or self.settled[0] != shown:
            self.settled = (shown, self._weigh(at, sightings))
        return self.settled[1]

    def _weigh(self, at: datetime, sightings: Sequence[tuple[str, Sighted]]) -> bool:
        pages = [(key, seen) for key, seen in sightings if seen.by_page]
        live = [(key, seen) for key, seen in sightings if not (seen.archived or seen.by_page)]
        marked = {seen.listing for _, seen in live if seen.sold}
        for listing in {seen.listing for _, seen in live}:
            self.listings[listing].claim(at, is_sold=listing in marked)
        for _, seen in live:
            self.listings[seen.listing].show(seen.since)
        offers = [(key, seen) for key, seen in live if seen.listing not in marked]
        newest = max((self.listings[seen.listing].claim_since for _, seen in offers), default=None)
        marks = [
            (key, seen)
            for key, seen in live
            if seen.sold and (newest is None or self.listings[seen.listing].claim_since >= newest)
        ]
        marks += [(key, seen) for key, seen in pages if self._is_newest_news(seen.listing)]
        archived = [
            (key, seen)
            for key, seen in sightings
            if seen.archived and seen.listing not in self.stale
        ]
        reserved = [(key, seen) for key, seen in archived if seen.pending]
        if marks:
            self._sell(at, "mark", marks[0][0], at)
        elif offers and self._is_old_news([seen for _, seen in offers]):
            return True
        elif offers and all(self._is_sold_by_page(seen.listing) for _, seen in offers):
            self._sell(at, "mark", offers[0][0], at)
        elif offers:
            self._offer(at, offers[0][0], [seen for _, seen in offers])
        elif reserved and (self.status != "sold" or self.evidence == "absence"):
            self._reserve(at, *reserved[0])
        elif archived:
            for _, seen in archived:
                self.listings[seen.listing].is_pending = bool(seen.pending)
            self._sell(at, "sold_grid", archived[0][0], at)
        return bool(marks or offers or archived)

    def _is_old_news(self, offers: Sequence[Sighted]) -> bool:
        """Whether a car that was marked sold is offered by nothing but rows that already stood in
        a feed then. A feed is written at night from the dealer's books, so it lags behind his
        lot; it would bring the car back every day until it follows."""
        return (
            (self.status, self.evidence) == ("sold", "mark")
            and all(seen.evidence == "feed" for seen in offers)
            and all(
                self.listings[seen.listing].claim_since < self.changes[-1].at for seen in offers
            )
        )

    def _is_newest_news(self, listing: str) -> bool:
        """Whether no other listing of the car has come to offer it since the page of this one first
        said that it is sold."""
        since = self.listings[listing].page_since
        return all(
            record.fresh_since <= since
            for name, record in self.listings.items()
            if name != listing and not record.is_sold and self.stands_on_a_grid(name)
        )

    def _is_sold_by_page(self, listing: str) -> bool:
        """Whether a page says that the car is sold, and this listing's tile is no newer than that:
        neither changed nor back on its grid since. Tiles go on unmarked for weeks, and their pages
        are read now and then."""
        fresh_since = self.listings[listing].fresh_since
        return any(
            record.page_says == "sold"
            and fresh_since <= (record.page_at if name == listing else record.page_since)
            for name, record in self.listings.items()
        )

    def page_pending(self, at: datetime, key: str) -> None:
        """The car's page says that somebody has reserved it."""
        self.settled = None
        if self.is_offered:
            self._become("pending", at, "mark", key)

    def page_offer(self, at: datetime, key: str, status: Status) -> None:
        """The page of a car that no grid has shown yet offers it."""
        self.settled = None
        if self.status is None:
            self._become(status, at, "alive", key)

    def _offer(self, at: datetime, key: str, offers: Sequence[Sighted]) -> None:
        for seen in offers:
            if seen.pending is not None:
                self.listings[seen.listing].is_pending = seen.pending
        # A feed knows no words: what the car's tile says holds until the tile says otherwise.
        now = {seen.listing for seen in offers}
        pending = any(
            record.is_pending or record.is_pending_by_page
            for listing, record in self.listings.items()
            if listing in now or self.stands_on_a_grid(listing)
        )
        kinds = {seen.evidence for seen in offers}
        evidence = next(kind for kind in BY_STRENGTH if kind in kinds)
        self.stale = {listing for _, listing in self.archive}
        self._show("pending" if pending else "in_stock", at, evidence, key)

    def _reserve(self, at: datetime, key: str, seen: Sighted) -> None:
        """Somebody has reserved the car, which the dealer already shows among the sold ones. When
        its card there loses the mark, it is sold."""
        self.listings[seen.listing].is_pending = True
        self._show("pending", at, "mark", key)

    def _show(self, status: Status, at: datetime, evidence: str, key: str) -> None:
        """The dealer shows the car as one that is not sold yet: no absence counts any more."""
        self.off_grid, self.last_off_grid = 0, None
        self.page_answered = False
        self._present()
        self._become(status, at, evidence, key)

    def _present(self) -> None:
        self.gone.clear()
        self.misses, self.first_miss, self.last_miss = 0, None, None

    def _sell(self, at: datetime, evidence: str, key: str, sold_at: datetime) -> None:
        if self.status == "sold":
            if self.evidence == "absence":
                # What was inferred is now said; the car left when it left.
                self.evidence = evidence
            return
        self._become("sold", at, evidence, key, sold_at=sold_at)

    def alive(self, at: datetime, key: str) -> None:
        """The car's page still offers it, though its grid lacks it: what was inferred from its
        absence was wrong."""
        self.settled = None
        self._present()
        if (self.status, self.evidence) in (("sold", "absence"), ("removed", "gone")):
            self._become("in_stock", at, "alive", key)

    def leave_grid(self, at: datetime, key: str, *, alive: bool) -> None:
        """A good walk proves that the car left its grid, and its page does not say that it is
        gone: after some time it is no longer offered, but nobody claims a sale. ``alive`` says
        that the page still offers it."""
        self.settled = None
        if alive and self.is_offered and self.evidence != "mark":
            self.evidence = "alive"
        if not self._spaced(at, self.last_off_grid):
            return
        self.off_grid, self.last_off_grid = self.off_grid + 1, at
        if self.off_grid >= self.policy.delisted_after and self.is_offered:
            self._become("removed", at, "delisted", key)

    def miss(self, at: datetime, key: str) -> None:
        """The car is on none of its grids."""
        if not (self.is_offered or (self.status, self.evidence) == ("removed", "gone")):
            return
        self.settled = None
        if self.gone and self.is_offered:
            self._become("removed", at, "gone", key)
        if not self._spaced(at, self.last_miss):
            return
        self.misses, self.last_miss = self.misses + 1, at
        self.first_miss = self.first_miss or at
        if self.misses >= self.policy.missed_runs:
            self._sell(at, "absence", key, self.first_miss)

    def _spaced(self, at: datetime, last: datetime | None) -> bool:
        return last is None or at - last >= self.policy.spacing

    def _become(
        self,
        status: Status,
        at: datetime,
        evidence: str,
        key: str,
        sold_at: datetime | None = None,
    ) -> None:
        self.sold_at = sold_at
        if status == self.status:
            if self.evidence == "alive":
                # A grid shows by now what only the page offered.
                self.evidence = evidence
            return
        self.removed_at = at if status == "removed" else None
        self.changes.append(Change(at, self.status, status, evidence, key, sold_at))
        self.status, self.evidence = status, evidence

    def overrule(self, ruled: Standing) -> None:
        """Say by a ruling what the status is from a time on, whatever was or will be seen later.
        Nothing happens to a car that was never seen."""
        if self.status is None:
            return
        self.changes = [change for change in self.changes if change.at < ruled.at]
        before = self.changes[-1].after if self.changes else None
        if before != ruled.status:
            self.changes.append(
                Change(ruled.at, before, ruled.status, ruled.evidence, ruled.key, ruled.sold_at)
            )
        self.status, self.evidence, self.sold_at = ruled.status, ruled.evidence, ruled.sold_at
        self.removed_at = self.changes[-1].at if ruled.status == "removed" else None

    def listing_status(self, listing: str) -> Status:
        """What one listing of the car says now. Of several, those that left the grid while another
        one stands are no longer offered; one that stood on no current grid says what its archive
        says, or what is known of the car."""
        assert self.status is not None
        record = self.listings[listing]
        if not self.is_offered:
            return self.status
        if record.is_sold or record.is_sold_by_page:
            return "sold"
        if all(name != listing for _, name in self.stands):
            return "sold" if record.was_archived and not record.is_pending else self.status
        is_elsewhere = not self.stands_on_a_grid(listing) and any(self.stands.values())
        return "removed" if is_elsewhere else self.status

    def stands_on_a_grid(self, listing: str) -> bool:
        return any(stands for (_, name), stands in self.stands.items() if name == listing)
