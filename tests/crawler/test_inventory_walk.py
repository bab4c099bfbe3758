"""The walk over one organization's inventory: what it says when it finds no grid."""

import json
from uuid import UUID

import pytest

from contract.payloads import InventoryManifest
from crawler.extract.json_endpoint import JsonRequest
from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownOrganization
from tests.crawler.grid_visits import held_inventory

HANDLE = UUID("0d6b1c86-7d1f-5f6c-9d5e-0c0c5a1f7e11")
BEST, NEXT = "https://dealer.example/cars", "https://www.dealer.example/inventory"


@pytest.mark.parametrize(
    ("best", "following", "failure", "blocked"),
    [
        (Fetched(BEST, failure="http_404"), Fetched(NEXT, failure="timeout"), "http_404", False),
        (
            Fetched(BEST, failure="http_404"),
            Fetched(NEXT, failure="robots_unreachable", blocked=True),
            "http_404",
            False,
        ),
        (
            Fetched(BEST, failure="http_404"),
            Fetched(NEXT, failure="challenge", blocked=True),
            "challenge",
            True,
        ),
        (
            Fetched(BEST, failure="robots", blocked=True),
            Fetched(NEXT, failure="http_500"),
            "robots",
            True,
        ),
    ],
)
async def test_the_reason_and_the_verdict_come_from_one_address(
    best: Fetched, following: Fetched, failure: str, blocked: bool
) -> None:
    async def fetch(url: str) -> Fetched:
        assert url == NEXT
        return following

    organization = KnownOrganization(HANDLE, "Dealer", None, (BEST, NEXT), ())
    walk = InventoryWalk(held_inventory(HANDLE, "both"), organization, fetch, day=0)
    told = [item.payload async for item in walk.items(best)]
    assert (walk.failure, walk.blocked) == (failure, blocked)
    assert [getattr(each, "incomplete_because", None) for each in told] == [failure]


async def test_a_grid_that_an_endpoint_serves_is_preferred_to_the_home_page() -> None:
    shell = '<div class="inventory-app" data-api="/api/vehicles"></div><script></script>'
    home = '<h1>Welcome</h1><a href="/inventory">Inventory</a>'
    car = {"vin": "1HGCM82633A004352", "year": 2003, "make": "Honda", "model": "Accord", "url": "/inventory/2003-honda-1"}  # fmt: skip
    asked: list[str] = []

    async def fetch(url: str) -> Fetched:
        asked.append(url)
        return Fetched(url, page=Page(url, shell))

    async def ask(request: JsonRequest) -> Fetched:
        return Fetched(
            request.url, page=Page(request.url, json.dumps({"vehicles": [car], "total": 1}))
        )

    root, grid = "https://dealer.example/", "https://dealer.example/inventory"
    organization = KnownOrganization(HANDLE, "Dealer", None, (root,), ())
    walk = InventoryWalk(held_inventory(HANDLE), organization, fetch, day=0, ask=ask)
    told = [item async for item in walk.items(Fetched(root, page=Page(root, home)))]
    assert asked == [grid]
    assert [item.url for item in told] == ["https://dealer.example/inventory/2003-honda-1"]
    [manifest] = walk.finished().manifests
    assert isinstance(manifest.payload, InventoryManifest)
    assert (manifest.payload.grid_url, manifest.payload.complete) == (grid, True)


@pytest.mark.parametrize(
    ("archive", "doubts"),
    [
        (Page("https://dealer.example/sold", "<h1>Sold</h1><p>Many found new homes.</p>"), []),
        (None, ["sold grid: timeout"]),
    ],
)
async def test_a_page_that_only_speaks_of_sold_cars_casts_no_doubt_on_the_stock(
    archive: Page | None, doubts: list[str]
) -> None:
    tiles = "".join(
        f'<div class="card"><a href="/cars/{slug}"><img src="/{slug}.jpg"><h3>{name}</h3></a>'
        "<p>$20,000</p></div>"
        for slug, name in (("1967-ford-1", "1967 Ford Mustang"), ("1972-fiat-2", "1972 Fiat 500"))
    )
    grid = f'<div class="cards">{tiles}</div><a href="/sold">Sold cars</a>'

    async def fetch(url: str) -> Fetched:
        return Fetched(url, page=archive, failure=None if archive else "timeout")

    walk = InventoryWalk(
        held_inventory(HANDLE, "both"),
        KnownOrganization(HANDLE, "Dealer", None, (BEST,), ()),
        fetch,
        day=0,
    )
    told = [item async for item in walk.items(Fetched(BEST, page=Page(BEST, grid)))]
    assert len(told) == 2
    assert walk.doubts == doubts


@pytest.mark.parametrize(("listed", "grid"), [(5, "/our-treasures"), (2, "/")])
async def test_a_home_page_that_features_some_cars_is_not_the_grid(listed: int, grid: str) -> None:
    def cars(count: int) -> str:
        return "".join(
            f'<div class="box"><a href="/car/{1960 + n}-ford-mustang"><img src="/{n}.jpg"></a>'
            f"<h3>{1960 + n} Ford Mustang</h3><p>$21,{n}00</p></div>"
            for n in range(count)
        )

    nav = '<nav><a href="/our-treasures">Our treasures</a></nav>'

    async def fetch(url: str) -> Fetched:
        return Fetched(url, page=Page(url, f"{nav}<h1>All of them</h1>{cars(listed)}"))

    root = "https://dealer.example/"
    walk = InventoryWalk(
        held_inventory(HANDLE), KnownOrganization(HANDLE, "Dealer", None, (root,), ()), fetch, day=0
    )
    home = Page(root, f"{nav}<h1>Welcome</h1>{cars(3)}")
    [item async for item in walk.items(Fetched(root, page=home))]
    assert walk.walks[0].grid_url == root.rstrip("/") + grid
