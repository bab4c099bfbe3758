"""One page of an inventory grid, read whole: its tiles, joined with its structured data, its pager,
its totals and the way to the sold archive."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from contract.urls import url_identity
from crawler.extract.card import Card
from crawler.extract.embedded_grid import NO_RULES, GridRules, next_by_data, with_embedded
from crawler.extract.embedded_links import without_offer_view
from crawler.extract.grid_sections import grid_sections
from crawler.extract.microdata import microdata_nodes
from crawler.extract.page import Page
from crawler.extract.pager import read_pager
from crawler.extract.place_cards import place_cards
from crawler.extract.price_language import page_currency
from crawler.extract.script_mounts import needs_script
from crawler.extract.sections import under_sold_headings
from crawler.extract.sold_links import sold_grid_links
from crawler.extract.structured import StructuredVehicle, structured_vehicles
from crawler.extract.tile import Tile, read_tile
from crawler.extract.tiles import find_scripted_tiles, find_tiles
from crawler.extract.totals import declared_total
from crawler.extract.vehicle_links import is_sold_path, same_site, vehicle_url_score

__all__ = ["GridPage", "read_grid"]


@dataclass(frozen=True, kw_only=True)
class GridPage:
    """One page of a grid.

    ``next_url`` is the page after this one in the same grid, with the same filters and order;
    ``declared_total`` and ``last_page`` are what the page claims about the whole grid;
    ``sold_grid_url`` is an explicit link to the archive of sold cars. ``confidence`` (0 to 1) says
    how sure the reader is that this is a grid of vehicles at all. ``needs_script`` says that the
    page shows no vehicle because a script has yet to draw them: the grid is unread, not empty.
    ``set_aside`` counts other rooftops' cars that the page lists and the reader left out.
    ``sections`` are the pages among which the site divides the grid: makes, letters.
    """

    cards: tuple[Card, ...] = ()
    next_url: str | None = None
    declared_total: int | None = None
    last_page: int | None = None
    sold_grid_url: str | None = None
    confidence: float = 0.0
    needs_script: bool = False
    set_aside: int = 0
    sections: Sequence[str] = ()


def read_grid(page: Page, tiles: Sequence[Tile] = (), rules: GridRules = NO_RULES) -> GridPage:
    """Read a grid page; ``tiles`` are those a platform knows by name, the rest is found by
    structure and, where a script draws the tiles, in the page's embedded data."""
    tiles = [replace(tile, url=without_offer_view(tile.url)) for tile in tiles]
    known = {url_identity(tile.url) for tile in tiles}
    found = [tile for tile in find_tiles(page) if url_identity(tile.url) not in known]
    if tiles:
        found = [tile for tile in found if _stands_among(tile, tiles)]
    if not found and not tiles:
        found = list(find_scripted_tiles(page))
    every = [*tiles, *found]
    cards, data = with_embedded(page, _cards(page, every), rules)
    unread = not cards and (data.unclaimed > 0 or needs_script(page, rules.mounts))
    if not cards and not unread:
        cards = place_cards(page)
    pager = read_pager(page)
    total = declared_total(page, len(cards), [tile.element for tile in every])
    return GridPage(
        cards=cards,
        next_url=pager.next_url or next_by_data(page, data, rules, len(cards)),
        declared_total=data.total if total is None else total,
        last_page=pager.last_page or data.last_page,
        sold_grid_url=None if is_sold_path(page.url) else _archive(page, cards),
        confidence=_confidence(cards, bool(tiles)),
        needs_script=unread,
        set_aside=data.set_aside,
        sections=grid_sections(page, shows_cars=bool(cards)),
    )


def _both(card: Card, other: Card) -> Card:
    """Two tiles of one car as one card, by the fuller name: a strip above the grid cuts it."""
    both = card.filled_from(other)
    title = (card.title or "").rstrip(". \u2026")
    if title and other.title and len(title) < MAX_CUT and other.title.startswith(f"{title} "):
        return replace(both, title=other.title)
    return both


MAX_CUT = 60


def _archive(page: Page, cards: Sequence[Card]) -> str | None:
    """The link to the sold cars; the badge "Sold" on a car's own link is none."""
    own = {url_identity(card.url) for card in cards}
    return next((url for url in sold_grid_links(page) if url_identity(url) not in own), None)


def _stands_among(tile: Tile, tiles: Sequence[Tile]) -> bool:
    """Whether a tile found by structure stands in the grid of the tiles known by name."""
    parents = {_grid_of(known.element) for known in tiles}
    return any(ancestor in parents for ancestor in tile.element.iterancestors())


