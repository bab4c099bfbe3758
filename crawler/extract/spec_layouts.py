"""Pairs of label and value that are told by how blocks are laid out: the label below its value, two
lists beside each other, an element of a web component."""

import itertools
from collections.abc import Iterator, Sequence

from lxml.html import HtmlElement

from crawler.extract.spec_names import label_field
from crawler.extract.text import fold, text_of

__all__ = ["laid_out_pairs"]

LEAST_LABELS, LEAST_ROWS = 0.6, 3


def laid_out_pairs(elements: Sequence[HtmlElement]) -> Iterator[tuple[str, str]]:
    """Yield the pairs of elements of a page's main block; each has a text on both sides."""
    yield from _values_above(elements)
    for element in elements:
        if "-" in element.tag:
            yield from _component(element)
        elif element.tag in COLUMNS and len(element) >= LEAST_ROWS:
            yield from _columns(element)
        elif element.tag == "table":
            yield from _headed_columns(element)


def _values_above(elements: Sequence[HtmlElement]) -> Iterator[tuple[str, str]]:
    """Pairs of a block whose label stands behind or below its value, under an icon: "52,118
    Miles". Only blocks of two texts, so that rows of pairs are not read askew."""
    for element in elements:
        if element.tag in NOT_PAIRS or not 2 <= len(element) <= 4 or fold(element.text or ""):
            continue
        children = [child for child in element if isinstance(child.tag, str)]
        shown = [(child, text) for child in children if (text := text_of(child))]
        if len(shown) != 2 or any(fold(child.tail or "") for child in children):
            continue
        (first, value), (_, label) = shown
        if (
            first.tag not in ("a", "button", "label", "dt", "th")
            and len(value) <= 60
            and label_field(label) not in (None, "title", "status", "price")
            and not label.endswith(":")
            and not value.endswith(":")
            and label_field(value) is None
        ):
            yield label, value


NOT_PAIRS = frozenset(["ul", "ol", "dl", "tr", "table", "tbody", "select", "nav", "form", "a"])


def _component(element: HtmlElement) -> Iterator[tuple[str, str]]:
    """``<spec-row label="VIN" value="7R02C112233">``."""
    names = element.attrib
    label = next((names[name] for name in ("label", "name", "title", "key") if name in names), "")
    value = next((names[name] for name in ("value", "text", "content") if name in names), "")
    if fold(value) and label_field(label):
        yield label, fold(value)


def _columns(labels: HtmlElement) -> Iterator[tuple[str, str]]:
    """A list of labels beside a list of their values."""
    values = labels.getnext()
    if values is None or values.tag != labels.tag or len(values) != len(labels):
        return
    if any(len(item) > MAX_PARTS for item in (*labels, *values)):
        return
    rows = [(text_of(label), text_of(value)) for label, value in zip(labels, values, strict=True)]
    named = sum(label_field(label) is not None for label, _ in rows)
    if named < LEAST_LABELS * len(rows) or any(label_field(value) for _, value in rows):
        return
    for label, value in rows:
        if label and value and len(value) <= MAX_VALUE:
            yield label.rstrip(" :"), value


def _headed_columns(table: HtmlElement) -> Iterator[tuple[str, str]]:
    """A table of two rows: the labels above, their values below."""
    rows = list(itertools.islice(table.iter("tr"), 3))
    if len(rows) == 2 and len(rows[0]) == len(rows[1]) >= LEAST_ROWS:
        pairs = [(text_of(up), text_of(down)) for up, down in zip(*rows, strict=True)]
        named = sum(label_field(label) is not None for label, _ in pairs)
        if named >= LEAST_LABELS * len(pairs) and not any(label_field(low) for _, low in pairs):
            yield from ((label.rstrip(" :"), value) for label, value in pairs if label and value)


COLUMNS = frozenset(["ul", "ol", "div"])
MAX_PARTS, MAX_VALUE = 2, 200
