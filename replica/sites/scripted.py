"""The grid that a script draws: what the script asks for, in a form that it alone can read."""

import json
from base64 import b64decode, b64encode
from collections.abc import Sequence

from replica.page import TEMPLATES, Page, templates, text
from replica.sites.show import Shown

__all__ = ["part_of", "read_part", "script"]


def script() -> Page:
    """The script itself."""
    source = (TEMPLATES / "scripted" / "lot.js").read_bytes()
    return Page(source, 200, "text/javascript; charset=utf-8")


def part_of(cars: Sequence[Shown], total: int) -> Page:
    """Some tiles, and how many there are in all: JSON as reversed Base64."""
    tile = templates().get_template("scripted/tile.html")
    told = json.dumps({"all": total, "cards": [tile.render(car=car) for car in cars]})
    return text(b64encode(told.encode()).decode()[::-1])


def read_part(page: Page) -> list[str]:
    """The tiles of a part, as the script reads them."""
    cards: list[str] = json.loads(b64decode(page.text[::-1]))["cards"]
    return cards
