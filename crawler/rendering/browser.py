"""The run's browser: started when the first page needs it, one context per dealer, no network.

scrapy-playwright opens, navigates and reads the pages; what differs is here: every request of a
page is answered by `Parts`, the document is the one that the crawler fetched, time and memory are
watched, and a browser that dies is started again a few times.
"""

import asyncio
import logging
import os
import shutil
from contextlib import suppress
from time import monotonic
from typing import TYPE_CHECKING, Any

from playwright.async_api import Error as PlaywrightError
from playwright.async_api import Page
from scrapy import Request
from scrapy.http import Response
from scrapy_playwright.handler import ScrapyPlaywrightDownloadHandler

from crawler.rendering.dead_end import DeadEnd
from crawler.rendering.errors import RenderingFailed
from crawler.rendering.parts import Parts
from crawler.rendering.processes import end_heaviest_page, weight_mb
from crawler.rendering.reading import read_to_end
from crawler.rendering.visit import DOCUMENT, MORE_LEFT, VISIT, Visit

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["Browser", "launch_options", "program"]

logger = logging.getLogger(__name__)

PARTS = "paddock_parts"
NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MAX_LAUNCHES = 4
"""Starts of the browser in one run: more crashes than that are no accident."""
WATCH_EVERY = 0.5
CLOSING_SECONDS = 5.0
ARGUMENTS = (
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-domain-reliability",
    "--disable-sync",
    "--no-pings",
    "--no-first-run",
    "--mute-audio",
    "--disable-3d-apis",
    "--dns-prefetch-disable",
    # Whatever forgets the proxy finds neither a name nor a way for datagrams.
    "--host-resolver-rules=MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
    "--force-webrtc-ip-handling-policy=disable_non_proxied_udp",
    "--js-flags=--max-old-space-size=512",
)


def program(setting: str = "") -> str | None:
    """The browser's program: the one that RENDER_BROWSER names, else the first one found."""
    if setting:
        return shutil.which(setting)
    return next(filter(None, map(shutil.which, NAMES)), None)


def launch_options(browser: str, proxy: str) -> dict[str, Any]:
    """How the browser is started. Its sandbox is on, but for root, as whom it has none."""
    return {
        "executable_path": browser,
        "headless": True,
        "chromium_sandbox": os.geteuid() != 0,
        # Without "<-loopback>", Chromium would go to the loopback around its proxy.
        "proxy": {"server": proxy, "bypass": "<-loopback>"},
        "args": list(ARGUMENTS),
        "timeout": 30_000,
    }


