"""Vehicle pages of sites nobody had seen: ways of writing facts, texts and galleries that readers
met first on them."""

import pytest

from crawler.extract.detail import Detail, read_detail
from crawler.extract.page import Page
from crawler.extract.picture_urls import picture_identity

URL = "https://mill.example/inventory/1967-ford-mustang-71"
HEAD = "<title>1967 Ford Mustang | Mill Street Motors</title><h1>1967 Ford Mustang</h1>"
PROSE = (
    "It spent most of its life with one careful owner, who kept it dry and drove it to church.",
    "The brakes and the tires are new, the chrome is bright and the underside has no rust at all.",
)


def read(body: str, head: str = HEAD) -> Detail:
    return read_detail(Page(URL, head + body))


def names(detail: Detail) -> list[str]:
    return [url.removeprefix("https://mill.example") for url in detail.image_urls]


@pytest.mark.parametrize(
    ("markup", "field", "value"),
    [
        ("<pre>VIN          7R02C112233\nExterior     Wimbledon White</pre>", "exterior_color", "Wimbledon White"),
        ("<pre>VIN: 7R02C112233\nEngine ..... 289 V8</pre>", "engine", "289 V8"),
        ("<pre><p>VIN: 7R02C112233</p><p>Mileage: 58,730</p></pre>", "vin", "7R02C112233"),
        ("<p>Paint <b>Wimbledon White</b></p>", "exterior_color", "Wimbledon White"),
        # Wix names every block "comp-…", which is no list of comparable cars.
        ('<div id="comp-k9x" class="comp-k9x"><p><span>VIN:</span><span> 7R02C112233</span></p></div>', "vin", "7R02C112233"),
        ("<div><div>Merk</div><div>Ford</div></div><div><div>Type</div><div>Mustang</div></div>", "model", "Mustang"),
        ("<div><div>Make</div><div>Ford</div></div><div><div>Type</div><div>Convertible</div></div>", "model", None),
        ("<table><tr><td>Märke:</td><td>Ford</td></tr></table>", "make", "Ford"),
        ('<spec-row label="VIN" value="7R02C112233"></spec-row>', "vin", "7R02C112233"),
        ("<ul><li>VIN</li><li>Engine</li><li>Exterior</li></ul><ul><li>7R02C1</li><li>289 V8</li><li>White</li></ul>", "engine", "289 V8"),
        ("<ul><li>Radio</li><li>Engine</li><li>Clock</li></ul><ul><li>Heater</li><li>289 V8</li><li>White</li></ul>", "engine", None),
        ("<p>Fahrgestell-Nr. 45623381, Motor-Nr. 7</p>", "vin", "45623381"),
        ("<p>One owner drove it about 900 miles a year, and his son never did.</p>", "mileage", None),
        ("<div><small>Indtræk</small><div>Sort læder</div></div>", "interior_color", "Sort læder"),
        ("<p>Erstzulassung 06/1967<br>Farbe Silberblau Metallic</p>", "exterior_color", "Silberblau Metallic"),
        ("<ul><li>48,210 miles</li><li>Guardsman Blue exterior</li></ul>", "exterior_color", "Guardsman Blue"),
        ("<p>Ivory exterior, Black Leather interior<br>289 V8</p>", "interior_color", "Black Leather"),
        ("<ul><li>Color matched bumpers</li><li>Exterior Parking Camera</li><li>Paint Protection Film</li></ul>", "exterior_color", None),
        ("<div class='stock-item__meta'>45,755 km | 4-Speed Manual</div>", "stock_number", None),
        ("<div><span>Boîte: Manuelle</span> <span>Carburant: Essence</span></div>", "transmission", "Manuelle"),
        ("<table><tr><td>Miltal</td><td>10 287</td></tr></table>", "mileage_unit", "mil"),
        # A menu that holds one word is no label of what follows it.
        ("<div><nav><a href='/inventory'>Inventory</a></nav><main>No. 12 of 30</main></div>", "stock_number", None),
    ],
)  # fmt: skip
def test_a_fact_is_read_however_it_is_laid_out(markup: str, field: str, value: str | None) -> None:
    assert getattr(read(markup), field) == value


