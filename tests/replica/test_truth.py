"""The truth against the pages: a small reader of its own follows the pagers and compares what it
finds.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from functools import cache
from typing import Any, NamedTuple
from urllib.parse import parse_qsl, urljoin, urlsplit

import pytest
from parsel import Selector

from replica.calendar import FAULTS
from replica.dealers import DEALERS
from replica.page import Page, Visit
from replica.sites.scripted import read_part
from replica.themes import THEMES
from replica.truth import Truth, VehicleTruth, truth_of
from replica.world import World, site_keys

ORIGINS = {key: f"http://127.0.0.1:{9000 + index}" for index, key in enumerate(site_keys())}
SITES = {origin: key for key, origin in ORIGINS.items()}
OPEN = [dealer.key for dealer in DEALERS if not dealer.challenged]
GUARDED = [dealer.key for dealer in DEALERS if dealer.guarded]
SHARING = [dealer.key for dealer in DEALERS if THEMES[dealer.theme].shares_page]
TILES = (
    ".vehicle-grid__item, .inventory-item, .cam-inventory-block-wrap .row > a, .ag-list-item,"
    " .volo-sales-list-grid-item, .inventory-grid-item, .motorcar-inventory-link, .inventory_item,"
    " .car-card, .fahrzeug, .grid-cell, .vitrine, .grid__item, .unit, main tr, ul.cars > li,"
    " .lot-card, .our-car"
)
NEXT = re.compile(r"»|Next|Weiter|Suivant|Load more")
SOLD = re.compile(r"\bsold\b|Verkauft|Vendu|X Sold|sold_overlay", re.IGNORECASE)
SEPARATOR = re.compile(r"(?<=\d)[.,\u202f](?=\d)")


class Tile(NamedTuple):
    """What a grid tells about one car: its source, and its texts with the page's JSON-LD."""

    source: str
    text: str


def fetch(world: World, url: str, day: int) -> Page:
    parts = urlsplit(url)
    site = SITES[f"http://{parts.netloc}"]
    return world.answer(site, Visit(parts.path, dict(parse_qsl(parts.query)), day, nth=1))


def walk(world: World, url: str, day: int) -> Iterator[tuple[str, Tile]]:
    """The tiles of a grid: the address of the car and what is told about it."""
    seen = set()
    while url not in seen:
        seen.add(url)
        page = fetch(world, url, day)
        assert page.status == 200
        tiles = "".join(drawn(world, page, url, day))
        document = Selector(page.text.replace("</main>", f"{tiles}</main>"))
        nodes = {node["url"]: json.dumps(node, ensure_ascii=False) for node in structured(document)}
        for tile in document.css(TILES):
            hrefs = [a for a in tile.css("a::attr(href), ::attr(href)").getall() if a[0] in "/h"]
            # A car that has no page of its own is known by its block's id.
            hrefs += [f"#{name}:~:" for name in tile.css(".our-car::attr(id)").getall()]
            if hrefs:
                car = urljoin(url, hrefs[0])
                texts = tile.xpath(".//text() | .//@alt | .//@title | .//@content").getall()
                yield car, Tile(tile.get() or "", " ".join([*texts, nodes.get(car, "")]))
        for link in document.css("a"):
            text = " ".join(link.css("::text").getall()).strip()
            arrow = NEXT.search(text) or link.css(".increment.next") or text == str(len(seen) + 1)
            href = urljoin(url, link.attrib.get("href", "#"))
            # The arrow of one theme's sold grid leads into the current grid; a reader stays.
            if arrow and href != url and urlsplit(href).path.startswith(root_of(url)):
                url = href
                break


def drawn(world: World, page: Page, url: str, day: int) -> Iterator[str]:
    """The tiles that the page's script adds."""
    found = 0
    while "/assets/lot.js" in page.text:
        tiles = read_part(fetch(world, urljoin(url, f"/assets/lot/{found}"), day))
        if not tiles:
            return
        found += len(tiles)
        yield from tiles


def structured(document: Selector) -> list[dict[str, Any]]:
    """The cars in the head's JSON-LD, list or graph."""
    found = []
    for script in document.css("head script[type*=ld]::text").getall():
        data = json.loads(script)
        for node in data.get("@graph", [data]):
            items = [entry["item"] for entry in node.get("itemListElement", ())]
            found += items or ([node] if "url" in node else [])
    return found


