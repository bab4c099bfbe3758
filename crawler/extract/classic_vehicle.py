"""classic.com as a source of cars: a seller's listing table on its profile, and one car's page.

The table shows a part of what the dealer has, and the page is a copy of the dealer's own. Addresses
are ``/veh/{year}-{make}-{model}-{VIN or chassis number}-{id}``; the number may be cut, so it counts
only where it is whole.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from contract.payloads import PageStatus
from contract.urls import url_identity
from crawler.extract.card import Card, Mark
from crawler.extract.detail import Detail, read_detail
from crawler.extract.detail_rules import DetailRules
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.extract.price_language import MONEY
from crawler.extract.price_lines import tells_price
from crawler.extract.text import fold, is_hidden, text_of
from crawler.extract.tile import Tile, read_tile
from crawler.extract.tile_bounds import header_columns

__all__ = ["read_classic_vehicle", "read_seller_listings"]

VEHICLE_PATH = re.compile(r"^/veh/[^/]+/?$")
VIN = re.compile(r"(?<![a-z0-9])(?=[a-z]*\d)[a-hj-npr-z0-9]{17}(?![a-z0-9])", re.I)
RULES = DetailRules(cuts=("#comps", "[id*=comps]", "[class*=comps]"))
SELLER_LOGO = "/uploads/dealer/"
VEHICLE_PHOTO = "/vehicles/"
# Labels of the specification pairs, each a <div> followed by the <div> of its value; "-" is empty.
FIELDS = {
    "Year": "year",
    "Make": "make",
    "Model Family": "model",
    "Model": "model",
    "Model Variant": "trim",
    "Engine": "engine",
    "Transmission": "transmission",
    "Drive Type": "drivetrain",
    "Mileage": "mileage",
    "VIN": "vin",
    "Chassis": "vin",
    "Body Style": "body_style",
    "Ext. Color Group": "exterior_color",
    "Int. Color Group": "interior_color",
    "Exterior Color": "exterior_color",
    "Interior Color": "interior_color",
}
FURTHER = ("Model Generation", "Model Trim", "Originality", "Vehicle Type", "Doors", "Driver Side")
STATUS: dict[str, PageStatus] = {
    "for sale": "in_stock",
    "sale pending": "pending",
    "pending": "pending",
    "sold": "sold",
    # A listing that ended: the car may be anywhere, and nobody claims a sale.
    "not sold": "unknown",
    "withdrawn": "unknown",
    "last asking": "unknown",
    "delisted": "unknown",
}
UNDISCLOSED = re.compile(r"price undisclosed|inquire|contact seller for price", re.IGNORECASE)
PLACE = re.compile(r"^[^\W\d][\w .'-]+, (?:[\w .'-]+, )?(?:USA|[A-Z][\w .]{3,})$")
MARKS: dict[str, Mark] = {"sold": "sold", "sale pending": "pending", "pending": "pending"}


def read_classic_vehicle(page: Page) -> Detail:
    """Read one car's page. Never raises, whatever the page."""
    detail = read_detail(page, RULES)
    if detail.confidence <= 0.0:
        return detail
    known: dict[str, Any] = {}
    pairs = dict(_pairs(page))
    for label, value in pairs.items():
        if (name := FIELDS.get(label)) is not None:
            known.setdefault(name, value)
    further = {label: pairs[label] for label in FURTHER if label in pairs}
    known["attributes"] = {**detail.attributes, **further}
    known |= _offer(page)
    known["description"] = _said(detail.description)
    photos = tuple(dict.fromkeys(_full_size(url) for url in detail.image_urls if _is_photo(url)))
    known["image_urls"], known["thumbnail_url"] = photos, photos[0] if photos else None
    if detail.title:
        known["title"] = re.sub(r"\s+VIN:.*$", "", detail.title)
    return replace(detail, **known)


