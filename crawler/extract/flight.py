"""Next's flight rows: what a page hands to its components in pieces that scripts push."""

import json
import re
from collections.abc import Iterator
from functools import lru_cache

from crawler.extract.page import Page

__all__ = ["MARK", "flight_rows", "flight_text"]

MARK = "__next_f"
"""What a script that pushes rows calls their list."""

FLIGHT = re.compile(r'__next_f\.push\(\s*\[\s*1\s*,\s*("(?:[^"\\\x00-\x1f]|\\.)*")\s*\]')


@lru_cache(maxsize=2)
def flight_text(page: Page) -> str:
    """Return the pieces of a page's scripts as the one text they make."""
    texts = (script.text or "" for script in page.root.iter("script"))
    pieces = (piece for text in texts if MARK in text for piece in FLIGHT.findall(text))
    return "".join(json.loads(piece) for piece in pieces)  # Only what is a JSON string matched.


def flight_rows(page: Page) -> Iterator[str]:
    """Yield the objects and lists of the rows, as JSON: ``5:["$","div",null,{…}]``."""
    for row in flight_text(page).split("\n"):
        payload = row.partition(":")[2]
        if payload[:1] in ("[", "{"):
            yield payload
