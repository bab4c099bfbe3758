"""One dealer's visit: its due vehicle pages one after the other, then the manifests that tell of
them.

The visit ends early where the site does not want to be read any more, where another run got the
dealer meanwhile, or where the run's page limit is used up; what was asked by then is told all the
same.
"""

from collections import Counter, defaultdict
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace
from uuid import UUID

from contract.observation import ContractViolation, Kind, Source, parse_payload, payload_hash
from contract.payloads import CheckedPage, ListingDetail, PageManifest
from contract.urls import route_of, site_of, url_identity
from crawler.answered_page import AnsweredPage
from crawler.extract.gallery_page import gallery_link, with_gallery
from crawler.fetch import NO_VALIDATORS, Ask, Fetched
from crawler.items import ObservationItem, PageFetch, PageVisit
from crawler.listing_due import DealerLocks, DueDealer, DueListing, DueListings
from crawler.listing_judge import Card, Judged, judge
from crawler.outcomes import Result
from crawler.rendering.vehicle import Draw

__all__ = ["Budget", "DealerVisit", "Sites"]

REFUSALS_UNTIL_LEFT = 3
"""Pages in a row that a site blocked, or did not answer, after which it is left for the run."""
NO_ANSWER = frozenset(["timeout", "dns", "refused", "connection"])
READER = "detail"


@dataclass
class Budget:
    """The pages that a run may ask for. Each dealer has its share for sure; what one leaves over is
    for whoever needs more."""

    limit: int
    share: int
    spare: int = field(init=False)

    @classmethod
    def of(cls, limit: int, dealers: int) -> "Budget":
        """Share ``limit`` pages among so many dealers."""
        share = limit // max(dealers, 1)
        budget = cls(limit, share)
        budget.spare = limit - share * dealers
        return budget

    def draw(self, used: int) -> bool:
        """Whether a dealer that used so many pages may ask for one more."""
        if used < self.share:
            return True
        if self.spare <= 0:
            return False
        self.spare -= 1
        return True

    def give_back(self, used: int) -> None:
        """A dealer is done: what it left of its share is free."""
        self.spare += max(0, self.share - used)


@dataclass
class Sites:
    """How the sites of one run behave: which ones are left alone from now on, and why."""

    refusals: Counter[str] = field(default_factory=Counter)
    left: dict[str, str] = field(default_factory=dict)

    def note(self, url: str, judged: Judged) -> None:
        """Remember how a site answered."""
        site = site_of(url)
        if judged.reason == "robots":
            return  # Never asked, so nothing was refused.
        if judged.reason == "rate_limited":
            self.left.setdefault(site, judged.reason)
        elif judged.outcome == "blocked" or judged.reason in NO_ANSWER:
            self.refusals[site] += 1
            if self.refusals[site] >= REFUSALS_UNTIL_LEFT:
                self.left.setdefault(site, judged.reason)
        else:
            del self.refusals[site]


