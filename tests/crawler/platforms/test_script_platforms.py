"""The traps of platforms whose grids scripts draw, each by name, and the requests to their
endpoints."""

import json
from pathlib import Path
from typing import Any

import pytest

from contract.urls import url_identity
from crawler.extract.embedded import EmbeddedGrid
from crawler.extract.json_endpoint import JsonPages, JsonRequest
from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.golden import Case
from crawler.json_grid import Ask, serves_grid, walk_whole_grid
from crawler.platforms import recognize
from crawler.walk import GridWalk

FIXTURES = Path(__file__).parents[2] / "fixtures"
OAK = "https://www.oakmotors.example/used-inventory/index.htm"


def page(case: str) -> Page:
    return Case(FIXTURES / case).page()


def endpoints(shown: Page) -> list[JsonPages]:
    platform = recognize(shown)
    found = [JsonPages.of(one, shown, platform.grid_rules) for one in platform.json_grids]
    return [one for one in found if one is not None]


def asked(case: str) -> JsonRequest:
    [endpoint] = endpoints(page(case))
    first = endpoint.first()
    assert first is not None
    return first


def answered(case: str, answer: Any) -> EmbeddedGrid:
    [endpoint] = endpoints(page(case))
    read = endpoint.read(json.dumps(answer))
    assert read is not None
    return read


async def walked(shown: Page, ask: Ask) -> GridWalk:
    async def fetch(url: str, known: Any = None) -> Fetched:
        return Fetched(url, page=shown if url == shown.url else Page(url, ""))

    walk = GridWalk(shown.url, "current")
    async for _ in walk_whole_grid(walk, fetch, ask):
        pass
    return walk


def toyota(n: int, account: str, vin: str | None = None) -> dict[str, Any]:
    return {
        "accountId": account, "vin": vin or f"2T36CRAV0TC{n:06d}", "year": 2026, "make": "Toyota",
        "model": "RAV4", "title": ["2026 Toyota", "RAV4"], "status": "LIVE",
        "link": f"/new/Toyota/2026-Toyota-RAV4-{n:032x}.htm",
        "pricing": {"dprice": [{"label": "Sale Price", "value": "$39,000", "typeClass": "askingPrice"}]},
    }  # fmt: skip


def ddc(cars: list[dict[str, Any]], total: int, start: int = 0) -> dict[str, Any]:
    numbers = {"totalCount": total, "pageSize": 18, "pageStart": start}
    return {"pageInfo": numbers, "inventory": cars, "facets": {"year": [{"year": 2026}]}}


def test_dealer_com_is_asked_for_the_offset_where_it_counts() -> None:
    request = asked("dealer_com/mount_without_state")
    assert request.url == "https://www.oakmotors.example/api/widget/ws-inv-data/getInventory"
    body = json.loads(request.body or "")
    assert (body["siteId"], body["inventoryParameters"]) == ("oakmotorsoh", {"start": ["0"]})
    assert body["preferences"] == {"pageSize": "48", "listing.config.id": "auto-used"}
    assert body["pageAlias"] == "INVENTORY_LISTING_DEFAULT_AUTO_USED"


async def test_dealer_com_cars_of_nearby_stores_are_no_cars_of_this_one() -> None:
    async def ask(request: JsonRequest) -> Fetched:
        cars = [toyota(n, "oakmotors" if n % 2 else "elmmotors") for n in range(40)]
        start = request.number
        answer = json.dumps(ddc(cars[start : start + 18], 40, start))
        return Fetched(request.url, page=Page(request.url, answer))

    walk = await walked(page("dealer_com/mount_without_state"), ask)
    assert (len(walk.listings), walk.set_aside, walk.complete) == (20, 20, True)


async def test_dealer_com_endpoint_that_tells_strangers_nothing_leaves_the_grid_unread() -> None:
    async def ask(request: JsonRequest) -> Fetched:
        return Fetched(request.url, page=Page(request.url, json.dumps(ddc([], 0))))

    walk = await walked(page("dealer_com/mount_without_state"), ask)
    assert walk.incomplete_because == "needs_script"


@pytest.mark.parametrize("vin", ["2T36CIAV0TC034795", "2T36CRAV0TCA34B9", "2T36CRAV0TCA34B95"])
def test_dealer_com_provisional_vins_come_through_as_they_are(vin: str) -> None:
    read = answered("dealer_com/mount_without_state", ddc([toyota(1, "oakmotors", vin)], 1))
    assert [card.vin for card in read.cards] == [vin]


def test_dealer_on_is_asked_with_the_filters_of_the_grid() -> None:
    request = asked("dealer_on/list_of_addresses_alone")
    assert request.method == "GET"
    assert request.url == (
        "https://www.lakeauto.example/api/vhcliaa/vehicle-pages/cosmos/srp/vehicles/16843/2138210"
        "?host=www.lakeauto.example&st=Price+asc&pt=1&pn=48&displayCardsShown=48"
    )


def test_dealer_on_cards_wrap_their_vehicle() -> None:
    card = {
        "VehicleCard": {
            "VehicleVin": "JT2MA71L5H0045121", "VehicleStockNumber": "P4431", "VehicleYear": 1987,
            "VehicleMake": "Toyota", "VehicleModel": "Supra", "VehicleTrim": "Turbo",
            "VehicleInternetPrice": 46900.0, "VehicleMsrp": 0.0, "TaggingPrice": 46900,
            "VehicleDetailUrl": "/used-Bellevue-1987-Toyota-Supra-Turbo-JT2MA71L5H0045121",
            "VehicleImageModel": {"VehiclePhotoSrc": "/photos/1.jpg", "Vin": "JT2MA71L5H0045121"},
        }
    }  # fmt: skip
    answer = {"DisplayCards": [card], "Paging": {"PaginationDataModel": {"TotalCount": 31}}}
    told = answered("dealer_on/list_of_addresses_alone", answer)
    [read] = told.cards
    assert told.total == 31
    assert (read.vin, read.stock_number, read.price) == ("JT2MA71L5H0045121", "P4431", "46900")
    assert read.title == "1987 Toyota Supra Turbo"
    assert read.thumbnail_url == "https://www.lakeauto.example/photos/1.jpg"


