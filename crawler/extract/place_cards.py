"""Cards of cars that have no page of their own, each under the URL of its place (ADR 0022).

The URL names what tells the car best and changes least: an id that the site gave the car, else the
VIN or the stock number that the page shows, else the name. What the card holds is all there will
ever be, so the whole text and every photo of the place are read, in full size where a link gives
it.
"""

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from lxml.html import HtmlElement

from contract.urls import place_in, url_identity
from crawler.extract.card import Card, filled
from crawler.extract.marks import phrase_mark
from crawler.extract.page import Page
from crawler.extract.part import part_of
from crawler.extract.photos import read_photos
from crawler.extract.place import Place
from crawler.extract.place_names import name_words, plain_words
from crawler.extract.place_offers import linked_photo
from crawler.extract.place_tiles import find_places
from crawler.extract.price_language import MONEY
from crawler.extract.running_text import paragraphs_of
from crawler.extract.spec_names import label_field
from crawler.extract.text import fold, text_of
from crawler.extract.tile import Tile, read_tile
from crawler.extract.titles import states_year
from crawler.extract.vehicle_links import is_sold_path
from crawler.extract.words import words

__all__ = ["place_cards", "telling_words"]

LEAST_KEY = 4
"""Characters of a VIN or stock number by which a browser finds the car and no other number."""
NUMBERED = re.compile(
    r"(?:post|vehicle|veh|car|auto|stock|listing|item|product|fahrzeug|id)s?[-_]?\d{3,}",
    re.IGNORECASE,
)
MAX_FACT = 60
PHONE = re.compile(r"\+?[\d(][\d() ./-]{5,}\d")
CONTACT_WORDS = words("contact_line")
PRICE = re.compile(rf"(?:[A-Za-z]+\W+){{0,3}}(?:{MONEY.pattern})(?:\W*[A-Za-z.]+){{0,3}}\W*")
TOLD_BY = 6
"""Words of a car's text that tell it from another one of its name."""
MAX_TELLING = 80


def place_cards(page: Page) -> tuple[Card, ...]:
    """Return the cards of a page's places, in document order."""
    places = find_places(page)
    if not places:
        return ()
    archive = is_sold_path(page.url)
    cards = []
    behind = _behind(page, places)
    for place in places:
        card = _read(page, place, behind.get(place.top))
        if place.is_sold and not archive:
            card = replace(card, mark="sold")
        if states_year(card.title or "") or card.year:
            cards.append((card, place))
    distinct: dict[str, Card] = {}
    for card in _named(page, cards):
        distinct.setdefault(url_identity(card.url), card)
    return tuple(distinct.values())


def telling_words(card: Card) -> str:
    """Return words of a card that tell its car from another one of the same name; empty where it
    shows none. Prices and marks change, so they tell nobody."""
    text = fold((card.description or "").partition("\n")[0])
    if len(plain_words(text)) >= TOLD_BY // 2:
        return " ".join(text.split()[:TOLD_BY]).rstrip(",.;:")[:MAX_TELLING]
    return card.mileage or card.exterior_color or card.engine or ""


def _behind(page: Page, places: Sequence[Place]) -> Mapping[HtmlElement, HtmlElement]:
    """What opens over the page for one place alone ("Details"), by the place's top."""
    hidden = {
        name: element
        for element in page.elements
        if part_of(element).hidden and (name := part_of(element).attributes.get("id"))
    }
    openers: dict[str, list[HtmlElement]] = defaultdict(list)
    for place in places if hidden else ():
        for node in place.element.iter("*"):
            attributes = part_of(node).attributes
            for name in {attributes.get(opens, "").lstrip("#") for opens in OPENING}:
                if name in hidden and place.top not in openers[name]:
                    openers[name].append(place.top)
    return {tops[0]: hidden[name] for name, tops in openers.items() if len(tops) == 1}


OPENING = ("href", "data-target", "data-bs-target", "data-src", "data-modal", "aria-controls")


def _read(page: Page, place: Place, behind: HtmlElement | None = None) -> Card:
    card = read_tile(page, Tile(place.element, page.url))
    title = card.title if card.title and states_year(card.title) else place.name
    if card.price and _is_way_to_call(place, card.price):
        card = replace(card, price=None, price_label=None)
    photos = _photos(page, place.element)
    text = _description(place.element, place)
    if behind is not None:
        photos = tuple(dict.fromkeys((*photos, *_photos(page, behind))))
        further = _description(behind, place)
        text = text if further in text else f"{text}\n\n{further}".strip()
    return replace(
        card,
        title=title,
        image_urls=photos,
        thumbnail_url=photos[0] if photos else None,
        **filled({"description": text or card.description}),
    )


def _is_way_to_call(place: Place, price: str) -> bool:
    """Whether what was taken for a price ("Call") begins a line with a number or an address to
    write to."""
    if any(character.isdigit() for character in price):
        return False
    return any(
        text_of(anchor.getparent()).startswith(price)
        for anchor in place.element.iter("a")
        if (anchor.get("href") or "").startswith(("tel:", "mailto:"))
        and anchor.getparent() is not None
    )


