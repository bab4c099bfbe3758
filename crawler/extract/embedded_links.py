"""The address of a vehicle that embedded data describes: given, proven by a link, or unknown.

Data often holds only a slug. Its page is known where a link of the page ends in that slug or
holds the VIN; one such witness shows the pattern of the others. Nothing else is guessed: a vehicle
without an address is not claimed.
"""

import re
from collections.abc import Iterable
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from contract.urls import url_identity
from crawler.extract.embedded_vehicle import EmbeddedVehicle
from crawler.extract.page import Page
from crawler.extract.vehicle_links import is_other_business, same_site, vehicle_url_score

__all__ = ["VehicleAddresses", "without_offer_view"]

VIEWS = frozenset(["type", "paymenttype", "payment", "paymentmethod", "tab", "view", "leadtype"])
"""Query parameters that choose how one page shows its offer: ``?type=lease``, ``?type=cash``."""
TOLD_BY_PATH = 2.5
MAX_LINKS = 3_000


def without_offer_view(url: str) -> str:
    """Drop the query parameters that choose a payment, where the path alone names the vehicle.

    >>> without_offer_view("https://d.example/viewdetails/new/2t3/2026-toyota-rav4?type=lease")
    'https://d.example/viewdetails/new/2t3/2026-toyota-rav4'
    """
    if "?" not in url:
        return url
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [(name, value) for name, value in pairs if name.lower() not in VIEWS]
    if len(kept) == len(pairs):
        return url
    bare = urlunsplit(parts._replace(query=""))
    if vehicle_url_score(bare) < TOLD_BY_PATH:
        return url
    return urlunsplit(parts._replace(query=urlencode(kept)))


class VehicleAddresses:
    """Finds the addresses of a page's embedded vehicles; ``path`` is a template the platform
    knows, with ``{slug}`` or ``{vin}``."""

    def __init__(self, page: Page, path: str | None = None) -> None:
        self.page = page
        self.path = path
        self.here = url_identity(page.url).partition("?")[0]
        self.by_segment: dict[str, str] = {}
        self.by_word: dict[str, str] = {}
        self.frame: tuple[str, str] | None = None
        for position, anchor in enumerate(page.root.iter("a")):
            url = page.link(anchor.get("href")) if position < MAX_LINKS else None
            if url and same_site(url, page.url):
                for segment in urlsplit(url).path.lower().split("/"):
                    if segment:
                        self.by_segment.setdefault(segment, url)
                    for word in re.findall(r"[a-z0-9]{6,17}", segment):
                        self.by_word.setdefault(word, url)

    def learn(self, vehicles: Iterable[EmbeddedVehicle]) -> None:
        """Learn from a vehicle that a link leads to where slugs stand in an address."""
        self.frame = None
        for vehicle in vehicles:
            slug = vehicle.slug
            witness = self.by_segment.get(slug.lower()) if slug else None
            if slug and witness and slug in witness:
                before, _, after = witness.partition(slug)
                self.frame = (before, after)
                return

    def of(self, vehicle: EmbeddedVehicle) -> str | None:
        """Return the address of a vehicle's page, or None where the page does not tell it."""
        for address in self._candidates(vehicle):
            url = self.page.link(address)
            if url is None or not same_site(url, self.page.url) or is_other_business(url):
                continue
            if url_identity(url).partition("?")[0] != self.here or vehicle_url_score(url) >= 2.0:
                return without_offer_view(url)
        return None

    def _candidates(self, vehicle: EmbeddedVehicle) -> Iterable[str]:
        given, slug = vehicle.url, vehicle.slug
        vin = str(vehicle.fields.get("vin") or "")
        if given and re.match(r"(?:https?:)?//|/|\?|\.{1,2}/", given):
            yield given
        elif given and "/" in given and " " not in given:
            yield f"/{given}"  # Written from the root, as all such state is.
        elif given and slug is None and " " not in given:
            slug = given
        if slug and slug.startswith("/"):
            yield slug
        elif slug:
            if witness := self.by_segment.get(slug.lower()):
                yield witness
            if self.frame is not None:
                yield self.frame[0] + quote(slug, safe="/-_.~+%") + self.frame[1]
        if len(vin) >= 6 and (witness := self.by_word.get(vin.lower())):
            yield witness
        if vehicle.key and len(vehicle.key) >= 6 and (witness := self.by_word.get(vehicle.key)):
            yield witness
        if self.path and ("{slug}" not in self.path or slug) and ("{vin}" not in self.path or vin):
            yield self.path.format(slug=slug or "", vin=vin)
