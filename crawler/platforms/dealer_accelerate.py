"""Dealer Accelerate (SpeedDigital): Gateway, Streetside, Classic Auto Mall, Volo and others.

At least five themes share the image path, the ``ul.pagination`` pager and a vehicle path that ends
in the platform's id and its own year-led slug. Sold cars stand in the live grid, still priced.
"""

from crawler.platforms.platform import Platform

__all__ = ["DealerAccelerate"]


class DealerAccelerate(Platform):
    name = "dealer_accelerate"
    grid_paths = ("/vehicles", "/auto-sales/vehicles", "/inventory")
    # …/{dealer}/{n}/{vehicle}/{photo}/{W}x{H}[/wNN]/{year-led slug}, whatever host serves it.
    photo_path = r"/\d+/\d+/\d+/\d{3,4}x\d{3,4}/(?:w\d{1,3}/)?(?:18|19|20)\d\d-\w"
    tiles = (
        ".vehicle-grid__item",  # Gateway
        "a.inventory-item[itemtype*='schema.org/Car']",  # Streetside
        "a.inventory-grid-item",  # sites that mount the grid at /inventory
        ".cam-vehicle-block",  # Classic Auto Mall
        ".volo-sales-list-grid-item",  # Volo
        ".ag-list-item",  # GR Auto
        "a.motorcar-inventory-link",  # Motorcar Studio
    )
    fingerprints = (
        "[src*='cdn.dealeraccelerate.']",
        "[src*='cdn-dev.dealeraccelerate.']",
        "[style*='cdn.dealeraccelerate.']",
        "[style*='cdn-dev.dealeraccelerate.']",
        "[href*='cdn.dealeraccelerate.']",
        ".vehicle-grid__item a.vehicle-grid__link",
        "a.inventory-item[itemtype*='schema.org/Car'] .inventory-image",
        "a.inventory-grid-item[itemtype*='schema.org/Car']",
        ".cam-vehicle-block",
        ".volo-sales-list-grid-item",
        ".ag-list-item dl.show-car-details",
        "a.motorcar-inventory-link .inventory-list-view",
    )
    detail_cuts = (".related", ".modal", ".vehicle-grid__item")
    detail_pairs = (("dl.show-car-details dt", "dl.show-car-details dd"),)
