"""The explicit link to a dealer's archive of sold vehicles."""

import re
from collections.abc import Iterator

from contract.urls import url_identity
from crawler.extract.page import Page
from crawler.extract.text import fold, text_of
from crawler.extract.vehicle_links import (
    is_other_business,
    is_sold_path,
    same_site,
    vehicle_url_score,
)
from crawler.extract.wording import Wording

__all__ = ["sold_grid_links"]

SOLD_ARCHIVE = Wording(
    r"^\W*(?:(?:click to visit |view |see |browse |our |all |recently |previously |past |just )*"
    r"sold(?: (?:vehicles?|cars?|inventory|classics?|archives?|gallery|listings?|automobiles?|"
    r"stock|autos|showroom|collection))?"
    r"|(?:archive[sd]?|past)(?: (?:sales|inventory|vehicles|cars))?|verkaufte? ?(?:fahrzeuge?|"
    r"autos?|wagen)?|bereits verkauft|"
    r"(?:v[ée]hicules |voitures )?vendue?s?|(?:auto |veicoli )?vendut[eio]|verkochte?(?: auto's|"
    r" voertuigen)?|vendidos)\W*$"
)


def sold_grid_links(page: Page) -> Iterator[str]:
    """Yield the links to the sold archive, the surest first; none when the page is its own."""
    here = url_identity(page.url)
    ranked: dict[str, tuple[int, int, str]] = {}
    for index, element in enumerate(page.root.iter("a")):
        url = page.link(element.get("href"))
        if url is None or not same_site(url, page.url) or url_identity(url) == here:
            continue
        title = fold(element.get("title") or "")
        text = text_of(element) or title
        named = SOLD_ARCHIVE.match(text) or SOLD_ARCHIVE.match(title)
        by_path = is_sold_path(url)
        if named and not by_path and next(element.iter("img", "picture"), None) is not None:
            continue  # The ribbon over a car's photo.
        if (
            not (named or by_path)
            or vehicle_url_score(url) >= 3
            or "#" in (element.get("href") or "")[:1]
        ):
            continue
        if named and not by_path and (is_other_business(url) or "archive" in text.lower()):
            continue
        if re.search(r"[?&](?:page|p|pg)=\d", url) or re.search(r"/(?:blog|news)/", url):
            continue
        if not named and re.search(r"/(?:tag|category)/", url):
            continue
        rank = 0 if named and by_path else 1 if by_path else 2
        ranked.setdefault(url_identity(url), (rank, index, url))
    for _, _, url in sorted(ranked.values()):
        yield url
