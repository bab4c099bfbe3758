"""Vehicles whose pages are routes of a script: their links are fragments."""

import pytest
from scrapy import Request
from scrapy.http import HtmlResponse

from crawler.extract.inventory_links import inventory_candidates
from crawler.extract.page import Page
from crawler.extract.vehicle_links import is_other_business, vehicle_url_score
from crawler.fetch import read_answer
from crawler.platforms import recognize

URL = "https://dealer.example/inventory"
NAMES = ("1967 Jaguar E-Type", "1972 BMW 2002 tii", "1956 Ford Thunderbird")


def grid(link: str, url: str = URL) -> list[str]:
    tiles = "".join(
        f'<div class="unit"><a href="{link.format(n=n)}"><img src="/{n}.jpg"><h3>{name}</h3></a>'
        f"<p>${n}9,000</p></div>"
        for n, name in enumerate(NAMES, 51)
    )
    page = Page(url, f"<html><body><main>{tiles}</main></body></html>")
    return [card.url for card in recognize(page).read_grid(page).cards]


@pytest.mark.parametrize(
    ("link", "url"),
    [
        ("#/vehicle/{n}", f"{URL}#/vehicle/51"),
        ("#!/cars/{n}", f"{URL}#!/cars/51"),
        ("/inventory#/cars/car-{n}", f"{URL}#/cars/car-51"),
        ("#/view?id={n}", f"{URL}#/view?id=51"),
    ],
)
def test_a_vehicle_is_known_by_its_route(link: str, url: str) -> None:
    assert grid(link)[0] == url
    assert len(grid(link)) == len(NAMES)


def test_a_view_of_a_vehicles_own_page_is_no_route() -> None:
    assert grid("/cars/19{n}-jaguar-{n}#/photos")[0] == "https://dealer.example/cars/1951-jaguar-51"


def test_a_route_speaks_as_a_path_does() -> None:
    assert vehicle_url_score(f"{URL}#/vehicle/51") == vehicle_url_score(
        "https://dealer.example/vehicle/51"
    )
    assert is_other_business("https://dealer.example/#/contact")
    page = Page("https://dealer.example/", '<nav><a href="#/inventory">Inventory</a></nav>')
    assert inventory_candidates(page)[0][0] == "https://dealer.example/#/inventory"


@pytest.mark.parametrize(
    ("asked", "answered", "url"),
    [
        (f"{URL}#/vehicle/51", URL, f"{URL}#/vehicle/51"),
        (f"{URL}#/vehicle/51", "https://dealer.example/gone", "https://dealer.example/gone"),
        (f"{URL}#top", URL, URL),
    ],
)
def test_an_answer_is_the_page_of_the_route_that_was_asked(
    asked: str, answered: str, url: str
) -> None:
    response = HtmlResponse(answered, body=b"<html></html>", request=Request(asked))
    page = read_answer(response).page
    assert page is not None
    assert page.url == url
