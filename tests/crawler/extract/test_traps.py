"""Traps of real dealer sites, each by name."""

import pytest

from contract.observation import Kind, parse_payload
from crawler.extract.card import Card
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.platforms import PLATFORMS, recognize

URL = "https://dealer.example/inventory"
ORGANIZATION = "00000000-0000-5000-8000-000000000001"


def tile(
    slug: str, title: str, inner: str = "", price: str = "$20,000", classes: str = "card"
) -> str:
    return (
        f'<div class="{classes}"><a href="/inventory/{slug}"><img src="/p/{slug}.jpg"></a>'
        f'<h3>{title}</h3><p class="price">{price}</p>{inner}</div>'
    )


FORD = tile("1967-ford-mustang-1", "1967 Ford Mustang")
FIAT = tile("1972-fiat-500-2", "1972 Fiat 500")


def read(body: str, url: str = URL) -> GridPage:
    page = Page(url, f"<html><body>{body}</body></html>")
    return recognize(page).read_grid(page)


def only(
    inner: str = "", price: str = "$20,000", classes: str = "card", title: str = "1970 Saab 96"
) -> Card:
    grid = read(
        f'<div class="cards">{FORD}{tile("1970-saab-96-3", title, inner, price, classes)}{FIAT}</div>'
    )
    assert len(grid.cards) == 3
    assert grid.cards[0].mark is None
    assert grid.cards[2].mark is None
    return grid.cards[1]


@pytest.mark.parametrize(
    "inner",
    [
        '<div class="ribbon">SOLD</div>',
        '<span class="badge sold">Sold</span>',
        '<span class="status-sold"></span>',
        '<img class="overlay" src="/assets/sold.png">',
        '<img src="/ui/x.png" alt="Sold">',
        "<p>Status: Sold</p>",
        "<p>SOLD!</p>",
        "<em>Vendu</em>",
        "<p>5-speed – SOLD</p>",
        '<span data-status="sold"></span>',
    ],
)
def test_sold_mark_sells_its_own_tile_only(inner: str) -> None:
    assert only(inner).mark == "sold"


@pytest.mark.parametrize(
    "inner",
    [
        '<a href="/sold">Sold</a>',
        '<ul class="tabs"><li><a href="/sold">Sold</a></li></ul>',
        '<div class="modal" style="display:none"><h4>SOLD</h4></div>',
        '<div aria-hidden="true">SOLD</div>',
        "<p>Seats sold individually</p>",
        "<p>Sold new in California, recently sold by its first owner</p>",
        "<p>We have never sold a nicer one.</p>",
        "<button>Mark as sold</button>",
        '<span class="not-sold">Available</span>',
        '<span class="sold-status">Available</span>',
        "<p>Sold: No</p>",
        '<span class="badge badge--sold-out" hidden>Sold out</span>',
        "<template><b>SOLD</b></template>",
        "<!-- SOLD -->",
    ],
)
def test_word_sold_elsewhere_does_not_sell(inner: str) -> None:
    assert only(inner).mark is None


@pytest.mark.parametrize(
    "text", ["Sale Pending", "Deposit taken", "On hold", "Reserved", "Under offer", "Reserviert"]
)
def test_spoken_for_is_pending_and_still_in_stock(text: str) -> None:
    card = only(f'<div class="flag">{text}</div>')
    assert (card.mark, card.status_words) == ("pending", (text,))
    data = card.listing(ORGANIZATION, "current", "generic", "grid")
    assert (data["listing_status"], data["status_evidence"]) == ("in_stock", "mark")


@pytest.mark.parametrize(
    ("title", "mark"),
    [
        ("SOLD - 1970 Saab 96", "sold"),
        ("1970 Saab 96 *SOLD*", "sold"),
        ("1970 X Sold Saab 96", "sold"),
        ("1970 Saab 96 (Sale Pending)", "pending"),
        ("1970 Saab 96 Sold New In Vermont", None),
    ],
)
def test_title_carries_a_mark_only_at_its_edge(title: str, mark: str | None) -> None:
    assert only(title=title).mark == mark


