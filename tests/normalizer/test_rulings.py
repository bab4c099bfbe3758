"""Rulings as a pure part of the rules: which hold, and what links do to the ladder."""

from collections.abc import Sequence
from itertools import combinations, permutations
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from contract.handles import listing_handle
from contract.observation import Kind, Observation, Source
from contract.rulings import Ruling
from normalizer.evidence import Evidence
from normalizer.ladder import Links, Rungs, climb, settle
from normalizer.rulings import in_force
from tests.normalizer.observed import absolute, as_evidence, day
from tests.normalizer.worlds import Dealer, one

SIZE = 5
Claim = tuple[bool, int, int]


def ruling(dealer: Dealer, at: float, **content: Any) -> Evidence:
    """Append a ruling, stamped with the dealer's handle."""
    values: dict[str, Any] = {"reason": "r", "author": "ann", **content}
    observation = Observation(
        Source.OPERATOR, Kind.RULING, "urn:x", dealer.handle, day(at), Ruling(**values)
    )
    dealer.evidence.append(as_evidence(observation))
    return dealer.evidence[-1]


def of_car(dealer: Dealer, path: str) -> dict[str, str]:
    return {"subject": "vehicle", "vehicle": str(listing_handle(dealer.handle, absolute(path)))}


# --- links, against brute force -------------------------------------------------------------------


def groups_of(pairs: Sequence[tuple[int, int]]) -> list[frozenset[int]]:
    """The components under the pairs, the slow way."""
    groups = [{index} for index in range(SIZE)]
    for a, b in pairs:
        ours = next(group for group in groups if a in group)
        theirs = next(group for group in groups if b in group)
        if ours is not theirs:
            ours |= theirs
            groups.remove(theirs)
    return [frozenset(group) for group in groups]


def is_consistent(claims: Sequence[Claim]) -> bool:
    groups = groups_of([(a, b) for is_same, a, b in claims if is_same])
    return not any({a, b} <= group for is_same, a, b in claims if not is_same for group in groups)


def newest_consistent(claims: Sequence[Claim]) -> tuple[Claim, ...]:
    """Of all consistent subsets, the one that keeps the newest claims: compared place by place,
    the newest first. Every subset is tried."""
    subsets = (
        tuple(place in chosen for place in range(len(claims)))
        for count in range(len(claims) + 1)
        for chosen in combinations(range(len(claims)), count)
    )
    best = max(
        keeps
        for keeps in subsets
        if is_consistent([claim for claim, kept in zip(claims, keeps, strict=True) if kept])
    )
    return tuple(claim for claim, kept in zip(claims, best, strict=True) if kept)


CLAIMS = st.lists(
    st.tuples(st.booleans(), st.integers(0, SIZE - 1), st.integers(0, SIZE - 1)), max_size=8
)


@settings(max_examples=300, deadline=None)
@given(claims=CLAIMS)
def test_of_contradicting_links_the_newest_hold(claims: list[Claim]) -> None:
    links = settle(claims, SIZE)
    expected = newest_consistent(claims)
    assert set(groups_of(links.same)) == set(
        groups_of([(a, b) for is_same, a, b in expected if is_same])
    )
    assert set(links.apart) == {(a, b) for is_same, a, b in expected if not is_same}


VALUES = st.sampled_from([None, "x", "y"])
NODES = st.lists(st.tuples(VALUES, VALUES, VALUES), min_size=SIZE, max_size=SIZE)


def rungs(values: tuple[str | None, ...]) -> Rungs:
    *keys, fact = (frozenset([value] if value else []) for value in values)
    return Rungs(keys=tuple(keys), facts=(fact,))


def reference(nodes: Sequence[Rungs], links: Links) -> set[frozenset[int]]:
    """The ladder with links, written as plainly as can be: groups are sets of nodes, and everything
    is looked up in them anew."""
    groups = groups_of(links.same)

    def holds(group: frozenset[int], key: int) -> frozenset[Any]:
        return frozenset().union(*(nodes[index].keys[key] for index in group))

    def conflict(one: frozenset[int], other: frozenset[int], level: int) -> bool:
        if any({a, b} <= one | other for a, b in links.apart):
            return True
        facts = [
            frozenset[Any]().union(*(nodes[index].facts[0] for index in group))
            for group in (one, other)
        ]
        if all(facts) and not facts[0] & facts[1]:
            return True
        for key in range(level):
            ours, theirs = holds(one, key), holds(other, key)
            if ours and theirs and not ours & theirs:
                return True
        return False

    for level in range(2):
        joins = []
        for value in {value for group in groups for value in holds(group, level)}:
            sharing = [group for group in groups if value in holds(group, level)]
            if not any(conflict(a, b, level) for a, b in combinations(sharing, 2)):
                joins += [(sharing[0], other) for other in sharing[1:]]
        parts = [{group} for group in groups]
        for a, b in joins:
            ours = next(part for part in parts if a in part)
            theirs = next(part for part in parts if b in part)
            if ours is not theirs:
                ours |= theirs
                parts.remove(theirs)
        groups = []
        for part in parts:
            if any(conflict(a, b, level) for a, b in combinations(part, 2)):
                groups += part
            else:
                groups.append(frozenset().union(*part))
    return set(groups)


@settings(max_examples=400, deadline=None)
@given(values=NODES, claims=CLAIMS)
def test_the_ladder_with_links_is_the_plain_one(
    values: list[tuple[str | None, ...]], claims: list[Claim]
) -> None:
    nodes = [rungs(each) for each in values]
    links = settle(claims, SIZE)
    assert {frozenset(group) for group in climb(nodes, links=links)} == reference(nodes, links)


