"""How many inventories are walked side by side."""

import asyncio
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest

from crawler.fetch import Fetched
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownOrganization
from crawler.spiders import inventory
from crawler.spiders.inventory import Inventory
from tests.crawler.grid_visits import START, held_inventory


async def nothing(*_: Any) -> None:
    return None


@pytest.fixture
def spider(monkeypatch: pytest.MonkeyPatch) -> Inventory:
    """A spider with places for two walks."""
    for name in ("claims_of", "fetcher", "asker", "fetch_asker", "rendering"):
        monkeypatch.setattr(inventory, name, lambda *_: None)
    session = SimpleNamespace(stamp=SimpleNamespace(observed_at=START))
    monkeypatch.setattr(inventory, "session_of", lambda *_: session)
    monkeypatch.setattr(inventory, "WALKS", 2)
    spider = Inventory()
    crawler: Any = SimpleNamespace()
    spider.crawler = crawler
    return spider


async def begun(spider: Inventory) -> InventoryWalk:
    """A walk as the spider begins it, once there is a place for it."""
    handle = uuid4()
    site = "https://dealer.example/cars"

    async def organization(_: object) -> KnownOrganization:
        return KnownOrganization(handle, "Dealer", None, (site,), ())

    known: Any = SimpleNamespace(organization=organization, memory=nothing, baselines=nothing)
    (request,) = [request async for request in spider.first_request(held_inventory(handle), known)]
    walk: InventoryWalk = request.cb_kwargs["walk"]
    return walk


async def test_a_walk_waits_until_another_one_ends_be_it_by_an_error(
    spider: Inventory, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_: object) -> None:
        raise RuntimeError("a bug of ours")

    monkeypatch.setattr(InventoryWalk, "items", broken)
    walks = [await begun(spider), await begun(spider)]
    third = asyncio.create_task(begun(spider))
    await asyncio.sleep(0.01)
    assert not third.done()
    with pytest.raises(RuntimeError, match="a bug of ours"):
        async for _ in spider.walk(walks[0], Fetched("https://dealer.example/cars")):
            pass
    assert await asyncio.wait_for(third, timeout=10) is not walks[1]
    assert spider.places.locked()
