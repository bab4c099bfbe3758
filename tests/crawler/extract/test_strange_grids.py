"""Grids whose tiles say what they say in unusual places: each trap by name."""

import pytest

from crawler.extract.card import Card
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.platforms import recognize

URL = "https://dealer.example/stock"
CARS = (("Jensen Interceptor Mk III", 1972), ("Opel GT 1900", 1970), ("Saab 96", 1967))


def read(body: str, url: str = URL) -> GridPage:
    page = Page(url, f"<html><body><main>{body}</main></body></html>")
    return recognize(page).read_grid(page)


def first(template: str) -> Card:
    """The first card of a grid made of a template with {n}, {name} and {year}."""
    tiles = (template.format(n=n, name=name, year=year) for n, (name, year) in enumerate(CARS))
    grid = read(f'<div class="cars">{"".join(tiles)}</div>')
    assert len(grid.cards) == len(CARS)
    return grid.cards[0]


@pytest.mark.parametrize(
    "template",
    [
        # A link in a language nobody listed, beside a heading without a year.
        '<div class="kachel"><a href="/fahrzeug/{n}00.html"><img src="/p/{n}.jpg"></a>'
        "<h3>{name}</h3><ul><li>Baujahr: {year}</li></ul><p>39.500 €</p>"
        '<a href="/fahrzeug/{n}00.html">Lisätietoja tästä autosta</a></div>',
        # The year in a line of its own above the heading, the whole card a link.
        '<a class="card" href="/stock/{year}-car-{n}"><img src="/p/{n}.jpg"><p>{year}</p>'
        "<h3>{name}</h3><p>12,345 miles</p><p>$39,500</p></a>",
    ],
)
def test_year_beside_the_heading_belongs_to_the_title(template: str) -> None:
    card = first(template)
    assert (card.title, card.year) == ("1972 Jensen Interceptor Mk III", "1972")


def test_labels_in_a_row_end_each_others_values() -> None:
    card = first(
        '<div class="box"><a href="/cars/{n}01"><img src="/p/{n}.jpg"></a><h4>{year} {name}</h4>'
        "<p>VIN: <span>AR9585{n}</span> Stock: <span>C{n}</span></p><p>$39,500</p></div>"
    )
    assert (card.vin, card.stock_number) == ("AR95850", "C0")


def test_link_hidden_from_screen_readers_is_a_link() -> None:
    card = first(
        '<article><a href="/inventory/detail/{n}0" aria-hidden="true"></a><img src="/p/{n}.jpg">'
        "<h3>{year} {name}</h3><p>$39,500</p></article>"
    )
    assert card.url == "https://dealer.example/inventory/detail/00"


def cars(*numbers: int) -> str:
    return "".join(
        f'<div class="col"><a href="/stock/{1960 + n}-ford-{n}"><img src="/p/{n}.jpg">'
        f"<h5>{1960 + n} Ford Mustang</h5><p>$2{n},000</p></a></div>"
        for n in numbers
    )


def test_section_under_a_sold_heading_is_sold() -> None:
    grid = read(
        f'<section><h2>Available</h2><div class="row">{cars(1, 2)}</div></section>'
        f'<section><h2>Sold</h2><div class="row">{cars(3, 4)}</div></section>'
    )
    assert [card.mark for card in grid.cards] == [None, None, "sold", "sold"]


def test_heading_of_a_whole_archive_is_no_mark() -> None:
    """Its cars are sold by their grid, which a stale archive must not overrule."""
    grid = read(f'<h1>Sold</h1><div class="row">{cars(1, 2, 3)}</div>', f"{URL}/sold")
    assert [card.mark for card in grid.cards] == [None, None, None]


def test_heading_before_the_grid_speaks_for_its_own_box_only() -> None:
    grid = read(
        f'<div class="box"><h3>Sold</h3><p>2,500 cars since 1998</p></div>'
        f'<h2>For sale</h2><div class="row">{cars(1, 2, 3)}</div>'
    )
    assert [card.mark for card in grid.cards] == [None, None, None]


