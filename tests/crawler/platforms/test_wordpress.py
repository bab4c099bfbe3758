"""WordPress listing plug-ins: several pairs in a row, tags, years apart, pagers that do nothing."""

from crawler.extract.page import Page
from crawler.walk import GridWalk, walk_grid
from tests.crawler.platforms.cases import cards, detail, grid, page, site, walked


def test_several_label_value_pairs_stand_in_one_row() -> None:
    read = detail("wordpress/vehicle_with_several_pairs_in_a_row")
    assert (read.price, read.year, read.engine, read.location) == (
        "$79,900",
        "69",
        "LS3",
        "Lake Zurich",
    )


def test_year_of_two_digits_and_misspelt_model_stay_as_the_seller_wrote_them() -> None:
    read = detail("wordpress/vehicle_with_several_pairs_in_a_row")
    assert (read.title, read.model) == ("1969 pro touring camaro", "camro")


def test_listing_tag_is_the_mark() -> None:
    found = grid("wordpress/numbered_listings")
    assert [card.mark for card in found.cards] == [None, "pending", None, "sold"]
    assert detail("wordpress/vehicle_sold_by_its_tag").page_status == "sold"


def test_special_label_is_no_mark_and_sold_in_its_place_is() -> None:
    found = grid("wordpress/motors_list_with_labels")
    assert [card.mark for card in found.cards] == [None, None, "sold"]


def test_sale_price_is_taken_and_not_the_regular_one() -> None:
    assert cards("wordpress/motors_list_with_labels")["1979 Ford Bronco XLT"].price == "$41,500"


def test_year_apart_from_the_name_joins_it() -> None:
    assert list(cards("wordpress/vehica_year_beside_the_name")) == [
        "1965 Porsche 356 SC",
        "1967 Jaguar E-Type Roadster",
        "1992 Lancia Delta Integrale",
    ]


def test_vehicle_page_without_a_year_in_its_heading_is_offered() -> None:
    assert detail("wordpress/vehica_vehicle_in_stock").page_status == "in_stock"


async def test_pager_parameter_that_changes_nothing_ends_in_a_whole_grid() -> None:
    first = page("wordpress/vehica_year_beside_the_name")
    pages = {first.url: first, f"{first.url}?current-page=2": first}
    walk = GridWalk(first.url, "current")
    async for _ in walk_grid(walk, site(pages)):
        pass
    assert (len(walk.listings), walk.complete) == (3, True)


async def test_slash_page_pager_is_walked_to_its_end() -> None:
    walk = await walked("wordpress/numbered_listings", "wordpress/numbered_listings_last_page")
    assert (walk.pages, len(walk.listings), walk.complete) == (2, 6, True)
    assert str(walk.sold_grid_url).endswith("/listings/sold/")


def test_full_size_photos_are_those_the_thumbnails_link_to() -> None:
    photos = detail("wordpress/motors_vehicle_in_stock").image_urls
    assert [photo.rpartition("/")[2] for photo in photos] == [
        "bronco-1.jpg",
        "bronco-2.jpg",
        "bronco-3.jpg",
    ]


def test_plain_wordpress_page_is_no_listing_plug_in() -> None:
    from crawler.platforms import recognize

    post = Page(
        "https://x.example/blog/",
        "<link href='/wp-content/themes/a.css'><article class='post-1 listing'>1967 Ford</article>",
    )
    assert recognize(post).name == "generic"
