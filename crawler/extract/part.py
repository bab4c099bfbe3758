"""What an element holds, asked of lxml once and kept with the element.

The readers of a page ask the same elements for their attributes, texts and children many times, and
each question to lxml builds its answer anew. The answers live as long as the page, whose elements
are held, and trees are never changed after the parse.
"""

import re
from collections.abc import Mapping, Sequence

from lxml.etree import Comment
from lxml.html import HtmlElement

__all__ = ["PageElement", "Part", "part_of"]

UNREAD = frozenset(["script", "style", "template", "noscript", "svg", "head", "iframe", "object"])
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
HIDDEN_CLASSES = frozenset(
    ["hidden", "hide", "d-none", "is-hidden", "ng-hide", "invisible", "modal", "popup"]
)
NOTHING: dict[str, str] = {}


class Part:
    """An element's tag, attributes, direct texts and child nodes; ``is_element`` is False of
    comments.

    ``nodes`` are its children with comments, ``children`` those that are elements; ``tails`` holds
    the text behind each node and ``has_text`` says whether the element has text of its own.
    ``hidden`` is `crawler.extract.text.is_hidden`; ``begins``, ``inner``, ``readable`` and ``own``
    are that module's memory.
    """

    __slots__ = (
        "__weakref__",
        "attributes",
        "begins",
        "children",
        "has_text",
        "hidden",
        "inner",
        "is_element",
        "nodes",
        "own",
        "readable",
        "tag",
        "tails",
        "text",
    )

    def __init__(self, element: HtmlElement) -> None:
        self.tag: str = element.tag
        self.is_element = isinstance(self.tag, str)
        self.begins = False
        self.text: str = element.text or ""
        self.inner: str | None = None
        self.readable: str | None = None
        self.own: str | None = None
        said = self.text
        nodes = list(element)
        if nodes:
            self.nodes: Sequence[HtmlElement] = nodes
            self.children: Sequence[HtmlElement] = nodes
            self.tails: Sequence[str] = [node.tail or "" for node in nodes]
            for node in nodes:
                if not isinstance(node.tag, str):
                    self.children = [node for node in nodes if isinstance(node.tag, str)]
                    break
            said = "".join([said, *self.tails])
        else:
            self.nodes = self.children = self.tails = ()
        self.has_text = bool(said) and not said.isspace()
        items = element.items()
        if items:
            self.attributes: Mapping[str, str] = dict(items)
            self.hidden = self.tag in UNREAD or _hides(self.tag, self.attributes)
        else:
            self.attributes = NOTHING
            self.hidden = self.tag in UNREAD


class PageElement(HtmlElement):  # type: ignore[misc]
    """An element of a page, with a place for what it holds."""

    __slots__ = ("part",)


def part_of(element: HtmlElement) -> Part:
    """Return what an element holds."""
    try:
        part: Part = element.part
    except AttributeError:
        if not isinstance(element.tag, str):
            return COMMENT
        part = element.part = Part(element)
    return part


COMMENT = Part(Comment())
COMMENT.hidden = True


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
