"""How far a tile may reach around the links that lead to its vehicle."""

import itertools
from collections.abc import Iterator, Mapping, Sequence

from lxml.html import HtmlElement

from crawler.extract.page import Page
from crawler.extract.part import part_of
from crawler.extract.spec_names import label_field
from crawler.extract.text import class_words, text_of
from crawler.extract.words import words

__all__ = ["common_holder", "header_columns", "is_container", "is_table_of_one", "limits"]

CONTAINER_NAMES = words("container_class")
MEMBER_NAMES = words("member_class")


def is_table_of_one(element: HtmlElement, claim: Mapping[HtmlElement, str | None]) -> bool:
    """Whether a table, or its body, is one car's, among neighbours that are other cars'."""
    table = element.getparent() if element.tag == "tbody" else element
    if table is None or table.tag != "table":
        return False
    mine = claim.get(element)
    neighbours = (claim.get(other) for other in _beside(table))
    return any(other is not None and other != mine for other in neighbours)


def _beside(element: HtmlElement) -> Iterator[HtmlElement]:
    """The elements of the same tag nearest before and behind an element."""
    for preceding in (False, True):
        yield from itertools.islice(element.itersiblings(element.tag, preceding=preceding), 1)


def common_holder(anchors: Sequence[HtmlElement]) -> HtmlElement:
    """The innermost element that holds all anchors of a candidate."""
    holders = [anchors[0], *anchors[0].iterancestors()]
    for anchor in anchors[1:]:
        own = {anchor, *anchor.iterancestors()}
        holders = [holder for holder in holders if holder in own]
    return holders[0]


def is_container(element: HtmlElement) -> bool:
    names = class_words(element.get("class"), element.get("id"))
    return not names.isdisjoint(CONTAINER_NAMES) and names.isdisjoint(MEMBER_NAMES)


def limits(page: Page, outside: Mapping[HtmlElement, str]) -> set[HtmlElement]:
    """Elements around the page's heading, pager and filters: no tile reaches there."""
    around: set[HtmlElement] = set()
    headings = sum(element.tag == "h1" for element in page.elements)
    for element in page.elements:
        part = part_of(element)
        if not (
            (part.tag == "h1" and headings <= 2)
            or part.tag == "select"
            or outside.get(element) == "chrome"
            or (part.tag in ("ul", "div") and "paginat" in part.attributes.get("class", ""))
        ):
            continue
        node = element.getparent()
        while node is not None and node not in around:
            around.add(node)
            node = node.getparent()
    return around


def header_columns(element: HtmlElement) -> tuple[str, ...]:
    """The header texts of the table whose row the element is."""
    if element.tag != "tr":
        return ()
    table = next(element.iterancestors("table"), None)
    if table is None:
        return ()
    for row in table.iter("tr"):
        cells = [cell for cell in row if cell.tag in ("th", "td")]
        texts = tuple(text_of(cell) for cell in cells)
        if row is element:
            return ()
        if len(cells) >= 2 and sum(label_field(text) is not None for text in texts) >= min(
            2, len(texts)
        ):
            return texts
        if not any(cell.tag == "th" for cell in cells):
            return ()
    return ()
