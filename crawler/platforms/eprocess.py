"""Dealer eProcess: the server draws ``.vehicle_item`` cards, a script draws the pager (``p=N``)
from ``var page_count``. ``data-vehicle`` holds percent-encoded JSON. "Sale Pending" and "Build
phase" stand in ``.intransit``: the cars are still offered.
"""

from crawler.extract.embedded_grid import GridRules
from crawler.platforms.platform import Platform

__all__ = ["EProcess"]


class EProcess(Platform):
    name = "eprocess"
    grid_paths = ("/search/all/", "/search/used/", "/search/new/")
    tiles = (".vehicle_item",)
    fingerprints = (
        ".vehicle_item .vehicle_item__vehicle_link",
        ".srp_pagination_links_container",
        ".veh_pricing_container dl dt",
    )
    grid_rules = GridRules(page_step=("p", "page"), pages=r"\bpage_count\s*=\s*(\d{1,4})")
    detail_price = (".veh_pricing_container dl",)
