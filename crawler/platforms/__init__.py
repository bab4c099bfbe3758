"""The dealer platforms Paddock reads, one declarative file each.

`recognize` tells which one made a page; the last, `Generic`, takes what no other does. How to add
one: docs/adding-a-platform.md.
"""

from crawler.extract.page import Page
from crawler.platforms.autorevo import AutoRevo
from crawler.platforms.dealer_accelerate import DealerAccelerate
from crawler.platforms.generic import Generic
from crawler.platforms.platform import Platform

__all__ = ["PLATFORMS", "Platform", "recognize"]

PLATFORMS: tuple[Platform, ...] = (DealerAccelerate(), AutoRevo(), Generic())
"""In the order they are asked; the generic one last."""


def recognize(page: Page) -> Platform:
    """Return the platform that made a page, `Generic` where none is known."""
    return next(platform for platform in PLATFORMS if platform.recognizes(page))
