"""One tile of a grid, read into a card."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Literal

from lxml.html import HtmlElement

from crawler.extract.asking_price import AskingPrice, read_price
from crawler.extract.card import Card
from crawler.extract.marks import may_be_marked, phrase_mark, read_mark
from crawler.extract.page import Page
from crawler.extract.part import Part, part_of
from crawler.extract.photos import read_photos
from crawler.extract.price_language import MONEY
from crawler.extract.price_lines import tells_price
from crawler.extract.spec_names import LABELS
from crawler.extract.specs import read_specs
from crawler.extract.text import HEADINGS, class_words, fold, own_text, own_words, readable, text_of
from crawler.extract.title_pieces import built_title, told_year, year_apart
from crawler.extract.titles import (
    SHORT_YEAR,
    YEAR,
    is_furniture,
    names_make,
    names_vehicle,
    states_year,
    title_score,
)
from crawler.extract.wording import Wording

__all__ = ["Tile", "read_tile", "visible_elements"]

BLOCKS = frozenset([*HEADINGS, "div", "p", "ul", "dl", "table", "img", "li", "section", "article"])
TITLE_NAMES = frozenset(["title", "name", "heading", "headline", "ymm", "ymmt"])
MAX_DESCRIPTION = 4_000
MIN_DESCRIPTION = 60
IMAGE_SUFFIX = re.compile(
    r"\s*[-\u2013|,]?\s*(?:first |main |exterior )?(?:image|photo|picture|"
    r"thumbnail)s?(?: \d+)?$",
    re.I,
)


@dataclass(frozen=True)
class Tile:
    """The element of one vehicle in a grid and the vehicle's page; ``columns`` are the table's
    header texts where the tile is a table row."""

    element: HtmlElement
    url: str
    columns: tuple[str, ...] = field(default=())


def visible_elements(root: HtmlElement) -> list[HtmlElement]:
    """The element and its descendants in document order, hidden subtrees left out."""
    kept: list[HtmlElement] = []
    stack = [root]
    while stack:
        element = stack.pop()
        part = part_of(element)
        if not part.hidden:
            kept.append(element)
            if part.parts:
                stack.extend(reversed(element.nodes))
    return kept


def read_tile(page: Page, tile: Tile) -> Card:
    """Read a tile's raw fields and its mark. Nothing outside the tile is looked at."""
    elements = visible_elements(tile.element)
    sheet = read_specs(elements, tile.columns)
    if "first_registered" in sheet:
        sheet.setdefault("year", sheet["first_registered"])
    title = _title(page, tile, elements, sheet)
    price = read_price(elements)
    shown = {name: sheet[name] for name in FIELDS if name in sheet}
    raw: dict[str, object] = dict(shown)
    raw["title"] = title
    raw |= _price_fields(price, sheet)
    speaking = elements if may_be_marked(tile.element) else ()
    mark = read_mark(speaking, title, status=(sheet.get("status"), sheet.get("price")))
    raw["mark"], raw["status_words"] = mark.mark, mark.words
    photos = read_photos(list(tile.element.iter("*")), page.link)
    raw["image_urls"] = photos
    raw["thumbnail_url"] = photos[0] if photos else None
    raw["description"] = _description(elements, title)
    raw["attributes"] = {
        label: value
        for label, value in sheet.items()
        if label not in KNOWN and len(label) <= 40 and label.lower() != label
    }
    return Card.of(tile.url, raw)


KNOWN = frozenset([*LABELS, "data_price"])
FIELDS = tuple(
    name for name in LABELS if name not in ("price", "status", "title", "first_registered")
)


OFFER = re.compile(
    r"\b(?:for|in|at|by|from|near|used|new|sale|call|view|more|details?|photos?|just|arriv\w+|"
    r"reduced|featured|inquire|enquire|price|miles|mi|km|stock|vin|available|offer)\b|[|,$•]|\s-\s",
    re.IGNORECASE,
)
# Shops write an unknown price as "$0.00".
NOTHING = re.compile(r"^[^\d]*0[0.,]*[^\d]*$")
# The value of a label "Price" needs fewer words than a line of its own.
REQUEST = re.compile(
    r"^\W*(?:(?:up)?on (?:request|application|enquiry|inquiry)|ask|call|inquire|enquire|"
    r"contact us|p\.?o\.?[ar]\.?|tb[ad])\W*$",
    re.IGNORECASE,
)


