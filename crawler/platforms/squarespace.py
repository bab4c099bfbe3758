"""Squarespace: shops, blogs and summaries that dealers fill by hand; the generic reader reads them.

A car is a product or a post, its path is anything, its facts are prose. ``.sold-out`` marks a
product that is gone. Photos carry their largest size in ``data-image`` or ``?format=``.
"""

from crawler.platforms.platform import Platform

__all__ = ["Squarespace"]


class Squarespace(Platform):
    name = "squarespace"
    grid_paths = ("/inventory", "/cars", "/for-sale", "/shop")
    photo_path = r"/content/v1/[0-9a-f]{24}/"
    tiles = (".ProductList-item", ".product-list-item", ".products .grid-item", ".summary-item")
    fingerprints = (
        "meta[name='generator'][content^='Squarespace']",
        "body[id^='collection-'] .sqs-block",
        "#siteWrapper .sqs-layout",
        ".ProductList-item .ProductList-title",
        ".sqs-block-product",
    )
    detail_cuts = (".ProductItem-relatedProducts", ".product-related-products", ".item-pagination")
    detail_gallery = (".ProductItem-gallery", ".product-gallery", ".sqs-gallery")
