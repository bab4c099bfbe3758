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


NUMBERS = (
    "<li>Engine 289 cu in V8</li><li>Chassis 7R02C112233</li><li>Exterior Wimbledon White</li>"
)


@pytest.mark.parametrize(
    ("markup", "field", "value"),
    [
        (f"<ul>{NUMBERS}<li>Very original</li></ul>", "engine", "289 cu in V8"),
        (f"<ul>{NUMBERS}</ul>", "exterior_color", "Wimbledon White"),
        (f"<ul>{NUMBERS.replace('<li>', '<li><p>')}</ul>", "vin", "7R02C112233"),
        ("<p>Engine 289 V8<br>Stock number B4421<br>Interior Black vinyl</p>", "interior_color", "Black vinyl"),
        ("VIN......7R02C112233<br>ENGINE....289 V8<br>COLOR.....White<hr><p>Nice.</p>", "engine", "289 V8"),
        ("Mileage: 58,730<br>Color: White<br>Trans: 4-Speed<hr><p>Nice.</p>", "mileage", "58,730"),
        ("<p>Finished in Guards Red over black leather, it shows 43,018 miles from new today.</p>", "exterior_color", "Guards Red"),
        ("<p>Finished in Guards Red over black leather, it shows 43,018 miles from new today.</p>", "interior_color", "black leather"),
        ("<p>It has covered 43,018 miles from new and comes with its books and its second key.</p>", "mileage", "43,018 miles"),
        ("<p>We offer this car, chassis 100.108*000453, in Carnival Red with a black vinyl interior.</p>", "exterior_color", "Carnival Red"),
        ("<p>We offer this car, chassis 100.108*000453, in Carnival Red with a black vinyl interior.</p>", "vin", "100.108*000453"),
        ("<p>The body was finished in Germany with new leather, and the car was sold in Paris.</p>", "exterior_color", None),
        ("<table><tr><td>Miltal</td><td>8 250 mil</td></tr></table>", "mileage", "8 250 mil"),
        ("<p>Miltal: 8250</p>", "mileage_unit", "mil"),
        ("<p>Mil: 8 250</p>", "mileage_unit", "mil"),
        ("<p>Mileage: 8,250</p>", "mileage_unit", None),
    ],
)  # fmt: skip
def test_a_fact_without_a_colon_is_read(markup: str, field: str, value: str | None) -> None:
    prose = "<p>It spent most of its life with one careful owner, who kept it dry and drove it.</p>"
    assert getattr(read(markup + prose), field) == value


def test_equipment_that_begins_with_a_label_is_no_fact() -> None:
    work = ("Engine rebuilt in 2019", "Interior lights", "Transmission cooler", "Stock wheels")
    detail = read(f"<ul>{''.join(f'<li>{line}</li>' for line in work)}</ul>")
    assert (detail.engine, detail.interior_color, detail.transmission) == (None, None, None)


@pytest.mark.parametrize(
    ("script", "rest"),
    [
        ("var data=[{thumb:'/t/a1.jpg',big:'/p/a1.jpg'},{thumb:'/t/b2.jpg',big:'/p/b2.jpg'}];Galleria.run('#g',{dataSource:data});", []),
        ("var morePhotos=['/p/d4.jpg','/p/e5.jpg'];", ["/p/a1.jpg", "/p/b2.jpg", "/p/c3.jpg"]),
    ],
)  # fmt: skip
def test_photos_that_a_script_hands_over_or_adds_are_the_gallery(
    script: str, rest: list[str]
) -> None:
    shown = "".join(f"<a class='lightbox' href='{url}'><img src='{url}'></a>" for url in rest)
    added = ["/p/d4.jpg", "/p/e5.jpg"] if rest else ["/p/a1.jpg", "/p/b2.jpg"]
    assert names(read(f"{shown}<script>{script}</script>")) == rest + added


def test_photos_of_other_cars_in_a_script_are_not_added() -> None:
    shown = "".join(
        f"<a class='lightbox' href='/p/{n}.jpg'><img src='/p/{n}.jpg'></a>" for n in "abc"
    )
    for name in ("moreCars", "otherPhotos", "nextPhotos"):
        script = f"<script>var {name}=['/p/x8.jpg','/p/y9.jpg'];</script>"
        assert names(read(shown + script)) == ["/p/a.jpg", "/p/b.jpg", "/p/c.jpg"]


def test_hashes_in_folders_do_not_part_the_photos_of_a_list() -> None:
    urls = [
        f"https://cdn.example/{key}/800x600/m.jpg"
        for key in ("a3f4c5d6e7", "0b1c2d3e4f", "9f8e7d6c5b")
    ]
    shown = "".join(f"<img src='{url}'>" for url in urls[:2])
    listed = json.dumps([url.replace("800x600", "1280x960") for url in urls])
    detail = read(f"<div id='gal'>{shown}</div><script>var vehiclePhotos={listed};</script>")
    assert [url.split("/")[3] for url in detail.image_urls] == [url.split("/")[3] for url in urls]