def read_seller_listings(page: Page) -> GridPage:
    """Read the cars of a seller's profile page: each row or block that leads to one car's page."""
    cards: dict[str, Card] = {}
    anchors = [
        (anchor, url)
        for anchor in page.root.iter("a")
        if (url := page.link(anchor.get("href"))) and VEHICLE_PATH.match(urlsplit(url).path)
    ]
    blocks = _blocks(anchors)
    for anchor, url in anchors:
        element = blocks[anchor]
        card = read_tile(page, Tile(element, url, header_columns(element)))
        vin = VIN.search(urlsplit(url).path)
        status = next((text for text in _texts(element) if text.lower() in STATUS), None)
        known: dict[str, Any] = {"vin": card.vin or (vin[0].upper() if vin else None)}
        if title := text_of(anchor):
            known["title"] = title
        if status and not card.mark and (mark := MARKS.get(status.lower())):
            known |= {"mark": mark, "status_words": (status,)}
        photos = tuple(dict.fromkeys(_full_size(u) for u in card.image_urls if _is_photo(u)))
        known["image_urls"] = photos
        card = replace(card, **known)
        identity = url_identity(url)
        cards[identity] = cards[identity].filled_from(card) if identity in cards else card
    return GridPage(cards=tuple(cards.values()), confidence=1.0 if cards else 0.0)


def _blocks(anchors: list[tuple[HtmlElement, str]]) -> dict[HtmlElement, HtmlElement]:
    """For each link the largest element around it that leads to no other car."""
    cars: Counter[HtmlElement] = Counter()
    for _, group in _by_car(anchors).items():
        cars.update({above for anchor in group for above in anchor.iterancestors()})
    blocks: dict[HtmlElement, HtmlElement] = {}
    for anchor, _ in anchors:
        block = anchor
        for above in anchor.iterancestors():
            if cars[above] > 1 or above.tag in ("body", "main", "table", "tbody"):
                break
            block = above
        blocks[anchor] = block
    return blocks


def _by_car(anchors: list[tuple[HtmlElement, str]]) -> dict[str, list[HtmlElement]]:
    groups: dict[str, list[HtmlElement]] = {}
    for anchor, url in anchors:
        groups.setdefault(url_identity(url), []).append(anchor)
    return groups


def _pairs(page: Page) -> Iterator[tuple[str, str]]:
    """The specification pairs: an element that holds a known label alone, and the next one."""
    for element in page.elements:
        if len(element) or not element.text:
            continue
        label = fold(element.text).rstrip(":")
        if label not in FIELDS and label not in FURTHER:
            continue
        following = element.getnext()
        if following is None or not isinstance(following.tag, str):
            continue
        value = text_of(following)
        if value and value not in ("-", "–", "—") and value not in FIELDS and len(value) <= 300:
            yield label, value


def _offer(page: Page) -> dict[str, Any]:
    """Status, price, seller and place from the lines between the heading and the next one."""
    texts = list(_header(page))
    found: dict[str, Any] = {}
    words = next((text for text in texts if text.lower() in STATUS), None)
    if words is not None:
        found |= {
            "page_status": STATUS[words.lower()],
            "status_sign": f"header: {words}",
            "status_words": (words,) if words.lower() != "for sale" else (),
        }
    price = next((text for text in texts if MONEY.match(text) and len(text) <= 60), None)
    price = price or next((text for text in texts if UNDISCLOSED.fullmatch(text)), None)
    if price is not None:
        ended = words if words and words.lower() != "for sale" else None
        found |= {"price": price, "price_label": ended, "price_currency": None}
    if place := next((text for text in texts if PLACE.match(text)), None):
        found["location"] = place
    return found


def _header(page: Page) -> Iterator[str]:
    """The texts of leaf elements from the first h1 to the next heading."""
    started = False
    for element in page.elements:
        if element.tag == "h1" and not started:
            started = True
        elif started and element.tag in ("h1", "h2", "h3"):
            return
        elif started and not is_hidden(element) and not len(element) and element.text:
            yield fold(element.text)


def _texts(element: HtmlElement) -> Iterator[str]:
    for inner in element.iter("*"):
        if text := fold(inner.text or ""):
            yield text


# What the site says of every car, and no seller wrote.
SITE_TEXT = re.compile(
    r"view count is the number|curated by our market|report it here|price range from|^sold at ",
    re.IGNORECASE,
)


def _said(description: str | None) -> str | None:
    kept = [part for part in (description or "").split("\n") if not SITE_TEXT.search(part)]
    text = "\n".join(kept).strip()
    return text if text and not tells_price(text[:30]) else None


def _is_photo(url: str) -> bool:
    return SELLER_LOGO not in url and VEHICLE_PHOTO in urlsplit(url).path


def _full_size(url: str) -> str:
    """The picture without its imgix query, which only crops and shrinks."""
    return url.partition("?")[0]
