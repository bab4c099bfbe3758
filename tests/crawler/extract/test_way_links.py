"""Vehicles whose tiles lead to their pages by a script, a data attribute or a form."""

import pytest

from contract.urls import is_place
from crawler.extract.page import Page
from crawler.platforms import recognize

URL = "https://dealer.example/stock/cars.html"
CARS = ((51, "1967 Jaguar E-Type"), (52, "1972 BMW 2002 tii"), (53, "1956 Ford Thunderbird"))
WAYS = {
    """<p onclick="location.href='car.php?id={n}'">More</p>""": "/stock/car.php?id=51",
    """<p onclick="location.replace('/cars/{n}')">More</p>""": "/cars/51",
    """<p onclick="go('detail.php?id={n}')">More</p>""": "/stock/detail.php?id=51",
    """<a href="javascript:openWin('/cars/{n}.html')">More</a>""": "/cars/51.html",
    """<a href="javascript:popup('car{n}.html', 600)">More</a>""": "/stock/car51.html",
    """<p data-target-url="/cars/{n}">More</p>""": "/cars/51",
    """<p data-permalink="/cars/{n}">More</p>""": "/cars/51",
    """<form action="/view"><input type=hidden name=id value={n}><button>View</button></form>""":
        "/view?id=51",
    """<form action="/view?x=1"><input type=hidden name=id value={n}><button>View</button></form>""":
        "/view?id=51",
    """<form action="/cars/{n}"><button>View</button></form>""": "/cars/51",
    """<form action="/view"><button name=id value={n}>View</button></form>""": "/view?id=51",
}  # fmt: skip
NO_WAYS = (
    """<a href="/docs/{n}.pdf">Brochure</a>""",
    """<a href="https://auctions.example/itm/{n}">Bid</a>""",
    """<a href="https://wa.me/1555?text={n}">Ask</a>""",
    """<a href="/contact.php?car={n}">Enquire</a>""",
    """<a href="#modal{n}" data-toggle="modal">Details</a>""",
    """<p onclick="showCar({n})">Details</p>""",
    """<form method=post action="/view"><input type=hidden name=id value={n}><button>View</button></form>""",
    """<form action="/ask"><input name=mail><button name=id value={n}>Ask</button></form>""",
)


def urls(way: str) -> list[str]:
    tiles = "".join(
        f'<div class="c"><img src="/i/{n}.jpg"><h3>{name}</h3><p>$39,500</p>{way.format(n=n)}</div>'
        for n, name in CARS
    )
    page = Page(URL, f"<html><head><title>Cars for sale</title></head><body>{tiles}</body></html>")
    return [card.url for card in recognize(page).read_grid(page).cards]


@pytest.mark.parametrize("way", WAYS)
def test_a_tile_leads_where_a_click_would(way: str) -> None:
    found = urls(way)
    assert (len(found), found[0]) == (len(CARS), f"https://dealer.example{WAYS[way]}")


@pytest.mark.parametrize("way", NO_WAYS)
def test_what_is_no_page_of_the_dealers_leaves_the_car_in_its_place(way: str) -> None:
    found = urls(way)
    assert len(found) == len(CARS)
    assert all(is_place(url) for url in found)


def test_a_plain_link_is_asked_before_what_a_script_calls() -> None:
    way = (
        """<a href="/cars/{n}">More</a> <a href="javascript:popup('/sheet.php?id={n}')">Sheet</a>"""
    )
    assert urls(way)[0] == "https://dealer.example/cars/51"
