"""Finding the tiles of a grid by structure alone, whatever its class names.

A tile is the largest element that leads to exactly one vehicle's page. Links are scored by their
URL and what they wrap; the elements they claim are then judged by their content: a year and a name,
a photo, a price, a VIN. Blocks that look like no vehicle themselves count when their neighbours of
the same build do.
"""

import itertools
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache

from lxml.html import HtmlElement

from contract.urls import url_identity
from crawler.extract.content import outside_content
from crawler.extract.embedded_links import without_offer_view
from crawler.extract.evidence import (
    NAMED,
    PRICED,
    SURE,
    VEHICLE,
    headed_by_car,
    headed_by_sold_car,
    vehicle_evidence,
)
from crawler.extract.page import Page
from crawler.extract.pager import same_listing
from crawler.extract.part import part_of
from crawler.extract.spread import joined_spreads
from crawler.extract.text import HEADINGS, class_words, fold, has_at_most, text_of
from crawler.extract.tile import Tile
from crawler.extract.tile_bounds import (
    common_holder,
    header_columns,
    is_container,
    is_table_of_one,
    limits,
)
from crawler.extract.titles import is_furniture, names_make, names_vehicle
from crawler.extract.vehicle_links import is_dated, names_one, same_site, vehicle_url_score
from crawler.extract.way_links import LinkOf, plain_link, scripted_link

__all__ = ["find_scripted_tiles", "find_tiles"]

TIERS = (4.0, 2.5, 1.0)
CONTAINER_TAGS = frozenset(["body", "main", "html", "table", "tbody", "form"])


@dataclass
class Candidate:
    """A page that links of the content lead to, with the anchors and how much it looks like a
    vehicle's."""

    identity: str
    url: str
    score: float
    anchors: list[HtmlElement]
    signs: set[str]


@lru_cache(maxsize=4)
def find_tiles(page: Page) -> Sequence[Tile]:
    """Return the tiles of a page in document order; none where it shows no vehicles."""
    # Small dealers keep their cars as dated posts of their site; where anything else is a car,
    # posts are news.
    return _find_tiles(page) or _find_tiles(page, posts=True)


def find_scripted_tiles(page: Page) -> Sequence[Tile]:
    """Return the tiles that lead to their pages by what a script calls, a data attribute or a
    button's form. Asked only of grids, and where no link is plainer: on a car's own page, such
    things print it."""
    return _find_tiles(page, link_of=scripted_link)


def _find_tiles(page: Page, *, posts: bool = False, link_of: LinkOf = plain_link) -> Sequence[Tile]:
    outside = outside_content(page)
    candidates = _candidates(page, outside, posts, link_of)
    if not candidates:
        return ()
    blocks: list[Tile] = []
    claimed: dict[str, Candidate] = {}
    taken: set[HtmlElement] = set()
    bounds = limits(page, outside)
    # Surer links claim their elements first, so that a link to "Ford" inside a car's tile neither
    # splits the tile nor becomes one.
    for least in TIERS:
        tier = {
            c.identity: replace(c, anchors=anchors)
            for c in candidates.values()
            if c.score >= least
            and c.identity not in claimed
            and (anchors := [anchor for anchor in c.anchors if anchor not in taken])
        }
        found = _blocks(tier, claimed, bounds)
        taken.update(element for block in found for element in block.element.iter("*"))
        claimed |= tier
        blocks += found
    order = {element: index for index, element in enumerate(page.elements)}
    blocks.sort(key=lambda block: order[block.element])
    tiles = _accepted(joined_spreads(blocks))
    if posts:
        # Sold ones have lost their price.
        priced = {tile for tile in tiles if vehicle_evidence(tile) >= PRICED}
        kept = [tile for tile in tiles if tile in priced or headed_by_sold_car(tile.element)]
        return kept if priced else []
    return tiles


