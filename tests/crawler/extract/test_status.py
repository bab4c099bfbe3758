"""A vehicle's page: the main block decides, and nothing is guessed."""

import pytest

from crawler.extract.page import Page
from crawler.extract.status import read_status

URL = "https://x.example/inventory/1967-ford-mustang-1"
CAR = '<h1>1967 Ford Mustang</h1><img src="/1.jpg"><p>$20,000</p>'
PAGES = {
    "plain": (CAR, "in_stock"),
    "no h1": ("<title>1967 Ford Mustang</title><h2>1967 Ford Mustang</h2><img src=/1.jpg><p>$1,000</p>", "in_stock"),
    "sold in the price slot": ('<h1>1967 Ford Mustang</h1><p class="price">SOLD</p>', "sold"),
    "sold in the heading": ("<h1>SOLD - 1967 Ford Mustang</h1>", "sold"),
    "microdata": (
        '<div itemscope itemtype="http://schema.org/Car"><h1 itemprop="name">1967 Ford</h1><div itemprop="offers" '
        'itemscope itemtype="http://schema.org/Offer"><link itemprop="availability" href="http://schema.org/SoldOut">'
        "</div></div>",
        "sold",
    ),
    "pending": (CAR + '<div class="status">Sale pending</div>', "pending"),
    "rail of sold cars": (
        CAR + '<div class="other-vehicles"><a href="/inventory/1966-fiat-2"><img src="/2.jpg">1966 Fiat</a> <b>SOLD</b></div>',
        "in_stock",
    ),
    "badge in the navigation": ('<nav><span class="sold">Sold</span></nav>' + CAR, "in_stock"),
    "word in the footer": (CAR + "<footer><b>SOLD</b></footer>", "in_stock"),
    "breadcrumb": ('<div class="crumbs"><a href="/sold">Sold</a></div>' + CAR, "in_stock"),
    "tab": ('<ul class="tabs"><li><a href="/inventory/sold">Sold</a></li></ul>' + CAR, "in_stock"),
    "hidden modal": (CAR + '<div class="modal">SOLD</div><div style="display: none">SOLD</div>', "in_stock"),
    "form": (CAR + "<select><option>Sold</option></select><label>Notify me when sold</label>", "in_stock"),
    "remark": (CAR + "<p>Wheels sold separately; a list is no longer available.</p>", "in_stock"),
    "soft 404": ("<h1>Oops</h1><p>This vehicle is no longer available.</p>", "gone"),
    "soft 404 title": ("<title>Page not found</title><h1>Oops</h1>", "gone"),
    "German soft 404": ("<h1>Fahrzeug nicht mehr verfügbar</h1>", "gone"),
    "a grid": (
        '<h1>Inventory</h1><div><a href="/inventory/1966-fiat-2">1966 Fiat</a> $9,000 <b>SOLD</b></div>'
        '<div><a href="/inventory/1968-fiat-3">1968 Fiat</a> $9,000</div>',
        "unknown",
    ),
    "challenge": ("<title>Just a moment...</title><div id=challenge-running></div>", "unknown"),
    "maintenance": ("<title>Down For Maintenance</title><h1>Down For Maintenance</h1>", "unknown"),
    "empty": ("", "unknown"),
}  # fmt: skip


@pytest.mark.parametrize(("body", "status"), PAGES.values(), ids=PAGES.keys())
def test_status_of_a_vehicle_page(body: str, status: str) -> None:
    assert read_status(Page(URL, body)).status == status


@pytest.mark.parametrize(
    ("code", "status"),
    [(404, "gone"), (410, "gone"), (403, "unknown"), (429, "unknown"), (500, "unknown")],
)
def test_status_of_an_answer(code: int, status: str) -> None:
    assert read_status(Page(URL, CAR, code)).status == status