def _description(element: HtmlElement, place: Place) -> str:
    """The text of a place, or of what it opens, without its heading, and without lines that are a
    price, a status or a way to call: these are told by fields of their own, or by the dealer's
    profile."""
    lines = paragraphs_of(element, without=_said_elsewhere(element, place)).split("\n")
    kept = [line for line in lines if not _is_fact(line, place.name)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(kept)).strip()


def _is_fact(line: str, name: str) -> bool:
    if len(line) > MAX_FACT:
        return False
    return (
        _same(line) == _same(name)
        or _is_contact(line)
        or phrase_mark(line) is not None
        or PRICE.fullmatch(line) is not None
    )


def _is_contact(line: str) -> bool:
    """Whether a line only says whom to call or write to."""
    said = re.findall(r"[\w.+-]+@[\w.-]+|[^\W\d_]+", line)
    speaks = PHONE.search(line) is not None or (said and said[0].lower() in CONTACT_WORDS)
    return bool(speaks) and all(
        word.lower() in CONTACT_WORDS or "@" in word or word.istitle() for word in said
    )


def _said_elsewhere(holder: HtmlElement, place: Place) -> list[HtmlElement]:
    """The elements of a place that are no text about the car: its heading, links that do
    something, tables of facts."""
    heading = part_of(place.heading)
    return [
        element
        for element in holder.iter("*")
        if part_of(element) is heading
        or (
            element.tag == "a"
            and (element.get("href") or "").startswith(("#", "mailto:", "tel:", "javascript:"))
        )
        or (element is not holder and _is_fact_sheet(element))
    ]


def _is_fact_sheet(element: HtmlElement) -> bool:
    """Whether a table is nothing but labels and values, which are fields of their own."""
    if element.tag != "table":
        return False
    rows = [[cell for cell in row if cell.tag in ("td", "th")] for row in element.iter("tr")]
    known = sum(
        len(cells) == 2
        and len(text_of(cells[1])) <= MAX_FACT
        and label_field(text_of(cells[0])) is not None
        for cells in rows
    )
    return 2 * known > len(rows)


def _photos(page: Page, element: HtmlElement) -> tuple[str, ...]:
    """Every photo of a place in its order: what a link around small ones leads to stands for
    them."""
    found: dict[str, None] = {}
    inside: set[HtmlElement] = set()
    for node in element.iter("*"):
        if node in inside:
            continue
        if node.tag == "a" and (full := linked_photo(page, node)):
            inside.update(node.iter("*"))
            found[full] = None
        else:
            found |= dict.fromkeys(read_photos([node], page.link))
    return tuple(found)


def _named(page: Page, cards: Sequence[tuple[Card, Place]]) -> list[Card]:
    """The cards with the URLs of their places, each name used once."""
    names = [_names(page, card, place) for card, place in cards]
    counts = [Counter(map(_same, texts)) for texts in zip(*names, strict=True)]
    named = []
    for (card, _), texts in zip(cards, names, strict=True):
        element, *said = (
            text if count[_same(text)] == 1 else ""
            for text, count in zip(texts, counts, strict=True)
        )
        best = next(filter(None, said), None)
        words = [best] if best else [word for word in (telling_words(card), texts.name) if word]
        named.append(replace(card, url=place_in(page.url, element=element, words=words)))
    return named


class _Names(NamedTuple):
    """What may name a place, the best first; empty where the page says no such thing."""

    own_id: str
    number: str
    name: str
    whole_heading: str


def _names(page: Page, card: Card, place: Place) -> _Names:
    name = name_words(place.name)
    name = _visible(page, name) or _visible(page, name_words(card.title or "")) or name
    heading = _visible(page, place.name) or name
    return _Names(_own_id(card, place), _number(page, card), name, heading)


def _same(text: str) -> str:
    return " ".join(plain_words(text))


def _own_id(card: Card, place: Place) -> str:
    """The id or anchor by which the site itself names the car; empty where it has none that would
    stay with the car when others come and go."""
    own = set(plain_words(f"{card.title} {card.stock_number} {card.vin}"))
    keys = {word for word in plain_words(f"{card.stock_number} {card.vin}") if len(word) > 2}
    nodes = [place.top, *place.top.iter("*")]
    if place.element is not place.top:
        nodes += [node for node in (place.top.getprevious(),) if node is not None]
    for node in nodes:
        attributes: Mapping[str, str] = part_of(node).attributes
        for name in [attributes.get("id"), attributes.get("name") if node.tag == "a" else None]:
            parts = plain_words(name or "")
            if name and (
                NUMBERED.fullmatch(name)
                or not keys.isdisjoint(parts)
                or (len(own.intersection(parts)) >= 2 and len(parts) <= len(own))
            ):
                return name
    return ""


def _number(page: Page, card: Card) -> str:
    """The VIN or stock number by which a browser finds the car on the page; empty without."""
    for number in (card.vin, card.stock_number):
        text = _visible(page, (number or "").strip())
        if len(text) >= LEAST_KEY and any(character.isdigit() for character in text):
            return text
    return ""


def _visible(page: Page, text: str) -> str:
    """A text if the page shows it as it is, in whole words; else an empty one."""
    if not text or text.casefold() not in page.text.casefold():
        return ""
    found = re.search(rf"(?<!\w){re.escape(text)}(?!\w)", page.text, re.IGNORECASE)
    return found[0] if found else ""
