"""What whole pages of known vendors taught: each case is the part that was once read wrong."""

import json

import pytest

from crawler.extract.detail import Detail
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.extract.picture_urls import original_of, picture_identity
from crawler.platforms import recognize

SITE = "https://dealer.example"


def detail(body: str, path: str = "/vehicles/1967-ford-mustang-7") -> Detail:
    page = Page(SITE + path, f"<html><body><h1>1967 Ford Mustang</h1>{body}</body></html>")
    return recognize(page).read_detail(page)


def grid(body: str, path: str) -> GridPage:
    page = Page(SITE + path, f"<html><body>{body}</body></html>")
    return recognize(page).read_grid(page)


def test_declared_pairs_of_other_cars_tiles_are_not_this_cars() -> None:
    # AutoRevo: the car's own terms carry no class, those of the tiles below do.
    other = (
        '<section class="inventory_item"><h3><a href="/1970-fiat-124/7400002">1970 Fiat 124</a></h3>'
        '<dl><dt class="vin_label">VIN</dt><dd class="vin_value">124AC0012345</dd>'
        '<dt class="stock_label">Stock</dt><dd class="stock_value">F99</dd></dl></section>'
    )
    read = detail(
        '<main class="vdp"><section id="pricing"><h3 class="website_price">Our Price'
        "<span>$31,000</span></h3></section><dl><dt>VIN</dt><dd>7R02C112233</dd><dt>Stock</dt>"
        f'<dd>M12</dd></dl><section id="similar_vehicles">{other}</section></main>'
        '<link href="https://x-img.autorevo.com/">'
    )
    assert (read.vin, read.stock_number) == ("7R02C112233", "M12")


@pytest.mark.parametrize("count", ["5", "2+2", "4 seats"])
def test_a_number_of_seats_is_no_upholstery(count: str) -> None:
    table = f"<table><tr><th>Seats</th><td>{count}</td></tr><tr><th>Doors</th><td>2</td></tr>"
    assert detail(table + "</table>").interior_color is None
    leather = "<tr><th>Interior</th><td>Red Leather</td></tr></table>"
    assert detail(table + leather).interior_color == "Red Leather"


def test_a_number_ends_where_the_next_label_of_its_line_begins() -> None:
    meta = (
        '<div class="product_meta"><span class="sku_wrapper">SKU: <span class="sku">T198</span>'
        '</span> <span class="posted_in">Category: <a href="/c/cars/">Cars</a></span></div>'
    )
    assert detail(meta).stock_number == "T198"


def test_equipment_may_be_a_list_of_plain_elements() -> None:
    rows = "".join(
        f'<div class="feature"><i class="icon"></i> <span>{name}</span></div>'
        for name in ("Disc brakes", "Tonneau cover", "Wire wheels")
    )
    said = ("Disc brakes", "Tonneau cover", "Wire wheels")
    assert detail(f"<div><h3>Features</h3>{rows}</div>").options == said
    assert detail(f"<div><h3>Highlighted Features</h3><div>{rows}</div></div>").options == said


def test_pairs_and_prose_below_a_title_of_equipment_are_no_list_of_it() -> None:
    pairs = "".join(
        f"<div><span>{label}</span> <span>{value}</span></div>"
        for label, value in {"Engine": "V8", "Gearbox": "Manual", "Axle": "9 inch"}.items()
    )
    prose = "<p>It starts at once.</p><p>It stops as well.</p><p>It is red.</p>"
    links = "".join(f'<div><a href="/f/{name}">{name}</a></div>' for name in ("one", "two", "six"))
    for body in (pairs, prose, links):
        assert detail(f"<div><h3>Features</h3>{body}</div>").options == ()


def test_a_lazy_photo_is_larger_than_its_thumbnail() -> None:
    slides = "".join(
        f'<div class="item"><img data-lazy-load-src="/p/{key}/1920x1440/a.jpg"></div>'
        f'<li><img src="/p/{key}/320x240/a.jpg"></li>'
        for key in ("a1b2c3d4e5", "f6a7b8c9d0", "b1c2d3e4f5")
    )
    found = detail(f'<div class="carousel">{slides}</div>').image_urls
    assert [url.split("/")[5] for url in found] == ["1920x1440"] * 3


