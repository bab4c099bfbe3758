"""Panes of tabs that wait for a click: hidden blocks beside each other that links of one row open.

A modal is opened by a link too, but stands alone.
"""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from functools import lru_cache
from itertools import islice

from lxml.html import HtmlElement

from crawler.extract.page import Page

__all__ = ["tab_panes"]

TARGETS = ("href", "aria-controls", "data-target", "data-bs-target", "data-tab", "data-toggle-id")
MAX_UP = 3


@lru_cache(maxsize=4)
def tab_panes(page: Page) -> frozenset[HtmlElement]:
    """Return the elements that two links or more of one row open, one each, and that are siblings
    of each other."""
    named = {element.get("id"): element for element in page.elements if element.get("id")}
    opened = [
        (opener, pane)
        for opener in page.root.iter("a", "button", "li")
        if (pane := _pane(opener, named)) is not None
    ]
    around: defaultdict[HtmlElement, set[HtmlElement]] = defaultdict(set)
    for opener, pane in opened:
        for above in _ancestors(opener):
            around[above].add(pane)
    # The row of an opener is the smallest block that holds another one as well.
    rows: defaultdict[tuple[HtmlElement, HtmlElement | None], set[HtmlElement]] = defaultdict(set)
    for opener, pane in opened:
        row = next((above for above in _ancestors(opener) if len(around[above]) > 1), None)
        if row is not None and row is not pane and pane not in row.iterancestors():
            rows[row, pane.getparent()].add(pane)
    return frozenset(pane for panes in rows.values() if len(panes) > 1 for pane in panes)


def _pane(opener: HtmlElement, named: Mapping[str | None, HtmlElement]) -> HtmlElement | None:
    """The element that a link or button says it opens."""
    for name in TARGETS:
        value = opener.get(name) or ""
        if name == "href" and not value.startswith("#"):
            continue
        if (pane := named.get(value.removeprefix("#"))) is not None and pane is not opener:
            return pane
    return None


def _ancestors(opener: HtmlElement) -> Iterator[HtmlElement]:
    return islice(opener.iterancestors(), MAX_UP)