@pytest.mark.parametrize(
    ("markup", "price", "label"),
    [
        ("<del>$25,000</del> <ins>$22,000</ins>", "$22,000", None),
        ('<span class="msrp">MSRP $31,000</span><span class="sale">Sale Price: $28,000</span>', "$28,000", "Sale Price"),
        ("Was $129,900 Now $119,900", "$119,900", "Now"),
        ('<span class="pmt">$399/mo</span> <b>$28,500</b>', "$28,500", None),
        ("$99 down special <strong>Our Price: $9,900</strong>", "$9,900", "Our Price"),
        ("Call for price", "Call for price", None),
        ("Price: POA", "POA", "Price"),
        ("POR", "POR", None),
        ("€ 45.000,-", "€ 45.000,-", None),
        ("CHF 120'000", "CHF 120'000", None),
        ("129 000 €", "129 000 €", None),
        ("$54,900 OBO", "$54,900 OBO", None),
        ('<span class="currency">$</span>10,500', "$10,500", None),
        ("45,000", "45,000", None),
        ('<span style="text-decoration: line-through">$60,000</span> $55,000', "$55,000", None),
        ("Fine driver &ndash; $197,095 &ndash; 91,071 miles showing &ndash; sold with spares, books and tools", "$197,095", None),
        ("Sold", None, None),
    ],
)  # fmt: skip
def test_current_price_is_taken(markup: str, price: str | None, label: str | None) -> None:
    card = only(price=markup)
    assert (card.price, card.price_label) == (price, label)


def test_amounts_in_remarks_are_no_price() -> None:
    card = only("<p>Recent $48,000 engine rebuild. Shipping from $995.</p>", price="Call for price")
    assert card.price == "Call for price"


def test_cars_without_price_photo_or_year_in_the_url_count() -> None:
    grid = read(
        '<ul class="stock"><li><a href="/inventory/saab/96/s-11/">1970 Saab 96</a></li>'
        '<li><a href="/inventory/fiat/500/f-2/">1972 Fiat 500</a></li>'
        '<li><a href="/inventory/yamaha/golf-cart/g-3/">Yamaha golf cart</a> Stock #: G3</li></ul>'
    )
    assert [card.url.split("/")[-2] for card in grid.cards] == ["s-11", "f-2", "g-3"]


def test_same_car_on_two_tiles_counts_once_with_fields_merged() -> None:
    again = tile("1967-ford-mustang-1", "1967 Ford Mustang", "<p>VIN: 7R02S123456</p>")
    grid = read(f'<div class="cards">{FORD}{FIAT}{again}</div>')
    assert len(grid.cards) == 2
    assert grid.cards[0].vin == "7R02S123456"


@pytest.mark.parametrize("cell", ["grid-cell", "car", "x1", "list-item", "vehicle-listing", ""])
@pytest.mark.parametrize("grid", ["grid", "vehicle-list", "row", "x2", "inventory"])
def test_a_car_alone_on_the_last_page_keeps_its_price(cell: str, grid: str) -> None:
    inner = (
        '<a href="/inventory/1968-shelby-gt500-7"><img src="/7.jpg"></a>'
        '<h3><a href="/inventory/1968-shelby-gt500-7">1968 Shelby GT500</a></h3>'
        '<div class="price">$127,895</div><div class="odo">98,338 TMU</div>'
    )
    body = f'<main><h1>Stock</h1><div class="{grid}"><div class="{cell}">{inner}</div></div></main>'
    (card,) = read(body).cards
    assert (card.price, card.mileage, len(card.image_urls)) == ("$127,895", "98,338 TMU", 1)


def test_wordpress_classes_of_a_car_make_no_post_of_it() -> None:
    names = "post-625 car type-car status-publish has-post-thumbnail hentry category-classics"
    body = "".join(
        f'<article class="{names}"><h2><a href="/inventory/19{n}-fiat-{n}/">19{n} Fiat</a></h2></article>'
        for n in (56, 57)
    )
    assert len(read(f"<main>{body}</main>").cards) == 2


