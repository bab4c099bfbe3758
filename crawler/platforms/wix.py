"""Wix: shops and repeaters that dealers fill by hand; the generic reader reads them.

Class names are generated, ``data-hook`` names are not. The word "AutoRevoke" in its scripts is no
fingerprint of AutoRevo. Photos are ``…~mv2.jpg/v1/fill/w_300,h_200,…/name.jpg``.
"""

from crawler.platforms.platform import Platform

__all__ = ["Wix"]


class Wix(Platform):
    name = "wix"
    grid_paths = ("/inventory", "/shop", "/cars-for-sale", "/category/all-products")
    photo_path = r"/media/[0-9a-f]{6}_[0-9a-f]{32}~mv2"
    tiles = (
        "[data-hook='product-list-grid-item']",
        "[data-hook='product-item-root']",
        "[role='list'] > [role='listitem']",
    )
    fingerprints = (
        "meta[name='generator'][content^='Wix.com']",
        "#SITE_CONTAINER #SITE_PAGES",
        "#wix-warmup-data",
        "[data-hook='product-item-root']",
        "[data-mesh-id]",
    )
    detail_cuts = ("[data-hook='related-products']", "[data-hook='relatedProductsGallery']")
    detail_gallery = ("[data-hook='main-media-image-wrapper']", "[data-hook='product-gallery']")
