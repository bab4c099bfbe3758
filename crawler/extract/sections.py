"""Sold cars in a section of their own on the page of the current stock.

Some dealers keep one page: the cars for sale under "Available", the others under "Sold". The
heading of a section is a mark on each of its tiles, as a banner on each would be.
"""

import re
from collections.abc import Collection, Sequence

from lxml.html import HtmlElement

from crawler.extract.text import HEADINGS, text_of
from crawler.extract.tile import Tile

__all__ = ["SOLD_HEADING", "under_sold_headings"]

SOLD_HEADING = re.compile(
    r"\W*(?:(?:our|recently|previously|already|just|past) )*sold(?: out)?"
    r"(?: (?:cars?|vehicles?|inventory|stock|listings?|classics?|archive))?\W*"
    r"|\W*(?:bereits )?verkauft(?:e (?:fahrzeuge|autos))?\W*"
    r"|\W*(?:(?:voitures|v[ée]hicules) )?vendue?s\W*"
    r"|\W*(?:auto |vetture )?vendut[ei]\W*|\W*verkocht(?:e auto'?s)?\W*|\W*vendidos\W*",
    re.IGNORECASE,
)


def under_sold_headings(tiles: Sequence[Tile]) -> frozenset[HtmlElement]:
    """The elements of the tiles that stand under a heading "Sold", where others do not.

    A page whose every car stands under one is an archive: its cars are sold by their grid, which a
    stale archive must not overrule.
    """
    elements = {tile.element for tile in tiles}
    tiled = elements.union(*(element.iterancestors() for element in elements))
    sold = frozenset(
        element for element in elements if SOLD_HEADING.fullmatch(_heading(element, tiled))
    )
    return sold if len(sold) < len(elements) else frozenset()


def _heading(element: HtmlElement, tiled: Collection[HtmlElement]) -> str:
    """The text of the nearest heading that leads the tile: before it or before a block around it,
    outside of blocks that hold other tiles."""
    for node in (element, *element.iterancestors()):
        for before in node.itersiblings(preceding=True):
            if not isinstance(before.tag, str) or before in tiled:
                continue
            if before.tag in HEADINGS:
                return text_of(before)
            if node is not element and len(before) <= 2:
                found = next(before.iter(*HEADINGS), None)
                if found is not None:
                    return text_of(found)
    return ""
