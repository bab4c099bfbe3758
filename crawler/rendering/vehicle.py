"""Drawing vehicle pages, where only a script can show the vehicle.

A site whose grid had to be drawn answers every address with the same shell, so its vehicle pages
are drawn as well. Elsewhere a page that shows no vehicle and waits for a script is tried; what came
of it is kept for the site's other pages (`crawler.rendering.habits`).
"""

from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from contract.urls import route_of, site_of
from crawler.answered_page import AnsweredPage
from crawler.extract.page import Page
from crawler.extract.script_mounts import gallery_needs_script, vehicle_needs_script
from crawler.fetch import NO_VALIDATORS, Fetch, Fetched
from crawler.listing_judge import LEAST_CONFIDENCE
from crawler.platforms import recognize
from crawler.rendering.walk import Rendering, rendering

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["Draw", "drawer", "fetcher_of_vehicles", "shows_vehicle", "vehicle_drawer"]

Draw = Callable[[Fetched], Awaitable[Fetched]]
TRIALS = 2
"""Pages of a site that are drawn before it counts as one where that shows nothing."""


def vehicle_drawer(crawler: "Crawler", organization_id: UUID) -> Draw | None:
    """Return what draws an organization's vehicle pages; None where RENDERING is off."""
    found = rendering(crawler, organization_id)
    return drawer(found) if found is not None else None


def fetcher_of_vehicles(fetch: Fetch, rendering: Rendering | None, *, all_drawn: bool) -> Fetch:
    """Return what fetches vehicle pages as they look: drawn by ``rendering`` where a page shows no
    vehicle without, of sites whose pages are ``all_drawn``; of others, routes alone."""
    if rendering is None:
        return fetch
    draw = drawer(rendering)

    async def fetch_drawn(url: str) -> Fetched:
        answer = await fetch(url)
        return await draw(answer) if all_drawn or route_of(url) else answer

    return fetch_drawn


def shows_vehicle(page: Page) -> bool:
    """Whether a page is read as one vehicle's."""
    return recognize(page).read_detail(page).confidence >= LEAST_CONFIDENCE


def drawer(rendering: Rendering) -> Draw:
    """Return a coroutine function that turns the answer to a request for a vehicle page into the
    page as a browser draws it, where the site and the page need that."""
    needs: dict[str, bool | None] = {}  # None: to be tried.
    fruitless: Counter[str] = Counter()

    async def draw(answer: Fetched) -> Fetched:
        page = answer.page
        if not isinstance(page, AnsweredPage):
            return answer
        site = site_of(page.url)
        if needs.get(site, True) is False or not _waits(page):
            return answer
        if site not in needs:
            needs[site] = await _known(rendering, page.url)
            if needs[site] is False:
                return answer
        async with rendering:
            drawn = await rendering.page(page)
        # The shell's version says nothing about the car, so nobody may ask by it whether that
        # has changed.
        drawn = replace(drawn, validators=NO_VALIDATORS, drawn=True)
        if drawn.page is not None and _shows_more(drawn.page, page):
            if not needs[site]:
                needs[site] = True
                await rendering.keep(page.url, 1, "vehicle")
            return drawn
        if needs[site]:
            if route_of(page.url) or not shows_vehicle(page):
                return drawn
            return answer if drawn.page is not None else replace(answer, is_whole=False)
        fruitless[site] += 1
        if fruitless[site] >= TRIALS or not rendering.proves:
            needs[site] = False
            await rendering.keep(page.url, 0, "vehicle")
        return answer

    return draw


def _waits(page: Page) -> bool:
    """Whether a page shows no vehicle, or one without a photo, for want of a script. What a server
    answers is never the page of a route."""
    if route_of(page.url):
        return True
    if shows_vehicle(page):
        return not _photos(page) and gallery_needs_script(page)
    return vehicle_needs_script(page)


def _shows_more(drawn: Page, plain: Page) -> bool:
    """Whether a drawn page shows the vehicle, or more photos of one that shows without."""
    if not shows_vehicle(drawn):
        return False
    is_new = bool(route_of(plain.url)) or not shows_vehicle(plain)
    return is_new or _photos(drawn) > _photos(plain)


def _photos(page: Page) -> int:
    return len(recognize(page).read_detail(page).image_urls)


async def _known(rendering: Rendering, url: str) -> bool | None:
    """Whether a site's vehicle pages need a browser, as far as anything is known of them, or of its
    grid."""
    habit = await rendering.habit(url, "vehicle") or await rendering.habit(url)
    return habit.needed if habit is not None else None
