"""The operator's rulings: what machines got wrong, said by a person with a name and a reason.

A ruling is an observation like any other (kind ``ruling``, source ``operator``) and the highest
word there is. It names its subject by what never moves: the handle of a profile page (on the
observation itself), the handle of a listing, the key of an observation. So it still applies when
organizations merge or part. Of two rulings about one thing the newer wins.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, Self
from uuid import UUID

from pydantic import Field, model_validator

from contract.payloads import Hash, Line, Payload, Text
from contract.urls import clean_url

__all__ = [
    "FIELDS",
    "RulableField",
    "Ruling",
    "RulingAction",
    "RulingSubject",
    "parse_instant",
    "ruled_columns",
]

RulingAction = Literal[
    "set", "clear", "same", "not_same", "accept", "reject", "takedown", "redact", "withdraw"
]
RulingSubject = Literal["organization", "vehicle", "manifest", "observation", "ruling"]

SUBJECTS: Mapping[RulingAction, frozenset[RulingSubject]] = {
    "set": frozenset(["organization", "vehicle"]),
    "clear": frozenset(["organization", "vehicle"]),
    "same": frozenset(["organization", "vehicle"]),
    "not_same": frozenset(["organization", "vehicle"]),
    "accept": frozenset(["manifest"]),
    "reject": frozenset(["manifest"]),
    "takedown": frozenset(["organization", "vehicle"]),
    "redact": frozenset(["observation"]),
    "withdraw": frozenset(["ruling"]),
}
"""Action → what it may be about."""

MAY_END: frozenset[RulingAction] = frozenset(["set", "clear", "takedown"])
"""What may have an end. Identity, verdicts and redactions hold until they are withdrawn, if ever:
they depend on no time, so that no organization falls apart because a day went by."""


class Ruling(Payload):
    """One ruling.

    ``vehicle`` is a listing handle of the car it is about, ``other`` the handle (of a profile page
    or a listing) on the other side of ``same`` and ``not_same``, ``observation`` the key of the
    manifest, observation or ruling meant. ``values`` are set, ``fields`` are cleared. ``until`` is
    an instant: the ruling ends with the first observation of its organization, other than a
    ruling, that is made at that time or later.
    """

    action: RulingAction
    subject: RulingSubject
    reason: Line
    author: Line
    until: Line | None = None
    vehicle: Line | None = None
    other: Line | None = None
    observation: Hash | None = None
    values: dict[Line, Text] = Field(default_factory=dict)
    fields: tuple[Line, ...] = ()

    @property
    def ends_at(self) -> datetime | None:
        """When the ruling ends; see the class."""
        return parse_instant(self.until) if self.until else None

    @model_validator(mode="after")
    def _fits_together(self) -> Self:
        if self.subject not in SUBJECTS[self.action]:
            raise ValueError(f"{self.action} is not about a {self.subject}")
        for given, wanted, name in (
            (self.vehicle, self.subject == "vehicle", "vehicle"),
            (self.other, self.action in ("same", "not_same"), "other"),
            (
                self.observation,
                self.subject in ("manifest", "observation", "ruling"),
                "observation",
            ),
            (self.values, self.action == "set", "values"),
            (self.fields, self.action == "clear", "fields"),
        ):
            if bool(given) != wanted:
                needs = "needs" if wanted else "has no"
                raise ValueError(f"{self.action} of a {self.subject} {needs} {name}")
        for handle in (self.vehicle, self.other):
            if handle:
                UUID(handle)
        if self.until:
            if self.action not in MAY_END:
                raise ValueError(f"{self.action} has no end: withdraw it instead")
            parse_instant(self.until)
        if "sold_at" in self.values and self.values.get("status") != "sold":
            raise ValueError("sold_at goes with status=sold")
        for name, text in self.values.items():
            ruled_columns(self.subject, name, text)
        for name in self.fields:
            if not _field(self.subject, name).may_be_cleared:
                raise ValueError(f"{name} cannot be cleared")
        return self


def parse_instant(text: str) -> datetime:
    """An ISO 8601 date or time as an aware instant; without a zone it is UTC. Raises ValueError."""
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        raise ValueError(
            f"{text[:80]!r} is no date or time like 2026-05-31 or 2026-05-31T12:00Z"
        ) from None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class RulableField:
    """A field that a ruling may set: how its text becomes columns (raises ValueError), what is
    allowed, in words, and whether it may be cleared; ``columns`` are those it covers."""

    read: Callable[[str], dict[str, Any]]
    allowed: str
    columns: tuple[str, ...]
    may_be_cleared: bool = True


def ruled_columns(subject: RulingSubject, field: str, text: str) -> dict[str, Any]:
    """The columns that a ruled value fills. Raises ValueError that says what is allowed."""
    known = _field(subject, field)
    try:
        return known.read(text.strip())
    except (ValueError, InvalidOperation):
        raise ValueError(f"{field}: {text[:80]!r} is not {known.allowed}") from None


def _field(subject: RulingSubject, name: str) -> RulableField:
    fields = FIELDS.get(subject, {})
    if name not in fields:
        raise ValueError(f"{name!r} is no field of a {subject}; there are: {', '.join(fields)}")
    return fields[name]


def _text(column: str, limit: int, *, may_be_cleared: bool = True) -> RulableField:
    def read(text: str) -> dict[str, Any]:
        if not text or len(text) > limit:
            raise ValueError("length")
        return {column: text}

    return RulableField(read, f"a text of 1 to {limit:,} characters", (column,), may_be_cleared)


def _matching(column: str, pattern: str, allowed: str, *, upper: bool = False) -> RulableField:
    known = re.compile(pattern)

    def read(text: str) -> dict[str, Any]:
        text = text.upper() if upper else text
        if not known.fullmatch(text):
            raise ValueError("pattern")
        return {column: text}

    return RulableField(read, allowed, (column,))


def _one_of(column: str, *words: str) -> RulableField:
    def read(text: str) -> dict[str, Any]:
        if text not in words:
            raise ValueError("word")
        return {column: text}

    return RulableField(read, f"one of {', '.join(words)}", (column,), may_be_cleared=False)


def _url(column: str) -> RulableField:
    def read(text: str) -> dict[str, Any]:
        url = clean_url("", text)
        if url is None or "://" not in text:
            raise ValueError("url")
        return {column: url}

    return RulableField(read, "an address that begins with http:// or https://", (column,))


def _website(text: str) -> dict[str, Any]:
    url = clean_url("", text)
    if url is None or "://" not in text:
        raise ValueError("url")
    return {"website": "/".join(url.split("/", 3)[:3])}


def _year(text: str) -> dict[str, Any]:
    if not re.fullmatch(r"\d{4}", text) or not 1880 <= int(text) <= 2100:
        raise ValueError("year")
    return {"year": int(text)}


def _vin(text: str) -> dict[str, Any]:
    vin = text.upper()
    if not re.fullmatch(r"[A-Z0-9][A-Z0-9/. -]{1,28}[A-Z0-9]", vin):
        raise ValueError("vin")
    is_vin = re.fullmatch(r"[A-HJ-NPR-Z0-9]{17}", vin)
    return {"vin": vin, "vin_kind": "vin" if is_vin else "chassis"}


def _mileage(text: str) -> dict[str, Any]:
    match = re.fullmatch(r"([0-9][0-9,]*) *(mi|km)", text)
    if not match or int(match[1].replace(",", "")) > 9_999_999:
        raise ValueError("mileage")
    return {"mileage": int(match[1].replace(",", "")), "mileage_unit": match[2]}


def _money(text: str) -> tuple[Decimal, str]:
    match = re.fullmatch(r"([0-9][0-9,]*(?:\.[0-9]{1,2})?) *([A-Z]{3})", text)
    amount = Decimal(match[1].replace(",", "")) if match else Decimal(0)
    if not match or not 0 < amount < Decimal(10) ** 12:
        raise ValueError("money")
    return amount.quantize(Decimal("0.01")), match[2]


def _price(text: str) -> dict[str, Any]:
    if text == "on request":
        return {"price": None, "currency": None, "price_kind": "on_request"}
    amount, currency = _money(text)
    return {"price": amount, "currency": currency, "price_kind": "asking"}


def _sale_price(text: str) -> dict[str, Any]:
    amount, currency = _money(text)
    return {"price": amount, "currency": currency, "price_kind": "sold"}


def _sold_at(text: str) -> dict[str, Any]:
    return {"sold_at": parse_instant(text)}


def _location(text: str) -> dict[str, Any]:
    match = re.fullmatch(r"(-?\d{1,2}(?:\.\d+)?) *, *(-?\d{1,3}(?:\.\d+)?)", text)
    if not match or abs(float(match[1])) > 90 or abs(float(match[2])) > 180:
        raise ValueError("location")
    return {"location": (float(match[1]), float(match[2]))}


_PRICE_COLUMNS = ("price", "currency", "price_kind")

FIELDS: Mapping[str, Mapping[str, RulableField]] = {
    "vehicle": {
        "title": _text("title", 300),
        "year": RulableField(_year, "a year from 1880 to 2100", ("year",)),
        **{name: _text(name, 120) for name in ("make", "model", "trim", "body_style")},
        **{name: _text(name, 120) for name in ("exterior_color", "interior_color")},
        "engine": _text("engine", 200),
        **{name: _text(name, 120) for name in ("transmission", "drivetrain")},
        "vin": RulableField(
            _vin, "a VIN or chassis number of 3 to 30 letters and digits", ("vin", "vin_kind")
        ),
        "stock": _text("stock", 40),
        "mileage": RulableField(
            _mileage,
            "a number and its unit, like 12345 mi or 80000 km",
            ("mileage", "mileage_unit"),
        ),
        "price": RulableField(
            _price, "an amount and its currency, like 54900 USD, or: on request", _PRICE_COLUMNS
        ),
        "sale_price": RulableField(
            _sale_price, "an amount and its currency, like 54900 USD", _PRICE_COLUMNS
        ),
        "description": _text("description", 60_000),
        "status": _one_of("status", "in_stock", "pending", "sold", "removed"),
        "sold_at": RulableField(
            _sold_at, "a date or time like 2026-05-31", ("sold_at",), may_be_cleared=False
        ),
    },
    "organization": {
        "name": _text("name", 160, may_be_cleared=False),
        "business_type": _one_of("business_type", "dealer", "auction_house"),
        "dealer_license": _text("dealer_license", 80),
        "website": RulableField(
            _website, "an address that begins with http:// or https://", ("website",)
        ),
        "phone": _text("phone", 40),
        "email": _matching(
            "email", r"[^@\s]{1,64}@[^@\s]{1,190}\.[^@\s.]{2,24}", "an email address"
        ),
        "address": _text("address", 300),
        "city": _text("city", 120),
        "state": _text("state", 120),
        "postal_code": _text("postal_code", 20),
        "country": _matching(
            "country", r"[A-Z]{2}", "a country's two letters, like US", upper=True
        ),
        "location": RulableField(_location, "latitude,longitude, like 36.16,-86.78", ("location",)),
        **{name: _url(name) for name in ("logo_url", "favicon_url", "primary_image_url")},
        "inventory_url": _url("inventory_url"),
        "description": _text("description", 20_000),
    },
}
"""Subject → the fields that a ruling may set or clear, in the order in which people read them."""
