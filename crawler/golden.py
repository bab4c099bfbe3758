"""Golden cases: a saved page and what must be read from it, in tests/fixtures/<platform>/<case>/.

``page.html`` is the page; ``meta.json`` holds its ``url`` and, where they differ from a grid that
was answered with 200, ``status`` and ``"kind"``: "vehicle" for the state a vehicle's page claims,
"detail" for all it gives; ``expected.json`` is what the readers find. `scrapy fixture` and the
golden tests write what was found marked as unreviewed, and no case passes until somebody has
compared it with the page and deleted the mark.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from crawler.extract.card import Card
from crawler.extract.detail import Detail
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.platforms import recognize

__all__ = ["UNREVIEWED", "Case", "Kind", "plain_card", "plain_detail", "plain_grid"]

Kind = Literal["grid", "vehicle", "detail"]

UNREVIEWED = "unreviewed"
"""The key that marks an expectation nobody has looked at."""
INSTRUCTION = "compare every line below with the page, correct what is wrong, delete this line"


def plain_card(card: Card) -> dict[str, Any]:
    """Return a card's fields that hold something."""
    values = {one.name: getattr(card, one.name) for one in fields(card)}
    return {name: value for name, value in values.items() if value}


def plain_detail(detail: Detail) -> dict[str, Any]:
    """Return what a vehicle's page gives that holds something; the status stands in any case."""
    values = {one.name: getattr(detail, one.name) for one in fields(detail)}
    kept = {"page_status": detail.page_status, "confidence": detail.confidence}
    return kept | {name: value for name, value in values.items() if value and name != "sources"}


def plain_grid(grid: GridPage) -> dict[str, Any]:
    """Return a grid page as plain data, its cards too."""
    values = {one.name: getattr(grid, one.name) for one in fields(grid)}
    for name in ("needs_script", "set_aside", "sections"):
        if not values[name]:
            del values[name]  # The exceptions: said where they are so.
    return values | {"cards": [plain_card(card) for card in grid.cards]}


@dataclass(frozen=True)
class Case:
    """One case; ``folder`` is named after it and stands in the folder of its platform."""

    folder: Path

    @property
    def page_path(self) -> Path:
        """Where the page lies, as the site sent it."""
        return self.folder / "page.html"

    @property
    def meta_path(self) -> Path:
        """Where the page's URL, status and kind lie."""
        return self.folder / "meta.json"

    @property
    def expected_path(self) -> Path:
        """Where the reviewed expectation lies."""
        return self.folder / "expected.json"

    @property
    def meta(self) -> dict[str, Any]:
        """The page's URL, status and kind as stored."""
        meta: dict[str, Any] = json.loads(self.meta_path.read_text("utf-8"))
        return meta

    def page(self) -> Page:
        """Return the stored page."""
        meta = self.meta
        return Page(meta["url"], self.page_path.read_bytes(), meta.get("status", 200))

    def read(self) -> dict[str, Any]:
        """Return what the readers find today, as JSON holds it."""
        page = self.page()
        platform = recognize(page)
        if self.meta.get("kind") == "vehicle":
            status = platform.read_status(page)
            found: dict[str, Any] = {"status": status.status, "sign": status.sign}
        elif self.meta.get("kind") == "detail":
            found = plain_detail(platform.read_detail(page))
            found = {"confident": found.pop("confidence") >= 0.5, **found}
        else:
            found = plain_grid(platform.read_grid(page))
            # How sure exactly may change with every reader; whether it is sure may not.
            found = {"confident": found.pop("confidence") >= 0.5, **found}
        plain: dict[str, Any] = json.loads(json.dumps({"platform": platform.name, **found}))
        return plain

    def expected(self) -> dict[str, Any]:
        """Return the stored expectation."""
        expected: dict[str, Any] = json.loads(self.expected_path.read_text("utf-8"))
        return expected

    def write_expected(self) -> None:
        """Store what the readers find today, marked as unreviewed."""
        _write(self.expected_path, {UNREVIEWED: INSTRUCTION, **self.read()})

    def store(self, url: str, body: bytes, kind: Kind = "grid") -> None:
        """Store a new case; raises FileExistsError where there is one."""
        self.folder.mkdir(parents=True)
        self.page_path.write_bytes(body)
        _write(self.meta_path, {"url": url} | ({"kind": kind} if kind != "grid" else {}))
        self.write_expected()


def _write(path: Path, data: Mapping[str, Any]) -> None:
    path.write_text(json.dumps(data, indent=2, ensure_ascii=False) + "\n", "utf-8")
