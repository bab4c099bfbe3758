"""Where a redirect from a listing's page led: to its new address, to another car's page, above it,
or away. Pure."""

import re
from urllib.parse import unquote, urlsplit

from contract.urls import site_of, url_identity

__all__ = ["is_new_address", "left_the_page", "left_the_site"]

TOKEN = re.compile(r"[a-z0-9]*\d[a-z0-9]*")
WORD = re.compile(r"[^\W\d_]{3,}")
LEAST_SHARED = 0.6
"""Share of the longer slug's words that two addresses of one car have in common."""


def left_the_site(url: str, final: str, grid_url: str) -> bool:
    """Whether a redirect led to a site that is neither the page's nor its grid's."""
    return site_of(final) not in (site_of(url), site_of(grid_url))


def left_the_page(url: str, final: str, grid_url: str) -> bool:
    """Whether a redirect led to a page above the listing's own: the grid, the home page, a list.

    A redirect to another spelling of the page (a new slug at the same depth) is not a departure.
    """
    before, after = url_identity(url).partition("?")[0], url_identity(final).partition("?")[0]
    if before == after:
        return False
    grid = url_identity(grid_url).partition("?")[0]
    return after == grid or after.count("/") < before.count("/")


def is_new_address(url: str, final: str) -> bool:
    """Whether a redirect led to the new address of the same car's page: of one model year, and with
    the number of the other, or, where one has none, with most words of its slug.

    "911" numbers no car: addresses that each have a number of their own are of two.
    """
    mine, theirs = _words(url), _words(final)
    years, others = set(filter(str.isdigit, mine)), set(filter(str.isdigit, theirs))
    if years and others and not years & others:
        return False
    before, after = _numbers(url), _numbers(final)
    if before and after:
        return bool(before & after) and (before <= after or after <= before)
    return bool(mine) and len(mine & theirs) >= LEAST_SHARED * max(len(mine), len(theirs))


def _numbers(url: str) -> set[str]:
    """The parts of a path that number a car: with a digit, long enough, and no model year."""
    parts = TOKEN.findall(unquote(urlsplit(url).path).lower())
    return {part for part in parts if len(part) > 2 and not re.fullmatch(r"(?:18|19|20)\d\d", part)}


def _words(url: str) -> set[str]:
    """The words of the last part of a path, the model year among them."""
    slug = unquote(urlsplit(url).path).rstrip("/").rpartition("/")[2].lower()
    return {*WORD.findall(slug), *re.findall(r"(?:18|19|20)\d\d", slug)}