def test_dealer_inspire_asks_the_search_service_for_what_the_site_shows() -> None:
    request = asked("dealer_inspire/search_service_alone")
    assert (
        request.url == "https://websites-search.api.carscommerce.inc/api/v1/listings/5382245/search"
    )
    assert request.headers["x-api-key"] == "public-key-1"
    assert json.loads(request.body or "") == {
        "page": 1,
        "perPage": 100,
        "filters": {"status": ["publish", "modified", "pend-sale"]},
    }


def test_dealer_inspire_asks_algolia_on_the_host_of_its_application() -> None:
    request = asked("dealer_inspire/algolia_settings_alone")
    index = "moorautos_production_inventory"
    assert request.url == f"https://abcdef1234-dsn.algolia.net/1/indexes/{index}/query"
    assert request.headers["X-Algolia-API-Key"] == "0123456789abcdef"
    assert json.loads(request.body or "") == {"params": "hitsPerPage=100&page=0"}


def test_dealer_inspire_listings_nest_their_facts() -> None:
    listing = {
        "vin": "1FTFW5L88TFC17689", "stock": "GF1", "type": "Used", "year": 2026, "make": "Ford",
        "model": "F-150", "trim": "Lariat", "mileage": 12000,
        "vdp_url": "https://www.hillautos.example/inventory/used-2026-ford-f-150-lariat-1ftfw5l88tfc17689/",
        "styles": {"exterior_color": "Blue"}, "mechanical": {"drivetrain": "4WD", "engine": "3.5L V6"},
        "pricing": {"msrp": 79635, "our_price": 74835}, "media": {"images": ["https://img.example/a.jpg"]},
    }  # fmt: skip
    [read] = answered("dealer_inspire/search_service_alone", {"listings": [listing]}).cards
    assert (read.price, read.exterior_color, read.drivetrain) == ("74835", "Blue", "4WD")
    assert (read.stock_number, read.image_urls) == ("GF1", ("https://img.example/a.jpg",))


def test_dealer_fire_price_is_the_advertised_one_without_fees() -> None:
    grid = recognize(page("dealer_fire/data_layer_alone")).read_grid(
        page("dealer_fire/data_layer_alone")
    )
    assert grid.cards[0].price == "32175"
    vehicle = page("dealer_fire/vehicle_whose_json_ld_includes_fees")
    assert recognize(vehicle).read_detail(vehicle).price == "$32,175"


OVERFUEL = '<link href="https://static.overfuel.com/a.js"><div id="__next"></div><script id="__NEXT_DATA__" type="application/json">{"props":{"pageProps":{"dealerId":2077}}}</script>'


def overfuel(n: int) -> dict[str, Any]:
    return {
        "vin": f"1G1YY22G965{n:06d}", "year": 2006, "make": "Chevrolet", "model": "Corvette",
        "price": 27_995, "specialprice": 0, "stocknumber": f"S{n}", "url": f"/used-2006-corvette-{n}",
    }  # fmt: skip


@pytest.mark.parametrize("lag", [0, 1, 2])
async def test_overfuel_total_may_count_cars_that_it_never_lists(lag: int) -> None:
    numbers: list[int] = []

    async def ask(request: JsonRequest) -> Fetched:
        numbers.append(request.number)
        cars = [overfuel(n) for n in range(250 - lag)][request.number : request.number + 200]
        answer = {"results": cars, "meta": {"total": 250, "limit": 200, "offset": request.number}}
        return Fetched(request.url, page=Page(request.url, json.dumps(answer)))

    walk = await walked(Page("https://www.gravity.example/used-cars-reno-nv", OVERFUEL), ask)
    assert (len(walk.listings), walk.complete) == (250 - lag, True)
    assert numbers == ([0, 200] if lag == 0 else [0, 200, 250 - lag])


def test_overfuel_number_on_a_site_of_another_vendor_is_never_asked_for() -> None:
    other = OVERFUEL.replace("overfuel.com", "cdn.test").replace('"dealerId"', '"stocknumber":1,"featuredphoto":1,"dealerId"')  # fmt: skip
    assert endpoints(Page("https://www.gravity.example/used-cars-reno-nv", other)) == []


def test_one_car_by_two_payments_is_one_listing() -> None:
    grid = recognize(page("team_velocity/the_same_car_by_two_payments")).read_grid(
        page("team_velocity/the_same_car_by_two_payments")
    )
    assert len({url_identity(card.url) for card in grid.cards}) == 2
    assert not any("type=" in card.url for card in grid.cards)


def test_which_pages_an_endpoint_serves() -> None:
    assert serves_grid(page("dealer_com/mount_without_state"))
    assert serves_grid(page("dealer_inspire/search_service_alone"))
    assert not serves_grid(page("dealer_com/state_of_a_drawn_grid"))
    assert not serves_grid(page("dealer_venom/grid_not_yet_drawn"))
    named = '<div class="inventory-app" data-api="/api/vehicles"></div><script></script>'
    assert serves_grid(Page("https://dealer.example/inventory", named))
    home = page("dealer_com/mount_without_state")
    assert not serves_grid(Page("https://www.oakmotors.example/", home.html))
