"""The seller roster of classic.com: who is listed on one page, and whether there is a next one.

Two layouts are known: a table whose second cell holds the type words, and a grid of cards that
holds only anchors. Both are read the same way: every link to a seller's profile counts, wherever it
stands. Ids are case-sensitive, so a path is never lower-cased; `/s/` says nothing about the type of
a seller, the other prefixes do.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qs, urljoin, urlsplit

from parsel import Selector

__all__ = ["RosterPage", "RosterSeller", "SellerType", "profile_url", "read_roster"]

SellerType = Literal["dealer", "auction_house"]

PROFILE_PATH = re.compile(r"^/(s|dealers?|auction-houses?)/([A-Za-z0-9][\w.%'~+-]*)/?$")
PREFIX_TYPE: dict[str, SellerType] = {
    "dealer": "dealer",
    "dealers": "dealer",
    "auction-house": "auction_house",
    "auction-houses": "auction_house",
}
FILTER_TYPE: dict[str, SellerType] = {"dealers": "dealer", "auction_houses": "auction_house"}
TYPE_WORDS: dict[str, SellerType] = {
    "dealer": "dealer",
    "dealership": "dealer",
    "auction house": "auction_house",
    "auction": "auction_house",
}
# Pages of classic.com itself that live below a seller prefix.
NOT_SELLERS = frozenset(
    [
        "all",
        "browse",
        "featured",
        "index",
        "join",
        "login",
        "map",
        "new",
        "register",
        "search",
        "signup",
    ]
)
# Words on links that lead to a profile without naming the seller.
NOT_NAMES = re.compile(
    r"((view|see|visit|show|go to|read|learn|open)( (the|all|more|full|seller|dealer))*)?"
    r" ?(more|profile|inventory|listings?|details?|website|page|dealer|auction house|logo|image"
    r"|photo|verified|chevron_right|arrow_forward|\d+ (listings?|vehicles?|cars?))?",
    re.IGNORECASE,
)
CLASSIC_HOSTS = frozenset(["classic.com", "www.classic.com"])


@dataclass(frozen=True, slots=True)
class RosterSeller:
    """One seller as the roster names it; ``profile_url`` is base + path + trailing slash."""

    profile_url: str
    seller_type: SellerType | None
    seller_name: str | None


@dataclass(frozen=True, slots=True)
class RosterPage:
    """The sellers of one page, each once, and the greatest page number its pager links to."""

    sellers: tuple[RosterSeller, ...]
    last_linked_page: int | None


def profile_url(base_url: str, href: str) -> tuple[str, SellerType | None] | None:
    """Return the normal form of a link to a seller's profile and the type its prefix tells.

    None for every other link. Links may be relative, or absolute to classic.com with or without
    ``www``.
    """
    try:
        parts = urlsplit(urljoin(base_url + "/", href.strip()))
    except ValueError:
        return None
    base_host = urlsplit(base_url).netloc.lower()
    if parts.scheme not in ("http", "https") or parts.netloc.lower() not in {
        base_host,
        *CLASSIC_HOSTS,
    }:
        return None
    match = PROFILE_PATH.match(parts.path)
    if match is None or match[2].lower() in NOT_SELLERS:
        return None
    return f"{base_url.rstrip('/')}/{match[1]}/{match[2]}/", PREFIX_TYPE.get(match[1])


def read_roster(selector: Selector, base_url: str, roster_filter: str = "all") -> RosterPage:
    """Read one roster page; ``roster_filter`` is the filter it was asked with (all, dealers,
    auction_houses)."""
    sellers: dict[str, RosterSeller] = {}
    for anchor in selector.css("a[href]"):
        found = profile_url(base_url, anchor.attrib["href"])
        if found is None:
            continue
        url, prefix_type = found
        seller_type = _type_in_row(anchor) or prefix_type or FILTER_TYPE.get(roster_filter)
        seller = RosterSeller(url, seller_type, _name(anchor))
        known = sellers.get(url)
        if known is None:
            sellers[url] = seller
        else:
            sellers[url] = replace(
                known,
                seller_type=known.seller_type or seller.seller_type,
                seller_name=known.seller_name or seller.seller_name,
            )
    return RosterPage(tuple(sellers.values()), max(_linked_pages(selector), default=None))


def _type_in_row(anchor: Selector) -> SellerType | None:
    """In the table layout the second cell of the seller's row holds the type words."""
    for cell in anchor.xpath("ancestor::tr[1]/td[2]"):
        words = " ".join(cell.xpath(".//text()").getall()).split()
        return TYPE_WORDS.get(" ".join(words).lower().rstrip("s"))
    return None


def _name(anchor: Selector) -> str | None:
    """Name the seller by the heading in its link, else the link's own words, else its logo's
    text."""
    texts = (
        *(_words(heading) for heading in anchor.css("h1, h2, h3, h4, h5, strong, b")),
        _words(anchor),
        *(_squeeze(alt) for alt in anchor.css("img::attr(alt)").getall()),
        _squeeze(anchor.attrib.get("title", "")),
    )
    for text in texts:
        if text and len(text) <= 200 and not NOT_NAMES.fullmatch(text):
            return re.sub(r"\s+logo$", "", text, flags=re.IGNORECASE)
    return None


def _words(element: Selector) -> str:
    return _squeeze(
        " ".join(element.xpath(".//text()[not(parent::script or parent::style)]").getall())
    )


def _squeeze(text: str) -> str:
    return " ".join(text.split())


def _linked_pages(selector: Selector) -> Iterator[int]:
    for href in selector.css("a[href*='page=']::attr(href)").getall():
        try:
            numbers = parse_qs(urlsplit(href).query).get("page", [])
        except ValueError:
            continue
        yield from (int(number) for number in numbers if number.isdecimal() and len(number) < 6)