def _price_fields(price: AskingPrice | None, sheet: dict[str, str]) -> dict[str, object]:
    """The price slot's text; a slot that only says "Sold" is a mark, no price."""
    if price is not None and not NOTHING.search(price.text):
        return {"price": price.text, "price_label": price.label}
    for name in ("price", "data_price"):
        text = sheet.get(name)
        if not text or phrase_mark(text):
            continue
        if (any(ch.isdigit() for ch in text) and text.strip("$€£0., ")) or REQUEST.match(text):
            return {"price": text}
    return {}


def _title(
    page: Page, tile: Tile, elements: Sequence[HtmlElement], sheet: dict[str, str]
) -> str | None:
    """The best name in the tile: a heading before a link before attributes, with a year before
    without."""
    best: tuple[float, str, HtmlElement | None] = (0.0, "", None)
    apart = None if "year" in sheet else year_apart(elements, sheet)
    names = list(_names(page, tile, elements))
    for text, bonus, element in names:
        score = title_score(text)
        if (apart or "year" in sheet) and element is not None and element.tag in HEADINGS:
            score += 0.0 if names_vehicle(text) else 2.5  # The year stands beside the heading.
        if score and score + bonus > best[0]:
            best = (score + bonus, text, element)
    title = best[1]
    if title and best[2] is None:
        # A photo's alternative text leaves out the trim that the words beside it give.
        shown = (text for text, _, element in names if element is not None)
        title = max((title, *(text for text in shown if _goes_on(title, text))), key=len)
    if best[2] is not None:
        title = _template_title(best[2], sheet) or title
    if not title:
        title = fold(sheet.get("title", ""))
    if apart and not states_year(title):
        sheet["year"] = apart
    if not states_year(title) and (
        year := sheet.get("year") or told_year(tile.element, tile.url, title)
    ):
        sheet["year"] = year
        plain = title and year not in title and not SHORT_YEAR.search(title)
        if plain and YEAR.fullmatch(year):
            title = f"{year} {title}"
    if not names_make(YEAR.sub(" ", title).strip()):
        title = built_title(elements, sheet, title) or title
    parts = [sheet[name] for name in ("year", "make", "model", "trim") if name in sheet]
    if len(parts) >= 2 and (not title or title_score(title) <= 1.0) and "make" in sheet:
        title = " ".join(parts)
    return title or None


def _goes_on(title: str, text: str) -> bool:
    """Whether a text is a title with a few words more that are no place and no offer."""
    rest = text.removeprefix(title)
    return (
        len(rest) < len(text)
        and rest.startswith(" ")
        and len(rest.split()) <= 4
        and not OFFER.search(rest)
        and phrase_mark(rest.strip()) is None
    )


def _template_title(element: HtmlElement, sheet: dict[str, str]) -> str | None:
    """The pieces of a title built from spans named year, make, model and trim, without the city
    and dealership some templates append."""
    pieces: dict[str, str] = {}
    for part in element.iter("span", "b", "strong", "div", "em"):
        names = (part.get("class") or "").split()
        for name in ("year", "make", "model", "trim"):
            if name in names and name not in pieces and (text := text_of(part)):
                pieces[name] = text
    if not {"year", "make", "model"} <= pieces.keys():
        return None
    sheet.update(pieces)
    return " ".join(pieces.values())


def _names(
    page: Page, tile: Tile, elements: Sequence[HtmlElement]
) -> Iterator[tuple[str, float, HtmlElement | None]]:
    """Every text that may name the vehicle, with how much its place speaks for it."""
    headed = any(part.tag in HEADINGS and readable(part) for part in map(part_of, elements))
    for element in elements:
        part = part_of(element)
        names: Names | None = part.names
        if names is None:
            names = part.names = _names_of(part)
        if names is NO_NAMES:
            continue
        place, spoken, others = names
        if place == "heading":
            for text, bonus in spoken:
                yield _with_next_heading(element, text), bonus, element
        elif place == "link":
            for text, bonus in spoken:
                plain = not any(child.tag in BLOCKS for child in element.iter("*"))
                own = plain and page.link(part.attributes.get("href")) == tile.url
                # Beside a heading, a link without a year may say "more" in any language.
                own = own and (names_vehicle(text) or not headed or _in_heading(element))
                yield text, bonus if own else 0.8 if plain else 0.1, element
        else:
            for text, bonus in spoken:
                yield text, bonus, element
        for text, bonus in others:
            yield text, bonus, None


