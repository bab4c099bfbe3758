"""Vehicle pages in manners that readers met on the second web of unseen sites: things sold beside
cars, sliders and scripts of galleries, facts without separators, icons, prose."""

import json

import pytest

from crawler.extract.detail import Detail, read_detail
from crawler.extract.page import Page

URL = "https://mill.example/inventory/1967-ford-mustang-71"
HEAD = "<title>1967 Ford Mustang | Mill Street Motors</title><h1>1967 Ford Mustang</h1>"
PRICE = "<p class='price'>$31,500</p>"
FACTS = "<p>VIN: 7R02C112233</p><img src='/p/a1.jpg'><img src='/p/b2.jpg'>"


def read(body: str, head: str = HEAD) -> Detail:
    return read_detail(Page(URL, head + body))


def names(detail: Detail) -> list[str]:
    return [url.removeprefix("https://mill.example") for url in detail.image_urls]


@pytest.mark.parametrize(
    "thing",
    [
        {"name": "1967 Ford Mustang floor mats"},
        {"name": "Car cover for 1967 Ford Mustang"},
        {"name": "1967 Ford Mustang", "category": "Scale models"},
        {"name": "1967 Ford Mustang", "sku": "MOD-77"},
    ],
)
def test_a_thing_that_is_sold_out_does_not_sell_the_car(thing: dict[str, str]) -> None:
    offer = {"@type": "Offer", "price": 79, "availability": "https://schema.org/SoldOut"}
    node = {"@type": "Product", "image": "/shop/thing.jpg", "offers": offer} | thing
    script = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    detail = read(PRICE + FACTS + script)
    assert (detail.page_status, detail.price, detail.stock_number) == ("in_stock", "$31,500", None)
    assert names(detail) == ["/p/a1.jpg", "/p/b2.jpg"]


def test_a_car_that_costs_little_is_sold_by_its_own_data() -> None:
    node = {
        "@type": "Product",
        "name": "1967 Ford Mustang",
        "offers": {"price": 2900, "availability": "https://schema.org/SoldOut"},
    }
    script = f'<script type="application/ld+json">{json.dumps(node)}</script>'
    for price in ("<p class='price'>$2,900</p>", ""):
        assert read(price + FACTS + script).page_status == "sold"


@pytest.mark.parametrize(
    ("names", "status"),
    [
        ("post category-for-sale tag-sold-locally", "in_stock"),
        ("product product_tag-sold-new-by-maranello", "in_stock"),
        ("post category-sold", "sold"),
        ("post product_cat-sold-cars", "sold"),
        ("post category-recently-sold", "in_stock"),
    ],
)
def test_a_post_filed_under_sold_is_sold_and_a_tag_that_says_more_is_not(
    names: str, status: str
) -> None:
    page = Page(URL, f"<article class='{names}'>{HEAD}{PRICE}{FACTS}</article>")
    assert read_detail(page).page_status == status


@pytest.mark.parametrize(
    ("large", "small"),
    [
        ("/up/{}.jpg", "/up/{}_s.jpg"),
        ("/pics/IMG_14{}.jpg", "/pics/IMG_14{}tn.jpg"),
        ("/m/xl/{}.jpg", "/m/s/{}.jpg"),
        ("/img/{}/1920.jpg", "/img/{}/240.jpg"),
        ("/stock/{}/sz_1000x750/mustang.jpg", "/stock/{}/sz_108x81/mustang.jpg"),
    ],
)
def test_a_strip_of_small_pictures_repeats_no_photo(large: str, small: str) -> None:
    keys = ("0741", "0842", "0943", "1044")
    main = "".join(f"<div class='slide'><img src='{large.format(key)}'></div>" for key in keys)
    strip = "".join(f"<li><img src='{small.format(key)}'></li>" for key in keys)
    expected = [large.format(key) for key in keys]
    assert (
        names(read(f"<div class='slider'>{main}</div><ul class='thumbs'>{strip}</ul>")) == expected
    )


