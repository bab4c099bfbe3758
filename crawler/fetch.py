"""Fetching one page inline: either the page, or one short word for why there is none.

Walks and profiles need the next page's answer to decide what to do, so they await their fetches
instead of chaining callbacks. Downloader middlewares (guard, robots, pace, blocks, retries,
redirects) apply as to every request; what they raise becomes a failure here.
"""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scrapy import Request
from scrapy.exceptions import (
    CannotResolveHostError,
    DownloadConnectionRefusedError,
    DownloadFailedError,
    DownloadTimeoutError,
    IgnoreRequest,
    ResponseDataLossError,
)
from scrapy.http import Response, TextResponse
from scrapy.spidermiddlewares.httperror import HttpError
from twisted.internet.error import ConnectError as TwistedConnectError
from twisted.internet.error import ConnectionDone
from twisted.internet.error import ConnectionLost as TwistedConnectionLost

from crawler.errors import Blocked, Refused, RobotsDisallowed
from crawler.extract.page import Page
from crawler.outcomes import Result

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["Fetch", "Fetched", "failed", "fetcher", "read_answer"]


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer to one request. Exactly one of ``page`` and ``failure`` is set.

    ``url`` is where redirects ended. ``failure`` is a short, countable reason: ``http_404``,
    ``timeout``, ``dns``, ``refused``, ``connection``, ``not_html``, or a middleware's (``robots``,
    ``challenge``, ``rate_limited``, …). ``blocked`` says that the site does not want
    to be read: a block page, or its robots rules.
    """

    url: str
    page: Page | None = None
    failure: str | None = None
    blocked: bool = False

    @property
    def outcome(self) -> tuple[Result, str]:
        """How to report a dealer whose page this was to be."""
        if self.failure is None:
            return "done", ""
        return "blocked" if self.blocked else "failed", self.failure


Fetch = Callable[[str], Awaitable[Fetched]]


def read_answer(response: Response) -> Fetched:
    """Turn an answer into a page, or into the reason why it is none."""
    if response.status != 200:
        return Fetched(response.url, failure=f"http_{response.status}")
    if not isinstance(response, TextResponse):
        return Fetched(response.url, failure="not_html")
    return Fetched(response.url, page=Page(response.url, response.text))


def failed(url: str, error: BaseException) -> Fetched:
    """Turn what a downloader middleware or the network raised into a reason.

    Re-raises what no site can cause: that is a bug of ours.
    """
    match error:
        case Refused():
            return Fetched(
                url, failure=error.reason, blocked=isinstance(error, Blocked | RobotsDisallowed)
            )
        case HttpError():
            return read_answer(error.response)
        case IgnoreRequest():
            return Fetched(url, failure="ignored")
        case CannotResolveHostError():
            return Fetched(url, failure="dns")
        case DownloadConnectionRefusedError():
            return Fetched(url, failure="refused")
        case DownloadTimeoutError():
            return Fetched(url, failure="timeout")
        case DownloadFailedError() | ResponseDataLossError() | TwistedConnectError() | OSError():
            return Fetched(url, failure="connection")
        case TwistedConnectionLost() | ConnectionDone():
            return Fetched(url, failure="connection")
    raise error


def fetcher(crawler: "Crawler") -> Fetch:
    """Return a coroutine function that fetches a URL with this crawler's engine and never raises
    for what a site does."""

    async def fetch(url: str) -> Fetched:
        assert crawler.engine is not None
        try:
            return read_answer(await crawler.engine.download_async(Request(url)))
        except Exception as error:
            return failed(url, error)

    return fetch
