"""AAN: the script's calls, the cards that link by onclick, prices, photos and sold records."""

import pytest

from crawler.extract.page import Page
from crawler.platforms import PLATFORMS, recognize
from tests.crawler.platforms.cases import cards, detail, grid, page, walked

SITE = "https://www.prairiedream.example"


async def test_walk_goes_from_the_grids_page_through_the_scripts_calls_to_the_total() -> None:
    walk = await walked(
        "aan/grid_with_first_cards", "aan/answer_of_the_call", "aan/last_answer_of_the_call"
    )
    assert (walk.pages, len(walk.listings), walk.declared_total) == (3, 10, 10)
    assert walk.complete


def test_shell_without_cards_leads_to_the_call_with_its_page_id() -> None:
    shell = page("aan/shell_that_names_its_page")
    assert recognize(shell).grids(shell)[0] == (
        "https://www.northbankclassics.example/isapi_xml.php"
        "?module=inventory&pageID=741&limit=24&offset=0"
    )


def test_first_line_of_an_answer_is_the_total_and_no_price_of_a_car() -> None:
    found = grid("aan/answer_of_the_call")
    assert found.declared_total == 10
    assert [card.price for card in found.cards] == ["$64,900", "$48,000", "$37,900", "$18,900"]


def test_card_links_by_onclick_and_its_address_leaves_out_the_way_to_it() -> None:
    assert cards("aan/grid_with_first_cards")["1957 Ford Thunderbird"].url == (
        f"{SITE}/1957-ford-thunderbird-c-1660.htm"
    )


def test_struck_old_price_before_the_current_one_is_not_the_price() -> None:
    assert cards("aan/struck_price_stands_first")["1968 Mercury Cougar XR7"].price == "$42,900"
    assert detail("aan/vehicle_in_stock").price == "$52,900"


def test_ina_f_is_no_photo() -> None:
    assert cards("aan/grid_with_first_cards")["1971 Buick Skylark GS"].image_urls == ()
    assert cards("aan/older_site_answers_with_json")["1967 Austin-Healey 3000 Mk III"] is not None
    assert not cards("aan/older_site_answers_with_json")[
        "1967 Austin-Healey 3000 Mk III"
    ].image_urls


def test_unix_time_at_the_end_of_a_photos_name_is_kept() -> None:
    [photo] = cards("aan/struck_price_stands_first")["1959 Cadillac Series 62"].image_urls
    assert photo.endswith("-1667202202.jpg")


def test_car_without_vin_is_read_all_the_same() -> None:
    cards_read = cards("aan/struck_price_stands_first")
    assert [bool(card.vin) for card in cards_read.values()] == [False, False, True, False]


def test_stale_sold_record_with_the_same_vin_is_another_listing() -> None:
    offered = cards("aan/struck_price_stands_first")["2008 Mercedes-Benz SL65"]
    sold = cards("aan/sold_record_shares_the_vin")["2008 Mercedes-Benz SL65"]
    assert offered.vin == sold.vin
    assert offered.url != sold.url
    assert (offered.mark, sold.mark) == (None, "sold")


def test_sold_archive_is_the_call_with_another_word() -> None:
    assert grid("aan/answer_of_the_call").sold_grid_url == (
        f"{SITE}/isapi_xml.php?module=inventory&sold=Sold&offset=0"
    )
    archive = grid("aan/sold_archive_answer")
    assert archive.sold_grid_url is None
    assert {card.mark for card in archive.cards} == {"sold"}


def test_empty_answer_ends_the_walk_without_a_car() -> None:
    url = f"{SITE}/isapi_xml.php?module=inventory&sold=Sold&offset=0"
    empty = Page(url, "0\n{}\n{}\n")
    found = recognize(empty).read_grid(empty)
    assert (found.cards, found.next_url, found.declared_total) == ((), None, 0)


def test_answer_with_unread_cards_asks_for_them_again_and_then_ends() -> None:
    url = f"{SITE}/isapi_xml.php?module=inventory&sold=Available&offset="
    broken = Page(f"{url}8", "10\n{}\n{}\n<div>nothing we know</div>")
    assert recognize(broken).read_grid(broken).next_url is None
    early = Page(f"{url}0", "60\n{}\n{}\n<div>nothing we know</div>")
    assert recognize(early).read_grid(early).next_url == f"{url}24"


@pytest.mark.parametrize("head", ["²", "9" * 5_000, "-3", "", "{}", "12 cars"])
def test_first_line_that_is_no_number_tells_no_total(head: str) -> None:
    strange = Page(f"{SITE}/isapi_xml.php?module=inventory&offset=²&limit={'9' * 1_500}", head)
    found = recognize(strange).read_grid(strange)
    assert (found.cards, found.declared_total) == ((), None)


def test_older_sites_json_tells_sold_pending_and_unknown_prices() -> None:
    found = cards("aan/older_site_answers_with_json")
    assert [(card.mark, card.price) for card in found.values()] == [
        (None, "134900"),
        ("pending", None),
        ("sold", "1495000"),
    ]


def test_links_that_differ_by_a_view_do_not_part_the_tile_of_a_site_nobody_knows() -> None:
    unknown = PLATFORMS[-1].read_grid(page("aan/titles_that_link_and_labelled_prices"))
    assert [(card.price, card.stock_number) for card in unknown.cards] == [
        ("$54,900", "A12"),
        ("$82,500", "B77"),
        ("$71,000", "C9"),
    ]


def test_similar_cars_table_gives_neither_vin_nor_sold_mark() -> None:
    read = detail("aan/vehicle_in_stock")
    assert (read.vin, read.page_status) == ("D7FH198412", "in_stock")


@pytest.mark.parametrize(
    ("path", "sold"), [("/inventory/", "Available"), ("/sold-inventory/", "Sold")]
)
def test_page_whose_script_names_the_call_alone_leads_to_it(path: str, sold: str) -> None:
    shell = Page(
        SITE + path,
        '<link href="/wp-content/themes/aanWordpress/style.css"><div id="cars"></div>'
        '<script>jQuery.get("/isapi_xml.php?module=inventory&limit="+l+"&offset="+o)</script>',
    )
    assert recognize(shell).read_grid(shell).next_url == (
        f"{SITE}/isapi_xml.php?module=inventory&limit=24&offset=0&sold={sold}"
    )
