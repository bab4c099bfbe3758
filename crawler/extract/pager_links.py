"""The links of a page's pager, however they are built: anchors, buttons with an address, the head's
``rel=next``, the address that a "load more" carries, and buttons of a form that asks for a page."""

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import urlencode, urlsplit, urlunsplit

from lxml.html import HtmlElement

from crawler.extract.page import Page
from crawler.extract.part import part_of
from crawler.extract.text import class_words, fold, text_of
from crawler.extract.vehicle_links import same_site
from crawler.extract.wording import Wording

__all__ = ["MAX_PAGES", "PageLink", "page_links"]

NEXT_TEXT = Wording(
    r"^\W*(?:(?:(?:load|show|view|see) )?"
    r"(?:next|older|more(?! (?:info|details?|about|photos)\b))(?: \d{1,3})?(?: [^\W\d]+){0,2}|"
    r"forward|weiter|(?:n[äa]chste|weitere|mehr|[äa]ltere)(?: [^\W\d]+)?|vor|"
    r"(?:[^\W\d]+ )?suivante?s?|(?:plus|davantage) de [^\W\d]+|"
    r"(?:pagina )?successiv[aeio]|altr[ei](?: [^\W\d]+)?|avanti|volgende(?: [^\W\d]+)?|"
    r"(?:p[áa]gina )?siguiente(?: p[áa]gina)?|n[äæa]ste?a?(?: sid[ae]n?)?|neste(?: side)?|"
    r"seuraava|nast[eę]pn[ay]|próxim[ao]|次(?:へ|の.{0,6})|"
    r"chevron_right|arrow_forward|keyboard_arrow_right)\W*$|"
    r"^\W*[›»→⟩>]+\W*$"
)
NEXT_LABEL = re.compile(r"\W*next(?: page)?\W*$|go to next", re.IGNORECASE)
BACK = Wording(r"\W*(?:prev|back|newer)")
LAST_ARROW = re.compile(
    r"^\W*(?:last|»»|>>|»\||letzte|derni[èe]re|ultima|laatste)\W*$", re.IGNORECASE
)
DISABLED = frozenset(["disabled", "inactive", "unavailable", "hidden"])
# Where a script finds the address of the page that "load more" adds.
CARRIED = ("data-next-page", "data-next-url", "data-next-href", "data-next", "data-load-more-url")
MAX_PAGES = 2_000
MAX_FIELDS = 20


class PageLink(NamedTuple):
    """One link of a pager: where it leads, the number it shows, and whether it steps forward."""

    url: str
    number: int | None
    steps: bool


@lru_cache(maxsize=4)
def page_links(page: Page) -> tuple[PageLink, ...]:
    """Every link of a page that shows a page number or steps to the next page, in document order;
    carried addresses and buttons of forms last."""
    return tuple(_found(page))


def _found(page: Page) -> Iterator[PageLink]:
    for element in page.root.iter("link", "a", "button"):
        attributes = part_of(element).attributes
        href = attributes.get("href") or attributes.get("data-href") or attributes.get("data-url")
        if not href or href.startswith(("#", "javascript:")) or _is_disabled(element):
            continue
        url = page.link(href)
        if url is None or not same_site(url, page.url):
            continue
        if element.tag == "link":
            if "next" in _rel(element):
                yield PageLink(url, None, True)
            continue
        number, steps = _number(text_of(element)), _steps(element)
        if number is not None or steps:
            yield PageLink(url, number, steps)
    yield from _carried(page)
    yield from _form_buttons(page)


def _number(text: str) -> int | None:
    """The page number that a link's whole text shows."""
    digits = PAGE_WORD.sub("", text).strip("[]() ")
    if digits.isdecimal() and len(digits) <= 4 and 0 < int(digits) <= MAX_PAGES:
        return int(digits)
    return None


PAGE_WORD = re.compile(
    r"^(?:page|seite|pagina|p[áa]gina|sida|side|strana|strona|sivu) (?=\d)", re.IGNORECASE
)


def _rel(element: HtmlElement) -> list[str]:
    return part_of(element).attributes.get("rel", "").lower().split()


def _steps(element: HtmlElement) -> bool:
    """Whether a link's text, label, class or rel says that it leads to the next page."""
    text = text_of(element)
    attributes = part_of(element).attributes
    names = class_words(attributes.get("class"), attributes.get("id"))
    label = fold(attributes.get("aria-label") or attributes.get("title") or "")
    if not (text or label):
        label = next((fold(image.get("alt") or "") for image in element.iter("img")), "")
    # Shopify's Dawn puts "prev" into the class of the link that is labelled "Next page".
    backwards = not names.isdisjoint({"prev", "previous"}) and not NEXT_LABEL.match(label)
    if backwards or "prev" in _rel(element) or BACK.match(text) or BACK.match(label):
        return False
    parent = element.getparent()
    around = (
        class_words(parent.get("class"))
        if parent is not None and parent.tag in ("li", "span")
        else frozenset()
    )
    return (
        "next" in _rel(element)
        or NEXT_TEXT.match(text)
        or (not text and NEXT_TEXT.match(label))
        or bool(NEXT_LABEL.match(label))
        or (("next" in names or "next" in around) and len(text) <= 20)
        or (not names.isdisjoint({"loadmore"}) or {"load", "more"} <= names)
    ) and not LAST_ARROW.match(text)


def _is_disabled(element: HtmlElement) -> bool:
    for node in (element, element.getparent()):
        if node is None or (node is not element and node.tag not in ("li", "span")):
            continue
        attributes = part_of(node).attributes
        if "disabled" in attributes or attributes.get("aria-disabled") == "true":
            return True
        names = attributes.get("class")
        if names and not DISABLED.isdisjoint(names.lower().replace("page-item", "").split()):
            return True
    return False


def _carried(page: Page) -> Iterator[PageLink]:
    """Addresses of the next page in the attributes that scripts read."""
    if not any(name in page.html for name in CARRIED):
        return
    for element in page.elements:
        for name in CARRIED:
            value = element.get(name) or ""
            if "/" in value or value.startswith("?"):
                url = page.link(value)
                if url is not None and same_site(url, page.url) and not _is_disabled(element):
                    yield PageLink(url, None, True)


def _form_buttons(page: Page) -> Iterator[PageLink]:
    """Buttons of forms that ask for a page by GET: ``<button name="pg" value="2">2</button>``."""
    for form in page.root.iter("form"):
        if (form.get("method") or "get").lower() != "get":
            continue
        fixed = [
            (field.get("name"), field.get("value") or "")
            for field in form.iter("input")
            if field.get("type") == "hidden" and field.get("name")
        ]
        target = page.link(form.get("action") or page.url)
        if target is None or not same_site(target, page.url) or len(fixed) > MAX_FIELDS:
            continue
        for button in form.iter("button", "input"):
            name, value = button.get("name"), button.get("value") or ""
            if button.tag == "input" and button.get("type") != "submit":
                continue
            if not name or not value.isdecimal() or _is_disabled(button):
                continue
            number = _number(text_of(button) or value)
            if number is not None or _steps(button):
                parts = urlsplit(target)
                query = urlencode([*(pair for pair in fixed if pair[0] != name), (name, value)])
                url = urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
                yield PageLink(url, number, number is None)
