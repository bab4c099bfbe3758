"""Cars that share one page: which blocks of it are cars, where each ends, and how its place is
named."""

import pytest

from contract.urls import is_place, url_identity
from crawler.extract.card import Card
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.platforms import recognize

URL = "https://dealer.example/cars.html"
CARS = (
    (1967, "Jaguar E-Type", 84_000),
    (1972, "BMW 2002 tii", 39_500),
    (1956, "Ford Thunderbird", 52_900),
    (1988, "Porsche 944 Turbo", 28_750),
)
TEXT = "Owner number {n} kept it dry and drove it on Sundays only, as the file of invoices shows."


def read(body: str, url: str = URL, title: str = "Cars for sale") -> GridPage:
    page = Page(url, f"<html><head><title>{title}</title></head><body>{body}</body></html>")
    return recognize(page).read_grid(page)


def cars(template: str, between: str = "") -> str:
    return between.join(
        template.format(n=n, year=year, name=name, price=f"${price:,}", text=TEXT.format(n=n))
        for n, (year, name, price) in enumerate(CARS)
    )


BLOCK = (
    '<div class="car"><h3>{year} {name}</h3><img src="/p/{n}.jpg"><p>{text}</p><p>{price}</p>'
    '<p>Call Joe <a href="tel:5551234">555-1234</a> <a href="#contact">contact</a></p></div>'
)
BUILDS = {
    "blocks": f"<main>{cars(BLOCK)}</main>",
    "headings and paragraphs": "<main>"
    + cars("<h2>{year} {name}</h2><p><img src='/p/{n}.jpg'></p><p>{text}</p><p>Price: {price}</p>")
    + "</main>",
    "photos above headings": cars(
        "<p><img src='/p/{n}.jpg'></p><h3>{year} {name}</h3><p>{text} {price}</p>"
    ),
    "lines between cars": cars(
        "<p><img src='/p/{n}.jpg'></p><p><b>{year} {name}</b></p><p>{text}</p><p>{price}</p>",
        "<hr>",
    ),
    "underlined headings": cars(
        "<h3>{year} {name}</h3><hr><p><img src='/p/{n}.jpg'></p><p>{text}</p><p>{price}</p>"
    ),
    "rows of a table": "<table>"
    + cars(
        "<tr><td><img src='/p/{n}.jpg'></td><td><b>{year} {name}</b><br>{text}<br>{price}"
        "<br><a href='mailto:joe@dealer.example'>Write</a></td></tr>"
    )
    + "</table>",
    "two rows for each": "<table>"
    + cars(
        "<tr><th colspan=2>{year} {name}</th></tr>"
        "<tr><td><img src='/p/{n}.jpg'></td><td>{text}<p>{price}</p></td></tr>"
    )
    + "</table>",
    "lines of one paragraph": cars(
        "<p>{year} {name}<br>{text}<br>{price}<br><img src='/p/{n}.jpg'></p>"
    ),
    "blocks of a page builder": "<div class='col'>"
    + cars(
        "<div class='b html'><div><h2>{year} {name}</h2></div></div>"
        "<div class='b gallery'><div class='slide'><img data-src='/p/{n}.jpg'></div></div>"
        "<div class='b html'><p>{text}</p><p><strong>{price}</strong></p></div>"
    )
    + "</div>",
    "links to photos, a brochure and a marketplace": cars(
        "<div><h3><a href='/docs/{n}.pdf'>{year} {name}</a></h3><a href='/p/{n}.jpg'>"
        "<img src='/p/{n}_small.jpg'></a><p>{text}</p><p>{price}</p>"
        "<a href='https://auctions.example/itm/{n}'>Bid</a></div>"
    ),
    "details that open": cars(
        "<details><summary>{year} {name}</summary><img src='/p/{n}.jpg'><p>{text}</p>"
        "<p>{price}</p></details>"
    ),
}


@pytest.mark.parametrize("build", BUILDS)
def test_each_car_of_a_page_is_read_whole(build: str) -> None:
    grid = read(BUILDS[build])
    assert [card.title for card in grid.cards] == [f"{year} {name}" for year, name, _ in CARS]
    assert [card.price for card in grid.cards] == [f"${price:,}" for *_, price in CARS]
    photos = [f"https://dealer.example/p/{n}.jpg" for n in range(4)]
    assert [card.image_urls for card in grid.cards] == [(photo,) for photo in photos]
    for n, card in enumerate(grid.cards):
        assert (card.description or "").startswith(TEXT.format(n=n))
        assert TEXT.format(n=n + 1) not in (card.description or "")


def test_a_place_is_named_by_the_words_that_a_browser_finds() -> None:
    [card, *_] = read(BUILDS["blocks"]).cards
    assert card.url == f"{URL}#:~:text=1967%20Jaguar%20E%2DType"
    assert card.description == TEXT.format(n=0)


