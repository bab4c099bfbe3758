"""Sold tracking by what is seen: marks, grids, feeds and words."""

from typing import Any

from contract.observation import Source
from tests.normalizer.lot import CAR, FEED, MARK, OTHERS, feed_rows, status, stocked
from tests.normalizer.observed import GRID, day
from tests.normalizer.worlds import Dealer, one


def test_a_mark_on_the_current_grid_sells() -> None:
    dealer = stocked()
    dealer.walk(1, {CAR: MARK} | {path: {} for path in OTHERS})
    assert status(dealer) == ("sold", "mark")
    assert dealer.car(CAR).sold_at == day(1)


def test_a_mark_counts_even_in_a_partial_walk() -> None:
    dealer = stocked()
    dealer.walk(1, {CAR: MARK}, complete=False)
    assert status(dealer) == ("sold", "mark")
    assert status(dealer, OTHERS[0]) == ("in_stock", "current_grid")


def test_a_sold_mark_on_the_vehicle_page_sells() -> None:
    dealer = stocked()
    dealer.walk(1, OTHERS, sold_pages=[CAR])
    assert status(dealer) == ("sold", "mark")


def test_a_new_sighting_on_the_sold_grid_sells() -> None:
    dealer = stocked()
    dealer.walk(1, [CAR], grid="sold")
    assert status(dealer) == ("sold", "sold_grid")
    assert dealer.car(CAR).sold_at == day(1)


def test_the_current_grid_beats_the_sold_grid_at_one_instant() -> None:
    dealer = stocked()
    dealer.walk(1, [CAR, *OTHERS])
    dealer.walk(1, [CAR], grid="sold")
    assert status(dealer)[0] == "in_stock"


def test_a_mark_on_the_current_grid_beats_presence_at_one_instant() -> None:
    dealer = stocked()
    dealer.walk(1, [CAR, *OTHERS], grid_url=f"{GRID}/cars")
    dealer.walk(1, {CAR: MARK} | {path: {} for path in OTHERS})
    assert status(dealer) == ("sold", "mark")


def test_a_stale_entry_of_the_sold_grid_changes_nothing() -> None:
    """Stale sold records stay in archives for years."""
    dealer = Dealer()
    dealer.walk(0, [CAR], grid="sold")
    dealer.walk(1, [CAR, *OTHERS])
    assert status(dealer)[0] == "in_stock"
    for at in range(2, 9):
        dealer.walk(at, [CAR], grid="sold")
        assert status(dealer)[0] == "in_stock"
    dealer.walk(9, OTHERS)
    dealer.walk(10, [CAR], grid="sold")
    assert status(dealer)[0] == "in_stock"


def test_a_listing_that_left_the_sold_grid_sells_when_it_comes_back() -> None:
    dealer = Dealer()
    dealer.walk(0, [CAR, *OTHERS], grid="sold")
    dealer.walk(1, [CAR])
    dealer.walk(2, OTHERS, grid="sold")
    dealer.walk(3, [CAR, *OTHERS], grid="sold")
    assert status(dealer) == ("sold", "sold_grid")


def test_a_car_that_reappears_is_in_stock_and_its_sold_evidence_is_cleared() -> None:
    dealer = stocked()
    dealer.walk(1, {CAR: MARK} | {path: {} for path in OTHERS})
    dealer.walk(2, [CAR, *OTHERS], complete=False)
    car = dealer.car(CAR)
    assert (car.status, car.sold_at) == ("in_stock", None)
    events = [row.event for row in dealer.rows().vehicle_events if row.vehicle_id == car.id]
    assert events == ["listed", "sold", "relisted"]


def sold_but_in_the_feed() -> Dealer:
    """The site marks the car sold on day 2; the feed, read after the site, still lists it."""
    dealer = Dealer()
    cards = {path: {"stock_number": f"S{path[-1]}"} for path in [CAR, *OTHERS]}
    for at in range(6):
        mark: dict[str, Any] = MARK if at >= 2 else {}
        dealer.walk(at, cards | {CAR: {**cards[CAR], **mark}})
        dealer.walk(at + 0.1, feed_rows(*range(1, 10)), **FEED)
    return dealer


def test_a_feed_that_lags_behind_does_not_bring_a_sold_car_back() -> None:
    """It would be sold by the site and offered by the feed, again every day."""
    dealer = sold_but_in_the_feed()
    assert status(dealer) == ("sold", "mark")
    assert dealer.car(CAR).sold_at == day(2)
    events = [row for row in dealer.rows().vehicle_events if row.vehicle_id == dealer.car(CAR).id]
    assert [event.event for event in events] == ["listed", "sold"]


