"""What embedded data adds to a grid page that its tiles do not show."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal
from urllib.parse import parse_qsl, unquote_plus, urlencode, urlsplit, urlunsplit

from contract.urls import url_identity
from crawler.extract.card import Card
from crawler.extract.embedded import EmbeddedGrid, OwnStock, read_embedded
from crawler.extract.jsonld import node_types
from crawler.extract.page import Page
from crawler.extract.titles import names_vehicle
from crawler.extract.vehicle_links import same_site, vehicle_url_score

__all__ = ["NO_RULES", "GridRules", "next_by_data", "with_embedded"]


@dataclass(frozen=True)
class GridRules:
    """What a platform declares about grids that scripts draw.

    ``vehicle_url`` is the address of a vehicle with ``{slug}`` or ``{vin}``; ``own_stock`` tells
    the site's cars from other rooftops'; ``page_step`` is the query parameter that pages the grid
    and whether it counts pages or vehicles, ``page_size`` how many a page holds; ``total`` and
    ``pages`` are patterns of the page's source whose group is the grid's total or its last page;
    ``mounts`` are CSS selectors of the place where a script draws the grid.
    """

    vehicle_url: str | None = None
    own_stock: OwnStock | None = None
    page_step: tuple[str, Literal["page", "offset"]] | None = None
    page_size: int | None = None
    total: str | None = None
    pages: str | None = None
    mounts: tuple[str, ...] = ()


NO_RULES = GridRules()
KEYS = ('vin"', "vin'", "vin:", "vin&quot;", 'Vin"', 'VIN"')
VIN = re.compile(r"(?<![A-Za-z0-9])[A-HJ-NPR-Za-hj-npr-z0-9]{11}[0-9A-Za-z]{2}\d{4}(?![A-Za-z0-9])")
LED_BY_YEAR = re.compile(r"(?:18[89]|19\d|20[0-4])\d .*")
LISTED = 3.0
"""Score of a URL that names a vehicle by itself."""


def with_embedded(
    page: Page, cards: Sequence[Card], rules: GridRules = NO_RULES
) -> tuple[tuple[Card, ...], EmbeddedGrid]:
    """Return the page's cards with those that only its data shows, and the data's grid.

    Data is read where no tile was found, or where it names VINs that the tiles do not. Beside
    tiles it counts only when it tells of most of the same cars: else it is a list of others.
    """
    data = EmbeddedGrid()
    if not cards or _names_more(page, cards):
        data = read_embedded(page, rules.vehicle_url, rules.own_stock)
        if cards:
            known = {url_identity(card.url): card for card in data.cards}
            shared = sum(url_identity(card.url) in known for card in cards)
            if 2 * shared >= len(cards):
                told = {url_identity(card.url): card for card in cards}
                for identity, card in known.items():
                    told[identity] = told[identity].filled_from(card) if identity in told else card
                cards = tuple(told.values())
            else:
                data = EmbeddedGrid()
        else:
            cards = data.cards or tuple(_listed_addresses(page))
    return tuple(cards), _with_patterns(page, data, rules)


def _names_more(page: Page, cards: Sequence[Card]) -> bool:
    """Whether the source names more VINs than the tiles, or some where the tiles name none."""
    named = sum(map(page.html.count, KEYS))
    return named > len(cards) or (named > 0 and not any(card.vin for card in cards))


def _listed_addresses(page: Page) -> Iterator[Card]:
    """Cards of an ItemList that holds nothing but addresses, which name the vehicles themselves:
    ``/new-Bellevue-2026-Toyota-RAV4-XLE+Premium-2T36CRAV0TC034795``."""
    seen: set[str] = set()
    for node in page.jsonld:
        if "ItemList" not in node_types(node):
            continue
        entries = node.get("itemListElement")
        for entry in entries if isinstance(entries, list) else ():
            text = entry.get("url") if isinstance(entry, dict) else None
            url = page.link(text) if isinstance(text, str) else None
            if url is None or not same_site(url, page.url) or vehicle_url_score(url) < LISTED:
                continue
            slug = unquote_plus(urlsplit(url).path.rstrip("/").rpartition("/")[2])
            vin = VIN.search(slug)
            words = " ".join(re.split(r"[-_ ]+", VIN.sub("", slug)))
            title = LED_BY_YEAR.search(words)
            named = title[0].strip() if title and names_vehicle(title[0].strip()) else None
            if (named or vin) and url_identity(url) not in seen:
                seen.add(url_identity(url))
                yield Card.of(url, {"title": named, "vin": vin[0] if vin else None})


def _with_patterns(page: Page, data: EmbeddedGrid, rules: GridRules) -> EmbeddedGrid:
    """Fill what the data leaves open with what the platform's patterns find in the source."""
    total, last = _counted(page, rules.total), _counted(page, rules.pages)
    return replace(
        data,
        total=data.total if total is None else total,
        last_page=data.last_page or last,
        size=data.size or rules.page_size,
    )


def _counted(page: Page, pattern: str | None) -> int | None:
    found = re.search(pattern, page.html) if pattern else None
    return int(found[1]) if found else None


def next_by_data(
    page: Page, data: EmbeddedGrid, rules: GridRules = NO_RULES, cards: int = 0
) -> str | None:
    """The next page by the data's own numbers, where the page shows no pager; None at the end and
    where the data does not tell."""
    entries = max(data.entries, cards)
    parts = urlsplit(page.url)
    query = parse_qsl(parts.query, keep_blank_values=True)
    name, counts = rules.page_step or ("page", "page")
    here = next((int(value) for key, value in query if key == name and value.isdecimal()), None)
    if not entries or (rules.page_step is None and (data.page is None or data.last_page is None)):
        return None
    if counts == "offset":
        start = data.offset if data.offset is not None else here or 0
        if data.total is None or start + entries >= data.total:
            return None
        following = start + entries
    else:
        current = data.page or here or 1
        last = data.last_page
        if last is None and data.total is not None:
            last = -(-data.total // max(data.size or 0, entries))
        if last is None or current >= last:
            return None
        following = current + 1
    kept = [(key, value) for key, value in query if key != name]
    return urlunsplit(parts._replace(query=urlencode([*kept, (name, str(following))])))
