"""What spiders yield. Pipelines validate and write it; a spider itself never writes.

An `ObservationItem` says one thing seen. A `FinishedClaim` ends the work on one claimed queue row:
its manifests are written and the row is completed in one transaction, after every item that the
spider yielded before it. A `CountedWalk` is a walk that claimed no row. A `PageVisit` says one
thing seen together with what fetching it told. A `RosterSeller` is one line of the roster.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from contract.observation import (
    ContractViolation,
    Kind,
    Observation,
    Source,
    parse_payload,
    payload_hash,
)
from contract.payloads import Listing, Payload
from crawler.claims import HeldRow
from crawler.drift import Figures
from crawler.extract.roster import RosterSeller
from crawler.grid_memory import GridRecord
from crawler.walk_figures import Scope

__all__ = [
    "CountedWalk",
    "FinishedClaim",
    "ObservationItem",
    "PageFetch",
    "PageVisit",
    "RosterSeller",
    "ValidatedClaim",
    "ValidatedVisit",
    "ValidatedWalk",
    "fitted_listing",
]


@dataclass(frozen=True, slots=True)
class ObservationItem:
    """One observation: ``url`` is the page, ``payload`` a contract payload or the raw data of one.

    The time and the run are not a spider's business: the contract pipeline stamps both.
    """

    source: Source
    kind: Kind
    url: str
    payload: Payload | Mapping[str, Any]
    organization_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class FinishedClaim:
    """The work on a held row is done, and these manifests say what it was. ``grids`` is what an
    inventory walk leaves to the next one, ``figures`` what its grids counted.

    Yield it last. When the lease was lost meanwhile, nothing of it is written: whoever holds the
    row now will tell the story.
    """

    held: HeldRow
    manifests: tuple[ObservationItem, ...] = ()
    grids: GridRecord | None = None
    figures: Mapping[Scope, Figures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ValidatedClaim:
    """A `FinishedClaim` whose manifests passed the contract; only pipelines build it."""

    held: HeldRow
    manifests: tuple[Observation, ...]
    grids: GridRecord | None = None
    figures: Mapping[Scope, Figures] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class CountedWalk:
    """The manifest of a walk that somebody asked for, and what its grid counted: both are written
    in one transaction. Yield it last."""

    observation: ObservationItem
    figures: Mapping[Scope, Figures]


@dataclass(frozen=True, slots=True)
class ValidatedWalk:
    """A `CountedWalk` whose manifest passed the contract; only pipelines build it."""

    observation: Observation
    figures: Mapping[Scope, Figures]


@dataclass(frozen=True, slots=True)
class PageFetch:
    """What `page_fetches` is to remember of one page. ``failure`` says why it gave nothing; without
    one, ``payload_hash`` is what the page says now, and ``body_hash`` by what bytes, where they may
    stand for it the next time."""

    url: str
    status: int | None
    etag: str | None = None
    last_modified: str | None = None
    payload_hash: str | None = None
    failure: str | None = None
    body_hash: str | None = None


@dataclass(frozen=True, slots=True)
class PageVisit:
    """An observation, and the page fetches that it tells of: both are written, or neither.

    The fetch of a page that was read goes with the page's own observation, every other one with the
    manifest that tells its outcome. An observation that is left out as equal leaves its fetch to
    the manifest as well, for that is what re-asserts it.
    """

    observation: ObservationItem
    fetches: tuple[PageFetch, ...]


@dataclass(frozen=True, slots=True)
class ValidatedVisit:
    """A `PageVisit` whose observation passed the contract; only pipelines build it."""

    observation: Observation
    fetches: tuple[PageFetch, ...]


def fitted_listing(data: Mapping[str, Any]) -> tuple[Payload | Mapping[str, Any], str | None]:
    """Return a listing as the contract takes it and its payload hash; ``data`` as it is and None
    where it does not fit: the contract pipeline drops such an item and counts the reason, but the
    car was seen all the same."""
    try:
        listing = parse_payload(Kind.LISTING, Listing.VERSION, data)
    except ContractViolation:
        return data, None
    return listing, payload_hash(listing)
