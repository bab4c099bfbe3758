"""The name of a page's vehicle: its heading without what else stands in it, else the title."""

import re
from collections.abc import Mapping, Sequence
from typing import Any

from lxml.html import HtmlElement

from crawler.extract.main_block import MainBlock
from crawler.extract.marks import phrase_mark
from crawler.extract.page import Page
from crawler.extract.price_lines import tells_price
from crawler.extract.text import class_words, fold, text_of
from crawler.extract.titles import YEAR, names_vehicle

__all__ = ["vehicle_title"]

SITE_TAIL = re.compile(r"\s+[|\u2013\u2014·»-]\s+|\s+for sale\b", re.IGNORECASE)


def vehicle_title(
    page: Page,
    block: MainBlock,
    raw: Mapping[str, Any],
    structured: Sequence[str | None],
    embedded: Mapping[str, Any],
) -> str | None:
    """The vehicle's name: the main heading without what else stands in it, else the page's."""
    heading = _heading_text(block.heading) if block.heading is not None else ""
    if names_vehicle(heading):
        return heading
    names = [name for name in (*structured, embedded.get("title")) if name]
    beside = _headings_joined(block)
    year = re.search(r"(?<!\d)(?:18[89]|19\d|20[0-4])\d(?!\d)", str(raw.get("year", "")))
    if beside and names_vehicle(beside):
        return beside
    for name in names:
        if names_vehicle(name):
            return name
    page_title = _page_title(page)
    if heading and year and not YEAR.search(heading):
        return f"{year[0]} {heading}"
    if page_title and names_vehicle(page_title):
        return page_title
    if "make" in raw and "model" in raw:
        parts = [raw[name] for name in ("year", "make", "model", "trim") if name in raw]
        return " ".join(parts)
    return heading or (names[0] if names else None) or page_title or None


def _heading_text(heading: HtmlElement) -> str:
    """A heading's text without prices, badges, stock numbers and buttons that stand inside it."""
    pieces = [heading.text or ""]
    for child in heading:
        if isinstance(child.tag, str):
            text = text_of(child)
            words = class_words(child.get("class"))
            aside = (
                tells_price(text)
                or phrase_mark(text)
                or child.tag in ("button", "input", "select")
                or re.match(r"\W*(?:stock|stk|vin|ref|chassis)\b", text, re.IGNORECASE)
                or words & {"badge", "ribbon", "price", "stock", "vin", "status", "label"}
            )
            if not aside:
                gap = " " if child.tag in ("br", "div", "p", "span") else ""
                pieces += [gap, text, gap]
        pieces.append(child.tail or "")
    text = fold("".join(pieces)).strip(" -–—|,:")
    parts = re.split(r"\s+[|–—-]\s+(?=(?:stock|stk|vin|ref|\$|€|£)\b|[$€£])", text, flags=re.I)
    return parts[0].strip(" -–—|,:")


def _headings_joined(block: MainBlock) -> str | None:
    """A year and a name that stand in two headings, or in elements beside each other."""
    heading = block.heading
    if heading is None:
        return None
    text = _heading_text(heading)
    for neighbour in (heading.getprevious(), heading.getnext()):
        if neighbour is None or not isinstance(neighbour.tag, str):
            continue
        other = text_of(neighbour)
        if YEAR.fullmatch(other):
            return f"{other} {text}"
    return None


def _page_title(page: Page) -> str | None:
    titles = (*map(fold, page.meta("og:title")), page.title)
    return next((_without_site(title) for title in titles if title), None)


def _without_site(title: str) -> str:
    parts = [part for part in SITE_TAIL.split(title) if part.strip()]
    return next((part for part in parts if names_vehicle(part)), parts[0] if parts else title)
