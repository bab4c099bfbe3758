"""The joining ladder against a brute-force model, over all small worlds and random larger ones."""

import random
from collections.abc import Iterator, Sequence
from itertools import combinations, combinations_with_replacement, permutations, product

import pytest

from normalizer.ladder import Rungs, climb

Key = str | int | None
World = Sequence[tuple[Key, ...]]


def rungs(world: World, facts: int = 0) -> list[Rungs]:
    def values(key: Key) -> frozenset[str | int]:
        return frozenset() if key is None else frozenset([key])

    return [
        Rungs(
            keys=tuple(values(key) for key in node[: len(node) - facts]),
            facts=tuple(values(key) for key in node[len(node) - facts :]),
        )
        for node in world
    ]


def model(world: World, facts: int = 0) -> frozenset[frozenset[int]]:
    """The rules (a) to (d) word by word, without any shortcut."""
    levels = len(world[0]) - facts
    groups = [frozenset([index]) for index in range(len(world))]

    def held(group: frozenset[int], slot: int) -> set[Key]:
        return {world[index][slot] for index in group} - {None}

    def conflict(a: frozenset[int], b: frozenset[int], level: int) -> bool:
        slots = [*range(level), *range(levels, levels + facts)]
        return any(
            held(a, slot) and held(b, slot) and not held(a, slot) & held(b, slot) for slot in slots
        )

    for level in range(levels):
        linked = set()
        for value in {world[index][level] for index in range(len(world))} - {None}:
            holders = [group for group in groups if value in held(group, level)]
            if not any(conflict(a, b, level) for a, b in combinations(holders, 2)):
                linked |= set(combinations(holders, 2))
        joined = []
        rest = set(groups)
        while rest:
            component = {rest.pop()}
            while more := {g for g in rest if any({g, c} in map(set, linked) for c in component)}:
                component |= more
                rest -= more
            if any(conflict(a, b, level) for a, b in combinations(component, 2)):
                joined += list(component)
            else:
                joined.append(frozenset().union(*component))
        groups = joined
    return frozenset(groups)


def climbed(world: World, facts: int = 0) -> frozenset[frozenset[int]]:
    return frozenset(frozenset(group) for group in climb(rungs(world, facts)))


def small_worlds() -> Iterator[World]:
    nodes = list(product((None, 1, 2), (None, "x", "y"), (None, "g")))
    for size in (1, 2, 3):
        yield from combinations_with_replacement(nodes, size)


def test_every_small_world_joins_as_the_rules_say() -> None:
    for world in small_worlds():
        assert climbed(world) == model(world), world


def test_every_small_world_with_years_joins_as_the_rules_say() -> None:
    nodes = list(product((None, "V1", "V2"), (None, "S1"), (1967, 1970)))
    for size in (2, 3):
        for world in combinations_with_replacement(nodes, size):
            assert climbed(world, facts=1) == model(world, facts=1), world


@pytest.mark.parametrize("seed", range(60))
def test_random_worlds_join_as_the_rules_say_in_every_order(seed: int) -> None:
    rng = random.Random(seed)
    world = [
        (
            rng.choice([None, None, 1, 2, 3]),
            rng.choice([None, "x", "y", "z", "w"]),
            rng.choice([None, "g", "h", "k"]),
        )
        for _ in range(rng.randint(4, 11))
    ]
    expected = model(world)
    assert climbed(world) == expected
    for _ in range(5):
        order = rng.sample(range(len(world)), len(world))
        shuffled = climbed([world[index] for index in order])
        assert frozenset(frozenset(order[i] for i in group) for group in shuffled) == expected


def test_all_orders_of_four_nodes_agree() -> None:
    world = [(1, "x", "g"), (None, "x", "g"), (2, None, "g"), (None, "y", "g")]
    results = {
        frozenset(
            frozenset(order[i] for i in group) for group in climbed([world[i] for i in order])
        )
        for order in permutations(range(4))
    }
    assert len(results) == 1


def test_two_values_of_the_strongest_key_never_share_a_group() -> None:
    for world in small_worlds():
        for group in climbed(world):
            assert len({world[index][0] for index in group} - {None}) <= 1


def test_a_chain_cannot_smuggle_two_licenses_together() -> None:
    world = [(1, "x"), (None, "x"), (None, "y"), (2, "y")]
    assert climbed([(*node, "g") for node in world]) == {
        frozenset({0, 1}),
        frozenset({2, 3}),
    }


def test_a_crowded_value_is_no_key_and_keeps_nobody_apart() -> None:
    crowd = [(None, "platform.example", None)] * 4
    world = [*crowd, (None, "own.example", "g"), (None, "platform.example", "g")]
    groups = climb(rungs(world), crowd=4)
    assert (4, 5) in groups
    assert all(len(group) == 1 for group in groups if group != (4, 5))


def test_no_nodes_make_no_groups() -> None:
    assert climb([]) == ()
