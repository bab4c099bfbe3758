"""Parts of a vehicle's page that tell of the past: tables of events, sections headed "History".

"Sold" there is what happened once, at a price that nobody asks now.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extract.page import Page
from crawler.extract.text import HEADINGS, text_of

__all__ = ["told_of_the_past"]

HISTORY = re.compile(
    r"^\W*(?:[\w&'-]+ ){0,4}(?:history|provenance|chronology|timeline|past sales|sales? record|"
    r"auction results?|geschichte|historie|historique|provenienza|storia|geschiedenis|historik)"
    r"(?: [\w&'-]+){0,3}\W*$",
    re.IGNORECASE,
)
NOT_A_PAST = re.compile(r"description|vehicle history report|carfax|price history", re.IGNORECASE)
DATED = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")
LEAST_COLUMNS, LEAST_DATED = 3, 0.5


@lru_cache(maxsize=4)
def told_of_the_past(page: Page) -> frozenset[HtmlElement]:
    """Return the elements, with all inside them, that tell of the past."""
    found: set[HtmlElement] = set()
    for table in page.root.iter("table"):
        if _lists_events(table):
            found.update(table.iter("*"))
    for heading in page.root.iter(*HEADINGS):
        text = text_of(heading)
        if heading.tag != "h1" and HISTORY.match(text[:80]) and not NOT_A_PAST.search(text):
            for follower in _followers(heading):
                found.update(follower.iter("*"))
    return frozenset(found)


def _lists_events(table: HtmlElement) -> bool:
    """Whether most rows of a table begin with a date and go on in two columns or more."""
    rows = [
        cells
        for row in table.iter("tr")
        if len(cells := [cell for cell in row if cell.tag == "td"]) >= LEAST_COLUMNS
    ]
    dated = sum(bool(DATED.search(text_of(cells[0])[:40])) for cells in rows)
    names_cars = any(next(cell.iter("a", "img"), None) is not None for row in rows for cell in row)
    return bool(rows) and dated >= LEAST_DATED * len(rows) and not names_cars


def _followers(heading: HtmlElement) -> Iterator[HtmlElement]:
    for sibling in heading.itersiblings():
        if not isinstance(sibling.tag, str):
            continue
        if sibling.tag in HEADINGS and sibling.tag <= heading.tag:
            return
        yield sibling
