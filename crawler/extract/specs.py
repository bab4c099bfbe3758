"""Label/value pairs inside one tile: "Mileage: 12,345", dl, tables, icon lists, named classes."""

import itertools
import re
from collections.abc import Iterable, Iterator, Sequence
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extract.field_values import named_pair
from crawler.extract.part import Part, part_of
from crawler.extract.spec_lines import first_piece, line_pairs, value_behind
from crawler.extract.spec_names import attribute_field, label_field
from crawler.extract.text import fold, own_text, readable, text_of
from crawler.extract.unlabelled_values import bare_values, running_mileage

__all__ = ["SpecSheet", "read_specs"]

SpecSheet = dict[str, str]
"""Field name or, for labels without a field of their own, the printed label → raw value."""

MAX_VALUE = 300
MAX_LINE = 400
SEATED = re.compile(r"^(\D+?)\s*/\s*\d+[- ]?(?:seats?|seater|passengers?)$", re.I)
"""What "Body/Seating" holds: "Coupe/2 seats"."""
DASH = re.compile(r"^[-\u2013\u2014=]+\s+")
"""What some pages put between a label and its value: "Engine - 304ci V8"."""
CONTAINERS = frozenset(["ul", "ol", "dl", "table", "tbody", "thead", "form", "select", "nav"])
CURRENCY = re.compile(r"[$€£¥]|\b(?:usd|eur|gbp|chf)\b", re.I)


def read_specs(elements: Sequence[HtmlElement], columns: Sequence[str] = ()) -> SpecSheet:
    """Read every pair of a tile's visible elements; the first value of a field stands.

    ``columns`` are the header texts of the table whose row the tile is.
    """
    sheet: SpecSheet = {}
    if columns and elements:
        for name, value in _noted(_cells(elements[0], columns)):
            sheet.setdefault(name, value)
    named: list[Pair] = []
    recognized: list[Pair] = []
    for element in elements:
        part = part_of(element)
        said: Said | None = part.specs
        if said is None:
            said = part.specs = _said(part)
        if part.tag in ("dt", "pre"):
            for name, value in _noted(_beyond(element, part)):
                sheet.setdefault(name, value)
        if said is NOTHING:
            continue
        for name, value in said[0]:
            sheet.setdefault(name, value)
        named += said[1]
        recognized += said[2]
    # What a label says stands before what a class does, and that before what needs neither.
    for name, value in (*named, *recognized):
        sheet.setdefault(name, value)
    if "mileage" not in sheet:
        for element in elements:
            text = own_text(element)
            if text and len(text) <= MAX_LINE and (match := running_mileage(text)):
                sheet["mileage"] = match
                break
    return sheet


Pair = tuple[str, str]
Said = tuple[tuple[Pair, ...], tuple[Pair, ...], tuple[Pair, ...]]
"""The pairs that a part holds by labels, by classes and attributes, and by their look alone."""
NOTHING: Said = ((), (), ())


def _said(part: Part) -> Said:
    """What an element says by itself."""
    labelled = _noted(_labelled(part)) if part.has_text or part.parts else ()
    named = tuple(_named(part)) if part.attributes else ()
    recognized = tuple(_recognized(part)) if part.has_text else ()
    return (labelled, named, recognized) if labelled or named or recognized else NOTHING


def _noted(pairs: Iterable[Pair]) -> tuple[Pair, ...]:
    """The pairs that hold a value, by the names of their fields where they have any."""
    return tuple(
        noted
        for label, value in pairs
        if (noted := (_note if len(value) <= MAX_LINE else _read_note)(label, value))
    )


def _read_note(label: str, value: str) -> Pair | None:
    value = DASH.sub("", fold(value).strip(" :"))
    label = fold(label).strip(" :")
    if not label or not value or len(value) > MAX_VALUE or value == "-":
        return None
    name, value = named_pair(label, value)
    if name == "body_style" and (seated := SEATED.match(value)):
        value = seated[1]
    if name != "title" and not any(ch.isdigit() for ch in value) and label_field(value.rstrip(":")):
        return None  # Two labels in a row: an empty value stands between them.
    return name, value


