"""Every other site: JSON-LD, microdata and plain card grids, found by structure."""

from crawler.extract.page import Page
from crawler.platforms.platform import Platform

__all__ = ["Generic"]


class Generic(Platform):
    name = "generic"
    grid_paths = ("/inventory", "/vehicles", "/cars-for-sale", "/cars", "/stock", "/for-sale")

    def recognizes(self, page: Page) -> bool:
        return True
