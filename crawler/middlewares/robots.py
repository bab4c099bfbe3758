"""robots.txt by RFC 9309, for every page that is crawled and without a way around it.

Scrapy's own middleware reads an error as permission: it fetches pages behind a 503, a timeout, a
reset or a redirect loop. Here a site whose rules cannot be read is not crawled (§2.3.1.4), and
asked again after a few minutes; 4xx means there are no rules (§2.3.1.3); rules live for 24 hours
(§2.4); 512,000 bytes are read (§2.5 asks for 500 KiB). Crawl-delay and Request-rate are no part of
the RFC, but they are what a site asks for, so they set its pace.
"""

import asyncio
import logging
from dataclasses import dataclass
from time import monotonic
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from protego import Protego
from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http.request import NO_CALLBACK

from contract.urls import site_of
from crawler.errors import AddressRefused, Refused, RobotsDisallowed
from crawler.middlewares.pace import IS_PART, pace_of, parts_of, set_delay

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["RobotsMiddleware", "Rules", "read_rules"]

logger = logging.getLogger(__name__)

PRODUCT_TOKEN = "Paddock"  # noqa: S105  (the name that groups of robots.txt address us by)
MAX_BYTES = 512_000
TTL = 24 * 3600.0
RETRY_UNREACHABLE_AFTER = 300.0
MAX_CRAWL_DELAY = 120.0
"""Seconds. A site that asks for more is not crawled: a walk would outlast its own schedule."""
IS_ROBOTS_FETCH = "paddock_robots_fetch"
OPERATORS_SITE = "paddock_operators_site"
"""The site of the one kind of request that is no crawling: a file that the operator named on the
command line, on a server that is no dealer's site (docs/feeds.md). A redirect that leaves that site
is a page like any other."""


@dataclass(frozen=True)
class Rules:
    """What one origin's robots.txt said: its parsed rules, or why there are none.

    ``unreachable`` names why the rules could not be read; then nothing may be fetched. Without it a
    missing ``parser`` means that everything may be.
    """

    parser: Protego | None = None
    unreachable: str | None = None

    @property
    def crawl_delay(self) -> float:
        """Seconds between requests that the site asks of us; 0 where it asks for nothing."""
        if self.parser is None:
            return 0.0
        rate = self.parser.request_rate(PRODUCT_TOKEN)
        spacing = rate.seconds / rate.requests if rate and rate.requests else 0.0
        return max(self.parser.crawl_delay(PRODUCT_TOKEN) or 0.0, spacing)

    def refusal(self, url: str) -> RobotsDisallowed | None:
        """Return the refusal that these rules mean for a URL, or None where it may be fetched."""
        if self.unreachable is not None:
            return RobotsDisallowed("robots_unreachable", self.unreachable)
        if self.parser is None:
            return None
        if not self.parser.can_fetch(url, PRODUCT_TOKEN):
            return RobotsDisallowed("robots", "disallowed by a rule")
        if self.crawl_delay > MAX_CRAWL_DELAY:
            return RobotsDisallowed("robots", f"asks for {self.crawl_delay:.0f} s between pages")
        return None


def read_rules(status: int, body: bytes) -> Rules:
    """Turn the answer to a robots.txt request, after redirects, into rules."""
    if 200 <= status < 300:
        if len(body) > MAX_BYTES:
            # A cut line could say the opposite of the whole one.
            body = body[:MAX_BYTES].rpartition(b"\n")[0]
        return Rules(Protego.parse(body.decode("utf-8-sig", errors="replace")))
    if 400 <= status < 500 and status != 429:
        return Rules()
    return Rules(unreachable=f"http_{status}")


class RobotsMiddleware:
    """Asks each origin (scheme, host, port) for its rules once a day and holds every request to
    them."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler
        self.known: dict[str, tuple[Rules, float]] = {}
        self.locks: dict[str, asyncio.Lock] = {}

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    async def process_request(self, request: Request) -> None:
        """Raise RobotsDisallowed for a page that the site's rules, or their absence, forbid."""
        # Without this a redirected robots.txt would wait for itself.
        if request.meta.get(IS_ROBOTS_FETCH):
            return
        if request.meta.get(OPERATORS_SITE) == site_of(request.url):
            return
        rules = await self.rules_for(request.url, is_part=bool(request.meta.get(IS_PART)))
        refusal = rules.refusal(request.url)
        if refusal is not None:
            self.crawler.stats.inc_value(f"paddock/refused/{refusal.reason}")
            logger.info("Not fetched (%s): %s", refusal, request.url)
            raise refusal

    async def rules_for(self, url: str, is_part: bool = False) -> Rules:
        """Return the rules of the URL's origin, fetched at most once while they live.

        A page that is being drawn holds its site's slot, so that rules for a part of it must not
        wait for that.
        """
        parts = urlsplit(url)
        site = parts.netloc.lower()
        origin = f"{parts.scheme}://{site}"
        async with self.locks.setdefault(origin, asyncio.Lock()):
            rules, expires = self.known.get(origin, (None, 0.0))
            if rules is None or expires <= monotonic():
                rules = await self._fetch(f"{origin}/robots.txt", is_part)
                lifetime = TTL if rules.unreachable is None else RETRY_UNREACHABLE_AFTER
                self.known[origin] = (rules, monotonic() + lifetime)
                self._set_pace(url, site, rules.crawl_delay)
        return rules

    async def _fetch(self, url: str, is_part: bool) -> Rules:
        meta = {IS_ROBOTS_FETCH: True, IS_PART: is_part, "max_retry_times": 1}
        request = Request(url, callback=NO_CALLBACK, meta=meta)
        stats = self.crawler.stats
        stats.inc_value("paddock/robots/fetched")
        try:
            response = await self.crawler.engine.download_async(request)
        except (AddressRefused, CloseSpider):
            raise
        except Refused as error:
            rules = Rules(unreachable=error.reason)
        except Exception as error:
            # Whatever went wrong, down to errors of Twisted's own that have no common parent: the
            # rules are unknown, and unknown rules mean no.
            rules = Rules(unreachable=type(error).__name__)
        else:
            rules = read_rules(response.status, response.body)
        if rules.unreachable is not None:
            stats.inc_value("paddock/robots/unreachable")
            logger.warning("Rules unreachable (%s), so not crawled: %s", rules.unreachable, url)
        return rules

    def _set_pace(self, url: str, site: str, asked: float) -> None:
        # The fetch of the rules has resolved the site's name, so its pace can be settled now.
        if asked <= MAX_CRAWL_DELAY:
            pace = pace_of(self.crawler.settings, url, asked)
            set_delay(self.crawler.engine.downloader, site, *pace)
            set_delay(self.crawler.engine.downloader, parts_of(site), asked)