Texts = Sequence[tuple[str, float]]
Names = tuple[Literal["heading", "link", ""], Texts, Texts]
NO_NAMES: Names = ("", (), ())


def _names_of(part: Part) -> Names:
    """What of a part may name the vehicle: its kind of place, its text and how much that speaks for
    it, and the names in its attributes."""
    tag, attributes = part.tag, part.attributes
    place: Literal["heading", "link", ""] = ""
    spoken: Texts = ()
    if tag in HEADINGS:
        text = readable(part)
        if not _says_more(text) and not phrase_mark(text):
            place, spoken = "heading", ((text, 1.0),)
    elif (
        not TITLE_NAMES.isdisjoint(class_words(attributes.get("class")))
        or attributes.get("itemprop") == "name"
    ):
        marked = any(phrase_mark(readable(inner)) for inner in part.parts)
        text = own_words(part) if marked else readable(part)
        if text and not _says_more(text):
            spoken = ((text, 0.9),)
    elif tag == "a":
        text = readable(part)
        if not is_furniture(text) and not _says_more(text):
            place, spoken = "link", ((text, 1.2),)
    elif tag in NAMING:
        text = own_words(part) if len(part.parts) > 3 else readable(part)
        is_name = names_vehicle(text) and len(text) <= 120 and not _says_more(text)
        if is_name and ":" not in text[:20]:
            spoken = ((text, 0.3 if tag in STANDING_OUT else 0.0),)
    others: Texts = ()
    if attributes and not NAMING_ATTRIBUTES.keys().isdisjoint(attributes):
        others = tuple(
            (text, bonus)
            for name, bonus in NAMING_ATTRIBUTES.items()
            if (value := attributes.get(name)) and names_vehicle(text := _without_suffix(value))
        )
    return (place, spoken, others) if spoken or others else NO_NAMES


STANDING_OUT = frozenset(["strong", "b", "figcaption", "summary"])


NAMING = frozenset(
    ["strong", "b", "td", "dt", "p", "span", "div", "figcaption", "li", "th", "em", "summary"]
)
NAMING_ATTRIBUTES = {
    "title": 0.5,
    "alt": 0.3,
    "aria-label": 0.2,
    "data-title": 0.5,
    "data-displaytitle": 0.7,
    "data-name": 0.3,
}


@lru_cache(maxsize=4_096)
def _without_suffix(value: str) -> str:
    return IMAGE_SUFFIX.sub("", fold(value))


def _in_heading(element: HtmlElement) -> bool:
    return any(ancestor.tag in HEADINGS for ancestor in element.iterancestors())


def _says_more(text: str) -> bool:
    """Whether a text holds a price or a specification too, so that it is no name alone."""
    return tells_price(text) or (not LABEL_ENDS.isdisjoint(text) and bool(SPEC_LABEL.search(text)))


LABEL_ENDS = frozenset("#:")


SPEC_LABEL = Wording(
    r"\b(?:stock|stk|vin|mileage|odometer)\s*(?:no\.?|"
    r"number)?\s*[#:]"
)


def _with_next_heading(element: HtmlElement, text: str) -> str:
    """Join a heading that holds year and make alone with the heading of the model behind it."""
    if not names_vehicle(text) or len(text.split()) > 3:
        return text
    following = element.getnext()
    while following is not None and not isinstance(following.tag, str):
        following = following.getnext()
    if following is None or following.tag not in HEADINGS:
        return text
    rest = text_of(following)
    if not rest or MONEY.search(rest) or phrase_mark(rest) or len(rest) > 80:
        return text
    if YEAR.match(rest) and len(rest.split()) > 2:
        return text  # Another name; "2002 tii" and "2000 GT" are models.
    return f"{text} {rest}"


def _description(elements: Sequence[HtmlElement], title: str | None) -> str | None:
    """The longest paragraph of running text."""
    best = ""
    for element in elements:
        tag = element.tag
        if tag not in ("p", "div", "span", "dd", "td"):
            continue
        text = own_text(element) if tag != "p" else text_of(element)
        if (
            len(best) < len(text) <= MAX_DESCRIPTION
            and len(text) >= MIN_DESCRIPTION
            and text != title
        ):
            best = text
    return best or None
