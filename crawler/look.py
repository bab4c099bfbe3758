"""Getting one page for a person to look at: with all of Paddock's middlewares, or from a file.

The guard, robots rules, delays and block pages apply as in a crawl. Nothing is written: the run
has no database, no pipelines and no record.
"""

import argparse
import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from scrapy import Request, Spider
from scrapy.commands import ScrapyCommand
from scrapy.crawler import CrawlerProcessBase
from scrapy.exceptions import UsageError
from scrapy.http import Response
from scrapy.settings import BaseSettings

from contract.urls import clean_url, route_of
from crawler.answered_page import AnsweredPage
from crawler.extract.page import Page
from crawler.extract.script_mounts import vehicle_needs_script
from crawler.fetch import Fetched, failed, read_answer
from crawler.platforms import recognize
from crawler.rendering.vehicle import shows_vehicle
from crawler.rendering.walk import Rendering
from crawler.run_report import ADVICE

__all__ = ["Looked", "PageCommand", "Unavailable", "in_words", "look"]

CASE_META = "meta.json"
REASONS = {
    "timeout": "the site did not answer in time",
    "dns": "there is no such host",
    "refused": "the host refuses connections",
    "connection": "the connection broke",
    "not_html": "the answer is no HTML page",
    "ignored": "Scrapy gave the request up: too many redirects, or too large an answer",
    "address": "the address guard refuses it; set FETCH_ALLOWED_NETWORKS if the site is yours",
    "rate_limited": "the site asks for a slower pace; try again later",
    "robots_unreachable": "robots.txt could not be read, which means no; try again later",
    "maintenance": "the site is being worked on; try again later",
}
"""Our reasons in words; the others as the closing summary of a crawl says them."""


class Unavailable(Exception):
    """The page could not be had; the text says why, for a person."""


@dataclass(frozen=True)
class Looked:
    """A page, its source as bytes, and whether that is as a browser drew it."""

    page: Page
    body: bytes
    drawn: bool = False


class Look(Spider):
    """Fetches one page and leaves the answer in ``answers``; with ``draws``, as a browser draws it
    where it shows no vehicle, and no grid, without."""

    name = "look"

    def __init__(self, url: str, answers: list[Fetched], draws: bool, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.url = url
        self.answers = answers
        self.draws = draws

    @classmethod
    def update_settings(cls, settings: BaseSettings) -> None:
        """Leave out what writes to the database."""
        super().update_settings(settings)
        settings.setdict({"ITEM_PIPELINES": {}, "EXTENSIONS": {}}, priority="spider")

    async def start(self) -> AsyncIterator[Request]:
        yield Request(self.url, callback=self.parse, errback=self.page_failed)

    async def parse(self, response: Response) -> None:
        """Keep the page."""
        answer = read_answer(response)
        if self.draws and self.crawler.settings.getbool("RENDERING"):
            answer = await drawn_look(answer, Rendering(self.crawler, self.name))
        self.answers.append(answer)

    def page_failed(self, failure: Any) -> None:
        """Keep the reason why there is no page."""
        self.answers.append(failed(failure.request.url, failure.value))


async def drawn_look(answer: Fetched, rendering: Rendering) -> Fetched:
    """Return a page that waits for a script as a browser draws it, where that shows more."""
    page = answer.page
    if not isinstance(page, AnsweredPage):
        return answer
    if not route_of(page.url) and (not vehicle_needs_script(page) or shows_cars(page)):
        return answer
    async with rendering:
        drawn = await rendering.page(page)
    if drawn.page is None or not shows_cars(drawn.page):
        return answer
    return replace(drawn, drawn=True)


def shows_cars(page: Page) -> bool:
    """Whether a page is read as one vehicle's, or as a grid with cars on it."""
    return shows_vehicle(page) or bool(recognize(page).read_grid(page).cards)


def look(
    process: CrawlerProcessBase, target: str, url: str | None = None, *, draws: bool = False
) -> Looked:
    """Return the page at a URL or in a file; ``draws``: in a browser, where only that shows cars.

    A file's own URL is ``url``, else what the golden case it belongs to or its canonical link
    says. Raises Unavailable, and UsageError where a file's URL is missing or no page's.
    """
    if target.startswith(("http://", "https://")):
        if url is not None:
            raise UsageError("--url belongs to a file: a fetched page has its own URL")
        return _fetched(process, target, draws)
    return _stored(Path(target), url)


def in_words(reason: str) -> str:
    """Return a failure of `crawler.fetch` for a person."""
    if reason.startswith("http_"):
        return f"the site answers with HTTP status {reason.removeprefix('http_')}"
    words = REASONS.get(reason) or ADVICE.get(reason)
    return f"{words} ({reason})" if words else reason


def _fetched(process: CrawlerProcessBase, url: str, draws: bool) -> Looked:
    if clean_url(url, url) is None:
        raise UsageError(f"{url!r} is no page's URL")
    answers: list[Fetched] = []
    task = process.crawl(Look, url=url, answers=answers, draws=draws)
    process.start()
    error = task.exception() if isinstance(task, asyncio.Task) and not task.cancelled() else None
    if error is not None:
        raise error
    if not answers:
        raise Unavailable(f"{url}: interrupted")
    [answer] = answers
    if answer.page is None:
        raise Unavailable(f"{answer.url} could not be read: {in_words(str(answer.failure))}")
    return Looked(answer.page, answer.page.html.encode(), answer.drawn)


def _stored(path: Path, url: str | None) -> Looked:
    try:
        body = path.read_bytes()
    except OSError as error:
        raise Unavailable(
            f"{path} could not be read: {error.strerror}; a URL begins with https://"
        ) from error
    status = 200
    meta_path = path.with_name(CASE_META)
    if url is None and meta_path.is_file():
        meta = json.loads(meta_path.read_text("utf-8"))
        url, status = meta["url"], meta.get("status", 200)
    url = url or _canonical(body)
    if url is None or clean_url(url, url) is None:
        raise UsageError(f"{path} does not say where it came from: add --url URL", print_help=False)
    return Looked(Page(url, body, status), body)


def _canonical(body: bytes) -> str | None:
    """The page's URL by its own word; only an absolute one is any use."""
    selector = Page("https://nowhere.invalid/", body).selector
    found: str | None = selector.css("link[rel=canonical]::attr(href)").get()
    return found or selector.css("meta[property='og:url']::attr(content)").get()


class PageCommand(ScrapyCommand):
    """A command about one page, from the web or from a file; it is quiet unless `-L` asks for
    more than what went wrong."""

    requires_project = True

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument("--url", help="where the file came from, if it does not say")

    def process_options(self, args: list[str], opts: argparse.Namespace) -> None:
        assert self.settings is not None
        self.settings.set("LOG_LEVEL", "WARNING", priority="spider")
        super().process_options(args, opts)
