"""Label/value pairs: what people read as "Phone: (615) 555-0100", in whatever elements it stands.

A pair may be a definition list, a table row, two neighbouring elements, or one element with a
colon.
"""

import re
from collections.abc import Iterator, Mapping

from parsel import Selector

from crawler.extract.text import fold, text_of

__all__ = ["labelled_values", "words"]

MAX_LABEL = 40
MAX_VALUE = 300
COLON = re.compile(r"^\s*([^:#]{2,40}?)\s*(?::|#:?)\s*(\S.*)$", re.DOTALL)
HOLDERS = (
    "dt",
    "th",
    "td",
    "li",
    "p",
    "div",
    "span",
    "strong",
    "b",
    "label",
    "h3",
    "h4",
    "h5",
    "h6",
)
"""Elements that may hold a label."""


def words(element: Selector, separator: str = " ") -> str:
    """The text a person sees in an element; a separator other than a space keeps apart what stands
    in lines or elements of their own."""
    if separator == " ":
        return text_of(element.root)
    texts = element.xpath(".//text()[not(ancestor::script or ancestor::style)]").getall()
    return separator.join(text.strip(" ,") for text in map(fold, texts) if text.strip(" ,"))


def labelled_values(
    root: Selector, labels: Mapping[str, re.Pattern[str]]
) -> Iterator[tuple[str, str, str]]:
    """Yield (name, label text, value text) for every label that one of the patterns matches whole.

    Patterns are tried against the label without its colon. The value of a label that stands alone
    in its element is the next element's text.
    """
    for element in root.xpath(".//*[" + " or ".join(f"self::{tag}" for tag in HOLDERS) + "]"):
        if len(element.xpath("./*")) > 4:
            continue
        text = words(element)
        if not 2 <= len(text) <= MAX_VALUE:
            continue
        if len(text) <= MAX_LABEL and (name := _matching(labels, text)):
            value = _neighbour(element)
            if value and len(value) <= MAX_VALUE and not _matching(labels, value):
                yield name, text, value
        elif (pair := COLON.match(text)) and (name := _matching(labels, pair[1])):
            yield name, pair[1], pair[2].strip()


def _matching(labels: Mapping[str, re.Pattern[str]], text: str) -> str | None:
    label = text.strip().rstrip(":#").strip()
    return next((name for name, pattern in labels.items() if pattern.fullmatch(label)), None)


def _neighbour(element: Selector) -> str | None:
    """The next element's text, else the text that follows the label directly, else the next
    element of its parent when the label is all its parent holds."""
    following = element.xpath("./following-sibling::node()[self::* or normalize-space()][1]")
    if following:
        if isinstance(following[0].root, str):
            return " ".join(following[0].root.split()).lstrip(":# ") or None
        return words(following[0], ", ") or None
    parent = element.xpath("..")
    if parent and words(parent[0]) == words(element):
        return _neighbour(parent[0])
    return None
