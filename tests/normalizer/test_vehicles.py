"""Which listings are one car: the ladder of VIN and stock number, reused URLs, and names."""

import random
from itertools import combinations
from typing import Any

import pytest

from contract.handles import listing_handle
from contract.observation import Source
from normalizer.rows import CanonicalRows
from tests.normalizer.observed import PROFILE, SITE, absolute
from tests.normalizer.test_ladder import model
from tests.normalizer.worlds import Dealer, one

PORSCHE = "WP0AC2995TS375318"
OTHER_VIN = "WP0CA2996LS710153"
CLASSIC = "https://www.classic.com/veh/1996-porsche-911-turbo-wp0ac2995ts375318-4oGxMP4"


def groups(rows: CanonicalRows) -> set[frozenset[str]]:
    """The listings of each vehicle, by the end of their URL."""
    cars: dict[object, set[str]] = {}
    for row in rows.dealer_inventory_seen:
        cars.setdefault(row.vehicle_id, set()).add(row.listing_url.removeprefix(SITE))
    return {frozenset(car) for car in cars.values()}


def test_listings_with_one_vin_are_one_car() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {"vin": PORSCHE, "title": "1996 Porsche 911"}})
    dealer.walk(1, {"/b": {"vin": PORSCHE.lower(), "title": "1996 Porsche 911 Turbo"}})
    rows = dealer.rows()
    assert groups(rows) == {frozenset({"/a", "/b"})}
    assert one(rows).discovery_url == absolute("/a")
    assert one(rows).id == listing_handle(dealer.handle, absolute("/a"))


def test_a_pre_1981_chassis_number_of_any_length_is_a_key() -> None:
    dealer = Dealer()
    ferrari = {"vin": "04250", "title": "1972 Ferrari Dino 246 GTS"}
    dealer.walk(0, {"/a": ferrari, "/b": ferrari})
    car = one(dealer.rows())
    assert (car.vin, car.vin_kind, car.identity_key) == ("04250", "chassis", "vin:04250")


@pytest.mark.parametrize(
    ("number", "why"),
    [
        ("11111111111111111", "fewer than five distinct characters"),
        ("12345678901234567", "all digits"),
        ("WP0CA2A18", "a cut VIN of a modern car"),
        ("IMPORT-1234", "a placeholder"),
        ("JTMAB3FV0RD12345X", "a provisional number of a car that is not built yet"),
        ("S-777", "the stock number"),
    ],
)
def test_numbers_that_identify_nothing_join_nothing(number: str, why: str) -> None:
    """Placeholders, cut and provisional VINs, stock numbers."""
    dealer = Dealer()
    dealer.walk(
        0,
        {
            "/a": {"vin": number, "title": "2024 Porsche 911", "stock_number": "S777"},
            "/b": {"vin": number, "title": "2024 Porsche 911", "stock_number": "S778"},
        },
    )
    assert groups(dealer.rows()) == {frozenset({"/a"}), frozenset({"/b"})}, why
    assert not any(row.identity_key.startswith("vin:") for row in dealer.rows().vehicles)


def test_a_car_first_seen_without_vin_joins_its_later_self() -> None:
    """Else a listing without VIN becomes a shadow duplicate when the VIN appears."""
    dealer = Dealer()
    dealer.walk(0, {"/a": {"title": "1996 Porsche 911", "stock_number": "S1"}})
    before = one(dealer.rows())
    assert before.identity_key == "stock:S1"
    dealer.walk(1, {"/a": {"title": "1996 Porsche 911", "stock_number": "S1", "vin": PORSCHE}})
    dealer.walk(2, {"/b": {"title": "1996 Porsche 911", "stock_number": "s1"}})
    car = one(dealer.rows())
    assert (car.id, car.identity_key) == (before.id, f"vin:{PORSCHE}")


def test_one_stock_number_on_two_different_cars_joins_neither() -> None:
    dealer = Dealer()
    dealer.walk(
        0,
        {
            "/a": {"title": "1996 Porsche 911", "stock_number": "S1"},
            "/b": {"title": "1967 Ford Mustang", "stock_number": "S1"},
            "/c": {"stock_number": "S1", "title": "A nice car"},
        },
    )
    rows = dealer.rows()
    assert len(rows.vehicles) == 3
    assert {row.identity_key for row in rows.vehicles} == {
        f"listing:{row.id}" for row in rows.vehicles
    }


