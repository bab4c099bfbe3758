"""Sold tracking by what is missed: when absence sells a car, removes it, or proves nothing."""

from dataclasses import replace
from typing import Any

import pytest

from contract.observation import Source
from normalizer.rulebook import rulebook
from tests.normalizer.lot import CAR, FEED, OTHERS, feed_rows, status, stocked, verdicts
from tests.normalizer.observed import GRID, day
from tests.normalizer.worlds import Dealer


def test_three_complete_walks_without_the_car_sell_it() -> None:
    """The sale is dated to the first of the misses."""
    dealer = stocked()
    for at in (1, 2):
        dealer.walk(at, OTHERS)
        assert status(dealer)[0] == "in_stock"
    dealer.walk(3, OTHERS)
    assert status(dealer) == ("sold", "absence")
    assert dealer.car(CAR).sold_at == day(1)


@pytest.mark.parametrize("runs", [1, 2, 5])
def test_the_number_of_misses_is_data(runs: int) -> None:
    standing = rulebook()
    sold = standing.sold.model_copy(update={"missed_runs": runs})
    dealer = stocked()
    for at in range(1, runs + 1):
        dealer.walk(at, OTHERS)
    rows = dealer.rows(policy=replace(standing, sold=sold))
    (car,) = [row for row in rows.vehicles if row.discovery_url.endswith("/1")]
    assert (car.status, car.sold_at) == ("sold", day(1))


def test_the_misses_must_be_in_a_row() -> None:
    dealer = stocked()
    for at in (1, 2, 4, 5):
        dealer.walk(at, OTHERS)
    dealer.walk(3, [CAR, *OTHERS])
    assert status(dealer)[0] == "in_stock"


def test_misses_within_twenty_hours_count_once() -> None:
    dealer = stocked()
    for at in (1, 1.2, 1.4, 1.6, 1.8):
        dealer.walk(at, OTHERS)
    (seen,) = [row for row in dealer.rows().dealer_inventory_seen if row.listing_url.endswith("/1")]
    assert (status(dealer)[0], seen.missed_runs) == ("in_stock", 1)
    dealer.walk(2, OTHERS)
    dealer.walk(3, OTHERS)
    assert status(dealer) == ("sold", "absence")


def test_a_gone_page_removes_at_once_and_sells_with_two_more_misses() -> None:
    dealer = stocked()
    dealer.walk(1, OTHERS, gone=[CAR])
    car = dealer.car(CAR)
    assert (car.status, car.status_evidence, car.sold_at) == ("removed", "gone", None)
    (offer,) = [row for row in dealer.rows().dealer_inventory if row.vehicle_id == car.id]
    assert offer.removed_at == day(1)
    dealer.walk(2, OTHERS)
    assert status(dealer)[0] == "removed"
    dealer.walk(3, OTHERS)
    assert (status(dealer), dealer.car(CAR).sold_at) == (("sold", "absence"), day(1))


def test_gone_counts_even_under_quarantine() -> None:
    dealer = stocked()
    for at in (1, 2, 3):
        dealer.walk(at, OTHERS, complete=False, gone=[CAR])
    assert status(dealer) == ("sold", "absence")
    assert status(dealer, OTHERS[0])[0] == "in_stock"


def test_the_evidence_is_what_offers_the_car_now() -> None:
    """A page that is read before the first walk of its grid, a car off its grid, and back on it."""
    dealer = Dealer()
    dealer.page(CAR, 0, page_status="in_stock")
    assert status(dealer) == ("in_stock", "alive")
    dealer.walk(1, [CAR, *OTHERS])
    assert status(dealer) == ("in_stock", "current_grid")
    dealer.walk(2, OTHERS, alive=[CAR])
    assert status(dealer) == ("in_stock", "alive")
    dealer.walk(3, OTHERS, complete=False, alive=[CAR])
    dealer.walk(4, [CAR, *OTHERS])
    assert status(dealer) == ("in_stock", "current_grid")
    dealer.walk(5, OTHERS, complete=False, alive=[CAR])
    assert status(dealer) == ("in_stock", "current_grid")


