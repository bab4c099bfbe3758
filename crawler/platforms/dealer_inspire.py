"""Dealer Inspire (Cars Commerce): WordPress sites whose grid a script fills from a search service.

The page hands the script its keys: ``SEARCH_SERVICE`` (Cars Commerce, since 2026) or
``algoliaConfig`` (Algolia, retired on most sites). Both are hosts beside the dealer's own: they are
asked only where their own robots rules allow it. Drawn cards and vehicle pages carry the car as
JSON in ``data-vehicle``. The VIN stands in the address, in small letters. The Cars Commerce service
holds hidden cars too: only the statuses that sites show are asked for.
"""

from crawler.extract.embedded_grid import GridRules
from crawler.extract.json_endpoint import JsonGrid
from crawler.platforms.platform import Platform

__all__ = ["DealerInspire"]


class DealerInspire(Platform):
    name = "dealer_inspire"
    grid_paths = ("/all-inventory/", "/used-vehicles/", "/new-vehicles/", "/inventory/")
    vehicle_path = (
        r"/inventory/(?:new|used|certified[\w-]*)-\d{4}-[\w.%-]+-[a-hj-npr-z0-9]{11}\w{6}/"
    )
    tiles = (".result-wrap[data-vehicle]", ".result-wrap", ".hit[data-vehicle]")
    fingerprints = (
        "script:contains('inventoryLightningSettings')",
        "script:contains('algoliaConfig')",
        "script:contains('SEARCH_SERVICE')",
        "[href*='/DealerInspireDealerTheme/']",
        "[src*='/DealerInspireDealerTheme/']",
    )
    grid_rules = GridRules(mounts=("#hits:empty", "#results-page:empty"))
    json_grids = (
        JsonGrid(
            url="https://websites-search.api.carscommerce.inc/api/v1/listings/{site}/search",
            settings=(
                ("site", r"SEARCH_SERVICE\s*=\s*\{[^{}]*?[\"']ccid[\"']\s*:\s*[\"']?(\d+)"),
                ("key", r"SEARCH_SERVICE\s*=\s*\{[^{}]*?[\"']apiKey[\"']\s*:\s*[\"']([\w-]+)"),
            ),
            body={
                "page": "{number}",
                "perPage": "{size}",
                "filters": {"status": ["publish", "modified", "pend-sale"]},
            },
            headers={"x-api-key": "{key}"},
            hosts=("carscommerce.inc",),
        ),
        JsonGrid(
            url="https://{application}-dsn.algolia.net/1/indexes/{index}/query",
            settings=(
                ("application", r"algoliaConfig\s*=\s*\{[^{}]*?[\"']appId[\"']\s*:\s*[\"'](\w+)"),
                ("key", r"algoliaConfig\s*=\s*\{[^{}]*?[\"']apiKeySearch[\"']\s*:\s*[\"'](\w+)"),
                ("index", r"algoliaConfig\s*=\s*\{[^{}]*?[\"']indexName[\"']\s*:\s*[\"']([\w-]+)"),
            ),
            body={"params": "hitsPerPage={size}&page={number}"},
            headers={
                "X-Algolia-Application-Id": "{application}",
                "X-Algolia-API-Key": "{key}",
            },
            first=0,
            hosts=("algolia.net",),
        ),
    )
    detail_cuts = (".similar-vehicles", "#similar-vehicles", ".vehicle-recommendations")
