"""Empty grids and unread ones: only plain signs make a page wait for a script."""

import pytest

from crawler.extract.page import Page
from crawler.extract.script_mounts import needs_script
from crawler.platforms import PLATFORMS

URL = "https://dealer.example/inventory"
SCRIPT = '<script src="/app.js"></script>'

UNREAD = {
    "root": '<div id="root"></div>',
    "nuxt": '<div id="__nuxt"><div></div></div>',
    "angular": "<app-root></app-root>",
    "mount": '<h1>Inventory</h1><div class="inventory-app" data-dealer="7"></div>',
    "hits": '<h1>Cars</h1><p>Find your next car here.</p><div id="vehicle-hits"></div>',
    "custom_element": "<h1>Cars</h1><inventory-search></inventory-search>",
    "skeleton": '<div id="vehicle-grid" data-dealer="3"><div class="skeleton"></div></div>',
    "loading": "<h1>Cars</h1><p>Loading inventory...</p>",
    "endpoint": '<h1>Cars</h1><div data-component="Stock" data-endpoint="/api/7"></div>',
    "template": "<ul><li>{{ vehicle.title }}</li></ul>",
    "noscript": "<noscript>You need to enable JavaScript to run this app.</noscript>",
}
EMPTY = {
    "nothing_said": "<h1>Inventory</h1><p>Please check back soon.</p>",
    "none_said": '<div class="inventory-app" data-x="1"></div><p>We have no vehicles right now.</p>',
    "tag_manager": '<h1>Cars</h1><noscript><iframe src="https://gtm.test/ns.html"></iframe></noscript>',
    "form": "<h1>Cars</h1><noscript>Please enable JavaScript to send the form.</noscript>",
    "plain_list": '<h1>Cars</h1><ul class="menu-vehicles"></ul><div class="recent-vehicles"></div>',
    "filters": '<h1>Cars</h1><div id="vehicle-filter-app" data-x="1"></div>',
    "long_page": '<div id="app"></div>' + "<p>We restore and sell classic cars.</p>" * 20,
}  # fmt: skip


@pytest.mark.parametrize("html", UNREAD.values(), ids=UNREAD.keys())
def test_a_page_that_waits_for_a_script(html: str) -> None:
    page = Page(URL, f"<body>{html}{SCRIPT}</body>")
    assert needs_script(page)
    assert PLATFORMS[-1].read_grid(page).needs_script
    # Without any script nothing is waited for.
    assert not needs_script(Page(URL, f"<body>{html}</body>"))


@pytest.mark.parametrize("html", EMPTY.values(), ids=EMPTY.keys())
def test_a_page_that_is_simply_empty(html: str) -> None:
    assert not needs_script(Page(URL, f"<body>{html}{SCRIPT}</body>"))


def test_a_page_with_cars_needs_nothing() -> None:
    car = '<div class="car"><a href="/cars/1967-ford-{n}"><img src="/{n}.jpg"><h3>1967 Ford {n}</h3></a><b>$9,000</b></div>'
    cars = "".join(car.replace("{n}", str(n)) for n in range(3))
    grid = PLATFORMS[-1].read_grid(Page(URL, f'<div id="root"></div><div>{cars}</div>{SCRIPT}'))
    assert (len(grid.cards), grid.needs_script) == (3, False)