def test_alive_pages_keep_cars_in_stock_until_they_are_delisted() -> None:
    dealer = stocked()
    for at in range(1, 7):
        dealer.walk(at, OTHERS, alive=[CAR])
        assert status(dealer)[0] == "in_stock"
    dealer.walk(7, OTHERS, alive=[CAR])
    assert status(dealer) == ("removed", "delisted")
    for at in range(8, 15):
        dealer.walk(at, OTHERS)
    # Nobody asked its page any more: a withdrawn car is not a sold one.
    assert status(dealer) == ("removed", "delisted")


def test_only_complete_walks_delist() -> None:
    dealer = stocked()
    for at in range(1, 20):
        dealer.walk(at, OTHERS, complete=False, alive=[CAR])
    assert status(dealer)[0] == "in_stock"


def test_an_unknown_probe_is_neither_a_sighting_nor_a_miss() -> None:
    dealer = stocked()
    dealer.walk(1, OTHERS)
    dealer.walk(2, OTHERS)
    for at in range(3, 9):
        dealer.walk(at, OTHERS, unknown=[CAR])
        assert status(dealer)[0] == "in_stock"
    dealer.walk(9, OTHERS)
    assert status(dealer) == ("sold", "absence")


def test_a_car_off_the_grid_whose_page_never_tells_is_delisted_and_not_sold() -> None:
    dealer = stocked()
    for at in range(1, 8):
        dealer.walk(at, OTHERS, unknown=[CAR])
    assert status(dealer) == ("removed", "delisted")


def test_a_grid_proves_nothing_about_cars_it_never_showed() -> None:
    dealer = stocked()
    for at in (1, 2, 3, 4):
        dealer.walk(at, ["/trucks/1"], grid_url=f"{GRID}/trucks")
    assert status(dealer)[0] == "in_stock"


def test_a_car_on_two_grids_leaves_only_when_it_left_both() -> None:
    dealer = Dealer()
    feed = {"grid": "feed", "source": Source.HOMENET}
    numbers = {path: {"stock_number": f"S{path[-1]}"} for path in [CAR, *OTHERS]}
    without = {path: card for path, card in numbers.items() if path != CAR}
    dealer.walk(0, numbers)
    dealer.walk(0, numbers, **feed)  # type: ignore[arg-type]
    for at in (1, 2, 3, 4):
        dealer.walk(at, without)
        dealer.walk(at, numbers, **feed)  # type: ignore[arg-type]
    assert status(dealer)[0] == "in_stock"
    for at in (5, 6, 7):
        dealer.walk(at, without)
        dealer.walk(at, without, **feed)  # type: ignore[arg-type]
    assert (status(dealer), dealer.car(CAR).sold_at) == (("sold", "absence"), day(5))


def test_a_grid_that_nobody_walks_any_more_holds_no_car() -> None:
    dealer = Dealer()
    dealer.walk(0, [CAR, *OTHERS], grid_url=f"{GRID}/old")
    dealer.walk(0, [CAR, *OTHERS])
    for at in (1, 2, 3, 4):
        dealer.walk(at, OTHERS)
    assert status(dealer)[0] == "in_stock"
    for at in (31, 32, 33):
        dealer.walk(at, OTHERS)
    assert status(dealer) == ("sold", "absence")


def test_a_gone_page_leaves_the_grid_that_the_dealer_gave_up() -> None:
    dealer = Dealer()
    dealer.walk(0, [CAR, *OTHERS], grid_url=f"{GRID}/old")
    dealer.walk(1, OTHERS, gone=[CAR])
    assert status(dealer) == ("removed", "gone")
    assert {status(dealer, path)[0] for path in OTHERS} == {"in_stock"}


def test_a_sold_grid_proves_no_absence() -> None:
    dealer = stocked()
    for at in range(1, 6):
        dealer.walk(at, ["/vehicles/77"], grid="sold")
    assert status(dealer)[0] == "in_stock"


