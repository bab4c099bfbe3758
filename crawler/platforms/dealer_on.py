"""DealerOn: the grid's HTML names its cars in an ItemList of addresses alone, 12 a page
(``?pt=N``), and counts them in ``#dealeron_tagging_data``; a script draws the cards from the Cosmos
endpoint.

The address holds year, make, model, trim and VIN. A vehicle's page keeps its fields as ``data-``
attributes of ``.vdp[data-vehicle-information]``; colors there carry footnotes as markup.
"""

import re
from dataclasses import replace

from crawler.extract.detail import Detail
from crawler.extract.embedded_grid import GridRules
from crawler.extract.json_endpoint import JsonGrid
from crawler.extract.page import Page
from crawler.platforms.platform import Platform

__all__ = ["DealerOn"]

FOOTNOTE = re.compile(r"<a\b.*?</a>|<[^<>]*>|\[\w+\]", re.S)


class DealerOn(Platform):
    name = "dealer_on"
    grid_paths = ("/searchall.aspx", "/searchused.aspx", "/searchnew.aspx")
    vehicle_path = r"/(?:new|used|certified)-[\w.%+-]+-\d{4}-[\w.%+-]+-[A-HJ-NPR-Z0-9]{17}(?![\w-])"
    tiles = (
        ".vehicle-card[data-vin]",
        ".vehicle-card--mod",
        "[data-vehicle-information][data-vin]",
    )
    fingerprints = (
        "#dealeron_tagging_data",
        "[src*='dlron.us/']",
        "[href*='dlron.us/']",
        ".vdp[data-vehicle-information]",
    )
    grid_rules = GridRules(
        page_step=("pt", "page"),
        page_size=12,
        total=r"[\"']itemCount[\"']\s*:\s*[\"']?(\d{1,6})",
        mounts=("#srp-vehicle-list:empty", "#vehicle-display-cards:empty"),
    )
    json_grids = (
        JsonGrid(
            url="/api/vhcliaa/vehicle-pages/cosmos/srp/vehicles/{dealer}/{page_id}"
            "?host={host}&{query}&pt={number}&pn={size}&displayCardsShown={size}",
            settings=(
                ("dealer", r"[\"'][dD]ealerId[\"']\s*:\s*[\"']?(\d+)"),
                ("page_id", r"[\"'][pP]ageId[\"']\s*:\s*[\"']?(\d+)"),
            ),
            step="page",
            first=1,
            size=48,
        ),
    )
    detail_block = (".vdp[data-vehicle-information]",)
    detail_cuts = (".similar-vehicles", "[class*='similarVehicles']", ".srp-recommended")

    def read_detail(self, page: Page) -> Detail:
        detail = super().read_detail(page)
        return replace(
            detail,
            exterior_color=_plain(detail.exterior_color),
            interior_color=_plain(detail.interior_color),
        )


def _plain(color: str | None) -> str | None:
    """A color without its footnote links and marks: ``Red<a …><sup>60</sup></a> [Extra_Cost]``."""
    return FOOTNOTE.sub("", color).strip() or None if color else None
