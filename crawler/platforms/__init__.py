"""The dealer platforms Paddock reads, one declarative file each.

`recognize` tells which one made a page; the last, `Generic`, takes what no other does. How to add
one: docs/adding-a-platform.md.
"""

from functools import lru_cache

from crawler.extract.page import Page
from crawler.platforms.aan import Aan
from crawler.platforms.automanager import AutoManager
from crawler.platforms.autorevo import AutoRevo
from crawler.platforms.dealer_accelerate import DealerAccelerate
from crawler.platforms.dealer_car_search import DealerCarSearch
from crawler.platforms.dealer_com import DealerCom
from crawler.platforms.dealer_fire import DealerFire
from crawler.platforms.dealer_inspire import DealerInspire
from crawler.platforms.dealer_on import DealerOn
from crawler.platforms.dealer_sync import DealerSync
from crawler.platforms.dealer_venom import DealerVenom
from crawler.platforms.dealercenter import DealerCenter
from crawler.platforms.ebizautos import EBizAutos
from crawler.platforms.eprocess import EProcess
from crawler.platforms.generic import Generic
from crawler.platforms.motorcar_marketing import MotorcarMarketing
from crawler.platforms.overfuel import Overfuel
from crawler.platforms.platform import Platform
from crawler.platforms.shopify import Shopify
from crawler.platforms.squarespace import Squarespace
from crawler.platforms.team_velocity import TeamVelocity
from crawler.platforms.wix import Wix
from crawler.platforms.wordpress import WordPress

__all__ = ["PLATFORMS", "Platform", "recognize"]

PLATFORMS: tuple[Platform, ...] = (
    DealerAccelerate(),
    AutoRevo(),
    AutoManager(),
    Aan(),
    MotorcarMarketing(),
    DealerCenter(),
    DealerCarSearch(),
    EBizAutos(),
    DealerCom(),
    DealerOn(),
    DealerFire(),
    Overfuel(),
    TeamVelocity(),
    EProcess(),
    DealerVenom(),
    DealerSync(),
    DealerInspire(),
    # What builds any kind of site comes after what builds dealers' sites alone: DealerCenter is a
    # plug-in in WordPress, Dealer Inspire a theme of it.
    WordPress(),
    Shopify(),
    Squarespace(),
    Wix(),
    Generic(),
)
"""In the order they are asked; the generic one last."""


@lru_cache(maxsize=2)
def recognize(page: Page) -> Platform:
    """Return the platform that made a page, `Generic` where none is known.

    The last pages are remembered, as their readings are.
    """
    return next(platform for platform in PLATFORMS if platform.recognizes(page))
