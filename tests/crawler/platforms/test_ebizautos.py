"""eBizAutos: the stock's own host, the sitemap as grid, what stands in the VIN's place."""

from crawler.extract.page import Page
from crawler.platforms import recognize
from tests.crawler.platforms.cases import cards, detail, grid, page, walked

SITEMAP = "ebizautos/sitemap_as_grid"


def test_grid_is_the_sitemap_of_the_host_that_the_dealers_site_links_to() -> None:
    shell = page("ebizautos/dealers_own_site_without_stock")
    assert recognize(shell).grids(shell)[0] == "https://sunset-exotics.ebizautos.com/sitemap.xml"


def test_vendors_shared_hosts_hold_no_stock() -> None:
    footer = Page(
        "https://dealer.example/",
        '<img src="https://images.ebizautos.com/x.png"><a href="https://www.ebizautos.com/">e</a>',
    )
    assert recognize(footer).grids(footer) == ("https://dealer.example/sitemap.xml",)


async def test_sitemap_is_a_whole_grid_of_one_page_without_doubles_and_other_pages() -> None:
    walk = await walked(SITEMAP)
    assert (walk.pages, len(walk.listings), walk.complete) == (1, 6, True)


def test_underscore_is_a_space_and_tilde_a_hyphen() -> None:
    found = cards(SITEMAP)
    assert found["2026 mercedes-benz g-class amg g 63"].make == "mercedes-benz"
    assert found["2019 alfa romeo giulia quadrifoglio"].make == "alfa romeo"


def test_vin_slot_of_cars_before_1981_holds_the_stock_number() -> None:
    found = cards(SITEMAP)
    corvette, targa = found["1967 chevrolet corvette stingray"], found["1973 porsche 911 t targa"]
    assert (corvette.vin, corvette.stock_number) == (None, "5417")
    # Seventeen characters make no VIN of a year that had none.
    assert (targa.vin, targa.stock_number) == (None, "9113110472ABC0017")
    assert found["2022 rolls-royce ghost"].vin == "SCA664S05NUX21188"


def test_structured_photos_are_taken_where_they_are_larger() -> None:
    photos = detail("ebizautos/vehicle_in_stock").image_urls
    assert len(photos) == 3
    assert all(photo.endswith("-1024.jpg") for photo in photos)


def test_sitemap_of_pages_alone_is_an_empty_grid() -> None:
    bare = Page("https://x.ebizautos.com/sitemap.xml", "<urlset><url><loc>/a</loc></url></urlset>")
    assert recognize(bare).name == "generic"
    assert grid(SITEMAP).confidence == 0.9
