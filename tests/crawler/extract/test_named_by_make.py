"""Cars whose names carry no year, or stand in pieces, are found and named by their make."""

import pytest

from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.extract.titles import names_make, names_vehicle
from crawler.platforms import recognize

CARS = [
    (1966, "Jaguar", "E-Type", "£84,000"),
    (1972, "Lancia", "Fulvia Coupe", "POA"),
    (1951, "MG", "TD", "£19,500"),
    (1988, "Saab", "900 Turbo", "£12,250"),
]


def read(tiles: str, path: str = "/stock") -> GridPage:
    page = Page(f"https://d.example{path}", f"<html><body><h1>Stock</h1>{tiles}</body></html>")
    return recognize(page).read_grid(page)


def grid(tile: str) -> str:
    return "".join(
        tile.format(n=n, year=year, short=year % 100, make=make, model=model, price=price)
        for n, (year, make, model, price) in enumerate(CARS, start=11)
    )


PIECES = {
    "spans": '<div class="w"><a href="/stock/{n}"><span>{year}</span><span>{make}</span>'
    "<span>{model}</span></a><b>{price}</b></div>",
    "make and year above the model": '<a class="w" href="/stock/{n}"><img src="/{n}.jpg"><div>'
    "<div>{make}</div><div>{year}</div></div><div>{model}</div><p>{price}</p></a>",
    "make before a heading": '<article><a href="/stock/{n}"><img src="/{n}.jpg"></a><header>'
    "<span>{make}</span><h2>{model}</h2><em>Bj. {year}</em></header><b>{price}</b></article>",
    "year in a sentence": '<section><h2><a href="/stock/{n}">{make} {model}</a></h2>'
    "<p>Årsmodell {year}, miltal 81 000 km. {price}</p></section>",
    "year in the address": '<div><a href="/stock/{year}/{make}/{n}"><img src="/{n}.jpg"></a>'
    '<a href="/stock/{year}/{make}/{n}">{make} {model}</a><p>{price}</p></div>',
    "a table per car": '<table><tr><td rowspan="2"><a href="/show.php?ref={n}"><img src="/{n}.jpg">'
    '</a></td><td colspan="2"><a href="/show.php?ref={n}">{make} {model}</a></td></tr>'
    "<tr><td>{year}/05</td><td>{price}</td></tr></table>",
    "a framework's parameters": "<div><h3>{make} {model}</h3><p>Baujahr {year}</p><p>{price}</p>"
    '<a href="/stock?tx_cars[car]={n}&amp;cHash=a{n}">mehr</a></div>',
}


@pytest.mark.parametrize("tile", PIECES.values(), ids=PIECES)
def test_a_title_in_pieces_is_put_together(tile: str) -> None:
    cards = read(grid(tile)).cards
    assert [(card.title, card.price) for card in cards] == [
        (f"{year} {make} {model}", price) for year, make, model, price in CARS
    ]


def test_a_row_of_one_car_does_not_swallow_the_next_row() -> None:
    def row(*cars: tuple[int, str]) -> str:
        tiles = "".join(
            f'<div class="col"><a href="/stock/{name.lower().replace(" ", "-")}"><img src="/x.jpg">'
            f"</a><p>{name}, {year}</p><p>£9,{year}</p></div>"
            for year, name in cars
        )
        return f"<h2>{cars[0][0] // 10 * 10}s</h2><div class='row'>{tiles}</div>"

    rows = [[(1931, "Bugatti T51")], [(1956, "Ford Thunderbird")]]
    rows += [[(1967, "Jaguar E-Type"), (1963, "MG B")], [(1988, "Saab 900")]]
    cards = read("".join(row(*cars) for cars in rows)).cards
    assert [(card.title, card.price) for card in cards] == [
        (f"{name}, {year}", f"£9,{year}") for cars in rows for year, name in cars
    ]


def test_a_strip_above_the_grid_cuts_no_name() -> None:
    strip = '<div class="slide"><a href="/stock/{n}"><img src="/{n}.jpg">{year} {make}</a></div>'
    tile = '<div class="li"><a href="/stock/{n}">{year} {make} {model}</a><p>{price}</p></div>'
    cards = read(f"<div>{grid(strip)}</div><div>{grid(tile)}</div>").cards
    assert [card.title for card in cards] == [f"{y} {make} {model}" for y, make, model, _ in CARS]


def test_a_form_that_is_nothing_but_a_button_leads_to_the_car() -> None:
    tile = (
        '<div class="unit"><h3>{year} {make} {model}</h3><p>{price}</p><form action="/detail.asp">'
        '<input type="hidden" name="id" value="{n}"><input type="submit" value="View"></form></div>'
    )
    cards = read(grid(tile)).cards
    assert [card.url for card in cards] == [
        f"https://d.example/detail.asp?id={n}" for n in range(11, 15)
    ]


def test_the_number_of_a_model_is_no_year_where_a_year_stands_beside_it() -> None:
    tiles = (
        '<div class="c"><a href="/stock/1-x"><img src="/1.jpg"><h4>BMW 2002 tii</h4></a>'
        "<small>1972 · 88,100 mi · Manual</small><b>£39,500</b></div>"
        '<div class="c"><a href="/stock/2-x"><img src="/2.jpg"><h4>Jaguar E-Type</h4></a>'
        "<small>1967 · 41,200 mi · Manual</small><b>£84,000</b></div>"
    )
    cards = read(tiles).cards
    assert [(card.title, card.year) for card in cards] == [
        ("1972 BMW 2002 tii", "1972"),
        ("1967 Jaguar E-Type", "1967"),
    ]


POST = (
    '<article class="et_pb_post et_pb_blog_item_0_{n} type-post"><h2><a href="/2026/03/car-{n}/">'
    "&#8217;{short} {make} {model}</a></h2><p>Mar 3, 2026</p><p>Asking {price}.</p></article>"
)


def test_dated_posts_with_prices_are_cars_where_nothing_else_is() -> None:
    cards = read(grid(POST), "/category/for-sale/").cards
    assert [card.title for card in cards] == [
        f"\u2019{year % 100} {make} {model}" for year, make, model, _ in CARS
    ]


def test_dated_posts_beside_cars_are_news() -> None:
    car = '<div><a href="/stock/1"><img src="/1.jpg">1965 Ford Mustang</a><p>$30,000</p></div>'
    cards = read(car + grid(POST)).cards
    assert [card.title for card in cards] == ["1965 Ford Mustang"]


def test_a_blog_of_cars_is_a_grid() -> None:
    tile = (
        '<div class="item"><h2><a href="/stock/{n}-car">{make} {model} ({year})</a></h2>'
        "<p>Prix : {price}</p></div>"
    )
    assert len(read(f'<div class="blog">{grid(tile)}</div>').cards) == len(CARS)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("Jaguar E-Type", True),
        ("Porsche 911", True),
        ("Porsche 911 Carrera", True),
        ("Porsche Cars", False),
        ("\u201973 Maserati Ghibli", True),
        ("1967 Alfa Romeo GTV", True),
        ("Jaguar", False),
        ("Jaguar (12)", False),
        ("Jaguar 3 cars", False),
        ("Ferrari for sale", False),
        ("Porsche 911 buyer's guide", False),
        ("Contact us", False),
    ],
)
def test_a_make_alone_is_no_car(text: str, named: bool) -> None:
    assert names_make(text) is named


def test_the_day_of_a_post_is_no_model_year() -> None:
    assert not names_vehicle("Mar 3, 2026 | For Sale")
    assert names_vehicle("c.1904 De Dion-Bouton")
