"""One vehicle's own page: every raw field, the whole gallery, the state it claims for the car."""

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from typing import Any

from contract.payloads import PageStatus
from crawler.extract.detail_rules import NO_RULES, DetailRules
from crawler.extract.page import Page
from crawler.extract.status import read_status
from crawler.extract.tile import Tile, read_tile

__all__ = ["Detail", "read_detail"]

OWN = frozenset(["page_status", "confidence"])


@dataclass(frozen=True, kw_only=True)
class Detail:
    """What one vehicle's page gives, raw, named as in `contract.payloads.ListingDetail`.

    ``page_status`` is "unknown" where the page claims nothing, also where it says that the vehicle
    is gone (`Platform.read_status` tells that). ``confidence`` (0 to 1) says how sure the reader is
    that this is the page of one vehicle; below 0.5 it is more likely something else.
    """

    page_status: PageStatus = "unknown"
    status_sign: str | None = None
    status_words: tuple[str, ...] = ()
    confidence: float = 0.0
    title: str | None = None
    year: str | None = None
    make: str | None = None
    model: str | None = None
    trim: str | None = None
    price: str | None = None
    price_label: str | None = None
    price_currency: str | None = None
    mileage: str | None = None
    mileage_unit: str | None = None
    vin: str | None = None
    stock_number: str | None = None
    body_style: str | None = None
    exterior_color: str | None = None
    interior_color: str | None = None
    engine: str | None = None
    transmission: str | None = None
    drivetrain: str | None = None
    location: str | None = None
    description: str | None = None
    attributes: Mapping[str, str] = field(default_factory=dict)
    options: tuple[str, ...] = ()
    thumbnail_url: str | None = None
    image_urls: tuple[str, ...] = ()

    def listing_detail(
        self, organization_id: str, listing_url: str, platform: str, reader: str
    ) -> dict[str, Any]:
        """Return the data of a `contract.payloads.ListingDetail`; ``listing_url`` is the address
        the grid knows the listing by."""
        data: dict[str, Any] = {
            one.name: getattr(self, one.name)
            for one in fields(self)
            if one.name not in OWN and getattr(self, one.name)
        }
        for name in ("status_words", "image_urls", "options"):
            if name in data:
                data[name] = list(data[name])
        if "attributes" in data:
            data["attributes"] = dict(data["attributes"])
        return data | {
            "page_status": self.page_status,
            "organization_id": organization_id,
            "listing_url": listing_url,
            "platform": platform,
            "reader": reader,
        }


def read_detail(page: Page, rules: DetailRules = NO_RULES) -> Detail:
    """Read a vehicle's page. Never raises, whatever the page."""
    status = read_status(page)
    card = read_tile(page, Tile(page.root, page.url))
    known = {one.name: getattr(card, one.name) for one in fields(card)}
    for name in ("url", "mark"):
        del known[name]
    return Detail(
        **known,
        page_status="unknown" if status.status == "gone" else status.status,
        status_sign=status.sign,
        confidence=0.0 if status.status == "gone" else 0.6,
    )
