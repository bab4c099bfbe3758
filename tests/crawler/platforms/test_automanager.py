"""AutoManager WebManager: attributes that say nothing, badges, photo sizes, the Webflow variant."""

from crawler.extract.page import Page
from crawler.platforms import recognize
from tests.crawler.platforms.cases import cards, detail, grid, page

GRID = "automanager/grid_with_dollar_attribute_and_badge"


def test_dollar_sign_in_the_price_attribute_is_no_price() -> None:
    assert cards(GRID)["1987 Buick Regal Grand National"].price == "$46,500"
    assert cards(GRID)["2006 Ford GT"].price == "Call for Price"


def test_cargurus_badge_has_a_price_of_its_own() -> None:
    assert cards(GRID)["2012 Porsche 911 Carrera S"].price == "$54,900"
    assert detail("automanager/vehicle_in_stock").price == "$54,900"
    assert detail("automanager/vehicle_sold").price is None


def test_model_other_keeps_the_name_that_the_tile_shows() -> None:
    card = cards(GRID)["2016 Lotus Other Evora 400"]
    assert (card.make, card.trim) == ("Lotus", "Evora 400")
    # "Other" is what the site says; the normalizer knows that it names no model.
    assert card.model == "Other"


def test_photo_sizes_are_one_photo_each_and_the_largest_is_taken() -> None:
    photos = detail("automanager/vehicle_in_stock").image_urls
    assert len(photos) == 4
    assert all(photo.endswith("_1280.jpg") for photo in photos)


def test_vin_is_read_though_it_stands_in_a_class_alone() -> None:
    assert cards(GRID)["2006 Ford GT"].vin == "1FAFP90S96Y400712"


def test_pager_with_query_alone_is_followed_to_its_end() -> None:
    assert str(grid(GRID).next_url).endswith("/view-inventory?page=2")
    assert grid("automanager/last_page").next_url is None


def test_webflow_variant_is_the_same_platform() -> None:
    found = page("automanager/webflow_grid")
    assert recognize(found).name == "automanager"
    assert [card.url.rpartition("/")[2] for card in grid("automanager/webflow_grid").cards] == [
        "1966-ford-mustang-gt-5f07",
        "1991-nissan-300zx-twin-turbo-77b0",
        "2004-honda-s2000-19aa",
    ]


def test_vehicle_page_is_known_by_its_address_alone() -> None:
    bare = Page(
        "http://127.0.0.1:9/vehicle-details/1967-ford-x-0123456789abcdef0123456789abcdef", "<p>"
    )
    assert recognize(bare).name == "automanager"
