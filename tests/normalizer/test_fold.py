"""The fold as a function of the set of observations, and the rows it makes."""

import random
from decimal import Decimal
from itertools import permutations
from typing import Any
from uuid import UUID

import pytest

from contract.handles import listing_handle, organization_handle
from contract.observation import Source
from contract.urls import url_identity
from normalizer.evidence import Evidence
from normalizer.fold import fold_organization
from normalizer.rows import CanonicalRows
from tests.normalizer.observed import (
    GRID,
    PROFILE,
    SITE,
    SOLD_GRID,
    day,
    found,
    profile,
    suppressed,
)
from tests.normalizer.worlds import Dealer, one

OTHER_PROFILE = "https://www.classic.com/s/oldtimers-inc-Zz98Yy7/"
PATHS = ["/vehicles/1", "/vehicles/2", "/vehicles/3", "http://oldtimers.example/vehicles/1/"]
VINS = [
    None,
    None,
    "WP0AC2995TS375318",
    "WP0CA2A18KS210523",
    "IMPORT-1234",
    "4250",
    "11111111111111111",
]
TITLES = ["1967 Ford Mustang", "1996 Porsche 911 Turbo", "Ford Mustang", None]


def world(seed: int) -> Dealer:
    """A few walks of one dealer by two handles, a feed, loose sightings, runs over vehicle pages,
    pictures and points, and a second profile."""
    rng = random.Random(seed)
    dealer = Dealer()
    other = organization_handle("classic.com", OTHER_PROFILE)
    times = [rng.randrange(6) for _ in range(rng.randint(3, 6))] if seed % 2 else list(range(6))
    dealer.evidence.append(
        profile(OTHER_PROFILE, at=rng.randrange(3), website=found(SITE), phone=found("555"))
    )
    for at in times:
        kind = rng.choice(["current", "current", "sold", "feed", "loose"])
        handle = rng.choice([dealer.handle, dealer.handle, other])
        cards: dict[str, dict[str, Any]] = {
            path: {
                "title": rng.choice(TITLES),
                "vin": rng.choice(VINS),
                "stock_number": rng.choice([None, "S1", "S2"]),
                "price": rng.choice(["$10,000", "$12,000", "Call", "Sold for $9,000", None]),
                "status_words": rng.choice([(), (), ("Sale Pending",)]),
                **(
                    {"listing_status": "sold", "status_evidence": "mark"}
                    if rng.random() < 0.15
                    else {}
                ),
            }
            for path in PATHS
            if rng.random() < 0.6
        }
        missing = [path for path in PATHS if path not in cards]
        probed: dict[str, Any] = {
            name: [p for p in missing if rng.random() < 0.2] for name in ("gone", "alive")
        }
        if kind == "loose":
            for path, fields in cards.items():
                dealer.listing(path, at, handle=handle, **fields)
        else:
            dealer.walk(
                at,
                cards,
                grid=kind,
                source=Source.HOMENET if kind == "feed" else Source.DEALER_SITE,
                complete=rng.random() < 0.8,
                handle=handle,
                **(probed if kind == "current" else {}),
            )
        if rng.random() < 0.6:
            visit(dealer, rng, at + rng.choice((0, 0, 0.3)), rng.choice([dealer.handle, other]))
    return dealer


def visit(dealer: Dealer, rng: random.Random, at: float, handle: UUID) -> None:
    """A run over vehicle pages, with what became of pictures and of the address."""
    read = []
    for path in rng.sample(PATHS, k=rng.randint(0, len(PATHS))):
        fields: dict[str, Any] = {
            "title": rng.choice(TITLES),
            "vin": rng.choice(VINS),
            "price": rng.choice(["$10,000", "$11,500", "Sold for $9,000", None]),
            "page_status": rng.choice(["in_stock", "unknown", "sold", "pending"]),
            "image_urls": tuple(f"{SITE}/photos/{n}.jpg" for n in range(rng.randint(0, 3))),
            "description": rng.choice([None, "A long story."]),
        }
        source = rng.choice([Source.DEALER_SITE, Source.DEALER_SITE, Source.CLASSIC])
        read.append(dealer.page(path, at, source=source, handle=handle, manifest=False, **fields))
    if rng.random() < 0.8:
        others = {name: rng.sample(PATHS, k=rng.randint(0, 2)) for name in ("gone", "blocked")}
        dealer.run(at, *read, **others)
    if rng.random() < 0.5:
        url = f"{SITE}/photos/{rng.randint(0, 2)}.jpg"
        content = rng.choice(["one", "two"])
        outcome = rng.choice(["stored", "stored", "refused", "failed"])
        dealer.fetch(url, at, outcome=outcome, content=content, handle=handle)
    if rng.random() < 0.3:
        key = rng.choice(["|franklin|tn||us", "|nashville|tn||us"])
        dealer.geocode(key, at, 35.9, -86.8, precision=rng.choice(["rooftop", "city"]))


