"""Dealer feeds: one file of HomeNet, vAuto or a like exporter, which is a dealer's whole lot."""

import asyncio
import logging
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Self

from scrapy import Spider

from crawler.drift import as_words
from crawler.errors import ArgumentError
from crawler.extract.feed import UnreadableFeed, read_feed
from crawler.feed_source import FeedUnread, feed_source, masked
from crawler.feed_walk import FeedWalk, read_file
from crawler.items import CountedWalk, ObservationItem
from crawler.known_inventory import KnownInventory, KnownOrganization
from crawler.outcomes import outcomes_of
from crawler.session import session_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

logger = logging.getLogger(__name__)

STALE = timedelta(days=3)
"""Feeds are delivered nightly; an older file is worth a remark."""


class Homenet(Spider):
    """Reads one feed of one organization; arguments: feed (path, folder, pattern or URL),
    organization (id, website or profile page), dealer (where the file serves several: an id or name
    in it, or "all")."""

    name = "homenet"

    def __init__(
        self,
        feed: str = "",
        organization: str = "",
        dealer: str | None = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        if not feed or not organization:
            raise ArgumentError("homenet needs -a feed=PATH_OR_URL -a organization=ID_OR_WEBSITE")
        self.source = feed_source(feed)
        self.organization = organization
        self.dealer = dealer

    @classmethod
    def from_crawler(cls, crawler: "Crawler", *args: Any, **kwargs: Any) -> Self:
        # The run's record keeps the arguments, and no secrets.
        given = crawler.settings.getdict("RUN_ARGUMENTS")
        if "feed" in given:
            shown = {**given, "feed": masked(given["feed"])}
            crawler.settings.set("RUN_ARGUMENTS", shown, priority="cmdline")
        return super().from_crawler(crawler, *args, **kwargs)

    async def start(self) -> AsyncIterator[ObservationItem | CountedWalk]:
        known = KnownInventory(self.crawler)
        organization = await self.named(known)
        baselines = await known.baselines(organization.id)
        walk = FeedWalk(organization.id, self.source.root, baselines)
        dealer = f"{organization.name} <{self.source.root}>"
        outcomes = outcomes_of(self.crawler)
        try:
            file = await read_file(self.crawler, self.source, organization.website)
            logger.info("Read %s, %d bytes", file.name, len(file.content))
            if file.modified and session_of(self.crawler).stamp.observed_at - file.modified > STALE:
                outcomes.note("feed", dealer, f"the file was written on {file.modified:%Y-%m-%d}")
            feed = (await asyncio.to_thread(read_feed, file.content)).of_dealer(self.dealer)
        except (FeedUnread, UnreadableFeed) as error:
            logger.error("The feed was not read: %s", error)
            blocked = isinstance(error, FeedUnread) and error.blocked
            outcomes.add(dealer, "blocked" if blocked else "failed", str(error))
            if error.reason != "missing":
                yield walk.unread(error.reason)
                await self.written()
            return
        for signal, count in sorted(feed.signals.items()):
            logger.warning("%s: %s (%d)", file.name, signal, count)
            for _ in range(count):
                outcomes.note("feed", dealer, signal)
        for item in walk.items(feed):
            yield item
        if feed.incomplete_because:
            outcomes.add(dealer, "quarantined", feed.incomplete_because)
        elif walk.drift:
            outcomes.add(dealer, "quarantined", f"drift: {', '.join(map(as_words, walk.drift))}")
        else:
            outcomes.add(dealer, "done")
        await self.written()

    async def named(self, known: KnownInventory) -> KnownOrganization:
        """The organization that the operator means; raises ArgumentError where there is none."""
        found = await known.organization(await known.meant(self.organization))
        if found is None:
            raise known.refusal(
                f"{self.organization!r} was taken down (see python -m normalizer rule list)"
            )
        return found

    async def written(self) -> None:
        """Wait for the items. Scrapy looks only every five seconds whether a run without requests
        has ended, but at once when its start has."""
        assert self.crawler.engine is not None
        scraper = self.crawler.engine.scraper
        while scraper.slot is not None and not scraper.slot.is_idle():  # noqa: ASYNC110
            await asyncio.sleep(0.02)
