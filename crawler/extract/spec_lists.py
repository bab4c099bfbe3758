"""Facts in lines that no colon parts: "Engine 304 V8" in a list, "MILEAGE.....43,018" in a text
broken by <br>, also where that text stands beside blocks, as on hand-made pages."""

import re
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from crawler.extract.part import Part, part_of
from crawler.extract.spec_lines import line_pairs
from crawler.extract.spec_names import label_field
from crawler.extract.text import fold, readable

__all__ = ["broken_lines", "listed_pairs"]

BROKEN = frozenset(["p", "div", "td", "center", "font", "span", "section", "article", "body"])
BLOCKS = frozenset(
    ["p", "div", "table", "ul", "ol", "dl", "hr", "center", "section", "article", "form", "nav",
     "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "pre", "header", "footer", "main", "aside"]
)  # fmt: skip
LEADER = re.compile(r"^(\S.{0,38}?)\s*(?:\.{3,}|…{2,}|_{3,}|-{4,})\s*(\S.*)$")
LEAST_BREAKS, LEAST_FIELDS, LEAST_SHARE = 2, 3, 0.5
MAX_LINE, MAX_LINES, MAX_LABEL_WORDS = 90, 200, 3
STRONG = frozenset(["vin", "stock_number", "mileage"])
NO_FACTS = frozenset(["title", "status", "price", "location"])
# Labels that begin a remark as well: "Leather seats", "Drive belts", "Built by hand".
REMARKS = frozenset(
    ["leather", "seats", "drive", "built", "series", "edition", "version", "variant", "style",
     "gear", "gears", "inventory", "reference", "capacity", "body", "paint", "color", "colour"]
)  # fmt: skip


def listed_pairs(elements: Sequence[HtmlElement]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of lists and of broken texts, each with a label that names a field."""
    for element in elements:
        if element.tag in ("ul", "ol"):
            items = [_plain(part_of(item)) for item in element if item.tag == "li"]
            yield from _led(items)
        elif element.tag in BROKEN:
            part = part_of(element)
            breaks = [inner.tag for inner in part.parts].count("br")
            if breaks >= LEAST_BREAKS:
                lines = list(broken_lines(part))
                yield from _loose(part, lines)
                yield from _led(lines)


def _plain(item: Part) -> str:
    """The text of a line without elements in it; those part a label from its value themselves."""
    while len(item.parts) == 1 and item.parts[0].is_element and not item.text.strip():
        if item.tails[0].strip():
            return ""
        item = item.parts[0]
    return "" if item.parts else fold(item.text)


def broken_lines(part: Part) -> Iterator[str]:
    """The lines of an element's own text, which breaks and blocks end."""
    pieces = [part.text]
    for inner, tail in zip(part.parts, part.tails, strict=True):
        if inner.tag == "br" or inner.tag in BLOCKS:
            yield fold("".join(pieces))
            pieces = []
        elif inner.is_element and not inner.hidden:
            pieces.append(readable(inner))
        pieces.append(tail)
    yield fold("".join(pieces))


def _loose(part: Part, lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Pairs that dots lead to their values, and lines that stand beside blocks."""
    beside = any(inner.tag in BLOCKS for inner in part.parts)
    for line in lines[:MAX_LINES]:
        if not 3 <= len(line) <= MAX_LINE:
            continue
        if match := LEADER.match(line):
            if label_field(match[1]):
                yield match[1], match[2]
        elif beside:
            yield from line_pairs(line, False)


def _led(lines: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The pairs of lines that begin with a label, where most of a list's do and one has a number
    that only a fact has."""
    if not LEAST_FIELDS <= len(lines) <= MAX_LINES:
        return
    pairs = [pair for line in lines if len(line) <= MAX_LINE and (pair := _begun(line))]
    fields = {label_field(label) for label, _ in pairs}
    strong = any(
        label_field(label) in STRONG and any(ch.isdigit() for ch in value) for label, value in pairs
    )
    if strong and len(fields) >= LEAST_FIELDS and len(pairs) >= LEAST_SHARE * len(lines):
        yield from pairs


def _begun(line: str) -> tuple[str, str] | None:
    """The longest label that a line begins with, and the rest of the line."""
    words = line.split()
    for count in range(min(MAX_LABEL_WORDS, len(words) - 1), 0, -1):
        label = " ".join(words[:count])
        field = label_field(label)
        if label.endswith(":"):
            return None  # Read as a pair with a colon.
        if field and field not in NO_FACTS and label.casefold() not in REMARKS:
            value = " ".join(words[count:])
            return (label, value) if value[0].isalnum() else None
    return None
