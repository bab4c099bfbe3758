"""What vehicle pages tell sold tracking: marks that stand while their tile does, sightings off the
grid, and pages that are gone."""

import random
from collections.abc import Sequence
from typing import Any

import pytest

from contract.observation import Source
from normalizer.rulebook import rulebook
from tests.normalizer.observed import absolute, day
from tests.normalizer.worlds import Dealer

CARS = ["/vehicles/1", "/vehicles/2", "/vehicles/3", "/vehicles/4"]
OTHERS = CARS[1:]
UNTOUCHED: dict[str, dict[str, Any]] = {path: {} for path in OTHERS}
VIN: dict[str, Any] = {"vin": "WP0AC2995TS375318"}
SOLD: dict[str, Any] = {"listing_status": "sold", "status_evidence": "mark"}
RULES = rulebook().sold


def stocked(days: Sequence[float] = (0,)) -> Dealer:
    dealer = Dealer()
    for at in days:
        dealer.walk(at, CARS)
    return dealer


def history(dealer: Dealer, path: str = "/vehicles/1") -> list[tuple[str, float]]:
    rows = dealer.rows()
    seen = {row.listing_url: row.vehicle_id for row in rows.dealer_inventory_seen}
    return [
        (str(row.detail["to"]), (row.happened_at - day(0)).total_seconds() / 86_400)
        for row in rows.vehicle_events
        if row.vehicle_id == seen[absolute(path)] and row.event != "price_changed"
    ]


def test_a_sold_page_sells_its_car_and_an_unmarked_tile_does_not_bring_it_back() -> None:
    """The tile stays unmarked for days, and the page is not read again."""
    dealer = stocked([0, 1, 2])
    dealer.page("/vehicles/1", 2.5, page_status="sold")
    for at in range(3, 12):
        dealer.walk(at, CARS)
    car = dealer.car("/vehicles/1")
    assert (car.status, car.status_evidence, car.sold_at) == ("sold", "mark", day(2.5))
    assert history(dealer) == [("in_stock", 0), ("sold", 2.5)]
    assert history(dealer, "/vehicles/2") == [("in_stock", 0)]


@pytest.mark.parametrize("says", ["in_stock", "unknown"])
def test_a_page_that_no_longer_says_sold_gives_the_word_back_to_the_tile(says: str) -> None:
    dealer = stocked([0])
    dealer.page("/vehicles/1", 0.5, page_status="sold")
    dealer.walk(1, CARS)
    dealer.page("/vehicles/1", 1.5, page_status=says)
    # The page alone is no evidence against a mark.
    assert dealer.car("/vehicles/1").status == "sold"
    dealer.walk(2, CARS)
    assert history(dealer) == [("in_stock", 0), ("sold", 0.5), ("in_stock", 2)]


def test_a_car_that_left_its_grid_and_came_back_is_in_stock_again() -> None:
    dealer = stocked([0])
    dealer.page("/vehicles/1", 0.5, page_status="sold")
    dealer.walk(1, OTHERS)
    dealer.walk(2, CARS)
    assert history(dealer) == [("in_stock", 0), ("sold", 0.5), ("in_stock", 2)]
    # Read again, the page says so again, and the tile has not moved since.
    dealer.page("/vehicles/1", 2.5, page_status="sold")
    dealer.walk(3, CARS)
    assert dealer.car("/vehicles/1").status == "sold"


def test_a_walk_that_proves_no_absence_does_not_break_the_tiles_run() -> None:
    dealer = stocked([0])
    dealer.page("/vehicles/1", 0.5, page_status="sold")
    dealer.walk(1, OTHERS, complete=False)
    dealer.walk(2, CARS)
    assert history(dealer) == [("in_stock", 0), ("sold", 0.5)]


def test_a_changed_tile_brings_the_car_back_until_its_page_is_read_again() -> None:
    dealer = stocked([0])
    dealer.page("/vehicles/1", 0.5, page_status="sold")
    dealer.walk(1, {"/vehicles/1": {"price": "$49,000"}, **UNTOUCHED})
    assert dealer.car("/vehicles/1").status == "in_stock"
    dealer.page("/vehicles/1", 1.5, page_status="sold")
    for at in (2, 3):
        dealer.walk(at, {"/vehicles/1": {"price": "$49,000"}, **UNTOUCHED})
    assert history(dealer) == [("in_stock", 0), ("sold", 0.5), ("in_stock", 1), ("sold", 1.5)]


