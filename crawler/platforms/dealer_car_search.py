"""Dealer Car Search: one cell per vehicle in many layouts (``i10r_``, ``i18r_`` …).

The pager speaks its page and total out ("Page: 1 of 4 (83 vehicles)"); the grid's host serves new
and used cars at one address.
"""

from crawler.platforms.platform import Platform

__all__ = ["DealerCarSearch"]


class DealerCarSearch(Platform):
    name = "dealer_car_search"
    grid_paths = ("/newandusedcars", "/inventory", "/usedcars")
    vehicle_path = r"/vdp/\d+/(?:New|Used|Certified)-(?:19|20)\d\d-[\w%.-]+"
    tiles = (".invMainCell",)
    fingerprints = (
        ".invMainCell",
        ".inv-repeater.update-vehicles",
        "[class^='i10r_'], [class*=' i10r_']",
        "[class^='i18r_'], [class*=' i18r_']",
    )
    detail_cuts = (".similarVehicles", ".invMainCell")
    detail_price = (".lblPrice", ".price-1")