def one(body: str) -> Card:
    """The first of two cars, whose block says something besides."""
    other = BLOCK.format(n=9, year=1970, name="Fiat 500 L", price="$9,000", text=TEXT)
    return read(
        f"<div class='car'><h3>1967 Jaguar E-Type</h3>{body}<p>$84,000</p></div>{other}"
    ).cards[0]


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ("<p>Stock #: JX1187</p>", "#:~:text=JX1187"),
        ("<p>VIN: 1E10543</p><p>Stock #: JX1187</p>", "#:~:text=1E10543"),
        ("<p>Stock #: 12</p>", "#:~:text=1967%20Jaguar%20E%2DType"),
        ("<a name='jaguar-e-type'></a>", "#jaguar-e-type:~:"),
        ("<p id='vehicle-4711'>Red</p>", "#vehicle-4711:~:"),
        ("<p id='text2'>Red</p>", "#:~:text=1967%20Jaguar%20E%2DType"),
    ],
)
def test_what_changes_least_names_the_place(body: str, name: str) -> None:
    assert one(f"<img src='/a.jpg'>{body}").url == f"{URL}{name}"


@pytest.mark.parametrize(
    "heading",
    ["SOLD - 1967 Jaguar E-Type", "1967 Jaguar E-Type - REDUCED!", "Stunning 1967 Jaguar E-Type",
     "1967 Jaguar E-Type (matching numbers)", "FOR SALE: 1967 JAGUAR E-TYPE $84,000"],
)  # fmt: skip
def test_praise_and_remarks_are_no_part_of_the_name(heading: str) -> None:
    body = BUILDS["blocks"].replace("1967 Jaguar E-Type", heading)
    urls = {url_identity(card.url) for card in read(body).cards}
    assert "dealer.example/cars.html#:~:text=1967 jaguar e-type" in urls


def test_cars_of_one_name_are_told_apart_by_their_text() -> None:
    twins = cars(BLOCK).replace("1972 BMW 2002 tii", "1967 Jaguar E-Type")
    first, second, *_ = read(twins.replace("Owner number 1", "Another owner")).cards
    assert (
        first.url
        == f"{URL}#:~:text=Owner%20number%200%20kept%20it%20dry&text=1967%20Jaguar%20E%2DType"
    )
    assert url_identity(first.url) != url_identity(second.url)


def test_sold_cars_stand_in_their_section_or_carry_a_mark() -> None:
    body = (
        "<h2>Available</h2>" + BLOCK.format(n=1, year=1970, name="Fiat 500 L", price="$9,000", text="x")
        + BLOCK.format(n=2, year=1971, name="Saab 96", price="SOLD", text="y")
        + "<h2>Sold</h2>" + BLOCK.format(n=3, year=1972, name="Opel GT", price="", text="z")
    )  # fmt: skip
    assert [card.mark for card in read(body).cards] == [None, "sold", "sold"]


@pytest.mark.parametrize("inside", [True, False])
def test_what_a_button_opens_belongs_to_its_car(inside: bool) -> None:
    opened = (
        '<div class="modal" id="m{n}"><img src="/p/{n}b.jpg"><p>{text}</p>'
        '<a href="#ask">Ask</a></div>'
    )
    block = (
        '<div class="car"><h3>{year} {name}</h3><img src="/p/{n}.jpg"><p>{price}</p><button '
        'data-target="#m{n}">Details</button><a href="#ask">Ask</a>%s</div>'
    ) % (opened if inside else "")
    shared = (
        '<div class="modal" id="ask"><p>Write to us about this car or about any other.</p></div>'
    )
    grid = read(cars(block) + ("" if inside else cars(opened)) + shared)
    assert len(grid.cards) == len(CARS)
    for n, card in enumerate(grid.cards):
        assert card.description == TEXT.format(n=n)
        assert [url[-6:] for url in card.image_urls] == [f"/{n}.jpg", f"{n}b.jpg"]


def test_a_number_to_call_is_no_price_on_request() -> None:
    body = BUILDS["blocks"].replace("$84,000", "").replace("$39,500", "Call for price")
    assert [card.price for card in read(body).cards[:2]] == [None, "Call for price"]


def test_a_table_of_facts_is_read_and_no_text() -> None:
    facts = "<table><tr><td>Engine:</td><td>4.2L I6</td></tr><tr><td>VIN:</td><td>1E10543</td></tr></table>"
    card = one(f"<img src='/a.jpg'><p>{TEXT}</p>{facts}")
    assert (card.engine, card.vin, card.description) == ("4.2L I6", "1E10543", TEXT)


