"""How many vehicles a grid says it holds in all."""

import re
from collections.abc import Container, Iterable, Iterator

from lxml.html import HtmlElement

from crawler.extract.page import Page
from crawler.extract.part import part_of
from crawler.extract.structured import list_totals
from crawler.extract.text import class_words, text_of
from crawler.extract.wording import Wording

__all__ = ["declared_total"]

N = r"(\d{1,3}(?:[,.]\d{3})+|\d{1,6})"
CARS = (
    r"(?:(?:used|new|classic|total|available|matching|pre-owned|current|exotic|collector|"
    r"vintage|luxury) )*"
    r"(?:vehicles?|cars?|autos?|automobiles?|trucks?|matches|results?|listings?|classics?|"
    r"items?|units?|"
    r"fahrzeuge?|treffer|v[ée]hicules?|voitures?|r[ée]sultats?|veicoli|auto|risultati|"
    r"voertuigen|auto's|resultaten|coches|entries)"
)
RANGE = r"\d[\d,.]*\s*(?:-|\u2013|\u2014|to|bis|à|a|tot|through)\s*\d[\d,.]*"
# The stronger wording first; the number is always the one of this grid, with its filters.
WORDINGS = [
    re.compile(rf"\b{N}\s+matches?\s+(?:out\s+)?of\s+\d", re.I),
    re.compile(rf"{RANGE}\s*(?:of|out of|von|sur|di|van|de|/)\s*(?:about\s+)?{N}\b", re.I),
    re.compile(
        rf"(?:showing|displaying|viewing|zeige|affichage)\b[^.]{{0,30}}?\b(?:of|out of|von|sur|"
        rf"di|van)\s+{N}\b",
        re.I,
    ),
    re.compile(
        rf"\b{N}\s+(?:(?:{CARS}\s+)?(?:found|gefunden|trouv[ée]e?s?|trovat[ie]|gevonden)|"
        rf"matches|{CARS}\s+(?:in stock|available|for sale|matching))\b",
        re.I,
    ),
    re.compile(
        rf"\b(?:total|found|results|matches|vehicles|cars|"
        rf"inventory)\s*[:(]\s*{N}\b",
        re.I,
    ),
    re.compile(rf"\(\s*{N}\s+{CARS}\s*\)", re.I),
    re.compile(rf"^\W*{N}\s+{CARS}\W*$", re.I),
    re.compile(rf"\bpage:?\s*\d+\s*of\s*\d+\s*\(\s*{N}\s", re.I),
]
CLAIM = Wording(
    r"\b(?:over|more than|sold|since|years|every|always|up to|under one roof|photos?|per page|"
    r"saved|compare)\b|\+"
)
MAX_TEXT = 90
NOT_IN = frozenset(
    ["nav", "footer", "aside", "label", "option", "select", "a", "button", "script", "style"]
)
COUNTING_NAMES = frozenset(
    [
        "count",
        "results",
        "result",
        "total",
        "matches",
        "found",
        "showing",
        "summary",
        "pager",
        "pagination",
        "number",
    ]
)
HEADINGS = frozenset(["h1", "h2", "h3"])
FACETS = frozenset(
    [
        "facet",
        "facets",
        "filter",
        "filters",
        "refine",
        "sidebar",
        "category",
        "categories",
        "makes",
        "menu",
    ]
)


def declared_total(page: Page, cards: int, tiles: Iterable[HtmlElement] = ()) -> int | None:
    """Return the grid's own total, or None where it declares none or contradicts itself.

    ``tiles`` are the elements of the ``cards``, whose texts are not looked at. A total below the
    cards of this one page speaks of something else.
    """
    inside: set[HtmlElement] = set()
    for tile in tiles:
        inside.update(tile.iter("*"))
    spoken = {number for number in _spoken(page, inside) if number >= cards}
    if len(spoken) == 1:
        return spoken.pop()
    if spoken:
        return None
    listed = {number for number, _ in list_totals(page.jsonld) if number > cards}
    return listed.pop() if len(listed) == 1 else None


def _spoken(page: Page, inside: Container[HtmlElement]) -> Iterator[int]:
    """The numbers of the strongest wording that occurs."""
    found: dict[int, set[int]] = {}
    for element in page.elements:
        if element in inside:
            continue
        part = part_of(element)
        tag = part.tag
        if tag in NOT_IN:
            continue
        if len(part.parts) > 8 or not (part.parts or any(ch.isdigit() for ch in part.text)):
            continue
        text = text_of(element)
        if (
            not 2 <= len(text) <= MAX_TEXT
            or not any(ch.isdigit() for ch in text)
            or CLAIM.search(text)
        ):
            continue
        for strength, wording in enumerate(WORDINGS):
            match = wording.search(text)
            if match is None:
                continue
            names = class_words(element.get("class"), element.get("id"))
            plain = strength >= 5
            if plain and not (
                tag in HEADINGS
                or tag in ("p", "div", "span", "strong", "small", "b")
                or names & COUNTING_NAMES
            ):
                break
            if _in_facets(element):
                break
            found.setdefault(
                0 if strength < 4 else 1 if strength < 5 or strength == 7 else 2, set()
            ).add(int(re.sub(r"[,.]", "", match[1])))
            break
    for strength in sorted(found):
        yield from found[strength]
        return


def _in_facets(element: HtmlElement) -> bool:
    node: HtmlElement | None = element
    for _ in range(6):
        if node is None:
            return False
        if node.tag in NOT_IN or (node.tag in ("li",) and not node.get("class")):
            return True
        if not class_words(node.get("class"), node.get("id")).isdisjoint(FACETS):
            return True
        node = node.getparent()
    return False
