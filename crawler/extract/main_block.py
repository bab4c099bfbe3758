"""Which parts of a vehicle's page speak of the vehicle: its heading, its texts, its photos.

Cut away are navigation, footers, rails and tiles of other cars, forms, calculators and modals. A
photo may be hidden (a slide waits for its script) where a text may not, except in tabs.
"""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from contract.urls import url_identity
from crawler.extract.content import is_the_page, lists_cars, outside_content
from crawler.extract.css import select
from crawler.extract.detail_rules import NO_RULES, DetailRules
from crawler.extract.other_cars import OTHER_CARS, OTHER_CARS_HEADING
from crawler.extract.page import Page
from crawler.extract.part import part_of
from crawler.extract.spec_lines import BARE
from crawler.extract.spec_names import label_field
from crawler.extract.tabs import tab_panes
from crawler.extract.text import HEADINGS, class_words, fold, is_hidden, text_of
from crawler.extract.tiles import find_tiles
from crawler.extract.titles import ARTICLE, names_vehicle
from crawler.extract.unfolding import is_unfolded
from crawler.extract.vehicle_links import same_site, vehicle_url_score
from crawler.extract.words import words

__all__ = ["MainBlock", "leads_elsewhere", "main_block", "name_words", "own_scripts"]

TITLE_NAMES = frozenset(["title", "heading", "headline", "name", "ymm"])
UNREAD = frozenset(["script", "style", "template", "head", "svg", "option", "iframe", "select"])
# Parts that hold no fact about the car: what it would cost a month, who answers, what to trade in.
FORM_NAMES = re.compile(
    r"calculat|financ(?:e|ing)[-_]?(?:form|box|widget|calc|app|options?|banner|cta)?\b|loan|"
    r"trade[-_]?in|trade[-_]?value|apprais|lead[-_]?form|contact[-_]?(?:form|us|seller|dealer)|"
    r"inquir|enquir|make[-_]?(?:an[-_]?)?offer|email[-_]?(?:friend|us)|newsletter|subscribe|"
    r"share[-_]?(?:bar|links|buttons)|social|disclaimer|breadcrumb|"
    r"(?:^|[\s_-])payments?(?:$|[\s_-])|shipping[-_]?(?:quote|calc)|reviews?[-_]?(?:widget|list)",
    re.IGNORECASE,
)
TAB_NAMES = re.compile(
    r"tab|pane|panel|accordion|collaps|toggle|content|descr|detail|spec|feature|option|more|"
    r"expand|read|full|highlight",
    re.IGNORECASE,
)
OVERLAY_NAMES = re.compile(r"modal|popup|pop-up|dialog|overlay|drawer|offcanvas|toast", re.I)
MAX_NAMES = 300
MAX_STEPS = 15


@dataclass(frozen=True)
class MainBlock:
    """``texts`` are the visible elements in document order, ``photos`` all that may hold a photo;
    ``heading`` names the vehicle, where one does. ``others`` counts the tiles of other cars and
    ``cut`` holds every element that was left out."""

    heading: HtmlElement | None
    texts: tuple[HtmlElement, ...]
    photos: tuple[HtmlElement, ...]
    others: int
    cut: Mapping[HtmlElement, str]

    @property
    def heading_text(self) -> str:
        return text_of(self.heading) if self.heading is not None else ""


