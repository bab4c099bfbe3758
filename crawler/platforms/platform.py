"""What every dealer platform has in common: it declares, the readers of `crawler.extract` do."""

import re
from dataclasses import replace
from functools import cache, lru_cache
from typing import ClassVar
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from contract.urls import url_identity
from crawler.extract.automobilia import is_automobilia
from crawler.extract.card import Card
from crawler.extract.content import outside_content
from crawler.extract.css import select
from crawler.extract.detail import Detail, read_detail
from crawler.extract.detail_rules import DetailRules
from crawler.extract.embedded_grid import GridRules
from crawler.extract.grid import GridPage, read_grid
from crawler.extract.json_endpoint import JsonGrid
from crawler.extract.page import Page
from crawler.extract.status import PageStatus, read_status
from crawler.extract.tile import Tile
from crawler.extract.tile_bounds import header_columns
from crawler.extract.vehicle_links import is_other_business, same_site, vehicle_url_score

__all__ = ["Platform"]


class Platform:
    """One vendor of dealer websites. Subclasses set attributes; few need a method.

    ``fingerprints`` are CSS selectors of which any match names the platform, and ``photo_path`` a
    pattern of the vendor's photo URLs without their host: prefer the structure of tiles and paths
    to the vendor's host, which mirrors and proxies replace. ``vehicle_path`` is a pattern of the
    addresses of its vehicles' pages where no other vendor has such. ``tiles`` are
    CSS selectors of one vehicle's element, in the order they are tried. ``grid_paths`` say where
    the vendor mounts its current grid, most common first; the sold one is found by its links.

    ``grid_rules`` tell how the data of grids that scripts draw is read, ``json_grids`` which
    endpoints serve them (docs/script-grids.md).

    The ``detail_`` attributes are CSS selectors of a vehicle's page, each optional, because the
    generic reader finds most by structure: ``detail_block`` the main block, ``detail_cuts`` what is
    dropped before reading (rails of other cars, modals), ``detail_pairs`` labels and their values,
    ``detail_gallery`` the elements that hold the photos, ``detail_price`` the asking price.
    """

    name: ClassVar[str]
    fingerprints: ClassVar[tuple[str, ...]] = ()
    photo_path: ClassVar[str | None] = None
    vehicle_path: ClassVar[str | None] = None
    grid_paths: ClassVar[tuple[str, ...]] = ()
    tiles: ClassVar[tuple[str, ...]] = ()
    grid_rules: ClassVar[GridRules] = GridRules()
    json_grids: ClassVar[tuple[JsonGrid, ...]] = ()
    detail_block: ClassVar[tuple[str, ...]] = ()
    detail_cuts: ClassVar[tuple[str, ...]] = ()
    detail_pairs: ClassVar[tuple[tuple[str, str], ...]] = ()
    detail_gallery: ClassVar[tuple[str, ...]] = ()
    detail_price: ClassVar[tuple[str, ...]] = ()

    def recognizes(self, page: Page) -> bool:
        """Tell whether the page is of this platform."""
        # Every page is asked for by every platform: most are answered by the source alone.
        escaped = "&#x2F;" in page.html or "&#47;" in page.html
        for selector, needle in _needles(self.fingerprints):
            if (escaped or needle in page.html) and select(selector, page.root):
                return True
        return self._pattern(page) is not None

    def fingerprint(self, page: Page) -> str | None:
        """Return the selector, or the photo or vehicle path, by which the page is of this
        platform."""
        for selector in self.fingerprints:
            if select(selector, page.root):
                return selector
        return self._pattern(page)

    def _pattern(self, page: Page) -> str | None:
        """The address by which the page is of this platform: its own, or one it names."""
        if self.photo_path and (found := re.search(self.photo_path, page.html)):
            return f"photo path {found[0]}"
        if self.vehicle_path:
            for text in (urlsplit(page.url).path, page.html):
                if found := re.search(self.vehicle_path, text):
                    return f"vehicle path {found[0]}"
        return None

    def grids(self, page: Page) -> tuple[str, ...]:
        """The addresses where the current grid may be, by what a page of the site says and the
        paths where this vendor mounts it, the most likely first."""
        return tuple(filter(None, map(page.link, self.grid_paths)))

    def read_grid(self, page: Page) -> GridPage:
        """Read one page of a grid. Never raises, whatever the page.

        The last pages read are remembered: who looks whether a page is a grid walks it next.
        """
        return _read_grid(self, page)

    def read_status(self, page: Page) -> PageStatus:
        """Read the page of one vehicle. Never raises, whatever the page."""
        return read_status(page)

    def read_detail(self, page: Page) -> Detail:
        """Read every field of one vehicle's page. Never raises, whatever the page.

        The last pages read are remembered: who looks whether a page waits for a script judges it
        next.
        """
        return _read_detail(self, page)

    def listing_url(self, url: str) -> str:
        """The address a vehicle is known by, of the one that its tile links to: without what names
        a view of the page (``?type=cash``) or the way to it (``/collections/all``)."""
        return url

    def named_tiles(self, page: Page) -> list[Tile]:
        """The tiles that the platform's selectors find and that lead to a vehicle's page."""
        found: dict[HtmlElement, Tile] = {}
        outside = outside_content(page)
        asked: set[HtmlElement] = set()
        for selector in self.tiles:
            for element in select(selector, page.root):
                if element in asked:
                    continue  # By another of the selectors.
                asked.add(element)
                element, url = self.tile_link(page, element)
                if url is not None and not any(node in found for node in element.iterancestors()):
                    found.setdefault(element, Tile(element, url, header_columns(element)))
        order = {element: index for index, element in enumerate(page.elements)}
        tiles = sorted(found.values(), key=lambda tile: order.get(tile.element, 0))
        # Rails of other cars are built of the same tiles as the grid, and so are a shop's shirts.
        return [
            tile
            for tile in tiles
            if tile.element not in outside and not is_automobilia(tile.element)
        ]

    def tile_link(self, page: Page, element: HtmlElement) -> tuple[HtmlElement, str | None]:
        """The tile's element and the vehicle's page it leads to; a block inside a link grows to
        the link."""
        anchor = element if element.tag == "a" else next(element.iterancestors("a"), None)
        if anchor is not None:
            return anchor, page.link(anchor.get("href"))
        best: tuple[float, str] | None = None
        here = url_identity(page.url).partition("?")[0]
        for inner in element.iter("a"):
            url = page.link(inner.get("href"))
            if url is None or not same_site(url, page.url) or is_other_business(url):
                continue
            if url_identity(url).partition("?")[0] == here:
                continue
            score = vehicle_url_score(url) + (0.5 if inner.get("title") or len(inner) else 0.0)
            if best is None or score > best[0]:
                best = (score, url)
        return element, best[1] if best else None