def root_of(url: str) -> str:
    return re.sub(r"page/\d+/$", "", urlsplit(url).path)


@cache
def truth_and_world(day: int) -> tuple[Truth, World]:
    world = World(ORIGINS)
    return truth_of(world, day), world


@pytest.mark.parametrize("day", [0, 2, 10])
@pytest.mark.parametrize("key", OPEN)
def test_grids_show_exactly_the_cars_of_the_truth(key: str, day: int) -> None:
    truth, world = truth_and_world(day)
    dealer, cars = truth.dealer(key), {car.url: car for car in truth.of_dealer(key)}
    tiles = dict(walk(world, dealer.grid, day))
    assert set(tiles) == {u for u, car in cars.items() if car.place in ("grid", "sold_mark")}
    for url, tile in tiles.items():
        check_tile(cars[url], tile)
    if dealer.sold_grid:
        sold = dict(walk(world, dealer.sold_grid, day))
        assert set(sold) == {url for url, car in cars.items() if car.place == "archive"}


def check_tile(car: VehicleTruth, tile: Tile) -> None:
    plain = SEPARATOR.sub("", tile.text)
    assert all(word in tile.text for word in (str(car.year), car.make, car.model))
    # A description may say "sold" of anything.
    plainly = re.sub(r"vehicleModelDate.*|<!--.*-->|<p>[^<]{40,}</p>", "", tile.source)
    marks = SOLD.search(plainly)
    assert bool(marks) == (car.status == "sold")
    if "price" in car.tile_fields and car.price is not None:
        thousands = f"{car.price // 1000}k" if car.price % 1000 == 0 else "\0"
        assert str(car.price) in plain or thousands in plain
    if "vin" in car.tile_fields and car.vin:
        assert car.vin in tile.text.upper()
    if "mileage" in car.tile_fields and car.mileage is not None:
        assert str(car.mileage) in plain
    if "stock" in car.tile_fields and car.stock:
        assert car.stock in tile.text


def test_item_list_tells_vin_and_mileage_of_every_tile() -> None:
    truth, world = truth_and_world(0)
    cars = {car.url: car for car in truth.of_dealer("northgate")}
    document = Selector(fetch(world, truth.dealer("northgate").grid, 0).text)
    listed = json.loads(document.css("script[type*=ld]::text").get() or "")["itemListElement"]
    assert len(listed) == len(document.css(".car-card")) == 10
    for item in (entry["item"] for entry in listed):
        car = cars[item["url"]]
        assert item.get("vehicleIdentificationNumber") == car.vin
        assert item["offers"].get("price") == (str(car.price) if car.price else None)
        assert ("mileageFromOdometer" in item) == (car.mileage is not None)


def test_item_list_of_dealer_accelerate_covers_part_of_the_tiles() -> None:
    truth, world = truth_and_world(0)
    document = Selector(fetch(world, truth.dealer("lonestar").grid, 0).text)
    graph = json.loads(document.css("script[type*=ld]::text").get() or "")["@graph"][0]
    assert len(graph["itemListElement"]) < len(document.css(".vehicle-grid__item"))
    assert graph["numberOfItems"] == 56


@pytest.mark.parametrize("day", [0, 6])
@pytest.mark.parametrize("key", OPEN)
def test_vehicle_pages_tell_the_truth_and_gone_cars_are_gone(key: str, day: int) -> None:
    truth, world = truth_and_world(day)
    gone = next(dealer.gone for dealer in DEALERS if dealer.key == key)
    for car in truth.of_dealer(key):
        page = fetch(world, car.url, day)
        if key in GUARDED:
            assert (page.status, car.page_answers) == (403, False)
            continue
        if key in SHARING:
            # One page answers for all of them.
            assert (page.status, car.title in page.text) == (200, car.page_answers)
            continue
        assert car.page_answers == (car.place != "gone")
        if car.place == "gone":
            expected = {"redirect": 302, "soft": 200}.get(gone) or int(gone)
            assert page.status == expected
            assert car.title not in page.text
            continue
        assert page.status == 200
        main = Selector(page.text).css("main").get() or ""
        text = " ".join(Selector(main).xpath("//text()").getall())
        assert car.title in text.replace("X Sold ", "")
        if car.vin:
            assert car.vin in text.upper()
        assert " ".join(car.description.split()) in " ".join(text.split())
        assert all(option in text for option in car.options)
        places = [page.text.find(photo.removeprefix(ORIGINS[key])) for photo in car.photos]
        assert -1 not in places
        assert places == sorted(places)
        assert not car.photos or 6 <= len(car.photos) <= 20


