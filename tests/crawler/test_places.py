"""Cars without pages of their own, day after day: walks as spiders make them, drained by the
normalizer, from tables to tables."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import cast

import psycopg
import pytest
from scrapy.crawler import Crawler

from contract.observation import Observation
from contract.payloads import InventoryManifest, Listing, Payload
from contract.urls import url_identity
from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownInventory
from crawler.pipelines.enqueue import append
from crawler.places import KnownPlace, still_shown
from normalizer.__main__ import main
from store.queries import load
from tests.crawler.grid_visits import Store, held_inventory
from tests.normalizer.fleet import World, handle_of
from tests.normalizer.fleet import append as append_world

START = datetime(2026, 3, 1, 12, tzinfo=UTC)
SITE = "https://www.alpha.example"
CARS_URL = f"{SITE}/cars.html"


@dataclass(frozen=True)
class Car:
    """One car of the page; ``extra`` are lines of its own."""

    name: str
    photo: str
    price: str = "$20,000"
    text: str = ""
    extra: str = ""

    @property
    def html(self) -> str:
        text = self.text or f"The car with the photo {self.photo}, known to us for many years."
        return (
            f'<div class="car"><h3>{self.name}</h3><img src="/photos/{self.photo}.jpg">'
            f"<p>{text}</p>{self.extra}<p>{self.price}</p></div>"
        )


JAGUAR = Car("1967 Jaguar E-Type", "cat")
LOT = (
    JAGUAR,
    Car("1972 BMW 2002 tii", "bee", "$30,000"),
    Car("1956 Ford Thunderbird", "bird", "$40,000"),
    Car("1988 Porsche 944 Turbo", "horse", "$50,000"),
    Car("1970 Fiat 500 L", "mouse", "$9,000"),
)


def page(*cars: Car, more: str = "") -> str:
    body = "".join(car.html for car in cars)
    return f"<html><head><title>Cars for sale</title></head><body>{body}{more}</body></html>"


class Dealer:
    """One dealer, walked day after day by what the tables know of him."""

    def __init__(self, store: Store, connection: psycopg.Connection) -> None:
        self.store, self.connection, self.day = store, connection, 0
        self.known = KnownInventory(cast(Crawler, None))
        self.asked: list[str] = []

    async def walk(
        self, pages: str | Mapping[str, str] | None, run_mode: str = "current"
    ) -> InventoryManifest:
        """Walk the pages as they are today (None: the site blocks), drain, return the manifest."""
        self.day += 1
        when = START + timedelta(days=self.day)
        site = {CARS_URL: pages} if isinstance(pages, str) else pages or {}

        async def fetch(url: str) -> Fetched:
            self.asked.append(url)
            if pages is None:
                return Fetched(url, failure="challenge", blocked=True)
            html = site.get(url)
            return Fetched(url, page=Page(url, html)) if html else Fetched(url, failure="http_404")

        organization = await self.known.organization(handle_of("alpha"))
        assert organization is not None
        organization = replace(organization, candidates=(CARS_URL,))
        held = held_inventory(organization.id, run_mode)
        walk = InventoryWalk(held, organization, fetch, self.day)
        items = [item async for item in walk.items(await fetch(CARS_URL))]
        listings = [item for item in items if isinstance(item.payload, Listing)]
        manifests = walk.finished().manifests if walk.walks else items
        rows = [
            Observation(i.source, i.kind, i.url, i.organization_id, when, cast(Payload, i.payload))
            for i in (*listings, *manifests)
        ]
        await self.store.transact(lambda connection: append(connection, rows))
        assert main(["run"]) in (0, 3)
        manifest = manifests[0]
        return cast(InventoryManifest, manifest.payload)

    def cars(self) -> dict[str, str]:
        """The status of each vehicle, by its place; places are told without their page."""
        rows = self.connection.execute("SELECT discovery_url, status FROM vehicles").fetchall()
        return {url.partition(":~:text=")[2]: status for url, status in rows}


E_TYPE = "1967%20Jaguar%20E%2DType"


@pytest.fixture
async def dealer(
    store: Store, connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> Dealer:
    world = World()
    world.profile("alpha", START, website=SITE, name="Alpha Motors")
    append_world(connection, world.observations)
    assert main(["run"]) == 0
    monkeypatch.setattr("crawler.known_inventory.session_of", lambda _: store)
    return Dealer(store, connection)


async def test_a_page_of_cars_becomes_vehicles_with_text_and_photos(dealer: Dealer) -> None:
    manifest = await dealer.walk(page(*LOT))
    assert manifest.complete
    assert set(dealer.cars().values()) == {"in_stock"}
    row = dealer.connection.execute(
        "SELECT v.title, v.price::int, v.description, i.source_url FROM vehicles v"
        " JOIN vehicle_images i ON i.vehicle_id = v.id WHERE v.discovery_url = %s",
        [f"{CARS_URL}#:~:text={E_TYPE}"],
    ).fetchone()
    text = "The car with the photo cat, known to us for many years."
    assert row == ("1967 Jaguar E-Type", 20_000, text, f"{SITE}/photos/cat.jpg")


async def test_an_edited_page_keeps_its_cars(dealer: Dealer) -> None:
    """Another order, another heading, another price, a day without an answer: the same cars."""
    await dealer.walk(page(*LOT))
    first = dealer.cars()
    edited = (
        replace(JAGUAR, name="1967 Jaguar XKE Series 1 Roadster - REDUCED", price="$18,000"),
        *reversed(LOT[1:]),
    )
    for pages in (page(*edited), None, page(*edited), page(*LOT), page(*LOT)):
        await dealer.walk(pages)
    assert dealer.cars() == first
    events = dealer.connection.execute(
        "SELECT DISTINCT event FROM vehicle_events WHERE event IN ('sold', 'removed')"
    ).fetchall()
    assert events == []


async def test_a_car_that_left_the_page_is_sold_after_complete_walks_alone(dealer: Dealer) -> None:
    await dealer.walk(page(*LOT))
    for pages in (page(*LOT[1:]), None, page(*LOT[1:])):
        await dealer.walk(pages)
        assert dealer.cars()[E_TYPE] == "in_stock"
    await dealer.walk(page(*LOT[1:]))
    assert dealer.cars()[E_TYPE] == "sold"
    assert sorted(dealer.cars().values()) == ["in_stock"] * 4 + ["sold"]
    # There is no page to ask for it: asking for the list again proves nothing.
    assert set(dealer.asked) == {CARS_URL}


async def test_most_cars_gone_at_once_prove_nothing(dealer: Dealer) -> None:
    await dealer.walk(page(*LOT))
    for _ in range(4):
        await dealer.walk(page(*LOT[:2]))
    assert set(dealer.cars().values()) == {"in_stock"}


async def test_a_mark_sells_at_once(dealer: Dealer) -> None:
    await dealer.walk(page(*LOT))
    await dealer.walk(page(replace(JAGUAR, name="SOLD - 1967 Jaguar E-Type", price=""), *LOT[1:]))
    assert dealer.cars()[E_TYPE] == "sold"


async def test_a_heading_that_nobody_understands_sells_no_car(dealer: Dealer) -> None:
    await dealer.walk(page(*LOT))
    riddle = replace(JAGUAR, name="The cat is back, and what a cat it is!")
    for _ in range(4):
        manifest = await dealer.walk(page(*LOT[1:], riddle))
    assert [(probe.verdict, probe.sign) for probe in manifest.probes] == [
        ("alive", "its photo still stands on the page")
    ]
    assert dealer.cars()[E_TYPE] == "in_stock"


@pytest.mark.parametrize(
    ("photos", "claims", "source", "sign"),
    [
        (["cat.jpg"], 1, "<img src='/cat.jpg'>", "its photo still stands on the page"),
        (["cat.jpg"], 2, "<img src='/cat.jpg'>", "its photo still stands on the page"),
        (["cat.jpg"], 3, "<img src='/cat.jpg'>", None),
        (["cat.jpg"], 1, "1967 Jaguar E-Type", None),
        ([], 1, "We had a 1967 JAGUAR E-Type.", "its name still stands on the page"),
        ([], 1, "Chassis 1e10543", "its name still stands on the page"),
        ([], 1, "Stock A-11", None),
    ],
)
def test_a_photo_or_without_photos_a_name_tells_that_a_car_is_still_there(
    photos: list[str], claims: int, source: str, sign: str | None
) -> None:
    said = {
        "title": JAGUAR.name,
        "vin": "1E10543",
        "stock_number": "A-11",
        "image_urls": [f"{SITE}/{photo}" for photo in photos],
    }
    known = [KnownPlace.of(f"{CARS_URL}#car-{n}:~:", said) for n in range(claims)]
    listed = [url_identity(place.url) for place in known[1:]]
    probes = still_shown(known, listed, [known[0].url], [source])
    assert [probe.sign for probe in probes] == ([sign] if sign else [])


async def test_a_car_keeps_its_name_from_page_to_page(dealer: Dealer) -> None:
    pager = '<div class="pagination"><a href="/cars.html?page=2">2</a></div>'
    second = f"{CARS_URL}?page=2"
    await dealer.walk({CARS_URL: page(*LOT[:3], more=pager), second: page(*LOT[3:])})
    first = dealer.cars()
    assert len(first) == 5
    new = Car("1961 Mini Cooper S", "flea")
    await dealer.walk({CARS_URL: page(new, *LOT[:2], more=pager), second: page(*LOT[2:])})
    assert dealer.cars() == first | {"1961%20Mini%20Cooper%20S": "in_stock"}


async def test_one_of_two_cars_of_one_name_is_sold(dealer: Dealer) -> None:
    red = replace(JAGUAR, text="Carmen red over black, matching numbers.", photo="red")
    blue = replace(JAGUAR, text="Opalescent blue, with a new hood.", photo="blue")
    await dealer.walk(page(red, blue, *LOT[1:]))
    both = [place for place in dealer.cars() if E_TYPE in place]
    assert len(both) == 2
    for _ in range(3):
        await dealer.walk(page(blue, *LOT[1:]))
    cars = dealer.cars()
    assert len(cars) == 6
    assert {place: cars[place] for place in both} == {
        f"Carmen%20red%20over%20black%2C%20matching%20numbers&text={E_TYPE}": "sold",
        f"Opalescent%20blue%2C%20with%20a%20new%20hood&text={E_TYPE}": "in_stock",
    }


async def test_a_car_in_the_archive_is_the_one_that_was_on_offer(dealer: Dealer) -> None:
    link = '<nav><a href="/sold.html">Sold cars</a></nav>'
    older = Car("1958 Austin-Healey 100-6", "frog", "")
    archive = "<h1>Sold cars</h1>" + page(older, replace(JAGUAR, name="1967 Jaguar XKE", price=""))
    pages = {CARS_URL: page(*LOT, more=link), f"{SITE}/sold.html": page(older, older)}
    await dealer.walk(pages, run_mode="both")
    await dealer.walk(
        {CARS_URL: page(*LOT[1:], more=link), f"{SITE}/sold.html": archive}, run_mode="both"
    )
    cars = dealer.cars()
    assert (cars[E_TYPE], len(cars)) == ("sold", 6)


async def test_another_car_of_a_name_is_another_car(dealer: Dealer) -> None:
    await dealer.walk(page(*LOT))
    other = replace(JAGUAR, photo="lion", text="Just arrived from Lisbon, never restored at all.")
    for _ in range(3):
        await dealer.walk(page(other, *LOT[1:]))
    assert dealer.cars()[E_TYPE] == "sold"
    assert len([place for place in dealer.cars() if E_TYPE in place]) == 2


async def test_a_stock_number_that_is_added_later_makes_no_other_car(dealer: Dealer) -> None:
    await dealer.walk(page(*LOT))
    first = dealer.cars()
    await dealer.walk(page(replace(JAGUAR, extra="<p>Stock #: A-1187</p>"), *LOT[1:]))
    assert dealer.cars() == first


async def test_no_place_is_visited_as_a_page(dealer: Dealer) -> None:
    await dealer.walk(page(*LOT))
    parameters = {
        "dealer_id": handle_of("alpha"), "observed_at": START + timedelta(days=60),
        "retry_after": timedelta(hours=20), "max_age": timedelta(days=30),
        "after_rank": -1, "after_url": "", "limit": 100, "organization_id": None,
    }  # fmt: skip
    for statement in ("due", "dealers"):
        assert not dealer.connection.execute(load("listings")[statement], parameters).fetchall()