def test_a_heading_that_nobody_understands_ends_the_car_above_it() -> None:
    body = BUILDS["headings and paragraphs"].replace("1972 BMW 2002 tii", "What a find!")
    first, *others = read(body).cards
    assert (len(others), first.image_urls) == (2, ("https://dealer.example/p/0.jpg",))


STORY = "<div class='s'><h3>{year} {name}</h3><img src='/p/{n}.jpg'><p>{said}</p></div>"
NO_INVENTORY = {
    "news": ("/news.html", "News", "A day out with friends of the marque, and {price} of fuel."),
    "dated reports": ("/cars.html", "Our cars", "<p>March 3, 2026</p><p>Repaired for {price}.</p>"),
    "thanks": ("/cars.html", "Our cars", "“I bought it here last year and could not be happier with "
               "how everything went from the first day on.” John, {price}"),
    "auction results": ("/cars.html", "Our cars", "Sold for {price} at Monterey"),
    "restorations": ("/portfolio", "Completed restorations", "Bare metal repaint, {price}"),
    "rental": ("/fleet", "Wedding car hire", "{price} per day"),
    "no sign of an offer": ("/page7.html", "Memories", "We liked this one."),
}  # fmt: skip


@pytest.mark.parametrize("kind", NO_INVENTORY)
def test_pages_that_name_cars_and_offer_none_show_no_cars(kind: str) -> None:
    path, heading, said = NO_INVENTORY[kind]
    body = f"<h1>{heading}</h1>" + cars(STORY.replace("{said}", said))
    assert not read(body, f"https://dealer.example{path}", heading).cards


def test_an_offer_that_says_thanks_is_an_offer() -> None:
    body = BUILDS["blocks"].replace(TEXT.format(n=1), "Thank you for looking at this BMW.")
    assert len(read(body).cards) == len(CARS)


def test_past_sales_beside_the_stock_are_no_stock() -> None:
    past = "".join(
        f"<div class='p'><h3>19{n} Ford Mustang</h3><img src='/s/{n}.jpg'></div>"
        for n in (65, 66, 67)
    )
    grid = read(f"<h2>Our cars</h2>{cars(BLOCK)}<h2>Cars we have sold</h2>{past}")
    assert len(grid.cards) == len(CARS)
    archive = read(f"<h1>Cars we have sold</h1>{past}", "https://dealer.example/sold", "Sold cars")
    assert len(archive.cards) == 3


def test_a_car_whose_block_leads_to_a_page_is_no_place() -> None:
    body = cars(
        "<div><h3>{year} {name}</h3><img src='/p/{n}.jpg'><p>{price}</p><a href='/x{n}y'>…</a></div>"
    )
    pages = [f"https://dealer.example/x{n}y" for n in range(len(CARS))]
    assert [card.url for card in read(body).cards] == pages


@pytest.mark.parametrize("path", ["/blog/{n}-{year}", "/2026/03/{year}-car", "/news/x{n}"])
@pytest.mark.parametrize(
    "heading",
    ["<h2><a href='%s'>{year} {name}</a></h2>", "<a href='%s'><h2>{year} {name}</h2></a>"],
)
@pytest.mark.parametrize("build", ["<div class='post'>%s%s</div>", "%s%s"])
def test_posts_headed_by_cars_are_no_places(build: str, heading: str, path: str) -> None:
    rest = "<p>3 March 2026</p><p><img src='/p/{n}.jpg'></p><p>{text}</p>"
    assert not read(cars(build % (heading % path, rest))).cards


def test_headings_that_all_lead_to_one_page_lead_to_no_cars_own() -> None:
    heading = "<h3><a href='/contact'>{year} {name}</a></h3>"
    grid = read(cars(BLOCK.replace("<h3>{year} {name}</h3>", heading)))
    assert len(grid.cards) == len(CARS)


def test_a_linked_grid_stands_alone() -> None:
    linked = cars(
        "<div><a href='/cars/{year}-car-{n}'><h3>{year} {name}</h3></a><p>{price}</p></div>"
    )
    grid = read(
        f"{linked}<h2>More</h2>{BLOCK.format(n=9, year=1970, name='Fiat 500', price='$9,000', text=TEXT)}"
    )
    assert len(grid.cards) == len(CARS)
    assert not any(is_place(card.url) for card in grid.cards)


def test_the_last_car_of_an_inventory_is_one_and_a_cars_own_page_is_none() -> None:
    last = BLOCK.format(n=1, year=1970, name="Fiat 500 L", price="$9,000", text=TEXT)
    assert len(read(f"<h1>Our inventory</h1>{last}").cards) == 1
    assert not read(last, "https://dealer.example/cars/1970-fiat-500-l", "Cars for sale").cards
    assert not read(last, URL, "1970 Fiat 500 L for sale").cards
