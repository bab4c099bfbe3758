"""What a run counted per platform: dealers, items, pages, and the items that fill each field.

`RunFigures` listens to what the pipelines let through and keeps its figures in the run's stats; the
run's record keeps them in ``crawl_runs.counts`` under ``platforms``, where later runs find them.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Self

from scrapy import signals

from contract.observation import Observation
from contract.payloads import InventoryManifest, Listing, ListingDetail, VehicleFacts
from contract.urls import url_identity
from crawler.extract.traits import FIELDS, of_raw
from crawler.items import ValidatedClaim, ValidatedVisit

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["PREFIX", "RunFigures", "platform_figures"]

PREFIX = "paddock/figures/"


class RunFigures:
    """Counts, per platform, what was read: an inventory by its walks, vehicle pages and feeds by
    their items. A dealer counts once per platform."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler
        self.dealers: set[tuple[str, Any]] = set()

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.item_scraped, signal=signals.item_scraped)
        return extension

    def item_scraped(self, item: Any) -> None:
        """Count one item."""
        if isinstance(item, ValidatedClaim):
            for manifest in item.manifests:
                self._count_walk(item, manifest)
            return
        observation = item.observation if isinstance(item, ValidatedVisit) else item
        if not isinstance(observation, Observation):
            return
        # The listings of a walk are counted with it, for many are told from memory.
        is_feed = self.crawler.spidercls.name == "homenet"
        payload = observation.payload
        if isinstance(payload, ListingDetail) or (is_feed and isinstance(payload, Listing)):
            self._count_item(observation, payload)

    def _count_walk(self, item: ValidatedClaim, manifest: Observation) -> None:
        payload = manifest.payload
        if not isinstance(payload, InventoryManifest):
            return
        figures = item.figures.get((payload.grid, url_identity(payload.grid_url)))
        if figures is None or not figures.cards:
            return
        # The archive of sold cars shows other fields than the grid of those on offer.
        platform = payload.platform if payload.grid != "sold" else f"{payload.platform} (sold)"
        self._dealer(platform, manifest.organization_id)
        self._add(platform, "items", figures.cards)
        self._add(platform, "pages", figures.pages)
        for name, count in figures.fills.items():
            self._add(platform, f"filled/{name}", count)

    def _count_item(self, observation: Observation, payload: VehicleFacts) -> None:
        platform = payload.platform
        data = payload.model_dump()
        bits = of_raw(data)[0]
        self._dealer(platform, observation.organization_id)
        self._add(platform, "items", 1)
        for place, name in enumerate(FIELDS):
            self._add(platform, f"filled/{name}", bits >> place & 1)
        self._add(platform, "filled/description", bool(payload.description))
        self._add(platform, "photos", len(payload.image_urls))

    def _dealer(self, platform: str, dealer: Any) -> None:
        if (platform, dealer) not in self.dealers:
            self.dealers.add((platform, dealer))
            self._add(platform, "dealers", 1)

    def _add(self, platform: str, name: str, count: int) -> None:
        if count:
            self.crawler.stats.inc_value(f"{PREFIX}{platform}/{name}", int(count))


def platform_figures(stats: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """A run's figures by platform: dealers, items, pages, photos, and under ``filled`` the items
    that fill each field."""
    found: dict[str, dict[str, Any]] = {}
    for key in sorted(key for key in stats if key.startswith(PREFIX)):
        platform, _, name = key.removeprefix(PREFIX).partition("/")
        figures = found.setdefault(platform, {"filled": {}})
        family, _, field = name.partition("/")
        if field:
            figures[family][field] = stats[key]
        else:
            figures[family] = stats[key]
    return found
