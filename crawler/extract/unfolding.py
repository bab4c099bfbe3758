"""Texts that a page cuts short until the visitor asks for the rest: "Read more"."""

import re

from lxml.html import HtmlElement

from crawler.extract.text import text_of

__all__ = ["MORE", "is_unfolded"]

MORE = re.compile(
    r"^\W*(?:read|show|view|see) (?:more|less|full.*|all)\W*$|^\W*(?:mehr|weniger) (?:lesen|"
    r"anzeigen)\W*$|^\W*(?:lire|voir) (?:la suite|plus)\W*$|^\W*lees meer\W*$|^\W*leggi (?:di "
    r"pi[uù]|tutto)\W*$|^\W*back to top\W*$",
    re.IGNORECASE,
)


def is_unfolded(node: HtmlElement) -> bool:
    """Whether a "Read more" beside a hidden block unfolds it, whatever its name."""
    return node.tag in ("div", "span", "p", "section") and any(
        beside is not None and beside.tag in ("a", "button", "span", "p") and _is_more(beside)
        for beside in (node.getnext(), node.getprevious())
    )


def _is_more(element: HtmlElement) -> bool:
    text = text_of(element)
    return len(text) <= MAX_MORE and MORE.match(text) is not None


MAX_MORE = 30
