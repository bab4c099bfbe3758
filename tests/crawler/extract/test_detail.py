"""A vehicle's page: every field of this car, no word and no photo of another."""

import time
from collections.abc import Callable
from uuid import UUID

import pytest

from contract.payloads import ListingDetail
from crawler.extract.detail import Detail, read_detail
from crawler.extract.detail_rules import DetailRules
from crawler.extract.page import Page

URL = "https://mill.example/inventory/1967-ford-mustang-71"
HEAD = "<title>1967 Ford Mustang | Mill</title><h1>1967 Ford Mustang</h1>"
PHOTOS = "".join(f'<div class="slide"><img src="/p/71/{n}.jpg"></div>' for n in "123")
PAGE = f'{HEAD}<div class="gallery">{PHOTOS}</div><p class="price">$31,500</p><ul><li>VIN: 7R02C112233</li></ul>'
OTHERS = (
    '<h2>You may also like</h2><div class="cards"><div><a href="/inventory/1966-fiat-850-72"><img src="/p/72/1.jpg">'
    "<h3>1966 Fiat 850</h3></a><p>VIN: 100G0334455</p><p>$9,000</p><b>SOLD</b></div></div>"
)


def read(body: str, url: str = URL, rules: DetailRules | None = None) -> Detail:
    page = Page(url, body)
    return read_detail(page, rules) if rules else read_detail(page)


def names(detail: Detail) -> list[str]:
    return [url.removeprefix("https://mill.example") for url in detail.image_urls]


def test_a_rail_gives_no_vin_photo_price_or_sold_mark() -> None:
    bare = f"{HEAD}<div class='gallery'>{PHOTOS}</div>"
    detail = read(bare + OTHERS)
    assert (detail.vin, detail.price, detail.page_status) == (None, None, "in_stock")
    assert names(detail) == ["/p/71/1.jpg", "/p/71/2.jpg", "/p/71/3.jpg"]


@pytest.mark.parametrize(
    ("amounts", "price"),
    [
        ("<p>Was <s>$35,000</s></p><p class=price>$31,500</p>", "$31,500"),
        ("<p>MSRP $35,000</p>", None),
        ("<p class=price>$412/mo</p><p class=price>$31,500</p>", "$31,500"),
        ("<p>Est. payment $412 per month</p>", None),
        ("<p class=price>Call for price</p><p>Doc fee $299</p>", "Call for price"),
        ("<p class=price>31.500 €</p>", "31.500 €"),
        ("<div>Prix : 31 500 €</div>", "31 500 €"),
    ],
)
def test_the_price_is_the_asking_price(amounts: str, price: str | None) -> None:
    assert read(HEAD + amounts).price == price


LD = (
    '<script type="application/ld+json">{"@type":"ItemList","itemListElement":[{"@type":"ListItem","item":'
    '{"@type":"Car","name":"1966 Fiat 850","url":"/inventory/1966-fiat-850-72","vehicleIdentificationNumber":"100G0334455",'
    '"image":"/p/72/1.jpg","offers":{"@type":"Offer","price":"9000","availability":"SoldOut"}}}]}</script>'
)


def test_structured_data_of_another_car_does_not_leak() -> None:
    detail = read(LD + HEAD + f"<div class='gallery'>{PHOTOS}</div>")
    assert (detail.vin, detail.price, detail.page_status) == (None, None, "in_stock")
    assert "/p/72/1.jpg" not in names(detail)


def test_structured_data_of_this_car_fills_what_the_page_does_not_show() -> None:
    own = LD.replace("1966 Fiat 850", "1967 Ford Mustang").replace(
        "1966-fiat-850-72", "1967-ford-mustang-71"
    )
    detail = read(own + HEAD)
    assert (detail.vin, detail.price, detail.page_status) == ("100G0334455", "9000", "sold")
    assert detail.sources["vin"] == "structured data"


@pytest.mark.parametrize(
    ("markup", "photos"),
    [
        ('<a href="/big/1.jpg"><img src="/small/1.jpg"></a>', ["/big/1.jpg"]),
        ('<img src="/s/1.jpg" data-zoom-image="/z/other.jpg">', ["/z/other.jpg"]),
        ('<img srcset="/p/1-300x200.jpg 300w, /p/1-1600x1067.jpg 1600w">', ["/p/1-1600x1067.jpg"]),
        ('<img src="/p/1.jpg?w=300"><img src="/p/1.jpg?w=1600">', ["/p/1.jpg?w=1600"]),
        ('<img src="data:image/gif;base64,R0" data-src="/p/1.jpg"><noscript><img src="/p/1.jpg"></noscript>', ["/p/1.jpg"]),
        ('<img src="/p/1.jpg"><a href="/specials"><img src="/p/promo.jpg"></a>', ["/p/1.jpg"]),
        ('<img src="/p/1.jpg"><img src="/carfax.png" alt="Carfax"><img src="/x/approved.jpg" alt="Financing available">', ["/p/1.jpg"]),
        ('<img src="/p/1.jpg"><a href="https://youtu.be/x"><img src="https://img.youtube.com/vi/x/0.jpg"></a>', ["/p/1.jpg"]),
        ('<div style="background-image:url(/p/1.jpg)"></div>', ["/p/1.jpg"]),
        ('<div data-images=\'["/p/1.jpg","/p/2.jpg"]\'></div>', ["/p/1.jpg", "/p/2.jpg"]),
        ('<script>var photos = ["/p/1.jpg", "/p/2.jpg", "/p/3.jpg"];</script>', ["/p/1.jpg", "/p/2.jpg", "/p/3.jpg"]),
    ],
)  # fmt: skip
def test_each_photo_comes_once_at_its_largest(markup: str, photos: list[str]) -> None:
    assert names(read(f'{HEAD}<div class="gallery">{markup}</div>')) == photos