@pytest.mark.parametrize(
    ("lang", "price", "currency"),
    [
        ("en-AU", "$89,500", "AUD"),
        ("en-CA", "$89,500", "CAD"),
        ("en-CA", "$89,500 USD", None),
        ("en-AU", "US$89,500", None),
        ("en-US", "$89,500", None),
        ("sv", "895 000 kr", "SEK"),
    ],
)
def test_a_page_s_language_tells_whose_dollars_and_crowns_they_are(
    lang: str, price: str, currency: str | None
) -> None:
    page = Page(URL, f"<html lang='{lang}'>{HEAD}<p class='price'>{price}</p>{FACTS}</html>")
    assert read_detail(page).price_currency == currency


@pytest.mark.parametrize(
    ("block", "status"),
    [
        ("<p class='amount'>Price: SOLD</p>", "sold"),
        ("<p>Preis: verkauft</p>", "sold"),
        ("<p>Price: $31,500</p>", "in_stock"),
        ("<section class='faq'><h3>What then?</h3><p>Sold</p></section>", "in_stock"),
        ("<div><h3>What happens when it is sold?</h3><p>Sold</p></div>", "in_stock"),
        ("<div class='testimonials'><p>SOLD!</p><p>They are great.</p></div>", "in_stock"),
        ("<div class='pn'><a href='/inventory/1966-jaguar-e-type-70'>1966 Jaguar E-Type</a><p>Price: SOLD</p></div>", "in_stock"),
    ],
)  # fmt: skip
def test_a_price_that_says_sold_sells_and_an_answer_does_not(block: str, status: str) -> None:
    assert read(f"{block}{FACTS}").page_status == status


def test_the_first_of_two_amounts_that_a_reduction_names_is_the_old_one() -> None:
    detail = read("<p>Reduced from $36,500 to $31,500</p>" + FACTS)
    assert detail.price == "$31,500"


@pytest.mark.parametrize(
    ("markup", "field", "value"),
    [
        ("<div><strong>Gearbox</strong><br>4-speed manual</div>", "transmission", "4-speed manual"),
        ("<div><strong>Engine</strong><br>The engine was rebuilt by its owner in 2011.</div>", "engine", None),
        ("<dl><dt>Farge</dt><dd>Blå</dd></dl>", "exterior_color", "Blå"),
        ("<dl><dt>Chassisnr</dt><dd>7R02C112233</dd></dl>", "vin", "7R02C112233"),
        ("<dl><dt>Skrzynia biegów</dt><dd>manualna</dd></dl>", "transmission", "manualna"),
    ],
)  # fmt: skip
def test_a_value_below_its_label_and_other_languages_are_read(
    markup: str, field: str, value: str | None
) -> None:
    assert getattr(read(markup), field) == value


def test_sentences_that_stand_in_the_body_itself_are_the_description() -> None:
    prose = (
        "It spent most of its life with one careful owner, who kept it dry and drove it to church."
    )
    page = Page(
        URL,
        f"<body><font size=5>1967 Ford Mustang</font><br>{prose}<br><br>{prose[::-1]}.<br>"
        "VIN: 7R02C112233<br>Price: $31,500<br><img src='/p/a1.jpg'><hr>Call Lou 555-010-4444</body>",
    )
    detail = read_detail(page)
    assert (detail.description, detail.vin) == (f"{prose}\n\n{prose[::-1]}.", "7R02C112233")


@pytest.mark.parametrize(
    ("block", "status"),
    [
        ("<p>Get notified before it is <b>SOLD</b></p>", "in_stock"),
        ("<p>Status: <b>SOLD</b></p>", "sold"),
        ("<p>$31,500 <b>SOLD</b></p>", "sold"),
        ("<ul><li>May 3 - 1966 GTO - SOLD</li><li>May 9 - 1970 Cuda - SOLD</li></ul>", "in_stock"),
        ("<p>Restored 2015 - SOLD</p>", "sold"),
        ("<div><h3>How we sold a 1967 Mustang in a day</h3><p>Sold!</p></div>", "in_stock"),
        ("<div><h2>1967 Ford Mustang</h2><p>Sold!</p></div>", "sold"),
        ("<p><b>SOLD TO CALIFORNIA</b></p>", "sold"),
        ("<p>SOLD WITH A WARRANTY</p>", "in_stock"),
        ("<p class='price'>Sold in 3 days</p>", "sold"),
        ("<p>Este coche ya está vendido.</p>", "sold"),
        ("<p>Bilen är såld.</p>", "sold"),
        ("<p>Véhicule vendu</p>", "sold"),
        ("<p>Véhicule vendu sans garantie</p>", "in_stock"),
    ],
)  # fmt: skip
def test_a_word_sells_as_it_stands_among_others(block: str, status: str) -> None:
    assert read(block + PRICE + FACTS).page_status == status