class Browser(ScrapyPlaywrightDownloadHandler):  # type: ignore[misc]  # It ships no types.
    """Draws pages. Raises RenderingFailed, and nothing else, for whatever goes wrong with one."""

    def __init__(self, crawler: "Crawler") -> None:
        super().__init__(crawler)
        self.config.target_closed_max_retries = 0
        self.crawler = crawler
        self.dead_end = DeadEnd(self._refused)
        self.launches = 0
        self._parts: dict[str, Parts] = {}
        self._starting = asyncio.Lock()
        self._is_started = False

    async def render(self, request: Request) -> Response:
        """Draw the page of a request that carries its visit and its document."""
        visit: Visit = request.meta[VISIT]
        visit.check()
        await self._start()
        try:
            await self._maybe_launch_browser()
        except PlaywrightError as error:
            raise self._failed(_failure(error, heavy=False)) from error
        began = monotonic()
        weighed = asyncio.ensure_future(self._watch(visit.limits.memory_mb))
        stats = self.crawler.stats
        visit.pages += 1
        stats.inc_value("paddock/rendered/pages")
        try:
            async with asyncio.timeout(visit.limits.page_seconds):
                response: Response = await self.download_request(request)
                return response
        except TimeoutError as error:
            failure = RenderingFailed("render_timeout", f"{visit.limits.page_seconds:g} s")
            raise self._failed(failure) from error
        except PlaywrightError as error:
            heavy = weighed.done() and not weighed.cancelled()
            raise self._failed(_failure(error, heavy)) from error
        finally:
            weighed.cancel()
            await self._close_pages(visit.name)
            if parts := self._parts.pop(visit.name, None):
                await parts.close()
            visit.seconds += monotonic() - began

    async def leave(self, visit: Visit) -> None:
        """Close a dealer's context: nothing that his pages stored outlives it."""
        wrapper = self.context_wrappers.get(visit.name)
        if wrapper is not None:
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(CLOSING_SECONDS):
                    await wrapper.context.close()

    async def close(self) -> None:
        """Close the browser, and the proxy with it."""
        if self._is_started:
            with suppress(PlaywrightError):
                await super().close()
        await self.dead_end.close()

    async def _start(self) -> None:
        async with self._starting:
            if self._is_started:
                return
            found = program(self.crawler.settings.get("RENDER_BROWSER") or "")
            if found is None:
                raise RenderingFailed("browser_missing")
            if os.geteuid() == 0:
                logger.warning("Chromium runs without its sandbox, since this is root")
            await self.dead_end.open()
            self.config.launch_options = launch_options(found, self.dead_end.url)
            await self._launch()
            self._is_started = True

    async def _maybe_launch_browser(self) -> None:
        if not hasattr(self, "browser"):
            if self.launches >= MAX_LAUNCHES:
                raise RenderingFailed("browser_crashed", f"started {self.launches} times")
            self.launches += 1
        await super()._maybe_launch_browser()

    async def _create_page(self, request: Request, spider: Any) -> Page:
        page: Page = await super()._create_page(request, spider)
        document, visit = request.meta[DOCUMENT], request.meta[VISIT]
        parts = Parts(self.crawler, visit, document)
        request.meta[PARTS] = self._parts[visit.name] = parts
        # Popups have no requests of their own but into the dead end; they need not stay either.
        page.on("popup", lambda popup: asyncio.ensure_future(_close(popup)))
        return page

    def _make_request_handler(self, context_name: str, **_: Any) -> Any:
        """What answers the requests of a page that scrapy-playwright is about to open."""
        return self._parts[context_name].answer

    async def _apply_page_methods(self, page: Page, request: Request, spider: Any) -> None:
        visit: Visit = request.meta[VISIT]
        request.meta[MORE_LEFT] = await read_to_end(
            page, request.meta[PARTS], visit.limits.page_seconds
        )

    async def _watch(self, limit: float) -> None:
        """Return once the browser weighed too much and its heaviest page was ended."""
        while True:
            await asyncio.sleep(WATCH_EVERY)
            if await asyncio.to_thread(weight_mb) > limit:
                logger.warning("The browser needs more than %.0f MB: its page is ended", limit)
                await asyncio.to_thread(end_heaviest_page)
                return

    async def _close_pages(self, context: str) -> None:
        """Close what a dealer has open; a browser that cannot is closed itself."""
        wrapper = self.context_wrappers.get(context)
        if wrapper is None:
            return
        try:
            async with asyncio.timeout(CLOSING_SECONDS):
                for page in list(wrapper.context.pages):
                    await _close(page)
        except TimeoutError:
            logger.warning("A page does not close: the browser is closed")
            with suppress(PlaywrightError, TimeoutError):
                async with asyncio.timeout(2 * CLOSING_SECONDS):
                    await self.browser.close()

    def _failed(self, failure: RenderingFailed) -> RenderingFailed:
        self.crawler.stats.inc_value(f"paddock/rendered/failed/{failure.reason}")
        return failure

    def _refused(self, kind: str, target: str) -> None:
        self.crawler.stats.inc_value(f"paddock/rendered/dead_end/{kind}")
        if kind != "errand":
            logger.info("Not let out of the browser (%s): %s", kind, target)


def _failure(error: PlaywrightError, heavy: bool) -> RenderingFailed:
    text = error.message.splitlines()[0][:200] if error.message else type(error).__name__
    if heavy:
        return RenderingFailed("render_memory", text)
    low = error.message.lower()
    if "page crashed" in low or "target crashed" in low:
        return RenderingFailed("page_crashed", text)
    if "has been closed" in low or "connection closed" in low:
        return RenderingFailed("browser_crashed", text)
    if "timeout" in low:
        return RenderingFailed("render_timeout", text)
    return RenderingFailed("render_failed", text)


async def _close(page: Page) -> None:
    with suppress(PlaywrightError):
        await page.close()
