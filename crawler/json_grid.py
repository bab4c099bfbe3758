"""Walking a grid whose cars come from a JSON endpoint, by the rules that hold for pages of HTML.

The endpoint is asked only where the grid's pages themselves did not tell all: they need a script,
show no car, or fewer than they declare. Guard, robots rules, pace and retries apply to every
request as to any other, whatever host answers.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import TYPE_CHECKING

from scrapy import Request

from contract.urls import url_identity
from crawler.extract.card import Card
from crawler.extract.json_endpoint import JsonPages, JsonRequest, named_endpoints
from crawler.extract.page import Page
from crawler.fetch import Fetch, Fetched, failed, read_answer
from crawler.grid_memory import RecalledCard, SeenCard
from crawler.platforms import Platform, recognize
from crawler.walk import MAX_BARREN_PAGES, MAX_PAGES, GridWalk, walk_grid

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["Ask", "asker", "endpoints_of", "is_unread_grid", "serves_grid", "walk_whole_grid"]

Ask = Callable[[JsonRequest], Awaitable[Fetched]]

UNTOLD = frozenset(
    ["needs_script", "no_listings", "fewer_than_declared", "pager_ended_early", "pager_loop"]
)
"""Ends of a walk through HTML after which the endpoint may know more."""


def asker(crawler: "Crawler") -> Ask:
    """Return a coroutine function that asks an endpoint with this crawler's engine and never raises
    for what a site does."""

    async def ask(asked: JsonRequest) -> Fetched:
        assert crawler.engine is not None
        request = Request(
            asked.url, method=asked.method, body=asked.body, headers=dict(asked.headers)
        )
        try:
            return read_answer(await crawler.engine.download_async(request))
        except Exception as error:
            return failed(asked.url, error)

    return ask


async def walk_whole_grid(
    walk: GridWalk, fetch: Fetch, ask: Ask | None, first: Page | None = None
) -> AsyncIterator[Card | RecalledCard]:
    """Walk a grid's pages and, where they leave cars untold, its JSON endpoint; yields each listing
    once. The manifest's scope stays the grid's own URL."""
    if first is None:
        fetched = await fetch(walk.grid_url)
        if fetched.page is None:
            walk.incomplete_because, walk.blocked = fetched.failure, fetched.blocked
            return
        first = fetched.page
    async for known in walk_grid(walk, fetch, first):
        yield known
    if ask is None or walk.blocked or walk.platform is None:
        return
    if walk.incomplete_because not in UNTOLD:
        return
    for endpoint in endpoints_of(first, walk.platform):
        async for card in _walk_endpoint(walk, endpoint, ask):
            yield card
        if walk.complete or walk.incomplete_because not in UNTOLD:
            return


def serves_grid(page: Page) -> bool:
    """Tell whether a page without tiles is a grid with an endpoint that Paddock can ask."""
    return is_unread_grid(page) and next(endpoints_of(page), None) is not None


def is_unread_grid(page: Page) -> bool:
    """Tell whether a page is a grid that a script has yet to draw, and not the site's home page,
    which may well be one big mount point."""
    return not page.is_home and recognize(page).read_grid(page).needs_script


def endpoints_of(page: Page, platform: Platform | None = None) -> Iterator[JsonPages]:
    """The endpoints behind a grid page: those its platform declares, else those the page names."""
    platform = platform or recognize(page)
    declared = False
    for endpoint in _declared(platform, page):
        declared = True
        yield endpoint
    if not declared:
        yield from named_endpoints(page, platform.grid_rules)


def _declared(platform: Platform, page: Page) -> Iterator[JsonPages]:
    for one in platform.json_grids:
        pages = JsonPages.of(one, page, platform.grid_rules)
        if pages is not None:
            yield pages


async def _walk_endpoint(walk: GridWalk, pages: JsonPages, ask: Ask) -> AsyncIterator[Card]:
    """Ask an endpoint to its end and judge the walk anew by what both told."""
    before = len(walk.listings)
    request = pages.first()
    total: int | None = None
    set_aside = barren = asked = unclaimed = 0
    reason: str | None = None
    told = False
    while request is not None:
        fetched = await ask(request)
        answer = pages.read(fetched.page.html) if fetched.page is not None else None
        if answer is None:
            reason = fetched.failure or "not_json"
            if fetched.turned_away and told:
                walk.blocked = True
            break
        asked += 1
        told = told or answer.entries > 0
        total = max(filter(None, (total, answer.total)), default=None)
        set_aside += answer.set_aside
        unclaimed += answer.unclaimed
        fresh = [card for card in answer.cards if url_identity(card.url) not in walk.listings]
        walk.listings.update((seen.identity, seen) for seen in map(SeenCard.of, fresh))
        for card in fresh:
            yield card
        barren = 0 if fresh or answer.set_aside else barren + 1
        request = pages.following(request, answer)
        if request is not None and barren >= MAX_BARREN_PAGES:
            break
        if request is not None and walk.pages + asked >= MAX_PAGES:
            reason = "page_limit"
            break
    if not told:
        return  # Nothing was learned: the walk ended as its pages said.
    walk.pages += asked
    if reason is not None:
        walk.incomplete_because = reason
        return
    if len(walk.listings) == before == 0 and unclaimed:
        return  # Cars without an address: a browser may still see their links.
    walk.incomplete_because, walk.last_page, walk.set_aside = None, None, set_aside
    walk.declared_total = max(filter(None, (walk.declared_total, total)), default=None)
    walk.close()
