"""DealerSync: the grid stands at ``/Inventory/Search``; its tiles carry ``data-vin`` and class
names that begin with ``ds-``. Known from one note alone: the generic reader does the rest.
"""

from crawler.platforms.platform import Platform

__all__ = ["DealerSync"]


class DealerSync(Platform):
    name = "dealer_sync"
    grid_paths = ("/Inventory/Search",)
    tiles = ("[class^='ds-'][data-vin]", "[class*=' ds-'][data-vin]")
    fingerprints = ("[class^='ds-'][data-vin]", "[class*=' ds-'][data-vin]")
