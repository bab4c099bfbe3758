"""The golden pages as tests of single traps read them: by name, whole, or walked like a site."""

from collections.abc import Mapping
from pathlib import Path

from crawler.extract.card import Card
from crawler.extract.detail import Detail
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.fetch import Fetch, Fetched
from crawler.golden import Case
from crawler.platforms import recognize
from crawler.walk import GridWalk, walk_grid

__all__ = ["FIXTURES", "cards", "detail", "grid", "page", "walked"]

FIXTURES = Path(__file__).parents[2] / "fixtures"


def page(name: str) -> Page:
    """Return the page of a case, "platform/case"."""
    return Case(FIXTURES / name).page()


def grid(name: str) -> GridPage:
    """Return what its platform reads on a grid's page."""
    found = page(name)
    return recognize(found).read_grid(found)


def cards(name: str) -> dict[str, Card]:
    """Return a grid's cards by their titles."""
    return {str(card.title): card for card in grid(name).cards}


def detail(name: str) -> Detail:
    """Return what its platform reads on a vehicle's page."""
    found = page(name)
    return recognize(found).read_detail(found)


def site(pages: Mapping[str, Page]) -> Fetch:
    """Return a fetch of these pages alone."""

    async def fetch(url: str) -> Fetched:
        if url not in pages:
            return Fetched(url, failure="http_404")
        return Fetched(url, page=Page(url, pages[url].html))

    return fetch


async def walked(first: str, *others: str, grid: str | None = None) -> GridWalk:
    """Walk a site whose pages are these cases, from the first one on."""
    pages = {found.url: found for found in map(page, (first, *others))}
    walk = GridWalk(grid or page(first).url, "current")
    async for _ in walk_grid(walk, site(pages)):
        pass
    return walk
