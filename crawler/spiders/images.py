"""Pictures: vehicles' photos, and the logos, favicons and banners of organizations."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Self

from scrapy import Spider, signals
from scrapy.crawler import Crawler
from scrapy.settings import BaseSettings

from contract.observation import Observation
from contract.payloads import ImageFetch
from crawler.arguments import positive
from crawler.outcomes import outcomes_of
from crawler.pictures.ending import see_scraper_closed
from crawler.pictures.picture import Picture, PictureItem
from crawler.pictures.pipeline import NotFetched, PicturesPipeline
from crawler.pictures.places import place_of
from crawler.pictures.turns import BLOCKED, Turns
from crawler.pictures.wanted import SiteLocks, Wanted
from crawler.session import session_of


class Images(Spider):
    """Fetches the pictures that nobody has yet; argument: limit."""

    name = "images"
    outcomes_about = "sites"

    def __init__(self, limit: str = "100000000", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.left = positive("limit", limit)
        self.turns = Turns()
        self.locks = SiteLocks()
        self.progress = asyncio.Event()
        self.open: dict[str, tuple[Picture, int]] = {}
        self.unsettled: set[str] = set()
        self.is_ending = False
        self.watch: asyncio.Task[None] | None = None

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Only this spider has a store to open, and an S3 to reach."""
        super().update_settings(settings)
        pipelines = {**settings.getdict("ITEM_PIPELINES"), PicturesPipeline: 50}
        settings.set("ITEM_PIPELINES", pipelines, priority="spider")
        # Photos are moved like pages, and every hop passes the guard; Scrapy's default is False.
        settings.set("MEDIA_ALLOW_REDIRECTS", True, priority="spider")

    @classmethod
    def from_crawler(cls, crawler: Crawler, *args: Any, **kwargs: Any) -> Self:
        place_of(crawler.settings.get("IMAGES_STORE"))
        spider = super().from_crawler(crawler, *args, **kwargs)
        crawler.signals.connect(spider.item_scraped, signals.item_scraped)
        crawler.signals.connect(spider.item_lost, signals.item_dropped)
        crawler.signals.connect(spider.item_lost, signals.item_error)
        crawler.signals.connect(spider.spider_closed, signals.spider_closed)
        return spider

    async def start(self) -> AsyncIterator[PictureItem]:
        self.watch = asyncio.create_task(see_scraper_closed(self.crawler))
        wanted = Wanted(session_of(self.crawler))
        due = await wanted.sites()
        await self.locks.open()
        held = await self.locks.hold(due)
        for site in sorted(set(due) - set(held)):
            outcomes_of(self.crawler).note("site", site, "another run is at it")
        while self.left and (sites := [site for site in held if site not in self.turns.left_alone]):
            pictures = await wanted.pictures(sites, list(self.unsettled))
            if not pictures:
                break
            self.turns.add(pictures[: self.left])
            while not self.turns.is_over and not self.is_ending:
                picture = self.turns.take()
                if picture is None:
                    self.progress.clear()
                    await self.progress.wait()
                    continue
                self.left -= 1
                self.open[picture.url] = (picture, len(picture.wanted_by))
                for item in picture.items():
                    yield item
            if self.is_ending:
                return

    def item_scraped(self, item: Any) -> None:
        """A picture's observation is stored."""
        if isinstance(item, Observation) and isinstance(item.payload, ImageFetch):
            failure = item.payload.reason if item.payload.outcome == "failed" else None
            self.one_done(item.url, failure)

    def item_lost(self, item: Any, exception: Any = None) -> None:
        """A picture's observation is not stored: it stays due, but not in this run."""
        if isinstance(item, PictureItem):
            self.is_ending = self.is_ending or isinstance(exception, NotFetched)
            self.unsettled.add(item.picture.url)
            self.one_done(item.picture.url, None)

    def one_done(self, url: str, failure: str | None) -> None:
        """One item of a picture is done; with its last one the picture is."""
        picture, waiting = self.open.pop(url)
        if waiting > 1:
            self.open[url] = (picture, waiting - 1)
            return
        self.turns.done(picture, failure)
        self.report(picture.site)
        self.progress.set()

    def report(self, site: str) -> None:
        """A single picture that is missing is no trouble of its site; one that gives nothing is."""
        reason = self.turns.left_alone.get(site)
        if reason is None:
            outcomes_of(self.crawler).add(site, "done")
        else:
            outcomes_of(self.crawler).add(
                site, "blocked" if reason in BLOCKED else "failed", reason
            )

    async def spider_closed(self) -> None:
        """Let other runs have the sites."""
        if self.watch is not None:
            self.watch.cancel()
        await self.locks.close()
