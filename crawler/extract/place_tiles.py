"""The places of cars that have no page of their own: one page shows them all, each with a heading,
photos, a text and a price.

Nothing but the page's build tells where one car ends and the next begins: an element that holds one
name, or, where headings, pictures and paragraphs follow each other without any, the lines and
headings between them. What such a page shows is an inventory only where it offers most of what it
names; reports, thanks, past work and lists of events name cars as well.
"""

import re
from collections import defaultdict
from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.extract.content import outside_content
from crawler.extract.page import Page
from crawler.extract.part import part_of
from crawler.extract.place import Place
from crawler.extract.place_names import car_name, plain_words
from crawler.extract.place_offers import (
    may_be_car,
    offering_places,
    with_pages,
    without_reports,
)
from crawler.extract.place_spans import joined_places
from crawler.extract.sections import SOLD_HEADING
from crawler.extract.text import HEADINGS, fold, own_text, text_of
from crawler.extract.tile_bounds import limits
from crawler.extract.vehicle_links import is_sold_path
from crawler.extract.wording import Wording

__all__ = ["find_places"]

NAMING = frozenset(
    [*HEADINGS, "strong", "b", "p", "td", "th", "div", "span", "font", "li", "dt", "a", "u", "i",
     "em", "big", "center", "figcaption", "summary", "legend", "caption"]
)  # fmt: skip
LINE_BREAKS = frozenset(["br", "img", "p", "div", "ul", "table", "hr"])
CONTAINERS = frozenset(["body", "main", "html", "table", "tbody", "form"])
MAX_HEADING = 80

# What a page, or a part of one, is headed by that shows cars and offers none.
NOT_OFFERED = Wording(
    r"\b(?:news|blog|journal|stories|articles?|press|testimonials?|reviews?|customers? say|"
    r"happy customers?|clients?|customer cars|thanks?|events?|shows?|meets?|calendar|rall(?:y|ies)|"
    r"results|past|previous(?:ly)?|archives?|restorations?|restored|projects?|portfolio|"
    r"our work|workshop|services?|rentals?|for hire|hire|wedding|museum|private collection|"
    r"history|heritage|about|team|staff|wanted|we buy|looking for|parts|spares|memorabilia|"
    r"automobilia|links|magazine|records?|race|racing|guides?|gallery|galerie|referenz\w*|"
    r"r[ée]alisations?|actualit[ée]s?|nouvelles|neuigkeiten|aktuelles|termine|veranstaltungen|"
    r"nieuws|notizie|eventi|sold|verkauft\w*|vendue?s?|vendut[ei]|verkocht\w*)\b"
)
OFFERED = Wording(
    r"\bfor sale\b|\binventory\b|\bin stock\b|\bavailable\b|\bzu verkaufen\b|\bvendre\b|\bvendita\b"
)


def find_places(page: Page) -> Sequence[Place]:
    """Return the places of a page in document order; none where it offers no cars. Asked only of
    pages on which no car has a page of its own."""
    outside = outside_content(page)
    names = list(_names(page, outside))
    if not names or not _may_offer(page):
        return ()
    tops = _tops(page, names, outside)
    places = joined_places([place for place in tops if place.top not in outside])
    held = _around(tops)
    places = [replace(place, section=_section(place, held)) for place in places]
    if not is_sold_path(page.url):
        places = [place for place in places if not _is_other_section(place.section)]
    paged = with_pages(page, places)
    told = without_reports(places)
    offered = [place for place in told if place.top not in paged and may_be_car(place)]
    # Where most of what names a car is a report, the rest is one as well.
    if 2 * len(offered) <= len(places):
        return ()
    return offering_places(page, offered)