@pytest.mark.parametrize("seed", range(60))
def test_suppressing_equal_payloads_changes_no_row(seed: int) -> None:
    dealer = world(seed)
    kept = suppressed(dealer.evidence)
    assert dealer.rows(kept) == dealer.rows()


@pytest.mark.parametrize("seed", range(30))
def test_order_and_duplicates_change_no_row(seed: int) -> None:
    dealer, rng = world(seed), random.Random(seed)
    expected = dealer.rows()
    for _ in range(4):
        twice = dealer.evidence + rng.sample(dealer.evidence, len(dealer.evidence) // 2)
        assert dealer.rows(rng.sample(twice, len(twice))) == expected


@pytest.mark.parametrize("seed", range(30))
def test_every_part_of_a_world_folds(seed: int) -> None:
    """A drain sees observations in any order, so any subset may be all that is known yet."""
    dealer, rng = world(seed), random.Random(seed)
    organization = dealer.organization
    for _ in range(10):
        part = rng.sample(dealer.evidence, rng.randint(0, len(dealer.evidence)))
        rows = fold_organization(organization, part)
        constraints(rows)
        assert fold_organization(organization, suppressed(part)) == rows


def test_every_arrival_order_of_a_small_world_ends_alike() -> None:
    dealer = Dealer()
    dealer.evidence.clear()
    dealer.evidence.append(profile(website=found(SITE)))
    dealer.listing("/vehicles/1", 0, title="1967 Ford Mustang", price="$10")
    dealer.listing("/vehicles/1", 1, title="1967 Ford Mustang", price="$20,000")
    dealer.listing("/vehicles/1", 2, title="1967 Ford Mustang", price="$10")
    dealer.walk(3, ["/vehicles/1"])
    results = [dealer.rows(order) for order in permutations(dealer.evidence)]
    assert all(result == results[0] for result in results)


def constraints(rows: CanonicalRows) -> None:
    """What the schema demands of the rows (store/schema.sql)."""
    ids = {row.id for row in rows.vehicles}
    assert len(ids) == len(rows.vehicles)
    assert len({row.identity_key for row in rows.vehicles}) == len(ids)
    assert len({row.discovery_url for row in rows.vehicles}) == len(ids)
    assert len({row.handle for row in rows.vehicle_aliases}) == len(rows.vehicle_aliases)
    assert {row.vehicle_id for row in rows.vehicle_aliases} == ids
    assert {row.handle: row.vehicle_id for row in rows.vehicle_aliases if row.handle in ids} == {
        key: key for key in ids
    }
    sources = [(r.vehicle_id, r.source, r.kind, r.listing) for r in rows.vehicle_sources]
    assert len(set(sources)) == len(sources)
    seen = [row.listing_url for row in rows.dealer_inventory_seen]
    assert len(set(seen)) == len(seen)
    for row in rows.vehicles:
        assert row.last_seen_at >= row.first_seen_at
        assert row.price is None or row.currency
        assert (row.mileage is None) == (row.mileage_unit is None)
        assert row.sold_at is None or row.status == "sold"
        assert row.content_changed_at >= row.first_seen_at
        cited = {"title", "year", "make", "vin", "stock", "price"} & set(row.provenance)
        assert all(getattr(row, column) is not None or column == "price" for column in cited)
    for walk in rows.inventory_walks:
        assert (walk.verdict == "quarantined") == (walk.reason is not None)
    for car in rows.dealer_inventory:
        assert car.sale_price is None or car.status == "sold"
    for vehicle in ids:
        events = [row for row in rows.vehicle_events if row.vehicle_id == vehicle]
        assert [row.position for row in events] == list(range(len(events)))
        assert [row.happened_at for row in events] == sorted(row.happened_at for row in events)
        assert events[0].event in ("listed", "sold")
        # The last status event tells the status.
        status = [row.detail["to"] for row in events if row.event != "price_changed"][-1]
        assert status == next(row.status for row in rows.vehicles if row.id == vehicle)


@pytest.mark.parametrize("seed", range(80))
def test_rows_obey_the_schema(seed: int) -> None:
    constraints(world(seed).rows())


def test_rows_are_plain_values() -> None:
    rows = world(3).rows()
    for row in rows.vehicle_sources + rows.inventory_walks:
        assert type(row.source) is str


def test_a_car_gets_one_row_in_every_table() -> None:
    dealer = Dealer()
    fields: dict[str, Any] = {
        "title": "1967 Ford Mustang Fastback",
        "price": "$54,900",
        "vin": "7R02C123456",
        "stock_number": "#S1",
        "mileage": "12,345",
        "exterior_color": "GREEN",
        "image_urls": (f"{SITE}/photos/1.jpg", f"{SITE}/photos/2.jpg"),
    }
    dealer.walk(0, {"/vehicles/1": fields})
    rows = dealer.rows()
    car = one(rows)
    handle = listing_handle(dealer.handle, f"{SITE}/vehicles/1")
    assert car.id == handle
    assert car.identity_key == "vin:7R02C123456"
    assert car.discovery_url == f"{SITE}/vehicles/1"
    assert (car.year, car.make, car.model) == (1967, "Ford", "Mustang")
    assert (car.price, car.currency, car.price_kind) == (Decimal(54900), "USD", "asking")
    assert (car.mileage, car.mileage_unit, car.exterior_color) == (12345, "mi", "Green")
    assert (car.stock, car.vin_kind) == ("S1", "chassis")
    assert (car.status, car.status_evidence) == ("in_stock", "current_grid")
    assert [image.is_primary for image in rows.vehicle_images] == [True, False]
    (relation,) = rows.organization_vehicles
    assert (relation.relationship_type, relation.status) == ("consigner", "active")
    (seen,) = rows.dealer_inventory_seen
    assert (seen.seen_count, seen.grid_url, seen.missed_runs) == (1, GRID, 0)
    (offer,) = rows.dealer_inventory
    assert (offer.asking_price, offer.sale_price, offer.currency) == (Decimal(54900), None, "USD")


def test_seen_count_grows_with_every_walk_even_when_nothing_changed() -> None:
    """Sightings are counted in manifests, never in rows."""
    dealer = Dealer()
    for at in range(5):
        dealer.walk(at, {"/vehicles/1": {"title": "1967 Ford Mustang"}})
    (seen,) = dealer.rows(suppressed(dealer.evidence)).dealer_inventory_seen
    assert (seen.seen_count, seen.first_seen_at, seen.last_seen_at) == (5, day(0), day(4))


def test_in_stock_to_sold_is_always_processed() -> None:
    """An upsert that keeps the old status never sees the sale."""
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/1": {"price": "$10,000", "title": "1967 Ford Mustang"}})
    dealer.walk(1, {"/vehicles/1": {"listing_status": "sold", "status_evidence": "mark"}})
    rows = dealer.rows()
    assert (one(rows).status, one(rows).sold_at) == ("sold", day(1))
    (relation,) = rows.organization_vehicles
    assert (relation.relationship_type, relation.status, relation.listing_status) == (
        "sold_by",
        "sold",
        "sold",
    )


def test_a_null_never_overwrites_a_known_number() -> None:
    """Later sightings without a VIN do not erase it."""
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/1": {"vin": "WP0AC2995TS375318", "stock_number": "S1"}})
    dealer.walk(1, {"/vehicles/1": {"title": "1996 Porsche 911"}})
    car = one(dealer.rows())
    assert (car.vin, car.stock) == ("WP0AC2995TS375318", "S1")


def test_one_pair_has_one_relation_and_only_allowed_words() -> None:
    """Two relations would break the key, and a clean-up might delete the good one."""
    for seed in range(30):
        rows = world(seed).rows()
        pairs = [(r.organization_id, r.vehicle_id) for r in rows.organization_vehicles]
        assert len(set(pairs)) == len(pairs) == len(rows.vehicles)
        for relation in rows.organization_vehicles:
            assert relation.relationship_type in ("consigner", "sold_by")
            assert (relation.relationship_type == "sold_by") == (relation.status == "sold")
            assert (relation.status == "active") == (relation.listing_status == "for_sale")


def test_listings_of_another_organization_leave_no_trace() -> None:
    dealer = Dealer()
    dealer.walk(0, ["/vehicles/1", "/vehicles/2"])
    rows = dealer.rows(not_ours=frozenset([url_identity(f"{SITE}/vehicles/2")]))
    assert one(rows).discovery_url == f"{SITE}/vehicles/1"
    assert len(rows.vehicle_aliases) == len(rows.dealer_inventory_seen) == 1


def test_all_stamped_handles_resolve_to_the_vehicle() -> None:
    dealer = Dealer()
    other = organization_handle("classic.com", OTHER_PROFILE)
    dealer.evidence.append(profile(OTHER_PROFILE, at=1, website=found(SITE)))
    dealer.walk(0, {"/vehicles/1": {"vin": "WP0AC2995TS375318"}}, handle=other)
    dealer.walk(1, {"/vehicles/1": {"vin": "WP0AC2995TS375318"}})
    rows = dealer.rows()
    assert one(rows).id == listing_handle(other, f"{SITE}/vehicles/1")
    assert {row.handle for row in rows.vehicle_aliases} == {
        listing_handle(handle, f"{SITE}/vehicles/1") for handle in (other, dealer.handle)
    }


def test_price_history_and_sale_make_ordered_events() -> None:
    dealer = Dealer()
    card = {"title": "1967 Ford Mustang"}
    dealer.walk(0, {"/vehicles/1": {**card, "price": "$20,000"}})
    changed = dealer.walk(1, {"/vehicles/1": {**card, "price": "$18,000"}})
    pending = dealer.walk(
        2, {"/vehicles/1": {**card, "price": "$18,000", "status_words": ("Sale Pending",)}}
    )
    sold = dealer.walk(3, {"/vehicles/1": card}, grid="sold")
    back = dealer.walk(4, {"/vehicles/1": {**card, "price": "$19,500"}})
    rows = dealer.rows()
    assert [(row.event, row.happened_at) for row in rows.vehicle_events] == [
        ("listed", day(0)),
        ("price_changed", day(1)),
        ("status_changed", day(2)),
        ("sold", day(3)),
        ("relisted", day(4)),
        ("price_changed", day(4)),
    ]
    assert rows.vehicle_events[1].detail == {"from": "20000 USD", "to": "18000 USD"}
    keys = [row.observation_key for row in rows.vehicle_events]
    assert keys[2:5] == [pending.key, sold.key, back.key]
    assert keys[1] != changed.key  # A price is cited from the card, not from the manifest.
    assert one(rows).sold_at is None


def test_a_price_told_with_its_listing_is_no_change() -> None:
    dealer = Dealer()
    card = {"title": "1967 Ford Mustang"}
    dealer.walk(0, {"/vehicles/1": card}, grid="sold")
    dealer.walk(1, {"/vehicles/1": {**card, "price": "$20,000"}})
    dealer.walk(2, {"/vehicles/1": {**card, "price": "Call for price"}})
    dealer.walk(3, {"/vehicles/1": {**card, "price": "Inquire"}})
    events = dealer.rows().vehicle_events
    assert [row.event for row in events] == ["sold", "relisted", "price_changed"]
    assert events[1].detail["price"] == "20000 USD"
    assert events[2].detail == {"from": "20000 USD", "to": None}


@pytest.mark.parametrize("apart", [0, 0.2])
def test_an_archive_that_keeps_an_offered_car_changes_nothing_from_day_to_day(apart: float) -> None:
    dealer = Dealer()
    card = {"title": "1967 Ford Mustang"}
    dealer.walk(0, {"/vehicles/1": {**card, "price": "SOLD"}}, grid="sold")
    for at in range(1, 6):
        dealer.walk(at, {"/vehicles/1": {**card, "price": "$20,000", "engine": "V8"}})
        dealer.walk(at + apart, {"/vehicles/1": {**card, "price": "$18,000"}}, grid="sold")
        rows = dealer.rows()
        car = one(rows)
        assert (car.status, car.price, car.engine) == ("in_stock", Decimal(20000), "V8")
        assert car.content_changed_at == day(1)
        assert [row.event for row in rows.vehicle_events] == ["sold", "relisted"]
    dealer.walk(7, {"/vehicles/1": {**card, "listing_status": "sold", "status_evidence": "mark"}})
    car = one(dealer.rows())
    assert (car.status, car.price, car.engine) == ("sold", None, None)


def test_content_changed_at_moves_with_content_alone() -> None:
    dealer = Dealer()
    for at in range(3):
        dealer.walk(at, {"/vehicles/1": {"title": "1967 Ford Mustang"}})
    assert one(dealer.rows()).content_changed_at == day(0)
    dealer.walk(3, {"/vehicles/1": {"title": "1967 Ford Mustang GT"}})
    assert one(dealer.rows()).content_changed_at == day(3)
    dealer.walk(4, {"/vehicles/1": {"title": "1967 Ford Mustang"}})
    dealer.walk(5, {"/vehicles/1": {"title": "1967 Ford Mustang"}})
    assert one(dealer.rows(suppressed(dealer.evidence))).content_changed_at == day(4)


def test_an_organization_without_a_profile_has_vehicles_but_no_row_yet() -> None:
    dealer = Dealer()
    dealer.walk(0, ["/vehicles/1"])
    listings: list[Evidence] = dealer.evidence[1:]
    rows = dealer.rows(listings)
    assert rows.businesses == ()
    assert one(rows).dealer_id == dealer.handle


def test_no_evidence_makes_no_rows() -> None:
    assert Dealer().rows([]) == CanonicalRows()


def test_the_sold_grid_is_kept_as_the_listing_page_only_when_nothing_else_is_known() -> None:
    dealer = Dealer()
    dealer.walk(0, ["/vehicles/1"], grid="sold")
    (seen,) = dealer.rows().dealer_inventory_seen
    assert seen.grid_url == SOLD_GRID
    dealer.walk(1, ["/vehicles/1"])
    (seen,) = dealer.rows().dealer_inventory_seen
    assert seen.grid_url == GRID
    assert PROFILE in dealer.rows().businesses[0].profile_urls
