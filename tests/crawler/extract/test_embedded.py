"""Grids that scripts draw, read from the data the page hands to them: every form of state holds the
same cars, and lists of other things are never taken for the inventory."""

import json
import time
from html import escape
from typing import Any

import pytest

from crawler.extract.embedded import OwnStock, read_embedded
from crawler.extract.embedded_links import without_offer_view
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.platforms import PLATFORMS

URL = "https://dealer.example/inventory"
CARS: list[dict[str, Any]] = [
    {
        "vin": f"1HGCM82633A0043{n}2",
        "stockNumber": f"A{n}",
        "year": 2003 + n,
        "make": "Honda",
        "model": "Accord",
        "price": 12_000 + n,
        "mileage": 50_000,
        "images": [f"/photos/{n}.jpg"],
        "url": f"/inventory/{2003 + n}-honda-accord-{n}",
    }
    for n in range(4)
]


def grid(html: str, url: str = URL) -> GridPage:
    return PLATFORMS[-1].read_grid(Page(url, f"<html><body>{html}</body></html>"))


def flat(value: Any, out: list[Any]) -> int:
    """Nuxt 3's flattening: every member an index."""
    index = len(out)
    out.append(None)
    if isinstance(value, dict):
        out[index] = {key: flat(one, out) for key, one in value.items()}
    elif isinstance(value, list):
        out[index] = [flat(one, out) for one in value]
    else:
        out[index] = value
    return index


def nuxt3(state: Any) -> str:
    out: list[Any] = []
    flat(state, out)
    return f'<script type="application/json" id="__NUXT_DATA__">{json.dumps(out)}</script>'


STATE = {"inventory": {"vehicles": CARS}}
TEXT = json.dumps(STATE)
BARE = ",".join(
    f"{{vin:'{car['vin']}',stockNumber:'{car['stockNumber']}',year:{car['year']},make:make,"
    f"model:'Accord',price:{car['price']},mileage:50000,images:['{car['images'][0]}'],"
    f"url:'{car['url']}',}}"
    for car in CARS
)
FORMS = {
    "next_data": f'<script id="__NEXT_DATA__" type="application/json">{TEXT}</script>',
    "json_script": f'<script type="application/json">{TEXT}</script>',
    "initial_state": f"<script>window.__INITIAL_STATE__ = {TEXT};</script>",
    "preloaded_state": f"<script>var a=1; window.__PRELOADED_STATE__={TEXT}\n;go()</script>",
    "variable": f"<script>$(function(){{ var inventory = {json.dumps(CARS)}; }});</script>",
    "json_parse": f"<script>var s = JSON.parse({json.dumps(TEXT)});</script>",
    "call": f"<script>app.pushData('Vehicles', {json.dumps(CARS)});</script>",
    "object_literal": f"<script>var cars = [{BARE.replace('make:make', 'make:/* m */ `Honda`')}];</script>",
    "nuxt_2": f'<script>window.__NUXT__=(function(make,b){{return {{data:[{{cars:[{BARE}]}}],x:b}}}}("Honda",void 0));</script>',
    "nuxt_3": nuxt3(STATE),
    "flight": "<script>self.__next_f.push([1,{}])</script><script>self.__next_f.push([1,{}])</script>".format(json.dumps("5:" + TEXT[:200]), json.dumps(TEXT[200:] + "\n6:[]\n")),
    "flight_in_small_pieces": "".join(f"<script>self.__next_f.push([1,{json.dumps(('5:' + TEXT)[at : at + 15])}])</script>" for at in range(0, len(TEXT) + 2, 15)),
    "props": f'<div id="app" data-props="{escape(TEXT)}"></div>',
    "vue": f'<vehicle-grid :vehicles="{escape(json.dumps(CARS))}"></vehicle-grid>',
    "attributes": "".join(f'<div data-vehicle="{escape(json.dumps(car))}"></div>' for car in CARS),
    "algolia_hits": "<script>var results = {};</script>".format(json.dumps({"hits": [{"objectID": car["vin"], **car} for car in CARS], "nbHits": 4, "page": 0, "nbPages": 1})),
    "typesense_hits": "<script>var r = {};</script>".format(json.dumps({"found": 4, "hits": [{"document": car, "highlights": []} for car in CARS]})),
    "by_id": "<script>var byId = {};</script>".format(json.dumps({"entities": {str(n): car for n, car in enumerate(CARS)}})),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS.keys())
def test_cars_read_the_same_in_any_form_of_state(form: str) -> None:
    read = [
        (card.vin, card.stock_number, card.title, card.price, card.mileage, card.url, card.image_urls)
        for card in grid(form).cards
    ]  # fmt: skip
    assert read == [
        (
            car["vin"], car["stockNumber"], f"{car['year']} Honda Accord", str(car["price"]), "50000",
            f"https://dealer.example{car['url']}", (f"https://dealer.example{car['images'][0]}",),
        )
        for car in CARS
    ]  # fmt: skip


