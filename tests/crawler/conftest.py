"""Runs spiders as users do: `scrapy crawl` in a process of its own, against sites on the loopback.

`crawl(...)` runs any spider and returns the finished process; `ask(urls)` runs the probe spider
`ask` and returns what became of each URL. 127.0.0.1 is the operator's own network here; 127.99.0.1
stands for what must never be reached.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
OWN = "127.0.0.1"
FOREIGN = "127.99.0.1"

Crawl = Callable[..., subprocess.CompletedProcess[str]]


@dataclass(frozen=True)
class Answers:
    """What the probe saw, in the order of the questions; the run's stats; its exit code."""

    answers: list[dict[str, Any]]
    stats: dict[str, float]
    exit_code: int
    log: str

    def of(self, url: str) -> dict[str, Any]:
        return next(answer for answer in self.answers if answer["url"] == url)


def command(
    spider: str, arguments: Mapping[str, str] = {}, settings: Mapping[str, str] = {}
) -> list[str]:
    """The command line of one run, of the tests' spiders where the settings name no others."""
    given = {"SPIDER_MODULES": "tests.crawler.probes", **settings}
    return [
        *(sys.executable, "-W", "error", "-m", "scrapy", "crawl", spider),
        *(word for name, value in arguments.items() for word in ("-a", f"{name}={value}")),
        *(word for name, value in given.items() for word in ("-s", f"{name}={value}")),
    ]


@pytest.fixture
def crawl(request: pytest.FixtureRequest) -> Crawl:
    """Run one spider to its end; ``environment`` is added to the test's own. The database is the
    test's own copy, unless the test brings a cluster of its own."""
    if "cluster" not in request.fixturenames:
        request.getfixturevalue("database_url")

    def run(
        spider: str,
        arguments: Mapping[str, str] = {},
        settings: Mapping[str, str] = {},
        environment: Mapping[str, str] = {},
        timeout: float = 60,
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            command(spider, arguments, settings),
            cwd=ROOT,
            env={**os.environ, "FETCH_ALLOWED_NETWORKS": f"{OWN}/32", **environment},
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    return run


@pytest.fixture
def ask(crawl: Crawl, tmp_path: Path) -> Callable[..., Answers]:
    """Ask the crawler for URLs; settings as keywords. Sites that are not the operator's own get a
    short delay, so that tests end."""

    def run(
        urls: list[str], *, inline: bool = False, allowed: str = "", **settings: str
    ) -> Answers:
        questions, answers = tmp_path / "questions.json", tmp_path / "answers.json"
        questions.write_text(json.dumps(urls))
        arguments = {"questions": str(questions), "answers": str(answers)}
        if inline:
            arguments["inline"] = "1"
        environment = {"FETCH_ALLOWED_NETWORKS": allowed} if allowed else {}
        done = crawl("ask", arguments, {"DOWNLOAD_DELAY": "0.05", **settings}, environment)
        assert answers.exists(), done.stdout + done.stderr
        found = json.loads(answers.read_text())
        return Answers(found["answers"], found["stats"], done.returncode, done.stderr)

    return run