def _candidates(
    page: Page, outside: Mapping[HtmlElement, str], posts: bool, link_of: LinkOf
) -> dict[str, Candidate]:
    here = url_identity(page.url)
    found: dict[str, Candidate] = {}
    for element in page.elements:
        if not part_of(element).attributes or element in outside:
            continue
        href = link_of(element)
        if href is None:
            continue
        url = page.link(href)
        if url is None or not same_site(url, page.url):
            continue
        url = without_offer_view(url)
        identity = url_identity(url)
        if identity == here or _is_same_grid(identity, here) or same_listing(url, page.url):
            continue
        dated = is_dated(url)
        if dated is not posts:
            continue
        base = 0.0 if dated else vehicle_url_score(url)
        if base <= -3:
            continue
        known = found.setdefault(identity, Candidate(identity, url, base, [], set()))
        known.anchors.append(element)
        for sign, weight in _anchor_signs(element):
            if sign not in known.signs:
                known.signs.add(sign)
                known.score += weight
    _join_views(found)
    _level_neighbours(found)
    return {key: candidate for key, candidate in found.items() if candidate.score >= TIERS[-1]}


def _join_views(found: dict[str, Candidate]) -> None:
    """Join the links that carry a view or a way ("?sort=price") to the bare one of the page that
    stands beside them: two addresses of one vehicle would part its tile."""
    for identity in [key for key in found if "?" in key]:
        bare = found.get(identity.partition("?")[0])
        if bare is not None and vehicle_url_score(bare.url) >= TIERS[1]:
            view = found.pop(identity)
            bare.anchors += view.anchors
            bare.score = max(bare.score, view.score)
            bare.signs |= view.signs


def _level_neighbours(found: Mapping[str, Candidate]) -> None:
    """Give links of one build and one folder, which show the same signs, the score of the surest.

    They lead to cars of one grid. A car whose address happens to look surer ("…/12-porsche-911"
    beside "…/13-lancia-fulvia") would claim its neighbours' elements before they are asked.
    """
    levels: dict[tuple[object, ...], list[Candidate]] = defaultdict(list)
    for candidate in found.values():
        if candidate.signs:
            anchor = candidate.anchors[0]
            holders = [anchor, *itertools.islice(anchor.iterancestors(), 2)]
            build = tuple((holder.tag, holder.get("class")) for holder in holders[:2])
            folder = candidate.identity.partition("?")[0].rpartition("/")[0]
            levels[(build, holders[-1].tag, folder, *sorted(candidate.signs))].append(candidate)
    for neighbours in levels.values():
        surest = max(candidate.score for candidate in neighbours)
        for candidate in neighbours:
            candidate.score = surest


def _is_same_grid(identity: str, here: str) -> bool:
    """Whether a link only pages, sorts or filters the grid it stands on."""
    path, _, query = identity.partition("?")
    if path != here.partition("?")[0]:
        return False
    return not names_one(query)


def _anchor_signs(element: HtmlElement) -> Iterator[tuple[str, float]]:
    """What an anchor wraps: a name with a year, a photo, "View details"; each sign counts once."""
    text = text_of(element)
    attributes = part_of(element).attributes
    if names_vehicle(text) or (len(text) > 220 and names_vehicle(text[:120])):
        yield "name", 3.0
    elif names_make(text):
        yield "make", 2.5
    elif text and is_furniture(text):
        yield "more", 1.5
    named = [attributes.get("title", ""), attributes.get("aria-label", "")]
    pictures = [child for child in element.iter("img", "picture", "source")] or [
        child
        for child in element.iter("*")
        if "background" in part_of(child).attributes.get("style", "")
    ]
    if pictures:
        yield "photo", 1.0
        named += [picture.get("alt", "") for picture in pictures[:3]]
    if any(names_vehicle(fold(name)) for name in named):
        yield "alt", 2.0
    if element.tag == "a" and not names_vehicle(text) and text:
        row = next(element.iterancestors("tr"), None)
        # In a table the year may stand in a column of its own.
        if row is not None and names_vehicle(text_of(row)[:200]):
            yield "row", 2.0
    if any(child.tag in HEADINGS for child in (element.getparent(), *element) if child is not None):
        yield "heading", 1.0


