"""Which places of a page offer a car: reports, thanks, past work and events name cars as well."""

import re
from collections import defaultdict
from collections.abc import Collection, Sequence
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from contract.urls import url_identity
from crawler.extract.automobilia import is_automobilia
from crawler.extract.evidence import ARTICLE_NAMES, PROMOTION_NAMES
from crawler.extract.page import Page
from crawler.extract.photos import is_photo, read_photos
from crawler.extract.place import Place
from crawler.extract.place_names import car_name, plain_words
from crawler.extract.price_language import MONEY, ON_REQUEST, may_be_money
from crawler.extract.text import class_words, text_of
from crawler.extract.titles import YEAR
from crawler.extract.vehicle_links import is_other_business, same_site, vehicle_url_score
from crawler.extract.wording import Wording

__all__ = ["linked_photo", "may_be_car", "offering_places", "with_pages", "without_reports"]

MAX_PLACE = 12_000
LEAST_PLACES = 2
INVENTORY = Wording(
    r"\b(?:for sale|inventory|in stock|our stock|stock list|current (?:stock|offerings|listings)|"
    r"our (?:cars|vehicles|classics|offerings|selection)|available|show ?room|"
    r"(?:classic|collector|vintage|used|sports|exotic|pre-?owned) cars|consignments?|"
    r"vehicles|cars|automobiles|motorcars|stock|listings|"
    r"fahrzeug\w*|oldtimer|zu verkaufen|verkauf|angebot\w*|voitures|v[ée]hicules|[àa] vendre|"
    r"occasions?|vendita|in vendita|auto|aanbod|te koop|en venta|bilar|till salu|biler|til salg)\b"
)
# What reports, thanks and announcements say, and offers now and then.
REPORT = Wording(
    r"\b(?:posted (?:on|by)|published (?:on|by)|written by|read more|continue reading|"
    r"leave a comment|comments? \(\d+\)|filed under|join us|register now|tickets?\b|admission|"
    r"rsvp|save the date|hammer price|sold for|realized|crossed the block|"
    r"(?:was|were) (?:sold|delivered|shipped) (?:to|in)|found (?:its|a) new (?:home|owner)|"
    r"i (?:bought|purchased|just (?:bought|received))|(?:my|our) (?:new|recent) purchase|"
    r"thank you|thanks (?:to|again|so)|would recommend|highly recommend|"
    r"before and after|we (?:completed|finished|rebuilt)|completed in (?:19|20)\d\d)\b"
)
DATED = re.compile(
    r"^\W*(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day,?\s+)?(?:jan|feb|mar|apr|may|jun|jul|aug|sep|"
    r"oct|nov|dec)[a-z]*\.?\s+\d{1,2}(?:st|nd|rd|th)?(?:\s*[-\u2013]\s*\d{1,2})?,?\s+20\d\d\b",
    re.IGNORECASE,
)
QUOTED = re.compile(r"[\"\u201c\u00ab]\s*[^\"\u201d\u00bb]{60,}[\"\u201d\u00bb]")


def with_pages(page: Page, places: Sequence[Place]) -> Collection[HtmlElement]:
    """The tops of places that lead to a page of their own. What is one of these was judged as a
    tile, by its page; what a heading leads to is the place's own, be it only a post about a car."""
    leading: dict[str, set[HtmlElement]] = defaultdict(set)
    here = url_identity(page.url).partition("?")[0]
    for place in places:
        heading = {*place.heading.iter("a"), *place.heading.iterancestors("a")}
        for anchor in {*heading, *place.element.iter("a")}:
            url = page.link(anchor.get("href"))
            if (
                url is not None
                and same_site(url, page.url)
                and (anchor in heading or not is_other_business(url))
                and not url.lower().endswith(FILES)
                and url_identity(url).partition("?")[0] != here
            ):
                leading[url_identity(url)].add(place.top)
    return frozenset().union(*(tops for tops in leading.values() if len(tops) == 1))


FILES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".avif", ".pdf", ".doc", ".docx")


def may_be_car(place: Place) -> bool:
    """Whether a place may be a car's offer by what stands in it."""
    element, text = place.element, text_of(place.element)
    classes = class_words(place.top.get("class"))
    return (
        len(text) <= MAX_PLACE
        and classes.isdisjoint(PROMOTION_NAMES)
        and classes.isdisjoint(ARTICLE_NAMES - {"post", "posts", "entry", "article"})
        and not is_automobilia(element)
        and YEAR.search(f"{place.name} {text}") is not None
    )


def without_reports(places: Sequence[Place]) -> Sequence[Place]:
    """The places without those that report of a car; none where most of them do. An offer may well
    say "thank you", but it says a price, too."""
    reports = {place.top for place in places if _is_report(place)}
    if 2 * len(reports) >= len(places):
        return ()
    return [place for place in places if place.top not in reports or _is_priced(place)]


def _is_report(place: Place) -> bool:
    element, text = place.element, text_of(place.element)
    if REPORT.search(text) or QUOTED.search(text):
        return True
    if next(element.iter("time", "blockquote"), None) is not None:
        return True
    return any(DATED.match(text_of(child)) for child in element.iter("p", "div", "span", "small"))


def offering_places(page: Page, places: Sequence[Place]) -> Sequence[Place]:
    """The places that offer a car, by a price or, on what calls itself an inventory, a photo."""
    priced = {place.top for place in places if _is_priced(place)}
    pictured = {place.top for place in places if _shows_photo(page, place)}
    offering = [place for place in places if place.top in priced or place.top in pictured]
    says = _says_inventory(page)
    if 3 * len(priced) < len(offering) and not says:
        return ()
    if len(offering) >= LEAST_PLACES:
        return offering
    # The last car of an inventory; alone, it might as well be one car's own page.
    both = priced & pictured
    lone = [place for place in offering if place.top in both]
    return lone if says and not _is_cars_page(page, lone) else ()


def _is_cars_page(page: Page, places: Sequence[Place]) -> bool:
    """Whether a page is about a single car: its title, first heading or address names it, or one by
    a number."""
    if vehicle_url_score(page.url) >= 1.0:
        return True
    said = [page.title, *(text_of(heading) for heading in page.root.iter("h1"))]
    path = set(plain_words(unquote(urlsplit(page.url).path)))
    for place in places:
        words = plain_words(place.name)
        if set(words[:2]) <= path:
            return True
        if any(plain_words(text)[: len(words[:3])] == words[:3] for text in said):
            return True
    return False


def _is_priced(place: Place) -> bool:
    text = text_of(place.element)
    return (may_be_money(text) and MONEY.search(text) is not None) or ON_REQUEST.search(text)


def _shows_photo(page: Page, place: Place) -> bool:
    if read_photos(list(place.element.iter("*")), page.link):
        return True
    return any(linked_photo(page, anchor) for anchor in place.element.iter("a"))


def linked_photo(page: Page, anchor: HtmlElement) -> str | None:
    """Return the photo that an anchor leads to; None where it leads elsewhere."""
    url = page.link(anchor.get("href"))
    return url if url and PICTURE.search(urlsplit(url).path) and is_photo(url) else None


PICTURE = re.compile(r"\.(?:jpe?g|png|webp|avif)$", re.IGNORECASE)


def _says_inventory(page: Page) -> bool:
    """Whether a page calls itself an inventory, so that its cars need no price."""
    path = unquote(urlsplit(page.url).path).lower()
    said = [page.title, re.sub(r"[\W_]+", " ", path)]
    said += [text_of(heading) for heading in page.root.iter("h1", "h2")][:3]
    return any(INVENTORY.search(text) for text in said if car_name(text) is None)
