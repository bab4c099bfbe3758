"""The downloader's handler for http and https: Scrapy's own, and the browser for what is to be
drawn.

Nothing of the browser is even imported before a run needs it.
"""

import logging
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from scrapy import Request
from scrapy.core.downloader.handlers.http11 import HTTP11DownloadHandler
from scrapy.http import Response

from crawler.rendering.errors import RenderingFailed

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

    from crawler.rendering.browser import Browser
    from crawler.rendering.visit import Visit

__all__ = ["RENDER", "DownloadHandler", "leave"]

logger = logging.getLogger(__name__)

RENDER = "playwright"
"""The key in a request's meta, scrapy-playwright's own, that asks for the page as a browser draws
it."""

MISSING = (
    "Some sites draw their cars by script alone, and no browser is here to read them. Install one"
    " (apt-get install chromium, which make setup does too, where it may) or name it:"
    " RENDER_BROWSER=/path/to/chromium"
)
MISSING_LIBRARY = (
    "Some sites draw their cars by script alone; reading them needs the extra `browser`:"
    " pip install 'paddock[browser]'"
)


_browsers: WeakKeyDictionary["Crawler", "Browser"] = WeakKeyDictionary()


class DownloadHandler(HTTP11DownloadHandler):
    """Downloads, or draws."""

    def __init__(self, crawler: "Crawler") -> None:
        super().__init__(crawler)
        self._crawler_of = crawler
        self._browser: Browser | None = None
        self._told = False

    async def download_request(self, request: Request) -> Response:
        """Return the answer. Raises RenderingFailed where a page could not be drawn."""
        if not request.meta.get(RENDER):
            return await super().download_request(request)
        try:
            return await self._opened().render(request)
        except RenderingFailed as failure:
            if failure.reason == "browser_missing":
                self._tell(failure.detail or MISSING)
            raise

    async def close(self) -> None:
        """Close the connections, and the browser where there is one."""
        if self._browser is not None:
            await self._browser.close()
        await super().close()

    def _opened(self) -> "Browser":
        if self._browser is None:
            try:
                from crawler.rendering.browser import Browser
            except ImportError as error:
                raise RenderingFailed("browser_missing", MISSING_LIBRARY) from error
            # Its warnings are tracebacks of what the walk reports by one word.
            logging.getLogger("scrapy-playwright").setLevel(logging.ERROR)
            self._browser = Browser(self._crawler_of)
            _browsers[self._crawler_of] = self._browser
        return self._browser

    def _tell(self, what: str) -> None:
        if not self._told:
            self._told = True
            logger.error("%s", what)


async def leave(crawler: "Crawler", visit: "Visit") -> None:
    """Close what a dealer's visit opened in the run's browser."""
    browser = _browsers.get(crawler)
    if browser is not None:
        await browser.leave(visit)
