"""The text of elements, as a person would read it."""

import re
from collections import deque
from functools import lru_cache
from weakref import ref

from lxml.html import HtmlElement

from crawler.extract.part import Part, part_of

__all__ = [
    "HEADINGS",
    "class_words",
    "fold",
    "has_at_most",
    "is_hidden",
    "names_of",
    "own_text",
    "own_words",
    "readable",
    "text_of",
]

HEADINGS = frozenset(["h1", "h2", "h3", "h4", "h5", "h6"])
# Formatting inside a word: <b>M</b>ustang is one word, <span>1995</span><span>Acura</span> two.
FORMATTING = frozenset(
    ["b", "i", "em", "strong", "u", "small", "sup", "sub", "mark", "font", "wbr"]
)
INLINE = FORMATTING | frozenset(
    ["a", "span", "abbr", "label", "bdi", "bdo", "data", "time", "ins", "del", "s", "strike", "q"]
)
STANDING = frozenset(["b", "i", "em", "strong"])
CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
WORD = re.compile(r"[^\W_]+")
MAX_REMEMBERED, MAX_LONG = 2_000, 24_000_000
"""The longest text that is always remembered, and how much of longer ones, in characters."""


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
    return readable(part_of(element))


def readable(part: Part) -> str:
    """Return the readable text of a part."""
    text = part.readable
    if text is None:
        if not part.parts:
            text = "" if part.hidden else fold(part.text)
        else:
            try:
                text = fold(_inner(part))
            except RecursionError:
                _remember_from_below(part)
                text = fold(_inner(part))
            if len(text) > MAX_REMEMBERED:
                _long.keep(part, len(text))
        part.readable = text
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
    return own_words(part_of(element))


def own_words(part: Part) -> str:
    """Return the text that stands in a part itself, not in inner ones."""
    if part.own is None:
        part.own = fold(" ".join([part.text, *part.tails])) if part.has_text else ""
    return part.own


def is_hidden(element: HtmlElement) -> bool:
    """Tell whether the element's own attributes hide it, or make it no text to read."""
    return part_of(element).hidden


def names_of(element: HtmlElement) -> str:
    """Return an element's class names and its id in one text."""
    return f"{element.get('class') or ''} {element.get('id') or ''}"


@lru_cache(maxsize=8_192)
def class_words(*names: str | None) -> frozenset[str]:
    """Split class and id names into their words: ``priceSlot vehicle-grid__link-sold`` →
    price, slot, vehicle, grid, link, sold."""
    words: set[str] = set()
    for name in names:
        if name:
            words.update(word.lower() for word in WORD.findall(CAMEL.sub(" ", name)))
    return frozenset(words)


def _inner(part: Part) -> str:
    """The unfolded text of an element; ``begins`` is set to whether formatting begins it.

    Texts of inner elements are remembered, so that an element that holds others is put together
    from theirs. Raises RecursionError for a tree that is too deep.
    """
    if part.inner is not None:
        return part.inner
    if part.hidden:
        part.inner = ""
        return ""
    tag = part.tag
    begins = tag in FORMATTING
    text = part.text if tag in INLINE else " " + part.text
    if part.parts:
        pieces = [text]
        last, stood = text[-1:], False
        for inner, tail in zip(part.parts, part.tails, strict=True):
            name = inner.tag
            parts: tuple[tuple[str, bool], ...]
            if not inner.is_element:
                parts = ((tail, False),)
            else:
                formatting = name in FORMATTING
                if name not in INLINE:
                    tail = " " + tail
                if inner.hidden:
                    parts = ((" ", formatting), (tail, formatting))
                else:
                    parts = ((_inner(inner), inner.begins), (tail, formatting))
            stands = inner.is_element and name in STANDING and not inner.hidden
            for piece, formatting in parts:
                if not piece:
                    continue
                if not last:
                    begins = formatting
                elif (
                    # "<em>1975</em><b>Ford</b>": whole words, that a style parts.
                    not formatting or (stands and stood and piece is parts[0][0] and len(piece) > 1)
                ) and (last.isalnum() and piece[0].isalnum()):
                    pieces.append(" ")
                pieces.append(piece)
                last = piece[-1]
            stood = stands and not tail and len(parts[0][0]) > 1
        text = "".join(pieces)
    part.inner, part.begins = text, begins
    if len(text) > MAX_REMEMBERED:
        _long.keep(part, len(text))
    return text


def _remember_from_below(part: Part) -> None:
    """Remember the texts of a tree of any depth from its leaves upwards."""
    parts = [part]
    for outer in parts:
        parts.extend(outer.parts)
    for inner in reversed(parts):
        _inner(inner)


class _Long:
    """The parts whose long texts are remembered: a bounded number of characters, so that a text in
    a thousand nested elements is neither put together for each of them nor kept for all. Held
    weakly, for a part holds all inner ones."""

    def __init__(self) -> None:
        self.kept: deque[tuple[ref[Part], int]] = deque()
        self.size = 0

    def keep(self, part: Part, size: int) -> None:
        """Keep a part's texts and forget the oldest that were kept beyond the limit."""
        self.kept.append((ref(part), size))
        self.size += size
        while self.size > MAX_LONG and len(self.kept) > 2:
            reference, size = self.kept.popleft()
            self.size -= size
            if (oldest := reference()) is not None:
                oldest.inner = oldest.readable = None


_long = _Long()