def one(**fields: Any) -> Any:
    """The first card of a state that holds one car with these keys."""
    car = {
        "year": 1967,
        "make": "Ford",
        "model": "Mustang",
        "stock": "7",
        "url": "/cars/1967-ford-7",
    }
    state = json.dumps([{**car, **fields}])
    cards = grid(f"<script>var inventory = {state};</script>").cards
    assert len(cards) == 1
    return cards[0]


@pytest.mark.parametrize(
    ("fields", "name", "value"),
    [
        ({"Stock Number": "X1", "stock": None}, "stock_number", "X1"),
        ({"make": {"id": 4, "name": "Ford"}}, "make", "Ford"),
        ({"exterior_color": {"label": "Red"}}, "exterior_color", "Red"),
        ({"odometer": {"value": 81000, "unit": "km"}}, "mileage_unit", "km"),
        ({"pricing": {"msrp": 90_000, "sellingPrice": 54_900.0}}, "price", "54900"),
        ({"price": {"amount": 54900, "currency": "USD"}}, "price_currency", "USD"),
        ({"price": "Call for Price"}, "price", "Call for Price"),
        ({"price": 0}, "price", None),
        ({"price": 0, "callForPrice": True}, "price", "Call for price"),
        ({"price": "SOLD"}, "price", None),
        ({"price": "SOLD"}, "mark", "sold"),
        ({"price": None, "monthlyPayment": 499, "msrp": 1}, "price", None),
        ({"isSold": True}, "mark", "sold"),
        ({"sold": False}, "mark", None),
        ({"sold": 0, "soldDate": "0000-00-00"}, "mark", None),
        ({"soldDate": "2026-10-02"}, "mark", "sold"),
        ({"status": "Sale Pending - In Transit"}, "mark", "pending"),
        ({"status": "Sale Pending - In Transit"}, "status_words", ("Sale Pending - In Transit",)),
        ({"status": "IN_TRANSIT"}, "status_words", ("IN_TRANSIT",)),
        ({"status": "IN_TRANSIT"}, "mark", None),
        ({"status": "In Production"}, "mark", None),
        ({"salePending": "true"}, "mark", "pending"),
        ({"vin": "2T36CIAV0TC0A4795"}, "vin", "2T36CIAV0TC0A4795"),
        ({"vin": "7R01C123456"}, "vin", "7R01C123456"),
        ({"description": "<p>A <b>fine</b> car</p>"}, "description", "A fine car"),
        ({"photos": [{"thumb": "/s/1.jpg", "large": "/l/1.jpg"}]}, "thumbnail_url", "https://dealer.example/l/1.jpg"),
        ({"url": "/viewdetails/new/2t36crav0tc034795/2026-toyota-rav4?type=lease"}, "url", "https://dealer.example/viewdetails/new/2t36crav0tc034795/2026-toyota-rav4"),
    ],
)  # fmt: skip
def test_a_raw_field_of_one_car(fields: dict[str, Any], name: str, value: Any) -> None:
    assert getattr(one(**fields), name) == value


OTHER = {
    "similar": {"similarVehicles": CARS},
    "featured": {"featured": {"items": CARS}},
    "recently_viewed": {"recentlyViewed": CARS},
    "facets": {"facets": {"year": [{"year": 2003, "make": "Honda", "count": 5, "url": "/inventory/2003"}]}},
    "menu": {"items": [{"title": "2026 Ford Bronco", "url": "/new/2026-ford-bronco"}]},
    "model_line": {"vehicles": [{"year": 2026, "make": "Ford", "model": "GT", "startingPrice": 1, "url": "/new/2026-ford-gt"}]},
    "posts": {"entries": [{"title": "1967 Ford Mustang restored", "url": "/news/1967-ford", "image": "/n.jpg"}]},
    "finance": {"vehicles": [{"vin": "1HGCM82633A004352", "apr": 3.9, "term": 60, "url": "/inventory/x-1"}]},
    "sold_beside": {"soldVehicles": CARS},
    "other_site": {"vehicles": [{**car, "url": f"https://group.test{car['url']}"} for car in CARS]},
    "no_address": {"vehicles": [{**car, "url": None} for car in CARS]},
}  # fmt: skip


@pytest.mark.parametrize("state", OTHER.values(), ids=OTHER.keys())
def test_other_lists_are_no_inventory(state: Any) -> None:
    html = f'<h1>Inventory</h1><script type="application/json">{json.dumps(state)}</script>'
    assert grid(html).cards == ()


def test_the_inventory_wins_over_longer_lists_of_other_cars() -> None:
    state = {"recommended": CARS * 9, "results": CARS[:2], "total": 31, "totalPages": 16, "page": 1}
    read = grid(f'<script type="application/json">{json.dumps(state)}</script>')
    assert len(read.cards) == 2
    assert (read.declared_total, read.last_page) == (31, 16)
    assert read.next_url == f"{URL}?page=2"


