"""Sold tracking in doubt: which walks withhold absence, and what lifts that."""

from collections.abc import Mapping, Sequence
from typing import Literal

import pytest

from contract.observation import Source
from normalizer.rulebook import rulebook
from normalizer.sold import Tracking, track
from normalizer.walks import Sighted, Walk
from tests.normalizer.lot import CAR, FEED, MARK, OTHERS, feed_rows, status, stocked, verdicts
from tests.normalizer.observed import day
from tests.normalizer.worlds import Dealer


@pytest.mark.parametrize(
    ("walk", "reason"),
    [
        ({"cards": []}, "empty"),
        ({"cards": OTHERS, "complete": False}, "incomplete:blocked"),
        ({"cards": OTHERS, "drift": ("vin", "price")}, "drift:price,vin"),
        ({"cards": OTHERS[:4]}, "below_share"),
    ],
)
def test_a_doubtful_walk_withholds_absence_for_ever(walk: dict[str, object], reason: str) -> None:
    dealer = stocked()
    for at in range(1, 12):
        dealer.walk(at, **walk)  # type: ignore[arg-type]
    assert status(dealer)[0] == "in_stock"
    assert verdicts(dealer.rows()) == [None] + [reason] * 11


def test_quarantine_lifts_when_a_walk_recovers() -> None:
    dealer = stocked()
    dealer.walk(1, OTHERS[:2])
    for at in (2, 3, 4):
        dealer.walk(at, OTHERS)
    assert verdicts(dealer.rows()) == [None, "below_share", None, None, None]
    assert status(dealer) == ("sold", "absence")


def test_quarantine_lifts_when_every_missing_car_is_proven_gone() -> None:
    dealer = stocked()
    dealer.walk(1, OTHERS[:2], gone=[CAR, *OTHERS[2:]])
    dealer.walk(2, OTHERS[:2])
    assert verdicts(dealer.rows()) == [None, None, None]
    assert status(dealer) == ("removed", "gone")


def test_one_page_that_still_answers_keeps_the_quarantine() -> None:
    dealer = stocked()
    dealer.walk(1, OTHERS[:2], gone=[CAR, *OTHERS[3:]], alive=[OTHERS[2]])
    assert verdicts(dealer.rows()) == [None, "below_share"]
    assert status(dealer) == ("removed", "gone")
    assert status(dealer, OTHERS[2])[0] == "in_stock"


def test_a_car_that_was_missed_before_has_to_be_gone_too() -> None:
    dealer = stocked()
    dealer.walk(1, OTHERS)
    dealer.walk(2, OTHERS[:2], gone=OTHERS[2:])
    dealer.walk(3, OTHERS[:2], gone=OTHERS[2:])
    assert verdicts(dealer.rows()) == [None, None, "below_share", "below_share"]
    assert status(dealer)[0] == "in_stock"


def test_a_feed_is_held_to_a_stricter_share() -> None:
    dealer = Dealer()
    cards = {f"K{number}": {"stock_number": f"K{number}"} for number in range(10)}
    fewer = dict(list(cards.items())[:7])
    dealer.walk(0, cards, grid="feed", source=Source.HOMENET)
    for at in range(1, 9):
        dealer.walk(at, fewer, grid="feed", source=Source.HOMENET)
    assert set(verdicts(dealer.rows())[1:]) == {"below_share"}
    assert {row.status for row in dealer.rows().vehicles} == {"in_stock"}


def test_the_first_walk_of_an_empty_lot_is_good() -> None:
    dealer = Dealer()
    dealer.walk(0, [])
    assert verdicts(dealer.rows()) == [None]


def test_a_lot_that_sold_out_by_marks_may_be_empty() -> None:
    dealer = Dealer()
    dealer.walk(0, [CAR])
    dealer.walk(1, {CAR: MARK})
    dealer.walk(2, [])
    assert verdicts(dealer.rows()) == [None, None, None]


@pytest.mark.parametrize(("lot", "left", "reason"), [(4, 2, "below_share"), (1, 0, "empty")])
def test_a_feed_of_few_cars_that_collapses_sells_none(lot: int, left: int, reason: str) -> None:
    dealer = Dealer()
    for at in range(9):
        dealer.walk(at, feed_rows(*range(1, (left if at else lot) + 1)), **FEED)
    rows = dealer.rows()
    assert {car.status for car in rows.vehicles} == {"in_stock"}
    assert verdicts(rows) == [None] + [reason] * 8


Ruled = Mapping[int, Literal["accept", "reject"]]


def judged(grid: Literal["current", "sold"], seen: Sequence[int], ruled: Ruled) -> Tracking:
    """Daily walks that see so many cars; the operator rules on some of them, by their number. One
    that was rejected shows nothing."""
    evidence: Literal["current_grid", "sold_grid"] = (
        "sold_grid" if grid == "sold" else "current_grid"
    )
    is_sold = grid == "sold"
    walks = [
        Walk(
            key=f"walk {number}",
            scope=("dealer_site", "x.example/grid"),
            grid_url="https://x.example/grid",
            grid=grid,
            observed_at=day(number),
            complete=True,
            seen=cars,
            incomplete_because=None,
            drifted=(),
            sightings=tuple(
                Sighted(car, f"x.example/{car}", sold=False, archived=is_sold, evidence=evidence)
                for car in range(0 if ruled.get(number) == "reject" else cars)
            ),
            probes={},
            ruling=ruled.get(number),
        )
        for number, cars in enumerate(seen)
    ]
    return track(walks, [], rulebook().sold)


@pytest.mark.parametrize("grid", ["current", "sold"])
def test_an_accepted_empty_walk_is_what_later_ones_are_compared_with(
    grid: Literal["current", "sold"],
) -> None:
    """Else who cleared his page would be in doubt again every day, whatever is ruled."""
    found = judged(grid, [2, 0, 0, 0, 0], {2: "accept"})
    assert list(found.verdicts.values()) == [None, "empty", None, None, None]
    assert {each.status for each in found.tracks.values()} == {"sold"}


def test_an_accepted_empty_walk_excuses_no_loss_of_later_cars() -> None:
    found = judged("current", [2, 0, 3, 0, 0, 0], {1: "accept"})
    assert list(found.verdicts.values()) == [None, None, None, "empty", "empty", "empty"]
    assert {each.status for each in found.tracks.values()} == {"in_stock"}


def test_a_rejected_walk_takes_nothing_from_an_empty_one_that_was_accepted() -> None:
    found = judged("current", [2, 0, 3, 0], {1: "accept", 2: "reject"})
    assert list(found.verdicts.values()) == [None, None, "rejected", None]
