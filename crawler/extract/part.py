"""What an element holds, asked of lxml once.

The readers of a page ask the same elements for their attributes, texts and children many times, and
each question to lxml builds its answer anew. A part is what an element holds and nothing of the
page around it, so that elements which hold the same may share one: a grid repeats most of its small
elements ("<dt>Engine</dt>") from tile to tile and from page to page, and what was read in one of
them need not be read again. Trees are never changed after the parse.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from lxml.html import HtmlElement

__all__ = ["PageElement", "Part", "hold", "part_of"]

UNREAD = frozenset(["script", "style", "template", "noscript", "svg", "head", "iframe", "object"])
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
HIDDEN_CLASSES = frozenset(
    ["hidden", "hide", "d-none", "is-hidden", "ng-hide", "invisible", "modal", "popup"]
)
NOTHING: dict[str, str] = {}
NO_NODES: list[HtmlElement] = []
SHARED, MAX_SHARED, MAX_PARTS = 8_192, 200, 4
"""How many parts are kept for all pages, the longest text or attribute of one, and how many others,
themselves without inner ones, it may hold."""
Items = tuple[tuple[str, str], ...]


class Part:
    """An element's tag, attributes, direct text and inner parts; ``is_element`` is False of
    comments.

    ``parts`` are its children's, comments among them; ``tails`` holds the text behind each and
    ``has_text`` says whether the element has text of its own. ``hidden`` is
    `crawler.extract.text.is_hidden`; ``small`` parts hold no others and may stand in shared ones.
    The other attributes are the memory of the readers that name them: ``begins``, ``inner``,
    ``readable`` and ``own`` of `text`, ``specs`` of `specs`, ``lines`` of `asking_price`, ``names``
    of `tile`, ``mark`` of `marks`.
    """

    __slots__ = (
        "__weakref__",
        "attributes",
        "begins",
        "has_text",
        "hidden",
        "inner",
        "is_element",
        "lines",
        "mark",
        "names",
        "own",
        "parts",
        "readable",
        "small",
        "specs",
        "tag",
        "tails",
        "text",
    )

    def __init__(
        self,
        tag: str,
        text: str,
        items: Sequence[tuple[str, str]],
        parts: Sequence["Part"] = (),
        tails: Sequence[str] = (),
    ) -> None:
        self.tag = tag
        self.is_element = True
        self.text = text
        self.parts = parts
        self.tails = tails
        self.small = False
        self.begins = False
        self.inner: str | None = None
        self.readable: str | None = None
        self.own: str | None = None
        self.specs: Any = None
        self.lines: Any = None
        self.names: Any = None
        self.mark: Any = None
        said = "".join([text, *tails]) if tails else text
        self.has_text = bool(said) and not said.isspace()
        if items:
            self.attributes: Mapping[str, str] = dict(items)
            self.hidden = tag in UNREAD or _hides(tag, self.attributes)
        else:
            self.attributes = NOTHING
            self.hidden = tag in UNREAD

    @property
    def elements(self) -> list[tuple["Part", str]]:
        """The inner parts that are no comments, each with the text behind it."""
        inner = zip(self.parts, self.tails, strict=True)
        return [(part, tail) for part, tail in inner if part.is_element]


Parts = tuple[Part, ...]


class PageElement(HtmlElement):  # type: ignore[misc]
    """An element of a page, with its part and its child nodes, which it keeps alive."""

    __slots__ = ("nodes", "part")


COMMENT = Part("", "", ())
COMMENT.is_element = False
COMMENT.hidden = COMMENT.small = True


def part_of(element: HtmlElement) -> Part:
    """Return what an element holds."""
    try:
        part: Part = element.part
    except AttributeError:
        if not isinstance(element.tag, str):
            return COMMENT
        hold(list(element.iter("*")))
        part = element.part
    return part


def hold(elements: Sequence[HtmlElement]) -> None:
    """Give each of a tree's elements, named in document order, its part and its ``nodes``."""
    # Inner elements stand behind those that hold them.
    for element in reversed(elements):
        element.nodes = nodes = element[:] if len(element) else NO_NODES
        text, items = element.text or "", tuple(element.items())
        if nodes:
            parts = tuple([getattr(node, "part", COMMENT) for node in nodes])
            tails = tuple([node.tail or "" for node in nodes])
            make = _shared if _may_be_shared(text, items, parts, tails) else Part
            element.part = make(element.tag, text, items, parts, tails)
        elif len(text) <= MAX_SHARED and _are_short(items):
            element.part = _shared_leaf(element.tag, text, items)
        else:
            element.part = Part(element.tag, text, items)


def _may_be_shared(text: str, items: Items, parts: Parts, tails: tuple[str, ...]) -> bool:
    """Whether a part is of a size that grids repeat, so that keeping it costs little."""
    if len(parts) > MAX_PARTS or len(text) > MAX_SHARED:
        return False
    for part in parts:
        if not part.small:
            return False
    return _are_short(items) and max(map(len, tails)) <= MAX_SHARED


def _are_short(items: Items) -> bool:
    for _, value in items:  # noqa: SIM110 - asked of every element; `all` takes three times as long
        if len(value) > MAX_SHARED:
            return False
    return True


def _small(tag: str, text: str, items: Items) -> Part:
    part = Part(tag, text, items)
    part.small = True
    return part


_shared_leaf = lru_cache(maxsize=SHARED)(_small)
_shared = lru_cache(maxsize=SHARED)(Part)


def _hides(tag: str, attributes: Mapping[str, str]) -> bool:
    """Whether an element's own attributes hide it."""
    if "hidden" in attributes:
        return True
    # What is hidden from screen readers alone is seen: the second link over a card's picture.
    if attributes.get("aria-hidden") == "true" and tag != "a":
        return True
    style = attributes.get("style")
    if style and HIDDEN_STYLE.search(style):
        return True
    if tag == "input" and attributes.get("type") == "hidden":
        return True
    names = attributes.get("class")
    return names is not None and not HIDDEN_CLASSES.isdisjoint(names.lower().split())
