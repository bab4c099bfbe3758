"""DealerCenter: paths without a year, structured data that names nothing, ``page_no``."""

from crawler.platforms import recognize
from tests.crawler.platforms.cases import cards, detail, grid, page, walked

GRID = "dealercenter/grid_of_paths_without_a_year"


def test_path_without_a_year_is_a_vehicles_page() -> None:
    assert cards(GRID)["2014 FORD F150 SUPERCREW CAB"].url == (
        "https://www.cedarpointmotors.example/inventory/ford/f150-supercrew-cab/5041a/"
    )


def test_template_in_the_breadcrumb_is_no_name() -> None:
    assert detail("dealercenter/vehicle_in_stock").title == "2018 MERCEDES-BENZ GLA"
    assert all("{{" not in str(card.title) for card in grid(GRID).cards)


def test_asterisk_behind_the_price_does_not_hide_it() -> None:
    assert str(detail("dealercenter/vehicle_in_stock").price).startswith("$18,999")


def test_plug_in_in_wordpress_is_not_taken_for_a_listing_theme() -> None:
    assert recognize(page(GRID)).name == "dealercenter"


def test_equipment_is_listed_as_options() -> None:
    assert detail("dealercenter/vehicle_in_stock").options == (
        "PANORAMA ROOF",
        "HEATED SEATS",
        "BACKUP CAMERA",
    )


async def test_page_no_is_followed_and_a_missing_page_is_told() -> None:
    assert str(grid(GRID).next_url).endswith("/inventory/?page_no=2")
    assert grid("dealercenter/last_page").next_url is None
    assert (await walked(GRID)).incomplete_because == "http_404"
