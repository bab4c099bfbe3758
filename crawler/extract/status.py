"""What one vehicle's page says about the vehicle: still offered, spoken for, sold, or gone.

Only the main block speaks. Related cars, navigation, footers and hidden modals are cut away first:
a sold ribbon in a rail sells nobody.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal

from lxml.html import HtmlElement

from contract.urls import url_identity
from crawler.extract.asking_price import read_price
from crawler.extract.content import is_the_page, outside_content
from crawler.extract.histories import told_of_the_past
from crawler.extract.main_vehicle import is_thing_beside
from crawler.extract.marks import availability_mark, is_marked, read_mark
from crawler.extract.page import Page
from crawler.extract.specs import read_specs
from crawler.extract.status_context import speaks_of_others
from crawler.extract.structured import StructuredVehicle, structured_vehicles
from crawler.extract.text import text_of
from crawler.extract.tiles import find_tiles
from crawler.extract.titles import YEAR, names_vehicle
from crawler.extract.vehicle_links import is_sold_path

__all__ = ["PageStatus", "read_status"]

Status = Literal["in_stock", "pending", "sold", "gone", "unknown"]
GONE_CODES = frozenset([404, 410])
GONE = re.compile(
    r"no longer (?:available|in (?:our )?(?:inventory|stock)|listed|exists?|for sale|active)|"
    r"(?:vehicle|car|listing|page|inventory item|unit|item|product|ad|classic|"
    r"automobile)(?: you(?:'re| are| were)? (?:requested|looking for|seeking))? "
    r"(?:was |is |has been |could |can |cannot )?(?:not |no longer )?(?:be )?(?:found|removed|"
    r"deleted|unavailable|available anymore|withdrawn|expired)\b|"
    r"(?:vehicle|listing|page|car) (?:not found|unavailable|does(?:n't| not) exist|"
    r"has (?:been )?(?:removed|expired|ended))|"
    r"(?:could ?n.t|could not|can ?not|can.t|unable to) (?:find|locate) (?:the|that|"
    r"this) (?:vehicle|car|listing|page)|"
    r"sorry,? (?:this|that|the) (?:vehicle|car|listing|page)|404(?: error| -| not found|"
    r"\b.{0,12}not found)|"
    r"nicht mehr (?:verf[üu]gbar|vorhanden)|fahrzeug nicht gefunden|seite nicht gefunden|"
    r"n['\u2019]est plus disponible|"
    r"v[ée]hicule introuvable|page introuvable|non (?:è|e) pi[uù] disponibile|"
    r"veicolo non trovato|niet meer beschikbaar|"
    r"niet gevonden|ya no est[áa] disponible|no encontrad[oa]",
    re.IGNORECASE,
)
NOT_GONE = re.compile(
    r"(?:photos?|images?|video|report|carfax|options?|feature|color|trim)s? (?:is |are |was |"
    r"were )?(?:not |no longer |un)",
    re.I,
)
MAINTENANCE = re.compile(
    r"down for maintenance|under (?:maintenance|construction)|be right back|"
    r"site (?:is )?(?:offline|suspended)|account suspended",
    re.I,
)
HEADINGS = ("h1", "h2", "h3", "title")
MAX_GONE = 220


@dataclass(frozen=True)
class PageStatus:
    """What a vehicle's page says, by what sign and in which words; ``unknown`` whenever it is not
    sure."""

    status: Status
    sign: str
    words: tuple[str, ...] = ()


@lru_cache(maxsize=4)
def read_status(page: Page) -> PageStatus:
    """Read a vehicle's page. A redirect to the grid is the walk's to judge, not this reader's."""
    if page.status in GONE_CODES:
        return PageStatus("gone", f"http_{page.status}")
    if not 200 <= page.status < 300:
        return PageStatus("unknown", f"http_{page.status}")
    outside = outside_content(page)
    vehicle = _main_vehicle(page)
    past = told_of_the_past(page)
    main = [element for element in _main_elements(page, outside) if element not in past]
    said = _availability(vehicle)
    if said is not None and said.status != "in_stock":
        return said
    title = _heading(main) or page.title
    years = YEAR.findall(title)
    marked = (part for part in main if is_marked(part))
    mark = read_mark([part for part in marked if not speaks_of_others(part, years)], title)
    if said is not None:
        # Structured availability decides against a sold class; a pending note goes beside it.
        if mark.mark == "pending":
            return PageStatus("pending", mark.words[0][:80], mark.words)
        return said
    if mark.mark is not None:
        return PageStatus(
            mark.mark,
            f"{mark.sign}: {mark.words[0][:80]}" if mark.words else mark.sign,
            mark.words,
        )
    if vehicle is None and (gone := _gone(page, main)):
        return gone
    if MAINTENANCE.search(page.title) or MAINTENANCE.search(
        " ".join(text_of(e) for e in main if e.tag == "h1")
    ):
        return PageStatus("unknown", "maintenance page")
    if vehicle is not None:
        return PageStatus("in_stock", "structured vehicle")
    if (names_vehicle(title) or _tells_the_year(main)) and (
        read_price(main) is not None or _has_photo(main)
    ):
        return PageStatus("in_stock", "vehicle page without a mark")
    return PageStatus("unknown", "no sign")


