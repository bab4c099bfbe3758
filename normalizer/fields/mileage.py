"""Odometer readings as dealers print them: "12,345 TMU", "24,668 mi", "67k miles", "Exempt".

The stated unit is kept, never converted, but for the Scandinavian mil of ten kilometres; where
both are stated, the first one is the odometer's.
The phrases are data (``normalizer/policy/mileage.yml``).
"""

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from normalizer.fields.text import Phrases, PhraseTable, fold, words
from normalizer.policy import Shape, load

Unit = Literal["mi", "km"]

_LONGEST_MILEAGE = 200


class MileagePolicy(Shape):
    """mileage.yml: unit words, remarks and bounds."""

    units: dict[Unit, list[str]]
    tens_of_km: list[str]
    mile_countries: list[str]
    currencies: dict[Unit, list[str]]
    remarks: dict[str, list[str]]
    unknown: list[str]
    most: int
    placeholders: list[int]


@dataclass(frozen=True, slots=True)
class Mileage:
    """An odometer reading: ``value`` in whole ``unit``s, or None where nothing is claimed."""

    value: int | None = None
    unit: Unit | None = None
    flags: frozenset[str] = frozenset()


def parse_mileage(
    raw: str | None,
    *,
    unit_hint: str | None = None,
    country: str | None = None,
    currency: str | None = None,
) -> Mileage:
    """Read an odometer field.

    ``unit_hint`` is a structured unit ("mi", "KMT"), ``country`` the dealer's ISO 3166 code,
    ``currency`` that of the price beside it; each only speaks where the text and those before it
    name no unit. A zero on a used car is unknown, not a reading.
    """
    if not raw or not raw.strip():
        return Mileage()
    text = fold(raw, _LONGEST_MILEAGE)
    framed = words(text, len(text))
    flags = _REMARKS.among(framed)
    if "since_work" in flags:
        return Mileage(flags=frozenset(flags))

    reading = _reading(text)
    if reading is None:
        if _UNKNOWN.first(framed):
            flags.add("unknown")
        return Mileage(flags=frozenset(flags))
    value, unit = reading
    if unit is None and fold(unit_hint or "", 20) in _TENS:
        value, unit = value * 10, "km"
    unit = unit or _unit(unit_hint) or _country_unit(country) or _HOME.get(currency or "")
    fault = _fault(value)
    if fault:
        return Mileage(flags=frozenset(flags | {fault}))
    return Mileage(value, unit, frozenset(flags))


def _reading(text: str) -> tuple[int, Unit | None] | None:
    """The first number with a unit, else the only number of the text."""
    numbers = list(_NUMBER.finditer(text))
    for match in numbers:
        word = match["before"] or match["after"]
        if word and (value := _value(match)) is not None:
            return (value * 10, "km") if word in _TENS else (value, _UNITS[word])
    if len(numbers) == 1 and (value := _value(numbers[0])) is not None:
        return value, None
    return None


def _value(match: re.Match[str]) -> int | None:
    digits = re.sub(r"[ ']", "", match["number"])
    groups = re.split(r"[.,]", digits)
    if match["thousand"]:
        return int(Decimal(".".join(groups)) * 1000) if len(groups) <= 2 else None
    if len(groups) == 1:
        return int(digits)
    if len(groups[-1]) == 3:
        return int("".join(groups))
    return int("".join(groups[:-1]))  # Tenths of a mile are not kept.


def _unit(raw: str | None) -> Unit | None:
    return _UNITS.get(fold(raw or "", 20))


def _country_unit(country: str | None) -> Unit | None:
    if not country:
        return None
    return "mi" if country.strip().upper() in _POLICY.mile_countries else "km"


def _fault(value: int) -> str | None:
    if value == 0:
        return "zero"
    if value in _POLICY.placeholders:
        return "placeholder"
    return "out_of_range" if value > _POLICY.most else None


_POLICY = load("mileage", MileagePolicy)
_REMARKS = PhraseTable(_POLICY.remarks)
_UNKNOWN = Phrases(_POLICY.unknown)
_UNITS: dict[str, Unit] = {word: unit for unit, names in _POLICY.units.items() for word in names}
_TENS = frozenset(_POLICY.tens_of_km)
_HOME: dict[str, Unit] = {
    code: unit for unit, codes in _POLICY.currencies.items() for code in codes
}
_UNIT_WORD = "|".join(
    re.escape(word) for word in sorted({*_UNITS, *_TENS}, key=lambda word: (-len(word), word))
)
_NUMBER = re.compile(
    rf"(?:(?<![a-z0-9])(?P<before>{_UNIT_WORD})\s?[:.]?\s?)?"
    r"(?<![0-9a-z$€£-])(?<![0-9][.,'])"
    r"(?P<number>[0-9]{1,3}(?:[.,' ][0-9]{3})+|[0-9]{1,12}(?:[.,][0-9]{1,2}(?![0-9]))?)"
    r"(?![0-9])(?:[.,][0-9](?![0-9]))?"
    # Before a unit "mil" is the thousand of Spain and Portugal, not the Scandinavian unit.
    rf"(?:\s?(?P<thousand>k|tsd\.?|mil(?=\s?(?:{_UNIT_WORD})(?![a-z])))(?![a-z]))?"
    rf"(?:[ -]?(?P<after>{_UNIT_WORD})(?![a-z]))?"
)
