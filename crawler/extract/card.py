"""One vehicle of a grid: its page's URL, its mark and its raw fields."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any, Literal, Self

from contract.payloads import ListingStatus, StatusEvidence

__all__ = ["Card", "Mark", "RawVehicle", "claim_of", "filled"]

Mark = Literal["sold", "pending"]
MAX_LINE = 2_000
MAX_TEXT = 60_000


@dataclass(frozen=True, kw_only=True)
class RawVehicle:
    """The raw fields of one vehicle that a tile and a page both tell, named as in
    `contract.payloads.VehicleFacts`; ``status_words`` are the texts that say its state."""

    status_words: tuple[str, ...] = ()
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
    thumbnail_url: str | None = None
    image_urls: tuple[str, ...] = ()

    def data(self, *apart: str) -> dict[str, Any]:
        """Return the fields that hold something, in the types of JSON, without those named."""
        held = {one.name: getattr(self, one.name) for one in fields(self) if one.name not in apart}
        return {name: _as_json(value) for name, value in held.items() if value}


def _as_json(value: Any) -> Any:
    if isinstance(value, Mapping):
        return dict(value)
    return list(value) if isinstance(value, tuple) else value


@dataclass(frozen=True, kw_only=True)
class Card(RawVehicle):
    """A tile of a grid, with what the page's structured data adds about the same car.

    ``url`` is absolute; ``mark`` is what the tile itself says ("pending" cars are still in stock).
    """

    url: str
    mark: Mark | None = None

    @classmethod
    def of(cls, url: str, raw: Mapping[str, Any]) -> Self:
        """Build a card from raw fields, leaving out empty ones and those no contract would take."""
        return cls(url=url, **filled(raw))

    def filled_from(self, other: "Card") -> Self:
        """Return this card with its gaps filled from another sighting of the same car.

        A price travels with its label and currency, a mileage with its unit: halves of two
        sightings would make a value that nobody wrote.
        """
        gaps: dict[str, Any] = {
            one.name: getattr(other, one.name)
            for one in fields(self)
            if one.name not in WHOLE and not getattr(self, one.name) and getattr(other, one.name)
        }
        if not self.price and other.price:
            gaps |= {name: getattr(other, name) for name in PRICE}
        elif not self.price_currency and _digits(self.price) == _digits(other.price):
            gaps["price_currency"] = other.price_currency
        if not self.mileage and other.mileage:
            gaps |= {name: getattr(other, name) for name in MILEAGE}
        gaps["attributes"] = {**other.attributes, **self.attributes}
        if other.mark == "sold" and self.mark != "sold":
            gaps["mark"] = "sold"
        gaps["status_words"] = tuple(dict.fromkeys((*self.status_words, *other.status_words)))
        return replace(self, **gaps)

    def listing(
        self,
        organization_id: str,
        grid: Literal["current", "sold"],
        platform: str,
        reader: str,
    ) -> dict[str, Any]:
        """Return the data of a `contract.payloads.Listing`: what this sighting claims, and by
        what."""
        status, evidence = claim_of(self.mark, grid)
        return self.data("url", "mark") | {
            "organization_id": organization_id,
            "inventory_extraction": True,
            "listing_status": status,
            "status_evidence": evidence,
            "listing_url": self.url,
            "platform": platform,
            "reader": reader,
        }


def filled(raw: Mapping[str, Any]) -> dict[str, Any]:
    """Return the raw fields that hold something, without texts too long for the contract: they are
    left out whole."""
    return {
        name: value
        for name, value in raw.items()
        if value
        and not (
            isinstance(value, str)
            and len(value) > (MAX_TEXT if name == "description" else MAX_LINE)
        )
    }


def claim_of(
    mark: Mark | None, grid: Literal["current", "sold"]
) -> tuple[ListingStatus, StatusEvidence]:
    """What a sighting claims, and by what: a mark on the tile beats the grid it stands on."""
    if mark == "sold":
        return "sold", "mark"
    if grid == "sold":
        return "sold", "sold_grid"
    return "in_stock", "mark" if mark == "pending" else "current_grid"


def _digits(price: str | None) -> str:
    """The digits of a price without cents, to tell "$30,000" and "30000.00" are one claim."""
    whole = re.sub(r"[.,]\d{1,2}$", "", price or "")
    return re.sub(r"\D", "", whole)


PRICE = ("price", "price_label", "price_currency")
MILEAGE = ("mileage", "mileage_unit")
WHOLE = frozenset([*PRICE, *MILEAGE, "attributes", "mark", "status_words", "url"])
