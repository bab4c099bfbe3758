"""Pagers made of buttons without an address, which only a script turns."""

import itertools
import re

from lxml.html import HtmlElement

from crawler.extract.page import Page
from crawler.extract.part import part_of
from crawler.extract.text import class_words, fold, names_of, text_of

__all__ = ["NEXT_WORDS", "pages_of_buttons"]

NEXT_WORDS = (
    r"(?:(?:go to )?(?:the )?next(?: page)?|weiter|n\u00e4chste(?: seite)?|(?:page )?suivante?|"
    r"volgende(?: pagina)?|(?:p\u00e1gina )?siguiente|successiv[ao]|prossim[ao]|n\u00e4sta|"
    r"n\u00e6ste|neste)?[\s\u203a\u00bb\u2192>\u276f\u27e9\u27a1\u25b6]*"
)
"""What a button says, or is drawn with, that leads to the next page: a pattern for Python and
JavaScript alike."""
NEXT = re.compile(NEXT_WORDS, re.IGNORECASE)
PAGER = re.compile(
    r"(?:^|[-_ ])(?:pagin\w*|pager|paging|page-?(?:nav|links?|numbers?)|pagenavi)(?:$|[-_ ])", re.I
)
COUNTED = re.compile(
    r"\bpage \d+(?: of \d+)?\b|\b\d+\s*(?:-|\u2013|to|bis)\s*\d+ (?:of|von|de|van) \d+", re.I
)
OFF = frozenset(["disabled", "inactive", "off"])


def pages_of_buttons(page: Page) -> int | None:
    """The highest page number that such a pager shows, or 2 where it only says "next"; None where
    there is none. Dots of slides have numbers, too."""
    groups: dict[HtmlElement, set[int]] = {}
    for element in page.root.iter("button", "a"):
        text = text_of(element)
        if not (text.isdecimal() and len(text) <= 3) or not _only_a_script_follows(element):
            continue
        holder = element.getparent()
        if holder is not None and holder.tag == "li":
            holder = holder.getparent()
        if holder is not None and not _slides(holder):
            groups.setdefault(holder, set()).add(int(text))
    pagers = [numbers for numbers in groups.values() if {1, 2} <= numbers]
    if 0 < len(pagers) <= MAX_PAGERS:
        return max(pagers[0])
    return 2 if any(map(_turns, page.root.iter("button", "a"))) else None


MAX_PAGERS = 2
SLIDES = re.compile(r"slick|carousel|slider|swiper|dots|gallery|tabs?\b|step", re.IGNORECASE)


def _only_a_script_follows(element: HtmlElement) -> bool:
    attributes = element.attrib
    if element.tag == "a":
        href = element.get("href") or "#"
        return bool(href.startswith(("#", "javascript:")))
    if any(name in attributes for name in ("name", "href", "data-href", "data-url")):
        return False
    return bool(element.get("type") != "submit")


def _slides(holder: HtmlElement) -> bool:
    """Whether numbers belong to slides or steps, by the names around them."""
    near = [holder, *itertools.islice(holder.iterancestors(), 3)]
    return any(SLIDES.search(names_of(node)) for node in near)


def _turns(element: HtmlElement) -> bool:
    """Whether a button leads to the next page of a list."""
    part = part_of(element)
    attributes = part.attributes
    label = text_of(element) or attributes.get("aria-label") or attributes.get("title") or ""
    if not label.strip() or not NEXT.fullmatch(fold(label)) or not _only_a_script_follows(element):
        return False
    holders = [element, *itertools.islice(element.iterancestors(), 3)]
    if any(_is_off(holder) for holder in holders[:2]) or part.hidden or _slides(element):
        return False
    names = (names_of(holder) for holder in holders)
    labels = (holder.get("aria-label") or "" for holder in holders[1:])
    if PAGER.search(" ".join(names).lower()) or any("pagin" in text.lower() for text in labels):
        return True
    return COUNTED.search(text_of(holders[1])[:200]) is not None


def _is_off(element: HtmlElement) -> bool:
    return (
        element.get("disabled") is not None
        or element.get("aria-disabled") == "true"
        or not class_words(element.get("class")).isdisjoint(OFF)
    )
