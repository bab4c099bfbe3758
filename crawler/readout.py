"""Everything the readers say about one page, and which of them said it, as plain data.

Nothing decides here what kind of page it is: a grid's reader and a vehicle page's reader both
speak, as they would in a walk that came to this page expecting the one or the other.
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from contract.urls import is_place, url_identity
from crawler.extract.card import Card
from crawler.extract.classic_vehicle import read_classic_vehicle
from crawler.extract.embedded import read_embedded
from crawler.extract.inventory_links import inventory_candidates, sold_candidates
from crawler.extract.page import Page
from crawler.extract.profile import read_profile, read_site
from crawler.extract.roster import CLASSIC_HOSTS, profile_url
from crawler.extract.tiles import find_scripted_tiles, find_tiles
from crawler.golden import plain_card, plain_detail, plain_grid
from crawler.json_grid import endpoints_of
from crawler.platforms import Platform, recognize

__all__ = ["is_profile", "readout", "seller_facts"]


def readout(page: Page) -> dict[str, Any]:
    """Return what the platform, its grid reader, its vehicle reader and the inventory finder see.

    Every card carries ``reader``: ``tile`` of a platform's selector, ``structure`` for one that the
    generic reader found, ``place`` for a car without a page of its own, ``embedded data`` and
    ``structured data`` where only the page's state, or its JSON-LD or microdata, shows the car.
    ``endpoints`` are those that a walk may ask. Under
    ``vehicle`` stands what the page would give as one vehicle's: ``reader``, ``confidence``,
    ``fields`` and, for each that has one, which ``sources`` it came from.
    """
    platform = recognize(page)
    grid = platform.read_grid(page)
    readers = _readers(platform, page)
    cards = [plain_card(card) | {"reader": _reader(card, readers)} for card in grid.cards]
    status = platform.read_status(page)
    return {
        "url": page.url,
        "title": page.title,
        "platform": platform.name,
        "fingerprint": platform.fingerprint(page),
        "grid": plain_grid(grid) | {"cards": cards},
        "vehicle": {"status": status.status, "sign": status.sign} | _vehicle(platform, page),
        "endpoints": [first.url for one in endpoints_of(page, platform) if (first := one.first())],
        "inventory_candidates": _links(inventory_candidates(page)),
        "sold_candidates": _links(sold_candidates(page)),
    }


def _vehicle(platform: Platform, page: Page) -> dict[str, Any]:
    """What the page gives as a vehicle's page, and by which reader."""
    parts = urlsplit(page.url)
    classic = parts.netloc in CLASSIC_HOSTS and parts.path.startswith("/veh/")
    detail = read_classic_vehicle(page) if classic else platform.read_detail(page)
    plain = plain_detail(detail)
    return {
        "reader": "classic.com" if classic else platform.name,
        "confidence": plain.pop("confidence"),
        "fields": plain,
        "sources": dict(detail.sources),
    }


def is_profile(url: str, roster_url: str) -> bool:
    """Tell whether a URL is a seller's profile on classic.com, or on a replica of it."""
    return profile_url(roster_url, url) is not None


def seller_facts(page: Page, roster_url: str) -> dict[str, Any]:
    """Return the candidates per field of the seller's profile, each with the place it came from.

    A profile on classic.com is read as one; any other page as the seller's own site.
    """
    if is_profile(page.url, roster_url):
        own_hosts = {urlsplit(roster_url).netloc, urlsplit(page.url).netloc, *CLASSIC_HOSTS}
        return dict(read_profile(page, frozenset(own_hosts)).fields)
    return dict(read_site(page).fields)


def _readers(platform: Platform, page: Page) -> dict[str, str]:
    """Which reader found the tile that leads to a URL, by the URL's identity."""
    found = find_tiles(page) or find_scripted_tiles(page)
    by_structure = {url_identity(tile.url): "structure" for tile in found}
    by_data = {
        url_identity(card.url): "embedded data"
        for card in read_embedded(
            page, platform.grid_rules.vehicle_url, platform.grid_rules.own_stock
        ).cards
    }
    by_name = {url_identity(tile.url): "tile" for tile in platform.named_tiles(page)}
    return by_data | by_structure | by_name


def _reader(card: Card, readers: Mapping[str, str]) -> str:
    if is_place(card.url):
        return "place"
    return readers.get(url_identity(card.url), "structured data")


def _links(found: tuple[tuple[str, str], ...]) -> list[dict[str, str]]:
    return [{"url": url, "where": where} for url, where in found]
