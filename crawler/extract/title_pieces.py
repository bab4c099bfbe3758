"""A vehicle's name in a tile that shows it in pieces: a year in a column, in a sentence or in the
address alone, a make and a model in elements of their own."""

import itertools
import re
from collections.abc import Sequence
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extract.marks import phrase_mark
from crawler.extract.part import part_of
from crawler.extract.price_lines import tells_price
from crawler.extract.text import text_of
from crawler.extract.titles import MAKE, YEAR, is_furniture
from crawler.extract.vehicle_links import is_dated

__all__ = ["built_title", "told_year", "year_apart"]

MAX_TEXT = 4_000


def year_apart(elements: Sequence[HtmlElement], sheet: dict[str, str]) -> str | None:
    """A model year that stands in an element of its own, beside the heading of make and model; a
    number that a label names (stock 1979) is none."""
    years = {
        found[1]
        for element in elements
        if (part := part_of(element)).has_text
        and not part.parts
        and (found := YEAR_LED.match(text_of(element)))
    }
    years.difference_update(sheet.values())
    return years.pop() if len(years) == 1 else None


def told_year(tile: HtmlElement, url: str, title: str) -> str | None:
    """A model year that the tile's running text names as such, or that stands in the address of
    the vehicle's page beside words of its name."""
    if found := LABELLED_YEAR.search(text_of(tile)[:MAX_TEXT]):
        return found[1]
    path = urlsplit(url).path.lower()
    years = set(YEAR_IN_PATH.findall(path))
    named = set(WORDS.findall(title.lower())) & set(WORDS.findall(path))
    return years.pop() if len(years) == 1 and named and not is_dated(url) else None


MODEL_YEAR = r"(18[89]\d|19\d\d|20[0-4]\d)"
YEAR_WORDS = (
    r"(?:model year|bj|baujahr|jahrgang|modelljahr|ez|erstzulassung|bouwjaar|ann[ée]e|anno|año|"
    r"årgang|årsmodell)"
)
LABELLED_YEAR = re.compile(rf"\b{YEAR_WORDS}\W{{1,3}}{MODEL_YEAR}\b", re.IGNORECASE)
YEAR_IN_PATH = re.compile(rf"(?<=[/_-]){MODEL_YEAR}(?=[/_-])")
WORDS = re.compile(r"[^\W\d_]{2,}")


def built_title(elements: Sequence[HtmlElement], sheet: dict[str, str], title: str) -> str | None:
    """A title of pieces that stand apart, without names that say which is which: an element that
    is a make and nothing else, and the one behind it."""
    pieces = (
        text
        for element in elements
        if (part := part_of(element)).has_text and not part.parts and (text := text_of(element))
    )
    make = next((text for text in pieces if MAKE.fullmatch(text)), None)
    if make is None:
        return None
    for text in itertools.islice(pieces, 2):
        if YEAR_ALONE.fullmatch(text):
            continue
        if len(text) > MAX_MODEL or tells_price(text) or phrase_mark(text) or is_furniture(text):
            return None
        if DISTANCE.search(text) or ":" in text or MAKE.fullmatch(text):
            return None
        sheet["make"], sheet["model"] = make, text
        if found := YEAR.search(title):
            sheet.setdefault("year", found[0])
        return " ".join([*(sheet[name] for name in ("year",) if name in sheet), make, text])
    return None


MAX_MODEL = 60
DISTANCE = re.compile(r"\d\s*(?:miles|mi|km)\b", re.IGNORECASE)
# "1967", "1991/05", "Bj. 1989".
YEAR_ALONE = re.compile(
    rf"(?:year|{YEAR_WORDS})?[\s.:]*{MODEL_YEAR}(?:\s?/\s?\d{{1,2}})?",
    re.IGNORECASE,
)
# "1967", and "1967 · 41,200 mi · Manual".
YEAR_LED = re.compile(rf"{YEAR_ALONE.pattern}(?:$|\s*[·•|]\s)", re.IGNORECASE)