def test_squarespace_names_the_author_of_a_product_in_its_classes() -> None:
    cars = {
        "1965-mg-mgb": "1965 MG MGB",
        "1972-fiat-500": "1972 Fiat 500",
        "1970-saab-96": "1970 Saab 96",
    }
    items = "".join(
        f'<a href="/inventory/{slug}" class="product hentry author-jane post-type-store-item">'
        f'<img data-src="/content/v1/0123456789abcdef01234567/{slug}.jpg" alt="{name}">'
        f'<div class="product-title">{name}</div><div class="product-price">'
        '<span class="sqs-money-native">24,500.00</span></div></a>'
        for slug, name in cars.items()
    )
    cards = grid(f'<section id="productList">{items}</section>', "/inventory").cards
    assert [(card.title, card.price) for card in cards] == [
        (name, "24,500.00") for name in cars.values()
    ]


def test_a_post_is_read_whole_inside_a_wrapper_named_for_the_blog() -> None:
    # Squarespace: the heading and the text stand in two blocks of "blog-item-wrapper".
    text = "She spent her life in Vermont with one family and starts at the first turn. " * 4
    body = (
        '<main><div class="blog-item-wrapper"><div class="blog-item-top"><h1>1967 Ford Mustang'
        f'</h1></div><div class="blog-item-content"><p>$31,500</p><p>{text}</p><p>VIN: 7R02C112233'
        '</p><img src="/p/67-1.jpg"><img src="/p/67-2.jpg"></div></div></main>'
    )
    page = Page(f"{SITE}/available/1967-ford-mustang", f"<html><body>{body}</body></html>")
    read = recognize(page).read_detail(page)
    assert (read.price, read.vin, len(read.image_urls)) == ("$31,500", "7R02C112233", 2)


def test_an_off_road_trim_takes_nothing_off_the_price() -> None:
    body = '<h2 class="t">1967 Ford Bronco Off-Road</h2><div class="cost">$54,995</div>'
    assert detail(body).price == "$54,995"
    assert detail('<h2>Spring sale</h2><div class="cost">$500 off</div>').price is None


def test_a_template_of_widths_names_the_upload() -> None:
    upload = "https://cdn.shopify.com/s/files/1/0012/3456/files/IMG_7"
    for url in (f"{upload}_{{width}}x.jpg?v=1", f"{upload}_%7Bwidth%7Dx.jpg?v=1"):
        assert original_of(url) == f"{upload}.jpg?v=1"
        assert picture_identity(url) == picture_identity(f"{upload}_1800x1800.jpg?v=1")
    assert original_of("https://a.example/p/7.jpg?v=1&w={width}") == "https://a.example/p/7.jpg?v=1"


def test_an_attribute_that_no_list_names_may_hold_the_larger_photo() -> None:
    slides = "".join(
        f'<div class="slide"><img data-viewer-large-src="/p/{key}-1800x1800.jpg" '
        f'data-hover-img="/p/{key}-back.jpg" src="/p/{key}-150x150.jpg"></div>'
        for key in ("front", "side", "rear")
    )
    found = detail(f'<div class="gallery">{slides}</div>').image_urls
    assert [url.rpartition("/")[2] for url in found] == [
        f"{key}-1800x1800.jpg" for key in ("front", "side", "rear")
    ]


def test_a_lightbox_of_one_photo_beside_each_names_its_larger_size() -> None:
    def photo(key: str, size: int) -> str:
        return f"https://photos.example/lot/7f3a/{key}_{size}.jpg"

    slides = "".join(
        f'<a class="w-lightbox" href="#"><img src="{photo(key, 640)}"><script type="application/json">'
        f'{{"items":[{{"url":"{photo(key, 1280)}","type":"image"}}],"group":"g"}}</script></a>'
        for key in ("1a2b3c", "4d5e6f", "7a8b9c")
    )
    other = '<script>var media = [{"url":"https://photos.example/team/bob_1280.jpg"}]</script>'
    found = detail(f"<div>{slides}</div>{other}").image_urls
    assert found == tuple(photo(key, 1280) for key in ("1a2b3c", "4d5e6f", "7a8b9c"))


def test_facts_may_stand_in_the_rows_that_next_streams() -> None:
    car = {
        "vehicle": {
            "year": 1967, "make": "Ford", "model": "Mustang", "vin": "7R02C112233",
            "stocknumber": "M12", "engine": "289 V8", "price": 31000,
        },
        "similar": [{"year": 1970, "make": "Fiat", "model": "124", "vin": "124AC0012345"}],
    }  # fmt: skip
    row = "1:" + json.dumps(["$", "div", None, car]) + "\n"
    pushed = "".join(
        f"<script>self.__next_f.push([1,{json.dumps(part)}])</script>"
        for part in (row[:40], row[40:])
    )
    read = detail(pushed)
    assert (read.vin, read.stock_number, read.engine) == ("7R02C112233", "M12", "289 V8")