def _grid_of(element: HtmlElement) -> HtmlElement | None:
    return element.getparent()


def _cards(page: Page, tiles: Sequence[Tile]) -> tuple[Card, ...]:
    by_element = _own_vehicles(page, tiles)
    listed = list(structured_vehicles(page.jsonld, page.link))
    by_url = _by_url(listed)
    sold = under_sold_headings(tiles)
    cards: dict[str, Card] = {}
    for tile in tiles:
        card = read_tile(page, tile)
        if tile.element in sold:
            card = replace(card, mark="sold")
        own = by_element.get(tile.element)
        for vehicle in (own, by_url.get(url_identity(tile.url)), by_url.get(_path(tile.url))):
            if vehicle is not None:
                card = card.filled_from(_beside(card, vehicle.card))
        identity = url_identity(tile.url)
        cards[identity] = _both(cards[identity], card) if identity in cards else card
    for vehicle in _only_structured(page, cards, listed):
        assert vehicle.url is not None
        identity = url_identity(vehicle.url)
        card = replace(vehicle.card, url=vehicle.url)
        cards[identity] = cards[identity].filled_from(card) if identity in cards else card
    return tuple(
        replace(card, price_currency=told)
        if not card.price_currency and (told := page_currency(page, card.price))
        else card
        for card in cards.values()
    )


def _beside(card: Card, structured: Card) -> Card:
    """What structured data may add to a tile: no price where the tile shows "Sold" in its place,
    because lists keep the old asking price."""
    if card.mark == "sold" and not card.price:
        return replace(structured, price=None, price_label=None, price_currency=None)
    return structured


def _own_vehicles(page: Page, tiles: Sequence[Tile]) -> dict[HtmlElement, StructuredVehicle]:
    """The microdata or JSON-LD vehicle that stands inside each tile's element."""
    elements = {tile.element for tile in tiles}
    found: dict[HtmlElement, StructuredVehicle] = {}
    for element, node in microdata_nodes(page.root):
        for vehicle in structured_vehicles([node], page.link):
            for holder in (element, *element.iterancestors()):
                if holder in elements:
                    found.setdefault(holder, vehicle)
                    break
            else:
                inner = [child for child in element.iter("*") if child in elements]
                if len(inner) == 1:
                    found.setdefault(inner[0], vehicle)
    return found


def _by_url(vehicles: Iterable[StructuredVehicle]) -> dict[str, StructuredVehicle]:
    """Index vehicles by page; by path alone too, since templates print production hosts."""
    index: dict[str, StructuredVehicle] = {}
    for vehicle in vehicles:
        if vehicle.url:
            index.setdefault(url_identity(vehicle.url), vehicle)
            index.setdefault(_path(vehicle.url), vehicle)
    return index


def _path(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.path.rstrip('/')}?{parts.query}"


def _only_structured(
    page: Page, cards: dict[str, Card], listed: Sequence[StructuredVehicle]
) -> list[StructuredVehicle]:
    """The vehicles that only structured data shows, where the page's tiles come from a script.

    Beside tiles they are left out: lists go stale, and name other pages' cars.
    """
    here = url_identity(page.url)
    usable = [
        vehicle
        for vehicle in listed
        if vehicle.url
        and same_site(vehicle.url, page.url)
        and url_identity(vehicle.url) != here
        and (vehicle.is_vehicle or vehicle_url_score(vehicle.url) >= 1.5)
        and (vehicle.card.title or vehicle.card.vin)
    ]
    distinct = {url_identity(vehicle.url) for vehicle in usable if vehicle.url}
    if len(distinct) < 2 and not any(vehicle.listed for vehicle in usable):
        return []
    shared = sum(identity in cards for identity in distinct)
    if cards and (2 * len(cards) >= len(distinct) or is_sold_path(page.url) or not shared):
        return []
    return usable


def _confidence(cards: Sequence[Card], by_name: bool) -> float:
    """How sure the cards make a grid of vehicles: names, prices and photos on them."""
    if not cards:
        return 0.0
    named = sum(bool(card.title or card.year) for card in cards) / len(cards)
    filled = sum(
        bool(card.price or card.mark)
        + bool(card.image_urls)
        + bool(card.year or card.vin or card.mileage or card.stock_number)
        for card in cards
    )
    share = filled / (3 * len(cards))
    score = 0.35 * named + 0.45 * min(1.0, 1.5 * share) + (0.2 if len(cards) > 2 else 0.1)
    return round(min(1.0, max(score, 0.9 if by_name else 0.0)), 2)
