"""Archives of sold cars that are none: a filter link which the server does not honour."""

from uuid import UUID

from contract.payloads import Listing
from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownOrganization
from tests.crawler.grid_visits import held_inventory

HANDLE = UUID("00000000-0000-5000-8000-000000000001")
SITE = "https://dealer.example"
LINK = '<a href="/cars?status=sold">Sold</a>'


def grid(cars: range) -> str:
    return LINK + "".join(
        f'<div class="car"><a href="/cars/{1960 + n}-ford-mustang-{n}"><img src="/p/{n}.jpg">'
        f"<h3>{1960 + n} Ford Mustang</h3></a><p>$2{n},000</p></div>"
        for n in cars
    )


async def walked(archive: str) -> tuple[InventoryWalk, list[Listing]]:
    pages = {f"{SITE}/cars": grid(range(6)), f"{SITE}/cars?status=sold": archive}

    async def fetch(url: str) -> Fetched:
        if url not in pages:
            return Fetched(url, failure="http_404")
        return Fetched(url, page=Page(url, pages[url]))

    known = KnownOrganization(HANDLE, "A Cars", SITE, (f"{SITE}/cars",), ())
    walk = InventoryWalk(held_inventory(HANDLE, "both"), known, fetch, day=0)
    payloads = [item.payload async for item in walk.items(await fetch(f"{SITE}/cars"))]
    return walk, [payload for payload in payloads if isinstance(payload, Listing)]


async def test_current_grid_under_another_address_is_no_archive() -> None:
    walk, listings = await walked(grid(range(8)))
    assert [one.grid for one in walk.walks] == ["current"]
    assert {each.listing_status for each in listings} == {"in_stock"}
    assert len(walk.finished().manifests) == 1


async def test_archive_with_a_stale_entry_is_one() -> None:
    walk, listings = await walked(grid(range(5, 9)))
    assert [one.grid for one in walk.walks] == ["current", "sold"]
    assert [each.listing_status for each in listings] == ["in_stock"] * 6 + ["sold"] * 3