_note = lru_cache(maxsize=8_192)(_read_note)


def _labelled(part: Part) -> Iterator[Pair]:
    tag = part.tag
    if tag == "tr":
        yield from _row(part)
        return
    if tag in CONTAINERS or tag in ("dt", "a", "button", "option", "img"):
        return
    if tag == "pre" and _is_one_text(part):
        return  # Read as columns.
    children = part.elements
    if children and len(children) <= MAX_NEIGHBOURS:
        yield from _neighbours(children)
        if (label := fold(part.text).rstrip(" :")) and label_field(label):
            yield from _led(label, children[0][0])
    text = _line(part)
    if text is None:
        return
    yield from line_pairs(text, tag in ("li", "dd", "td", "p", "span"))


def _line(part: Part) -> str | None:
    """The text of an element that is one line or a few: no block inside."""
    tags = {inner.tag for inner in part.parts if inner.is_element}
    if not tags or not tags <= INLINE_TAGS:
        direct = fold(part.text)
        return direct if 3 <= len(direct) <= MAX_LINE else None
    pieces: list[str] = [part.text]
    for inner, tail in zip(part.parts, part.tails, strict=True):
        if inner.is_element:
            whole = "\n" if inner.tag == "br" else readable(inner)
            # A pair in an element of its own ends with it.
            pieces += ["\n", whole, "\n"] if PAIR.match(whole) else [whole]
            pieces.append(tail)
    text = "".join(_spaced(pieces))
    text = "\n".join(fold(line) for line in text.split("\n") if line.strip())
    return text if 3 <= len(text) <= MAX_LINE else None


PAIR = re.compile(r"[^:\n]{2,40}:\s*\S")


def _spaced(pieces: list[str]) -> Iterator[str]:
    last = ""
    for piece in pieces:
        if not piece:
            continue
        if last and last[-1].isalnum() and piece[0].isalnum():
            yield " "
        yield piece.replace("\n", " ") if piece != "\n" else piece
        last = piece


INLINE_TAGS = frozenset([
    "b", "strong", "i", "em", "span", "br", "small", "label", "abbr",
    "sup", "u", "svg", "font", "a", "bdi", "data", "time", "img",
])  # fmt: skip


def _neighbours(children: Sequence[tuple[Part, str]]) -> Iterator[Pair]:
    """A label element followed by its value: the next element, or the text behind it."""
    for index, (inner, tail) in enumerate(children):
        if inner.hidden or len(inner.parts) > 2 or inner.tag in NO_LABEL:
            continue
        label = readable(inner) or _icon_label(inner)
        if not 1 < len(label) <= 40 or label_field(label) is None:
            continue
        if behind := DASH.sub("", fold(tail).lstrip(":").strip()):
            yield label, first_piece(behind)
        elif index + 1 < len(children):
            following, tail = children[index + 1]
            if following.tag == "br":
                if (below := fold(tail)) and len(below) <= MAX_BELOW and below[-1] not in ".!?:":
                    yield label, below
            elif not (following.hidden or following.tag in CONTAINERS or following.tag in SECTIONS):
                yield label, readable(following)


def _icon_label(part: Part) -> str:
    """What an icon says of the value beside it to those who point at it."""
    names = part.attributes
    if part.parts or part.tag not in ICONS:
        return ""
    return fold(next((names[name] for name in ICON_NAMES if names.get(name)), ""))


MAX_BELOW = 60
"""A value on the line below its label; longer ones are a heading's text."""
ICONS = frozenset(["i", "span", "img", "em", "svg", "abbr"])
ICON_NAMES = ("title", "aria-label", "alt", "data-original-title", "data-bs-original-title")
MAX_NEIGHBOURS = 40
"""Children of an element that may be labels and their values; a grid has more."""
SECTIONS = frozenset(["nav", "header", "footer", "main", "section", "article", "aside"])
NO_LABEL = SECTIONS | frozenset(["dt", "th", "td", "a", "li"])


