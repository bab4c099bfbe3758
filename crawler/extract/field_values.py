"""Which texts can be the value of which field: a VIN has digits, a colour is no mark of a
condition, "Seats: 5" counts them."""

import re
from collections.abc import Iterator, Mapping

from crawler.extract.spec_names import label_field

__all__ = ["both_colors", "is_value", "named_pair"]

SHORT_FACTS = frozenset(
    ["year", "make", "model", "trim", "vin", "stock_number", "transmission", "drivetrain"]
)


def is_value(name: str, value: str) -> bool:
    """Tell whether a text can be the value of a field: a frame may be tubular, a VIN has digits."""
    if not value.strip(" -–—.?") or value.strip().lower() in ("n/a", "na", "tbd", "none", "null"):
        return False
    if name.endswith("_color") and CONDITION.fullmatch(value):
        return False
    if name in ("make", "model", "trim") and value.strip().lower() in NO_NAMES:
        return False
    if name in ("vin", "stock_number"):
        return any(ch.isdigit() for ch in value) and len(value) <= 60
    if name == "year":
        return bool(re.search(r"\d\d", value)) and len(value) <= 40
    if name == "mileage":
        return len(value) <= 120 and (
            any(ch.isdigit() for ch in value) or bool(re.search(r"tmu|unknown|exempt", value, re.I))
        )
    if name == "location":
        return len(value) <= 160
    return len(value) <= (120 if name in SHORT_FACTS else 300)


CONDITION = re.compile(
    r"\W*(?:\d{1,2}(?:[.,]\d)?\s*/\s*(?:10|100|5)|(?:very |near )?(?:excellent|good|fair|poor|mint|"
    r"restored|original|as new|like new|sehr gut|gut|bon|très bon|buono|ottimo|goed|zeer goed))\W*",
    re.IGNORECASE,
)
"""How good a paint or an interior is, where a table of conditions says so."""
NO_NAMES = frozenset(["other", "others", "unknown", "misc", "sonstige", "andere", "autre", "altro"])
"""What templates print for a model that their list of models does not hold."""


def both_colors(sheet: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Yield the two colours of one line: "Exterior / Interior: Red / Black"."""
    for label, value in sheet.items():
        names = [label_field(half) or "" for half in label.split("/")]
        if names == ["exterior_color", "interior_color"]:
            halves = re.split(r"\s*/\s*|\s+(?:over|with|on)\s+", value)
            if len(halves) == len(names):
                yield from (pair for pair in zip(names, halves, strict=True) if is_value(*pair))


def named_pair(label: str, value: str) -> tuple[str, str]:
    """Return the field that a label names, or the label where it names none, and its value."""
    name = label_field(label) or label
    if name.endswith("_color") and COUNT.fullmatch(value):
        return label, value  # "Seats: 5" counts them.
    if name == "engine" and FUEL.fullmatch(value):
        return label, value  # "Engine Type: Diesel" beside "Engine: 3.0L V6".
    if name in ("vin", "stock_number"):
        value = NEXT_LABEL.split(value, maxsplit=1)[0]
    return name, value


FUEL = re.compile(r"(?:gas(?:oline)?|petrol|diesel|ben[sz]ina?|essence|nafta)\W*", re.IGNORECASE)
COUNT = re.compile(
    r"\d+(?:\s*\+\s*\d+)?(?:\s*(?:seats?|seater|persons?|passengers?))?", re.IGNORECASE
)
NEXT_LABEL = re.compile(
    r"\s+(?=[A-Z][a-z]+(?: [A-Za-z][a-z]+)?\s?:)|"
    r"\s+-\s+(?=[$€£]|\d[\d.,]*\s?(?:miles|mi|kms?)\b)"
)
"""What follows in the line of a number: "T19810 Category: Cars", "T73240 - 94,758 miles"."""