@lru_cache(maxsize=4)
def main_block(page: Page, rules: DetailRules = NO_RULES) -> MainBlock:
    """Return the parts of a vehicle's page that speak of the vehicle."""
    blocks = {found for selector in rules.block for found in select(selector, page.root)}
    dropped = {found for selector in rules.cuts for found in select(selector, page.root)}
    if not blocks and not dropped and rules != NO_RULES:
        return main_block(page, NO_RULES)  # Readers ask for both.
    bounds = _bounds(page)
    heading, kept, foreign = bounds.heading, bounds.kept, bounds.foreign
    dropped -= kept
    headed, repeated = bounds.headed, bounds.repeated
    outside, panes = outside_content(page), tab_panes(page)
    cut: dict[HtmlElement, str] = {}
    inside: set[HtmlElement] = set()
    texts: list[HtmlElement] = []
    photos: list[HtmlElement] = []
    for element in page.elements:
        parent = element.getparent()
        if parent is not None and (reason := cut.get(parent)) in ("cut", "unread"):
            cut[element] = reason
            continue
        if element in blocks or (parent is not None and parent in inside):
            inside.add(element)
        if element in dropped or element in foreign or element in headed:
            cut[element] = "cut"
        elif element.tag in UNREAD:
            cut[element] = "unread"
        elif (
            element not in kept
            and (reason := _reason(element, outside, repeated))
            and not (reason == "hidden" and element in panes)
        ):
            cut[element] = reason
        elif parent is not None and parent in cut:
            cut[element] = cut[parent]
        state = cut.get(element)
        if state == "cut" or element.tag in ("html", "body"):
            continue
        if state != "unread":
            photos.append(element)
        if state is None and (not blocks or element in inside):
            texts.append(element)
    return MainBlock(heading, tuple(texts), tuple(photos), bounds.others, cut)


def own_scripts(page: Page) -> Iterator[HtmlElement]:
    """Yield the scripts that stand in no rail and in no tile of another car; a script itself is
    never read as text."""
    cut = main_block(page, NO_RULES).cut
    for script in page.root.iter("script"):
        holder = script.getparent()
        if holder is None or cut.get(holder) != "cut":
            yield script


@dataclass(frozen=True)
class _Bounds:
    """What of a page's division does not hang on a platform's rules: the heading with what holds
    it, the elements of other cars' tiles and how many tiles there are, what stands under other
    headings, and which names repeat."""

    heading: HtmlElement | None
    kept: frozenset[HtmlElement]
    foreign: Collection[HtmlElement]
    others: int
    headed: Collection[HtmlElement]
    repeated: Collection[str]


@lru_cache(maxsize=2)
def _bounds(page: Page) -> _Bounds:
    foreign, others = _foreign_tiles(page)
    heading = _heading(page, foreign)
    kept = frozenset(() if heading is None else (heading, *heading.iterancestors()))
    headed = _headed_by_others(page, kept)
    return _Bounds(heading, kept, foreign, others, headed, _repeated(page))


def _reason(
    element: HtmlElement, outside: Mapping[HtmlElement, str], repeated: Collection[str]
) -> str | None:
    """Why an element is left out: "cut" whole, "hidden" from readers of text alone."""
    tag = element.tag
    attributes = part_of(element).attributes
    names = f"{attributes.get('class', '')} {attributes.get('id', '')}"[:MAX_NAMES].strip()
    if tag in ("nav", "footer") or attributes.get("role") in ("navigation", "contentinfo"):
        return "cut"
    if tag == "form" and _is_asking(element):
        return "hidden"
    if names and tag not in ("a", "img", "span", "h1", "picture"):
        others, asks = _named(names)
        if others and f"{tag} {names}" not in repeated:
            return "cut"
        if asks:
            return "hidden"
    if tag != "noscript" and is_hidden(element):
        read = (names and _is_tab(attributes, names)) or is_unfolded(element)
        return None if read else "hidden"
    if attributes.get("role") in ("dialog", "alertdialog") or (
        names and OVERLAY_NAMES.search(names) and tag in ("div", "section", "aside")
    ):
        return "hidden"
    reason = outside.get(element)
    parent = element.getparent()
    if reason is None or (parent is not None and parent in outside):
        return None
    if reason == "chrome":
        return "cut"
    # A sidebar beside the gallery holds the price and the facts, and other rails only by name.
    if tag == "aside":
        return "cut" if lists_cars(element) else None
    # A blog's template calls the text of its article "blog-post__body".
    text = parent is not None and parent.tag == "article" and _is_text(element)
    return None if tag in ("a", "span", "img") or reason == "hidden" or text else "cut"


