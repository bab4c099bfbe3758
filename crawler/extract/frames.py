"""The frames of a page: where sites that draw nothing themselves show their pages, and vendors'
grids stand in dealers' pages."""

import re

from contract.urls import url_identity
from crawler.extract.page import Page
from crawler.extract.vehicle_links import same_site

__all__ = ["framed_pages"]

# Words of addresses by which a frame of another site is a grid: no map, video or chat has them.
GRID_WORDS = re.compile(
    r"inventor|vehicle|listing|showroom|fahrzeug|voiture|aanbod|stock|\bcars?\b|"
    r"dealer",
    re.IGNORECASE,
)
OTHER_FRAMES = re.compile(
    r"google\.|youtube|vimeo|facebook|instagram|recaptcha|doubleclick|carfax|finance|credit|chat|"
    r"calculator|newsletter|form|map|review|player|login",
    re.IGNORECASE,
)
MAX_FRAMES = 4


def framed_pages(page: Page) -> tuple[str, ...]:
    """Return the addresses of the frames in which a page may show its grid, in document order: its
    own site's, and those of other sites that speak of vehicles."""
    found: dict[str, str] = {}
    for element in page.root.iter("frame", "iframe"):
        url = page.link(
            element.get("src") or element.get("data-src") or element.get("data-lazy-src")
        )
        if url is None or url_identity(url) == url_identity(page.url):
            continue
        if OTHER_FRAMES.search(url) or element.get("height") in ("0", "1"):
            continue
        if same_site(url, page.url) or GRID_WORDS.search(url):
            found.setdefault(url_identity(url), url)
    return tuple(found.values())[:MAX_FRAMES]