RAILS = {
    "related": f'<section class="related-vehicles">{FIAT}</section>',
    "viewed": f"<div><h3>Recently viewed</h3>{FIAT}</div>",
    "sold rail": f'<section><h2>Recently Sold</h2><div class="r">{FIAT}</div></section>',
    "aside": f"<aside>{FIAT}</aside>",
    "footer": f"<footer>{FIAT}</footer>",
    "modal": f'<div class="modal">{FIAT}</div>',
    "blog": '<article class="post"><a href="/blog/1967-ford-history"><img src="/b.jpg"></a>'
    "<h3>1967 Ford: a history</h3></article>",
    "dated post": '<div class="card"><a href="/2026/03/1967-ford-road-test/"><img src="/b.jpg"></a>'
    "<h3>1967 Ford road test</h3></div>",
    "brands": '<div class="brands"><a href="/inventory/ford"><img src="/ford.png" alt="Ford"></a></div>',
    "staff": '<div class="card"><a href="/team/bob"><img src="/bob.jpg"></a><h3>Bob, since 1987</h3></div>',
    "services": '<div class="card"><a href="/services/storage"><h3>Storage</h3><p>$199</p></a></div>',
    "decades": '<div class="card"><a href="/inventory/1960s"><img src="/60.jpg">1960-1969 Classics</a></div>',
    "sell": '<div class="card"><a href="/sell-your-car"><h3>Sell us your 1967 Ford</h3>$50,000</a></div>',
}


@pytest.mark.parametrize("rail", RAILS.values(), ids=RAILS.keys())
def test_nothing_beside_the_grid_is_invented(rail: str) -> None:
    saab = tile("1970-saab-96-3", "1970 Saab 96")
    grid = read(f'<main><h1>Inventory</h1><div class="cards">{FORD}{saab}</div></main>{rail}')
    assert [card.url.rsplit("-", 1)[-1] for card in grid.cards] == ["1", "3"]


@pytest.mark.parametrize("heading", ["<h1>Sold cars</h1>", "<h2>Recently sold</h2>"])
def test_heading_of_the_sold_archive_makes_no_rail_of_it(heading: str) -> None:
    grid = read(
        f'<main>{heading}<div class="sold-gallery">{FORD}{FIAT}</div></main>', f"{URL}/sold"
    )
    assert len(grid.cards) == 2
    assert all(card.image_urls for card in grid.cards)


def test_stale_json_ld_adds_no_car_beside_tiles() -> None:
    stale = (
        '<script type="application/ld+json">{"@type":"ItemList","itemListElement":[{"@type":"ListItem",'
        '"item":{"@type":"Car","name":"1960 Ford Falcon","url":"/inventory/1960-ford-falcon-9"}}]}</script>'
    )
    assert len(read(f'{stale}<div class="cards">{FORD}{FIAT}</div>').cards) == 2


def test_json_ld_of_the_production_host_fills_tiles_by_path() -> None:
    data = (
        '<script type="application/ld+json">{"@type":"Car","vehicleIdentificationNumber":"7R02S123456",'
        '"url":"https://www.production.example/inventory/1967-ford-mustang-1"}</script>'
    )
    assert read(f'{data}<div class="cards">{FORD}{FIAT}</div>').cards[0].vin == "7R02S123456"


@pytest.mark.parametrize(
    "photo",
    ["/img/no-image.png", "/x/ina_f.jpg", "/photos/coming-soon.jpg", "/img/logo.png", "data:image/gif;base64,R0lGOD", "/assets/sold.png", "/icons/phone.svg"],
)  # fmt: skip
def test_placeholders_and_furniture_are_no_photos(photo: str) -> None:
    card = only(f'<img src="{photo}">')
    assert card.image_urls == ("https://dealer.example/p/1970-saab-96-3.jpg",)


def test_every_spelling_of_a_photo_is_read() -> None:
    card = only(
        '<img data-src="/a/1.jpg" src="/blank.gif"><img srcset="/a/2-300.jpg 300w, /a/2.jpg 1200w">'
        "<div style=\"background: url('/a/3') center\"></div><noscript><img src='/a/4.jpg'></noscript>"
    )
    assert [url.rsplit("/", 1)[-1] for url in card.image_urls[1:]] == [
        "1.jpg",
        "2.jpg",
        "3",
        "4.jpg",
    ]


