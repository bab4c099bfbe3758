"""Dealer.com (DDC): a script draws the grid from ``DDC.WS.state['ws-inv-data']``, which every page
of it carries; ``?start=N`` pages it, and the endpoint behind it takes the same parameters.

The data mixes in nearby stores' cars: only the site's own account counts, and the total counts
both. New cars on order carry provisional VINs (the letter I, a letter among the last four) and the
status words IN_TRANSIT and "In Production". The site sits behind Akamai, and the endpoint may
answer nothing to a stranger: then the state is all there is.
"""

from crawler.extract.embedded import OwnStock
from crawler.extract.embedded_grid import GridRules
from crawler.extract.json_endpoint import JsonGrid
from crawler.platforms.platform import Platform

__all__ = ["DealerCom"]


class DealerCom(Platform):
    name = "dealer_com"
    grid_paths = (
        "/all-inventory/index.htm",
        "/used-inventory/index.htm",
        "/new-inventory/index.htm",
    )
    vehicle_path = (
        r"/(?:new|used|certified|exotic)[\w-]*/[\w%.+-]+/\d{4}-[\w%.+-]+-[0-9a-f]{32}\.htm"
    )
    tiles = ("li.vehicle-card", ".inventoryList li.item.hproduct")
    fingerprints = (
        "script:contains('DDC.WS.state')",
        "[data-widget-name='ws-inv-data']",
        "[data-widget-name='ws-inv-listing']",
        "[id^='inventory-results'][id$='-app-root']",
    )
    grid_rules = GridRules(
        own_stock=OwnStock(
            "accountId",
            (
                r"DDC\.siteSettings\s*=\s*\{[^{}]*?[\"']accountId[\"']\s*:\s*[\"']([\w-]+)",
                r"[\"']dealership[\"']\]?\s*[:=]\s*\{[^{}]*?[\"']accountId[\"']\s*:\s*[\"']([\w-]+)",
                # A store's site is mostly named as its account; a group's is no car's.
                r"[\"']siteId[\"']\s*:\s*[\"']([\w-]+)",
            ),
        ),
        page_step=("start", "offset"),
        mounts=(
            "[data-widget-name='ws-inv-listing']",
            "[id^='inventory-results'][id$='-app-root']",
        ),
    )
    json_grids = (
        JsonGrid(
            url="/api/widget/ws-inv-data/getInventory",
            settings=(
                ("site", r"[\"']siteId[\"']\s*:\s*[\"']([\w-]+)"),
                ("alias", r"[\"']pageAlias[\"']\s*:\s*[\"'](\w*INVENTORY\w*)"),
                ("page_id", r"[\"']pageId[\"']\s*:\s*[\"']([\w-]+)"),
                ("config", r"[\"']listing\.config\.id[\"']\s*:\s*[\"']([\w, -]+)"),
            ),
            defaults={
                "alias": "INVENTORY_LISTING_DEFAULT_AUTO_ALL",
                "page_id": "v9_INVENTORY_SEARCH_RESULTS_AUTO_ALL_V1_1",
                "config": "auto-new,auto-used",
            },
            body={
                "siteId": "{site}",
                "locale": "en_US",
                "device": "DESKTOP",
                "pageAlias": "{alias}",
                "pageId": "{page_id}",
                "windowId": "inventory-data-bus1",
                "widgetName": "ws-inv-data",
                # Only here does the offset count; elsewhere it is answered with the first page.
                "inventoryParameters": {"start": ["{number!s}"]},
                "preferences": {"pageSize": "{size!s}", "listing.config.id": "{config}"},
                "includePricing": True,
            },
            step="offset",
            size=48,
        ),
    )
    detail_cuts = ("[data-widget-name*='similar']", ".ws-similar-vehicles", ".vehicle-ctas")
    detail_price = (".pricing-detail .final-price .price-value", ".final-price .price-value")
