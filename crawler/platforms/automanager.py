"""AutoManager WebManager: small independent lots, one tile markup in several colours.

Tiles carry everything as ``data-display…`` attributes, but ``data-displayprice`` is often a bare
"$" and the CarGurus badge beside it has a price of its own. Photos come in the sizes ``_120``,
``_640`` and ``_1280``. Sites built with Webflow mount the same stock at ``/am-inventory/<slug>``.
"""

from crawler.platforms.platform import Platform

__all__ = ["AutoManager"]


class AutoManager(Platform):
    name = "automanager"
    grid_paths = ("/view-inventory", "/am-inventory")
    photo_path = r"/wmphotos/\d{4,8}/[\w/-]+"
    vehicle_path = r"/vehicle-details/[\w%.-]+-[0-9a-f]{32}|/am-inventory/[\w%.-]*(?:19|20)\d\d-"
    tiles = (".inventory-panel[data-displaytitle]", "[data-id][data-displaytitle]", ".am-item")
    fingerprints = (
        "[data-displaytitle][data-displaymake]",
        "[href*='/wmthemes/']",
        "[src*='/wmthemes/']",
    )
    detail_cuts = (".similar-inventory", ".element-type-similarinventory", ".carguru")
    detail_gallery = ("#photo-gallery", ".vehicle-photos", ".element-type-photogallery")
    detail_price = (".pricevalue1",)
