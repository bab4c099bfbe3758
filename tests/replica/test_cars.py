"""The invented cars: deterministic, plausible, and told apart by their numbers."""

import subprocess
import sys
from random import Random

import pytest

from replica.calendar import lot
from replica.cars import Voice, catalogue, invent
from replica.dealers import DEALERS
from replica.vin import check_digit, make_vin


@pytest.mark.parametrize(
    "vin", ["1HGCM82633A004352", "11111111111111111", "WP0AB0916KS120001", "1M8GDM9AXKP042788"]
)
def test_check_digit_of_known_vins(vin: str) -> None:
    assert check_digit(vin) == vin[8]


def test_patterns_with_a_check_digit_give_valid_vins_and_others_may_not() -> None:
    checked = [model for model in catalogue() if "_" in model.identity]
    assert len(checked) > 15
    for model in checked:
        for year in model.years:
            vin = make_vin(model.identity, year, 7, Random(year))
            assert len(vin) == 17
            assert vin[8] == check_digit(vin)
    european = [m for m in catalogue() if m.identity.startswith(("ZFF", "WP0ZZZ"))]
    drawn = [make_vin(m.identity, m.years[1], 7, Random(1)) for m in european]
    assert any(vin[8] != check_digit(vin) for vin in drawn)


def test_equal_arguments_give_equal_cars_and_seeds_differ() -> None:
    voice = Voice()
    assert invent(1, "lonestar", 3, voice) == invent(1, "lonestar", 3, voice)
    assert invent(1, "lonestar", 3, voice) != invent(2, "lonestar", 3, voice)


@pytest.mark.parametrize("seed", [1, 2, 3, 4, 5])
def test_no_dealer_has_two_cars_with_one_identity(seed: int) -> None:
    for dealer in DEALERS:
        cars = [standing.car for standing in lot(seed, dealer.key, 15).standings]
        for name in ("vin", "stock", "number", "asset"):
            values = [getattr(car, name) for car in cars if getattr(car, name) is not None]
            assert len(values) == len(set(values)), (dealer.key, name)


def test_a_car_stands_at_two_dealers_under_one_vin() -> None:
    here = {s.car.vin for s in lot(1, "lonestar", 0).standings}
    there = {s.car.vin for s in lot(1, "coastal", 0).standings}
    assert len((here & there) - {None}) == 1


def test_every_process_gives_the_same_truth() -> None:
    command = [sys.executable, "-m", "replica", "truth", "--day", "6"]
    one, other = (
        subprocess.run(command, capture_output=True, check=True, env={"PYTHONHASHSEED": hash_seed})
        for hash_seed in ("1", "2")
    )
    assert one.stdout == other.stdout
    assert len(one.stdout) > 100_000