def test_badges_hidden_by_class_are_not_seen() -> None:
    """Site builders put every badge on every tile and hide those that do not hold."""
    style = (
        "<style>@media print {.row {display: none}} .off, .gone { display:none!important }</style>"
    )
    tiles = "".join(
        f'<div class="w-dyn-item"><a href="/cars/{1960 + n}-ford-{n}"><img src="/p/{n}.jpg"></a>'
        f'<div class="badge {sold}">SOLD</div><div class="badge {pending}">SALE PENDING</div>'
        f"<h3>{1960 + n} Ford Mustang</h3><p>$2{n},000</p></div>"
        for n, sold, pending in (
            (1, "off", "w-condition-invisible"),
            (2, "", "off"),
            (3, "off", ""),
        )
    )
    grid = read(f'{style}<div class="row">{tiles}</div>')
    assert [card.mark for card in grid.cards] == [None, "sold", "pending"]


def test_panel_that_a_script_shows_keeps_its_cars() -> None:
    style = "<style>.tab { display: none }</style>"
    grid = read(f'{style}<div class="tab"><div class="row">{cars(1, 2, 3)}</div></div>')
    assert len(grid.cards) == 3


def test_card_alone_on_the_last_page_keeps_its_footer() -> None:
    grid = read(
        '<div class="row"><div class="card"><img src="/p/1.jpg"><h5>1967 Ford Mustang</h5>'
        '<p>$29,000</p><div class="card-footer"><a href="/stock/view/19">More info</a></div></div>'
        "</div>"
    )
    assert [card.title for card in grid.cards] == ["1967 Ford Mustang"]


def test_stock_number_in_the_path_is_no_page_number() -> None:
    tiles = "".join(
        f'<div class="panel"><a href="/stock/P582{n}">{1960 + n} Ford Mustang</a><b>$2{n},000</b></div>'
        for n in range(3)
    )
    assert len(read(tiles).cards) == 3


def test_flat_list_of_headings_and_paragraphs_reads_each_car_whole() -> None:
    flat = "".join(
        f'<h3><a href="/pages/{1960 + n}-ford.html">{1960 + n} Ford Mustang</a></h3>'
        f'<p><a href="/pages/{1960 + n}-ford.html"><img src="/p/{n}.jpg"></a></p>'
        f"<p>Runs great. Priced at {price}</p><hr>"
        for n, price in ((1, "$21,000"), (2, "<b>SOLD</b>"), (3, "$23,000 (sale pending)"))
    )
    found = [(card.price, card.mark) for card in read(flat).cards]
    assert found == [("$21,000", None), (None, "sold"), ("$23,000 (sale pending)", "pending")]


def test_price_of_another_car_is_no_price() -> None:
    card = first(
        '<div class="box"><a href="/cars/{n}01"><img src="/p/{n}.jpg"></a><h4>{year} {name}</h4>'
        "<p>Price: <b>CALL</b></p><p>Recently sold a car like this for $99,000!</p></div>"
    )
    assert card.price == "CALL"


def test_pending_alone_is_a_mark() -> None:
    card = first(
        '<div class="box"><a href="/cars/{n}01"><img src="/p/{n}.jpg"></a><h4>{year} {name}</h4>'
        "<i>Pending</i><p>$20,000</p></div>"
    )
    assert card.mark == "pending"


def test_stock_number_that_looks_like_a_year_is_none() -> None:
    rows = "".join(
        f'<tr><td>19{n}9</td><td><a href="/details.asp?id={n}"><b>{year} {name}</b></a></td><td>$9,{n}00</td></tr>'
        for n, (name, year) in enumerate(CARS, 7)
    )
    grid = read(f"<table><tr><th>Stock #</th><th>Vehicle</th><th>Price</th></tr>{rows}</table>")
    assert [card.year for card in grid.cards] == [None, None, None]


def test_labelled_lines_in_one_paragraph() -> None:
    card = first(
        '<div class="offer"><a href="/offers/{n}70"><img src="/p/{n}.jpg"></a><h2>{name}</h2>'
        "<p>Year of manufacture: {year}<br>Mileage: 9.100 km<br>Price: on request</p></div>"
    )
    assert (card.title, card.price) == ("1972 Jensen Interceptor Mk III", "on request")


@pytest.mark.parametrize(
    "wrapper",
    [
        # Weebly, Drupal, and a site whose drawer is pushed aside by the page.
        '<div class="wsite-elements wsite-not-footer">{}</div><div class="wsite-footer">Us</div>',
        '<div class="dialog-off-canvas-main-canvas"><nav>Menu</nav><main>{}</main></div>',
        '<div class="drawer"><div class="drawer-page"><h1>Cars</h1>{}</div></div>',
        '<div class="off-canvas-wrapper"><div class="off-canvas"><a href="/">Home</a></div>{}</div>',
    ],
)
def test_what_wraps_the_whole_page_is_no_drawer_nor_footer(wrapper: str) -> None:
    cars = "".join(
        f'<div class="box"><a href="/cars/{n}01"><img src="/p/{n}.jpg"></a><h4>{year} {name}</h4>'
        "<p>$39,500</p></div>"
        for n, (name, year) in enumerate(CARS)
    )
    page = Page(URL, f"<html><body>{wrapper.format(cars)}</body></html>")
    assert len(recognize(page).read_grid(page).cards) == len(CARS)


