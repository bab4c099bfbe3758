"""Which text of a tile names the vehicle."""

import re
from functools import lru_cache

from crawler.extract.wording import Wording
from crawler.extract.words import words

__all__ = ["MAKE", "is_furniture", "names_make", "names_vehicle", "states_year", "title_score"]

YEAR = re.compile(
    r"(?:(?<=\bc\.)|(?<=\bca\.)|(?<![\w$€£.,/-]))(?:18[89]\d|19\d\d|20[0-4]\d)(?![\d,.%/]|s\b|\s?[-\u2013\u2014]\s?(?:19|"
    r"20)\d\d)"
)
SHORT_YEAR = re.compile(r"(?:^|\s)['\u2019`]\d\d\s+[^\W\d]")
WORD = re.compile(r"[^\W\d_]{2,}|\d{2,4}[a-z]{0,3}\b")
# A year beside a distance or a label names no car: "1965 58,200 mi", "Year 1988 Mileage 81,440".
SPEC_WORDS_PATTERN = (
    r"\b\d[\d,.' \u202f]*\s*(?:mi|miles|km|kms|kilomet(?:er|re)s)\b\.?|"
    r"\b(?:(?:model )?(?:year|mileage|odometer|miles|km|mi)|ann[ée]e|anno|año|bouwjaar|baujahr|bj|"
    r"årgang|årsmodell|ez|erstzulassung|jahrgang|kilom[ée]trage|kilometerstand|laufleistung|chilometraggio|"
    r"chilometri)\b[:.]?(?:\s*\d[\d,.]*(?!\w))?"
)
SPEC_WORDS = re.compile(SPEC_WORDS_PATTERN, re.IGNORECASE)
ANY_SPEC_WORD = Wording(SPEC_WORDS_PATTERN)
# Articles carry years too; these words do not stand in the name of a car.
ARTICLE = Wording(
    r"\b(?:how to|guide|review|history of|top \d+|best of|tips|why (?:we|you|the)|"
    r"auction results|"
    r"read more|newsletter|announc\w+|happy (?:new|holidays)|copyright|all rights|©|road trip|"
    r"concours|car show|cruise|open house|save the date|calendar)\b"
)
# What links to a vehicle's page say beside its name.
FURNITURE = Wording(
    r"^\W*(?:view|see|read|show|open|more|full|vehicle|car|this|the|our|all|additional|get|for|"
    r"\s)*"
    r"(?:details?|info(?:rmation)?|more|vehicle|car|listing|photos?|gallery|pictures?|specs|"
    r"report|video)?\W*$|"
    r"^\W*(?:learn more|(?:photos?|images?|pictures?)\b.{0,10}|click here.{0,30}|enlarge|next|"
    r"previous|d[ée]tails?|mehr(?: infos?| details)?|"
    r"en savoir plus|voir(?: le v[ée]hicule| plus)?|dettagli|scopri(?: di pi[uù])?|"
    r"bekijk(?: auto)?|meer info(?:rmatie)?|"
    r"zum fahrzeug|ver m[áa]s|weiterlesen|inquire(?: now)?|enquire(?: now)?|contact(?: us)?)\W*$"
)
_MAKES = "|".join(
    re.escape(name).replace(r"\ ", "[ -]").replace(r"\-", "[ -]?")
    for name in sorted(words("make"), key=len, reverse=True)
)
MAKE = re.compile(rf"(?:{_MAKES})(?![^\W_])", re.IGNORECASE)
"""A make of cars."""
LED_BY_MAKE = re.compile(rf"\W*(?:(?:{YEAR.pattern}|\d\d)\W+)?{MAKE.pattern}", re.IGNORECASE)
# Behind a make, these are no model: "Jaguar (12 cars)", "Ferrari for sale".
NO_MODEL = re.compile(
    r"\W*\d{0,2}\W*|\W*\(\d+\)\W*|"
    r"[\W\d]*(?:classic |used )?(?:cars?|vehicles?|models?|parts|motorcars|motorcycles|club|"
    r"specialists?|dealers?|service|inventory|history|restorations?|autos?|fahrzeuge|voitures|"
    r"for sale|in stock|to|and|of|&)(?![^\W_]).*",
    re.IGNORECASE,
)
MODEL_NUMBER = re.compile(rf"\W*{MAKE.pattern}\s+{YEAR.pattern}", re.IGNORECASE)
MAX_MAKE_TITLE = 90
# "Mar 3, 2026": the day of a post.
DATE = re.compile(
    r"\b(?:jan|feb|mar|apr|may|jun|jul|aug|sep|sept|oct|nov|dec)[a-z]*\.? "
    r"\d{1,2}(?:st|nd|rd|th)?,? (?:19|20)\d\d\b",
    re.IGNORECASE,
)
TWO_DIGITS = re.compile(r"\d\d")
MAX_TITLE = 220


def names_vehicle(text: str) -> bool:
    """Tell whether a text holds a model year beside at least one word: "1967 Ford Mustang"."""
    return 6 <= len(text) <= MAX_TITLE and _names_vehicle(text)


@lru_cache(maxsize=8_192)
def _names_vehicle(text: str) -> bool:
    # The costly question last, and only of texts with the two digits that any year has.
    if not TWO_DIGITS.search(text) or ARTICLE.search(text):
        return False
    text = DATE.sub(" ", text)
    year = YEAR.search(text)
    if year is None:
        return bool(SHORT_YEAR.search(text))
    rest = text[: year.start()] + " " + text[year.end() :]
    if ANY_SPEC_WORD.search(rest):
        rest = SPEC_WORDS.sub(" ", rest)
    return bool(WORD.search(rest))


def states_year(text: str) -> bool:
    """Tell whether a text holds a model year; the number right behind a make may be the model's
    ("BMW 2002 tii"), so that a year beside the text is asked first."""
    return YEAR.search(text) is not None and MODEL_NUMBER.match(text) is None


def names_make(text: str) -> bool:
    """Tell whether a text begins with a make and goes on with a model, a year before it or none:
    "Jaguar E-Type". Weaker than `names_vehicle`: lists of models and headlines do so, too."""
    return 4 <= len(text) <= MAX_MAKE_TITLE and _names_make(text)


@lru_cache(maxsize=8_192)
def _names_make(text: str) -> bool:
    found = LED_BY_MAKE.match(text)
    if found is None or ARTICLE.search(text):
        return False
    rest = text[found.end() :]
    return bool(MODEL_SIGN.search(rest)) and not NO_MODEL.fullmatch(rest)


MODEL_SIGN = re.compile(r"[^\W_]")


def title_score(text: str) -> float:
    """Score a text as a vehicle's name; 0 for what cannot be one."""
    return _title_score(text) if 0 < len(text) <= MAX_TITLE else 0.0


@lru_cache(maxsize=8_192)
def _title_score(text: str) -> float:
    if ARTICLE.search(text) or not any(ch.isalpha() for ch in text):
        return 0.0
    score = 1.0
    year = YEAR.search(text)
    if year is not None and names_vehicle(text):
        # "1972 BMW 2002 tii" tells more than "BMW 2002 tii", whose number is a model's.
        score += 3.1 if year.start() <= 2 else 3.0 if year.start() <= 12 else 2.0
    elif SHORT_YEAR.search(text):
        score += 1.5
    elif names_make(text):
        score += 1.2
    if len(text) > 100:
        score -= 0.5
    return score


@lru_cache(maxsize=8_192)
def is_furniture(text: str) -> bool:
    """Tell whether a link's text only says that there is more: "View details", "Photos (43)"."""
    return FURNITURE.match(text)