@pytest.mark.parametrize(
    "body",
    [
        f"<td><font>{PROSE[0]}<p>{PROSE[1]}</font></td>",
        f"<section class='c'><div>{PROSE[0]}<br><br></div><div>{PROSE[1]}</div></section>",
    ],
)
def test_a_text_without_paragraphs_of_its_own_is_read_whole(body: str) -> None:
    assert (read(f"<table>{body}</table>" if "<td>" in body else body).description or "").split(
        "\n\n"
    ) == list(PROSE)


def test_an_aside_of_other_cars_tells_no_price() -> None:
    others = "".join(
        f"<article><h2><a href='/{year}-ford-mustang/'>{year} Ford Mustang</a></h2><p>${year}0</p></article>"
        for year in (1965, 1966, 1968)
    )
    detail = read(f"<p>Price on request</p><aside class='read-more-wrap'>{others}</aside>")
    assert detail.price == "Price on request"
    facts = "<aside><h2>Details</h2><p>Price: $31,500</p></aside>"
    assert read(facts).price == "$31,500"


def test_the_body_of_a_blogs_article_is_its_text() -> None:
    text = "".join(f"<p>{line}</p>" for line in PROSE)
    page = Page(
        URL, f"<article class='blog-post'>{HEAD}<div class='blog-post__body'>{text}</div></article>"
    )
    assert (read_detail(page).description or "").split("\n\n") == list(PROSE)


def test_rdfa_speaks_as_microdata_does() -> None:
    detail = read(
        '<div vocab="https://schema.org/" typeof="Car"><span property="name">1967 Ford Mustang</span>'
        '<b property="vehicleIdentificationNumber">7R02C112233</b><i property="color">Red</i>'
        '<div property="offers" typeof="Offer"><b property="price" content="31500"></b></div></div>'
    )
    assert (detail.vin, detail.exterior_color, detail.price) == ("7R02C112233", "Red", "31500")


def test_the_shop_is_no_make() -> None:
    node = '{"@type":"Product","name":"1967 Ford Mustang","brand":{"name":"%s"},"sku":"A1"}'
    script = '<script type="application/ld+json">' + node + "</script>"
    assert read(script % "Mill Street Motors").make is None
    assert read(script % "Ford").make == "Ford"


def test_the_equipment_of_a_page_s_state_is_read() -> None:
    state = '{"vehicle":{"title":"1967 Ford Mustang","vin":"7R02C112233","make":"Ford","year":1967,"features":["Radio","Clock"]}}'
    detail = read(f'<script id="__NEXT_DATA__" type="application/json">{state}</script>')
    assert detail.options == ("Radio", "Clock")


def test_panes_of_tabs_are_read_and_modals_are_not() -> None:
    detail = read(
        '<ul><li><a href="#t1">Data</a></li><li><a href="#t2">Text</a></li></ul><a href="#m">Ask</a>'
        f'<div id="t1"><p>VIN: 7R02C112233</p></div><div id="t2" style="display:none"><p>{PROSE[0]}</p></div>'
        f'<div id="m" style="display:none"><p>{PROSE[1]}</p></div>'
    )
    assert detail.description == PROSE[0]


def test_a_description_has_its_short_first_sentence_and_no_list_of_facts() -> None:
    detail = read(
        "<p>We sell it with a fresh service and new tires.</p>"
        f"<p>{PROSE[0]}</p><ul><li><i>VIN</i><b>7R02C112233</b></li><li><i>Mileage</i><b>58,730</b></li></ul>"
    )
    assert detail.description == f"We sell it with a fresh service and new tires.\n\n{PROSE[0]}"


def test_a_named_remark_is_no_description_beside_the_text() -> None:
    remark = "<p class='note'>All prices are without tax and without our shipping to your door.</p>"
    assert read(
        f"{remark}<div><p>{PROSE[0]}</p><p>{PROSE[1]}</p></div>"
    ).description == "\n\n".join(PROSE)