def _led(label: str, following: Part) -> Iterator[Pair]:
    """A value in an element of its own behind a bare label: ``Paint <b>Red</b>``."""
    if following.tag not in CONTAINERS | SECTIONS | {"a", "br"} and not following.hidden:
        yield label, readable(following)


def _beyond(element: HtmlElement, part: Part) -> Iterator[Pair]:
    """What the part of an element does not say: the text behind a term, and lines as they stand."""
    if part.tag == "dt":
        yield from _definition(element)
    elif _is_one_text(part):
        yield from _columns(element)


def _is_one_text(part: Part) -> bool:
    return all(inner.tag in INLINE_TAGS for inner, _ in part.elements)


def _columns(block: HtmlElement) -> Iterator[Pair]:
    """The lines of preformatted text, whose labels a colon or blanks part from their values."""
    for line in block.text_content().splitlines()[:MAX_LINES]:
        match = COLUMNS.match(line)
        if match and label_field(match[1]):
            yield match[1], match[2]


COLUMNS = re.compile(r"^\s*(\S.{0,38}?)(?:\s*:\s*|\s*\.{3,}\s*|\s{2,})(\S.*)$")
MAX_LINES = 500


def _definition(term: HtmlElement) -> Iterator[Pair]:
    following = term.getnext()
    while following is not None and not isinstance(following.tag, str):
        following = following.getnext()
    if following is not None and following.tag == "dd":
        yield text_of(term), text_of(following)


def _row(row: Part) -> Iterator[Pair]:
    """Pairs of cells, any number to a row (several th/td pairs stand in one on some sites)."""
    cells = [cell for cell in row.parts if cell.tag in ("th", "td")]
    for left, right in itertools.pairwise(cells):
        label = readable(left)
        names = left.tag == "th" or label_field(label) or label.endswith(":")
        if names and right.tag == "td" and len(label) <= 40:
            yield label, readable(right)


def _cells(row: HtmlElement, columns: Sequence[str]) -> Iterator[Pair]:
    cells = [cell for cell in row if cell.tag in ("th", "td")]
    for label, cell in zip(columns, cells, strict=False):
        if label_field(label):
            yield label, text_of(cell)


def _named(part: Part) -> Iterator[Pair]:
    """Values named by the element's classes or data attributes."""
    names = None
    for name, said in part.attributes.items():
        if name in CAPTIONS:
            if (captioned := label_field(said)) and (value := readable(part)):
                yield captioned, value
        elif name.startswith("data-"):
            known = attribute_field(name[5:])
            if known and known != "status" and (value := fold(said)) and len(value) <= MAX_VALUE:
                yield ("data_price" if known == "price" else known), value
        elif name == "class":
            names = said
    if (
        not names
        or len(part.parts) > 3
        or part.tag in ("img", "a", "ul", "dl", "table", "svg", "i")
    ):
        return
    known = next((found for name in names.split() if (found := attribute_field(name))), None)
    if known is None or known in ("price", "title", "status"):
        return
    if "label" in names.lower():
        return
    text = value_behind(readable(part))
    if known == "stock_number" and not NUMBER.fullmatch(text):
        return  # "stock-item" is any of the cars in stock.
    if text and len(text) <= 120 and not label_field(text) and not CURRENCY.search(text):
        yield known, text


NUMBER = re.compile(r"(?=\D*\d)[\w./#-]{1,24}(?: [\w./-]{1,12})?")


CAPTIONS = frozenset(["data-label", "data-title", "data-th", "data-heading"])
"""The attributes by which cells name their columns, for narrow screens."""


def _recognized(part: Part) -> Iterator[Pair]:
    """Values that need no label: "12,345 miles", "5-speed manual", "AWD"."""
    for text in (part.text, *part.tails):
        if len(text) > 2 and not text.isspace() and 2 < len(line := fold(text)) <= 120:
            yield from bare_values(line)