def _main_vehicle(page: Page) -> StructuredVehicle | None:
    """The structured vehicle the page is about: the one that names this page, else the only one."""
    nodes = structured_vehicles([*page.jsonld, *page.microdata], page.link)
    vehicles = [vehicle for vehicle in nodes if not is_thing_beside(page, vehicle)]
    here = url_identity(page.url)
    for vehicle in vehicles:
        if vehicle.url and url_identity(vehicle.url) == here:
            return vehicle
    bare = [vehicle for vehicle in vehicles if not vehicle.listed]
    vins = {vehicle.card.vin or vehicle.card.title for vehicle in bare}
    if len(vins) == 1:
        only = bare[0]
        elsewhere = (
            only.url and url_identity(only.url) != here and _same_path_depth(only.url, page.url)
        )
        return None if elsewhere and _other_title(only, page) else only
    return None


def _same_path_depth(url: str, other: str) -> bool:
    return url_identity(url).count("/") == url_identity(other).count("/")


def _other_title(vehicle: StructuredVehicle, page: Page) -> bool:
    """Whether a vehicle that names another page is also another car than this page's heading."""
    title = (vehicle.card.title or "").lower()
    heads = " ".join(text_of(h) for h in page.root.iter("h1", "title")).lower()
    return bool(title) and title not in heads


def _availability(vehicle: StructuredVehicle | None) -> PageStatus | None:
    if vehicle is None:
        return None
    for value in vehicle.availability:
        mark = availability_mark(value)
        if mark is not None:
            return PageStatus(mark, f"availability: {value}", (value,))
        if re.search(
            r"(?:InStock|InStoreOnly|LimitedAvailability|OnlineOnly)$", value.strip(), re.I
        ):
            return PageStatus("in_stock", f"availability: {value}")
    return None


def _main_elements(page: Page, outside: Mapping[HtmlElement, str]) -> list[HtmlElement]:
    """The content elements in document order, without the tiles of other cars."""
    here = url_identity(page.url)
    others: set[HtmlElement] = set()
    for tile in find_tiles(page):
        if (
            url_identity(tile.url) != here
            and not any(True for _ in tile.element.iter("h1"))
            and not is_the_page(page, tile.element)
        ):
            others.update(tile.element.iter("*"))
    links: set[HtmlElement] = set()
    for anchor in page.root.iter("a"):
        if (url := page.link(anchor.get("href"))) and is_sold_path(url):
            links.update(anchor.iter("*"))
    return [
        element
        for element in page.elements
        if element not in outside
        and element not in others
        and element not in links
        and element.tag not in ("html", "body")
    ]


def _heading(main: Sequence[HtmlElement]) -> str:
    heads = [text_of(element) for element in main if element.tag == "h1"]
    # On some templates the h1 is the dealer's and the vehicle has the next one.
    named = [*heads, *(text_of(element) for element in main if element.tag == "h2")]
    return next((text for text in named if names_vehicle(text)), heads[0] if heads else "")


def _tells_the_year(main: Sequence[HtmlElement]) -> bool:
    """Whether specifications name the year that the heading leaves out."""
    sheet = read_specs(main)
    return "year" in sheet and not sheet.keys().isdisjoint({"make", "model", "vin"})


def _gone(page: Page, main: Sequence[HtmlElement]) -> PageStatus | None:
    """Soft 404: the page says in a heading, its title or a short block that there is nothing."""
    if GONE.search(page.title) and not NOT_GONE.search(page.title):
        return PageStatus("gone", f"title: {page.title[:80]}")
    for element in main:
        if element.tag in ("script", "style", "a", "button") or len(element) > 6:
            continue
        text = text_of(element)
        if (
            8 <= len(text) <= MAX_GONE
            and (found := GONE.search(text))
            and not NOT_GONE.search(text)
        ):
            prominent = element.tag in HEADINGS
            if prominent or read_price(main) is None:
                return PageStatus("gone", f"text: {found[0][:80]}")
    return None


def _has_photo(main: Sequence[HtmlElement]) -> bool:
    return any(element.tag == "img" for element in main)
