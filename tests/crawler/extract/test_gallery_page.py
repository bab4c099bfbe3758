"""Galleries on a page of their own: which link leads there, and whether its photos are this car's."""

import pytest

from crawler.extract.gallery_page import gallery_link, with_gallery
from crawler.extract.page import Page

SITE = "https://mill.example"
URL = f"{SITE}/stock/4711.html"
SHOWN = [f"{SITE}/ph/{n}t.jpg" for n in "abc"]
WHOLE = [f"{SITE}/ph/{n}.jpg" for n in "abcdefgh"]


@pytest.mark.parametrize(
    ("link", "leads_to"),
    [
        ('<a href="/stock/4711/photos.html">View all 8 photos</a>', "/stock/4711/photos.html"),
        (
            '<a href="/stock/4711.html?view=gallery">Alle Bilder</a>',
            "/stock/4711.html?view=gallery",
        ),
        ('<a href="/gallery.php?id=4711">Photo gallery</a>', "/gallery.php?id=4711"),
        ('<a href="/gallery.php?id=4712">Photo gallery</a>', None),
        ('<a href="/gallery.html">See our gallery</a>', None),
        ('<a href="https://other.example/4711">View all photos</a>', None),
        ('<a href="/stock/4711/print.html">Print</a>', None),
        ('<nav><a href="/stock/4711/photos.html">View all photos</a></nav>', None),
    ],
)
def test_the_link_to_the_gallery_is_this_car_s(link: str, leads_to: str | None) -> None:
    page = Page(URL, f"<h1>1967 Ford Mustang</h1>{link}<p>VIN: 7R02C112233</p>")
    assert gallery_link(page, SHOWN) == (f"{SITE}{leads_to}" if leads_to else None)


def test_a_page_that_shows_many_photos_needs_no_other() -> None:
    page = Page(URL, '<h1>1967 Ford Mustang</h1><a href="/stock/4711/photos">All photos</a>')
    assert gallery_link(page, WHOLE) is None


def gallery(photos: list[str]) -> Page:
    images = "".join(f'<p><img src="{url}"></p>' for url in photos)
    return Page(f"{SITE}/stock/4711/photos.html", f"<h1>Photos of 1967 Ford Mustang</h1>{images}")


def test_the_gallery_is_taken_whole_where_it_is_this_car_s() -> None:
    assert with_gallery(SHOWN, gallery(WHOLE)) == tuple(WHOLE)
    assert with_gallery([], gallery(WHOLE)) == tuple(WHOLE)


def test_other_photos_and_fewer_are_not_taken() -> None:
    others = [f"{SITE}/events/{n}.jpg" for n in "abcdefgh"]
    assert with_gallery(SHOWN, gallery(others)) == tuple(SHOWN)
    assert with_gallery(SHOWN, gallery(WHOLE[:2])) == tuple(SHOWN)
