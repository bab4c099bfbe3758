"""Dealer Accelerate: themes, marks in the live grid, lists that lag, photos without a suffix."""

import pytest

from crawler.extract.page import Page
from crawler.platforms import recognize
from tests.crawler.platforms.cases import cards, detail, grid


def test_list_of_structured_data_that_lags_hides_no_tile_and_a_double_tile_counts_once() -> None:
    found = grid("dealer_accelerate/gateway_theme")
    assert [card.url.rpartition("/")[2] for card in found.cards] == [
        "1951-mercury-eight",
        "1968-oldsmobile-442",
        "1971-ford-bronco",
        "1940-ford-coupe",
    ]


def test_sold_car_in_the_live_grid_is_sold_though_still_priced() -> None:
    marked = [card for card in grid("dealer_accelerate/streetside_theme_mixed").cards if card.mark]
    assert marked
    assert all(card.price for card in marked)


@pytest.mark.parametrize(
    "name", ["volo_theme_with_hidden_modal", "gateway_theme", "classic_auto_mall_theme"]
)
def test_sold_words_of_navigation_rails_and_modals_sell_nobody(name: str) -> None:
    assert any(card.mark != "sold" for card in grid(f"dealer_accelerate/{name}").cards)


def test_hidden_pending_modal_leaves_the_car_offered() -> None:
    read = detail("dealer_accelerate/vehicle_with_gallery_and_details")
    assert (read.page_status, read.vin) == ("in_stock", "51LA12345M")


def test_availability_decides_on_the_vehicles_page() -> None:
    assert detail("dealer_accelerate/vehicle_sold_by_its_availability").page_status == "sold"
    assert detail("dealer_accelerate/vehicle_sold_by_class_alone").page_status == "sold"


def test_photo_without_a_suffix_is_one_of_the_gallery_in_full_size() -> None:
    photos = detail("dealer_accelerate/vehicle_with_gallery_and_details").image_urls
    assert len(photos) == 4
    assert all(photo.endswith("/1920x1440/1951-mercury-eight") for photo in photos)


def test_wrong_next_link_of_the_sold_archive_is_not_followed() -> None:
    following = grid("dealer_accelerate/gateway_sold_archive_with_a_wrong_next").next_url
    assert following is None or "/sold" in following


@pytest.mark.parametrize("number", ["5450-nsh", "bw4525", "b6309-b", "1440"])
def test_vehicles_number_may_be_of_any_make_up(number: str) -> None:
    page = Page(
        "http://127.0.0.1:9/vehicles",
        f"<article class='vehicle-grid__item'><a class='vehicle-grid__link' title='1966 Dodge Dart'"
        f" href='/vehicles/{number}/1966-dodge-dart'><img src='/a/1/2/3/790x1024/1966-dodge'>"
        "<span class='price'>$9,000</span></a></article>",
    )
    [card] = recognize(page).read_grid(page).cards
    assert card.url.endswith(f"/vehicles/{number}/1966-dodge-dart")


def test_call_for_price_is_a_claim() -> None:
    assert cards("dealer_accelerate/gateway_theme")["1968 Oldsmobile 442"].price == "Call for Price"