def test_a_listing_that_moved_leaves_its_old_page_behind() -> None:
    vin = {"vin": "WP0AC2995TS375318", "title": "1996 Porsche 911"}
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/slug-a": vin, CAR: {}})
    for at in (1, 2, 3, 4):
        dealer.walk(at, {"/vehicles/slug-b": vin, CAR: {}}, gone=["/vehicles/slug-a"])
    assert status(dealer, "/vehicles/slug-b")[0] == "in_stock"
    seen = {row.listing_url[-6:]: row for row in dealer.rows().dealer_inventory_seen}
    assert (seen["slug-a"].last_seen_status, seen["slug-b"].last_seen_status) == (
        "removed",
        "in_stock",
    )


def test_only_listings_that_are_offered_are_asked_for() -> None:
    """What a walk has to find or to ask for is what `dealer_inventory_seen` says is offered."""
    vin = {"vin": "WP0AC2995TS375318", "title": "1996 Porsche 911"}
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/archived": vin}, grid="sold")
    dealer.walk(1, {"/vehicles/new": vin, CAR: {}})
    dealer.listing("https://www.classic.com/veh/x-1/", 1, source=Source.CLASSIC, **vin)  # type: ignore[arg-type]
    seen = {row.listing_url: row.last_seen_status for row in dealer.rows().dealer_inventory_seen}
    assert [seen[url].split(":")[0] for url in sorted(seen)] == [
        "in_stock",  # classic.com shows it too
        "in_stock",
        "sold",
        "in_stock",
    ]


def test_a_miss_is_forgiven_when_the_page_turns_out_alive() -> None:
    dealer = stocked()
    for at in (1, 2, 3):
        dealer.walk(at, OTHERS)
    assert status(dealer) == ("sold", "absence")
    dealer.walk(4, OTHERS, alive=[CAR])
    assert status(dealer) == ("in_stock", "alive")


@pytest.mark.parametrize("lot", [2, 3, 4])
def test_a_feed_of_few_cars_proves_a_sale(lot: int) -> None:
    """One of three is a large share, and the whole lot of such a dealer would never be sold."""
    dealer = Dealer()
    for at in range(4):
        dealer.walk(at, feed_rows(*range(1, lot + (at == 0))), **FEED)
    rows = dealer.rows()
    assert [car.status for car in rows.vehicles].count("sold") == 1
    assert [car.status for car in rows.vehicles].count("in_stock") == lot - 1
    assert verdicts(rows) == [None] * 4


def test_a_car_left_behind_on_a_grid_that_nobody_walks_is_no_longer_offered() -> None:
    dealer = Dealer()
    dealer.walk(0, [CAR, *OTHERS], grid_url=f"{GRID}/old")
    for at in range(37):
        dealer.walk(at, OTHERS)
    assert status(dealer)[0] == "in_stock"
    dealer.walk(37, OTHERS)
    assert status(dealer) == ("removed", "delisted")
    assert {status(dealer, path)[0] for path in OTHERS} == {"in_stock"}
    dealer.walk(38, [CAR, *OTHERS])
    assert status(dealer)[0] == "in_stock"


@pytest.mark.parametrize(
    "seen",
    ["by its page alone", "by a walk that left no manifest", "as reserved among sold cars"],
)
def test_a_car_that_never_stood_on_a_grid_is_delisted(seen: str) -> None:
    """No walk can miss it; without this it would be on offer for ever."""
    dealer = Dealer()
    if seen == "by its page alone":
        dealer.page(CAR, 0, page_status="in_stock")
    elif seen == "as reserved among sold cars":
        dealer.walk(0, {CAR: {"status_words": ("Sale Pending",)}}, grid="sold")
    else:
        dealer.listing(CAR, 0, listing_status="in_stock", status_evidence="current_grid")
    for at in range(1, 7):
        dealer.walk(at, OTHERS)
        dealer.walk(at + 0.2, OTHERS, complete=False)
        assert status(dealer)[0] in ("in_stock", "pending")
    dealer.walk(7, OTHERS)
    assert status(dealer) == ("removed", "delisted")
    dealer.walk(8, [CAR, *OTHERS])
    assert status(dealer) == ("in_stock", "current_grid")