def test_text_in_spans_is_one_description() -> None:
    body = "".join(f"<p><span>{text}</span></p>" for text in PROSE)
    assert read(f"<div>{body}</div>").description == "\n\n".join(PROSE)


@pytest.mark.parametrize(
    ("sentence", "status"),
    [
        ("This vehicle has been sold. Please see our other cars.", "sold"),
        ("Sorry, this car is now sold.", "sold"),
        ("Dieses Fahrzeug wurde bereits verkauft.", "sold"),
        ("This car has been sold with full papers to every owner since 1967.", "in_stock"),
        ("It was sold new in Paris. This car is sold with a warranty.", "in_stock"),
    ],
)
def test_a_sentence_of_its_own_may_say_that_the_car_is_sold(sentence: str, status: str) -> None:
    detail = read(f"<p>{sentence}</p><p>VIN: 7R02C112233</p><img src='/p/1.jpg'>")
    assert detail.page_status == status


@pytest.mark.parametrize(
    ("gallery", "photos"),
    [
        # Sliders repeat the last slide before the first one.
        (
            '<div class="s"><div class="swiper-slide swiper-slide-duplicate"><img src="/p/3.jpg"></div>'
            + "".join(f'<div class="swiper-slide"><img src="/p/{n}.jpg"></div>' for n in "123")
            + "</div>",
            ["/p/1.jpg", "/p/2.jpg", "/p/3.jpg"],
        ),
        # One stand-in for all photos until a script runs.
        (
            "".join(f'<img src="/ui/wait.png" data-original="/p/{n}.jpg">' for n in "123"),
            ["/p/1.jpg", "/p/2.jpg", "/p/3.jpg"],
        ),
        ('<img src="/p/1.jpg"><div id="SITE_HEADER"><img src="/u/ab_crest~mv2.png"></div>', ["/p/1.jpg"]),
        ('<img src="/p/1.jpg"><img src="/u/ab_logo~mv2.png">', ["/p/1.jpg"]),
    ],
)  # fmt: skip
def test_a_gallery_is_each_photo_once_in_order(gallery: str, photos: list[str]) -> None:
    assert names(read(gallery)) == photos


def test_a_table_of_the_past_sells_nobody() -> None:
    past = (
        "<h3>Ownership and sales history</h3><table><tr><th>Date</th><th>Event</th><th>Price</th></tr>"
        "<tr><td>1998</td><td>Sold</td><td>$41,000</td></tr><tr><td>2011</td><td>Sold</td><td>$88,000</td></tr></table>"
    )
    assert read(f"<p>VIN: 7R02C112233</p><img src='/p/1.jpg'>{past}").page_status == "in_stock"
    headed = "<h4>Provenance</h4><ul><li>1967</li><li>Sold</li></ul><h4>Status</h4><p>Sold</p>"
    assert (
        read(f"<p>VIN: 7R02C112233</p>{headed.partition('<h4>Status')[0]}").page_status
        == "in_stock"
    )
    assert read(f"<p>VIN: 7R02C112233</p>{headed}").page_status == "sold"


def test_a_page_that_is_one_row_of_a_layout_is_no_card() -> None:
    photos = "".join(f'<img src="photo {n}.jpg"><br>' for n in (1, 2, 3))
    page = Page(
        URL,
        "<title>1967 Ford Mustang</title><table><tr><td><a href='/index.htm'>Home</a></td><td><font size=5>"
        f"<b>1967 Ford Mustang</b></font><br><b>Asking $31,500</b><br>VIN: 7R02C112233<br>{PROSE[0]}"
        f"<br>{photos}</td></tr></table><img src='/cgi-bin/counter.gif'>",
    )
    detail = read_detail(page)
    assert (detail.vin, detail.price, len(detail.image_urls)) == ("7R02C112233", "$31,500", 3)


