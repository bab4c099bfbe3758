"""How much a block of a page looks like one vehicle, by what stands in it."""

import re
from collections.abc import Callable
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extract.automobilia import is_automobilia
from crawler.extract.part import part_of
from crawler.extract.price_language import MONEY, ON_REQUEST, may_be_money
from crawler.extract.text import HEADINGS, class_words, fold, text_of
from crawler.extract.tile import Tile
from crawler.extract.titles import YEAR, names_make, names_vehicle
from crawler.extract.vehicle_links import vehicle_url_score
from crawler.extract.wording import Wording
from crawler.extract.words import words

__all__ = [
    "NAMED",
    "PRICED",
    "SURE",
    "VEHICLE",
    "headed_by_car",
    "headed_by_sold_car",
    "vehicle_evidence",
]

NAMED, VEHICLE, SURE, PRICED = 2.5, 3.0, 5.0, 6.0
ARTICLE_NAMES = words("article_class")
PROMOTION_NAMES = words("promotion_class")
CAR_HEADINGS = HEADINGS - {"h6"}
LISTING_CLASS = re.compile(
    r"post-\d+$|(?:type|status|format|category|tag|product|taxonomy|listing|author)[-_](?!post$)|"
    r"post-type-store|hentry$|entry$|has-post-"
)
SPEC_TEXT = Wording(
    r"\b(?:vin|chassis|stock|stk|mileage|odometer|kilometerstand|kilom[ée]trage)\b\s*(?:no\.?|"
    r"number)?\s*[#:№]"
)
LABEL_ENDS = frozenset("#:№")
MILES = Wording(r"\d[\d,.]*\s*k?\s?(?:miles|mi|km)\b")
MAX_BLOCK = 6_000


def vehicle_evidence(block: Tile) -> float:
    """Score a block as a vehicle: PRICED and more with a price, VEHICLE and more when sure enough;
    negative for what is plainly something else."""
    element = block.element
    classes = _card_classes(element)
    if not classes.isdisjoint(PROMOTION_NAMES):
        return -1.0
    text = text_of(element)
    if len(text) > MAX_BLOCK:
        return -1.0
    if is_automobilia(element):
        return -1.0
    named = _has_name(element, text)
    money = (may_be_money(text) and bool(MONEY.search(text))) or bool(ON_REQUEST.search(text))
    labelled = not LABEL_ENDS.isdisjoint(text) and SPEC_TEXT.search(text)
    spec = bool(labelled or MILES.search(text))
    photo = any(True for _ in element.iter("img", "picture")) or "background" in "".join(
        part_of(child).attributes.get("style", "") for child in element.iter("*")
    )
    if not named and (money or spec or YEAR.search(text)):
        named = _has_name(element, text, names_make)
    by_url = vehicle_url_score(block.url)
    if (
        not classes.isdisjoint(ARTICLE_NAMES)
        and not (money or spec)
        and not _is_car_post(element, block.url)
    ):
        return -1.0
    if next(element.iter("time"), None) is not None and not (money or spec):
        return -1.0
    if named:
        score = (
            1.5 + (1.0 if photo else 0.0) + (1.0 if by_url >= 1.5 else 0.0) + (1.0 if spec else 0.0)
        )
        score += 0.5 if by_url >= 3 else 0.0
        if money:
            score = max(score + 3.0, PRICED)
        return score
    if (money or spec) and by_url >= 1.5 and (photo or spec):
        return PRICED if money else VEHICLE
    return 1.0 if by_url >= 1.5 and (photo or money or spec) else 0.0


def _is_car_post(element: HtmlElement, url: str) -> bool:
    """Whether a post's heading or link is a car's whole name, and its address the same: small
    dealers keep their cars as posts of their site, and say prices on the car's page only."""
    last = urlsplit(url).path.rstrip("/").rpartition("/")[2].lower()
    return headed_by_car(element, last[:4])


def headed_by_car(element: HtmlElement, year: str = "") -> bool:
    """Whether a heading of the block, or a link, is nothing but a car's name that begins with its
    year."""
    for heading in element.iter(*CAR_HEADINGS, "a"):
        text = SOLD_LEAD.sub("", text_of(heading))
        if (
            YEAR.match(text)
            and text.startswith(year)
            and 2 < len(text.split()) <= MAX_NAME
            and names_vehicle(text)
        ):
            return True
    return False


def headed_by_sold_car(element: HtmlElement) -> bool:
    """Whether a heading of the block names a car and begins or ends with its sale."""
    headings = map(text_of, element.iter(*CAR_HEADINGS))
    return any(SOLD_NAME.search(text) and names_vehicle(text) for text in headings)


SOLD_NAME = re.compile(
    r"^\W*(?:{0})\b|\b(?:{0})\W*$".format(r"sold|verkauft|vendue?|verkocht|vendut[ao]|såld|solgt"),
    re.IGNORECASE,
)
SOLD_LEAD = re.compile(r"^\W*(?:sold|reserved|pending)\b\W*", re.IGNORECASE)
MAX_NAME = 8
"""Words of a car's name; headlines run on."""


def _card_classes(element: HtmlElement) -> frozenset[str]:
    """The class words of a card, without those that WordPress and Squarespace put on whatever
    they list."""
    names = element.get("class") or ""
    return class_words(" ".join(name for name in names.split() if not LISTING_CLASS.match(name)))


def _has_name(
    element: HtmlElement, text: str, names: Callable[[str], bool] = names_vehicle
) -> bool:
    """Whether some text of a block names a vehicle, by its year or, by ``names_make``, its make."""
    if names(text[:200]):
        return True
    for child in element.iter("*"):
        part = part_of(child)
        for name in ("title", "alt", "aria-label", "data-title", "data-displaytitle"):
            if (value := part.attributes.get(name)) and names(fold(value)):
                return True
        if (
            part.tag in ("h2", "h3", "h4", "h5", "a", "strong", "b", "td", "span", "p", "div")
            and len(part.parts) < 8
        ) and names(text_of(child)):
            return True
    return False
