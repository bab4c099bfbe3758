"""DealerFire (DealerSocket): the server draws the tiles, and pushes a full record of every car to
its data layer (``pushData('VehicleObject_65462874', {…})``); the address ends in ``-id-{number}``.

The price in JSON-LD is ``finalPrice``, the dealer's fees included; ``sellingPrice`` is what the
dealer advertises. ``limit=100`` and ``offset`` page the grid, ``data-total-items`` counts it. Group
sites name a placeholder rooftop. robots.txt asks for 10 s between pages.
"""

from crawler.extract.embedded_grid import GridRules
from crawler.platforms.platform import Platform

__all__ = ["DealerFire"]


class DealerFire(Platform):
    name = "dealer_fire"
    grid_paths = ("/inventory", "/used-vehicles", "/vehicles")
    vehicle_path = r"/[\w%.+-]*\d{4}-[\w%.+-]+-id-\d{5,12}(?![\w-])"
    tiles = (".inventory-vehicle", ".vehicle-item[data-vehicle-id]", ".srp-vehicle")
    fingerprints = (
        "script:contains('VehicleObject_')",
        "script:contains('DealerObject_')",
        "[src*='.cdn-ds.com/']",
        "[href*='.cdn-ds.com/']",
        "[data-total-items][data-limit]",
    )
    grid_rules = GridRules(
        page_step=("offset", "offset"),
        page_size=20,
        total=r"data-total-items=[\"'](\d{1,6})",
    )
    detail_cuts = (".similar-vehicles", ".related-vehicles", "[class*='similarVehicles']")
    detail_price = (".price-advertised", ".advertised-price")
