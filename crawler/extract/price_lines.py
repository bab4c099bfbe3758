"""The lines of an element that may tell a price, and which of them ask to ask for it.

All of it is said by the element alone, whatever stands around it.
"""

import re
from functools import lru_cache

from crawler.extract.part import Part
from crawler.extract.price_language import (
    BARE,
    MONEY,
    ON_REQUEST,
    ON_REQUEST_SLOT,
    SIGNS,
    may_be_money,
)
from crawler.extract.text import fold, readable

__all__ = [
    "CLAUSES",
    "MAX_PRICE",
    "STATED",
    "Lines",
    "lines_of_price",
    "requests",
    "strikes",
    "tells_price",
]

DIGIT = re.compile(r"\d")
STRUCK_TAGS = frozenset(["s", "del", "strike"])
STRUCK_STYLE = re.compile(r"line-through", re.IGNORECASE)
MAX_PRICE = 60
CLAUSES = re.compile(r"(?<=[a-z\d)])\.\s+|\s*[|•·;]\s*|\s[\u2013\u2014-]\s")
Lines = tuple[tuple[int, str], ...]
"""The lines of an element that may tell a price, by their place among its lines."""
STATED: Lines = ((-1, ""),)
"""In place of the lines of an element whose price stands in its attributes."""


def lines_of_price(part: Part) -> Lines:
    """The lines with a digit or a phrase in place of a price: most elements hold neither."""
    if part.tag in ("option", "select", "script"):
        return ()
    if (
        part.attributes.get("itemprop") in ("price", "lowPrice")
        and (content := part.attributes.get("content"))
        and content.strip(" 0.")
    ):
        return STATED
    return tuple(
        (index, line)
        for index, line in enumerate(_lines(part))
        if DIGIT.search(line) or requests(line)
    )


def _lines(part: Part) -> list[str]:
    """The lines of text in an element that holds phrases only: its own words and those of inline
    children, cut at ``<br>``, struck ones and those read on their own left out."""
    own = part.text
    if not part.parts:
        if not part.has_text:
            return []
        return [
            line
            for raw in own.split("\n")
            if raw.strip() and 1 < len(line := fold(raw)) <= MAX_LINE
        ]
    if len(part.parts) == 2 and not part.has_text and (whole := _sign_and_number(part)):
        return [whole]
    if not part.has_text and not any(inside.tag in INLINE for inside in part.parts):
        return []
    pieces = [own]
    for inside, tail in zip(part.parts, part.tails, strict=True):
        if not inside.is_element:
            pieces.append(tail)
        elif inside.tag == "br":
            pieces += ["\n", tail]
        else:
            phrase = inside.tag in INLINE
            inline = phrase and len(inside.parts) <= 2 and not strikes(inside)
            inner = readable(inside) if inline else ""
            # An amount in a child is read there, with the child's classes; only a sign beside its
            # number ("<span>$</span>10,500") needs both.
            if inner and tells_price(inner):
                inner = "\n"
            elif not inline:
                inner = " " if phrase else "\n"
            if inner[:1].isalnum() and "".join(pieces[-3:])[-1:].isalnum():
                inner = f" {inner}"
            pieces += [inner, tail]
    return [
        line
        for raw in "".join(pieces).split("\n")
        if raw.strip() and 1 < len(line := fold(raw)) <= MAX_LINE
    ]


def _sign_and_number(part: Part) -> str | None:
    """An amount whose sign stands in an element of its own: "<div>$</div><div>129,500</div>"."""
    sign, amount = map(readable, part.parts)
    if not SIGN_ALONE.fullmatch(sign) or len(amount) > MAX_PRICE or not BARE.match(amount):
        return None
    return sign + amount


SIGN_ALONE = re.compile(SIGNS)
MAX_LINE = 600
INLINE = frozenset(
    [
        "span",
        "b",
        "strong",
        "em",
        "i",
        "small",
        "sup",
        "label",
        "ins",
        "u",
        "font",
        "data",
        "bdi",
        "abbr",
    ]
)


def tells_price(text: str) -> bool:
    """Tell whether an amount of money stands in a text, or that the price is on request."""
    return _tells_price(text) if len(text) <= MAX_LINE else _searched(text)


def _searched(text: str) -> bool:
    return bool((may_be_money(text) and MONEY.search(text)) or ON_REQUEST.search(text))


_tells_price = lru_cache(maxsize=8_192)(_searched)


@lru_cache(maxsize=8_192)
def requests(line: str) -> tuple[str, ...]:
    """The clauses of a line that ask to ask for the price."""
    return tuple(
        clause
        for clause in CLAUSES.split(line)
        if clause
        and len(clause) <= MAX_PRICE
        and (ON_REQUEST.search(clause) or ON_REQUEST_SLOT.match(clause))
    )


def strikes(part: Part) -> bool:
    """Whether an element strikes out what stands in it."""
    if part.tag in STRUCK_TAGS:
        return True
    attributes = part.attributes
    if not attributes:
        return False
    style, names = attributes.get("style"), attributes.get("class")
    return bool((style and STRUCK_STYLE.search(style)) or (names and STRUCK_NAMES.search(names)))


STRUCK_NAMES = re.compile(
    r"\b(?:strike|struck|line-through|strikethrough|crossed|text-decoration-line-through)"
)
