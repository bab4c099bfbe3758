"""Walks: what each manifest saw of the organization's vehicles, and whether it may prove absence.

A manifest that is empty, incomplete, drifted, or well below the scope's last good one withholds
absence; what it did see counts all the same. It is never believed for being repeated.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from normalizer.rulebook import SoldPolicy

__all__ = ["Probed", "Scope", "Sighted", "Walk", "doubt"]

Scope = tuple[str, str]
"""(source, identity of the grid's URL)."""


@dataclass(frozen=True, slots=True)
class Sighted:
    """One listing of a vehicle as one walk (or one observation without a walk) showed it.

    ``archived`` says that it stood on a sold grid, marked or not. ``sold`` is an explicit mark.
    ``pending`` is None where the card's words are not known. ``hearsay`` is a sighting by a source
    whose word on the car's status does not count: it is recorded and decides nothing. ``since`` is
    when the tile began to show what it shows. ``by_page`` is a mark on the listing's own page.
    """

    vehicle: int
    listing: str
    sold: bool
    archived: bool
    evidence: Literal["mark", "current_grid", "feed", "sold_grid"]
    pending: bool | None = None
    hearsay: bool = False
    since: datetime | None = None
    by_page: bool = False


@dataclass(frozen=True, slots=True)
class Probed:
    """What the page of a known listing that the walk missed answered."""

    verdict: Literal["alive", "gone", "unknown"]
    sold: bool = False


@dataclass(frozen=True, slots=True)
class Walk:
    """One manifest, in terms of vehicles. ``seen`` counts all its listings, also those that are
    nobody's or another organization's; ``probes`` are by (vehicle, listing); ``ruling`` is what the
    operator said of it."""

    key: str
    scope: Scope
    grid_url: str
    grid: Literal["current", "sold", "feed"]
    observed_at: datetime
    complete: bool
    seen: int
    incomplete_because: str | None
    drifted: tuple[str, ...]
    sightings: tuple[Sighted, ...]
    probes: Mapping[tuple[int, str], Probed]
    ruling: Literal["accept", "reject"] | None = None

    @property
    def order(self) -> tuple[datetime, Scope, str]:
        """The order in which walks are folded."""
        return (self.observed_at, self.scope, self.key)


def doubt(
    walk: Walk,
    *,
    last_good: int | None,
    had_cars: bool,
    others_are_gone: Callable[[], bool],
    policy: SoldPolicy,
) -> str | None:
    """Why a walk proves no absence; None where it does.

    ``others_are_gone`` says that every car still offered that the walk lacks was asked for and is
    gone: then a small walk is a true one.
    """
    if walk.ruling:
        return None if walk.ruling == "accept" else "rejected"
    if not walk.complete:
        return f"incomplete:{walk.incomplete_because}"
    if walk.drifted:
        return f"drift:{','.join(walk.drifted)}"
    if walk.seen == 0 and had_cars:
        reason = "empty"
    elif last_good is not None and _is_small(walk, last_good, policy):
        reason = "below_share"
    else:
        return None
    return None if walk.grid != "sold" and others_are_gone() else reason


def _is_small(walk: Walk, last_good: int, policy: SoldPolicy) -> bool:
    """Whether a walk saw too small a part of what the last good one saw. Of a few cars one is a
    large share, and a feed cannot be probed: so many may leave it at a time whatever their
    share."""
    if walk.grid != "feed":
        return walk.seen < policy.share * last_good
    few = last_good - walk.seen <= policy.feed_tolerance
    return not few and walk.seen < policy.feed_share * last_good