def _blocks(
    candidates: Mapping[str, Candidate],
    against: Mapping[str, Candidate],
    bounds: Container[HtmlElement],
) -> list[Tile]:
    """For each candidate, the largest elements that lead to it and to no other candidate, nor to
    one of those ``against`` it."""
    claim: dict[HtmlElement, str | None] = {}
    for other in against.values():
        for anchor in other.anchors:
            for holder in (anchor, *anchor.iterancestors()):
                if holder in claim:
                    break
                claim[holder] = None
    for candidate in candidates.values():
        for anchor in candidate.anchors:
            node: HtmlElement | None = anchor
            while node is not None:
                if node not in claim:
                    claim[node] = candidate.identity
                elif claim[node] == candidate.identity or claim[node] is None:
                    break
                else:
                    while node is not None and claim.get(node, "") is not None:
                        claim[node] = None
                        node = node.getparent()
                    break
                node = node.getparent()
    # A car alone on its page has no neighbour to end its tile; the names of containers do.
    alone = len(candidates) + len(against) == 1
    blocks: dict[HtmlElement, Tile] = {}
    for candidate in candidates.values():
        shared = common_holder(candidate.anchors) if alone else None
        for anchor in candidate.anchors:
            if claim[anchor] is None:
                continue
            top = anchor
            inside = shared is not None and shared is not anchor
            while (parent := top.getparent()) is not None and claim.get(
                parent
            ) == candidate.identity:
                # A form that leads to one car among others is that car's: "add to cart".
                holds = parent.tag in CONTAINER_TAGS and (alone or parent.tag != "form")
                if parent in bounds or (holds and not is_table_of_one(parent, claim)):
                    break
                if alone and not inside and is_container(parent):
                    break
                top = parent
                inside = inside and top is not shared
            blocks.setdefault(top, Tile(top, candidate.url, header_columns(top)))
    return list(blocks.values())


def _accepted(blocks: list[Tile]) -> list[Tile]:
    """Keep the blocks that are vehicles, by content or by their accepted neighbours."""
    verdicts = [(vehicle_evidence(block), block) for block in blocks]
    builds: dict[tuple[object, ...], float] = defaultdict(float)
    for evidence, block in verdicts:
        builds[_build(block)] = max(builds[_build(block)], evidence)
    priced = any(evidence >= PRICED for evidence, _ in verdicts)
    if not priced:
        for build in _builds_of_cars(verdicts):
            builds[build] = max(builds[build], VEHICLE)
    kept: list[Tile] = []
    for evidence, block in verdicts:
        if evidence < 0:
            continue
        neighbours = builds[_build(block)]
        # Beside a grid with prices, cars without any belong to another story: news, a collection.
        enough = evidence >= VEHICLE and (
            not priced or evidence >= PRICED or neighbours >= PRICED or evidence >= SURE
        )
        if enough or (evidence > 0 and neighbours >= VEHICLE):
            kept.append(block)
    return kept


def _builds_of_cars(verdicts: Sequence[tuple[float, Tile]]) -> Iterator[tuple[object, ...]]:
    """The builds whose blocks, three or more, are all headed by a car's name that begins with its
    year: a grid of photos and names, whose addresses and prices say nothing."""
    members: dict[tuple[object, ...], list[bool]] = defaultdict(list)
    for evidence, block in verdicts:
        if evidence > 0:
            members[_build(block)].append(evidence >= NAMED and headed_by_car(block.element))
    for build, headed in members.items():
        if len(headed) >= 3 and all(headed):
            yield build


def _build(block: Tile) -> tuple[object, ...]:
    element = block.element
    parent = element.getparent()
    names = class_words(element.get("class")) - {
        "sold",
        "new",
        "featured",
        "first",
        "last",
        "odd",
        "even",
        "active",
        "pending",
    }
    grandparent = parent.getparent() if parent is not None else None
    return (
        grandparent if parent is not None and has_at_most(parent, 5) else parent,
        element.tag,
        len(names) > 0,
    )
