"""AAN: plain sites of its own, later the WordPress theme "aanWordpress": American Dream Machines,
North Shore Classics, Beverly Hills Car Club and others.

The grid page holds the first cards or none; a script asks ``/isapi_xml.php`` for the others. Its
answer is no XML: the total, one or two lines of JSON, then the cards as HTML. Cards link by
``onclick`` alone, an old struck price may stand before the current one, ``ina_f.jpg`` is no photo,
and about a third of the cars have no VIN. Older sites answer ``/api/cars`` with JSON.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml.html import HtmlElement

from crawler.extract.card import Card
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.extract.vehicle_links import is_sold_path
from crawler.platforms.platform import Platform

__all__ = ["Aan"]

CALL = "/isapi_xml.php"
VEHICLE = r"/(?:[a-z]+-){0,3}(?:18|19|20)\d\d-[\w%.-]*-c-\d+(?:\.htm\b|/)"
ADDRESS = re.compile(r"['\"]([^'\"]*-c-\d+(?:\.htm|/))(?:[?#][^'\"]*)?['\"]")
PAGE_ID = re.compile(r"\bpageID\s*=\s*['\"](\d+)['\"]")
TOTAL = re.compile(r"\btotalcars\s*=\s*['\"]?(\d{1,6})\b")
LOADED = re.compile(r"\bloadnext\s*=\s*['\"]?(\d{1,6})\b")
CONSTANT = re.compile(r"inventoryConstant\[['\"](\w+)['\"]\]\s*=\s*['\"]([^'\"]+)['\"]")
LIMIT = "24"
FIELDS = {
    "year": "year",
    "make": "make",
    "model": "model",
    "trim": "trim",
    "vin": "vin",
    "stock_number": "stockno",
    "exterior_color": "ext_color",
    "interior_color": "int_color",
    "body_style": "body",
    "location": "location",
}
"""Our fields → those of ``/api/cars``."""


class Aan(Platform):
    name = "aan"
    grid_paths = ("/inventory.htm", "/inventory/", "/api/cars")
    photo_path = r"/galleria_images/\d+/|/imagetag/\d+/\d+/[a-z]/[\w%.-]+-\d{10}\.jpe?g"
    vehicle_path = VEHICLE
    tiles = (".search-results-item", ".inventory-card", ".car-col")
    fingerprints = (
        "[src*='/themes/aanWordpress/']",
        "[href*='/themes/aanWordpress/']",
        ".search-results-item .car_name_inventory_class",
        ".inventory-card .single-car-name",
        ".inventory-detailed-internet-price",
    )
    detail_cuts = (".similar-cars", ".similar-vehicles", "#similar", ".search-results-item")
    detail_pairs = (("#details .datatable dt", "#details .datatable dd"),)
    detail_gallery = ("a.fancybox", "[src*='galleria_images/']", "#galleria img")
    detail_price = (".inventory-detailed-internet-price",)

    def recognizes(self, page: Page) -> bool:
        return _is_call(page) or bool(_listed(page)) or super().recognizes(page)

    def grids(self, page: Page) -> tuple[str, ...]:
        following = self.read_grid(page).next_url
        return tuple(filter(None, (following, *super().grids(page))))

    def read_grid(self, page: Page) -> GridPage:
        if listed := _listed(page):
            cards = tuple(_cards(page, listed))
            return GridPage(cards=cards, declared_total=len(cards), confidence=0.9)
        grid = super().read_grid(page)
        call = _call(page)
        if call is None:
            return grid
        total, query = call
        offset = _number(query.get("offset")) or 0
        loaded = LOADED.search(page.html)
        shown = int(loaded[1]) if loaded and grid.cards else len(grid.cards)
        if _is_call(page):
            # A card that was not read makes the step shorter: it is asked for again, none is lost.
            shown = offset + (shown or _number(query.get("limit")) or int(LIMIT))
        more = total is None or shown < total
        sold = grid.sold_grid_url
        if sold is None and query.get("sold") == "Available":
            sold = _address(page, query | {"sold": "Sold", "offset": "0"})
        return replace(
            grid,
            next_url=_address(page, query | {"offset": str(shown)}) if more else None,
            declared_total=total,
            last_page=None,
            sold_grid_url=sold,
        )

    def listing_url(self, url: str) -> str:
        # The query tells where in the list the visitor came from.
        return url.partition("?")[0] if re.search(VEHICLE, url) else url

    def tile_link(self, page: Page, element: HtmlElement) -> tuple[HtmlElement, str | None]:
        for inner in element.iter("*"):
            if found := ADDRESS.search(inner.get("onclick") or f"'{inner.get('href')}'"):
                return element, page.link(found[1])
        return super().tile_link(page, element)


def _is_call(page: Page) -> bool:
    return urlsplit(page.url).path.endswith(CALL)


def _call(page: Page) -> tuple[int | None, dict[str, str]] | None:
    """The total and the query of the script's calls, by a call's answer or the page that calls."""
    if _is_call(page):
        head = page.html.lstrip("\ufeff \r\n").partition("\n")[0].strip()
        return _number(head), dict(parse_qsl(urlsplit(page.url).query))
    total, page_id = TOTAL.search(page.html), PAGE_ID.search(page.html)
    if total is None and page_id is None:
        return (None, _plain_query(page)) if CALL in page.html else None
    query = {"module": "inventory"} | dict(CONSTANT.findall(page.html))
    if page_id is not None:
        query |= {"pageID": page_id[1], "limit": LIMIT}
    return int(total[1]) if total else None, query


def _plain_query(page: Page) -> dict[str, str]:
    """What a page asks for whose script names the call, and no page of the site's list."""
    sold = "Sold" if is_sold_path(page.url) else "Available"
    return {"module": "inventory", "limit": LIMIT, "offset": "0", "sold": sold}


def _number(text: str | None) -> int | None:
    return int(text) if text and re.fullmatch(r"\d{1,6}", text) else None


def _address(page: Page, query: Mapping[str, str]) -> str:
    parts = urlsplit(page.url)
    return urlunsplit((parts.scheme, parts.netloc, CALL, urlencode(query, safe=",!"), ""))


def _listed(page: Page) -> list[Mapping[str, Any]]:
    """The cars of ``/api/cars``; none where the answer is anything else."""
    if not page.html.lstrip().startswith("["):
        return []
    try:
        found = json.loads(page.html)
    except (ValueError, RecursionError):
        return []
    return [car for car in found if isinstance(car, dict) and car.get("url_link")]


def _cards(page: Page, listed: list[Mapping[str, Any]]) -> Iterator[Card]:
    for car in listed:
        url = page.link(f"/{str(car['url_link']).lstrip('/')}")
        if url is None:
            continue
        texts = {name: str(car.get(key) or "").strip() for name, key in FIELDS.items()}
        raw: dict[str, object] = dict(texts)
        raw["title"] = " ".join(
            filter(None, (texts[name] for name in ("year", "make", "model", "trim")))
        )
        for name in ("price", "mileage"):
            raw[name] = str(car.get(name) or "").strip().strip("0.") and str(car[name])
        if str(car.get("sold")).strip().lower() == "sold":
            raw |= {"mark": "sold", "status_words": (str(car["sold"]),)}
        elif str(car.get("pending_sale")) == "1":
            raw |= {"mark": "pending", "status_words": ("pending_sale",)}
        photo = page.link(str(car.get("image_link") or ""))
        if photo and "/ina_f." not in photo:
            raw |= {"thumbnail_url": photo, "image_urls": (photo,)}
        yield Card.of(url, raw)
