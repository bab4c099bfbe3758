"""Walking a grid through a browser, where its pages, its embedded data and its endpoints told no
car.

The rules are those of every walk (`crawler.walk`): the same readers, the same pager, the same
judgement whether the end was reached. What the browser adds is the page as it looks once its
scripts have run.
"""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import fields
from typing import TYPE_CHECKING, Any
from uuid import UUID
from weakref import WeakKeyDictionary

from scrapy import Request

from contract.urls import site_of, url_identity
from crawler.answered_page import AnsweredPage
from crawler.extract.card import Card
from crawler.extract.inventory_links import inventory_candidates
from crawler.extract.page import Page
from crawler.fetch import Fetch, Fetched, failed, read_answer
from crawler.grid_memory import RecalledCard
from crawler.json_grid import Ask, walk_whole_grid
from crawler.platforms import recognize
from crawler.rendering.habits import Habit, Kind, forget, habit_of, keep
from crawler.rendering.handler import RENDER, leave
from crawler.rendering.visit import DOCUMENT, MORE_LEFT, VISIT, Limits, Visit
from crawler.session import session_of
from crawler.walk import GridWalk, walk_grid

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["Rendering", "drawn_grid", "rendering", "walk_with_browser"]

NO_PROOF = frozenset(["browser_missing", "browser_crashed", "closing"])
"""Failures of ours, which tell nothing about the site."""
MAX_LINKS = 3
"""Links of a drawn home page that are tried for the grid."""
TRIES = 2
"""A page whose browser crashed is tried once more."""


class Rendering:
    """Draws the pages of one dealer in this crawler's browser. ``failure`` is the last page's."""

    def __init__(self, crawler: "Crawler", name: str) -> None:
        self.crawler = crawler
        self.visit = Visit(name, Limits.of(crawler.settings))
        self.failure: str | None = None
        self.more_left = False
        self._places = _places_of(crawler)

    @property
    def proves(self) -> bool:
        """Whether the last page's end tells anything about the site."""
        return self.failure not in NO_PROOF

    async def habit(self, url: str, kind: Kind = "grid") -> Habit | None:
        """What is known of a URL's site."""
        return await habit_of(session_of(self.crawler), site_of(url), kind)

    async def keep(self, url: str, gained: int, kind: Kind = "grid") -> None:
        """Keep what drawing a site brought, where that tells anything."""
        if gained or self.proves:
            await keep(session_of(self.crawler), site_of(url), gained, self.failure, kind)

    async def forget(self, url: str) -> None:
        """Note that a site needs no browser."""
        await forget(session_of(self.crawler), site_of(url))

    async def page(self, plain: AnsweredPage) -> Fetched:
        """Return a page as a browser draws it, or why it could not be drawn."""
        fetched = Fetched(plain.url, failure="closing")
        for _ in range(TRIES):
            fetched = await self._drawn(plain)
            self.failure = fetched.failure
            if fetched.failure not in ("browser_crashed", "page_crashed"):
                break
        return fetched

    async def _drawn(self, plain: AnsweredPage) -> Fetched:
        assert self.crawler.engine is not None
        request = Request(
            plain.url,
            meta={
                RENDER: True,
                VISIT: self.visit,
                DOCUMENT: plain.response,
                "playwright_context": self.visit.name,
                "playwright_context_kwargs": {
                    # An honest visitor: our name, no stored state, no permissions, no downloads.
                    "user_agent": self.crawler.settings["USER_AGENT"],
                    "service_workers": "block",
                    "accept_downloads": False,
                    "permissions": [],
                    "viewport": {"width": 1366, "height": 1800},
                    "reduced_motion": "reduce",
                },
                "playwright_page_goto_kwargs": {"wait_until": "commit"},
                # The page was fetched, with its redirects, before; what a script or a meta element
                # makes of it now is no redirect of the site's.
                "dont_redirect": True,
                "dont_retry": True,
            },
        )
        try:
            answer = read_answer(await self.crawler.engine.download_async(request))
        except Exception as error:
            return failed(plain.url, error)
        self.more_left = self.more_left or request.meta.get(MORE_LEFT, False)
        return answer

    async def __aenter__(self) -> "Rendering":
        await self._places.acquire()
        return self

    async def __aexit__(self, *_: Any) -> None:
        try:
            await leave(self.crawler, self.visit)
        finally:
            self._places.release()


def rendering(crawler: "Crawler", organization_id: UUID) -> Rendering | None:
    """Return what draws an organization's pages; None where RENDERING is off."""
    if not crawler.settings.getbool("RENDERING"):
        return None
    return Rendering(crawler, str(organization_id))