@pytest.mark.parametrize(
    "markup",
    [
        """<div x-data='{"open":false,"images":[{"url":"/p/1.jpg"},{"url":"/p/2.jpg"}]}'></div>""",
        """<car-gallery images='["/p/1.jpg","/p/2.jpg"]'></car-gallery>""",
        """<script type="application/json" id="__NUXT_DATA__">[{"car":1},{"title":2,"vin":3,"make":4,"images":5},
        "1967 Ford Mustang","7R02C112233","Ford",[6,7],"/p/1.jpg","/p/2.jpg"]</script>""",
        '<img src="/_ipx/w_640/p/1.jpg"><img src="/_ipx/w_640/p/2.jpg">',
    ],
)
def test_a_gallery_is_found_where_frameworks_keep_it(markup: str) -> None:
    assert names(read(markup)) == ["/p/1.jpg", "/p/2.jpg"]


@pytest.mark.parametrize(
    ("large", "small"),
    [
        ("/bild.php?id=324501&typ=gross", "/bild.php?id=324501&typ=klein"),
        ("/media/7a51d390c6cf/orig", "/media/7a51d390c6cf/w320"),
    ],
)
def test_sizes_in_words_are_of_one_photo(large: str, small: str) -> None:
    site = "https://mill.example"
    assert picture_identity(site + large) == picture_identity(site + small)
    assert picture_identity(site + large) != picture_identity(site + large.replace("5", "6"))


@pytest.mark.parametrize(
    "others",
    [
        "<div><span>Available</span> <span>Reserved</span> <span>Sold</span></div>",
        "<ul><li>Available</li><li>Sold</li></ul>",
        "<label><input type=radio> For sale</label><label><input type=radio> Sold</label>",
        "<p>Next: <a href='/inventory/1966-jaguar-e-type-70'>1966 Jaguar E-Type</a> <b>SOLD</b></p>",
        "<div><b>SOLD</b> 1966 Jaguar E-Type to California</div>",
        "<blockquote><h4>SOLD!</h4><p>They sold my car within a week.</p></blockquote>",
        "<ul><li>1967 Delivered</li><li>1998 To Mr Smith</li><li>2011 <b>Sold</b></li></ul>",
        "<div><h4>Car cover</h4><p>$199</p><span>Sold out</span></div>",
        "<div><strong>250</strong><span>Sold</span></div>",
        "<div>See also: <em>Sold</em></div>",
        "<table><tr><td>Originally</td><td>Sold</td></tr></table>",
        "<div><div><img src='/i/9.jpg'><p>Sold</p></div><div><img src='/i/8.jpg'><p>Sold</p></div></div>",
    ],
)
def test_a_word_about_something_else_sells_nobody(others: str) -> None:
    facts = "<p class='price'>$31,500</p><p>VIN: 7R02C112233</p><img src='/p/1.jpg'>"
    for body in (facts + others, others + facts):
        assert read(body).page_status == "in_stock"


@pytest.mark.parametrize(
    "mark",
    [
        "<p>SOLD</p>",
        "<div><span>$31,500</span> <span>Sold</span></div>",
        "<div>Status: <b>Sold</b></div>",
        "<table><tr><td>Price</td><td>SOLD</td></tr></table>",
        "<dl><dt>Availability</dt><dd>Sold</dd></dl>",
        "<div class='photo'><img src='/p/1.jpg'><span>Sold</span></div>",
        "<div><b>1967 Ford Mustang</b> <i>Sold</i></div>",
    ],
)
def test_a_word_about_this_car_sells_it(mark: str) -> None:
    assert read(f"{mark}<p>VIN: 7R02C112233</p><img src='/p/1.jpg'>").page_status == "sold"


@pytest.mark.parametrize(
    ("heading", "year"), [("Ford Mustang", "06.1968"), ("1967 Ford Mustang", None)]
)
def test_first_registration_tells_the_year_where_nothing_else_does(
    heading: str, year: str | None
) -> None:
    row = "<div class='row'><div>1. Inverkehrsetzung</div><div><strong>06.1968</strong></div></div>"
    detail = read_detail(
        Page("https://mill.example/autos/ford-71", f"<h1>{heading}</h1>{row}<p>CHF 89'500</p>")
    )
    assert detail.year == year
