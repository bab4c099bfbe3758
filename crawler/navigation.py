"""Looking for the grid in a site's navigation, where no link was named as the inventory."""

from collections.abc import Container, Sequence

from contract.urls import url_identity
from crawler.extract.inventory_links import navigation_links
from crawler.extract.page import Page
from crawler.fetch import Fetch
from crawler.json_grid import is_unread_grid
from crawler.platforms import recognize

__all__ = ["page_of_cars"]

MAX_TRIED = 6


async def page_of_cars(
    pages: Sequence[Page],
    tried: Container[str],
    fetch: Fetch,
    featured: frozenset[str] = frozenset(),
) -> Page | None:
    """Follow the navigation of ``pages`` to one that offers more cars than those ``featured`` on
    them, or, where they show none, one that a script has yet to draw.

    ``tried`` and ``featured`` are url identities. None where there is no such page, or
    the site turns us away.
    """
    links = {url_identity(url): url for page in pages for url in navigation_links(page)}
    ahead = [url for identity, url in links.items() if identity not in tried]
    for url in ahead[:MAX_TRIED]:
        fetched = await fetch(url)
        if fetched.turned_away:
            return None
        page = fetched.page
        if page is not None and (
            _offers_cars(page, featured) or (not featured and is_unread_grid(page))
        ):
            return page
    return None


def _offers_cars(page: Page, featured: frozenset[str]) -> bool:
    """Whether a page shows more cars than are featured, all of these among them, or most with a
    price or a mark, as on no page of past work or news."""
    cards = recognize(page).read_grid(page).cards
    if len(cards) <= len(featured):
        return False
    if featured and featured <= {url_identity(card.url) for card in cards}:
        return True
    return 2 * sum(bool(card.price or card.mark) for card in cards) > len(cards)