def test_a_shops_shirts_and_posters_are_no_cars() -> None:
    cars = ("1967 Ford Mustang", "1972 Fiat 500", "1970 Saab 96")
    names = (*cars, "Garage Tee T-Shirt", "Gift Card", "1967 Mustang Poster")
    tiles = "".join(
        f'<div class="grid-product"><a href="/products/p-{number}"><img src="/p/{number}.jpg">'
        f'<div class="title">{name}</div><div class="price">$45.00</div></a></div>'
        for number, name in enumerate(names)
    )
    shown = f'<div class="shopify-section"><div class="grid">{tiles}</div></div>'
    cards = grid(shown, "/collections/all").cards
    assert [card.title for card in cards] == list(cars)


def test_one_car_under_two_offers_is_one_tile() -> None:
    tiles = "".join(
        f'<div class="box"><a href="/viewdetails/used/{slug}?type=cash"><img src="/p/{slug}.jpg">'
        f'</a><h3><a href="/viewdetails/used/{slug}?type=lease">{name}</a></h3>'
        f"<strong>$20,000</strong><p>Stock #T7{number} - 94,758 miles</p></div>"
        for number, (slug, name) in enumerate(
            {"1972-fiat-500": "1972 Fiat 500", "1970-saab-96": "1970 Saab 96"}.items()
        )
    )
    cards = grid(f"<div>{tiles}</div>", "/inventory/used").cards
    assert [(card.price, card.stock_number) for card in cards] == [
        ("$20,000", "T70"),
        ("$20,000", "T71"),
    ]
    assert {card.mileage for card in cards} == {"94,758 miles"}
    assert not any("?" in card.url for card in cards)


def test_what_the_engine_burns_is_no_engine() -> None:
    rows = "<p><b>Engine Type</b>: Gasoline</p><p><b>Engine</b>: 289 cu in V8</p>"
    assert detail(rows).engine == "289 cu in V8"
    assert detail("<table><tr><td>Motor</td><td>Diesel</td></tr></table>").engine is None


def test_a_declared_gallery_of_one_photo_leaves_the_others_theirs() -> None:
    # Shopify's Minimal: the small photos stand beside ".product-single__photos".
    cdn = "https://cdn.shopify.com/s/files/1/0012/3456/files"
    small = "".join(
        f'<li><a class="product-single__thumbnail" href="{cdn}/IMG_{key}_1024x1024.jpg">'
        f'<img src="{cdn}/IMG_{key}_compact.jpg"></a></li>'
        for key in ("11", "12", "13", "14")
    )
    found = detail(
        f'<div class="shopify-section"><div class="product-single__photos"><img src="{cdn}/'
        f'IMG_11_1024x1024.jpg"></div><ul class="product-single__thumbnails">{small}</ul></div>'
    ).image_urls
    assert [url.rpartition("/")[2] for url in found] == [
        f"IMG_{key}_1024x1024.jpg" for key in ("11", "12", "13", "14")
    ]


def test_the_upload_behind_a_template_is_larger_than_what_is_cut_from_it() -> None:
    cdn = "//cdn.shopify.com/s/files/1/0012/3456/files"
    slides = "".join(
        f'<div class="slide"><img data-photoswipe-src="{cdn}/{key}_1800x1800.jpg?v=1" '
        f'data-src="{cdn}/{key}_{{width}}x.jpg?v=1" data-zoom="/zoom/{{size}}/{key}.jpg"></div>'
        for key in ("a1", "b2", "c3")
    )
    found = detail(f'<div class="gallery">{slides}</div>').image_urls
    assert found == tuple(f"https:{cdn}/{key}.jpg?v=1" for key in ("a1", "b2", "c3"))


@pytest.mark.parametrize(("site", "shown"), [("millstore", 2), ("millgroup", 3)])
def test_dealer_com_names_a_stores_account_by_its_site(site: str, shown: int) -> None:
    cars = [
        {
            "accountId": account, "year": 2019, "make": "Ford", "model": "Ranger", "vin": vin,
            "link": f"/used/Ford/2019-Ford-Ranger-{number:032x}.htm", "stockNumber": f"P{number}",
        }
        for number, (account, vin) in enumerate(
            (
                ("millstore", "1FTER4FH1KLA00011"),
                ("millstore", "1FTER4FH1KLA00025"),
                ("hillstore", "1FTER4FH1KLA00039"),
            )
        )
    ]  # fmt: skip
    read = grid(
        f'<script>DDC.siteSettings={{"siteId":"{site}"}};DDC.WS.state["ws-inv-data"]='
        f"{json.dumps({'inventory': cars, 'pageInfo': {'totalCount': 3}})};</script>",
        "/used-inventory/index.htm",
    )
    assert (len(read.cards), read.set_aside) == (shown, 3 - shown)