def _is_text(element: HtmlElement) -> bool:
    paragraphs = any(len(text_of(inner)) > LONG for inner in element.iter("p"))
    return paragraphs and next(element.iter(*HEADINGS), None) is None


LONG = 60


@lru_cache(maxsize=4_096)
def _named(names: str) -> tuple[bool, bool]:
    """Whether class and id names are those of other cars, and of a form."""
    return bool(OTHER_CARS.search(names)), bool(FORM_NAMES.search(names))


def _is_tab(attributes: Mapping[str, str], names: str) -> bool:
    if OVERLAY_NAMES.search(names):
        return False
    return attributes.get("role") == "tabpanel" or bool(TAB_NAMES.search(names))


def _is_asking(form: HtmlElement) -> bool:
    """Whether a form asks the visitor; one around the whole page is the template's."""
    fields = 0
    size = 0
    for element in form.iter("input", "textarea", "select", "img", "h1"):
        if element.tag in ("img", "h1"):
            size += 1
        elif element.get("type") not in ("hidden", "submit", "button", "image"):
            fields += 1
    return fields >= 1 and size <= 1


def _repeated(page: Page) -> frozenset[str]:
    """Tag and class of what occurs three times or more: parts of something, not of the page."""
    counts: dict[str, int] = {}
    for element in page.elements:
        attributes = part_of(element).attributes
        if "class" in attributes:
            name = f"{element.tag} {attributes['class']} {attributes.get('id', '')}".strip()
            counts[name] = counts.get(name, 0) + 1
    return frozenset(name for name, count in counts.items() if count >= 3)


def _foreign_tiles(page: Page) -> tuple[Mapping[HtmlElement, None], int]:
    """Every element of the tiles of other cars, and how many tiles there are."""
    here = url_identity(page.url)
    foreign: dict[HtmlElement, None] = {}
    number = 0
    for tile in find_tiles(page):
        if _is_same_page(tile.url, here) or next(tile.element.iter("h1"), None) is not None:
            continue
        if vehicle_url_score(tile.url) < 1.5 and not names_vehicle(text_of(tile.element)[:220]):
            continue
        if is_the_page(page, tile.element):
            continue
        number += 1
        foreign.update(dict.fromkeys(tile.element.iter("*")))
    return foreign, number


def _is_same_page(url: str, here: str) -> bool:
    """Whether a link leads to this page or to a page below it (its print view, its photos)."""
    identity = url_identity(url)
    path, _, query = here.partition("?")
    folder = PAGE_TYPE.sub("", path)
    if identity == here or (folder.count("/") > 1 and identity.startswith(f"{folder}/")):
        return True
    theirs, _, further = identity.partition("?")
    # "?photo=2" turns this page's gallery; another value of its own parameter is another page.
    return theirs == path and set(query.split("&")) - {""} <= set(further.split("&"))


PAGE_TYPE = re.compile(r"\.(?:html?|php|aspx?|jsp)$")


def leads_elsewhere(page: Page, url: str) -> bool:
    """Tell whether a link from a vehicle's page leaves the vehicle."""
    return not (same_site(url, page.url) and _is_same_page(url, url_identity(page.url)))


def name_words(text: str) -> frozenset[str]:
    """The words of a vehicle's name or of a URL's slug, lower-case, those of one letter left out
    unless they are digits."""
    found = WORD.findall(text.lower())
    return frozenset(word for word in found if len(word) > 1 or word.isdigit()) - FILLER


WORD = re.compile(r"[^\W_]+")
FILLER = words("slug_filler")