def _names(page: Page, outside: Mapping[HtmlElement, str]) -> Iterator[tuple[HtmlElement, str]]:
    """The innermost elements that begin with a car's name, or are one, and the names."""
    named: list[tuple[HtmlElement, str]] = []
    holders: set[HtmlElement] = set()
    for element in reversed(page.elements):
        part = part_of(element)
        if part.tag not in NAMING or part.hidden or element in holders or element in outside:
            continue
        if part.tag == "a" and (part.attributes.get("href") or "").startswith("#"):
            continue  # The way to a place, above all of them.
        text = _first_line(element)
        name = car_name(text) if text else None
        if name is None:
            continue
        named.append((element, name))
        holders.update(element.iterancestors())
    for element, name in reversed(named):
        if not any(
            (part_of(holder).attributes.get("href") or "").startswith("#")
            for holder in element.iterancestors("a")
        ):
            yield element, name


def _first_line(element: HtmlElement) -> str:
    """What stands in an element up to its first break, where it is one line of text."""
    part = part_of(element)
    if part.tag in HEADINGS or not part.parts:
        return text_of(element)
    if not any(inner.tag in LINE_BREAKS for inner in part.parts):
        return text_of(element) if len(part.parts) <= 6 else own_text(element)
    pieces = [part.text]
    for inner, tail in zip(part.parts, part.tails, strict=True):
        if inner.tag in LINE_BREAKS and fold("".join(pieces)):
            break
        pieces.append(tail)
    return fold("".join(pieces))


def _may_offer(page: Page) -> bool:
    """Whether a page, by what it calls itself, may be an inventory."""
    said = [page.title, *(text_of(heading) for heading in page.root.iter("h1"))]
    said = [text for text in said[:3] if car_name(text) is None]
    if is_sold_path(page.url):
        return True
    path = unquote(urlsplit(page.url).path).lower()
    words = re.sub(r"[^\w]+|_", " ", re.sub(r"\.\w{2,5}$", "", path))
    if NOT_OFFERED.search(words) and not OFFERED.search(words):
        return False
    heading = said[-1] if len(said) > 1 else ""
    return not _is_other_section(heading)


def _is_other_section(heading: str) -> bool:
    return (
        0 < len(heading) <= MAX_HEADING
        and NOT_OFFERED.search(heading)
        and not OFFERED.search(heading)
        and SOLD_HEADING.fullmatch(heading) is None
    )


def _section(place: Place, held: Container[HtmlElement]) -> str:
    """The text of the nearest heading that leads a place's part of the page, and other places with
    it; empty where there is none. ``held`` are the elements that hold places."""
    own = place.heading.tag if place.heading.tag in HEADINGS else "h7"
    for node in (place.top, *place.top.iterancestors()):
        for before in node.itersiblings(preceding=True):
            if not isinstance(before.tag, str) or before in held:
                continue
            inner = before if before.tag in HEADINGS else None
            if inner is None and len(before) <= 2:
                inner = next(before.iter(*HEADINGS), None)
            # What stands below the places before this one is theirs.
            if inner is not None and inner.tag < own and car_name(text_of(inner)) is None:
                return text_of(inner)
    return ""


def _tops(
    page: Page, names: Sequence[tuple[HtmlElement, str]], outside: Mapping[HtmlElement, str]
) -> list[Place]:
    """For each name the largest element that holds no other car's."""
    held: dict[HtmlElement, list[str]] = defaultdict(list)
    for element, name in names:
        for holder in (element, *element.iterancestors()):
            known = held[holder]
            if not known or not _one_car(name, known[-1]):
                known.append(name)
    bounds = limits(page, outside)
    places: dict[HtmlElement, Place] = {}
    for element, name in names:
        top = element
        while (
            (parent := top.getparent()) is not None
            and len(held[parent]) == 1
            and parent not in bounds
            and parent.tag not in CONTAINERS
        ):
            top = parent
        places.setdefault(top, Place(top, top, element, name))
    return list(places.values())


def _one_car(name: str, other: str) -> bool:
    """Whether two names that follow each other are one car's: a caption repeats the heading."""
    mine, theirs = plain_words(name), plain_words(other)
    shorter, longer = sorted((mine, theirs), key=len)
    return (longer[: len(shorter)] == shorter and len(shorter) >= 3) or mine == theirs


def _around(places: Sequence[Place]) -> frozenset[HtmlElement]:
    tops = {place.top for place in places}
    return frozenset(tops.union(*(top.iterancestors() for top in tops)))
