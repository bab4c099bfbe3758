"""Every case of tests/fixtures/<platform>/ reads as its expected.json says.

A case is page.html, meta.json (url, optionally status and kind) and expected.json. A missing
expectation is written, and the test fails until somebody has reviewed and committed it.
"""

import json
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest

from crawler.extract.card import Card
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.platforms import PLATFORMS, recognize

FIXTURES = Path(__file__).parents[2] / "fixtures"
CASES = sorted(
    meta.parent for platform in PLATFORMS for meta in FIXTURES.glob(f"{platform.name}/*/meta.json")
)


def _name(case: Path) -> str:
    return f"{case.parent.name}-{case.name}"


def _page(case: Path) -> tuple[Page, dict[str, Any]]:
    meta: dict[str, Any] = json.loads((case / "meta.json").read_text())
    return Page(meta["url"], (case / "page.html").read_bytes(), meta.get("status", 200)), meta


def _card(card: Card) -> dict[str, Any]:
    values = {one.name: getattr(card, one.name) for one in fields(card)}
    return {name: value for name, value in values.items() if value}


def _grid(grid: GridPage) -> dict[str, Any]:
    values = {one.name: getattr(grid, one.name) for one in fields(grid)}
    values["cards"] = [_card(card) for card in grid.cards]
    del values["confidence"]
    return {"confident": grid.confidence >= 0.5, **values}


def _read(case: Path) -> dict[str, Any]:
    page, meta = _page(case)
    platform = recognize(page)
    if meta.get("kind") == "vehicle":
        status = platform.read_status(page)
        found: dict[str, Any] = {"status": status.status, "sign": status.sign}
    else:
        found = _grid(platform.read_grid(page))
    plain: dict[str, Any] = json.loads(json.dumps({"platform": platform.name, **found}))
    return plain


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_case_reads_as_reviewed(case: Path) -> None:
    found = _read(case)
    expected = case / "expected.json"
    if not expected.exists():
        expected.write_text(json.dumps(found, indent=2, ensure_ascii=False) + "\n")
        pytest.fail(f"wrote {expected}; review it, then commit it")
    assert found == json.loads(expected.read_text())


def test_every_platform_has_cases() -> None:
    with_cases = {case.parent.name for case in CASES}
    assert {platform.name for platform in PLATFORMS} <= with_cases


HIDDEN = [
    case for case in CASES if case.parent.name != "generic" and _page(case)[1].get("kind") is None
]


@pytest.mark.parametrize("case", HIDDEN, ids=_name)
def test_generic_reader_finds_the_cars_of_a_platform_in_other_dress(case: Path) -> None:
    page, _ = _page(case)
    expected = {card["url"] for card in json.loads((case / "expected.json").read_text())["cards"]}
    found = {card.url for card in PLATFORMS[-1].read_grid(page).cards}
    assert found <= expected, "invented"
    assert len(found & expected) >= 0.9 * len(expected)