def test_cars_without_an_address_are_not_claimed_but_the_grid_is_not_empty() -> None:
    state = {"vehicles": [{**car, "url": None} for car in CARS]}
    read = grid(f'<script type="application/json">{json.dumps(state)}</script>')
    assert (read.cards, read.needs_script) == ((), True)


def test_one_link_of_the_page_shows_where_slugs_lead() -> None:
    cars = [{**car, "url": None, "slug": f"{car['year']}-honda-{n}"} for n, car in enumerate(CARS)]
    link = '<footer><a href="/stock/car/2004-honda-1/">Our pick</a></footer>'
    read = grid(f'{link}<script type="application/json">{json.dumps(cars)}</script>')
    assert [card.url.removeprefix("https://dealer.example") for card in read.cards] == [
        f"/stock/car/{2003 + n}-honda-{n}/" for n in range(4)
    ]


def test_a_link_that_holds_the_vin_is_the_page_of_a_car() -> None:
    cars = [{**car, "url": None} for car in CARS[:1]]
    link = f'<a href="/inventory/used-2003-honda-accord-{CARS[0]["vin"].lower()}/"></a>'
    read = grid(f'{link}<script type="application/json">{json.dumps(cars)}</script>')
    assert [card.vin for card in read.cards] == [CARS[0]["vin"]]


def test_state_completes_a_page_whose_first_tiles_alone_are_drawn() -> None:
    tiles = "".join(
        f'<div class="car"><a href="{car["url"]}"><img src="{car["images"][0]}"><h3>{car["year"]} Honda Accord</h3></a>'
        f"<b>${car['price']}</b></div>"
        for car in CARS[:2]
    )  # fmt: skip
    read = grid(f"<div>{tiles}</div><script>var all = {json.dumps(CARS)};</script>")
    assert [card.vin for card in read.cards] == [car["vin"] for car in CARS]
    assert read.cards[0].price == "$12000"


def test_state_of_other_cars_adds_nothing_to_tiles() -> None:
    tiles = "".join(
        f'<div class="car"><a href="/cars/{1960 + n}-ford-mustang-{n}"><img src="/p/{n}.jpg"><h3>{1960 + n} Ford Mustang</h3></a><b>$9,000</b></div>'
        for n in range(3)
    )  # fmt: skip
    read = grid(f"<div>{tiles}</div><script>var rail = {json.dumps(CARS)};</script>")
    assert len(read.cards) == 3


def test_other_rooftops_cars_are_set_aside_and_counted() -> None:
    cars = [{**car, "accountId": "own" if n else "next-door"} for n, car in enumerate(CARS)]
    page = Page(URL, f'<script>var a = {{"accountId": "own"}}, s = {json.dumps(cars)};</script>')
    own = OwnStock("accountId", (r'a = \{"accountId": "(\w+)"',))
    read = read_embedded(page, own=own)
    assert (len(read.cards), read.set_aside) == (3, 1)
    group = Page(URL, f'<script>var a = {{"accountId": "group"}}, s = {json.dumps(cars)};</script>')
    assert len(read_embedded(group, own=own).cards) == 4


@pytest.mark.parametrize(
    "html",
    [
        "<script>var vehicles = [" + "[" * 50_000,
        "<script>var vin = " + "{" * 50_000 + "}" * 50_000 + "</script>",
        '<script>var vin = "\\"' * 3_000,
        "<script>vehicle = /['\"]/; x = {vin: }; y = [year,,]; JSON.parse('{'); z = {vin:1e999}</script>",
        '<script type="application/json">{"vehicles": [null, 1, "x", {"vin": {"vin": []}, "year": NaN}]}</script>',
        '<script id="__NUXT_DATA__" type="application/json">[[0], {"vin": 0, "year": 99, "x": -1}]</script>',
        '<div data-vehicle="{vin:"></div><div data-vin=""></div><div data-x="[{"></div>',
    ],
)  # fmt: skip
def test_broken_state_is_survived(html: str) -> None:
    assert grid(html).cards == ()


def test_reading_state_takes_time_in_proportion_to_its_size() -> None:
    def seconds(cars: int) -> float:
        state = [
            {**CARS[0], "vin": f"{n:017d}", "url": f"/inventory/2003-honda-{n}"}
            for n in range(cars)
        ]
        page = Page(URL, f"<script>var noise = 'a=[' + \"(\";var inventory = {json.dumps(state)};</script>")  # fmt: skip
        start = time.process_time()
        assert len(read_embedded(page).cards) == cars
        return time.process_time() - start

    seconds(50)
    assert seconds(1_600) < 8 * 2.5 * max(seconds(200), 0.01)


def test_a_choice_of_payment_names_no_page_but_an_id_does() -> None:
    assert without_offer_view("https://d.example/cars.php?type=used&id=7") == "https://d.example/cars.php?type=used&id=7"  # fmt: skip
    vdp = "https://d.example/inventory/new-2026-toyota-rav4-2t36crav0tc034795/"
    assert without_offer_view(f"{vdp}?type=cash") == vdp
