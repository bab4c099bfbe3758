"""What the keys of embedded data mean (embedded_keys.yml)."""

import re
from functools import cache, lru_cache
from importlib.resources import files

import yaml

__all__ = ["folded", "key_field", "keys"]

VEHICLE = (
    "vin", "stock_number", "year", "make", "model", "trim", "title", "price", "price_currency",
    "mileage", "mileage_unit", "body_style", "exterior_color", "interior_color", "engine",
    "transmission", "drivetrain", "location", "description", "url", "slug", "status", "sold",
    "sold_date", "pending", "on_request", "images", "image",
)  # fmt: skip


@cache
def _lists() -> dict[str, list[str]]:
    text = files("crawler.extract").joinpath("embedded_keys.yml").read_text("utf-8")
    loaded: dict[str, list[str]] = yaml.safe_load(text)
    return {name: [folded(str(key)) for key in listed] for name, listed in loaded.items()}


@cache
def _fields() -> dict[str, tuple[str, int]]:
    lists = _lists()
    return {key: (name, rank) for name in VEHICLE for rank, key in enumerate(lists[name])}


@lru_cache(maxsize=8_192)
def folded(key: str) -> str:
    """A key in small letters without punctuation."""
    return re.sub(r"[^a-z0-9]", "", key.lower())


@cache
def keys(name: str) -> dict[str, int]:
    """Return one list with the rank of each key; an unknown name raises KeyError."""
    return {key: rank for rank, key in reversed(list(enumerate(_lists()[name])))}


@lru_cache(maxsize=8_192)
def key_field(key: str, parent: str = "") -> tuple[str, int] | None:
    """Return the field that a key names and how sure it is (0 is surest), or None.

    >>> key_field("stockNumber")
    ('stock_number', 0)
    """
    known = _fields()
    own = folded(key)
    if parent:
        joined = folded(parent) + own
        if found := known.get(joined) or known.get(joined.removeprefix("vehicle")):
            return found
        if own in ("value", "amount", "name", "label", "title", "url", "text", "description"):
            return None  # Of the parent, not of the vehicle.
    return known.get(own) or known.get(own.removeprefix("vehicle"))
