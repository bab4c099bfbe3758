"""Pages and their runs: what a page said, from when on, and who may be cited for it.

The *assertions* of a page are its observations and the entries of manifests that re-assert a
payload hash at the manifest's time. In their order they fall into *runs* of equal payloads; the
last run is the page's snapshot, which replaces its predecessor whole.

A crawler may leave out an observation that equals its page's newest one. So the rules may never
look at an observation that could have been left out: those are dropped here first, and a run
cites its earliest observation of the rest. Whether equal payloads were appended or not, the
canonical state is the same.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from uuid import UUID

from contract.observation import KIND_RANK, Kind, Source
from contract.payloads import (
    Listing,
    ListingDetail,
    PageManifest,
    Payload,
    SellerProfile,
)
from contract.urls import url_identity
from normalizer.assertions import Assertion, Stretch, condensed, stretches
from normalizer.evidence import Evidence

__all__ = [
    "Page",
    "PageKey",
    "Run",
    "distinct",
    "listing_identity",
    "news",
    "page_identity",
    "pages",
]


@dataclass(frozen=True, slots=True)
class PageKey:
    """One page of one source, as one kind of observation reads it.

    A listing that stands on the current grid and in the sold archive at once has two faces, each
    with runs of its own: ``as_sold`` is the one that claims a sale. Else the archive's entry would
    replace the offer, and be replaced by it, with every walk. The listing's own page is a third
    face, of the kind ``listing_detail``: it is one page, whatever it says.
    """

    source: Source
    kind: Kind
    identity: str
    as_sold: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """An unbroken run of equal payloads. ``asserted`` are the distinct times, ascending, at which
    the payload was observed or re-asserted; the first begins the run."""

    page: PageKey
    cited: Evidence
    asserted: tuple[datetime, ...]

    @property
    def payload(self) -> Payload:
        return self.cited.payload

    @property
    def started_at(self) -> datetime:
        """When the payload was first seen in this run."""
        return self.asserted[0]

    @property
    def last_asserted_at(self) -> datetime:
        return self.asserted[-1]

    @property
    def order(self) -> tuple[datetime, int, str]:
        """The order in which contents appeared."""
        return (self.started_at, KIND_RANK[self.page.kind], self.cited.key)

    @property
    def newness(self) -> tuple[datetime, datetime, int, str]:
        """The order in which "newest" is meant among contents: by the last assertion first."""
        return (self.last_asserted_at, *self.order)

    @property
    def is_detail(self) -> bool:
        """Whether it is what the listing's own page says, and not a card or a row about it."""
        return self.page.kind == Kind.LISTING_DETAIL

    @property
    def claims_a_sale(self) -> bool:
        """Whether the content says that the car is sold."""
        payload = self.cited.payload
        return self.page.as_sold or (
            isinstance(payload, ListingDetail) and payload.page_status == "sold"
        )

    def provenance(self) -> tuple[str, str]:
        """Source and observation key, as canonical rows cite them."""
        return self.cited.source.value, self.cited.key


@dataclass(frozen=True, slots=True)
class Page:
    """A page's runs, oldest first (at least one); the handles it was stamped with; and the
    ``loose`` observations that begin a content at a time that no manifest vouches for."""

    key: PageKey
    runs: tuple[Run, ...]
    handles: frozenset[UUID]
    loose: tuple[Evidence, ...]

    @property
    def snapshot(self) -> Run:
        """The newest run: what the page says now."""
        return self.runs[-1]

    def at(self, moment: datetime) -> Run:
        """The run in force at a moment; the first one before its time."""
        index = bisect_right(self.runs, moment, key=lambda run: run.started_at)
        return self.runs[max(index - 1, 0)]


def distinct(evidence: Iterable[Evidence]) -> list[Evidence]:
    """Each observation once, in the order of "newest".

    The manifest of a whole run comes cut to pieces, one for each node it concerns, all of one key.
    """
    once = {(item.key, item.organization_id): item for item in evidence}
    return sorted(once.values(), key=lambda item: (item.rank, item.organization_id))


def page_identity(url: str) -> str:
    """The identity of a page, also of one whose URL nobody can fetch: such a URL in a manifest
    must not stop its whole dealer."""
    try:
        return url_identity(url)
    except ValueError:
        return url.partition("://")[2] or url


def listing_identity(listing: str) -> str:
    """The identity of a listing: of its page, or its feed key where it has none."""
    return page_identity(listing) if "://" in listing else listing


