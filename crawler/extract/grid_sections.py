"""The sections of an inventory that no page shows whole: one page per make, per letter, per
decade."""

import re
from urllib.parse import parse_qsl, urlsplit

from contract.urls import url_identity
from crawler.extract.content import outside_content
from crawler.extract.page import Page
from crawler.extract.text import text_of
from crawler.extract.vehicle_links import (
    is_other_business,
    is_sold_path,
    names_one,
    same_site,
    vehicle_url_score,
)

__all__ = ["grid_sections"]

LETTER = re.compile(r"[A-Z](?:\s?[-\u2013/]\s?[A-Z])?|0-9|#", re.IGNORECASE)
LEAST_LETTERS, LEAST_SECTIONS, MOST_SECTIONS = 4, 2, 120
FILE_ENDING = re.compile(r"(?:/index)?\.(?:html?|php|aspx?|cfm|jsp)$|/$")
CAR = 3.0
"""The score of an address that is surely one car's."""


def grid_sections(page: Page, *, shows_cars: bool) -> tuple[str, ...]:
    """Return the addresses of the sections that a page divides its inventory into.

    Letters divide whatever the page shows; other links below the page's own address do so only
    where it shows no car itself, for beside cars they filter.
    """
    letters = _letters(page)
    if len(letters) >= LEAST_LETTERS:
        return tuple(letters.values())
    if shows_cars:
        return ()
    below = _below(page)
    return tuple(below.values()) if LEAST_SECTIONS <= len(below) <= MOST_SECTIONS else ()


def _letters(page: Page) -> dict[str, str]:
    """The links of an alphabet, by url identity, this page's own left out."""
    found: dict[str, str] = {}
    for anchor in page.root.iter("a"):
        if LETTER.fullmatch(text_of(anchor)):
            url = page.link(anchor.get("href"))
            if url is not None and same_site(url, page.url):
                found.setdefault(url_identity(url), url)
    found.pop(url_identity(page.url), None)
    return found


def _below(page: Page) -> dict[str, str]:
    """The links of the content to pages right below this one, or to this one with a choice made."""
    outside = outside_content(page)
    base = FILE_ENDING.sub("", urlsplit(page.url).path)
    found: dict[str, str] = {}
    for anchor in page.root.iter("a"):
        url = page.link(anchor.get("href")) if anchor not in outside else None
        if url is None or not same_site(url, page.url) or is_other_business(url):
            continue
        parts = urlsplit(url)
        path = FILE_ENDING.sub("", parts.path)
        chosen = path == base and len(parse_qsl(parts.query)) == 1 and not names_one(parts.query)
        child = (
            base != ""
            and path.startswith(f"{base}/")
            and "/" not in path[len(base) + 1 :]
            and not parts.query
        )
        if (child or chosen) and not is_sold_path(url) and vehicle_url_score(url) < CAR:
            found.setdefault(url_identity(url), url)
    found.pop(url_identity(page.url), None)
    return found
