"""Pairs of label and value within one line of text: "VIN: 2761234 Stock: B4421", "Engine – 304 V8",
"Stock #4471", "Année 1975"."""

import re
from collections.abc import Iterator
from functools import lru_cache

from crawler.extract.spec_names import label_field

__all__ = ["BARE", "first_piece", "line_pairs", "value_behind"]

SEPARATORS = re.compile(r"\s*[|•·▪●¦\n]\s*|\s{3,}|\s+[\u2013\u2014]\s+")
COLON = re.compile(r"^\s*([^:]{2,40}?)\s*:\s*(\S.*)$", re.DOTALL)
HASHED = re.compile(
    r"^\s*((?:stock|stk|vin|chassis|ref|inventory|lot|unit)\.?\s*(?:no\.?|number|"
    r"nr\.?)?\s*[#№]\s*:?)\s*(\S.*)$",
    re.I,
)
BARE = re.compile(
    r"^\s*(vin|chassis(?: no\.?| number)?|stock(?: no\.?| number)?|"
    r"stk(?: no\.?)?)\s+((?=\S*\d)[\w*/-]{2,25})\s*$",
    re.I,
)
# "VIN – S9930972": a label that a dash parts from its value.
DASHED = re.compile(r"^\s*([^:\u2013\u2014]{2,40}?)\s+[-\u2013\u2014]\s+(\S.*)$")
# "Année 1975", "EZ 05/1972", "Km 55.123": a label that needs no colon before such a value.
YEARED = re.compile(
    r"^\s*((?:model )?year|ann[ée]e|anno|año|bouwjaar|baujahr|bj\.?|ez|årgang|årsmodell|"
    r"erstzulassung|jahrgang)\s+"
    r"((?:\d{1,2}[./])?(?:18[89]|19\d|20[0-4])\d)\s*$",
    re.I,
)
METERED = re.compile(
    r"^\s*(mileage|odometer(?: reading)?|kilometerstand|km[ -]stand|laufleistung|tachostand|"
    r"kilom[ée]trage|chilometri|tellerstand|miltal)\s+"
    r"(\d[\d.,' \u202f]*(?:\s?(?:miles|mi|mil|kms?))?)\s*$",
    re.I,
)
DRIVEN = re.compile(r"^\s*(kms?|miles)\.?\s+(\d[\d.,' \u202f]*)$", re.I)


@lru_cache(maxsize=8_192)
def line_pairs(text: str, free: bool) -> tuple[tuple[str, str], ...]:
    """The pairs of a line; ``free``: its element may hold a label that names no field of ours."""
    found: list[tuple[str, str]] = []
    if not (DIGIT.search(text) or LABEL_SIGN.search(text)):
        return ()  # Names and colours: no pattern below holds in them.
    for line in text.split("\n"):
        match = DASHED.match(line)
        if match and label_field(match[1]) and not label_field(value := first_piece(match[2])):
            found.append((match[1], value))
    for piece in SEPARATORS.split(text):
        several = list(_in_a_row(piece))
        if len(several) > 1:
            found += several
            continue
        if match := DRIVEN.match(piece):
            found.append((match[1], f"{match[2].strip()} {match[1]}"))
            continue
        for pattern in (HASHED, COLON, BARE, YEARED, METERED):
            match = pattern.match(piece)
            if match and (pattern is not COLON or _is_label(match[1], free)):
                found.append((match[1], match[2]))
                break
    return tuple(found)


def first_piece(text: str) -> str:
    return SEPARATORS.split(text)[0]


def _in_a_row(piece: str) -> Iterator[tuple[str, str]]:
    """The pairs of a line that parts them by nothing: "VIN: 2761234 Stock: B4421"."""
    if ":" not in piece and "#" not in piece and "№" not in piece:
        return
    labels: list[tuple[int, int, str]] = []
    for mark in LABEL_END.finditer(piece):
        before = piece[labels[-1][1] if labels else 0 : mark.start()]
        starts = [word.start() for word in re.finditer(r"\S+", before)][-3:]
        for start in starts:
            if label_field(before[start:]):
                begin = mark.start() - len(before) + start
                labels.append((begin, mark.end(), before[start:]))
                break
    for index, (_, end, label) in enumerate(labels):
        until = labels[index + 1][0] if index + 1 < len(labels) else len(piece)
        yield label, piece[end:until].strip(" ,;/-")


DIGIT = re.compile(r"\d")
LABEL_SIGN = re.compile(r"[:#№\u2013\u2014-]")
LABEL_END = re.compile(r"\s*(?:[#№]\s*:?|:)(?=\s|\w)\s*")


def _is_label(label: str, free: bool) -> bool:
    return bool(label_field(label)) or (free and len(label.split()) <= 4 and label[:1].isupper())


def value_behind(text: str) -> str:
    """Return a text without the label that leads it, where that names a field."""
    match = COLON.match(text) or HASHED.match(text) or BARE.match(text)
    return match[2] if match and label_field(match[1]) else text
