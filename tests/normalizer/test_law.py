"""The law: the canonical tables are a function of the set of observations, and of nothing else.

Not of their order, their repetition, the size of batches, when the drain ran in between, how many
drains ran at once, or whether one was killed.
"""

import os
import signal
import subprocess
import sys
import time
from functools import partial
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.normalizer.fleet import World, append, day, random_rulings, random_world
from tests.normalizer.fleet_pages import random_visits
from tests.normalizer.ground import Ground, side_by_side

BATCH_SIZES = (1, 7, 500)


def full_world() -> World:
    """Four dealers over five days: a merge by license, a split by a new website, a car on two
    rooftops' grids, sales, a relisting, a blocked walk, an unchanged profile, runs over vehicle
    pages, pictures and a point."""
    world = World()
    world.profile("alpha", day(0), license="Dealer License 12345", city="Napa")
    world.profile("beta", day(0.1), website="https://www.beta.example", city="Reno")
    world.profile("gamma", day(0.2), website="https://www.beta.example")
    world.profile("delta", day(0.3), name="Delta")
    for number, cars in enumerate((["a", "b", "c"], ["a", "b"], ["b", "d"], ["a", "d"], ["d"])):
        for seller in ("alpha", "beta", "gamma"):
            world.walk(
                seller,
                day(1 + number),
                cars,
                complete=(seller, number) != ("beta", 2),
                gone=["c"] if number == 1 else [],
            )
    world.walk("gamma", day(2.5), ["a", "x"], site="https://www.beta.example")
    world.profile("delta", day(3), name="Delta", license="Dealer License 12345")
    world.walk("delta", day(3.5), ["z"], site="https://www.alpha.example")
    world.profile("gamma", day(4), website="https://www.gamma.example")
    world.checked(day(5), ["alpha", "beta", "delta", "nobody"])
    random_visits(world, Random(7))
    return world


@pytest.mark.parametrize("batch_size", BATCH_SIZES)
def test_order_repetition_and_batch_size_do_not_matter(ground: Ground, batch_size: int) -> None:
    observations = full_world().observations
    expected = ground.settle(observations)
    random = Random(batch_size)
    for _ in range(3):
        mixed = [*observations, *random.sample(observations, k=10)]
        random.shuffle(mixed)
        assert ground.settle(mixed, batch_size) == expected


def test_a_drain_after_every_observation_ends_in_the_same_tables(ground: Ground) -> None:
    observations = full_world().observations
    expected = ground.settle(observations)
    for order in (observations, observations[::-1]):
        ground.clear()
        for observation in order:
            append(ground.owner, [observation])
            ground.drain(1)
        assert ground.digest() == expected


# A seed has no simpler form, so nothing is gained by shrinking it.
@settings(
    max_examples=15,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(seed=st.integers(0, 2**32), batch_size=st.sampled_from(BATCH_SIZES), parts=st.integers(1, 4))
def test_any_world_drained_in_any_way_gives_one_digest(
    ground: Ground, seed: int, batch_size: int, parts: int
) -> None:
    random = Random(seed)
    world = random_world(random)
    random_rulings(world, random)
    random_visits(world, random)
    observations = world.observations
    expected = ground.settle(observations)
    mixed = [*observations, *random.sample(observations, k=len(observations) // 5)]
    random.shuffle(mixed)
    ground.clear()
    for part in range(parts):
        append(ground.owner, mixed[part::parts])
        ground.drain(batch_size)
    assert ground.digest() == expected


def busy_world(dealers: int = 12) -> World:
    """Enough dealers and walks that drains get into each other's way, some on shared pages."""
    world = World()
    for number in range(dealers):
        seller = f"dealer{number}"
        shared = f"https://www.group{number // 3}.example" if number % 3 else None
        world.profile(seller, day(number / 100), website=f"https://www.{seller}.example")
        for walk in range(3):
            world.walk(seller, day(1 + walk), [f"car-{walk + n}" for n in range(4)], site=shared)
        world.profile(seller, day(2), website=shared, license=f"Dealer License 1234{number // 4}")
    return world


def start_normalizer(ground: Ground, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "normalizer", "run", *arguments],
        env={**os.environ, "DATABASE_URL": ground.url},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def completed(ground: Ground) -> int:
    row = ground.owner.execute(
        "SELECT count(*) FROM import_queue WHERE status = 'completed'"
    ).fetchone()
    assert row
    return int(row[0])


@pytest.mark.parametrize("processes", [2, 4])
def test_processes_at_once_end_in_the_same_tables(ground: Ground, processes: int) -> None:
    world = busy_world()
    random_visits(world, Random(processes))
    observations = world.observations
    expected = ground.settle(observations)
    ground.clear()
    append(ground.owner, observations)
    running = [start_normalizer(ground, "--batch-size", "5") for _ in range(processes)]
    outputs = [process.communicate(timeout=120)[0] for process in running]
    # Cars that only one of four walks still shows are no reason for another exit code.
    assert [process.returncode for process in running] == [0] * processes, outputs
    assert completed(ground) == len(observations)
    assert ground.digest() == expected


def test_drains_beside_each_other_and_a_busy_crawler_lose_nothing(ground: Ground) -> None:
    random = Random(4)
    observations = busy_world(9).observations
    expected = ground.settle(observations)
    ground.clear()
    mixed = [*observations, *random.sample(observations, k=20)]
    random.shuffle(mixed)

    def drain(batch_size: int) -> None:
        for _ in range(4):
            ground.drain(batch_size)

    crawls = [partial(ground.crawl, part, 7) for part in (mixed[0::2], mixed[1::2])]
    drains = [partial(drain, batch_size) for batch_size in BATCH_SIZES]
    side_by_side(*crawls, *drains)
    ground.drain()
    assert ground.digest() == expected


def test_a_killed_normalizer_leaves_whole_batches_and_the_next_one_finishes(
    ground: Ground,
) -> None:
    observations = busy_world().observations
    expected = ground.settle(observations)
    ground.clear()
    append(ground.owner, observations)
    for share in (0.2, 0.6):
        process = start_normalizer(ground, "--batch-size", "1")
        deadline = time.monotonic() + 60
        while completed(ground) < share * len(observations) and process.poll() is None:
            assert time.monotonic() < deadline
            time.sleep(0.005)
        process.send_signal(signal.SIGKILL)
        process.communicate(timeout=10)
        assert process.returncode == -signal.SIGKILL, "it was done before it could be killed"
    assert completed(ground) < len(observations)
    ground.drain()
    assert completed(ground) == len(observations)
    assert ground.digest() == expected
