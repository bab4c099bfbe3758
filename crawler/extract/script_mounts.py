"""Whether a page that shows no vehicle is waiting for a script to draw them.

An empty grid and an unread one look alike to a reader without a browser and mean the opposite.
Only plain signs count: an empty place where a script mounts the inventory, a template whose holes
are still open, a loading text, a page that is nothing but its mount point. A page that says in
words that it has no vehicles is believed.
"""

import re
from collections.abc import Sequence

from lxml.html import HtmlElement

from crawler.extract.css import select
from crawler.extract.page import Page
from crawler.extract.text import text_of

__all__ = ["gallery_needs_script", "needs_script", "vehicle_needs_script"]

ROOTS = frozenset(
    ["root", "app", "__next", "__nuxt", "___gatsby", "__layout", "q-app", "svelte", "react-root"]
)
INVENTORY = re.compile(
    r"inventor|vehicle|listing|\bsrp|srp\b|(?:^|[-_ ])(?:cars?|stock|hits)(?:$|[-_ ])", re.I
)
MOUNT = re.compile(
    r"(?:^|[-_ ])(?:app|root|mount|container|list|listings?|grid|widget|results?|wrapper|content|"
    r"component|hits|bus\d*|data|feed|embed|search|vue|react)(?:$|[-_ \d])",
    re.I,
)
OTHER = re.compile(
    r"modal|popup|filter|facet|compare|recent|similar|related|favou?rite|saved|breadcrumb|toast|"
    r"count|sort|pagination|pager|banner|slider|carousel|map|menu|nav|header|footer|alert|message",
    re.I,
)
TEMPLATE = re.compile(
    r"\{\{[^{}]{0,80}(?:vehicle|car|item|listing|hit|price|title)[^{}]{0,80}\}\}", re.I
)
LOADING = re.compile(
    r"^\W*(?:(?:please wait|one moment)\W*)?(?:loading|fetching|searching)\b"
    r"(?:\W+(?:the|our|more|all|please|wait|inventory|vehicles?|cars?|results?|listings?))*\W*$",
    re.I,
)
ENABLE = re.compile(
    r"(?:enable|activate|turn on|requires?|need)\b.{0,40}\bjava\s?script"
    r"|java\s?script\b.{0,30}\b(?:required|disabled|enabled)|javascript (?:aktivieren|einschalten)",
    re.I | re.S,
)
NONE = re.compile(
    r"\b(?:no|0|zero)\s+(?:matching |current |available )?(?:vehicles?|cars?|listings?|inventory|"
    r"results?|matches)\b(?!\s*\{)",
    re.I,
)
ENDPOINTS = ("data-endpoint", "data-api", "data-api-url", "data-source", "data-feed")
HOLDERS = frozenset(["div", "section", "main", "ul", "p", "span"])
FOR_A_PART = re.compile(
    r"\b(?:forms?|contact|comments?|e-?mail|maps?|chat|video|captcha|spam|slideshow)\b", re.I
)
BARE_TEXT = 400
"""Visible characters below which a page with an empty root is nothing but that root."""


def needs_script(page: Page, mounts: Sequence[str] = ()) -> bool:
    """Tell whether a page without any vehicle waits for a script. Never raises.

    ``mounts`` are CSS selectors of the places where the page's platform draws its grid.
    """
    if mounts and select(", ".join(mounts), page.root):
        return True
    if NONE.search(page.text) or not any(True for _ in page.root.iter("script")):
        return False
    for element in page.elements:
        may_hold = element.tag in HOLDERS or "-" in element.tag
        if may_hold and (_is_mount(element) or _is_loading(element)):
            return True
    text = page.text
    if TEMPLATE.search(text):
        return True
    if len(text) > BARE_TEXT:
        return False
    return _empty_root(page) or _asks_for_script(page)


def vehicle_needs_script(page: Page) -> bool:
    """Tell whether a page that should be one vehicle's, and shows none, waits for a script. Never
    raises.

    More may be the place of a vehicle than of a grid: any empty block that is named as the content.
    """
    if not any(True for _ in page.root.iter("script")) or NOT_THERE.search(page.text):
        return False
    return needs_script(page) or any(
        element.tag in HOLDERS and _is_empty(element) and _holds_vehicle(element)
        for element in page.elements
    )


def gallery_needs_script(page: Page) -> bool:
    """Tell whether an empty place on a vehicle's page waits for the photos. Never raises."""
    return any(True for _ in page.root.iter("script")) and any(
        element.tag in HOLDERS and GALLERY_MOUNT.search(_names(element)) and _is_empty(element)
        for element in page.elements
    )


GALLERY_MOUNT = re.compile(
    r"(?:^|[-_ ])(?:gallery|photos?|images?|pictures?|slides?|slider|carousel|swiper|media)"
    r"(?:$|[-_ ])",
    re.I,
)


def _holds_vehicle(element: HtmlElement) -> bool:
    names = _names(element)
    return bool(VEHICLE_MOUNT.search(names)) and not OTHER.search(names)


VEHICLE_MOUNT = re.compile(
    r"vehicle|(?:^|[-_ ])(?:car|vdp|details?|listing|product|item|app|root|main|content|page|view|"
    r"container|mount)(?:$|[-_ \d])",
    re.I,
)
NOT_THERE = re.compile(
    r"\bno longer (?:available|listed|for sale)|\b(?:vehicle|car|page|listing) (?:was )?not found",
    re.I,
)


def _is_mount(element: HtmlElement) -> bool:
    """Whether an element is an empty place that names the inventory: ``<div class="inventory-app"
    data-dealer="7">``, ``<div id="hits">``, ``<vehicle-grid>``."""
    if not _is_empty(element):
        return False
    names = _names(element, "data-widget-name", "data-component", *ENDPOINTS)
    custom = "-" in element.tag
    if custom:
        names += f" {element.tag}"
    if OTHER.search(names) or not INVENTORY.search(names):
        return False
    return custom or bool(MOUNT.search(names)) or any(n.startswith("data-") for n in element.attrib)


def _names(element: HtmlElement, *others: str) -> str:
    """What an element's id, its class and the other attributes say."""
    return " ".join(element.get(name) or "" for name in ("id", "class", *others))


def _is_loading(element: HtmlElement) -> bool:
    text = (element.text or "").strip()
    return 7 <= len(text) <= 60 and not len(element) and bool(LOADING.match(text))


def _is_empty(element: HtmlElement) -> bool:
    """Whether nothing a person could see stands in an element; skeletons and spinners are
    nothing."""
    if (element.text or "").strip():
        return False
    inner = 0
    for child in element.iterdescendants():
        if not isinstance(child.tag, str) or child.tag in ("script", "style", "template"):
            continue
        inner += 1
        if inner > 40 or child.tag in ("a", "img", "input", "iframe", "video"):
            return False
    return not text_of(element) if len(element) else True


def _empty_root(page: Page) -> bool:
    return any(
        _is_empty(element)
        for element in page.elements
        if element.get("id") in ROOTS or element.tag in ("app-root", "app-shell")
    )


def _asks_for_script(page: Page) -> bool:
    texts = (" ".join(element.itertext()) for element in page.root.iter("noscript"))
    return any(ENABLE.search(text) and not FOR_A_PART.search(text) for text in texts)
