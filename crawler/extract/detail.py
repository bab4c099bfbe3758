"""One vehicle's own page: every raw field, the whole gallery, the state it claims for the car."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from contract.payloads import PageStatus
from crawler.extract.card import RawVehicle, filled
from crawler.extract.detail_fields import read_fields
from crawler.extract.detail_rules import NO_RULES, DetailRules
from crawler.extract.gallery import read_gallery
from crawler.extract.main_block import MainBlock, main_block
from crawler.extract.main_vehicle import main_vehicles
from crawler.extract.marks import phrase_mark
from crawler.extract.page import Page
from crawler.extract.picture_urls import folder_of, picture_identity
from crawler.extract.status import read_status
from crawler.extract.titles import names_vehicle
from crawler.extract.vehicle_links import vehicle_url_score

__all__ = ["Detail", "read_detail"]

FACTS = ("mileage", "engine", "transmission", "exterior_color", "interior_color", "body_style")
FOR_SALE = frozenset(["vin", "stock_number", "mileage"])


@dataclass(frozen=True, kw_only=True)
class Detail(RawVehicle):
    """What one vehicle's page gives, raw, named as in `contract.payloads.ListingDetail`.

    ``page_status`` is "unknown" where the page claims nothing, also where it says that the vehicle
    is gone (`Platform.read_status` tells that). ``confidence`` (0 to 1) says how sure the reader is
    that this is the page of one vehicle; below 0.5 it is more likely something else.
    """

    page_status: PageStatus = "unknown"
    status_sign: str | None = None
    confidence: float = 0.0
    options: tuple[str, ...] = ()
    sources: Mapping[str, str] = field(default_factory=dict)
    """Which reader gave each field, for people: "label", "structured data", "embedded JSON"…"""

    def listing_detail(
        self, organization_id: str, listing_url: str, platform: str, reader: str
    ) -> dict[str, Any]:
        """Return the data of a `contract.payloads.ListingDetail`; ``listing_url`` is the address
        the grid knows the listing by."""
        return self.data("page_status", "confidence", "sources") | {
            "page_status": self.page_status,
            "organization_id": organization_id,
            "listing_url": listing_url,
            "platform": platform,
            "reader": reader,
        }


def read_detail(page: Page, rules: DetailRules = NO_RULES) -> Detail:
    """Read a vehicle's page. Never raises, whatever the page."""
    status = read_status(page)
    block = main_block(page, rules)
    raw = read_fields(page, block, rules)
    images = read_gallery(page, rules)
    if not images:
        images = raw.pop("image_urls", ())
    elif len(listed := raw.pop("image_urls", ())) > len(images):
        images = (*images, *_further(images, listed))
    sources = raw.pop("sources")
    raw |= {"image_urls": images, "thumbnail_url": images[0] if images else None}
    words = raw.pop("status", None)
    state, sign, said = status.status, status.sign, status.words
    if state in ("in_stock", "unknown") and words and (mark := phrase_mark(words)):
        state, sign, said = mark, f"label: {words[:80]}", (words,)
    if state == "unknown" and sign == "no sign" and FOR_SALE & raw.keys() and raw.get("title"):
        state, sign = "in_stock", "vehicle page without a mark"
    known = filled(raw)
    return Detail(
        **known,
        page_status="unknown" if state == "gone" else state,
        status_sign=sign,
        status_words=said,
        confidence=_confidence(page, block, known, state),
        sources={name: reader for name, reader in sources.items() if name in known},
    )


def _further(images: tuple[str, ...], listed: tuple[str, ...]) -> tuple[str, ...]:
    """The photos of embedded JSON that the page does not show, where both speak of one gallery."""
    shown = {picture_identity(url) for url in images}
    return tuple(
        url
        for url in listed
        if picture_identity(url) not in shown
        and any(folder_of(url) == folder_of(image) for image in images[:3])
    )


def _confidence(page: Page, block: MainBlock, known: Mapping[str, Any], state: str) -> float:
    """How sure the page is one vehicle's: a name, a price, facts and photos speak for it, tiles of
    other cars without any of these against."""
    if state == "gone" or not 200 <= page.status < 300:
        return 0.0
    facts = sum(name in known for name in FACTS)
    score = 0.3 if names_vehicle(block.heading_text) else 0.15 if known.get("title") else 0.0
    score += 0.2 if main_vehicles(page) else 0.0
    score += 0.1 if "price" in known else 0.0
    score += 0.15 if "vin" in known or "stock_number" in known else 0.0
    score += min(0.2, 0.05 * facts)
    score += min(0.15, 0.05 * len(known.get("image_urls", ())))
    score += 0.1 if len(known.get("description", "")) >= 150 else 0.0
    score += 0.1 if vehicle_url_score(page.url) >= 3.0 else 0.0
    if block.others >= 4 and facts < 2 and "vin" not in known:
        score -= 0.5
    return round(min(1.0, max(0.0, score)), 2)
