"""Microdata and RDFa Lite items in the shape of JSON-LD nodes, so that one reader serves all.

WHATWG HTML, https://html.spec.whatwg.org/multipage/microdata.html; ``itemref`` is not followed.
RDFa Lite 1.1, https://www.w3.org/TR/rdfa-lite/, of the schema.org vocabulary alone.
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
    if not root.xpath("boolean((.//*|self::*)[@itemscope or @itemprop or @typeof])"):
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
        elif "typeof" in element.attrib and _is_schema(element):
            item = {"@type": [_local(name) for name in element.get("typeof", "").split()]}
            if identifier := element.get("resource"):
                item["@id"] = identifier
        names = (element.get("itemprop") or "").split()
        if not names and owner is not None:
            names = [_local(name) for name in (element.get("property") or "").split()]
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


def _is_schema(element: HtmlElement) -> bool:
    """Whether an RDFa item is typed by schema.org: by its prefix, or by the nearest vocabulary."""
    kind = element.get("typeof") or ""
    if kind.startswith("schema:") or "schema.org/" in kind:
        return True
    vocabulary = next(
        (above.get("vocab") for above in (element, *element.iterancestors()) if above.get("vocab")),
        "",
    )
    return ":" not in kind and "schema.org" in (vocabulary or "")


def _local(name: str) -> str:
    return name.rpartition("/")[2].removeprefix("schema:")


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
