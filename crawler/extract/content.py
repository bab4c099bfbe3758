"""Which part of a page is its content: without navigation, footers, rails of other cars, modals.

Rails are known by the names templates give them and by their headings ("You may also like").
"""

import itertools
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extract.page import Page
from crawler.extract.part import part_of
from crawler.extract.price_language import MONEY
from crawler.extract.text import HEADINGS, names_of, text_of
from crawler.extract.titles import YEAR, names_make, names_vehicle
from crawler.extract.vehicle_links import is_sold_path

__all__ = ["is_the_page", "lists_cars", "outside_content"]

CARD_PARTS = frozenset(["article", "li", "td", "figure", "a", "dd"])
CHROME_TAGS = frozenset(["nav", "header", "footer", "aside"])
CHROME_ROLES = frozenset(["navigation", "banner", "contentinfo", "search", "dialog", "alertdialog"])
CHROME_NAMES = re.compile(
    # Weebly's whole content is "wsite-not-footer".
    r"(?:^|[\s_-])(?<!not[_-])(?:site|page|main|global|top|mobile|mega)?[_-]?"
    r"(?:nav(?:bar|igation)?|menu|"
    r"footer|masthead|breadcrumbs?|site[_-]?header|"
    r"cookie|consent|offcanvas|off-canvas|drawer|topbar)(?:$|[\s_-])",
    re.IGNORECASE,
)
# Parts of a card, also where a page shows one card alone.
CARD_PART = re.compile(
    r"(?:card|item|tile|product|listing|vehicle|car|entry|post|article|panel|result)[_-]+"
    r"(?:footer|header|nav|menu)",
    re.IGNORECASE,
)
RAIL_NAMES = re.compile(
    r"related|similar|recommend|also[-_]?like|you[-_]?may|you[-_]?might|"
    r"recent(?:ly)?[-_]?(?:viewed|sold|added[-_]?posts|posts|news|blog)|"
    r"last[-_]?viewed|viewed|history[-_]?rail|suggest|cross[-_]?sell|up[-_]?sell|"
    r"other[-_]?(?:vehicles|cars|listings)|"
    r"more[-_]?(?:vehicles|cars)[-_]?like|testimonial|(?:^|[\s_-])(?:blog|news|press|posts|"
    r"staff|team|reviews|brands|services|modal|popup|lightbox|"
    r"popover|tooltip|dialog|compare[-_]?(?:bar|tray|drawer)|just[-_]?sold|sold[-_]?(?:rail|"
    r"carousel|strip|gallery|showcase)|latest[-_]?(?:news|posts|sold))(?:$|[\s_-])",
    re.IGNORECASE,
)
NOT_RAIL_NAMES = re.compile(
    r"news?[-_]?(?:arrival|vehicles|inventory|cars)|"
    r"new[-_]",
    re.IGNORECASE,
)
RAIL_HEADING = re.compile(
    r"^\W*(?:related|similar|recommended|recently viewed|recently sold|just sold|"
    r"sold (?:vehicles|cars|gallery|archive)|"
    r"past sales|previously sold|you (?:may|might) (?:also )?(?:like|love|be interested)|"
    r"more (?:vehicles |cars |classics )?like this|"
    r"customers also|other (?:vehicles|cars|listings|classics)|from (?:the|our) (?:blog|journal|"
    r"magazine)|latest (?:news|posts|articles|blog|sales)|"
    r"news|blog|our (?:team|staff|services|brands)|meet (?:the|our)|shop by|browse by|search by|"
    r"popular (?:makes|brands|searches)|testimonials|"
    r"what our (?:customers|clients)|recent (?:posts|news|articles|sales)|your (?:recent|saved)|"
    r"continue (?:browsing|shopping)|"
    r"[äa]hnliche|das k[öo]nnte|zuletzt angesehen|v[ée]hicules similaires|vous aimerez|"
    r"veicoli simili|potrebbe|vergelijkbare|"
    r"vehicles you (?:viewed|recently)|last viewed|featured (?:articles|posts|stories)|"
    r"upcoming events|events\b)",
    re.IGNORECASE,
)
SOLD_HEADING = re.compile(r"sold|past sales|latest sales|recent sales", re.IGNORECASE)
# An h1 names the page, and the page is no rail of itself.
RAIL_HEADINGS = HEADINGS - {"h1"}
MAX_NAMES = 300


@lru_cache(maxsize=4)
def outside_content(page: Page) -> Mapping[HtmlElement, str]:
    """Return the top elements of every part that is no content, with the reason: hidden, chrome or
    rail. Descendants are included, so membership alone decides."""
    outside: dict[HtmlElement, str] = {}
    repeated = _repeated_names(page)
    rails = _headed_rails(page)
    archive = is_sold_path(page.url)
    for element in page.elements:
        if element not in outside and (reason := _reason(element, repeated, rails, archive)):
            for inner in element.iter("*"):
                outside[inner] = reason
    return outside


def is_the_page(page: Page, element: HtmlElement) -> bool:
    """Whether a block holds most of what a page says: a layout's cell, no card among others."""
    return len(text_of(element)) > MOST * len(page.text)


MOST = 0.5