@pytest.mark.parametrize("says", ["in_stock", "unknown"])
@pytest.mark.parametrize("grid", ["current", "sold"])
def test_a_page_that_shows_no_mark_is_no_evidence_against_a_sale(says: str, grid: str) -> None:
    """Dealers leave "InStock" in the structured data of cars that are long sold."""
    dealer = stocked([0])
    marked = SOLD if grid == "current" else {}
    cards = {"/vehicles/1": marked, **(UNTOUCHED if grid == "current" else {})}
    if grid == "sold":
        dealer.walk(1, OTHERS)
    dealer.walk(1, cards, grid=grid)
    dealer.page("/vehicles/1", 1.5, page_status=says)
    assert dealer.car("/vehicles/1").status == "sold"
    assert [status for status, _ in history(dealer)] == ["in_stock", "sold"]


def test_a_relisted_car_is_not_sold_by_the_page_of_its_old_listing() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/1": VIN, "/vehicles/2": {}})
    dealer.page("/vehicles/1", 1, page_status="sold", **VIN)
    dealer.walk(2, {"/vehicles/9": VIN, "/vehicles/2": {}})
    for at in range(3, 7):
        dealer.page("/vehicles/1", at, page_status="sold", **VIN)
        dealer.walk(at + 0.5, {"/vehicles/9": VIN, "/vehicles/2": {}})
    assert history(dealer, "/vehicles/9") == [("in_stock", 0), ("sold", 1), ("in_stock", 2)]


def test_two_listings_of_a_sold_car_do_not_take_turns() -> None:
    """The page of one says so; the tile of the other stands unmarked since before."""
    dealer = Dealer()
    for at in range(8):
        dealer.walk(at, {"/vehicles/1": VIN, "/vehicles/9": VIN, "/vehicles/2": {}})
        if at >= 2:
            dealer.page("/vehicles/1", at + 0.5, page_status="sold", **VIN)
    assert history(dealer) == [("in_stock", 0), ("sold", 2.5)]


def test_a_pending_page_sets_the_car_pending_while_its_tile_stands() -> None:
    dealer = stocked([0])
    dealer.page("/vehicles/1", 0.5, page_status="pending")
    for at in range(1, 4):
        dealer.walk(at, CARS)
    assert dealer.car("/vehicles/1").status == "pending"
    dealer.page("/vehicles/1", 3.5, page_status="in_stock")
    dealer.walk(4, CARS)
    assert history(dealer) == [("in_stock", 0), ("pending", 0.5), ("in_stock", 4)]


def test_a_pending_page_brings_no_sold_car_back() -> None:
    dealer = stocked([0])
    dealer.walk(1, {"/vehicles/1": SOLD, **UNTOUCHED})
    dealer.page("/vehicles/1", 1.5, page_status="pending")
    assert dealer.car("/vehicles/1").status == "sold"


def test_a_page_that_answers_is_a_sighting_off_the_grid() -> None:
    dealer = stocked([0])
    dealer.walk(1, OTHERS)
    dealer.walk(2, OTHERS)
    dealer.page("/vehicles/1", 2.5, page_status="unknown")
    dealer.walk(3, OTHERS)
    dealer.walk(4, OTHERS)
    # Two misses, a sighting, two misses: never three in a row.
    assert dealer.car("/vehicles/1").status == "in_stock"
    dealer.walk(5, OTHERS)
    car = dealer.car("/vehicles/1")
    assert (car.status, car.status_evidence, car.sold_at) == ("sold", "absence", day(3))


@pytest.mark.parametrize("same_instant", [True, False])
def test_a_page_that_answers_for_ever_keeps_no_ghost_in_stock(same_instant: bool) -> None:
    """Off its grid, page alive: no longer offered after `delisted_after` walks, and never sold."""
    dealer = stocked([0])
    for at in range(1, RULES.delisted_after + 4):
        dealer.page("/vehicles/1", at - (0 if same_instant else 0.5), page_status="in_stock")
        dealer.walk(at, OTHERS)
    car = dealer.car("/vehicles/1")
    assert (car.status, car.status_evidence) == ("removed", "delisted")
    assert [status for status, _ in history(dealer)] == ["in_stock", "removed"]