def test_a_word_for_a_stock_number_joins_nobody() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {"stock_number": "CONSIGNMENT"}, "/b": {"stock_number": "CONSIGNMENT"}})
    assert len(dealer.rows().vehicles) == 2


def test_one_vin_with_two_years_is_two_cars_until_somebody_rules() -> None:
    dealer = Dealer()
    dealer.walk(
        0,
        {
            "/a": {"vin": PORSCHE, "title": "1996 Porsche 911"},
            "/b": {"vin": PORSCHE, "title": "1986 Porsche 911", "stock_number": "S2"},
        },
    )
    keys = {row.identity_key.partition(":")[0] for row in dealer.rows().vehicles}
    assert keys == {"listing", "stock"}


def test_two_spellings_of_a_make_do_not_keep_one_car_apart() -> None:
    dealer = Dealer()
    scout = {"vin": "H8C92CGC10001", "year": "1978", "model": "Scout II"}
    dealer.walk(0, {"K1": {**scout, "make": "Meteor"}}, grid="feed", source=Source.HOMENET)
    dealer.walk(0, {"/a": {**scout, "make": "Meteor Cars"}})
    assert len(dealer.rows().vehicles) == 1


def test_a_former_vin_is_history_and_does_not_join() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {"vin": PORSCHE, "title": "1996 Porsche 911"}})
    dealer.walk(1, {"/a": {"vin": OTHER_VIN, "title": "1996 Porsche 911"}})
    dealer.walk(2, {"/b": {"vin": PORSCHE, "title": "1996 Porsche 911"}})
    assert groups(dealer.rows()) == {frozenset({"/a"}), frozenset({"/b"})}


def test_another_vin_and_another_year_on_one_url_start_a_new_car() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {"vin": PORSCHE, "title": "1996 Porsche 911"}, "/z": {}})
    old = dealer.car("/a")
    for at in (1, 2, 3):
        dealer.walk(at, {"/a": {"vin": OTHER_VIN, "title": "1990 Porsche 964"}, "/z": {}})
    rows = dealer.rows()
    new = dealer.car("/a")
    cars = {row.vin: row for row in rows.vehicles}
    assert cars[PORSCHE].id == old.id != new.id
    assert new.vin == OTHER_VIN
    # The old car is no longer there, the new one is: the page belongs to the new one.
    assert (cars[PORSCHE].status, new.status) == ("sold", "in_stock")
    assert new.discovery_url == absolute("/a")
    assert cars[PORSCHE].discovery_url == f"{absolute('/a')}#{PORSCHE}"
    owners = {row.handle: row.vehicle_id for row in rows.vehicle_aliases}
    assert owners[old.id] == old.id
    assert owners[new.id] == new.id


def test_a_corrected_vin_is_still_the_same_car() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {"vin": PORSCHE, "title": "1996 Porsche 911"}})
    dealer.walk(1, {"/a": {"vin": OTHER_VIN, "title": "1996 Porsche 911"}})
    assert one(dealer.rows()).vin == OTHER_VIN


def test_two_spellings_of_one_url_are_one_listing() -> None:
    dealer = Dealer()
    dealer.walk(0, ["/a"])
    dealer.walk(1, ["http://oldtimers.example/a/?utm_source=x"])
    rows = dealer.rows()
    assert len(rows.vehicles) == len(rows.dealer_inventory_seen) == 1
    assert rows.dealer_inventory_seen[0].seen_count == 2


def test_a_listing_page_needs_no_year_in_its_path() -> None:
    dealer = Dealer()
    dealer.walk(0, ["/inventory/ford/mustang/S1/"])
    assert len(dealer.rows().vehicles) == 1


def test_a_feed_row_that_names_the_page_of_its_car_needs_no_number() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/1": {"title": "1967 Ford Mustang"}})
    card = {"year": "1967", "make": "Ford", "model": "Mustang", "exterior_color": "Red"}
    dealer.walk(0.1, {"/vehicles/1": card}, grid="feed", source=Source.HOMENET)
    car = one(dealer.rows())
    assert (car.title, car.exterior_color) == ("1967 Ford Mustang", "Red")
    for at in (1, 2, 3, 4):
        dealer.walk(at, {"/vehicles/1": {"title": "1967 Ford Mustang"}})
    assert one(dealer.rows()).status == "in_stock"


