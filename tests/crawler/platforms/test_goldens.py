"""Every case of tests/fixtures/<platform>/ reads as its expected.json says.

A missing expectation is written, marked as unreviewed, and the test fails until somebody has
compared it with the page and committed it (crawler/golden.py).
"""

from pathlib import Path

import pytest

from crawler.golden import UNREVIEWED, Case
from crawler.platforms import PLATFORMS, recognize

FIXTURES = Path(__file__).parents[2] / "fixtures"
CASES = [
    Case(meta.parent)
    for meta in sorted(
        meta for platform in PLATFORMS for meta in FIXTURES.glob(f"{platform.name}/*/meta.json")
    )
]


def _name(case: Case) -> str:
    return f"{case.folder.parent.name}-{case.folder.name}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_case_reads_as_reviewed(case: Case) -> None:
    if not case.expected_path.exists():
        case.write_expected()
    expected = case.expected()
    if UNREVIEWED in expected:
        pytest.fail(f"review {case.expected_path}, delete its mark, then commit it")
    assert case.read() == expected


def test_every_platform_has_cases() -> None:
    with_cases = {case.folder.parent.name for case in CASES}
    assert {platform.name for platform in PLATFORMS} <= with_cases


HIDDEN = [
    case
    for case in CASES
    if case.folder.parent.name != "generic"
    and case.meta.get("kind") is None
    # Feeds and sitemaps are read by those alone who know them.
    and not case.page_path.read_bytes().startswith((b"{", b"[", b"<?xml"))
]


@pytest.mark.parametrize("case", HIDDEN, ids=_name)
def test_generic_reader_finds_the_cars_of_a_platform_in_other_dress(case: Case) -> None:
    page = case.page()
    known = recognize(page)
    expected = {card["url"] for card in case.expected()["cards"]}
    found = {known.listing_url(card.url) for card in PLATFORMS[-1].read_grid(page).cards}
    assert found <= expected, "invented"
    assert len(found & expected) >= 0.9 * len(expected)
