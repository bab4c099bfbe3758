"""WordPress with a plug-in or theme for vehicle listings: those that number their tiles
``listing-<post id>`` (Midwest Muscle Cars), Vehica, and Stylemix Motors.

They share nothing but WordPress: mounts, slugs and pagers are the dealer's own. The first put
several label/value pairs in one table row; Vehica's pager may be a parameter that changes nothing;
Motors marks with ``special-label`` both "Sold" and "Special". Selectors of Motors are its source's,
not seen live.
"""

from crawler.platforms.platform import Platform

__all__ = ["WordPress"]


class WordPress(Platform):
    name = "wordpress"
    grid_paths = ("/listings/sale/", "/inventory/", "/listings/", "/search/")
    tiles = (
        ".listing[id^='listing-']",
        ".vehica-car-card",
        ".vehica-car-row",
        ".stm-isotope-listing-item",
        ".stm-directory-grid-loop",
    )
    fingerprints = (
        ".listing[id^='listing-'] .listing-title",
        "table.listing-info",
        "[class*='vehica-car-']",
        ".stm-isotope-listing-item",
        ".stm-directory-grid-loop",
        ".stm-single-car-page",
        ".stm-big-car-gallery",
    )
    detail_cuts = (
        ".stm-similar-cars-units",
        ".stm-car-listing-sidebar",
        ".vehica-related-cars",
        ".vehica-carousel",
        ".related-listings",
    )
    detail_pairs = (
        ("table.listing-info th", "table.listing-info td"),
        (".vehica-car-attributes__name", ".vehica-car-attributes__values"),
        (".single-car-data .t-label", ".single-car-data .t-value"),
    )
    detail_gallery = (".listing-gallery", ".vehica-car-gallery", ".stm-big-car-gallery")
    detail_price = (".vehica-car-price", ".single-regular-price .h3", ".stm-single-car-page .price")