def test_a_dealer_behind_a_challenge_is_listed_on_classic_com_in_part() -> None:
    truth, world = truth_and_world(0)
    listed = truth.of_dealer("vaultline")
    assert listed
    seller = next(seller for seller in truth.sellers if seller.organization == "vaultline")
    profile = fetch(world, seller.url, 0).text
    for car in listed:
        page = fetch(world, car.url, 0)
        assert urlsplit(car.url).path in profile
        assert car.vin
        assert car.vin in page.text
        assert all(photo in page.text for photo in car.photos)


@pytest.mark.parametrize(("key", "day"), [place for place in FAULTS if place[0] != "classic"])
def test_days_that_are_not_honest_show_less_and_the_truth_says_so(key: str, day: int) -> None:
    truth, world = truth_and_world(day)
    dealer = truth.dealer(key)
    page = fetch(world, dealer.grid, day)
    if dealer.fault == "blocked":
        assert b"Just a moment" in page.body
        return
    found = set(dict(walk(world, dealer.grid, day)))
    shown = {car.url for car in truth.of_dealer(key) if car.place in ("grid", "sold_mark")}
    assert found < shown
    assert (dealer.fault == "empty") == (not found)
    # The pages of the cars that the grid hides still answer.
    assert all(fetch(world, url, day).status == 200 for url in shown - found)


def test_statuses_follow_the_days_of_absence() -> None:
    statuses: Counter[tuple[str, str]] = Counter()
    for day in range(12):
        truth, _ = truth_and_world(day)
        for car in truth.vehicles:
            if car.place in ("gone", "unlinked"):
                statuses[car.place, car.status] += 1
            elif car.place == "grid":
                assert car.status in ("in_stock", "pending")
            else:
                assert car.status == "sold"
    assert statuses["gone", "removed"] > 0
    assert statuses["gone", "sold"] > 0
    assert statuses["unlinked", "in_stock"] > statuses["unlinked", "removed"] > 0


def test_roster_tells_every_seller_in_both_layouts() -> None:
    truth, world = truth_and_world(0)
    base, found, layouts = ORIGINS["classic"], [], set()
    for page in range(1, world.classic.pages() + 1):
        document = Selector(fetch(world, f"{base}/data?filter=all&page={page}", 0).text)
        rows = document.css("tbody tr td:first-child a, a.group")
        layouts.add("table" if document.css("tbody") else "grid")
        for href in rows.css("::attr(href)").getall():
            path = urlsplit(href).path.rstrip("/") + "/"
            found.append(base + path)
        assert len(document.css(".promo a")) == 3
    assert set(found) == {seller.url for seller in truth.sellers}
    assert len(found) > len(set(found))
    assert layouts == {"table", "grid"}
    lowered = Counter(url.lower() for url in set(found))
    assert max(lowered.values()) == 2
    past = fetch(world, f"{base}/data?filter=all&page={world.classic.pages() + 1}", 0)
    assert b"No sellers found" in past.body


def test_profiles_show_what_the_truth_groups_them_by() -> None:
    truth, world = truth_and_world(0)
    for organization in truth.organizations:
        pages = [fetch(world, url, 0) for url in organization.members]
        assert all(page.status == 200 for page in pages)
        text = " ".join(page.text for page in pages)
        if organization.license:
            assert organization.license in text
    licenses = [o.license for o in truth.organizations if o.license]
    assert len(licenses) == len(set(licenses))
    assert len(truth.organizations) < len([s for s in truth.sellers if s.organization])


def test_one_sold_grid_tells_what_was_paid() -> None:
    truth, world = truth_and_world(0)
    dealer = truth.dealer("pemberton")
    assert dealer.sold_grid is not None
    tiles = dict(walk(world, dealer.sold_grid, 0))
    paid = [car for car in truth.of_dealer("pemberton") if car.price_kind == "sold"]
    assert paid
    assert all(f"Sold for £{car.price:,}" in tiles[car.url].text for car in paid)
