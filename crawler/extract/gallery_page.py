"""The photos of a vehicle on a page of their own: "View all 24 photos".

Some sites show three thumbnails beside the facts and link the gallery. The link is followed only
where it says that it leads to photos and its address is this vehicle's.
"""

import re
from collections.abc import Sequence
from urllib.parse import unquote, urlsplit

from contract.urls import url_identity
from crawler.extract.gallery import read_gallery
from crawler.extract.main_block import leads_elsewhere, main_block, name_words
from crawler.extract.page import Page
from crawler.extract.picture_urls import folder_of, is_picture_path, picture_identity
from crawler.extract.text import text_of
from crawler.extract.vehicle_links import same_site

__all__ = ["gallery_link", "with_gallery"]

NAMED = re.compile(
    r"\b(?:all|more|view|see|full|alle|mehr|weitere|toutes|plus|voir|tutte|altre|vedi|bekijk|meer|"
    r"fler|\d+)\b.{0,24}\b(?:photos?|pictures?|images?|gallery|bilder|fotos?|foto's|galerie|"
    r"immagini|afbeeldingen)\b|^\W*(?:photo|picture|image) ?gallery\W*$|^\W*(?:bilder|foto)galerie",
    re.IGNORECASE,
)
FEW = 6
"""Photos up to which a page may be showing a part of its gallery."""


def gallery_link(page: Page, shown: Sequence[str]) -> str | None:
    """Return the address of the page that has a vehicle's whole gallery, where there is one and
    its own page shows few photos."""
    if len(shown) > FEW:
        return None
    here = url_identity(page.url)
    cut = main_block(page).cut
    for anchor in page.root.iter("a"):
        if cut.get(anchor) == "cut" or not NAMED.search(text_of(anchor)[:80]):
            continue
        url = page.link(anchor.get("href"))
        if (
            url is not None
            and url_identity(url) != here
            and same_site(url, page.url)
            and not is_picture_path(url)
            and (not leads_elsewhere(page, url) or _is_of_this_vehicle(url, page.url))
        ):
            return url
    return None


def _is_of_this_vehicle(url: str, page_url: str) -> bool:
    """Whether an address has the number or the slug of the vehicle's."""
    path = unquote(urlsplit(page_url).path)
    own = set(filter(_is_number, name_words(path))) or name_words(path.rpartition("/")[2])
    parts = urlsplit(url)
    theirs = name_words(unquote(parts.path)) | name_words(unquote(parts.query))
    return bool(own) and own <= theirs


def _is_number(word: str) -> bool:
    return len(word) > 2 and word[-1:].isdigit() and not re.fullmatch(r"(?:18|19|20)\d\d", word)


def with_gallery(shown: Sequence[str], gallery: Page) -> tuple[str, ...]:
    """Return the photos of the gallery's page where they are the shown ones and more, else those
    that the vehicle's page shows."""
    photos = read_gallery(gallery)
    if len(photos) < max(2, len(shown)):
        return tuple(shown)
    known, folders = {picture_identity(url) for url in shown}, {folder_of(url) for url in shown}
    related = any(picture_identity(url) in known or folder_of(url) in folders for url in photos)
    return photos if related or not shown else tuple(shown)
