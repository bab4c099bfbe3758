"""Shopify: badges, zero prices, photo templates, collections, the feed of products."""

import json

import pytest

from crawler.extract.page import Page
from crawler.platforms import recognize
from tests.crawler.platforms.cases import cards, detail, grid

GRID = "shopify/hidden_sold_out_badge_on_every_card"


def test_hidden_badge_sells_nobody_and_the_price_class_does() -> None:
    assert [card.mark for card in grid(GRID).cards] == [None, "sold", None, None]
    assert detail("shopify/vehicle_in_stock").page_status == "in_stock"
    assert detail("shopify/vehicle_sold").page_status == "sold"


def test_price_of_zero_is_unknown() -> None:
    assert cards(GRID)["1957 Chevrolet Bel Air"].price is None
    assert cards("shopify/feed_of_products")["1957 Chevrolet Bel Air"].price is None


def test_width_template_is_the_whole_picture_once() -> None:
    assert cards(GRID)["1949 Mercury Eight"].image_urls == (
        "https://cdn.shopify.com/s/files/1/0266/4411/products/1949-mercury-eight.jpg?v=1690000000",
    )


def test_template_of_another_kind_is_no_address() -> None:
    shop = Page(
        "https://x.example/collections/all",
        "<div class='shopify-section'><li class='product-card'><a href='/products/a'>"
        "<img data-src='//c.example/a.jpg?w={width}' src='//c.example/s/a.jpg'>"
        "<h3>1967 Ford Mustang</h3></a><span class='price'>$5,000</span></li></div>",
    )
    [card] = recognize(shop).read_grid(shop).cards
    assert card.image_urls == ("https://c.example/s/a.jpg",)


def test_product_is_known_by_one_address_in_every_collection() -> None:
    assert {card.url.partition("/products/")[0] for card in grid(GRID).cards} == {
        "https://www.willowclassics.example"
    }
    shopify = recognize(Page("https://x.example/", "<div class='shopify-section'>"))
    assert (
        shopify.listing_url("https://x.example/collections/fords/products/gt40?variant=12")
        == "https://x.example/products/gt40"
    )
    assert shopify.listing_url("https://x.example/pages/about?a=1").endswith("?a=1")


def test_feed_leaves_out_what_is_no_car_and_tells_what_is_gone() -> None:
    found = grid("shopify/feed_of_products")
    assert [card.mark for card in found.cards] == [None, "sold", None]
    assert "T-Shirt" not in " ".join(str(card.title) for card in found.cards)
    assert found.cards[0].image_urls[1].endswith("/c82-2.jpg?v=1")


def test_full_page_of_the_feed_has_another_behind_it_and_a_short_one_has_none() -> None:
    assert grid("shopify/feed_of_products").next_url == (
        "https://www.willowclassics.example/products.json?limit=4&page=2"
    )
    product = {"handle": "a", "title": "1967 Ford Mustang", "variants": [], "images": []}
    short = Page("https://x.example/products.json?limit=4", json.dumps({"products": [product]}))
    assert recognize(short).read_grid(short).next_url is None


@pytest.mark.parametrize(
    "body",
    [
        "",
        "{",
        "[]",
        '{"products": 3}',
        '{"products": [3, {"handle": null}]}',
        '{"products": [{"handle": "a", "title": 7, "variants": 3, "images": {}, "body_html": 1}]}',
    ],
)
def test_feed_that_is_none_is_an_empty_page(body: str) -> None:
    page = Page("https://x.example/products.json", body)
    assert recognize(page).read_grid(page).cards == ()


@pytest.mark.parametrize("state", ["", " price--sold-out"])
def test_badges_of_the_older_theme_are_hidden_too(state: str) -> None:
    shop = Page(
        "https://x.example/collections/all",
        "<div class='shopify-section'><div class='grid-view-item product-card'>"
        "<a href='/products/a'><span>1967 Ford Mustang</span><img src='/cdn/shop/files/a.jpg'></a>"
        f"<dl class='price{state}'><dd>$5,000</dd></dl><div class='price__badges'>"
        "<span class='price__badge price__badge--sold-out'><span>Sold out</span></span></div>"
        "</div></div>",
    )
    [card] = recognize(shop).read_grid(shop).cards
    assert card.mark == ("sold" if state else None)


def test_collection_that_a_script_pages_is_followed_by_its_own_count() -> None:
    def collection(number: int, cars: range, count: str = "30 products") -> Page:
        cards = "".join(
            f"<li class='product-card'><a href='/products/{n}'><img src='/cdn/shop/files/{n}.jpg'>"
            f"<h3>{1960 + n} Ford Mustang</h3></a><span class='price'>$5,{n:03}</span></li>"
            for n in cars
        )
        return Page(
            f"https://x.example/collections/all{f'?page={number}' if number > 1 else ''}",
            f"<div class='shopify-section'><p class='product-count'>{count}</p>{cards}</div>",
        )

    def following(page: Page) -> str | None:
        return recognize(page).read_grid(page).next_url

    assert following(collection(1, range(24))) == "https://x.example/collections/all?page=2"
    assert following(collection(3, range(0))) is None
    assert following(collection(1, range(30))) is None
    assert following(collection(1, range(24), "all our products")) is None