class DealerVisit:
    """Visits one dealer; ``tally`` counts its pages by outcome, ``reasons`` why some gave nothing.

    `begin` first, then `items`; `close` in any case. ``draw`` draws pages that only a script can
    draw; without it they are read as they were answered.
    """

    def __init__(
        self,
        dealer: DueDealer,
        due: DueListings,
        locks: DealerLocks,
        ask: Ask,
        budget: Budget,
        sites: Sites,
        draw: Draw | None = None,
    ) -> None:
        self.dealer = dealer
        self.due = due
        self.locks = locks
        self.ask = ask
        self.draw = draw
        self.budget = budget
        self.sites = sites
        self.tally: Counter[str] = Counter()
        self.reasons: Counter[str] = Counter()
        self.asked = 0
        self.left: dict[str, str] = {}
        self.is_taken = False
        self.lost = False
        self._listings = due.of(dealer)
        self._pages: defaultdict[tuple[Source, UUID], dict[str, tuple[CheckedPage, PageFetch]]]
        self._pages = defaultdict(dict)
        self._signs: dict[str, str] = {}
        self._answering: set[str] = set()

    @property
    def name(self) -> str:
        """The dealer as reports name it."""
        return f"{self.dealer.name} <{self.dealer.website or self.dealer.id}>"

    @property
    def verdict(self) -> tuple[Result, str]:
        """How to report the dealer."""
        refused = next(iter(self.left.values()), None)
        if refused is not None:
            kind: Result = "failed" if refused in NO_ANSWER else "blocked"
            return kind, f"{refused}: left alone after {self.asked:,} pages"
        troubles = self.reasons.most_common(1)
        if not troubles:
            return "done", ""
        (reason, count), trouble = troubles[0], sum(self.reasons.values())
        told = f"{reason}: {count:,} of {self.asked:,} pages"
        if trouble > count:
            told += f", {trouble - count:,} for other reasons"
        if self.tally["blocked"]:
            return "blocked", told
        return ("failed" if trouble == self.asked else "quarantined"), told

    async def begin(self) -> DueListing | None:
        """Lock the dealer and return its first due page; None where there is none for this run."""
        if not await self.locks.take(self.dealer.id):
            self.lost = True
            return None
        self.is_taken = True
        return await self._next()

    async def items(
        self, listing: DueListing, first: Callable[[], Fetched]
    ) -> AsyncIterator[PageVisit]:
        """Yield each page that was read, then the manifests; ``first`` gives the answer of the
        first page."""
        following: DueListing | None = listing
        answer: Fetched | None = first()
        while following is not None:
            answer = answer or await self.ask(following.url, following.validators)
            body = _body(following, answer)
            if body is not None and body == following.body_hash and following.payload_hash:
                judged = Judged("not_modified")
            else:
                if self.draw is not None and following.source is Source.DEALER_SITE:
                    answer = await self.draw(answer)
                judged = await self._with_gallery(judge(_card(following), answer), answer)
            self.sites.note(following.url, judged)
            visit = self._take_in(following, answer, judged)
            if visit is not None:
                yield visit
            following, answer = await self._next(), None
        await self._doubt_the_gone()
        for manifest in self._manifests():
            yield manifest

    async def _with_gallery(self, judged: Judged, answer: Fetched) -> Judged:
        """Add the photos of the gallery that a page links, where it shows but a few itself."""
        detail, page = judged.detail, answer.page
        if detail is None or page is None:
            return judged
        url = gallery_link(page, detail.image_urls)
        if url is None:
            return judged
        if not self.budget.draw(self.asked):
            return replace(judged, is_whole=False)
        self.asked += 1
        gallery = await self.ask(url, NO_VALIDATORS)
        if gallery.page is None:
            return replace(judged, is_whole=False)
        if site_of(gallery.url) != site_of(page.url):
            return judged
        photos = with_gallery(detail.image_urls, gallery.page)
        shown = replace(detail, image_urls=photos, thumbnail_url=next(iter(photos), None))
        return replace(judged, detail=shown)

    async def close(self) -> None:
        """Let others have what this visit held."""
        await self._listings.aclose()  # type: ignore[attr-defined]
        self.budget.give_back(self.asked)
        if self.is_taken:
            self.is_taken = False
            await self.locks.release(self.dealer.id)

    async def _next(self) -> DueListing | None:
        async for listing in self._listings:
            site = site_of(listing.url)
            if site in self.sites.left:
                self.left[site] = self.sites.left[site]
                continue
            if not self.budget.draw(self.asked):
                return None
            if not await self.locks.keeps(self.dealer.id):
                self.lost = True
                return None
            self.asked += 1
            return listing
        return None

    def _take_in(self, listing: DueListing, answer: Fetched, judged: Judged) -> PageVisit | None:
        """Note the page's outcome; return what to write at once."""
        if judged.detail is not None:
            data = judged.detail.listing_detail(
                str(listing.organization_id), listing.url, judged.platform, READER
            )
            item = ObservationItem(
                source=listing.source,
                kind=Kind.LISTING_DETAIL,
                url=listing.url,
                payload=data,
                organization_id=listing.organization_id,
            )
            try:
                payload = parse_payload(Kind.LISTING_DETAIL, ListingDetail.VERSION, data)
            except ContractViolation as violation:
                self._note(listing, answer, Judged("failed", f"unfit: {violation.reason}"))
                return PageVisit(item, ())  # The pipeline drops it, and counts the reason.
            fetch = self._note(listing, answer, judged, payload_hash(payload))
            return PageVisit(replace(item, payload=payload), (fetch,))
        self._note(listing, answer, judged, listing.payload_hash)
        return None

    def _note(
        self, listing: DueListing, answer: Fetched, judged: Judged, told: str | None = None
    ) -> PageFetch:
        """Keep the outcome for the manifest; ``told`` is the hash of what the page says."""
        is_told = judged.outcome in ("read", "not_modified")
        is_known = is_told and judged.is_whole
        known, now = listing.validators, answer.validators
        if judged.outcome == "not_modified":
            # An answer without the page need not repeat what it is known by.
            etag, date = now.etag or known.etag, now.last_modified or known.last_modified
            body = listing.body_hash
        else:
            etag, date, body = now.etag, now.last_modified, _body(listing, answer)
        fetch = PageFetch(
            url=listing.url,
            status=answer.status,
            etag=etag if is_known else None,
            last_modified=date if is_known else None,
            payload_hash=told if is_told else None,
            failure=None if is_told else f"{judged.outcome}: {judged.reason}"[:200],
            body_hash=body if is_known else None,
        )
        page = CheckedPage(
            url=listing.url, outcome=judged.outcome, payload_hash=told if is_told else None
        )
        self._pages[listing.source, listing.organization_id][listing.url] = (page, fetch)
        self.tally[judged.outcome] += 1
        if is_told:
            self._answering.add(site_of(listing.url))
        elif judged.outcome == "gone":
            self._signs[listing.url] = judged.reason
        else:
            self.reasons[judged.reason] += 1
        return fetch

    async def _doubt_the_gone(self) -> None:
        """A site that moved says "gone" to everything: where no page of it answered, a sibling has
        to; else the page failed, and nobody left."""
        suspicious = {site_of(url) for url in self._signs} - self._answering - set(self.sites.left)
        if not suspicious:
            return
        for sibling in await self.due.siblings(self.dealer, list(self._signs)):
            if site_of(sibling.url) in suspicious:
                answer = await self.ask(sibling.url, sibling.validators)
                judged = judge(Card(sibling.url, Source.DEALER_SITE), answer)
                if judged.outcome in ("read", "not_modified"):
                    suspicious.discard(site_of(sibling.url))
        for pages in self._pages.values():
            for url, (page, fetch) in pages.items():
                if page.outcome == "gone" and site_of(url) in suspicious:
                    reason = f"{self._signs[url]}, but no other page answers"
                    pages[url] = (
                        CheckedPage(url=url, outcome="failed"),
                        PageFetch(url, fetch.status, failure=f"failed: {reason}"[:200]),
                    )
                    self.tally["gone"] -= 1
                    self.tally["failed"] += 1
                    self.reasons[reason] += 1

    def _manifests(self) -> list[PageVisit]:
        """One manifest per source and handle: a page is told of by whoever stamped its listing."""
        found = []
        for (source, handle), pages in sorted(self._pages.items()):
            entries = [page for _, (page, _) in sorted(pages.items())]
            manifest = PageManifest(spider="listings", pages=tuple(entries))
            item = ObservationItem(
                source=source,
                kind=Kind.PAGE_MANIFEST,
                url=entries[0].url,
                payload=manifest,
                organization_id=handle,
            )
            found.append(PageVisit(item, tuple(fetch for _, fetch in pages.values())))
        return found


def _body(listing: DueListing, answer: Fetched) -> str | None:
    """The hash of a page's bytes, by which it is known again: only under its own address, for
    elsewhere the card decides whose page it is, and never of a page that a browser drew, or has to:
    all routes of a site are answered by one."""
    page = answer.page
    if not isinstance(page, AnsweredPage) or answer.drawn or route_of(listing.url):
        return None
    return page.body_hash if url_identity(page.url) == url_identity(listing.url) else None


def _card(listing: DueListing) -> Card:
    return Card(listing.url, listing.source, listing.title, listing.vin, listing.grid_url)
