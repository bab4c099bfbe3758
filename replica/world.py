"""The whole replica for one seed and one set of addresses: every site, ready to answer."""

from collections.abc import Mapping
from functools import cached_property

from replica.dealers import BY_KEY, DEALERS
from replica.page import Page, Site, Visit
from replica.photos import PhotoSite
from replica.sellers import MARKETPLACE, brochures
from replica.sites.brochure import BrochureSite, MarketplaceSite
from replica.sites.classic import ClassicSite
from replica.sites.dealer import DealerSite

SEED = 1


def site_keys() -> tuple[str, ...]:
    """The keys of all sites, in the order in which they get their ports."""
    return ("classic", "images", "cdn", *(d.key for d in DEALERS), *brochures(), MARKETPLACE)


class World:
    """All sites. `origins` maps every key of `site_keys()` to `http://host:port`."""

    def __init__(self, origins: Mapping[str, str], seed: int = SEED):
        self.origins, self.seed = dict(origins), seed
        self.classic = ClassicSite(seed, self.origins)
        self.dealers = {
            key: DealerSite(seed, BY_KEY[key], origins[key], origins["cdn"]) for key in BY_KEY
        }

    @cached_property
    def sites(self) -> dict[str, Site]:
        """Every site by its key."""
        sites: dict[str, Site] = {"classic": self.classic, **self.dealers}
        sites |= {key: PhotoSite(key) for key in ("images", "cdn")}
        sites |= {key: BrochureSite(seller, key) for key, seller in brochures().items()}
        sites[MARKETPLACE] = MarketplaceSite()
        return sites

    def answer(self, site: str, visit: Visit) -> Page:
        """The page behind a request to a site."""
        return self.sites[site].answer(visit)