LITERAL = re.compile(r"[.#]([A-Za-z][\w-]*)|[*^$~]?=\s*['\"]([^'\"]+)['\"]")


@cache
def _needles(selectors: tuple[str, ...]) -> tuple[tuple[str, str], ...]:
    """Each selector with the longest name or value in it: what no page it matches is without."""
    parts = [part.strip() for selector in selectors for part in selector.split(",")]
    return tuple(
        (part, max((named or value for named, value in LITERAL.findall(part)), key=len, default=""))
        for part in parts
    )


@lru_cache(maxsize=2)
def _read_detail(platform: Platform, page: Page) -> Detail:
    return read_detail(
        page,
        DetailRules(
            block=platform.detail_block,
            cuts=platform.detail_cuts,
            pairs=platform.detail_pairs,
            gallery=platform.detail_gallery,
            price=platform.detail_price,
        ),
    )


@lru_cache(maxsize=2)
def _read_grid(platform: Platform, page: Page) -> GridPage:
    grid = read_grid(page, platform.named_tiles(page), platform.grid_rules)
    if type(platform).listing_url is Platform.listing_url:
        return grid
    cards: dict[str, Card] = {}
    for card in grid.cards:
        card = replace(card, url=platform.listing_url(card.url))
        identity = url_identity(card.url)
        cards[identity] = cards[identity].filled_from(card) if identity in cards else card
    return replace(grid, cards=tuple(cards.values()))