def test_a_page_that_answers_undoes_a_sale_that_absence_told() -> None:
    dealer = stocked([0])
    for at in (1, 2, 3):
        dealer.walk(at, OTHERS)
    assert dealer.car("/vehicles/1").status == "sold"
    dealer.page("/vehicles/1", 3.5, page_status="in_stock")
    car = dealer.car("/vehicles/1")
    assert (car.status, car.status_evidence, car.sold_at) == ("in_stock", "alive", None)


def test_a_page_that_is_gone_removes_a_car_that_its_grid_no_longer_shows() -> None:
    dealer = stocked([0])
    dealer.walk(1, OTHERS)
    sibling = dealer.page("/vehicles/2", 1.5, manifest=False)
    dealer.run(1.5, sibling, gone=["/vehicles/1"])
    car = dealer.car("/vehicles/1")
    assert (car.status, car.status_evidence) == ("removed", "gone")
    for at in (2, 3):
        dealer.walk(at, OTHERS)
    car = dealer.car("/vehicles/1")
    assert (car.status, car.status_evidence, car.sold_at) == ("sold", "absence", day(1))


def test_a_gone_page_is_evidence_even_when_the_walk_is_in_quarantine() -> None:
    dealer = stocked([0])
    dealer.walk(1, OTHERS, complete=False)
    sibling = dealer.page("/vehicles/2", 1.5, manifest=False)
    dealer.run(1.5, sibling, gone=["/vehicles/1"])
    assert dealer.car("/vehicles/1").status_evidence == "gone"


@pytest.mark.parametrize("siblings", ["none", "blocked", "gone", "another site's"])
def test_a_page_is_gone_only_while_its_siblings_answer(siblings: str) -> None:
    """A site that is down, moved or closed answers 404 to everything."""
    dealer = stocked([0])
    dealer.walk(1, OTHERS, complete=False)
    gone = ["/vehicles/1"]
    blocked: list[str] = []
    read = []
    if siblings == "blocked":
        blocked = ["/vehicles/2", "/vehicles/3"]
    elif siblings == "gone":
        gone = CARS
    elif siblings == "another site's":
        read = [dealer.page("https://www.classic.com/veh/1", 1.5, manifest=False)]
    dealer.run(1.5, *read, gone=gone, blocked=blocked)
    assert {car.status for car in dealer.rows().vehicles} == {"in_stock"}


def test_a_broken_page_removes_no_car_that_its_grid_still_shows() -> None:
    dealer = stocked([0])
    for at in range(4):
        dealer.walk(at, CARS)
        sibling = dealer.page("/vehicles/2", at + 0.2, manifest=False)
        dealer.run(at + 0.2, sibling, gone=["/vehicles/1"])
    assert history(dealer) == [("in_stock", 0)]


def test_blocked_and_failed_pages_change_nothing() -> None:
    dealer = stocked([0, 1])
    before = dealer.rows()
    dealer.run(1.5, blocked=CARS, failed=CARS)
    assert dealer.rows() == before


@pytest.mark.parametrize("seed", range(25))
def test_no_run_over_vehicle_pages_sells_a_car_that_nobody_said_was_sold(seed: int) -> None:
    """Pages that answer without a mark, fail, are blocked, or vanish one by one: on full grids
    every car stays in stock, whatever the runs met."""
    rng = random.Random(seed)
    dealer = Dealer()
    for at in range(10):
        dealer.walk(at, CARS)
        read = [
            dealer.page(path, at + 0.3, manifest=False, page_status=rng.choice(["in_stock", "unknown"]))
            for path in rng.sample(CARS, k=rng.randint(0, 4))
        ]  # fmt: skip
        dealer.run(
            at + 0.3,
            *read,
            gone=rng.sample(CARS, k=rng.randint(0, 2)),
            blocked=rng.sample(CARS, k=rng.randint(0, 2)),
        )
    assert {car.status for car in dealer.rows().vehicles} == {"in_stock"}


def test_a_marketplaces_page_does_not_decide_what_the_own_site_shows() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/1": VIN, "/vehicles/2": {}})
    page = "https://www.classic.com/veh/1967-ford-mustang-Ab12/"
    dealer.page(page, 0.5, source=Source.CLASSIC, page_status="sold", **VIN)
    assert dealer.car("/vehicles/1").status == "in_stock"