def _reason(
    element: HtmlElement, repeated: frozenset[str], rails: frozenset[HtmlElement], archive: bool
) -> str | None:
    tag = element.tag
    if tag in ("html", "body", "main", "head"):
        return None
    part = part_of(element)
    if part.hidden and tag != "noscript":
        return "hidden"
    if rails and element in rails:
        return "rail"
    attributes = part.attributes
    if not attributes and tag not in CHROME_TAGS:
        return None
    if tag == "nav" or attributes.get("role") in CHROME_ROLES:
        return "chrome"
    classes = attributes.get("class", "")
    identifier = attributes.get("id", "")
    if not (classes or identifier or tag in CHROME_TAGS):
        return None
    names = f"{classes} {identifier}"[:MAX_NAMES]
    name = f"{tag} {classes}"
    if tag in CHROME_TAGS and name not in repeated and not _inside_card(element):
        return "rail" if tag == "aside" else "chrome"
    if names.strip():
        rail, chrome = _named(names, archive)
        # Drupal's "dialog-off-canvas-main-canvas" holds the page.
        if (rail or chrome) and next(element.iter("main"), None) is not None:
            return None
        if rail and name not in repeated and not (rail in POSTS and _is_of_cars(element)):
            return "rail"
        if chrome and name not in repeated and tag not in ("a", "li", "span"):
            return None if _wraps_the_page(element) else "chrome"
    return None


@lru_cache(maxsize=4_096)
def _named(names: str, archive: bool) -> tuple[str, bool]:
    """The word by which class and id names are a rail's, and whether they are those of chrome; they
    repeat on every page."""
    rail = RAIL_NAMES.search(names)
    # On the archive itself, what is named for sold cars is the grid.
    if rail and archive and "sold" in rail[0].lower():
        rail = None
    return (
        rail[0].strip(" _-").lower() if rail and not NOT_RAIL_NAMES.search(names) else "",
        bool(CHROME_NAMES.search(CARD_PART.sub(" ", names))),
    )


def _wraps_the_page(element: HtmlElement) -> bool:
    """Whether a block holds all that a page is about, beside the drawer or menu it is named for:
    Foundation's "off-canvas-wrapper"."""
    body = next(element.iterancestors("body"), None)
    headed = next(element.iter("h1"), None) is not None
    share = MOST if headed else NEARLY_ALL
    return body is not None and len(text_of(element)) > share * len(text_of(body))


NEARLY_ALL = 0.8


POSTS = frozenset(["posts", "blog", "news"])


def _is_of_cars(element: HtmlElement) -> bool:
    """Whether a block named for posts lists cars, or is a part of one that does."""
    if lists_cars(element):
        return True
    for above in itertools.islice(element.iterancestors(), MAX_UP):
        names = names_of(above)[:MAX_NAMES]
        if _named(names, False)[0] in POSTS and above.tag not in ("a", "body"):
            return lists_cars(above)
    return False


MAX_UP = 3


def lists_cars(element: HtmlElement) -> bool:
    """Whether most headings of a block are names of cars: page builders call any list "posts", and
    small dealers keep their cars as posts."""
    headings = [text_of(heading) for heading in element.iter(*HEADINGS)]
    cars = sum(
        (bool(YEAR.match(text)) and names_vehicle(text)) or names_make(text) for text in headings
    )
    # A grid's last page may show one car. Blogger puts each post's date into a heading of its own.
    alone = element.tag in CARD_PARTS or (cars == 1 and bool(MONEY.search(text_of(element))))
    return cars >= (1 if alone else 2) and 2 * cars >= len(headings)


def _inside_card(element: HtmlElement) -> bool:
    return any(ancestor.tag in CARD_PARTS for ancestor in element.iterancestors())


def _repeated_names(page: Page) -> frozenset[str]:
    """Tag and class of what occurs three times or more: parts of cards, not of the page."""
    counts: dict[tuple[str, str | None], int] = {}
    for part, count in Counter(map(part_of, page.elements)).items():
        tag, names = part.tag, part.attributes.get("class")
        if names is not None or tag in CHROME_TAGS:
            counts[tag, names] = counts.get((tag, names), 0) + count
    return frozenset(
        f"{tag} {names or ''}"
        for (tag, names), count in counts.items()
        if count >= 3 and not tag.startswith("nav")
    )


def _headed_rails(page: Page) -> frozenset[HtmlElement]:
    """The elements that a rail's heading speaks for: its block where the heading leads it, else
    what follows it up to the next heading."""
    rails: set[HtmlElement] = set()
    archive = is_sold_path(page.url)
    for heading in page.root.iter(*RAIL_HEADINGS):
        found = RAIL_HEADING.match(text_of(heading)[:80])
        if found is None or (archive and SOLD_HEADING.search(found[0])):
            continue
        top = heading
        while (parent := top.getparent()) is not None and _leads(top, parent):
            top = parent
        if top is not heading:
            rails.add(top)
        rails.update(_until_next_heading(heading if top is heading else top, top is heading))
    return frozenset(rails)


def _leads(element: HtmlElement, parent: HtmlElement) -> bool:
    """Whether the element opens a block of its own in which no other heading of its rank leads."""
    if parent.tag in ("body", "main", "html", "article", "li") or parent.get("role") == "main":
        return False
    first = next((child for child in parent if isinstance(child.tag, str)), None)
    return first is element


def _until_next_heading(heading: HtmlElement, alone: bool) -> Iterable[HtmlElement]:
    if not alone:
        return
    for sibling in heading.itersiblings():
        if isinstance(sibling.tag, str):
            if sibling.tag in RAIL_HEADINGS and sibling.tag <= heading.tag:
                return
            yield sibling
