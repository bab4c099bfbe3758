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

from scrapy import signals
from twisted.python.failure import Failure

from crawler import resolver
from crawler.addresses import AddressPolicy, parse_networks
from crawler.errors import Blocked

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Downloader
    from scrapy.crawler import Crawler
    from scrapy.http import Response
    from scrapy.settings import BaseSettings

__all__ = ["IS_PART", "PaceMiddleware", "pace_of", "parts_of", "retry_after_seconds", "set_delay"]

logger = logging.getLogger(__name__)

DEFAULT_PAUSE = 5.0
"""Seconds to pause after a 429 without Retry-After; doubled with every retry."""

PAGES_UNTIL_GIVEN_UP = 2
"""Rate-limited pages in a row, without any other answer between them."""

IS_PART = "paddock_page_part"
"""The parts of a page that a browser draws (scripts, data) are asked one at a time, too, while the
page holds the site's slot; between them lies no more than what robots.txt asks for."""


def pace_of(settings: "BaseSettings", url: str, asked: float = 0.0) -> tuple[float, float]:
    """Return the delay that a URL's site is due, in seconds, and its jitter.

    ``asked`` is what its robots.txt asks for. DOWNLOAD_DELAY protects strangers; the operator's own
    sites, on addresses that FETCH_ALLOWED_NETWORKS opened, are held to what they ask for only.
    """
    policy = AddressPolicy(parse_networks(settings.get("FETCH_ALLOWED_NETWORKS") or ""))
    host = (urlsplit(url).hostname or "").lower()
    default = settings.getfloat("DOWNLOAD_DELAY")
    if policy.is_own_site(url) or host in resolver.own_hosts:
        return asked, 0.0
    return (
        (asked, 0.0) if asked > default else (default, settings.getfloat("DOWNLOAD_DELAY_JITTER"))
    )


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
        self.cap = settings.getfloat("RETRY_AFTER_CAP")
        self.retry_times = settings.getint("RETRY_TIMES")
        self.given_up: dict[str, float | None] = {}
        self.limited_in_a_row: dict[str, int] = {}

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        middleware = cls(crawler)
        # This signal comes before the slot's next request goes out; an answer reaches a
        # middleware's process_response only after that.
        crawler.signals.connect(middleware.response_downloaded, signals.response_downloaded)
        return middleware

    def process_request(self, request: "Request") -> None:
        """Put the request into its site's slot; raises Blocked (``rate_limited``) for a site that
        was given up in this run."""
        site = _site(request)
        if site in self.given_up:
            raise self._blocked(site)
        # Set anew on every hop: a redirect's request still carries the slot of the site it left.
        is_part = bool(request.meta.get(IS_PART))
        request.meta["download_slot"] = slot = parts_of(site) if is_part else site
        downloader = self.crawler.engine.downloader
        if slot not in downloader.per_slot_settings:
            pace = (0.0,) if is_part else pace_of(self.crawler.settings, request.url)
            set_delay(downloader, slot, *pace)

    def response_downloaded(self, response: "Response", request: "Request") -> None:
        """Pause the site for as long as a 429 or 503 asks, or give it up when that is too long."""
        if not is_rate_limited(response):
            return
        site = _site(request)
        pause = _pause(response)
        if pause is not None and pause > self.cap:
            self._give_up(site, pause)
        elif site not in self.given_up:
            tried = int(request.meta.get("retry_times", 0))
            seconds = min(self.cap, DEFAULT_PAUSE * 2**tried) if pause is None else pause
            logger.info("%s asks us to slow down: pausing it for %.0f s", site, seconds)
            self._hold(site, seconds)

    def process_response(self, request: "Request", response: "Response") -> "Response":
        """Pass a 429 on to the retry middleware, whose new request waits in the paused slot.

        Raises Blocked (``rate_limited``) when no retry is left or the site was given up.
        """
        site = _site(request)
        if not is_rate_limited(response):
            self.limited_in_a_row.pop(site, None)
            return response
        self.crawler.stats.inc_value("paddock/rate_limited")
        tried = int(request.meta.get("retry_times", 0))
        allowed = int(request.meta.get("max_retry_times", self.retry_times))
        if site not in self.given_up and tried < allowed and not request.meta.get("dont_retry"):
            return response
        self.limited_in_a_row[site] = self.limited_in_a_row.get(site, 0) + 1
        if self.limited_in_a_row[site] >= PAGES_UNTIL_GIVEN_UP:
            self._give_up(site, _pause(response))
        raise self._blocked(site, _pause(response))

    def _hold(self, site: str, seconds: float) -> None:
        for slot in (site, parts_of(site)):
            self._hold_slot(slot, seconds)

    def _hold_slot(self, site: str, seconds: float) -> None:
        slot = self.crawler.engine.downloader.slots.get(site)
        if slot is None or seconds <= 0:
            return
        usual = self.crawler.engine.downloader.per_slot_settings[site]
        slot.delay, slot.jitter, slot.lastseen = seconds, 0.0, monotonic()
        # The slot's own timer looks at the delay when it fires, so that the usual one must be back
        # a little before.
        asyncio.get_running_loop().call_later(
            max(0.0, seconds - 0.05),
            set_delay,
            self.crawler.engine.downloader,
            site,
            usual["delay"],
            usual["jitter"],
        )

    def _give_up(self, site: str, pause: float | None) -> None:
        if site in self.given_up:
            return
        self.given_up[site] = pause
        logger.warning("%s asks us to slow down: left alone for this run", site)
        for name in (site, parts_of(site)):
            slot = self.crawler.engine.downloader.slots.get(name)
            while slot is not None and slot.queue:
                _, waiting = slot.queue.popleft()
                waiting.errback(Failure(self._blocked(site)))  # type: ignore[no-untyped-call]

    def _blocked(self, site: str, pause: float | None = None) -> Blocked:
        self.crawler.stats.inc_value("paddock/blocked/rate_limited")
        return Blocked("rate_limited", site, pause or self.given_up.get(site))


def parts_of(site: str) -> str:
    """The name of the slot that the parts of a site's pages wait in."""
    return f"{site} parts"


def is_rate_limited(response: "Response") -> bool:
    """Tell whether an answer asks for a slower pace: 429, or 503 that says when to come back."""
    return response.status == 429 or (response.status == 503 and _pause(response) is not None)


def _pause(response: "Response") -> float | None:
    return retry_after_seconds(response.headers.get("Retry-After"), datetime.now(UTC))


def _site(request: "Request") -> str:
    return urlsplit(request.url).netloc.lower()
