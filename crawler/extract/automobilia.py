"""What dealers sell beside cars: parts, literature, models, signs. Their names carry a year and a
make as a car's do."""

import re

from lxml.html import HtmlElement

from crawler.extract.part import part_of
from crawler.extract.text import HEADINGS, readable
from crawler.extract.titles import names_make, names_vehicle

__all__ = ["is_automobilia", "names_thing"]

SHOP_GOODS = r"t-?shirts?|hoodies?|mugs?|gift (?:card|voucher)s?|posters?|keyrings?"
THINGS = re.compile(
    rf"\b(?:{SHOP_GOODS}|brochures?|lithographs?|hood ornament|mascot|tool ?(?:kit|roll)s?|"
    r"pedal ?cars?|(?:gas|petrol|fuel) pumps?|"
    r"(?:neon|enamel|porcelain|dealer(?:ship)?|tin|metal) signs?|"
    r"(?:owner.?s?|workshop|service|repair|shop|parts|instruction) (?:manual|book|handbook|catalog"
    r"(?:ue)?)s?|die-?cast|(?:scale|model) (?:model|car)s?|1\s?[:/]\s?(?:8|12|18|24|43)\b|"
    r"(?:set|pair) of|(?:wire|alloy|fuchs|steel|magnesium|steering|spare) wheels?|hub ?caps?|"
    r"key fobs?|car covers?|luggage set|grille badge|go-?kart|memorabilia|automobilia|"
    r"(?:car|enclosed|vehicle) (?:trailer|transporter)|"
    r"(?:floor|boot|trunk) mats?|(?:car|dust|tonneau) cover for)\b|"
    r"\b(?:carburett?ors?|gearbox|transmission|cylinder head|engine block|bumpers?|headlights?|"
    r"tail ?lights?|seats|radiator|exhaust|wheels|rims|tyres|tires|artwork|photographs?|"
    r"sign|badge|emblem|book|magazine|trophy|helmet|jacket|watch|clock)\W*$",
    re.IGNORECASE,
)
# What shops sell under no car's name.
MERCHANDISE = re.compile(
    rf"\b(?:{SHOP_GOODS}|sweatshirts?|key ?chains?|stickers?|baseball caps?|"
    r"snapbacks?|beanies?)\W*$",
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
            return names_thing(text)
        merchandise = merchandise or MERCHANDISE.search(text) is not None
    return merchandise