@pytest.mark.parametrize(
    ("specs", "expected"),
    [
        ("<dl><dt>Mileage</dt><dd>12,345</dd><dt>Stock #</dt><dd>S9</dd></dl>", ("12,345", "S9", None)),
        ("<ul><li>Mileage: 12,345</li><li>Stock #: S9</li><li>VIN: 96123</li></ul>", ("12,345", "S9", "96123")),
        ("<p>VIN: 96123 | Stock: S9 | 12,345 miles</p>", ("12,345 miles", "S9", "96123")),
        ("<table><tr><th>Mileage</th><td>12,345</td><th>Stock</th><td>S9</td></tr></table>", ("12,345", "S9", None)),
        ('<div class="row"><span>Odometer</span><span>12,345</span></div>', ("12,345", None, None)),
        ("<p><b>Chassis no:</b> 96123<br><b>Stock no:</b> S9</p>", (None, "S9", "96123")),
        ('<span class="vin_value">96123</span><i class="stock-number">S9</i>', (None, None, "96123")),
        ('<div data-vin="96123" data-stocknumber="S9" data-mileage="12345"></div>', ("12345", "S9", "96123")),
    ],
)  # fmt: skip
def test_specifications_in_any_markup(
    specs: str, expected: tuple[str | None, str | None, str | None]
) -> None:
    card = only(specs)
    mileage, stock, vin = expected
    assert card.mileage == mileage
    assert card.vin == vin
    assert stock is None or card.stock_number == stock


def test_card_becomes_a_valid_listing() -> None:
    card = only("<p>VIN: 96123</p><p>Mileage: 12,345</p><p>Options: Heater</p>")
    data = card.listing(ORGANIZATION, "current", "generic", "grid")
    payload = parse_payload(Kind.LISTING, 1, data)
    assert payload.stable()["vin"] == "96123"
    sold = card.listing(ORGANIZATION, "sold", "generic", "grid")
    assert (sold["listing_status"], sold["status_evidence"]) == ("sold", "sold_grid")


def test_year_in_a_table_column_of_its_own() -> None:
    grid = read(
        "<table><tr><th>Year</th><th>Vehicle</th><th>Price</th></tr>"
        '<tr><td>1966</td><td><a href="c1.htm">Jaguar E-Type</a></td><td>$99,000</td></tr>'
        '<tr><td>1972</td><td><a href="c2.htm">MGB</a></td><td>SOLD</td></tr></table>'
    )
    assert [(card.title, card.price, card.mark) for card in grid.cards] == [
        ("1966 Jaguar E-Type", "$99,000", None),
        ("1972 MGB", None, "sold"),
    ]


@pytest.mark.parametrize(
    ("photo", "platform"),
    [
        ("http://127.0.0.1:9/zz/1/3/35/790x1024/w20/1940-ford-coupe.avif", "dealer_accelerate"),
        ("http://127.0.0.1:9/1995-mazda-miata/325x325/3196124-9-revo.jpg?_=17", "autorevo"),
        ("http://127.0.0.1:9/wp-content/uploads/2026/03/ford-600x400.jpg", "generic"),
    ],
)
def test_platform_is_known_by_its_photo_paths_on_any_host(photo: str, platform: str) -> None:
    page = Page(URL, f'<html><body><div class="zz"><img src="{photo}"></div></body></html>')
    assert recognize(page).name == platform


@pytest.mark.parametrize("model", ["S2000", "2002 tii", "RX-7 Turbo", "1800 ES"])
def test_title_in_two_headings_is_one_name(model: str) -> None:
    body = "".join(
        f'<a href="/vehicles/{n}/19{n}-x"><h3>19{n} Honda</h3><h2>{model}</h2><p>$9,000</p></a>'
        for n in (71, 72)
    )
    assert read(f"<div>{body}</div>").cards[0].title == f"1971 Honda {model}"


def test_naming_a_platform_is_not_running_on_it() -> None:
    for text in (
        "Powered by Dealer Accelerate",
        '{"excludeFromAutoRevoke":true}',
        "AutoRevo powered",
    ):
        page = Page(
            URL, f"<html><body><script>{text}</script><footer>{text}</footer></body></html>"
        )
        assert recognize(page) is PLATFORMS[-1]


def test_sold_out_badge_that_every_shop_tile_carries_does_not_sell() -> None:
    badge = '<span class="badge price__badge-sold-out color-scheme-3">Sold out</span>'

    def product(number: int, state: str) -> str:
        return (
            f'<li class="grid__item"><div><img src="/cdn/shop/files/{number}.jpg"></div>'
            f'<h3><a href="/products/{1960 + number}-ford-mustang-{number}">'
            f"{1960 + number} Ford Mustang</a></h3>"
            f'<div class="price {state}"><span class="price-item">$3{number},995.00</span>{badge}'
            "</div></li>"
        )

    products = [product(number, "") for number in range(10, 16)]
    sold = product(20, "price--sold-out")
    grid = read(f'<ul id="product-grid">{"".join([*products, sold])}</ul>')
    assert [card.mark for card in grid.cards] == [None] * 6 + ["sold"]
