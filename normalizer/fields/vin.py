"""VINs and chassis numbers: what the value is, and whether it may identify a car.

A failed check digit is a flag, never a rejection (ISO 3779 leaves position 9 free outside North
America). Before 1981 a chassis number of any length identifies a car; from then on 17 characters
are due, and a shorter number is cut. Nothing is corrected: O and 0 stay what they are.
"""

import re
from dataclasses import dataclass
from typing import Literal

from normalizer.fields.text import fold, words
from normalizer.policy import Shape, load

_LONGEST_FIELD = 120

# 49 CFR 565.15 (c): transliteration, weights, modulo 11 with X for 10.
_TRANSLITERATION = {
    **{str(digit): digit for digit in range(10)},
    **dict(zip("ABCDEFGH", range(1, 9), strict=True)),
    **dict(zip("JKLMN", range(1, 6), strict=True)),
    **{"P": 7, "R": 9},
    **dict(zip("STUVWXYZ", range(2, 10), strict=True)),
}
_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


class VinPolicy(Shape):
    """vin.yml: bounds, fillers and the words beside a number."""

    first_vin_year: int
    provisional_from_year: int
    least_distinct: int
    shortest_chassis: int
    longest_chassis: int
    none_words: list[str]
    placeholder_prefixes: list[str]
    placeholders: list[str]
    labels: list[str]
    other_labels: list[str]


@dataclass(frozen=True, slots=True)
class Vin:
    """A VIN or chassis number.

    ``value`` is upper case without spaces and hyphens (a slash belongs to a chassis number) and
    None where the field holds no number; ``raw`` is how the source printed it and ``printed`` the
    same without label and remarks, in capitals. Only a value with
    ``is_key`` may identify a vehicle; a cut or provisional one is shown but joins nothing.
    """

    value: str | None = None
    kind: Literal["vin", "chassis"] | None = None
    is_key: bool = False
    flags: frozenset[str] = frozenset()
    raw: str | None = None
    printed: str | None = None

    @property
    def shown(self) -> str | None:
        """What the tables show: a VIN plain, a chassis number as printed, in capitals and without
        its label."""
        return self.printed if self.kind == "chassis" else self.value


def parse_vin(raw: str | None, *, year: int | None = None, stock: str | None = None) -> Vin:
    """Read a VIN field.

    ``year`` is the model year; without it only a full 17-character VIN can be a key. ``stock`` is
    the listing's stock number: the same value in both slots is a stock number.
    """
    if not raw or not raw.strip():
        return Vin()
    display = " ".join(raw[:_LONGEST_FIELD].split())
    if len(raw) > _LONGEST_FIELD:
        return Vin(flags=frozenset({"text"}), raw=display)
    text = fold(raw, _LONGEST_FIELD).upper()
    if words(text).strip() in _NONE_WORDS:
        return Vin(flags=frozenset({"no_number"}), raw=display)
    if _OTHER_LABEL.match(text):
        return Vin(flags=frozenset({"other_number"}), raw=display)
    bare = _LABEL.sub("", re.sub(r"\([^()]*\)|\[[^\[\]]*\]", " ", text), count=1).strip()
    if bare != text and words(bare).strip() in _NONE_WORDS:
        return Vin(flags=frozenset({"no_number"}), raw=display)
    if fault := _text_fault(bare):
        return Vin(flags=frozenset({fault}), raw=display)
    value = re.sub(r"[^A-Z0-9/]", "", bare)
    vin = _vin(value, year) if len(value) == 17 else _chassis(value, bare, year)
    if _is_stock(vin, stock):
        return Vin(flags=vin.flags | {"stock_number"}, raw=display)
    return Vin(vin.value, vin.kind, vin.is_key, vin.flags, display, " ".join(bare.split()))


def check_digit(vin: str) -> str | None:
    """The check digit due at position 9 of a 17-character VIN; None if it holds I, O, Q or worse.

    `check_digit("1HGCM82633A004352")` is "3".
    """
    if len(vin) != 17 or any(char not in _TRANSLITERATION for char in vin):
        return None
    total = sum(_TRANSLITERATION[char] * weight for char, weight in zip(vin, _WEIGHTS, strict=True))
    return "X" if total % 11 == 10 else str(total % 11)


