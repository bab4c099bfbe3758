"""Dealer Car Search: the spoken pager, layouts by prefix, lazy photos."""

import pytest

from tests.crawler.platforms.cases import cards, detail, grid

GRID = "dealer_car_search/grid_with_spoken_pager"


def test_pager_speaks_page_and_total_out() -> None:
    first, last = grid(GRID), grid("dealer_car_search/last_page")
    assert (first.declared_total, first.last_page) == (10, 3)
    assert str(first.next_url).endswith("/newandusedcars?page=2")
    assert (last.declared_total, last.next_url) == (10, None)


@pytest.mark.parametrize("name", [GRID, "dealer_car_search/last_page"])
def test_tile_is_read_in_either_layout(name: str) -> None:
    assert all(card.vin and card.stock_number and card.mileage for card in grid(name).cards)


def test_monthly_payment_is_not_the_price() -> None:
    assert cards(GRID)["1988 BMW M5 E28"].price == "$79,500"
    assert cards(GRID)["2026 Toyota GR86 Premium"].price == "Call"


def test_placeholder_in_src_gives_way_to_the_lazy_photo() -> None:
    assert all("placeholder" not in photo for card in grid(GRID).cards for photo in card.image_urls)


def test_stock_number_with_a_hash_is_a_fact_and_no_heading_of_other_cars() -> None:
    read = detail("dealer_car_search/vehicle_in_stock")
    assert (read.stock_number, read.transmission) == ("5210", "5-Speed Manual")
