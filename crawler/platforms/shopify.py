"""Shopify: dealers who sell cars as products of a shop, among shirts and models.

Every card of the usual themes carries a hidden "Sold out" badge; only ``.price--sold-out`` or the
offer's availability says that it is. A price of 0 is unknown. Photo addresses may be templates
(``_{width}x``). ``/products.json`` holds every product whole, for themes that draw grids by script.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml import html

from crawler.extract.card import Card
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.extract.text import text_of
from crawler.extract.titles import names_vehicle
from crawler.platforms.platform import Platform

__all__ = ["Shopify"]

FEED = re.compile(r"/products\.json$")
WAY = re.compile(r"/collections/[^/]+(?=/products/)")
COLLECTION = re.compile(r"/collections/[^/]+/?$")
PRODUCT = re.compile(r"/products/([^/]+)")
COUNTS = "[class*='product-count'], [class*='products-count'], [id*='ProductCount']"
COUNT = re.compile(
    r"(?:of\s+)?\b(\d{1,3}(?:,\d{3})?|\d{1,5})\s+(?:products?|items?|results?)\b", re.I
)
PAGE_SIZE = 250


class Shopify(Platform):
    name = "shopify"
    grid_paths = ("/collections/all", f"/products.json?limit={PAGE_SIZE}")
    photo_path = r"/(?:cdn/shop|s/files/1/\d{4}/\d{4}(?:/\d{4})?)/(?:files|products)/"
    tiles = (
        ".product-card",
        ".product-card-wrapper",
        ".card-wrapper",
        ".product-item",
        ".grid-product",
        ".product-grid-item",
    )
    fingerprints = (
        "[id^='shopify-section']",
        ".shopify-section",
        "script#shopify-features",
        "[src*='cdn.shopify.com/s/files/']",
    )
    detail_cuts = (
        "[id*='product-recommendations']",
        "product-recommendations",
        ".product-recommendations",
    )
    detail_gallery = ("media-gallery", ".product__media-list", ".product-single__photos")

    def recognizes(self, page: Page) -> bool:
        return bool(_products(page)) or super().recognizes(page)

    def read_grid(self, page: Page) -> GridPage:
        products = _products(page)
        if not products:
            grid = super().read_grid(page)
            if grid.next_url is None and grid.last_page is None:
                grid = replace(grid, next_url=_following(page))
            return grid
        cards = tuple(_cards(page, products))
        return GridPage(
            cards=cards,
            next_url=_next(page.url, len(products)),
            confidence=0.9 if cards else 0.0,
        )

    def listing_url(self, url: str) -> str:
        # A product stands under each of its collections, and links may choose a variant.
        parts = urlsplit(url)
        if "/products/" not in parts.path:
            return url
        return urlunsplit((parts.scheme, parts.netloc, WAY.sub("", parts.path), "", ""))


def _following(page: Page) -> str | None:
    """The next page of a collection that a script loads while one scrolls: every collection
    answers ``?page=N``, and its heading counts the products."""
    parts = urlsplit(page.url)
    counted = next(
        (found for one in page.selector.css(COUNTS) if (found := COUNT.search(text_of(one.root)))),
        None,
    )
    if counted is None or not COLLECTION.search(parts.path):
        return None
    links = (page.link(anchor.get("href")) for anchor in page.root.iter("a"))
    shown = {found[1] for link in links if link and (found := PRODUCT.search(urlsplit(link).path))}
    query = dict(parse_qsl(parts.query))
    number = int(query["page"]) if re.fullmatch(r"\d{1,4}", query.get("page", "")) else 1
    if not shown or number * len(shown) >= int(counted[1].replace(",", "")):
        return None
    query["page"] = str(number + 1)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def _products(page: Page) -> list[Mapping[str, Any]]:
    if not FEED.search(urlsplit(page.url).path):
        return []
    try:
        found = json.loads(page.html)
    except (ValueError, RecursionError):
        return []
    products = found.get("products") if isinstance(found, dict) else None
    return [one for one in _records(products) if one.get("handle")]


def _records(value: Any) -> list[Mapping[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _next(url: str, count: int) -> str | None:
    """The feed tells neither total nor last page: a full page may have another behind it."""
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query))
    limit, number = (
        int(query[name]) if re.fullmatch(r"\d{1,4}", query.get(name, "")) else default
        for name, default in (("limit", 30), ("page", 1))
    )
    if count < limit:
        return None
    query["page"] = str(number + 1)
    return urlunsplit((parts.scheme, parts.netloc, parts.path, urlencode(query), ""))


def _cards(page: Page, products: list[Mapping[str, Any]]) -> Iterator[Card]:
    for product in products:
        title = str(product.get("title") or "").strip()
        url = page.link(f"/products/{product['handle']}")
        # A shop sells other things too; what is a car names its year.
        if url is None or not names_vehicle(title):
            continue
        variants = _records(product.get("variants"))
        first: Mapping[str, Any] = variants[0] if variants else {}
        photos = [one.get("src") for one in _records(product.get("images"))]
        images = tuple(filter(None, (page.link(str(photo)) for photo in photos if photo)))
        price = str(first.get("price") or "")
        raw: dict[str, object] = {
            "title": title,
            "price": price if price.strip("0.") else None,
            "stock_number": str(first.get("sku") or "").strip(),
            "description": _text(str(product.get("body_html") or "")),
            "image_urls": images,
            "thumbnail_url": images[0] if images else None,
        }
        if variants and not any(one.get("available", True) for one in variants):
            raw |= {"mark": "sold", "status_words": ("available: false",)}
        yield Card.of(url, raw)


def _text(source: str) -> str:
    return text_of(html.fragment_fromstring(source, create_parent="div")) if source.strip() else ""