def _text_fault(text: str) -> str | None:
    """Why the text holds no usable number at all; None if it may."""
    if re.search(r"[*#•?]{2,}|X{4,}|(?<=[A-Z0-9])XXX$|\.{3}|…|_{2,}", text):
        return "redacted"
    bare = re.sub(r"[^A-Z0-9]", "", text)
    if _PLACEHOLDER.match(text) or bare in _PLACEHOLDERS:
        return "placeholder"
    if not re.search(r"[0-9]", bare):
        return "no_number"
    if (len(bare) > 17 and len(text.split()) > 1) or re.search(
        r"(?<![A-Z0-9])[A-Z]{5,}(?![A-Z0-9])", text
    ):
        return "text"
    return "too_long" if len(bare) > _POLICY.longest_chassis else None


def _vin(value: str, year: int | None) -> Vin:
    """A value of 17 characters."""
    flags: set[str] = set()
    modern = year is None or year >= _POLICY.first_vin_year
    if value.isdigit():
        flags.add("all_digits")
    if len(set(value)) < _POLICY.least_distinct:
        flags.add("placeholder")
    if flags:
        return Vin(None, None, False, frozenset(flags))
    due = check_digit(value)
    if due is None:
        if not modern:
            return Vin(value, "chassis", True, frozenset())
        return Vin(value, "vin", False, frozenset({"illegal_character", "provisional"}))
    if due != value[8]:
        flags.add("check_digit_failed")
    low_volume = value[2] == "9"  # Makers of fewer than 1,000 cars a year; their serial is shorter.
    if not value[-4:].isdigit() and not low_volume:
        flags.add("letter_in_serial")
        if year is None or year >= _POLICY.provisional_from_year:
            return Vin(value, "vin", False, frozenset(flags | {"provisional"}))
    return Vin(value, "vin", True, frozenset(flags))


def _chassis(value: str, text: str, year: int | None) -> Vin:
    """A value of any other length."""
    if len(value) > 17 and (year is None or year >= _POLICY.first_vin_year):
        return Vin(value, None, False, frozenset({"too_long"}))
    if len(value) < _POLICY.shortest_chassis:
        return Vin(value, "chassis", False, frozenset({"too_short"}))
    if len(set(value)) == 1 or (len(value) >= 8 and len(set(value)) < 3):
        return Vin(None, None, False, frozenset({"placeholder"}))
    if year is not None and year < _POLICY.first_vin_year:
        return Vin(value, "chassis", True, frozenset())
    if _FRAME_NUMBER.fullmatch(text):
        return Vin(value, "chassis", True, frozenset({"frame_number"}))
    if year is None:
        return Vin(value, "chassis", False, frozenset({"year_unknown"}))
    if "/" in value:  # No VIN holds a slash: a small maker's own number, not a cut VIN.
        return Vin(value, "chassis", True, frozenset({"late_chassis"}))
    return Vin(value, "vin", False, frozenset({"cut"}))


def _is_stock(vin: Vin, stock: str | None) -> bool:
    """Whether the VIN slot repeats the stock number; dealers do use a full VIN as stock number."""
    if not stock or vin.value is None:
        return False
    if stock.isascii() and len(stock) < len(vin.value) - vin.value.count("/"):
        return False
    same = re.sub(r"[^A-Z0-9]", "", fold(stock, 60).upper()) == re.sub(r"[^A-Z0-9]", "", vin.value)
    return same and not (len(vin.value) == 17 and check_digit(vin.value) is not None)


def _phrase_pattern(phrases: list[str]) -> str:
    ordered = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    return "|".join(r"[\W_]+".join(map(re.escape, phrase.upper().split())) for phrase in ordered)


_POLICY = load("vin", VinPolicy)
_PLACEHOLDER = re.compile(
    "|".join(rf"(?:{prefix})(?![A-Z])" for prefix in _POLICY.placeholder_prefixes) or r"(?!)"
)
_PLACEHOLDERS = frozenset(_POLICY.placeholders)
_NONE_WORDS = frozenset(words(phrase).strip() for phrase in _POLICY.none_words)
_LABEL = re.compile(rf"^\s*(?:(?:{_phrase_pattern(_POLICY.labels)})(?![A-Z0-9])[\s.:#/=-]*){{1,3}}")
_OTHER_LABEL = re.compile(rf"^\s*(?:{_phrase_pattern(_POLICY.other_labels)})(?![A-Z0-9])[\s.:#=-]*")
# Japan's domestic market never adopted the 17-character VIN: model code, hyphen, serial.
_FRAME_NUMBER = re.compile(r"[A-Z]{1,4}[0-9]{1,3}[A-Z]{0,2}-[0-9]{5,7}")
