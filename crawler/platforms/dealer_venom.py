"""Dealer Venom: WordPress sites whose grid a script draws from a search service (``pg=N``). Drawn
cards are ``.listing-container[data-url]``; a vehicle's page holds its car as JSON in
``data-vehicle``, where ``status`` is only new or used: transit stands in class names.
"""

from lxml.html import HtmlElement

from crawler.extract.embedded_grid import GridRules
from crawler.extract.page import Page
from crawler.platforms.platform import Platform

__all__ = ["DealerVenom"]


class DealerVenom(Platform):
    name = "dealer_venom"
    grid_paths = ("/all-vehicles/", "/used-vehicles/", "/new-vehicles/")
    vehicle_path = r"/vehicle/(?:New|Used|Certified)/\d{4}/[\w%.-]+/[\w%.-]+/[A-HJ-NPR-Z0-9]{17}/"
    tiles = (".listing-container[data-url]",)
    fingerprints = (
        ".listing-container[data-url]",
        "ul.ais-pagination-ul",
        ".dv-sp-disclaimer",
        "[src*='/dealervenom']",
        "[href*='/dealervenom']",
    )
    grid_rules = GridRules(page_step=("pg", "page"), mounts=("#hits:empty", ".ais-hits:empty"))

    def tile_link(self, page: Page, element: HtmlElement) -> tuple[HtmlElement, str | None]:
        """The card itself names its vehicle's page."""
        url = page.link(element.get("data-url"))
        return (element, url) if url is not None else super().tile_link(page, element)