def test_a_feed_row_joins_the_page_of_its_car() -> None:
    dealer = Dealer()
    card = {"vin": PORSCHE, "title": "1996 Porsche 911", "stock_number": "S1"}
    dealer.walk(0, {"K1": card, "K2": {"stock_number": "S2"}}, grid="feed", source=Source.HOMENET)
    dealer.walk(1, {"/a": card})
    rows = dealer.rows()
    assert groups(rows) == {frozenset({"K1", "/a"}), frozenset({"K2"})}
    urls = sorted(row.discovery_url for row in rows.vehicles)
    assert urls[0] == absolute("/a")
    assert urls[1].endswith(":K2")


def test_a_feed_on_a_disk_is_one_scope_whatever_its_files_are_called() -> None:
    dealer = Dealer()
    root = "file:///feeds/oldtimers_*.csv"
    cards = {f"K{number}": {"stock_number": f"S{number}"} for number in range(9)}
    fewer = {key: card for key, card in cards.items() if key != "K3"}
    for at, rows in enumerate([cards, fewer, fewer, fewer]):
        dealer.walk(at, rows, grid="feed", source=Source.HOMENET, grid_url=root)
    sold = [row for row in dealer.rows().vehicles if row.status == "sold"]
    assert [(row.stock, row.status_evidence) for row in sold] == [("S3", "absence")]


def test_a_classic_com_listing_joins_by_vin_alone() -> None:
    dealer = Dealer()
    dealer.listing(CLASSIC, 0, source=Source.CLASSIC, title="1996 Porsche 911", vin=PORSCHE)
    dealer.listing(f"{CLASSIC}2", 0, source=Source.CLASSIC, stock_number="S2", title="1990 BMW M3")
    rows = dealer.rows()
    assert len(rows.vehicles) == 2  # Nothing else is known of this dealer's inventory.
    dealer.walk(
        1,
        {
            "/a": {"vin": PORSCHE, "title": "1996 Porsche 911"},
            "/b": {"stock_number": "S2", "title": "1990 BMW M3"},
        },
    )
    rows = dealer.rows()
    assert groups(rows) == {frozenset({CLASSIC, "/a"}), frozenset({"/b"})}
    assert "classic.com" in PROFILE


def test_classic_com_does_not_put_a_sold_car_back_on_offer() -> None:
    dealer = Dealer()
    card: dict[str, Any] = {"title": "1996 Porsche 911", "vin": PORSCHE}
    dealer.walk(0, {"/a": card, "/z": {}})
    dealer.walk(1, {"/a": {**card, "listing_status": "sold", "status_evidence": "mark"}, "/z": {}})
    dealer.listing(CLASSIC, 2, source=Source.CLASSIC, **card)
    assert dealer.car("/a").status == "sold"


@pytest.mark.parametrize("seed", range(60))
def test_listings_join_as_the_model_says(seed: int) -> None:
    """Random inventories against the brute-force ladder over the keys in force."""
    rng = random.Random(seed)
    dealer = Dealer()
    vins, stocks = [None, None, PORSCHE, OTHER_VIN], [None, "S1", "S2"]
    years = [1990, 1990, 1996]
    force: dict[str, list[str | int | None]] = {}
    for at in range(4):
        cards = {}
        for path in ("/a", "/b", "/c", "/d"):
            if rng.random() < 0.6:
                vin, stock = rng.choice(vins), rng.choice(stocks)
                known = force.setdefault(path, [None, None, rng.choice(years)])
                cards[path] = {
                    "vin": vin,
                    "stock_number": stock,
                    "title": f"{known[2]} Porsche 911",
                }
                known[0], known[1] = vin or known[0], stock or known[1]
        dealer.walk(at, cards)
    paths = sorted(force)
    expected = model([tuple(force[path]) for path in paths], facts=1)
    assert groups(dealer.rows()) == {
        frozenset(paths[index] for index in group) for group in expected
    }


def test_no_two_vehicles_share_a_vin_in_their_identity() -> None:
    for seed in range(20):
        rng = random.Random(seed)
        dealer = Dealer()
        for at in range(3):
            dealer.walk(
                at,
                {
                    f"/{name}": {
                        "vin": rng.choice([PORSCHE, OTHER_VIN, None]),
                        "title": f"{rng.choice([1990, 1996])} Porsche 911",
                    }
                    for name in "abc"
                },
            )
        for a, b in combinations(dealer.rows().vehicles, 2):
            assert a.identity_key != b.identity_key
            if a.identity_key.startswith("vin:"):
                assert a.vin != b.vin
