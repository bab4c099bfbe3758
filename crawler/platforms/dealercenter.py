"""DealerCenter: a plug-in in ordinary WordPress sites, everything of a vehicle in ``dws-`` classes.

A vehicle's path holds make, model and stock number but no year. The structured data is the
WordPress theme's and names nothing ("{{Year}} {{Make}} {{Model}}"). Photos are served in any size
their path asks for.
"""

from crawler.platforms.platform import Platform

__all__ = ["DealerCenter"]


class DealerCenter(Platform):
    name = "dealercenter"
    grid_paths = ("/inventory/",)
    photo_path = r"/\d{3,4}/\d{3,4}/\d{6}-[0-9a-f]{32}\.jpe?g"
    tiles = (
        ".dws-vehicle-listing-item",
        ".list-group-item .dws-listing-item",
        ".dws-listing-item",
    )
    fingerprints = (
        "[class*='dws-vehicle-']",
        "[class*='dws-listing-']",
        "[class*='dws-vdp-']",
    )
    detail_cuts = (".dws-similar-vehicles", ".dws-vehicle-listing-item")
    detail_pairs = ((".dws-vehicle-fields-label", ".dws-vehicle-fields-value"),)
    detail_gallery = (".dws-vehicle-slider",)
    detail_price = (".dws-vdp-single-field-value-vehicleprice",)
