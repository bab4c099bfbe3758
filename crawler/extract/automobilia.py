"""What dealers sell beside cars: parts, literature, models, signs. Their names carry a year and a
make as a car's do."""

import re

from lxml.html import HtmlElement

from crawler.extract.part import part_of
from crawler.extract.text import HEADINGS, readable
from crawler.extract.titles import names_make, names_vehicle

__all__ = ["is_automobilia", "names_thing"]

THINGS = re.compile(
    r"\b(?:posters?|brochures?|lithographs?|hood ornament|mascot|tool ?(?:kit|roll)s?|pedal ?cars?|"
    r"(?:gas|petrol|fuel) pumps?|(?:neon|enamel|porcelain|dealer(?:ship)?|tin|metal) signs?|"
    r"(?:owner.?s?|workshop|service|repair|shop|parts|instruction) (?:manual|book|handbook|catalog"
    r"(?:ue)?)s?|die-?cast|(?:scale|model) (?:model|car)s?|1\s?[:/]\s?(?:8|12|18|24|43)\b|"
    r"(?:set|pair) of|(?:wire|alloy|fuchs|steel|magnesium|steering|spare) wheels?|hub ?caps?|"
    r"keyrings?|key fobs?|t-?shirts?|hoodies?|mugs?|gift (?:card|voucher)s?|car covers?|"
    r"luggage set|grille badge|go-?kart|memorabilia|automobilia|"
    r"(?:car|enclosed|vehicle) (?:trailer|transporter)|"
    r"(?:floor|boot|trunk) mats?|(?:car|dust|tonneau) cover for)\b|"
    r"\b(?:carburett?ors?|gearbox|transmission|cylinder head|engine block|bumpers?|headlights?|"
    r"tail ?lights?|seats|radiator|exhaust|wheels|rims|tyres|tires|artwork|photographs?|"
    r"sign|badge|emblem|book|magazine|trophy|helmet|jacket|watch|clock)\W*$",
    re.IGNORECASE,
)
NAMING = frozenset(["a", "span", "strong", "b", "div", "p", "td", "font", *HEADINGS])
MAX_NAME = 100


def names_thing(name: str) -> bool:
    """Whether a name is a thing's, whatever car it names beside: "1972 BMW 2002 steering wheel"."""
    return len(name) <= MAX_NAME and THINGS.search(name) is not None


def is_automobilia(element: HtmlElement) -> bool:
    """Whether the first text of a block that names a vehicle names a thing instead: "1957 Chevrolet
    Bel Air hood ornament". What the texts behind it say belongs to a car ("with tool kit")."""
    merchandise = False
    for child in element.iter("*"):
        part = part_of(child)
        if part.tag not in NAMING or not part.has_text or part.parts:
            continue
        text = readable(part)
        if len(text) > MAX_NAME:
            continue
        if names_vehicle(text) or names_make(text):
            return THINGS.search(text) is not None
        merchandise = merchandise or MERCHANDISE.search(text) is not None
    return merchandise


MERCHANDISE = re.compile(
    r"\b(?:t-?shirts?|hoodies?|sweatshirts?|mugs?|gift (?:card|voucher)s?|posters?|keyrings?|"
    r"key ?chains?|stickers?|baseball caps?|snapbacks?|beanies?)\W*$",
    re.IGNORECASE,
)
"""What shops sell under no car's name."""
