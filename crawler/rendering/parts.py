"""Answering what a page asks for: by the crawler's own downloader, by a stand-in, or not at all.

A page needs its scripts and the data that they ask for, and nothing else to draw a grid. Pictures,
styles and frames are stood in for, since scripts wait for them and act on their failure; all that
remains is refused. What is asked of a site is asked in its own name: robots rules (of whatever host
answers, at every hop of a redirect), address guard, pace, size and time limits are the
downloader's. Cookies stay in the browser and are never sent.
"""

import asyncio
import base64
import logging
from contextlib import suppress
from typing import TYPE_CHECKING
from urllib.parse import urldefrag, urlsplit

from playwright.async_api import Error as PlaywrightError
from scrapy import Request
from scrapy.exceptions import CloseSpider
from scrapy.http import Response

from contract.urls import site_of
from crawler.fetch import failed
from crawler.middlewares.pace import IS_PART
from crawler.rendering.visit import Part, Visit

if TYPE_CHECKING:
    from playwright.async_api import Request as Asked
    from playwright.async_api import Route
    from scrapy.crawler import Crawler

__all__ = ["Parts"]

logger = logging.getLogger(__name__)

PART_TIMEOUT = 15.0
"""Seconds until a part that does not come is given up: the page should learn of it in time."""
MAX_POST = 64 * 1024
PIXEL = base64.b64decode("R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7")
STAND_INS = {
    "image": Part(200, {"content-type": "image/gif"}, PIXEL),
    "stylesheet": Part(200, {"content-type": "text/css", "access-control-allow-origin": "*"}, b""),
}
FRAME = Part(200, {"content-type": "text/html"}, b"<!doctype html><title></title>")
FETCHED = frozenset(["script", "xhr", "fetch"])
NOT_SENT = frozenset(
    ["host", "connection", "content-length", "accept-encoding", "cookie", "user-agent", "te"]
)
"""Headers that are the downloader's own to set, or nobody's."""
NOT_PASSED_ON = frozenset(
    ["content-encoding", "content-length", "transfer-encoding", "connection", "set-cookie"]
)
WATCHERS = (
    "google-analytics.com", "googletagmanager.com", "googlesyndication.com", "doubleclick.net",
    "googleadservices.com", "facebook.net", "facebook.com", "hotjar.com", "clarity.ms",
    "newrelic.com", "nr-data.net", "segment.io", "segment.com", "mixpanel.com", "fullstory.com",
    "tiktok.com", "bing.com", "linkedin.com", "pinterest.com", "adsrvr.org", "quantserve.com",
    "cookielaw.org", "onetrust.com", "intercom.io", "tawk.to", "livechatinc.com",
    "googleapis.com/recaptcha", "recaptcha.net",
)  # fmt: skip
"""Hosts that draw no grid: counting visitors, advertising, chats. They need not hear of us."""


class Parts:
    """The parts of one page. ``in_flight`` are being fetched; ``refused_parts`` counts by
    reason."""

    def __init__(self, crawler: "Crawler", visit: Visit, document: Response) -> None:
        self.crawler = crawler
        self.visit = visit
        self.document = document
        self.in_flight = 0
        self.asked = 0
        self.is_closed = False
        self._is_given = False

    async def answer(self, route: "Route", asked: "Asked") -> None:
        """Answer one request of the page. Never raises for what a page or a site does."""
        self.in_flight += 1
        try:
            try:
                given = await self._given(asked)
            except Exception:
                # The border to the browser's library: whatever happened, the page gets an answer.
                logger.exception("A part of a page could not be fetched: %s", asked.url[:200])
                given = "error"
            if isinstance(given, Part):
                await route.fulfill(
                    status=given.status, headers=dict(given.headers), body=given.body
                )
                return
            self._count(f"refused/{given}")
            # An aborted navigation leaves the page as it is; a blocked one would replace it.
            await route.abort("aborted" if given == "navigation" else "blockedbyclient")
        except PlaywrightError:
            pass  # The page is gone, and with it whoever asked.
        finally:
            self.in_flight -= 1

    async def _given(self, asked: "Asked") -> "Part | str":
        """The answer, or the reason why there is none."""
        kind = asked.resource_type
        if asked.is_navigation_request():
            return self._document(asked)
        if kind in STAND_INS:
            self._count(f"stand_in/{kind}")
            return STAND_INS[kind]
        if kind not in FETCHED:
            return kind
        host = urlsplit(asked.url).hostname or ""
        if any(host == name or host.endswith(f".{name}") for name in WATCHERS):
            return "watcher"
        body = asked.post_data_buffer or b""
        if asked.method not in ("GET", "POST") or (asked.method == "POST" and kind == "script"):
            return "method"
        if len(body) > MAX_POST:
            return "post_size"
        if asked.method == "GET" and (known := self.visit.cache.get(asked.url)):
            return known
        if self.asked >= self.visit.limits.page_parts:
            return "too_many"
        if self.visit.bytes >= self.visit.limits.dealer_bytes:
            return "too_much"
        self.asked += 1
        # They wait here rather than with the downloader, for a page may end while they wait.
        async with self.visit.turn(site_of(asked.url)):
            if self.is_closed:
                return "closed"
            if asked.method == "GET" and (known := self.visit.cache.get(asked.url)):
                return known
            return await self._fetched(asked, kind, body)

    async def close(self) -> None:
        """Ask nothing more, and wait for what is on its way: the site's next page must not be asked
        meanwhile."""
        self.is_closed = True
        with suppress(TimeoutError):
            async with asyncio.timeout(PART_TIMEOUT):
                for turn in list(self.visit.turns.values()):
                    async with turn:
                        pass

    def _document(self, asked: "Asked") -> "Part | str":
        try:
            is_frame = asked.frame.parent_frame is not None
        except PlaywrightError:
            return "navigation"
        if is_frame:
            self._count("stand_in/frame")
            return FRAME
        if self._is_given or _page_of(asked.url) != _page_of(self.document.url):
            return "navigation"
        self._is_given = True
        return _part(self.document)

    async def _fetched(self, asked: "Asked", kind: str, body: bytes) -> "Part | str":
        assert self.crawler.engine is not None
        headers = {
            name: value
            for name, value in asked.headers.items()
            if name not in NOT_SENT and not name.startswith((":", "sec-", "proxy-"))
        }
        request = Request(
            asked.url,
            method=asked.method,
            headers=headers,
            body=body,
            meta={IS_PART: True, "dont_retry": True, "download_timeout": PART_TIMEOUT},
        )
        try:
            response = await self.crawler.engine.download_async(request)
        except CloseSpider:
            return "closing"
        except Exception as error:
            return failed(asked.url, error).failure or "failed"
        self._count(f"fetched/{kind}")
        self.visit.bytes += len(response.body)
        part = _part(response)
        if kind == "script" and asked.method == "GET":
            self.visit.keep(asked.url, part)
        return part

    def _count(self, what: str) -> None:
        self.visit.parts[what] += 1
        self.crawler.stats.inc_value(f"paddock/rendered/{what}")


def _page_of(url: str) -> str:
    """A URL without its fragment, as a browser writes it: a host alone has a path, too."""
    page = urldefrag(url)[0]
    return page if urlsplit(page).path else f"{page}/"


def _part(response: Response) -> Part:
    told = response.headers.to_unicode_dict()
    headers = {
        str(name).lower(): str(told[name])
        for name in told
        if str(name).lower() not in NOT_PASSED_ON
    }
    return Part(response.status, headers, response.body)
