"""Squarespace and Wix: any path, any markup; the generic reader reads, the file adds the marks."""

import pytest

from crawler.extract.page import Page
from crawler.platforms import recognize
from tests.crawler.platforms.cases import cards, detail, grid, page


def test_the_word_autorevoke_is_no_fingerprint_of_autorevo() -> None:
    shop = page("wix/shop_with_the_word_autorevoke")
    assert "AutoRevoke" in shop.html
    assert recognize(shop).name == "wix"


def test_product_out_of_stock_is_sold() -> None:
    shop = cards("wix/shop_with_the_word_autorevoke")
    assert [card.mark for card in shop.values()] == [None, None, "sold"]
    assert detail("wix/vehicle_sold").page_status == "sold"


def test_repeater_without_any_class_of_meaning_is_a_grid() -> None:
    found = cards("wix/repeater_of_cars")
    assert [(card.price, card.mark) for card in found.values()] == [
        ("$36,000", None),
        ("$29,500", None),
        (None, "sold"),
    ]


def test_uploads_are_taken_in_full_and_not_their_crops() -> None:
    photos = detail("wix/vehicle_in_stock").image_urls
    assert len(photos) == 2
    assert all(photo.endswith("~mv2.jpg") for photo in photos)


def test_sold_out_product_is_sold_and_its_neighbours_are_not() -> None:
    found = grid("squarespace/products_in_sections")
    assert [card.mark for card in found.cards] == [None, "sold", None]
    assert detail("squarespace/vehicle_in_stock").page_status == "in_stock"
    assert detail("squarespace/vehicle_sold").page_status == "sold"


def test_lazy_photo_without_src_is_read() -> None:
    assert all(card.image_urls for card in grid("squarespace/products_in_sections").cards)


@pytest.mark.parametrize("generator", ["WordPress 6.7", "Squarespaceship", "Wix"])
def test_generator_of_another_name_is_another_builder(generator: str) -> None:
    other = Page("https://x.example/", f'<meta name="generator" content="{generator}">')
    assert recognize(other).name == ("generic" if generator != "Squarespaceship" else "squarespace")