def pages(evidence: Iterable[Evidence]) -> Mapping[PageKey, Page]:
    """Every page with a profile or a listing that the evidence speaks about."""
    observed: defaultdict[PageKey, list[Assertion]] = defaultdict(list)
    entries: defaultdict[tuple[Kind, Source | None, str], list[Assertion]] = defaultdict(list)
    walked: defaultdict[tuple[Source, str], list[Stretch]] = defaultdict(list)
    items = distinct(evidence)
    for stretch in stretches(items):
        walked[stretch.source, listing_identity(stretch.sighting.url)].append(stretch)
    for item in items:
        payload = item.payload
        if isinstance(payload, PageManifest):
            for page in payload.pages:
                if page.payload_hash is not None and page.outcome in ("read", "not_modified"):
                    identity = page_identity(page.url)
                    at = (item.observed_at,)
                    entry = Assertion(item.rank, (page.url, None), page.payload_hash, times=at)
                    entries[Kind.SELLER_PROFILE, item.source, identity].append(entry)
                    unit = (page.url, item.organization_id)
                    entry = Assertion(item.rank, unit, page.payload_hash, times=at)
                    entries[Kind.LISTING_DETAIL, None, identity].append(entry)
        elif isinstance(payload, SellerProfile):
            key = PageKey(item.source, item.kind, page_identity(item.url))
            observed[key].append(Assertion(item.rank, (item.url, None), item.payload_hash, item))
        elif isinstance(payload, Listing):
            name = payload.listing_url or payload.feed_key or item.url
            as_sold = payload.listing_status == "sold"
            key = PageKey(item.source, item.kind, listing_identity(name), as_sold)
            unit = (item.url, item.organization_id)
            observed[key].append(Assertion(item.rank, unit, item.payload_hash, item))
        elif isinstance(payload, ListingDetail):
            key = PageKey(item.source, item.kind, page_identity(payload.listing_url))
            unit = (item.url, item.organization_id)
            observed[key].append(Assertion(item.rank, unit, item.payload_hash, item))

    def about(key: PageKey) -> list[Assertion]:
        if key.kind == Kind.LISTING:
            return list(condensed(walked.get((key.source, key.identity), ()), observed[key]))
        # One run visits the dealer's own pages and the marketplace's: its manifest speaks of both.
        source = None if key.kind == Kind.LISTING_DETAIL else key.source
        return entries.get((key.kind, source, key.identity), [])

    return {key: _page(key, assertions, about(key)) for key, assertions in observed.items()}


def news(evidence: Iterable[Evidence], kind: Kind) -> list[Evidence]:
    """The observations of a kind that no manifest tells of, in the order of "newest", without those
    that an appender may leave out: they equal the newest of their address before them."""
    about: defaultdict[Source, list[Assertion]] = defaultdict(list)
    for item in distinct(item for item in evidence if item.kind == kind):
        unit = (item.url, item.organization_id)
        about[item.source].append(Assertion(item.rank, unit, item.payload_hash, item))
    found = [
        anchor.observation
        for assertions in about.values()
        for anchor in _anchors(assertions, [])
        if anchor.observation
    ]
    return sorted(found, key=lambda item: item.rank)


def _page(key: PageKey, observed: list[Assertion], entries: list[Assertion]) -> Page:
    known = {assertion.payload_hash for assertion in observed}
    vouched = [entry for entry in entries if entry.payload_hash in known]
    anchors = _anchors(observed, vouched)
    assertions = sorted(
        [*anchors, *vouched], key=lambda item: (item.rank, item.unit[0], item.payload_hash)
    )
    runs = [
        _run(key, payload_hash, list(run), anchors)
        for payload_hash, run in groupby(assertions, key=lambda item: item.payload_hash)
    ]
    vouched_times = {time for entry in entries for time in entry.times}
    return Page(
        key=key,
        runs=tuple(runs),
        handles=frozenset(
            [item.observation.organization_id for item in observed if item.observation]
            + [entry.unit[1] for entry in vouched if entry.unit[1] is not None]
        ),
        loose=tuple(
            anchor.observation
            for anchor in anchors
            if anchor.observation and anchor.rank[0] not in vouched_times
        ),
    )


def _anchors(observed: list[Assertion], entries: list[Assertion]) -> list[Assertion]:
    """The observations that no crawler may leave out: those that differ from what was last
    asserted about their unit at an earlier time, and the first of every content (its page may
    have been asserted before by a manifest whose own observation never arrived)."""
    anchors = []
    contents: set[str] = set()
    last: dict[tuple[str, UUID | None], set[str]] = {}
    ordered = sorted([*observed, *entries], key=lambda item: (item.rank, item.payload_hash))
    for _, instant in groupby(ordered, key=lambda item: item.rank[0]):
        now: defaultdict[tuple[str, UUID | None], set[str]] = defaultdict(set)
        for item in instant:
            now[item.unit].add(item.payload_hash)
            known = last.get(item.unit, ()) if item.payload_hash in contents else ()
            if item.observation is not None and item.payload_hash not in known:
                contents.add(item.payload_hash)
                anchors.append(item)
        last.update(now)
    return anchors


def _run(key: PageKey, payload_hash: str, run: list[Assertion], anchors: list[Assertion]) -> Run:
    """A run that consists of entries alone (its page alternates between two spellings of its URL)
    cites the newest observation of the same content before it."""
    cited = next((item.observation for item in run if item.observation), None)
    if cited is None:
        same = [item for item in anchors if item.payload_hash == payload_hash]
        before = [item for item in same if item.rank <= run[0].rank]
        cited = (before[-1] if before else same[0]).observation
    assert cited is not None
    times = {item.rank[0] for item in run}.union(*(item.times for item in run))
    return Run(key, cited, tuple(sorted(times)))