def test_the_social_picture_is_the_last_resort() -> None:
    social = '<meta property="og:image" content="/social/71.jpg">'
    assert names(read(social + HEAD)) == ["/social/71.jpg"]
    assert "/social/71.jpg" not in names(read(social + PAGE))


def test_paragraphs_and_equipment_are_kept() -> None:
    text = (
        "<h2>Description</h2><p>A long sentence that tells what somebody did to this car in 1988.</p><p>Short end.</p>"
        "<h2>Options</h2><ul><li>Power top</li><li>Console</li></ul>"
    )
    detail = read(HEAD + text)
    assert (
        detail.description
        == "A long sentence that tells what somebody did to this car in 1988.\n\nShort end."
    )
    assert detail.options == ("Power top", "Console")


def test_a_form_and_a_calculator_tell_nothing_about_the_car() -> None:
    form = "<form><label>Mileage</label><input><label>VIN</label><span>9X9X9X9</span><input></form>"
    calculator = '<div class="payment-calculator">Price: $99,000</div>'
    detail = read(PAGE.replace("<ul><li>VIN: 7R02C112233</li></ul>", form + calculator))
    assert (detail.vin, detail.mileage, detail.price) == (None, None, "$31,500")


def test_an_engine_number_is_no_engine_and_a_frame_type_no_vin() -> None:
    detail = read(HEAD + "<ul><li>Engine No: 400/2740</li><li>Chassis: Tubular steel</li></ul>")
    assert (detail.engine, detail.vin) == (None, None)


def test_what_a_platform_declares_comes_first() -> None:
    rules = DetailRules(cuts=(".promo",), pairs=((".k", ".v"),), gallery=(".set",), price=(".ask",))
    body = (
        HEAD
        + '<div class=promo><img src="/p/0.jpg"></div><i class=k>Odo</i><i class=v>12,001</i><p>$1,000 <b class=ask>$2,000</b></p>'
        '<div class=set><img src="/p/1.jpg"></div><div><img src="/p/2.jpg"><img src="/p/3.jpg"><img src="/p/4.jpg"></div>'
    )
    detail = read(body, rules=rules)
    assert (detail.mileage, detail.price, names(detail)) == ("12,001", "$2,000", ["/p/1.jpg"])
    assert detail.sources["mileage"] == "declared"


@pytest.mark.parametrize(
    ("body", "sure"),
    [(PAGE, True), (PAGE + OTHERS, True), ("", False), ("<h1>About us</h1><p>Since 1967.</p>", False),
     ("<h1>This vehicle is no longer available</h1>" + OTHERS, False)],
)  # fmt: skip
def test_confidence_tells_a_vehicle_s_page(body: str, sure: bool) -> None:
    assert (read(body).confidence >= 0.5) is sure


def test_a_reading_fits_the_contract() -> None:
    detail = read(PAGE + '<div class="status">Sale Pending</div>')
    data = detail.listing_detail(str(UUID(int=7)), URL, "generic", "generic")
    data |= {name: tuple(data[name]) for name in ("image_urls", "status_words") if name in data}
    payload = ListingDetail.model_validate(data)
    assert payload.page_status == "pending"
    assert payload.listing_url == URL


def test_a_value_too_long_for_the_contract_is_left_out() -> None:
    assert read(f"<h1>1967 Ford {'x' * 3_000}</h1>").title is None


@pytest.mark.parametrize("end", range(0, len(PAGE + OTHERS), 37))
def test_a_cut_page_is_read_as_far_as_it_goes(end: int) -> None:
    assert 0.0 <= read((PAGE + OTHERS)[:end]).confidence <= 1.0


STRANGE = {
    "nothing": "",
    "no HTML": "\x00\xff%PDF-1.7",
    "script alone": "<script>var images = [[[[{",
    "half JSON": '<script>var photos = ["/a.jpg", {"x": [</script><div data-vehicle=\'{"vin":\'>',
    "nested lists": f"<script type=application/json>{'[' * 5_000}</script>",
    "numbers for texts": '<script type="application/ld+json">{"@type":"Car","name":5,"offers":[1,null,{"price":{}}],"image":[[{}]]}</script>',
    "frames": "<frameset><frame src=a></frameset>",
}


@pytest.mark.parametrize("body", STRANGE.values(), ids=STRANGE.keys())
def test_a_strange_page_raises_nothing(body: str) -> None:
    assert read(body).image_urls == ()


BULK: dict[str, Callable[[int], str]] = {
    "line breaks": lambda n: HEAD + "<div>" + "Label: value<br>" * n,
    "rails": lambda n: PAGE + OTHERS * (n // 10),
    "rail headings": lambda n: PAGE + "<p><b>Similar vehicles</b></p>" * (n // 2),
    "paragraphs": lambda n: (
        PAGE + "<p>Somebody wrote a sentence of some length about nothing at all.</p>" * (n // 2)
    ),
    "script": lambda n: PAGE + "<script>var images = [" + '"/p/71/9.jpg",' * n + "</script>",
}


@pytest.mark.parametrize("make", BULK.values(), ids=BULK.keys())
def test_time_grows_with_the_page_and_no_faster(make: Callable[[int], str]) -> None:
    def cost(size: int) -> float:
        page = Page(URL, make(size))
        start = time.process_time()
        read_detail(page)
        return time.process_time() - start

    cost(200)
    small = max(cost(1_000), 0.02)
    assert cost(8_000) < 8 * 4 * small
