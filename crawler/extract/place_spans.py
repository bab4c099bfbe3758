"""Cars of a page whose headings, pictures and paragraphs follow each other without an element per
car: where each one begins and ends."""

import copy
from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import replace

from lxml.html import Element, HtmlElement

from crawler.extract.place import Place
from crawler.extract.text import HEADINGS, text_of

__all__ = ["joined_places"]


def joined_places(places: Sequence[Place]) -> list[Place]:
    """The places with what follows their headings, where those stand side by side and the rest of
    each car between them."""
    by_parent: dict[HtmlElement, list[Place]] = defaultdict(list)
    for place in places:
        parent = place.top.getparent()
        if parent is not None:
            by_parent[parent].append(place)
    joined: dict[HtmlElement, HtmlElement] = {}
    for parent, members in by_parent.items():
        children = [child for child in parent if isinstance(child.tag, str)]
        position = {child: index for index, child in enumerate(children)}
        starts = [position[place.top] for place in members]
        if not _is_flat(children, starts):
            continue
        for place, (start, end) in zip(members, _spans(children, starts), strict=True):
            wrapper = Element("div")
            for child in children[start:end]:
                wrapper.append(copy.deepcopy(child))
            joined[place.top] = wrapper
    return [replace(place, element=joined.get(place.top, place.top)) for place in places]


def _is_flat(children: Sequence[HtmlElement], starts: Sequence[int]) -> bool:
    """Whether what belongs to the cars stands between their headings, and not in their elements."""
    bounds = [*starts, len(children)]
    between = [children[start + 1 : end] for start, end in zip(starts, bounds[1:], strict=True)]
    filled = sum(any(map(_has_content, part)) for part in between)
    return filled >= max(1, 0.6 * len(starts))


def _has_content(element: HtmlElement) -> bool:
    return bool(text_of(element)) or _shows_picture(element)


def _shows_picture(element: HtmlElement) -> bool:
    return any(
        node.tag in ("img", "picture") or "background" in (node.get("style") or "")
        for node in element.iter("*")
    )


def _spans(children: Sequence[HtmlElement], starts: Sequence[int]) -> list[tuple[int, int]]:
    """From where to where each car reaches among its parent's children."""
    # A line right below a heading underlines it.
    lines = [
        index
        for index, child in enumerate(children)
        if child.tag == "hr" and index - 1 not in starts
    ]
    begins = list(starts)
    for number, start in enumerate(starts):
        floor = starts[number - 1] + 1 if number else 0
        ruled = [line for line in lines if floor <= line < start]
        begins[number] = ruled[-1] + 1 if ruled else start
    ruled_off = sum(begin != start for begin, start in zip(begins, starts, strict=True))
    if ruled_off < max(1, len(starts) - 1):
        lead = _lead(children, starts)
        begins = [start - lead for start in starts]
    elif begins[0] == starts[0] and len(starts) > 1:
        # No line above the first car: what stands above the names of the others does so above it.
        lead = min(start - begin for begin, start in zip(begins[1:], starts[1:], strict=True))
        above = children[max(0, starts[0] - lead) : starts[0]]
        if len(above) == lead and not any(child.tag in HEADINGS for child in above):
            begins[0] -= lead
    ends = [*begins[1:], len(children)]
    usual = _usual([end - begin for begin, end in zip(begins, ends[:-1], strict=False)])
    for number, start in enumerate(starts):
        ends[number] = _end(children, start, ends[number], start - begins[number])
        last = number + 1 == len(starts)
        longest = usual and (usual if last else 2 * usual - 1)
        if longest and ends[number] - begins[number] > longest:
            # Behind the last car stands the page's end; behind another one that is twice as long
            # as all, one whose heading nobody understood.
            ends[number] = begins[number] + usual
    return list(zip(begins, ends, strict=True))


def _usual(lengths: Sequence[int]) -> int:
    """The length that most cars have; 0 where they have none in common."""
    if not lengths:
        return 0
    length, count = Counter(lengths).most_common(1)[0]
    return length if 2 * count > len(lengths) else max(lengths)


def _end(children: Sequence[HtmlElement], start: int, end: int, above: int) -> int:
    """Where a car ends at the latest: above another heading of its rank, or what is no text."""
    own = children[start].tag
    for index in range(start + 1, end):
        tag = children[index].tag
        if own in HEADINGS and tag in HEADINGS and tag <= own:
            return max(start + 1, index - above)
        if tag in ("nav", "form", "footer") or (tag == "hr" and start + 1 < index < end - 1):
            return index
    return end


def _lead(children: Sequence[HtmlElement], starts: Sequence[int]) -> int:
    """How many elements above each heading belong to its car: photos, where each has some above and
    none is left below the last one."""
    lead = 0
    while all(
        start - lead - 1 >= (starts[number - 1] + 1 if number else 0)
        and _is_picture(children[start - lead - 1])
        for number, start in enumerate(starts)
    ):
        lead += 1
    below = children[starts[-1] + 1 :]
    return 0 if lead and any(map(_is_picture, below)) else lead


def _is_picture(element: HtmlElement) -> bool:
    """Whether an element is photos and nothing else."""
    return _shows_picture(element) and len(text_of(element)) <= 3
