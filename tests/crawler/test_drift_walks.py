"""From a template that changed to a quarantined walk, and to the operator who accepts it: walks as
spiders write them, drained by the normalizer."""

import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
from psycopg_pool import AsyncConnectionPool

from contract.observation import Kind, Observation
from contract.payloads import Listing, Payload
from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownOrganization
from crawler.pipelines.enqueue import append
from crawler.walk_figures import baselines, remember_figures
from normalizer.__main__ import main
from store.connect import async_pool
from store.queries import load
from tests.crawler.grid_visits import held_inventory
from tests.normalizer.fleet import World, handle_of
from tests.normalizer.fleet import append as append_world

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = "https://www.alpha.example"
GRID = f"{SITE}/inventory"


def grid(numbers: Sequence[int], price: bool = True) -> str:
    tiles = "".join(
        f'<div class="car"><a href="/inventory/{1960 + n % 30}-ford-mustang-{n}">'
        f'<h3>{1960 + n % 30} Ford Mustang {n}</h3><img src="/photos/{n}.jpg"></a>'
        + (f'<p class="price">${20_000 + n:,}</p>' if price else "")
        + "</div>"
        for n in numbers
    )
    return f"<html><body><h1>Our cars</h1><div class='grid'>{tiles}</div></body></html>"


class Site:
    """One dealer, walked day after day."""

    def __init__(self, pool: AsyncConnectionPool, handle: UUID) -> None:
        self.pool, self.handle, self.day = pool, handle, 0

    async def walk(self, html: str, offered: Sequence[str] = ()) -> dict[str, Any]:
        """Walk the grid as it is today, drain, and return its manifest."""
        self.day += 1
        when = START + timedelta(days=self.day)

        async def fetch(url: str) -> Fetched:
            # Pages of single cars do not answer, so nothing but the grid tells.
            return Fetched(url, failure="timeout")

        held = held_inventory(self.handle)
        known = KnownOrganization(self.handle, "Alpha", SITE, (GRID,), tuple(offered))
        async with self.pool.connection() as connection:
            cursor = await connection.execute(
                load("inventory")["good_figures"],
                {"organization_id": self.handle, "observed_at": when},
            )
            good = baselines(await cursor.fetchall())
        walk = InventoryWalk(held, known, fetch, self.day, baselines=good)
        items = [item async for item in walk.items(Fetched(GRID, page=Page(GRID, html)))]
        finished = walk.finished()
        told = (*(i for i in items if isinstance(i.payload, Listing)), *finished.manifests)
        rows = []
        for item in told:
            assert isinstance(item.payload, Payload)
            rows.append(
                Observation(
                    item.source, item.kind, item.url, item.organization_id, when, item.payload
                )
            )
        manifests = [row for row in rows if row.kind is Kind.INVENTORY_MANIFEST]
        async with self.pool.connection() as connection, connection.transaction():
            await append(connection, rows)
            for _ in range(2):  # Again after it took effect: nothing more.
                await remember_figures(connection, manifests, finished.figures)
        assert main(["run"]) in (0, 3)
        [manifest] = manifests
        return dict(manifest.raw_data) | {"key": manifest.key}


@pytest.fixture
async def site(connection: psycopg.Connection) -> AsyncIterator[Site]:
    world = World()
    world.profile("alpha", START, website=SITE, name="Alpha Motors")
    append_world(connection, world.observations)
    assert main(["run"]) == 0
    pool = async_pool("paddock_crawler", max_size=2)
    await pool.open(wait=True, timeout=10)
    yield Site(pool, handle_of("alpha"))
    await pool.close()


def verdicts(connection: psycopg.Connection) -> list[tuple[str, str | None]]:
    return connection.execute(
        "SELECT verdict, reason FROM inventory_walks ORDER BY observed_at"
    ).fetchall()


def sold(connection: psycopg.Connection) -> int:
    row = connection.execute("SELECT count(*) FROM vehicles WHERE status = 'sold'").fetchone()
    assert row is not None
    return int(row[0])


async def test_a_drifted_walk_withholds_absence_until_an_operator_accepts_it(
    site: Site, connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    for _ in range(2):
        assert (await site.walk(grid(range(20))))["drift"] == []
    # The new template shows no price, and eight cars are overlooked: repeating it proves nothing.
    for _ in range(6):
        manifest = await site.walk(grid(range(12), price=False))
        assert manifest["drift"] == [{"field": "price", "before": 1.0, "now": 0.0}]
        assert manifest["complete"]
    assert verdicts(connection)[2:] == [("quarantined", "drift:price")] * 6
    assert sold(connection) == 0
    capsys.readouterr()
    assert main(["quarantine"]) == 3
    assert "price was filled in 100%, now in 0%" in capsys.readouterr().out
    # The operator has looked: the site is like this now.
    said = ["--reason", "prices are gone", "--author", "ann", "--json"]
    assert main(["rule", "accept", manifest["key"][:12], *said]) == 0
    assert main(["run"]) == 0
    assert verdicts(connection)[-1] == ("good", None)
    # Without prices is how it is from now on; with them it would be, too.
    for _ in range(3):
        assert (await site.walk(grid(range(12), price=False)))["drift"] == []
    assert sold(connection) == 8


async def test_a_drift_that_ends_is_forgotten(site: Site, connection: psycopg.Connection) -> None:
    await site.walk(grid(range(20)))
    assert (await site.walk(grid(range(20), price=False)))["drift"]
    assert (await site.walk(grid(range(20))))["drift"] == []
    assert [verdict for verdict, _ in verdicts(connection)] == ["good", "quarantined", "good"]


async def test_the_last_good_walks_outlive_any_number_of_bad_ones(
    site: Site, connection: psycopg.Connection
) -> None:
    await site.walk(grid(range(20)))
    row = connection.execute("SELECT * FROM walk_figures").fetchone()
    assert row is not None
    for _ in range(15):
        assert (await site.walk(grid(range(20), price=False)))["drift"]
    kept = connection.execute(
        "SELECT drift = '[]', count(*) FROM walk_figures GROUP BY 1 ORDER BY 1"
    ).fetchall()
    assert kept == [(False, 12), (True, 1)]


async def test_where_every_link_leads_to_one_page_nothing_is_sold(
    site: Site, connection: psycopg.Connection
) -> None:
    cars = grid(range(20))
    await site.walk(cars)
    broken = cars
    for n in range(20):
        broken = broken.replace(f'/inventory/{1960 + n % 30}-ford-mustang-{n}"', '/inventory/car"')
    for _ in range(4):
        await site.walk(broken)
    assert [verdict for verdict, _ in verdicts(connection)] == ["good"] + ["quarantined"] * 4
    assert sold(connection) == 0


async def test_what_a_walk_counted_is_on_record(site: Site, connection: psycopg.Connection) -> None:
    await site.walk(grid(range(20)))
    row = connection.execute(
        "SELECT grid, scope, platform, cards, pages, per_page, fills, complete FROM walk_figures"
    ).fetchone()
    fills = {"title": 20, "vehicle": 20, "price": 20, "mileage": 0, "vin": 0, "stock_number": 0, "image": 20}  # fmt: skip
    assert row is not None
    assert row[:6] == ("current", "alpha.example/inventory", "generic", 20, 1, 20)
    assert (row[6], row[7]) == (fills, True)
    assert json.dumps(row[6])