def test_a_car_without_a_grid_whose_page_was_gone_for_a_day_is_delisted_all_the_same() -> None:
    dealer = Dealer()
    dealer.page(CAR, 0, page_status="in_stock")
    other = dealer.page("/vehicles/other", 1, page_status="unknown", manifest=False)
    dealer.run(1, other, gone=[CAR])
    dealer.walk(1.5, OTHERS)
    assert status(dealer) == ("removed", "gone")
    dealer.page(CAR, 2, page_status="in_stock")
    assert status(dealer) == ("in_stock", "alive")
    for at in range(3, 10):
        dealer.walk(at, OTHERS)
    assert status(dealer) == ("removed", "delisted")


def test_a_car_that_came_to_stand_on_a_grid_is_missed_by_that_grid_alone() -> None:
    dealer = Dealer()
    dealer.page(CAR, 0, page_status="in_stock")
    dealer.walk(1, [CAR, *OTHERS])
    for at in range(2, 12):
        dealer.walk(at, OTHERS, complete=False)
        dealer.walk(at + 0.2, ["/trucks/1", "/trucks/2"], grid_url=f"{GRID}/trucks")
    assert status(dealer) == ("in_stock", "current_grid")


PORSCHE: dict[str, Any] = {"vin": "WP0AC2995TS375318", "title": "1996 Porsche 911"}


def fed(rows: int, *, with_car: bool) -> dict[str, dict[str, Any]]:
    return feed_rows(*range(rows)) | ({"K-car": PORSCHE} if with_car else {})


def test_a_feed_in_doubt_does_not_hold_a_car_whose_page_is_gone() -> None:
    dealer = Dealer()
    dealer.walk(0, {CAR: PORSCHE} | {path: {} for path in OTHERS})
    dealer.walk(0, fed(10, with_car=True), **FEED)
    dealer.walk(1, fed(4, with_car=False), **FEED)
    dealer.walk(1, OTHERS, gone=[CAR])
    assert verdicts(dealer.rows()).count("below_share") == 1
    assert status(dealer) == ("removed", "gone")
    for at in (2, 3):
        dealer.walk(at, fed(4, with_car=False), **FEED)
        dealer.walk(at, OTHERS, gone=[CAR])
    assert (status(dealer), dealer.car(CAR).sold_at) == (("sold", "absence"), day(1))


@pytest.mark.parametrize("why", ["the feed lists it", "its page does not tell", "not asked"])
def test_a_feed_in_doubt_holds_every_other_car(why: str) -> None:
    dealer = Dealer()
    dealer.walk(0, {CAR: PORSCHE} | {path: {} for path in OTHERS})
    dealer.walk(0, fed(10, with_car=True), **FEED)
    gone = [CAR] if why == "the feed lists it" else []
    unknown = [CAR] if why == "its page does not tell" else []
    for at in range(1, 6):
        dealer.walk(at, fed(4, with_car=why == "the feed lists it"), **FEED)
        dealer.walk(at + 0.2, OTHERS, gone=gone, unknown=unknown)
    assert status(dealer)[0] == "in_stock"


def test_a_grid_in_doubt_holds_a_car_though_its_page_on_another_grid_is_gone() -> None:
    """Its own page was not asked; only a feed has none."""
    again, trucks = "/trucks/again", [f"/trucks/{number}" for number in range(9)]
    dealer = Dealer()
    dealer.walk(0, {CAR: PORSCHE} | {path: {} for path in OTHERS})
    dealer.walk(0, {again: PORSCHE} | {path: {} for path in trucks}, grid_url=f"{GRID}/trucks")
    for at in range(1, 6):
        dealer.walk(at, OTHERS, gone=[CAR])
        dealer.walk(at, trucks[:3], grid_url=f"{GRID}/trucks")
    assert verdicts(dealer.rows()).count("below_share") == 5
    assert status(dealer)[0] == "in_stock"
