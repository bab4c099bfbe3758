"""classic.com as a source of cars: a seller's listing table on its profile, and one car's page.

The table shows a part of what the dealer has, and the page is a copy of the dealer's own. Addresses
are ``/veh/{year}-{make}-{model}-{VIN or chassis number}-{id}``; the number may be cut, so it counts
only where it is whole.
"""

import re
from dataclasses import replace
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from contract.urls import url_identity
from crawler.extract.card import Card
from crawler.extract.detail import Detail, read_detail
from crawler.extract.detail_rules import DetailRules
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.extract.text import text_of
from crawler.extract.tile import Tile, read_tile
from crawler.extract.tiles import header_columns

__all__ = ["read_classic_vehicle", "read_seller_listings"]

VEHICLE_PATH = re.compile(r"^/veh/[^/]+/?$")
VIN = re.compile(r"(?<![a-z0-9])[a-hj-npr-z0-9]{17}(?![a-z0-9])", re.I)
RULES = DetailRules(cuts=("#comps", "[id*=comps]", "[class*=comps]"))
SELLER_LOGO = "/uploads/dealer/"


def read_classic_vehicle(page: Page) -> Detail:
    """Read one car's page. Never raises, whatever the page."""
    detail = read_detail(page, RULES)
    photos = tuple(url for url in detail.image_urls if SELLER_LOGO not in url)
    return replace(detail, image_urls=photos)


def read_seller_listings(page: Page) -> GridPage:
    """Read the cars of a seller's profile page: each row or block that leads to one car's page."""
    cards: dict[str, Card] = {}
    for anchor in page.root.iter("a"):
        url = page.link(anchor.get("href"))
        if url is None or not VEHICLE_PATH.match(urlsplit(url).path):
            continue
        element = _block(page, anchor)
        card = read_tile(page, Tile(element, url, header_columns(element)))
        title = text_of(anchor)
        vin = VIN.search(urlsplit(url).path)
        known = replace(card, title=title or card.title, vin=card.vin or (vin and vin[0].upper()))
        cards.setdefault(url_identity(url), known)
    return GridPage(cards=tuple(cards.values()), confidence=1.0 if cards else 0.0)


def _block(page: Page, anchor: HtmlElement) -> HtmlElement:
    """The largest element around a link that leads to no other car."""
    block = anchor
    for parent in anchor.iterancestors():
        links = {page.link(other.get("href")) for other in parent.iter("a")}
        if sum(url is not None and "/veh/" in url for url in links) > 1 or parent.tag == "body":
            break
        block = parent
    return block
