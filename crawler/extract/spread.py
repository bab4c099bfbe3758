"""Cars that a grid spreads over several neighbouring elements, with no element per car."""

import copy
from collections import defaultdict
from collections.abc import Container

from lxml.html import Element, HtmlElement

from contract.urls import url_identity
from crawler.extract.text import text_of
from crawler.extract.tile import Tile

__all__ = ["joined_spreads"]


def joined_spreads(tiles: list[Tile]) -> list[Tile]:
    """Join what one car is spread over where a grid has no element per car: ``dt`` and ``dd``,
    headings with paragraphs behind them, two table rows."""
    by_parent: dict[HtmlElement, list[Tile]] = defaultdict(list)
    for tile in tiles:
        parent = tile.element.getparent()
        if parent is not None:
            by_parent[parent].append(tile)
    # What holds a tile further in belongs to that tile's car.
    holders = {holder for tile in tiles for holder in tile.element.iterancestors()}
    joined: dict[int, Tile] = {}
    dropped: set[int] = set()
    for parent, members in by_parent.items():
        cars = {url_identity(tile.url) for tile in members}
        if len(cars) < 2 or not _is_spread(parent, members, holders):
            continue
        children = [child for child in parent if isinstance(child.tag, str)]
        position = {child: index for index, child in enumerate(children)}
        starts: list[tuple[int, Tile]] = []
        for tile in members:
            if starts and url_identity(starts[-1][1].url) == url_identity(tile.url):
                dropped.add(id(tile))
            else:
                starts.append((position[tile.element], tile))
        lead = _lead(children, [start for start, _ in starts])
        for index, (start, tile) in enumerate(starts):
            end = starts[index + 1][0] - lead if index + 1 < len(starts) else len(children)
            if index + 1 == len(starts) and index:
                usual = starts[index][0] - starts[index - 1][0]
                end = min(end, start - lead + usual)
            wrapper = Element("div")
            for child in children[max(0, start - lead) : end]:
                if child in holders:
                    break
                wrapper.append(copy.deepcopy(child))
            joined[id(tile)] = Tile(wrapper, tile.url, tile.columns)
    return [joined.get(id(tile), tile) for tile in tiles if id(tile) not in dropped]


def _is_spread(parent: HtmlElement, members: list[Tile], holders: Container[HtmlElement]) -> bool:
    """Whether something stands between most cars that belongs to them."""
    elements = {tile.element: url_identity(tile.url) for tile in members}
    gaps = filled = 0
    content = False
    started: str | None = None
    for child in parent:
        if not isinstance(child.tag, str):
            continue
        if child in holders:
            started, content = None, False
        elif child in elements:
            if started == elements[child]:
                continue  # Another piece of the same car.
            if started is not None:
                gaps += 1
                filled += content
            started, content = elements[child], False
        elif started and (
            text_of(child) or next(child.iter("img"), None) is not None or child.tag == "img"
        ):
            content = True
    return gaps > 0 and filled >= max(1, 0.6 * gaps)


def _lead(children: list[HtmlElement], starts: list[int]) -> int:
    """How many elements before each start belong to it: the photo above an unlinked heading."""
    first = starts[0]
    lead = 0
    while lead < first:
        tag = children[first - lead - 1].tag
        if tag not in ("img", "picture", "figure") or any(
            start - lead - 1 < 0 or children[start - lead - 1].tag != tag for start in starts
        ):
            break
        lead += 1
    return lead