_places: WeakKeyDictionary["Crawler", asyncio.Semaphore] = WeakKeyDictionary()


def _places_of(crawler: "Crawler") -> asyncio.Semaphore:
    if crawler not in _places:
        _places[crawler] = asyncio.Semaphore(crawler.settings.getint("RENDER_DEALERS") or 1)
    return _places[crawler]


async def walk_with_browser(
    walk: GridWalk,
    fetch: Fetch,
    ask: Ask | None,
    first: Page | None,
    rendering: Rendering | None,
) -> AsyncIterator[Card | RecalledCard]:
    """Walk a grid as far as it goes without a browser, and go on with one where it needs that."""
    if first is None:
        fetched = await fetch(walk.grid_url)
        if fetched.page is None:
            walk.incomplete_because, walk.blocked = fetched.failure, fetched.blocked
            return
        first = fetched.page
    habit = await rendering.habit(walk.grid_url) if rendering is not None else None
    straight = habit is not None and habit.needed
    async for card in walk_whole_grid(walk, fetch, None if straight else ask, first):
        yield card
    if rendering is None or walk.blocked:
        return
    if not _wants_browser(walk):
        if habit is not None and walk.listings:
            await rendering.forget(walk.grid_url)
        return
    if (habit is not None and not habit.needed) or not isinstance(first, AnsweredPage):
        return
    before = len(walk.listings)
    async with rendering:
        async for card in _walk_drawn(walk, fetch, first, rendering):
            yield card
    gained = len(walk.listings) - before or int(walk.drawn and walk.complete)
    # One bad day proves nothing about a site that is known to need a browser.
    if gained or not (straight and rendering.failure):
        await rendering.keep(walk.grid_url, gained)


async def drawn_grid(home: Page, fetch: Fetch, rendering: Rendering | None) -> Page | None:
    """Return the grid that a home page links once it is drawn, or None."""
    if rendering is None or not isinstance(home, AnsweredPage) or not home.is_home:
        return None
    habit = await rendering.habit(home.url)
    unhelped = habit is not None and not habit.needed
    if unhelped or not recognize(home).read_grid(home).needs_script:
        return None
    async with rendering:
        drawn = await rendering.page(home)
    for url in [] if drawn.page is None else _grids_of(drawn.page)[:MAX_LINKS]:
        fetched = await fetch(url)
        if fetched.page is not None:
            reading = recognize(fetched.page).read_grid(fetched.page)
            if reading.cards or reading.needs_script:
                return fetched.page
    return None


def _grids_of(page: Page) -> list[str]:
    """Where a page says that the inventory is, itself left out."""
    links = (url for url, _ in inventory_candidates(page))
    return [url for url in links if url_identity(url) != url_identity(page.url)]


def _wants_browser(walk: GridWalk) -> bool:
    """Whether a walk ended for want of a script: no car at all, one page that declares more than
    it shows and has no pager, as grids do that load more by scrolling, or a pager of buttons."""
    if walk.incomplete_because == "needs_script":
        return True
    if walk.incomplete_because == "pager_ended_early" and walk.pages == 1:
        return True
    return (
        walk.incomplete_because == "fewer_than_declared"
        and walk.pages == 1
        and (walk.last_page or 1) == 1
    )


async def _walk_drawn(
    walk: GridWalk, fetch: Fetch, first: AnsweredPage, rendering: Rendering
) -> AsyncIterator[Card | RecalledCard]:
    """Walk the grid anew as a browser draws it; where that gains nothing, the walk stays as it
    was."""
    plain = {part.name: getattr(walk, part.name) for part in fields(walk)}
    known = len(walk.listings)

    async def draw(url: str) -> Fetched:
        fetched = await fetch(url)
        if not isinstance(fetched.page, AnsweredPage):
            return fetched
        return await rendering.page(fetched.page)

    answer = await rendering.page(first)
    if answer.page is None:
        return
    if first.is_home and _grids_of(answer.page):
        return  # A home page that features some cars is not the grid.
    walk.pages, walk.last_page, walk.set_aside = 0, None, 0
    walk.incomplete_because, walk.needs_script, walk.drawn = None, False, True
    async for card in walk_grid(walk, draw, answer.page):
        yield card
    # A pager that a browser has turned to its end, and that brought nothing, has but one page.
    is_whole = plain["incomplete_because"] == "pager_ended_early" and not rendering.more_left
    if len(walk.listings) == known and not (is_whole and walk.complete):
        for name, value in plain.items():
            setattr(walk, name, value)
    elif walk.complete and rendering.more_left and not walk.declared_total:
        walk.incomplete_because = "more_left"
