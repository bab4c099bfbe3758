"""Draws pages in the crawler's browser, in a process of its own: see probes/draw.py."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.crawler.conftest import run_spider

__all__ = ["BROWSER", "Answers", "draw", "needs_browser"]

BROWSER = next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
needs_browser = pytest.mark.skipif(
    BROWSER is None, reason="no Chromium: apt-get install chromium (make test does, where it may)"
)


@dataclass(frozen=True)
class Answers:
    """What became of each page, by URL; the run's figures; its log."""

    pages: dict[str, dict[str, Any]]
    stats: dict[str, float]
    log: str


def draw(folder: Path, urls: Sequence[str], **settings: str) -> Answers:
    """Draw pages, settings as keywords; without a database."""
    (folder / "pages.json").write_text(json.dumps(list(urls)))
    arguments = {"pages": f"{folder}/pages.json", "answers": f"{folder}/answers.json"}
    given = {"DOWNLOAD_DELAY": "0.05", "ITEM_PIPELINES": "{}", "EXTENSIONS": "{}", **settings}
    done = run_spider(None, "draw", arguments, given)
    assert (folder / "answers.json").exists(), done.stdout + done.stderr
    told = json.loads((folder / "answers.json").read_text())
    return Answers(told["pages"], told["stats"], done.stderr)