def test_a_feed_row_that_comes_back_after_the_sale_offers_the_car_again() -> None:
    dealer = sold_but_in_the_feed()
    dealer.walk(6.1, feed_rows(*range(2, 10)), **FEED)
    assert status(dealer) == ("sold", "mark")
    dealer.walk(7.1, feed_rows(*range(1, 10)), **FEED)
    assert status(dealer) == ("in_stock", "feed")


def test_a_site_that_takes_its_mark_back_offers_the_car_again() -> None:
    dealer = sold_but_in_the_feed()
    dealer.walk(6, {path: {"stock_number": f"S{path[-1]}"} for path in [CAR, *OTHERS]})
    assert status(dealer) == ("in_stock", "current_grid")


def test_a_stale_sold_record_that_shares_the_vin_does_not_hide_the_active_one() -> None:
    """AAN keeps sold records beside the active one of the same VIN: trust the active one."""
    vin = {"vin": "WP0AC2995TS375318", "title": "1996 Porsche 911"}
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/old": {**vin, **MARK}, CAR: {}})
    dealer.walk(5, {"/vehicles/old": {**vin, **MARK}, "/vehicles/new": vin, CAR: {}})
    dealer.walk(6, {"/vehicles/old": {**vin, **MARK}, "/vehicles/new": vin, CAR: {}})
    assert status(dealer, "/vehicles/new")[0] == "in_stock"
    dealer.walk(7, {"/vehicles/old": {**vin, **MARK}, "/vehicles/new": {**vin, **MARK}, CAR: {}})
    assert status(dealer, "/vehicles/new") == ("sold", "mark")


def test_sale_pending_words_keep_the_car_on_offer() -> None:
    dealer = stocked()
    dealer.walk(1, {CAR: {"status_words": ("SALE PENDING",)}} | {path: {} for path in OTHERS})
    assert status(dealer)[0] == "pending"
    (relation,) = [
        row for row in dealer.rows().organization_vehicles if row.vehicle_id == dealer.car(CAR).id
    ]
    assert relation.listing_status == "for_sale"
    dealer.walk(2, [CAR, *OTHERS])
    assert status(dealer)[0] == "in_stock"


RESERVED = {CAR: {"status_words": ("Sale Pending",)}}


def test_a_card_marked_as_reserved_is_no_sale_where_it_stands_among_sold_cars() -> None:
    """A mark on the tile beats the grid that it stands on: deals fall through."""
    dealer = stocked()
    for at in range(1, 9):
        dealer.walk(at, OTHERS)
        dealer.walk(at, RESERVED, grid="sold")
        assert status(dealer) == ("pending", "mark")
    rows = dealer.rows().vehicle_events
    events = [row.event for row in rows if row.vehicle_id == dealer.car(CAR).id]
    assert events == ["listed", "status_changed"]
    dealer.walk(9, OTHERS)
    dealer.walk(9, [CAR], grid="sold")
    assert status(dealer) == ("sold", "sold_grid")
    assert dealer.car(CAR).sold_at == day(9)


def test_a_reserved_car_of_the_sold_grid_that_stands_nowhere_any_more_is_missed() -> None:
    dealer = stocked()
    dealer.walk(1, OTHERS)
    dealer.walk(1, RESERVED, grid="sold")
    for at in (2, 3, 4):
        dealer.walk(at, OTHERS)
        dealer.walk(at, ["/vehicles/other"], grid="sold")
    assert status(dealer) == ("sold", "absence")


def test_a_reservation_among_sold_cars_counts_misses_anew() -> None:
    dealer = stocked()
    for at in (1, 2):
        dealer.walk(at, OTHERS)
    dealer.walk(3, OTHERS)
    dealer.walk(3, RESERVED, grid="sold")
    for at in (4, 5):
        dealer.walk(at, OTHERS)
        dealer.walk(at, ["/vehicles/other"], grid="sold")
        assert status(dealer) == ("pending", "mark")
    dealer.walk(6, OTHERS)
    assert (status(dealer), dealer.car(CAR).sold_at) == (("sold", "absence"), day(4))


def test_a_reservation_among_sold_cars_counts_the_days_off_the_grid_anew() -> None:
    """Its page answers all the time, which takes nothing from the mark."""
    dealer = stocked()
    for at in range(1, 7):
        dealer.walk(at, OTHERS, alive=[CAR])
    dealer.walk(7, OTHERS)
    dealer.walk(7, RESERVED, grid="sold")
    for at in range(8, 14):
        dealer.walk(at, OTHERS, alive=[CAR])
        dealer.walk(at, ["/vehicles/other"], grid="sold")
        assert status(dealer) == ("pending", "mark")
    dealer.walk(14, OTHERS, alive=[CAR])
    assert status(dealer) == ("removed", "delisted")