def test_letters_that_count_photos_are_no_sizes() -> None:
    shown = [f"/p/mustang-{letter}.jpg" for letter in "abcdst"]
    images = "".join(f"<img src='{url}'>" for url in shown)
    assert names(read(f"<div class='gallery'>{images}</div>")) == shown


@pytest.mark.parametrize("name", ["data-full", "data-rsbigimg", "data-hires"])
def test_a_link_s_full_size_is_larger_than_its_address(name: str) -> None:
    links = "".join(
        f"<a href='/p/{key}_m.jpg' {name}='/p/{key}.jpg'><img src='/p/{key}_t.jpg'></a>"
        for key in ("a1", "b2", "c3")
    )
    detail = read(f"<div class='fotorama'>{links}</div>")
    assert names(detail) == ["/p/a1.jpg", "/p/b2.jpg", "/p/c3.jpg"]


def test_copies_of_slides_that_hold_pictures_with_sources_are_no_slides() -> None:
    def slide(key: str, more: str = "") -> str:
        source = f"<source type='image/webp' srcset='/p/{key}.webp'>"
        image = f"<img src='/p/{key}.jpg'>"
        return f"<div class='swiper-slide{more}'><picture>{source}{source}{image}</picture></div>"

    copy = slide("d4", " swiper-slide-duplicate")
    slides = copy + "".join(slide(key) for key in ("a1", "b2", "c3", "d4"))
    shown = names(read(f"<div class='swiper'>{slides}</div>"))
    assert [url.partition(".")[0] for url in shown] == ["/p/a1", "/p/b2", "/p/c3", "/p/d4"]


@pytest.mark.parametrize(
    ("markup", "field", "value"),
    [
        ("<span><i class='ic' title='Exterior color'></i> Wimbledon White</span>", "exterior_color", "Wimbledon White"),
        ("<div><img src='/i/vin.svg' alt='VIN'><b>7R02C112233</b></div>", "vin", "7R02C112233"),
        ("<p><span>Kleur / Couleur</span>: <span>Blauw</span></p>", "exterior_color", "Blauw"),
        ("<p><span>Engine / Gearbox</span>: <span>V8 / 4-speed</span></p>", "transmission", None),
        ("<table><tr><td>Klädsel</td><td>Svart skinn</td></tr></table>", "interior_color", "Svart skinn"),
        ("<div class='meta'><span>SKU: <span>B4421</span></span><span>Category: <a>Cars</a></span></div>", "stock_number", "B4421"),
        ("<div class='specs'><div>VIN</div><div>7R02C112233</div><div class='row'><div>Stock</div><div>B4421</div></div></div><p><a href='/inventory/1966-jaguar-e-type-70'>Next car</a></p>", "stock_number", "B4421"),
        ("<div data-displaymodel='Other'><p>VIN: 7R02C112233</p></div>", "model", None),
        ("<div class='rev' data-version='5.4'></div>", "trim", None),
        ("<p>It has covered fewer than 500 miles in each of the last ten years, all of them in the dry.</p>", "mileage", None),
        ("<div class='entry-content'><p><strong>£31,500</strong></p><p>" + " ".join(["It runs and drives as it should."] * 6) + "</p></div>", "price", "£31,500"),
    ],
)  # fmt: skip
def test_a_fact_is_read_in_whatever_manner_it_stands(
    markup: str, field: str, value: str | None
) -> None:
    assert getattr(read(markup), field) == value


def test_a_remark_that_is_named_a_note_is_not_the_whole_description() -> None:
    prose = (
        "It spent most of its life with one careful owner, who kept it dry and drove it to church."
    )
    detail = read(
        "<div class='text'><p class='note'>This model was sold new through a dealer in New York.</p>"
        f"<p>{prose}</p><p>{prose[::-1].capitalize()}.</p></div>"
    )
    assert prose in (detail.description or "")


def test_highlighted_features_are_equipment() -> None:
    detail = read("<h2>Highlighted Features</h2><ul><li>Radio</li><li>Clock</li></ul>")
    assert detail.options == ("Radio", "Clock")
