"""Microdata items in the shape of JSON-LD nodes, so that one reader serves both.

WHATWG HTML, https://html.spec.whatwg.org/multipage/microdata.html; ``itemref`` is not followed.
"""

from collections.abc import Mapping
from typing import Any

from lxml.html import HtmlElement

from crawler.extract.text import text_of

__all__ = ["microdata_nodes", "property_value"]

URL_ATTRIBUTES = {
    "a": "href",
    "area": "href",
    "link": "href",
    "img": "src",
    "source": "src",
    "iframe": "src",
    "object": "data",
}


def microdata_nodes(root: HtmlElement) -> list[tuple[HtmlElement, Mapping[str, Any]]]:
    """Return every item that is no property of another one, with its element, in document order."""
    tops: list[tuple[HtmlElement, Mapping[str, Any]]] = []
    # Document order brings an item before its properties, so one look at the parent chain's
    # innermost known scope finds the owner.
    scope: dict[HtmlElement, dict[str, Any]] = {}
    if root.xpath("boolean(.//*[@itemscope or @itemprop] | self::*[@itemscope])") is False:
        return tops
    for element in root.iter():
        if not isinstance(element.tag, str):
            continue
        parent = element.getparent()
        owner = scope.get(parent) if parent is not None and element is not root else None
        item: dict[str, Any] | None = None
        if "itemscope" in element.attrib:
            item = {"@type": (element.get("itemtype") or "").split()}
            if identifier := element.get("itemid"):
                item["@id"] = identifier
        names = (element.get("itemprop") or "").split()
        if names and owner is not None:
            value: Any = item if item is not None else property_value(element)
            for name in names:
                owner.setdefault(name, []).append(value)
        elif item is not None:
            tops.append((element, item))
        inner = item if item is not None else owner
        if inner is not None:
            scope[element] = inner
    return tops


def property_value(element: HtmlElement) -> str:
    """Return the value of one itemprop element that is no item itself."""
    content: str | None = element.get("content")
    if content is not None:
        return content.strip()
    tag = element.tag
    if tag in URL_ATTRIBUTES:
        return str(element.get(URL_ATTRIBUTES[tag]) or "").strip()
    if tag in ("data", "meter"):
        return str(element.get("value") or text_of(element)).strip()
    if tag == "time":
        return str(element.get("datetime") or text_of(element)).strip()
    return text_of(element)
