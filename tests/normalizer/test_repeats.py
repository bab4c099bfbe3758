"""Walks that repeat the last ones: drained without a fold, and never with another result than it."""

from collections import defaultdict
from dataclasses import replace
from datetime import timedelta
from itertools import groupby
from random import Random

import psycopg
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from contract.observation import Kind, Observation
from normalizer import batch
from normalizer.repeats import Repeats, drain_repeats
from store.connect import connect
from tests.normalizer.fleet import World, append, day, random_world
from tests.normalizer.ground import Ground


@pytest.fixture
def repeated(monkeypatch: pytest.MonkeyPatch) -> list[Repeats]:
    """What was drained without a fold, batch by batch."""
    found: list[Repeats] = []

    def spy(connection: psycopg.Connection, organizations: set) -> Repeats:  # type: ignore[type-arg]
        found.append(drain_repeats(connection, organizations))
        return found[-1]

    monkeypatch.setattr(batch, "drain_repeats", spy)
    return found


def again(observations: list[Observation], days: int) -> list[Observation]:
    """The newest walks of every dealer, seen once more so many days later."""
    walks: defaultdict[object, list[Observation]] = defaultdict(list)
    for item in observations:
        if item.kind is Kind.INVENTORY_MANIFEST:
            walks[item.organization_id].append(item)
    found = []
    for mine in walks.values():
        last = max(item.observed_at for item in mine)
        found += [
            replace(item, observed_at=last + timedelta(days=days))
            for item in mine
            if item.observed_at == last
        ]
    return found


def drained_day_by_day(ground: Ground, observations: list[Observation], random: Random) -> str:
    """Append and drain in the order of time, in steps of a few observations."""
    ground.clear()
    ordered = sorted(observations, key=lambda item: (item.observed_at, item.kind.value))
    for _, step in groupby(ordered, key=lambda item: item.observed_at.date()):
        append(ground.owner, list(step))
        ground.drain(random.choice((1, 500)))
    return ground.digest()


def quiet_dealer() -> World:
    world = World()
    world.profile("alpha", day(0), website="https://www.alpha.example")
    cars = [world.listing("alpha", slug) for slug in ("a", "b", "c")]
    world.walk("alpha", day(1), cars)
    archive = [world.listing("alpha", "z", sold=True, evidence="sold_grid")]
    world.walk("alpha", day(1), archive, grid="sold")
    return world


def test_an_unchanged_day_is_drained_without_a_fold(
    ground: Ground, repeated: list[Repeats]
) -> None:
    observations = quiet_dealer().observations
    ground.settle(observations)
    assert not any(step.organizations for step in repeated)
    for number in (1, 2):
        append(ground.owner, again(observations, number))
        ground.drain()
    assert [len(step.rows) for step in repeated if step.rows] == [2, 2]
    everything = [*observations, *again(observations, 1), *again(observations, 2)]
    assert ground.digest() == ground.settle(everything)


def test_a_car_that_counts_its_absences_is_left_to_the_fold(
    ground: Ground, repeated: list[Repeats]
) -> None:
    world = quiet_dealer()
    world.walk("alpha", day(2), ["a", "b"], suppress=["a", "b"])
    observations = world.observations
    ground.settle(observations)
    for number in (1, 2, 3):
        append(ground.owner, again(observations, number))
        ground.drain()
        sold = ground.owner.execute(
            "SELECT count(*) FROM vehicles WHERE status = 'sold' AND status_evidence = 'absence'"
        ).fetchone()
        assert sold == ((1,) if number >= 2 else (0,))
    # Once it is sold, nothing counts any more.
    assert [len(step.rows) for step in repeated if step.rows] == [1]


def test_a_forged_hash_passes_for_no_repetition(ground: Ground, repeated: list[Repeats]) -> None:
    observations = quiet_dealer().observations
    ground.settle(observations)
    append(ground.owner, again(observations, 1))
    ground.owner.execute(
        """
        UPDATE import_queue SET raw_data = jsonb_set(raw_data, '{listings,0,status}', '"sold"')
        WHERE status = 'pending' AND raw_data->>'grid' = 'current'
        """
    )
    ground.drain()
    assert not any(step.organizations for step in repeated)


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_any_world_with_quiet_days_gives_the_digest_of_the_fold(
    ground: Ground, repeated: list[Repeats], seed: int
) -> None:
    random = Random(seed)
    observations = random_world(random, sellers=4, days=3).observations
    for number in range(1, random.choice((3, 5))):
        observations = [*observations, *again(observations, number)]
        if random.random() < 0.3:
            observations += random_world(Random(seed + number), sellers=2, days=2).observations
    assert drained_day_by_day(ground, observations, random) == ground.settle(observations)


def test_the_generated_worlds_do_repeat_walks(ground: Ground, repeated: list[Repeats]) -> None:
    for seed in range(6):
        observations = random_world(Random(seed), sellers=4, days=3).observations
        for number in range(1, 4):
            observations = [*observations, *again(observations, number)]
        drained_day_by_day(ground, observations, Random(seed))
    assert sum(len(step.organizations) for step in repeated) >= 6


def test_the_normalizer_may_do_it(ground: Ground) -> None:
    observations = quiet_dealer().observations
    ground.settle(observations)
    with connect("paddock_normalizer", url=ground.url, autocommit=True) as connection:
        assert drain_repeats(connection, []).organizations == set()
