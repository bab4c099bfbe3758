"""AutoRevo: overlays, struck prices, totals, placeholder VINs, stock that is no car."""

from tests.crawler.platforms.cases import cards, detail, grid

GRID = "autorevo/grid_with_overlay_and_golf_cart"


def test_overlay_picture_in_the_grid_marks_the_car_it_lies_on() -> None:
    assert any(card.mark == "sold" for card in grid(GRID).cards)
    assert any(card.mark is None for card in grid(GRID).cards)
    assert detail("autorevo/vehicle_sold_by_overlay").page_status == "sold"


def test_overlay_of_a_similar_car_and_in_a_comment_sells_nobody() -> None:
    assert detail("autorevo/vehicle_with_gallery_and_struck_price").page_status == "in_stock"
    assert detail("autorevo/vehicle_in_stock").page_status == "in_stock"


def test_struck_secondary_price_is_not_the_price() -> None:
    assert detail("autorevo/vehicle_with_gallery_and_struck_price").price == "$18,500"


def test_placeholder_vin_stays_raw_for_the_normalizer_to_refuse() -> None:
    assert detail("autorevo/vehicle_with_gallery_and_struck_price").vin == "11111111111111111"


def test_golf_cart_is_listed_as_the_dealer_lists_it() -> None:
    assert "2020 Club Car Onward 4 Passenger" in cards(GRID)


def test_photos_are_taken_in_the_largest_size_linked() -> None:
    photos = detail("autorevo/vehicle_with_gallery_and_struck_price").image_urls
    assert len(photos) == 3
    assert all("/1920x1920/" in photo for photo in photos)


def test_city_and_dealership_are_no_part_of_the_name() -> None:
    assert all("|" not in str(card.title) for card in grid(GRID).cards)