def test_a_form_that_leads_to_one_car_among_others_is_its_tile() -> None:
    card = first(
        '<div class="product"><form action="/cart" method="post"><div class="photo">'
        '<a href="/shop/car-{n}068"><img src="/p/{n}.jpg"></a><span class="ribbon">Sold</span></div>'
        '<div class="info"><h6><a href="/shop/car-{n}068">{name} - {year}</a></h6><b>$21,000</b></div></form></div>'
    )
    assert (card.mark, len(card.image_urls)) == ("sold", 1)


def test_posts_under_headings_of_their_dates_are_cars() -> None:
    posts = "".join(
        f'<div class="date-outer"><h2>Sunday, March {n + 1}, 2026</h2><div class="post hentry">'
        f'<h3><a href="/2026/03/{year}-car.html">{year} {name}</a></h3><img src="/p/{n}.jpg">'
        f"<b>$21,{n}00</b></div></div>"
        for n, (name, year) in enumerate(CARS)
    )
    assert (
        len(
            read(
                f'<div class="widget Blog"><div class="blog-posts hfeed">{posts}</div></div>'
            ).cards
        )
        == 3
    )


def test_sold_post_that_has_lost_its_price_is_a_sold_car() -> None:
    posts = "".join(
        f'<div class="post hentry"><h3><a href="/2026/03/{year}-car.html">{year} {name}{mark}</a></h3>'
        f'<img src="/p/{n}.jpg"><b>{price}</b></div>'
        for n, ((name, year), (mark, price)) in enumerate(
            zip(CARS, (("", "$21,000"), (" - SOLD", ""), ("", "$23,000")), strict=True)
        )
    )
    assert [card.mark for card in read(posts).cards] == [None, "sold", None]


def test_one_car_on_the_last_page_of_a_blogs_template() -> None:
    card = (
        '<article class="blog-index__post"><a class="blog-index__post-image" href="/cars/1972-jensen" '
        'style="background-image: url(/p/1.jpg)"></a><div class="blog-index__post-content">'
        '<h3><a href="/cars/1972-jensen">1972 Jensen Interceptor</a></h3><p>$39,500</p></div></article>'
    )
    path = '<div data-global-resource-path="theme/partials/header.html">Menu</div>'
    grid = read(f'{path}<section class="blog-index">{card}</section>', URL + "/page/2")
    assert [(found.url, len(found.image_urls)) for found in grid.cards] == [
        ("https://dealer.example/cars/1972-jensen", 1)
    ]
    menu = f'<div data-global-resource-path="theme/1972-jensen.html"><h3>{CARS[0][1]} {CARS[0][0]}</h3><b>$9,500</b></div>'
    assert not read(menu).cards


def test_entries_whose_links_are_nothing_but_names_of_cars_are_cars() -> None:
    card = first(
        '<div class="page-list-entry"><div class="photo"><a href="/for-sale/{year}-car-{n}">'
        '<img src="/p/{n}.jpg"></a></div><div class="title"><a href="/for-sale/{year}-car-{n}">'
        "{year} {name}</a></div><div>It spent its life in a dry garage.</div></div>"
    )
    assert card.title == "1972 Jensen Interceptor Mk III"


def test_slot_that_is_named_for_price_and_shipping_holds_the_price() -> None:
    card = first(
        '<article class="product-miniature"><a href="/cars/{n}01-car.html"><img src="/p/{n}.jpg"></a>'
        '<h2><a href="/cars/{n}01-car.html">{name} - {year}</a></h2>'
        '<div class="product-price-and-shipping"><span class="price">15 400 €</span></div></article>'
    )
    assert card.price == "15 400 €"


def test_neither_end_of_an_estimate_is_a_price() -> None:
    card = first(
        '<div class="lot"><a href="/lots/{n}-{year}-car"><img src="/p/{n}.jpg"></a><h3>{year} {name}</h3>'
        "<p>Estimate: £40,000 - £48,000</p></div>"
    )
    assert card.price is None
