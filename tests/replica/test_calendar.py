"""What the calendar promises about any day."""

from collections import Counter

import pytest

from replica.calendar import FAULTS, Lot, Standing, honest_days, lot
from replica.dealers import DEALERS

KEYS = [dealer.key for dealer in DEALERS]
LAST = 12


def by_key(day_lot: Lot) -> dict[str, Standing]:
    return {standing.car.key: standing for standing in day_lot.standings}


@pytest.mark.parametrize("key", KEYS)
def test_no_car_is_forgotten_and_none_changes_its_nature(key: str) -> None:
    for day in range(1, LAST + 1):
        before, after = by_key(lot(1, key, day - 1)), by_key(lot(1, key, day))
        assert before.keys() <= after.keys()
        assert all(after[name].car == standing.car for name, standing in before.items())
        assert all(after[name].listed == day for name in after.keys() - before.keys())


@pytest.mark.parametrize("key", KEYS)
def test_every_move_is_dated_on_its_day(key: str) -> None:
    for day in range(1, LAST + 1):
        before = by_key(lot(1, key, day - 1))
        for name, standing in by_key(lot(1, key, day)).items():
            moved = name not in before or before[name].place != standing.place
            assert (standing.since == day) == moved


@pytest.mark.parametrize(("key", "day"), [place for place in FAULTS if place[0] != "classic"])
def test_nothing_moves_beneath_a_day_that_is_not_honest(key: str, day: int) -> None:
    assert lot(1, key, day).fault is not None
    assert lot(1, key, day).standings == lot(1, key, day - 1).standings
    assert honest_days(1, key, day, day) == 0


def test_ten_days_bring_every_kind_of_event() -> None:
    seen: Counter[str] = Counter()
    for key in KEYS:
        for day in range(1, 11):
            before = by_key(lot(1, key, day - 1))
            for name, now in by_key(lot(1, key, day)).items():
                then = before.get(name)
                if then is None:
                    seen["new"] += 1
                elif then.place != now.place:
                    seen[f"{then.place} to {now.place}"] += 1
                elif then.offer != now.offer:
                    seen["price"] += 1
                elif then.pending != now.pending:
                    seen["pending"] += 1
    wanted = {
        "new",
        "price",
        "pending",
        "grid to sold_mark",
        "grid to archive",
        "grid to gone",
        "grid to unlinked",
        "sold_mark to archive",
        "sold_mark to gone",
        "gone to grid",
        "archive to grid",
    }
    assert wanted <= seen.keys()
    assert seen["price"] > 20


def test_a_day_does_not_depend_on_the_days_looked_at_before() -> None:
    lot.cache_clear()
    late = lot(1, "lonestar", 9)
    lot.cache_clear()
    for day in range(10):
        lot(1, "lonestar", day)
    assert lot(1, "lonestar", 9) == late


def test_days_before_the_first_are_refused() -> None:
    with pytest.raises(ValueError, match="count from 0"):
        lot(1, "lonestar", -1)