@settings(max_examples=100, deadline=None)
@given(values=NODES, claims=CLAIMS, order=st.permutations(range(SIZE)))
def test_the_order_of_the_nodes_does_not_matter_with_links(
    values: list[tuple[str | None, ...]], claims: list[Claim], order: list[int]
) -> None:
    nodes = [rungs(each) for each in values]
    expected = {frozenset(g) for g in climb(nodes, links=settle(claims, SIZE))}
    place = {old: new for new, old in enumerate(order)}
    moved = [(is_same, place[a], place[b]) for is_same, a, b in claims]
    found = climb([nodes[old] for old in order], links=settle(moved, SIZE))
    assert {frozenset(order[index] for index in group) for group in found} == expected


@settings(max_examples=200, deadline=None)
@given(values=NODES, claims=CLAIMS)
def test_what_was_ruled_is_so(values: list[tuple[str | None, ...]], claims: list[Claim]) -> None:
    links = settle(claims, SIZE)
    groups = climb([rungs(each) for each in values], links=links)
    for a, b in links.same:
        assert any({a, b} <= set(group) for group in groups)
    for a, b in links.apart:
        assert not any({a, b} <= set(group) for group in groups)


# --- which rulings hold ---------------------------------------------------------------------------


def test_a_withdrawal_can_be_withdrawn_and_a_redaction_cannot() -> None:
    dealer = Dealer()
    said = ruling(dealer, 1, action="takedown", subject="organization")
    taken = ruling(dealer, 2, action="withdraw", subject="ruling", observation=said.key)
    erased = ruling(
        dealer, 1, action="redact", subject="observation", observation=dealer.evidence[0].key
    )
    ruling(dealer, 3, action="withdraw", subject="ruling", observation=erased.key)

    def held() -> set[str]:
        return {item.key for item, _ in in_force(dealer.evidence)[0]}

    assert said.key not in held()
    assert erased.key in held()
    ruling(dealer, 4, action="withdraw", subject="ruling", observation=taken.key)
    assert said.key in held()


@pytest.mark.parametrize(
    ("until", "last_walk", "year"), [(9, 8, 1955), (9, 9, 1967), (9, 10, 1967)]
)
def test_an_end_is_compared_with_the_newest_observation(
    until: float, last_walk: float, year: int
) -> None:
    dealer = Dealer()
    dealer.walk(1, {"/a": {"title": "1967 Ford Mustang"}})
    content = {"values": {"year": "1955"}, "until": day(until).isoformat()}
    ruling(dealer, 20, action="set", **content, **of_car(dealer, "/a"))
    dealer.walk(last_walk, {"/a": {"title": "1967 Ford Mustang"}})
    assert one(dealer.rows()).year == year


def test_the_newer_of_two_rulings_about_a_field_holds_in_any_order() -> None:
    dealer = Dealer()
    dealer.walk(1, {"/a": {"title": "1967 Ford Mustang", "price": "$9,000"}})
    ruling(
        dealer, 2, action="set", values={"price": "1 USD", "year": "1950"}, **of_car(dealer, "/a")
    )
    ruling(dealer, 3, action="set", values={"price": "2 EUR"}, **of_car(dealer, "/a"))
    ruling(dealer, 4, action="clear", fields=("year",), **of_car(dealer, "/a"))
    expected = dealer.rows()
    car = one(expected)
    assert car.price == 2
    assert (car.currency, car.year, car.make) == ("EUR", None, "Ford")
    for order in permutations(dealer.evidence[-4:]):
        assert dealer.rows([*order, *dealer.evidence[:-4], order[0]]) == expected


def test_a_ruled_status_holds_whatever_is_seen_later() -> None:
    dealer = Dealer()
    dealer.walk(1, ["/a", "/b"])
    ruling(dealer, 2, action="set", values={"status": "sold"}, **of_car(dealer, "/a"))
    dealer.walk(3, ["/a", "/b"])
    car = dealer.car("/a")
    assert (car.status, car.status_evidence, car.sold_at) == ("sold", "ruling", day(2))
    assert dealer.car("/b").status == "in_stock"
    events = [e.event for e in dealer.rows().vehicle_events if e.vehicle_id == car.id]
    assert events == ["listed", "sold"]


def test_a_takedown_beats_a_ruled_status() -> None:
    dealer = Dealer()
    dealer.walk(1, ["/a"])
    ruling(dealer, 2, action="takedown", **of_car(dealer, "/a"))
    ruling(dealer, 3, action="set", values={"status": "in_stock"}, **of_car(dealer, "/a"))
    rows = dealer.rows()
    assert (one(rows).status, one(rows).status_evidence) == ("removed", "takedown")
    assert [(row.subject, row.subject_id) for row in rows.takedowns] == [("vehicle", one(rows).id)]


@pytest.mark.parametrize(
    "content",
    [
        {"action": "accept", "subject": "manifest"},
        {"action": "redact", "subject": "organization"},
        {"action": "same", "subject": "organization"},
        {"action": "same", "subject": "organization", "other": "me"},
        {"action": "set", "subject": "organization", "values": {}},
        {"action": "set", "subject": "organization", "values": {"year": "1967"}},
        {"action": "takedown", "subject": "vehicle"},
        {"action": "takedown", "subject": "organization", "until": "soon"},
        {
            "action": "same", "subject": "organization", "until": "2026-01-01",
            "other": str(UUID(int=1)),
        },
    ],
)  # fmt: skip
def test_a_ruling_that_does_not_fit_together_is_refused(content: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        Ruling(reason="r", author="ann", **content)
