"""AutoRevo power sites: one tile markup everywhere, specifications as dl with named classes.

The grid holds sold cars under an overlay picture; new, used and non-car stock stand together. Wix
pages contain the word "AutoRevoke", so the host or the tile names the platform, never the word.
"""

from crawler.platforms.platform import Platform

__all__ = ["AutoRevo"]


class AutoRevo(Platform):
    name = "autorevo"
    grid_paths = ("/vehicles", "/used-vehicles", "/new-vehicles")
    photo_path = r"/\d{2,4}x\d{2,4}/\d+-\d+-revo\.jpg"
    tiles = ("section.inventory_item", ".inventory_item")
    fingerprints = (
        "[src*='-img.autorevo.com/']",
        "[href*='-img.autorevo.com']",
        "[src*='autorevo-powersites.com']",
        "[href*='autorevo-powersites.com']",
        "#inventory_list .inventory_item .template_title",
        "#srp_results #inventory_list .inventory_item",
        "body.vdp #pricing .website_price",
    )
    detail_cuts = ("#similar_vehicles",)
    detail_pairs = (("dl dt[class$='_label']", "dl dd[class$='_value']"),)
    detail_price = ("#pricing .website_price",)
