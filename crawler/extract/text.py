"""The text of elements, as a person would read it."""

import re
from collections.abc import Iterator
from functools import lru_cache

from lxml import etree
from lxml.html import HtmlElement

__all__ = ["class_words", "fold", "has_at_most", "is_hidden", "own_text", "text_of"]

UNREAD = frozenset(["script", "style", "template", "noscript", "svg", "head", "iframe", "object"])
# Formatting inside a word: <b>M</b>ustang is one word, <span>1995</span><span>Acura</span> two.
FORMATTING = frozenset(
    ["b", "i", "em", "strong", "u", "small", "sup", "sub", "mark", "font", "wbr"]
)
INLINE = FORMATTING | frozenset(
    ["a", "span", "abbr", "label", "bdi", "bdo", "data", "time", "ins", "del", "s", "strike", "q"]
)
HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
HIDDEN_CLASSES = frozenset(
    ["hidden", "hide", "d-none", "is-hidden", "ng-hide", "invisible", "modal", "popup"]
)
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
WORD = re.compile(r"[^\W_]+")
REMEMBERED, MAX_REMEMBERED = 16_384, 2_000
"""Elements whose text is remembered, and the longest such text in characters."""

_texts: dict[HtmlElement, str] = {}
_inners: dict[HtmlElement, tuple[str, bool]] = {}


def fold(text: str) -> str:
    """Fold white space, no-break and zero-width characters included."""
    if not text.isascii():
        text = text.replace("\u200b", "").replace("\ufeff", "")
    return " ".join(text.split())


def text_of(element: HtmlElement) -> str:
    """Return the readable text of an element, without hidden parts.

    Words of neighbouring elements never run into one; formatting inside a word does not split it.
    Trees are never changed after the parse, so texts are remembered; the readers of a tile ask for
    the same ones many times.
    """
    known = _texts.get(element)
    if known is not None:
        return known
    if not len(element):
        text = "" if is_hidden(element) else fold(element.text or "")
    else:
        try:
            text = fold(_inner(element)[0])
        except RecursionError:
            text = fold("".join(_pieces(element)))
    if len(text) <= MAX_REMEMBERED:
        if len(_texts) >= REMEMBERED:
            _texts.clear()
        _texts[element] = text
    return text


def has_at_most(element: HtmlElement, children: int) -> bool:
    """Tell whether an element has no more than so many children, without counting them all:
    ``len`` walks the whole list, and a card asks about its grid."""
    try:
        element[children]
    except IndexError:
        return True
    return False


def own_text(element: HtmlElement) -> str:
    """Return the text that stands in the element itself, not in its children."""
    pieces = [element.text or "", *(child.tail or "" for child in element)]
    return fold(" ".join(pieces))


@lru_cache(maxsize=16_384)
def is_hidden(element: HtmlElement) -> bool:
    """Tell whether the element's own attributes hide it, or make it no text to read."""
    tag = element.tag
    if not isinstance(tag, str) or tag in UNREAD:
        return True
    attributes = element.attrib
    if not attributes:
        return False
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
    return bool(names) and not HIDDEN_CLASSES.isdisjoint(names.lower().split())


@lru_cache(maxsize=8_192)
def class_words(*names: str | None) -> frozenset[str]:
    """Split class and id names into their words: ``priceSlot vehicle-grid__link-sold`` →
    price, slot, vehicle, grid, link, sold."""
    words: set[str] = set()
    for name in names:
        if name:
            words.update(word.lower() for word in WORD.findall(CAMEL.sub(" ", name)))
    return frozenset(words)


def _inner(element: HtmlElement) -> tuple[str, bool]:
    """The unfolded text of an element with children or without, and whether formatting begins it.

    Texts of inner elements are remembered, so that an element that holds others is put together
    from theirs. Raises RecursionError for a tree that is too deep.
    """
    known = _inners.get(element)
    if known is not None:
        return known
    if is_hidden(element):
        return "", False
    tag = element.tag
    begins = tag in FORMATTING
    text = (element.text or "") if tag in INLINE else " " + (element.text or "")
    if len(element):
        pieces = [text]
        last = text[-1:]
        for child in element:
            parts: tuple[tuple[str, bool], ...]
            name = child.tag
            if not isinstance(name, str):
                parts = ((child.tail or "", False),)
            else:
                formatting = name in FORMATTING
                tail = (child.tail or "") if name in INLINE else " " + (child.tail or "")
                inside = (" ", formatting) if is_hidden(child) else _inner(child)
                parts = (inside, (tail, formatting))
            for part, formatting in parts:
                if not part:
                    continue
                if not last:
                    begins = formatting
                elif not formatting and last.isalnum() and part[0].isalnum():
                    pieces.append(" ")
                pieces.append(part)
                last = part[-1]
        text = "".join(pieces)
    if len(text) <= MAX_REMEMBERED:
        if len(_inners) >= REMEMBERED:
            _inners.clear()
        _inners[element] = text, begins
    return text, begins


def _pieces(element: HtmlElement) -> Iterator[str]:
    """As `_inner`, without recursion and memory: for trees of any depth."""
    if is_hidden(element):
        return
    last = " "
    skipping: HtmlElement | None = None
    walk = etree.iterwalk(element, events=("start", "end", "comment", "pi"))
    for event, node in walk:
        if event in ("comment", "pi"):
            text = "" if skipping is not None else node.tail or ""
        elif event == "start":
            if skipping is not None:
                continue
            if node is not element and is_hidden(node):
                skipping = node
                walk.skip_subtree()
                text = " "
            else:
                gap = "" if node.tag in INLINE else " "
                text = gap + (node.text or "")
        else:
            if node is element:
                return
            if skipping is node:
                skipping = None
            gap = "" if node.tag in INLINE else " "
            text = gap + (node.tail or "")
        if not text:
            continue
        formatting = event != "comment" and node.tag in FORMATTING
        if not formatting and last.isalnum() and text[0].isalnum():
            yield " "
        last = text[-1]
        yield text
