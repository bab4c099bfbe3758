"""From what is known of a dealer to the grid: a shell, another host, a home page, a vendor's mount."""

from collections.abc import Mapping
from uuid import UUID

import pytest

from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownOrganization
from tests.crawler.grid_visits import held_inventory
from tests.crawler.platforms.cases import page, site

HANDLE = UUID("0d6b1c86-7d1f-5f6c-9d5e-0c0c5a1f7e11")
STOCK = "https://sunset-exotics.ebizautos.com/sitemap.xml"
MOTORCAR = "https://summitmotors.motorcars.example"
CALL = "https://www.northbankclassics.example/isapi_xml.php"


def stock() -> Page:
    """The vendor's sitemap as its own host serves it."""
    shown = page("ebizautos/sitemap_as_grid")
    return Page(STOCK, shown.html.replace("sunsetexotics.stock.example", STOCK.split("/")[2]))


def home() -> Page:
    """A home page that names its vendor by a photo alone."""
    photo = "/dealers/images/vehicles/large/image_1_2.jpg"
    return Page(f"{MOTORCAR}/", f"<h1>Summit Motors</h1><img src='{photo}'>")


@pytest.mark.parametrize(
    ("start", "pages", "grid", "cars"),
    [
        (
            page("aan/shell_that_names_its_page"),
            {page("aan/struck_price_stands_first").url: page("aan/struck_price_stands_first")},
            f"{CALL}?module=inventory&pageID=741&limit=24&offset=0",
            4,
        ),
        (page("ebizautos/dealers_own_site_without_stock"), {STOCK: stock()}, STOCK, 6),
        (
            home(),
            {page("motorcar_marketing/sleek_grid").url: page("motorcar_marketing/sleek_grid")},
            f"{MOTORCAR}/vehicle_listings/all/vehicles",
            3,
        ),
    ],
    ids=["the script's call", "the vendor's host", "the vendor's mount"],
)
async def test_grid_is_found_where_its_vendor_keeps_it(
    start: Page, pages: Mapping[str, Page], grid: str, cars: int
) -> None:
    organization = KnownOrganization(HANDLE, "Dealer", None, (start.url,), ())
    walk = InventoryWalk(held_inventory(HANDLE), organization, site(pages), day=0)
    items = [item async for item in walk.items(Fetched(start.url, page=start))]
    assert walk.walks[0].grid_url == grid
    assert len(items) == cars