def test_a_sale_that_was_inferred_gives_way_to_a_reservation_among_sold_cars() -> None:
    dealer = stocked()
    for at in (1, 2, 3):
        dealer.walk(at, OTHERS)
    assert status(dealer) == ("sold", "absence")
    dealer.walk(4, OTHERS)
    dealer.walk(4, RESERVED, grid="sold")
    assert status(dealer) == ("pending", "mark")


def test_a_card_first_seen_as_reserved_among_sold_cars_is_reserved() -> None:
    dealer = Dealer()
    dealer.walk(0, RESERVED, grid="sold")
    assert status(dealer) == ("pending", "mark")
    (seen,) = dealer.rows().dealer_inventory_seen
    assert seen.last_seen_status == "pending"


def test_a_listing_that_was_reserved_among_sold_cars_is_sold_there_when_another_offers_the_car() -> (
    None
):
    numbers: dict[str, Any] = {"vin": "WP0AC2995TS375318", "title": "1996 Porsche 911"}
    dealer = Dealer()
    dealer.walk(0, {CAR: {**numbers, "status_words": ("Sale Pending",)}}, grid="sold")
    dealer.walk(1, {CAR: numbers}, grid="sold")
    dealer.walk(2, {"/vehicles/again": numbers})
    seen = {
        row.listing_url[-5:]: row.last_seen_status for row in dealer.rows().dealer_inventory_seen
    }
    assert status(dealer)[0] == "in_stock"
    assert seen == {"les/1": "sold", "again": "in_stock"}


def test_a_mark_that_somebody_forgot_on_a_sold_card_brings_no_sold_car_back() -> None:
    dealer = stocked()
    dealer.walk(1, {CAR: MARK} | {path: {} for path in OTHERS})
    dealer.walk(2, OTHERS)
    dealer.walk(2, RESERVED, grid="sold")
    assert status(dealer) == ("sold", "mark")


def test_a_reserved_card_of_the_sold_grid_does_not_contradict_the_current_grid() -> None:
    dealer = stocked()
    dealer.walk(1, [CAR, *OTHERS])
    dealer.walk(1, RESERVED, grid="sold")
    assert status(dealer)[0] == "in_stock"


def test_a_feed_without_words_does_not_end_a_pending_sale() -> None:
    numbers: dict[str, Any] = {"vin": "WP0AC2995TS375318", "title": "1996 Porsche 911"}
    dealer = Dealer()
    for at in (0, 1, 2):
        dealer.walk(at, {CAR: {**numbers, "status_words": ("Sale Pending",)}})
        dealer.walk(at + 0.5, {"K1": numbers}, grid="feed", source=Source.HOMENET)
    assert status(dealer)[0] == "pending"
    assert [row.event for row in dealer.rows().vehicle_events] == ["listed"]
    dealer.walk(3, {CAR: numbers})
    assert status(dealer)[0] == "in_stock"


def test_a_sold_word_without_a_mark_sells_nothing() -> None:
    """The word "sold" stands on many pages of cars that are not."""
    dealer = stocked()
    words = {"description": "We sold its sister last year. SOLD!", "title": "1967 Ford Sold Gold"}
    dealer.walk(1, {CAR: words} | {path: {} for path in OTHERS})
    assert status(dealer)[0] == "in_stock"


def test_a_loose_observation_is_a_sighting_once() -> None:
    dealer = stocked()
    for at in (1, 2, 3):
        dealer.walk(at, OTHERS)
    assert status(dealer) == ("sold", "absence")
    # A walk that died before its manifest saw the car again, with a new price.
    dealer.listing(CAR, 4, title="1967 Ford Mustang", price="$9,999")
    assert status(dealer)[0] == "in_stock"


def test_an_explicit_mark_confirms_an_inferred_sale() -> None:
    dealer = stocked()
    for at in (1, 2, 3):
        dealer.walk(at, OTHERS)
    dealer.walk(4, [CAR], grid="sold")
    assert (status(dealer), dealer.car(CAR).sold_at) == (("sold", "sold_grid"), day(1))


def test_a_car_first_seen_on_the_sold_grid_is_sold() -> None:
    dealer = Dealer()
    dealer.walk(0, {CAR: {"price": "$20,000", "title": "1967 Ford Mustang"}}, grid="sold")
    rows = dealer.rows()
    assert (one(rows).status, [row.event for row in rows.vehicle_events]) == ("sold", ["sold"])
