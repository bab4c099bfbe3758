"""How a value is told with those who say the same, and those who say otherwise."""

from uuid import UUID

import pytest

from normalizer.explanation import Candidate, Explanation, Value
from tests.normalizer.observed import day

CAR = {
    "title": "1967 Porsche 911",
    "discovery_url": "https://x.example/a",
    "status": "in_stock",
    "status_evidence": "current_grid",
    "last_seen_at": day(1).isoformat(),
}


def told(column: str, found: str, **others: str) -> list[str]:
    """What is told of those who lose against the dealer's site, each source with its words."""
    candidates = tuple(
        Candidate(source, "listing", source, day(1), text, rank, CAR["discovery_url"], day(1))
        for rank, (source, text) in enumerate(others.items())
    )
    value = Value(column, found, "dealer_site", "k", day(1), found, candidates, "so it is")
    explanation = Explanation(UUID(int=1), "X", CAR, (value,), (), (), (), (), (), ())
    lines = [line.strip() for line in explanation.lines()]
    start = next(number for number, line in enumerate(lines) if line.endswith("; so it is"))
    return lines[start + 1 : lines.index("", start)]


@pytest.mark.parametrize(
    ("column", "ours", "theirs", "same"),
    [
        ("vin", "WP0-ZZZ91ZHS100001", "wp0zzz91zhs100001", True),
        ("mileage", "12,345 miles", "12345", True),
        ("mileage", "12,345 km", "12345", False),
        ("price", "$54,900", "$549.00", False),
        ("model", "911", "1967 Porsche 911 S", True),
        ("engine", "911", "1967 Porsche 911 S", False),
    ],
)
def test_who_says_the_same_in_other_letters_is_told_from_who_does_not(
    column: str, ours: str, theirs: str, same: bool
) -> None:
    words = "the same" if same else f'not "{theirs}"'
    assert told(column, ours, homenet=theirs) == [f"{words}: the dealer's feed [2]"]


def test_who_agrees_is_told_first_and_who_says_one_thing_otherwise_together() -> None:
    said = told("engine", "3.6", homenet="3.2 l", legacy="3.6", operator="3.2L")
    assert said == [
        "the same: the older system [3]",
        'not "3.2 l": the dealer\'s feed [2] and the operator [4]',
    ]
