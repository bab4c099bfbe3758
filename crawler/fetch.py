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
    DownloadCancelledError,
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

from contract.urls import route_of, url_identity
from crawler.answered_page import AnsweredPage, validator
from crawler.errors import Blocked, Refused, RobotsDisallowed
from crawler.extract.page import Page
from crawler.outcomes import Result

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = [
    "Ask",
    "Fetch",
    "Fetched",
    "Validators",
    "asker",
    "failed",
    "fetcher",
    "read_answer",
]


@dataclass(frozen=True, slots=True)
class Validators:
    """What a site named a version of its page by (RFC 9110 §8.8): sent back, they let it answer
    "not modified" instead of the page."""

    etag: str | None = None
    last_modified: str | None = None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that make a request conditional; none where nothing is known."""
        known = {"If-None-Match": self.etag, "If-Modified-Since": self.last_modified}
        return {name: value for name, value in known.items() if value}


NO_VALIDATORS = Validators()


@dataclass(frozen=True, slots=True)
class Fetched:
    """The answer to one request. Exactly one of ``page`` and ``failure`` is set, or neither where
    a conditional request was answered ``not_modified``.

    ``url`` is where redirects ended, ``status`` the HTTP status where there was an answer.
    ``failure`` is a short, countable reason: ``http_404``, ``timeout``, ``dns``, ``refused``,
    ``connection``, ``too_large``, ``not_html``, ``empty``, or a middleware's (``robots``,
    ``challenge``, ``rate_limited``, …). ``blocked`` says that the site does not want to be read: a
    block page, or its robots rules. ``drawn`` tells that the page is as a browser drew it;
    ``is_whole`` is False where a browser would have shown more of it, but failed.
    """

    url: str
    page: Page | None = None
    failure: str | None = None
    blocked: bool = False
    status: int | None = None
    not_modified: bool = False
    drawn: bool = False
    is_whole: bool = True
    validators: Validators = NO_VALIDATORS

    @property
    def outcome(self) -> tuple[Result, str]:
        """How to report a dealer whose page this was to be."""
        if self.failure is None:
            return "done", ""
        return "blocked" if self.blocked else "failed", self.failure

    @property
    def turned_away(self) -> bool:
        """Whether the site refused us, and not this one page by its robots rules."""
        return self.blocked and self.failure != "robots"


Fetch = Callable[[str], Awaitable[Fetched]]
Ask = Callable[[str, Validators], Awaitable[Fetched]]


def read_answer(response: Response) -> Fetched:
    """Turn an answer into a page, or into the reason why it is none."""
    url, status = _answered_url(response), response.status
    if status == 304 and response.request is not None and _is_conditional(response.request):
        told = _validators(response)
        return Fetched(url, status=status, not_modified=True, validators=told)
    if status != 200:
        return Fetched(url, failure=f"http_{status}", status=status)
    if not isinstance(response, TextResponse):
        return Fetched(url, failure="not_html", status=status)
    if not response.body.strip():
        return Fetched(url, failure="empty", status=status)
    return Fetched(
        url, page=AnsweredPage(response, url), status=status, validators=_validators(response)
    )


def _answered_url(response: Response) -> str:
    """The URL of an answer, with the route that was asked for: no server ever sees that, for the
    page's own script makes the page of it."""
    asked = response.request.url if response.request is not None else ""
    route = route_of(asked)
    same = route and url_identity(asked.partition("#")[0]) == url_identity(response.url)
    return f"{response.url.partition('#')[0]}#{route}" if same else response.url


def _is_conditional(request: Request) -> bool:
    return "If-None-Match" in request.headers or "If-Modified-Since" in request.headers


def _validators(response: Response) -> Validators:
    return Validators(validator(response, "ETag"), validator(response, "Last-Modified"))


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
        case DownloadCancelledError():
            return Fetched(url, failure="too_large")  # DOWNLOAD_MAXSIZE
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

    ask = asker(crawler)

    async def fetch(url: str) -> Fetched:
        return await ask(url, NO_VALIDATORS)

    return fetch


def asker(crawler: "Crawler") -> Ask:
    """Return a coroutine function like `fetcher`'s that makes its requests conditional."""

    async def ask(url: str, known: Validators) -> Fetched:
        assert crawler.engine is not None
        try:
            request = Request(url, headers=known.headers)
            return read_answer(await crawler.engine.download_async(request))
        except Exception as error:
            return failed(url, error)

    return ask
