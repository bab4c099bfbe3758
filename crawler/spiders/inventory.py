"""Inventories: the current and the sold grid of every organization whose schedule is due."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, Literal

from scrapy import Request, Spider
from scrapy.http import Response

from crawler.arguments import choice, positive
from crawler.claims import HeldRow, claims_of
from crawler.classic_listings import ClassicListings
from crawler.fetch import Fetched, failed, fetcher, read_answer
from crawler.fetch import asker as fetch_asker
from crawler.inventory_walk import InventoryWalk
from crawler.items import FinishedClaim, ObservationItem
from crawler.json_grid import asker
from crawler.known_inventory import KnownInventory
from crawler.outcomes import outcomes_of
from crawler.rendering.walk import rendering
from crawler.session import session_of

BATCH = 8
"""Schedules claimed at a time."""

WALKS = 48
"""Walks side by side, each site at its own pace. Each keeps what its manifest will tell, and only
CONCURRENT_REQUESTS of them fetch a page at the same time."""

SILENT_SELLER = timedelta(days=7)
"""Until a seller without a site of its own, who listed nothing on classic.com, is asked again."""

Due = Literal["now", "all"]


class Inventory(Spider):
    """Walks due inventories; arguments: limit, organization (id or website), due (now or all)."""

    name = "inventory"

    def __init__(
        self,
        limit: str = "100000",
        organization: str | None = None,
        due: str = "now",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.limit = positive("limit", limit)
        self.organization = organization
        self.due: Due = "all" if choice("due", due, ("now", "all")) == "all" else "now"
        self.places = asyncio.Semaphore(WALKS)

    async def start(self) -> AsyncIterator[Request]:
        known = KnownInventory(self.crawler)
        claims = claims_of(self.crawler, "organization_inventory_sync_queue")
        organization_id = None
        if self.organization is not None:
            organization_id = await known.meant(self.organization)
        # An operator who names the organization means now.
        due: Due = "all" if organization_id else self.due
        left, after = self.limit, 0
        while left:
            rows = await claims.take(
                min(BATCH, left), organization_id=organization_id, due=due, after=after
            )
            if not rows:
                return
            left -= len(rows)
            after = max(after, *(held.claim.id for held in rows))
            for held in rows:
                async for request in self.first_request(held, known):
                    yield request
            if organization_id is not None:
                return

    async def first_request(self, held: HeldRow, known: KnownInventory) -> AsyncIterator[Request]:
        """Ask for the page where the organization's inventory most likely is."""
        organization = await known.organization(held.row["organization_id"])
        claims = claims_of(self.crawler, "organization_inventory_sync_queue")
        if organization is None:
            await claims.skip(held, "the organization is no longer known")
        elif not organization.candidates and not organization.profiles:
            await claims.skip(held, "no website and no inventory address are known")
            outcomes_of(self.crawler).add(organization.name, "failed", "no website known")
        else:
            await self.places.acquire()
            day = session_of(self.crawler).stamp.observed_at.toordinal()
            memory = await known.memory(held.row["organization_id"])
            walk = InventoryWalk(
                held,
                organization,
                fetcher(self.crawler),
                day,
                memory,
                ask=asker(self.crawler),
                baselines=await known.baselines(held.row["organization_id"]),
                rendering=rendering(self.crawler, held.row["organization_id"]),
                ask_again=fetch_asker(self.crawler),
            )
            yield Request(
                # Without a site of its own, the directory's page is all there is.
                (organization.candidates or organization.profiles)[0],
                callback=self.parse,
                errback=self.page_failed,
                cb_kwargs={"walk": walk},
                meta={"handle_httpstatus_all": True},
                dont_filter=True,  # Two organizations may share a site.
            )

    async def parse(
        self, response: Response, walk: InventoryWalk
    ) -> AsyncIterator[ObservationItem | FinishedClaim]:
        """Walk the organization's grids, beginning with the page that was fetched."""
        async for item in self.walk(walk, read_answer(response)):
            yield item

    async def page_failed(self, failure: Any) -> AsyncIterator[ObservationItem | FinishedClaim]:
        """The first page failed: another address may answer."""
        answer = failed(failure.request.url, failure.value)
        async for item in self.walk(failure.request.cb_kwargs["walk"], answer):
            yield item

    async def walk(
        self, walk: InventoryWalk, first: Fetched
    ) -> AsyncIterator[ObservationItem | FinishedClaim]:
        """Yield what the walk finds, then give its place to the next one."""
        try:
            found = self.inventory if walk.organization.candidates else self.directory
            async for item in found(walk, first):
                yield item
        finally:
            self.places.release()

    async def inventory(
        self, walk: InventoryWalk, first: Fetched
    ) -> AsyncIterator[ObservationItem | FinishedClaim]:
        """Yield what the dealer's site shows, or classic.com where it shows none; report the end.

        A walk that read no grid is not completed: its schedule waits for the next slot.
        """
        async for seen in walk.items(first):
            yield seen
        outcomes = outcomes_of(self.crawler)
        if not any(grid.listings for grid in walk.walks):
            async for item in self.directory(walk):
                yield item
        if walk.moved is not None:
            outcomes.note("moved", walk.name, " → ".join(walk.moved))
        if walk.failure is None:
            if walk.found_no_inventory:
                outcomes.add(walk.name, "done")
                outcomes.note("no_inventory", walk.name, "the site never showed a car")
            elif walk.doubts:
                outcomes.add(walk.name, "quarantined", "; ".join(walk.doubts))
            else:
                outcomes.add(walk.name, "done")
            yield walk.finished()
        else:
            outcomes.add(walk.name, "blocked" if walk.blocked else "failed", walk.failure)
            claims = claims_of(self.crawler, "organization_inventory_sync_queue")
            await claims.snooze(walk.held, walk.held.row["every"], walk.failure)

    async def directory(
        self, walk: InventoryWalk, first: Fetched | None = None
    ) -> AsyncIterator[ObservationItem | FinishedClaim]:
        """Yield what the seller's pages on classic.com list, where the own site never told.

        ``first`` is the answer of the first of them where the dealer has no site of its own; then
        the claim ends here, and a seller who lists nothing is asked again in a week.
        """
        organization, outcomes = walk.organization, outcomes_of(self.crawler)
        if first is None and (organization.own_is_known or not organization.profiles):
            return
        listings = ClassicListings(
            walk.handle, organization.profiles, organization.directory_offers
        )
        async for item in listings.items(fetcher(self.crawler), first):
            yield item
        refused = None if listings.listed else listings.refusal
        told = str(refused.failure) if refused else f"{listings.listed:,} cars"
        outcomes.note("listed on classic.com", organization.name, told)
        if first is None:
            return
        name = f"{organization.name} <{organization.profiles[0]}>"
        outcomes.add(name, *(refused.outcome if refused else ("done", "")))
        if listings.listed:
            yield FinishedClaim(walk.held)
        else:
            claims = claims_of(self.crawler, "organization_inventory_sync_queue")
            await claims.snooze(walk.held, SILENT_SELLER, told)
