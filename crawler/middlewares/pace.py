"""Politeness in time: one queue per site, the delays it is due, and the pauses it asks for.

A site is a netloc (host and port): its requests share one downloader slot, so they go out one at a
time with the site's delay between them. 429, and 503 with Retry-After, pause the whole site; a page
that still answers so after its retries is ``rate_limited``. Two such pages in a row, or a site that
asks for more than RETRY_AFTER_CAP, and the site is left alone for the rest of the run.
"""

import asyncio
import logging
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from time import monotonic
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from crawler.addresses import AddressPolicy, parse_networks
from crawler.errors import Blocked

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Downloader
    from scrapy.crawler import Crawler
    from scrapy.http import Response

__all__ = ["PaceMiddleware", "retry_after_seconds", "set_delay"]

logger = logging.getLogger(__name__)

DEFAULT_PAUSE = 5.0
"""Seconds to pause after a 429 without Retry-After; doubled with every retry."""

PAGES_UNTIL_GIVEN_UP = 2
"""Rate-limited pages in a row, without any other answer between them."""


def set_delay(downloader: "Downloader", site: str, delay: float, jitter: float = 0.0) -> None:
    """Set the delay between two requests to a site, in seconds.

    Both the live slot and the settings it is rebuilt from are written: Scrapy collects slots that
    were idle for a minute, and a delay kept only in the slot would be lost with it.
    """
    downloader.per_slot_settings[site] = {"concurrency": 1, "delay": delay, "jitter": jitter}
    slot = downloader.slots.get(site)
    if slot is not None:
        slot.delay, slot.jitter = delay, jitter


def retry_after_seconds(header: bytes | None, now: datetime) -> float | None:
    """Read a Retry-After header, seconds or an HTTP date (RFC 9110 §10.2.3); None if there is none
    that can be read. A date in the past means 0."""
    text = (header or b"").decode("latin-1").strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        then = parsedate_to_datetime(text)
    except (ValueError, TypeError):
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - now).total_seconds())


class PaceMiddleware:
    """Gives each site its slot and delay, and obeys 429 and Retry-After for the site as a whole."""

    def __init__(self, crawler: "Crawler") -> None:
        settings = crawler.settings
        self.crawler = crawler
        self.policy = AddressPolicy(parse_networks(settings.get("FETCH_ALLOWED_NETWORKS") or ""))
        self.delay = settings.getfloat("DOWNLOAD_DELAY")
        self.jitter = settings.getfloat("DOWNLOAD_DELAY_JITTER")
        self.cap = settings.getfloat("RETRY_AFTER_CAP")
        self.retry_times = settings.getint("RETRY_TIMES")
        self.not_before: dict[str, float] = {}
        self.given_up: dict[str, float | None] = {}
        self.limited_in_a_row: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    async def process_request(self, request: "Request") -> None:
        """Put the request into its site's slot and wait out the site's pause.

        Raises Blocked (``rate_limited``) for a site that was given up in this run.
        """
        site = urlsplit(request.url).netloc.lower()
        # Set anew on every hop: a redirect's request still carries the slot of the site it left.
        request.meta["download_slot"] = site
        downloader = self.crawler.engine.downloader
        if site not in downloader.per_slot_settings:
            # The operator's own literal addresses need no protection from us.
            delay = 0.0 if self.policy.is_own_site(request.url) else self.delay
            set_delay(downloader, site, delay, self.jitter)
        while (wait := self.not_before.get(site, 0.0) - monotonic()) > 0:
            if site in self.given_up or not self.crawler.engine.running:
                break
            # In short steps, so that a run that is told to stop does not sit out the pause.
            await asyncio.sleep(min(wait, 1.0))
        if site in self.given_up:
            raise self._blocked(site, self.given_up[site])

    def process_response(self, request: "Request", response: "Response") -> "Response":
        """Note the pause that a 429 or 503 asks for.

        The answer itself goes on to the retry middleware, whose new request waits at the gate.
        Raises Blocked (``rate_limited``) when no retry is left or the pause is beyond the cap.
        """
        site = urlsplit(request.url).netloc.lower()
        pause = retry_after_seconds(response.headers.get("Retry-After"), datetime.now(UTC))
        if response.status != 429 and not (response.status == 503 and pause is not None):
            self.limited_in_a_row.pop(site, None)
            return response
        self.crawler.stats.inc_value("paddock/rate_limited")
        tried = int(request.meta.get("retry_times", 0))
        allowed = int(request.meta.get("max_retry_times", self.retry_times))
        asked_too_much = pause is not None and pause > self.cap
        if asked_too_much or tried >= allowed or request.meta.get("dont_retry"):
            self.limited_in_a_row[site] = self.limited_in_a_row.get(site, 0) + 1
            if asked_too_much or self.limited_in_a_row[site] >= PAGES_UNTIL_GIVEN_UP:
                self.given_up[site] = pause
                logger.warning("%s asks us to slow down: left alone for this run", site)
            raise self._blocked(site, pause)
        if pause is None:
            pause = min(self.cap, DEFAULT_PAUSE * 2**tried)
        self.not_before[site] = max(self.not_before.get(site, 0.0), monotonic() + pause)
        logger.info("%s asks us to slow down: pausing it for %.0f s", site, pause)
        return response

    def _blocked(self, site: str, pause: float | None) -> Blocked:
        self.crawler.stats.inc_value("paddock/blocked/rate_limited")
        return Blocked("rate_limited", site, pause)
