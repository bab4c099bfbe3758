"""Repeated walks among runs over vehicle pages: whatever is weighed against time is left to the
fold."""

from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.normalizer.fleet import random_world
from tests.normalizer.fleet_pages import random_visits
from tests.normalizer.ground import Ground
from tests.normalizer.test_repeats import again, drained_day_by_day


@settings(
    max_examples=12,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32))
def test_pages_that_are_read_between_quiet_days_count(ground: Ground, seed: int) -> None:
    random = Random(seed)
    world = random_world(random, sellers=3, days=2, cars=3)
    random_visits(world, random)
    observations = list(world.observations)
    for number in range(1, 4):
        observations += again(world.observations, number)
    assert drained_day_by_day(ground, observations, random) == ground.settle(observations)
