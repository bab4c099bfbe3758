"""eBizAutos: exotic and luxury lots whose stock stands on a host beside the dealer's own.

robots.txt there forbids the grids and names the sitemap, which lists every vehicle's page as
``/details-{year}-{make}-{model}-{trim}-{new|used}-{vin}.html``: hyphens part the fields, an
underscore is a space and a tilde a hyphen. Before 1981 the last field is the stock number. The
pages themselves hold full JSON-LD.
"""

import re
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from urllib.parse import urlsplit

from contract.urls import site_of, url_identity
from crawler.extract.card import Card
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.extract.vehicle_links import same_site
from crawler.platforms.platform import Platform

__all__ = ["EBizAutos"]

DETAILS = r"/details-(\d{4})-([a-z0-9_~.+-]+)-(new|used)-([a-z0-9]+)\.html"
HOST = re.compile(r"//([a-z0-9-]+\.ebizautos\.com)\b", re.I)
LINKED = re.compile(rf"href=[\"'](?:https?:)?//([a-z0-9.:-]+){DETAILS}", re.I)
NO_SITES = ("www.", "images.", "cdn.", "stockphotos.")
LOCATION = re.compile(r"<loc>\s*(?:<!\[CDATA\[)?\s*([^<\s\]]+)", re.I)
VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")
FIRST_YEAR_OF_VINS = 1981
MAX_LOCATIONS = 50_000
"""As many as a sitemap may have (sitemaps.org)."""


class EBizAutos(Platform):
    name = "ebizautos"
    grid_paths = ("/sitemap.xml",)
    photo_path = r"/(?:new|used)-\d{4}-[\w~]+-[\w~]+-[\w~.-]*?\d+-\d+-\d{1,3}-\d{3,4}\.jpe?g"
    vehicle_path = DETAILS
    fingerprints = (
        "[src*='.ebizautos.media/']",
        "[href*='.ebizautos.com/']",
    )

    def grids(self, page: Page) -> tuple[str, ...]:
        linked = [found[1] for found in LINKED.finditer(page.html)]
        vendors = [host for host in HOST.findall(page.html) if not host.startswith(NO_SITES)]
        scheme = urlsplit(page.url).scheme
        sites = [f"{scheme}://{host.lower()}/sitemap.xml" for host in dict.fromkeys(linked)]
        sites += [f"https://{host.lower()}/sitemap.xml" for host in dict.fromkeys(vendors)]
        return tuple(dict.fromkeys((*sites[:2], *super().grids(page))))

    def read_grid(self, page: Page) -> GridPage:
        locations = [found[1] for found in islice(LOCATION.finditer(page.html), MAX_LOCATIONS)]
        if not locations:
            return super().read_grid(page)
        found = list(_cards(page, locations))
        # A sitemap tells of its own site, or of the one that the dealer shows his cars on.
        hosts = Counter(site_of(card.url) for card in found).most_common(1)
        cards = {
            url_identity(card.url): card
            for card in found
            if same_site(card.url, page.url) or site_of(card.url) == hosts[0][0]
        }
        return GridPage(cards=tuple(cards.values()), confidence=0.9 if cards else 0.0)


def _cards(page: Page, locations: list[str]) -> Iterator[Card]:
    for location in locations:
        url = page.link(location.replace("&amp;", "&"))
        found = re.search(DETAILS + "$", url or "", re.I)
        if url is None or found is None:
            continue
        year, number = found[1], found[4].upper()
        make, *model = (_words(part) for part in found[2].split("-"))
        is_vin = int(year) >= FIRST_YEAR_OF_VINS and VIN.fullmatch(number)
        raw = {
            "title": " ".join((year, make, *model)),
            "year": year,
            "make": make,
            "model": model[0] if model else None,
            "trim": " ".join(model[1:]),
            "vin" if is_vin else "stock_number": number,
            "attributes": {"Condition": found[3].lower()},
        }
        yield Card.of(url, raw)


def _words(field: str) -> str:
    return field.replace("_", " ").replace("~", "-")
