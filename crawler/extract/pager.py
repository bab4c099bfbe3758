"""The page after this one: of the same grid, with the same filters and order, or none.

Pagers lie: a sold archive's "next" may point into the current stock, a sort link may carry a page
number, a disabled arrow may keep its link. So every link is read as (grid, page number) and only
links of this page's own grid count.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from lxml.html import HtmlElement

from contract.urls import route_of, url_identity
from crawler.extract.page import Page
from crawler.extract.pager_buttons import pages_of_buttons
from crawler.extract.pager_links import MAX_PAGES, page_links
from crawler.extract.text import text_of
from crawler.extract.words import words

__all__ = ["Pager", "read_pager", "same_listing"]

PAGE_PARAMETERS = words("page_parameter")
OFFSET_PARAMETERS = (
    "start",
    "offset",
    "skip",
    "from",
    "startrow",
    "first",
    "_start",
    "start_index",
)
# "/p2" and "/p/2" page; "/P5820" is a car by its stock number.
PAGE_PATH = re.compile(
    r"/(?:(?:page|seite|pagina|sida|strana)[/_-]?|p[/-]|(?-i:p)(?=\d{1,2}(?:/|$|\.)))"
    r"(\d{1,4})(?=/|$|\.)",
    re.IGNORECASE,
)
# "/inventory/2/": a bare number pages only where links show the number that they add.
BARE_PATH = re.compile(r"/(\d{1,3})(?=/?$)")
BARE = "/"
# "/stock/index2.html", "/cars-3.htm".
FILE_PATH = re.compile(r"[-_]?(\d{1,3})(?=\.(?:html?|php|aspx?|cfm|jsp)$)")
FILE = "."
OWN_PATHS = {BARE: BARE_PATH, FILE: FILE_PATH}
"""Paths that page only where a page's own links show so."""
CURRENT = frozenset(["active", "current", "selected", "on"])
PAGE_OF = re.compile(
    r"\b(?:page|seite|pagina|p[áa]gina|sida|side)\s*:?\s*(\d{1,4})\s*(?:of|/|von|sur|di|van|"
    r"de|av|af)\s*(\d{1,4})\b",
    re.IGNORECASE,
)
# A visit's own number is no filter: it is another one in every link.
SESSION_PARAMETER = re.compile(
    r"s|sid|sess(?:ion)?_?(?:id)?|phpsessid|jsessionid|aspsessionid\w*|cfid|cftoken|oscsid|zenid"
)
SESSION_ID = re.compile(r"(?=[A-Za-z_-]*\d)[\w-]{8,64}")
SESSION_PATH = re.compile(r";jsessionid=[^/?;]*", re.IGNORECASE)
PAGER_NAMES = re.compile(
    r"pag(?:er|ing|inat|e-?numbers|e-?nav)|nav-links|wp-pagenavi|page-?links|load-?more",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Pager:
    """The URL of the next page, and the highest page number the pager shows."""

    next_url: str | None = None
    last_page: int | None = None


@dataclass(frozen=True)
class Place:
    """A URL as a place in a grid: the grid's own URL, the name and style of its page mark, the
    mark's value. ``mark`` None is the grid's first page, unmarked."""

    grid: str
    style: str
    mark: int | None
    site: str
    extra: frozenset[tuple[str, str]]


def read_pager(page: Page) -> Pager:
    """Read a page's pager."""
    marks = PAGE_PARAMETERS | _own_parameters(page)
    here = _place(page.url, marks)
    links = list(_links(page, marks))
    numbered = {
        number: url for url, number in links if number is not None and _same_grid(here, url, marks)
    }
    current = _current(page, here, links, marks)
    last = max([*numbered, current, *_spoken_last(page)])
    if not numbered:
        last = max(last, pages_of_buttons(page) or 1)
    steps = [url for url, number in links if number is None]
    next_url = _next(here, current, numbered, steps, marks)
    if next_url is not None and url_identity(next_url) == url_identity(page.url):
        next_url = None
    return Pager(next_url, last if last > 1 or numbered else None)


def _own_parameters(page: Page) -> frozenset[str]:
    """The query parameters that carry the page number on this site, whatever their name: links to
    this very page that show the number they carry, or step to the next one.

    ``<a href="?pag=2">2</a>`` pages; a link "1967" with ``?year=1967`` filters.
    """
    here = urlsplit(page.url)
    carried = {name.lower(): int(v) for name, v in parse_qsl(here.query) if v.isdecimal()}
    agree: dict[str, set[int]] = {}
    differ: set[str] = set()
    for link in page_links(page):
        text = str(link.number or "")
        steps = link.number is None
        if len(text) > 3:
            continue
        parts = urlsplit(link.url)
        if parts.netloc == here.netloc:
            for style, place in OWN_PATHS.items():
                shown = text or _following(here.path, place)
                if _numbers_path(here.path, parts.path, shown, place):
                    agree.setdefault(style, set()).add(int(shown))
        if (parts.netloc, parts.path) != (here.netloc, here.path):
            continue
        for name, value in parse_qsl(parts.query):
            if steps and value.isdecimal() and int(value) == carried.get(name.lower(), 1) + 1:
                agree.setdefault(name.lower(), set()).add(2)
            elif value == text:
                agree.setdefault(name.lower(), set()).add(int(text))
            elif value.isdecimal() and not steps:
                differ.add(name.lower())
    return frozenset(
        name
        for name, numbers in agree.items()
        if name not in differ
        and (min(numbers) <= 2 or name in carried or _is_marked(here.path, name))
    )


def _numbers_path(here: str, there: str, text: str, place: re.Pattern[str]) -> bool:
    """Whether a link shows the number that its path adds to this page's, or has in its place."""
    if place is FILE_PATH:
        found = FILE_PATH.search(there)
        return (
            found is not None
            and found[1] == text
            and FILE_PATH.sub("", there) == FILE_PATH.sub("", here)
        )
    base = BARE_PATH.sub("", here).rstrip("/")
    return there.rstrip("/") in (f"{base}/{text}", f"{here.rstrip('/')}/{text}")


def _is_marked(here: str, style: str) -> bool:
    """Whether this page's own path carries a number of that style."""
    place = OWN_PATHS.get(style)
    return place is not None and place.search(here) is not None


def _following(here: str, place: re.Pattern[str]) -> str:
    """The number that a step forward from this page would put into its path."""
    found = place.search(here)
    return str(int(found[1]) + 1 if found else 2)


def _next(
    here: Place,
    current: int,
    numbered: Mapping[int, str],
    steps: Iterable[str],
    marks: frozenset[str],
) -> str | None:
    last = max(numbered, default=0)
    if current + 1 in numbered:
        return numbered[current + 1]
    for url in steps:
        if _same_grid(here, url, marks) and _is_forward(here, current, url, marks):
            return url
    if current < last:
        # The arrow leaves the grid, so the page is derived from the numbers: the pattern of any
        # numbered link of this grid with the next number in it.
        return _renumbered(numbered[last], last, current + 1, marks)
    return None


def _is_forward(here: Place, current: int, url: str, marks: frozenset[str]) -> bool:
    there = _place(url, marks)
    if there.mark is None:
        return False
    if there.style in OFFSET_PARAMETERS:
        return there.mark > (here.mark or 0) if here.style == there.style else there.mark > 0
    if here.mark is not None and here.style == there.style:
        return there.mark > here.mark
    return there.mark > current or (
        there.mark == current and here.mark is None and there.mark >= 1 and current > 1
    )


def _links(page: Page, marks: frozenset[str]) -> Iterator[tuple[str, int | None]]:
    """Every link that pages: (URL, its number, or None for a step forward)."""
    for link in page_links(page):
        if link.number is not None and _pages(link.url, link.number, marks):
            yield link.url, link.number
        elif link.steps:
            yield link.url, None


def _pages(url: str, number: int, marks: frozenset[str]) -> bool:
    """Whether the URL's page mark agrees with the number a link shows."""
    place = _place(url, marks)
    if place.mark is None:
        return number == 1
    return place.mark == number or place.style in OFFSET_PARAMETERS or place.mark == number - 1


@lru_cache(maxsize=4_096)
def _place(url: str, marks: frozenset[str] = PAGE_PARAMETERS) -> Place:
    parts = urlsplit(url)
    path, style, mark = SESSION_PATH.sub("", parts.path), "", None
    if match := _path_mark(path, marks):
        mark, style = int(match[1]), "path"
        path = path[: match.start()] + path[match.end() :]
    rest: set[tuple[str, str]] = set()
    for name, value in parse_qsl(parts.query, keep_blank_values=True):
        key = name.lower()
        if key == "chash":  # TYPO3's checksum of the other parameters.
            continue
        if SESSION_PARAMETER.fullmatch(key) and SESSION_ID.fullmatch(value):
            continue
        if (
            (key in marks or key in OFFSET_PARAMETERS or re.search(r"(?:\b|_)page\]?$", key))
            and value.isdecimal()
            and mark is None
        ):
            mark, style = int(value), key
        elif value and value.lower() not in ANYTHING:
            rest.add((key, value))
    identity = url_identity(urlunsplit((parts.scheme, parts.netloc, path, "", "")))
    return Place(re.sub(r"/index\.\w+$", "", identity), style, mark, parts.netloc, frozenset(rest))


def _path_mark(path: str, marks: frozenset[str]) -> re.Match[str] | None:
    places = (PAGE_PATH, *(place for style, place in OWN_PATHS.items() if style in marks))
    return next(filter(None, (place.search(path) for place in places)), None)


def _same_grid(here: Place, url: str, marks: frozenset[str]) -> bool:
    """Whether a link stays in the grid: the same path, no filter or order lost or changed.

    A pager may write out an order the bare URL has by default, so parameters that only appear in
    addition are accepted when they are about order or page size.
    """
    there = _place(url, marks)
    if there.grid != here.grid:
        return False
    missing = dict(here.extra).items() - dict(there.extra).items()
    added = dict(there.extra).items() - dict(here.extra).items()
    return not missing and all(DEFAULTS.search(name) for name, _ in added)


ANYTHING = frozenset(["all", "any", "alle"])
"""Values of a filter that filters nothing: Drupal's pagers write "?make=All&page=1"."""
DEFAULTS = re.compile(
    r"^(?:limit|per_?page|pagesize|page_size|size|count|pn|sort\w*|order\w*|dir|direction|view|"
    r"layout|display|mode|utf8|"
    r"commit|search|s|q|type|condition|status|sf_\w+|ajax|lang)$|\[s\]|\bsorts?\b",
    re.IGNORECASE,
)


def same_listing(url: str, other: str) -> bool:
    """Tell whether two URLs are pages of one grid: equal but for their page marks."""
    if route_of(url) or route_of(other):
        return False  # Pages of a script, each under a name of its own.
    here, there = _place(url), _place(other)
    return here.grid == there.grid and here.extra == there.extra and here.mark != there.mark


def _current(
    page: Page,
    here: Place,
    links: Iterable[tuple[str, int | None]],
    marks: frozenset[str],
) -> int:
    """The number of this page: its own URL's, else the pager's active element, else 1."""
    if here.mark is not None and here.style not in OFFSET_PARAMETERS:
        return here.mark + 1 if _counts_from_zero(here, links, marks) else max(here.mark, 1)
    for element in page.root.iter("li", "span", "a", "strong", "b", "em", "button"):
        text = text_of(element) if len(element) <= 2 else ""
        if not text.isdecimal() or len(text) > 4 or not 0 < int(text) <= MAX_PAGES:
            continue
        names = frozenset((element.get("class") or "").lower().split())
        marked = element.get("aria-current") in ("page", "true") or not names.isdisjoint(CURRENT)
        if marked and _in_pager(element):
            return int(text)
    for match in PAGE_OF.finditer(page.text[:200_000]):
        return int(match[1])
    if here.mark is not None and here.mark > 0:
        for number, url in ((n, u) for u, n in links if n is not None and n > 1):
            step = (_place(url, marks).mark or 0) // (number - 1)
            if step:
                return here.mark // step + 1
    return 1


def _counts_from_zero(
    here: Place, links: Iterable[tuple[str, int | None]], marks: frozenset[str]
) -> bool:
    """Whether the grid's numbered links carry one less than they show: Drupal's ``?page=1`` is
    page 2."""
    numbered = [
        (_place(url, marks), number)
        for url, number in links
        if number is not None and _same_grid(here, url, marks)
    ]
    marked = [(place, number) for place, number in numbered if place.style == here.style]
    return bool(marked) and all(place.mark == number - 1 for place, number in marked)


def _in_pager(element: HtmlElement) -> bool:
    node: HtmlElement | None = element
    for _ in range(5):
        if node is None:
            return False
        if PAGER_NAMES.search(
            f"{node.get('class', '')} {node.get('id', '')} {node.get('aria-label', '')}"
        ):
            return True
        if any(
            sibling.tag == node.tag and text_of(sibling).isdecimal()
            for sibling in node.itersiblings()
        ):
            return True
        node = node.getparent()
    return False


def _spoken_last(page: Page) -> Iterator[int]:
    """ "Page 1 of 7" speaks the last page out."""
    for match in PAGE_OF.finditer(page.text[:200_000]):
        if int(match[1]) <= int(match[2]) <= MAX_PAGES:
            yield int(match[2])


def _renumbered(url: str, number: int, wanted: int, marks: frozenset[str]) -> str | None:
    """The URL of another page, by the pattern of one numbered link."""
    place = _place(url, marks)
    if place.mark is None:
        return None
    value = wanted
    if place.style in OFFSET_PARAMETERS:
        if number <= 1:
            return None
        value = place.mark // (number - 1) * (wanted - 1)
    elif place.mark == number - 1:
        value = wanted - 1
    parts = urlsplit(url)
    if place.style == "path":
        match = _path_mark(parts.path, marks)
        assert match is not None
        path = parts.path[: match.start(1)] + str(value) + parts.path[match.end(1) :]
        return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
    query = urlencode(
        [
            (name, str(value) if name.lower() == place.style else old)
            for name, old in parse_qsl(parts.query, keep_blank_values=True)
        ]
    )
    return urlunsplit((parts.scheme, parts.netloc, parts.path, query, ""))
