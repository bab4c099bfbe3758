"""Motorcar Marketing: two themes, the cars below a car, sold lots and abandoned sites."""

from crawler.block_pages import block_kind
from tests.crawler.platforms.cases import cards, detail, grid, page

SIMILAR = "motorcar_marketing/vehicle_pill_above_similar_cars"


def test_similar_cars_in_the_pages_own_markup_are_cut_before_reading() -> None:
    read = detail(SIMILAR)
    assert (read.vin, read.price, read.page_status) == (
        "SAJWA4DC8AMB35190",
        "$24,950",
        "in_stock",
    )
    assert all("_486332_" in photo for photo in read.image_urls)


def test_dealers_name_in_the_first_heading_is_not_the_cars() -> None:
    assert detail(SIMILAR).title == "2010 Jaguar XKR Supercharged"


def test_sold_mark_in_a_comment_sells_nobody() -> None:
    assert detail("motorcar_marketing/vehicle_sleek_in_stock").page_status == "in_stock"
    assert detail("motorcar_marketing/vehicle_sleek_sold").page_status == "sold"


def test_msrp_in_the_description_is_not_the_price() -> None:
    assert detail("motorcar_marketing/vehicle_sleek_in_stock").price == "$17,500"
    assert detail("motorcar_marketing/vehicle_sleek_sold").price is None


def test_sold_badge_belongs_to_its_own_tile_in_either_theme() -> None:
    sleek = cards("motorcar_marketing/sleek_grid").values()
    pill = cards("motorcar_marketing/pill_grid").values()
    assert [card.mark for card in sleek] == [None, "sold", None]
    assert [card.mark for card in pill] == ["sold", None, None]


def test_mileage_beside_sold_in_the_price_slot_is_no_price() -> None:
    # What is left is the attribute's asking price.
    assert cards("motorcar_marketing/pill_grid")["1978 Pontiac Firebird"].price == "39950.00"


def test_arrows_of_one_class_lead_forward_and_end() -> None:
    assert str(grid("motorcar_marketing/sleek_grid").next_url).endswith("page_number=2")
    assert grid("motorcar_marketing/sleek_last_page").next_url is None


def test_abandoned_site_answers_200_and_shows_no_grid() -> None:
    gone = page("motorcar_marketing/abandoned_site")
    assert grid("motorcar_marketing/abandoned_site").cards == ()
    assert block_kind(200, {}, gone.html) == "maintenance"
