"""What embedded data adds to a grid page that its tiles do not show."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from contract.urls import url_identity
from crawler.extract.card import Card
from crawler.extract.embedded import EmbeddedGrid, OwnStock, read_embedded
from crawler.extract.page import Page

__all__ = ["NO_RULES", "GridRules", "next_by_data", "with_embedded"]


@dataclass(frozen=True)
class GridRules:
    """What a platform declares about grids that scripts draw.

    ``vehicle_path`` is the address of a vehicle with ``{slug}`` or ``{vin}``; ``own_stock`` tells
    the site's cars from other rooftops'; ``page_step`` is the query parameter that pages the grid
    and whether it counts pages or vehicles; ``mounts`` are CSS selectors of the place
    where a script draws the grid.
    """

    vehicle_path: str | None = None
    own_stock: OwnStock | None = None
    page_step: tuple[str, Literal["page", "offset"]] | None = None
    mounts: tuple[str, ...] = ()


NO_RULES = GridRules()
KEYS = ('vin"', "vin'", "vin:", "vin&quot;", 'Vin"', 'VIN"')


def with_embedded(
    page: Page, cards: Sequence[Card], rules: GridRules = NO_RULES
) -> tuple[tuple[Card, ...], EmbeddedGrid]:
    """Return the page's cards with those that only its data shows, and the data's grid.

    Data is read where no tile was found, or where it names more VINs than there are tiles. Beside
    tiles it counts only when it tells of most of the same cars: else it is a list of others.
    """
    if cards and sum(map(page.html.count, KEYS)) <= len(cards):
        return tuple(cards), EmbeddedGrid()
    data = read_embedded(page, rules.vehicle_path, rules.own_stock)
    if not cards:
        return data.cards, data
    known = {url_identity(card.url): card for card in data.cards}
    shared = sum(url_identity(card.url) in known for card in cards)
    if 2 * shared < len(cards):
        return tuple(cards), EmbeddedGrid()
    told = {url_identity(card.url): card for card in cards}
    for identity, card in known.items():
        told[identity] = told[identity].filled_from(card) if identity in told else card
    return tuple(told.values()), data


def next_by_data(page: Page, data: EmbeddedGrid, rules: GridRules = NO_RULES) -> str | None:
    """The next page by the data's own numbers, where the page shows no pager; None at the end and
    where the data does not tell."""
    entries = data.entries
    parts = urlsplit(page.url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    name, counts = rules.page_step or ("page", "page")
    here = next((int(value) for key, value in query if key == name and value.isdigit()), None)
    if not entries or (rules.page_step is None and (data.page is None or data.last_page is None)):
        return None
    if counts == "offset":
        start = data.offset if data.offset is not None else here or 0
        if data.total is None or start + entries >= data.total:
            return None
        following = start + max(entries, data.size or 0)
    else:
        current = data.page or here or 1
        last = data.last_page
        if last is None and data.total is not None:
            last = -(-data.total // max(entries, data.size or 0))
        if last is None or current >= last:
            return None
        following = current + 1
    kept = [(key, value) for key, value in query if key != name]
    return urlunsplit(parts._replace(query=urlencode([*kept, (name, str(following))])))
