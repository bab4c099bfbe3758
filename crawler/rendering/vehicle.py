"""Drawing vehicle pages, on the sites whose grids are known to need a browser.

Such a site answers every address with the same shell. Elsewhere nothing is asked and nothing is
drawn: what the inventory walk learned decides (`crawler.rendering.habits`).
"""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

from contract.urls import site_of
from crawler.answered_page import AnsweredPage
from crawler.extract.script_mounts import needs_script
from crawler.fetch import NO_VALIDATORS, Fetched
from crawler.listing_judge import LEAST_CONFIDENCE
from crawler.platforms import recognize
from crawler.rendering.walk import Rendering, rendering

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["Draw", "drawer", "vehicle_drawer"]

Draw = Callable[[Fetched], Awaitable[Fetched]]


def vehicle_drawer(crawler: "Crawler", organization_id: UUID) -> Draw | None:
    """Return what draws an organization's vehicle pages; None where RENDERING is off."""
    found = rendering(crawler, organization_id)
    return drawer(found) if found is not None else None


def drawer(rendering: Rendering) -> Draw:
    """Return a coroutine function that turns the answer to a request for a vehicle page into the
    page as a browser draws it, where the site and the page need that."""
    needs: dict[str, bool] = {}

    async def draw(answer: Fetched) -> Fetched:
        page = answer.page
        if not isinstance(page, AnsweredPage):
            return answer
        site = site_of(page.url)
        if site not in needs:
            habit = await rendering.habit(page.url)
            needs[site] = habit is not None and habit.needed
        if not needs[site] or not needs_script(page):
            return answer
        if recognize(page).read_detail(page).confidence >= LEAST_CONFIDENCE:
            return answer
        async with rendering:
            drawn = await rendering.page(page)
        # The shell's version says nothing about the car, so nobody may ask by it whether that
        # has changed.
        return replace(drawn, validators=NO_VALIDATORS)

    return draw
