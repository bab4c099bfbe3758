"""Listings: the vehicle pages that are new, changed on the grid, in contradiction, or old."""

import asyncio
from collections.abc import AsyncIterator, Callable
from functools import partial
from typing import Any

from scrapy import Request, Spider, signals
from scrapy.http import Response

from crawler.arguments import positive
from crawler.fetch import Fetched, asker, failed, read_answer
from crawler.items import PageVisit
from crawler.known_inventory import KnownInventory
from crawler.listing_due import DealerLocks, DueListing, DueListings
from crawler.listing_visit import Budget, DealerVisit, Sites
from crawler.outcomes import outcomes_of
from crawler.rendering.vehicle import vehicle_drawer

DEALERS = 16
"""Dealers visited side by side, each site at its own pace."""


class Listings(Spider):
    """Visits due vehicle pages; arguments: limit (pages), organization (id or website)."""

    name = "listings"

    def __init__(
        self, limit: str = "100000000", organization: str | None = None, **kwargs: Any
    ) -> None:
        super().__init__(**kwargs)
        self.limit = positive("limit", limit)
        self.organization = organization
        self.locks = DealerLocks()
        self.places = asyncio.Semaphore(DEALERS)

    async def start(self) -> AsyncIterator[Request]:
        self.crawler.signals.connect(self.locks.close, signal=signals.spider_closed)
        organization_id = None
        if self.organization is not None:
            organization_id = await KnownInventory(self.crawler).meant(self.organization)
        due, ask, sites = DueListings(self.crawler), asker(self.crawler), Sites()
        dealers = await due.dealers(organization_id)
        budget = Budget.of(self.limit, len(dealers))
        for dealer in dealers:
            await self.places.acquire()
            draw = vehicle_drawer(self.crawler, dealer.id)
            visit = DealerVisit(dealer, due, self.locks, ask, budget, sites, draw)
            listing = await visit.begin()
            if listing is None:
                await self.ended(visit)
                continue
            yield Request(
                listing.url,
                headers=listing.validators.headers,
                callback=self.parse,
                errback=self.page_failed,
                cb_kwargs={"visit": visit, "listing": listing},
                meta={"handle_httpstatus_all": True},
                dont_filter=True,
            )

    async def parse(
        self, response: Response, visit: DealerVisit, listing: DueListing
    ) -> AsyncIterator[PageVisit]:
        """Visit the dealer's due pages, beginning with the one that was fetched."""
        async for item in self.visit(visit, listing, partial(read_answer, response)):
            yield item

    async def page_failed(self, failure: Any) -> AsyncIterator[PageVisit]:
        """The first page failed; the next one may answer."""
        asked = failure.request
        answer = partial(failed, asked.url, failure.value)
        async for item in self.visit(asked.cb_kwargs["visit"], asked.cb_kwargs["listing"], answer):
            yield item

    async def visit(
        self, visit: DealerVisit, listing: DueListing, first: Callable[[], Fetched]
    ) -> AsyncIterator[PageVisit]:
        """Yield what the visit finds, and report how it ended."""
        try:
            async for item in visit.items(listing, first):
                yield item
            outcomes_of(self.crawler).add(visit.name, *visit.verdict)
        finally:
            await self.ended(visit)

    async def ended(self, visit: DealerVisit) -> None:
        """Make room for the next dealer."""
        self.places.release()
        outcomes = outcomes_of(self.crawler)
        for outcome in visit.tally.elements():
            outcomes.note("pages", visit.name, outcome)
        if visit.lost:
            outcomes.note("skipped", visit.name, "another run visits the dealer")
        elif visit.left and not visit.asked:
            outcomes.add(visit.name, *visit.verdict)
        await visit.close()