HEADS, CELLS = ("VIN", "Miles", "Color"), ("7R02C112233", "43,018", "Red")


@pytest.mark.parametrize(
    ("markup", "field", "value"),
    [
        ("<table><tr><th>Exterior</th><td>9/10</td></tr></table>", "exterior_color", None),
        ("<table><tr><th>Interior</th><td>Very good</td></tr></table>", "interior_color", None),
        ("<p>Exterior / Interior: Red / Black</p>", "exterior_color", "Red"),
        ("<p>Exterior / Interior: Excellent / Good</p>", "exterior_color", None),
        ("<p>Ext/Int: Red over Black leather</p>", "interior_color", "Black leather"),
        ("<p>Year:1967 Make:Ford Model:Mustang VIN:7R02C112233 Mileage:43,018 and more of the same</p>", "make", "Ford"),
        (f"<table><tr><th>{'</th><th>'.join(HEADS)}</th></tr><tr><td>{'</td><td>'.join(CELLS)}</td></tr></table>", "exterior_color", "Red"),
        (f"<table><tr><td>{'</td><td>'.join(HEADS)}</td></tr><tr><td>{'</td><td>'.join(CELLS)}</td></tr></table>", "mileage", "43,018"),
        ("<table><tr><td>VIN</td><td>7R02C1</td><td>Color</td></tr><tr><td>Trim</td><td>Deluxe</td><td>Miles</td></tr></table>", "vin", "7R02C1"),
        ("<div data-label='Exterior'>Red</div>", "exterior_color", "Red"),
        ("<ul><li class='icon-engine'>289 V8</li></ul>", "engine", "289 V8"),
        ("<p><strong>Odometer 43,018 miles</strong></p>", "mileage", "43,018 miles"),
    ],
)  # fmt: skip
def test_a_fact_of_a_table_a_caption_or_a_pair_of_colours_is_read(
    markup: str, field: str, value: str | None
) -> None:
    assert getattr(read(markup), field) == value


UPLOADS = [f"/up/{key}.jpg" for key in ("a1b2", "c3d4", "e5f6", "0718")]
GALLERY = "<div class='gallery'>" + "".join(f"<img src='{url}'>" for url in UPLOADS) + "</div>"


@pytest.mark.parametrize(
    "beside",
    [
        "<div class='hero' style='background-image:url(/up/hero-9.jpg)'></div>",
        "<div class='spin'>" + "".join(f"<img src='/spin/71/{n}.jpg'>" for n in range(24)) + "</div>",
        "<h3>Recently sold</h3><div class='gallery'><img src='/up/zz1.jpg'><img src='/up/zz2.jpg'></div>",
        "<div class='team'><img src='/up/joe.jpg' alt='Joe'><img src='/up/ann.jpg' alt='Ann'></div>",
    ],
)  # fmt: skip
def test_what_stands_beside_a_gallery_is_none_of_it(beside: str) -> None:
    assert names(read(PRICE + GALLERY + beside)) == UPLOADS


def test_photos_of_the_inside_stand_beside_those_of_the_outside() -> None:
    blocks = [
        f"<div class='g'>{''.join(f'<img src={u!r}>' for u in part)}</div>"
        for part in (UPLOADS[:3], UPLOADS[3:])
    ]
    body = f"<div><h3>Exterior</h3>{blocks[0]}<h3>Interior</h3>{blocks[1]}</div>"
    assert names(read(PRICE + body)) == UPLOADS


@pytest.mark.parametrize("event", ["onclick", "onmouseover"])
def test_a_small_picture_names_the_large_one_it_shows(event: str) -> None:
    strip = "".join(
        f"<img {event}=\"show('{url}')\" src='{url.replace('/up/', '/up/tn_')}'>" for url in UPLOADS
    )
    assert names(read(f"{PRICE}<img id='main' src='{UPLOADS[0]}'><div>{strip}</div>")) == UPLOADS


@pytest.mark.parametrize(
    ("script", "large"),
    [
        ("main.src = t.src.replace('_thumb', '')", True),
        ("main.src = t.src.replace(/_thumb/, '')", True),
        ("t.alt = t.alt.replace('_small', '')", False),
        ("main.src = t.src.replace('_thumb', '_xl')", False),
    ],
)
def test_a_script_s_rule_for_large_pictures_holds_where_the_page_shows_one_so(
    script: str, large: bool
) -> None:
    small = [url.replace(".jpg", "_thumb.jpg") for url in UPLOADS]
    strip = "".join(f"<a href='javascript:show()'><img src='{url}'></a>" for url in small)
    page = f"{PRICE}<img id='main' src='{UPLOADS[0]}'><div>{strip}</div><script>{script}</script>"
    assert names(read(page)) == (UPLOADS if large else [UPLOADS[0], *small[1:]])
