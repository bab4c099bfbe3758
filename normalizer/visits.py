"""Vehicle pages in terms of vehicles: what each visit to a listing's own page says of the car.

A page that answers is a sighting of its car, off the grid. Its own mark is explicit evidence: sold,
or pending. That it shows no mark is no evidence against anything, for dealers leave "in stock" in
the structured data of cars that are long sold. A page that is gone says so only while other pages
of its site answered in the same run; one that was blocked or failed says nothing.
"""

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from contract.observation import Kind, Source
from contract.payloads import ListingDetail, PageManifest, PageStatus
from normalizer.evidence import Evidence
from normalizer.snapshots import Page, PageKey, page_identity

__all__ = ["Visit", "visits"]


@dataclass(frozen=True, slots=True)
class Visit:
    """One visit to the page of a vehicle's listing. ``status`` is what the page said, None where
    that is not known; ``vouched`` says that a manifest tells of it, and ``hearsay`` that its source
    does not decide the car's status."""

    observed_at: datetime
    key: str
    vehicle: int
    listing: str
    source: str
    is_gone: bool
    status: PageStatus | None = None
    vouched: bool = True
    hearsay: bool = False

    @property
    def order(self) -> tuple[datetime, int, str, bool, str, str]:
        """The order in which visits are folded; of one instant, whatever is sold comes last."""
        return (
            self.observed_at,
            self.vehicle,
            self.listing,
            self.status == "sold",
            self.status or "",
            self.key,
        )


Find = Callable[[str, Page | None, datetime, Source], tuple[int, bool] | None]
"""(listing, its page, time, source) → the vehicle, and whether the source is hearsay about it."""


def visits(
    evidence: Iterable[Evidence], pages: Mapping[PageKey, Page], find: Find
) -> Iterable[Visit]:
    """Every visit to a vehicle page, whether a manifest tells of it or not."""
    details: defaultdict[str, list[Page]] = defaultdict(list)
    for key, page in pages.items():
        if key.kind == Kind.LISTING_DETAIL:
            details[key.identity].append(page)
            for item in page.loose:
                if found := find(key.identity, page, item.observed_at, key.source):
                    status = _status(item)
                    yield _visit(item, key.identity, key.source, found, status, vouched=False)
    for item in evidence:
        if isinstance(item.payload, PageManifest):
            yield from _told(item, item.payload, details, find)


def _told(
    item: Evidence, manifest: PageManifest, details: Mapping[str, list[Page]], find: Find
) -> Iterable[Visit]:
    answered = {
        _site(checked.url)
        for checked in manifest.pages
        if checked.outcome in ("read", "not_modified")
    }
    for checked in manifest.pages:
        identity = page_identity(checked.url)
        if checked.outcome == "gone":
            if _site(checked.url) in answered and (
                found := find(identity, None, item.observed_at, item.source)
            ):
                yield _visit(item, identity, item.source, found, None, is_gone=True)
        elif checked.outcome in ("read", "not_modified"):
            for page in details.get(identity, ()):
                run = page.at(item.observed_at)
                source = page.key.source
                if found := find(identity, page, item.observed_at, source):
                    is_known = run.cited.payload_hash == checked.payload_hash
                    status = _status(run.cited) if is_known else None
                    yield _visit(item, identity, source, found, status)


def _visit(
    item: Evidence,
    identity: str,
    source: Source,
    found: tuple[int, bool],
    status: PageStatus | None,
    *,
    is_gone: bool = False,
    vouched: bool = True,
) -> Visit:
    vehicle, hearsay = found
    return Visit(
        observed_at=item.observed_at,
        key=item.key,
        vehicle=vehicle,
        listing=identity,
        source=source.value,
        is_gone=is_gone,
        status=status,
        vouched=vouched,
        hearsay=hearsay,
    )


def _status(item: Evidence) -> PageStatus | None:
    return item.payload.page_status if isinstance(item.payload, ListingDetail) else None


def _site(url: str) -> str:
    return page_identity(url).partition("/")[0]
