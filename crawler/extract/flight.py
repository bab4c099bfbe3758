"""Next's flight rows: what a page hands to its components in pieces that scripts push."""

import json
import re
from collections.abc import Iterable, Iterator

__all__ = ["flight_rows", "flight_text"]

FLIGHT = re.compile(r'__next_f\.push\(\s*\[\s*1\s*,\s*("(?:[^"\\\x00-\x1f]|\\.)*")\s*\]')


def flight_text(scripts: Iterable[str]) -> str:
    """Return the pieces of several scripts as the one text they make."""
    pieces = (piece for script in scripts for piece in FLIGHT.findall(script))
    return "".join(json.loads(piece) for piece in pieces)  # Only what is a JSON string matched.


def flight_rows(text: str) -> Iterator[str]:
    """Yield the objects and lists of the rows, as JSON: ``5:["$","div",null,{…}]``."""
    for row in text.split("\n"):
        payload = row.partition(":")[2]
        if payload[:1] in ("[", "{"):
            yield payload