def _heading(page: Page, foreign: Collection[HtmlElement]) -> HtmlElement | None:
    """The element that names the vehicle: a heading that agrees with the page's title and URL."""
    slug = name_words(unquote(urlsplit(page.url).path))
    title = name_words(page.title)
    best: tuple[float, HtmlElement] | None = None
    for element in page.elements:
        tag = element.tag
        headed = tag in HEADINGS
        if not headed and (
            tag not in ("div", "p", "span", "strong", "b", "font", "td")
            or (
                TITLE_NAMES.isdisjoint(class_words(element.get("class"), element.get("id")))
                and tag not in ("b", "strong", "font")
            )
        ):
            continue
        if element in foreign:
            continue
        text = text_of(element)
        if not 3 <= len(text) <= 220 or ARTICLE.search(text):
            continue
        named = name_words(text)
        score = 3.0 if names_vehicle(text) else 0.0
        score += {"h1": 2.5, "h2": 1.0, "h3": 0.6}.get(str(tag), 0.2 if headed else 0.0)
        score += 2.0 * len(named & slug) / max(1, len(named)) if len(named & slug) > 1 else 0.0
        score += 2.0 * len(named & title) / max(1, len(named)) if len(named & title) > 1 else 0.0
        if score >= 3.0 and (best is None or score > best[0] + 0.01):
            best = (score, element)
    if best is None:
        return next((h for h in page.root.iter("h1") if h not in foreign and text_of(h)), None)
    return best[1]


def _headed_by_others(page: Page, kept: Collection[HtmlElement]) -> set[HtmlElement]:
    """What stands under a heading that announces other cars: the block it leads, or its followers
    up to the next heading of its rank."""
    found: set[HtmlElement] = set()
    for heading in page.root.iter(*(HEADINGS - {"h1"}), "strong", "b", "p", "div"):
        if heading in kept or heading in found or len(heading) > 2:
            continue
        headed = heading.tag in HEADINGS
        text = text_of(heading)
        if not 5 <= len(text) <= 80 or not OTHER_CARS_HEADING.match(text):
            continue
        if not headed and (_is_label(heading, text) or not _leads_to_pages(page, heading)):
            continue
        if not headed or _leads_to_pages(page, heading):
            found.update(_announced(heading, kept))
    return found


def _is_label(element: HtmlElement, text: str) -> bool:
    """Whether a text that may announce the stock is a fact's label: its number stands behind it or
    beside it."""
    if BARE.match(text):
        return True
    if label_field(text) is None:
        return False
    following = element.getnext()
    value = fold(element.tail or "") or (text_of(following) if following is not None else "")
    plain = following is None or next(following.iter("a", "img"), None) is None
    return plain and len(value) <= MAX_NUMBER and any(ch.isdigit() for ch in value)


MAX_NUMBER = 30


def _announced(heading: HtmlElement, kept: Collection[HtmlElement]) -> Sequence[HtmlElement]:
    top = heading
    while (
        (parent := top.getparent()) is not None
        and parent not in kept
        and parent.tag not in ("body", "main", "html")
        and next((child for child in parent if isinstance(child.tag, str)), None) is top
    ):
        top = parent
    followers: list[HtmlElement] = [top]
    if top is heading or len(top) <= 1:
        for sibling in top.itersiblings():
            if not isinstance(sibling.tag, str):
                continue
            if sibling in kept or (
                top.tag in HEADINGS and sibling.tag in HEADINGS and sibling.tag <= top.tag
            ):
                break
            followers.append(sibling)
    return followers


def _leads_to_pages(page: Page, heading: HtmlElement) -> bool:
    """Whether links to other vehicles' pages follow a heading soon."""
    node: HtmlElement | None = heading
    for _ in range(3):
        if node is None:
            return False
        for index, sibling in enumerate(node.itersiblings()):
            if index >= MAX_STEPS:
                break
            if not isinstance(sibling.tag, str):
                continue
            if sibling.tag in HEADINGS and node is heading and index:
                break
            for number, anchor in enumerate(sibling.iter("a")):
                url = page.link(anchor.get("href"))
                if url and leads_elsewhere(page, url) and vehicle_url_score(url) >= 1.0:
                    return True
                if number >= 8:
                    break
        node = node.getparent()
        if node is not None and node.tag in ("body", "main", "html"):
            return False
    return False
