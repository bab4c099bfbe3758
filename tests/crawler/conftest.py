"""Runs spiders as users do: `scrapy crawl` in a process of its own, against sites on the loopback.

`crawl(...)` runs any spider and returns the finished process; `ask(urls)` runs the probe spider
`ask` and returns what became of each URL; `ask_once` is the same for a module's shared run. 127.0.0.1 is the operator's own network here; 127.99.0.1
stands for what must never be reached.
"""

import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from crawler.platforms.platform import Platform
from store.connect import async_pool
from tests.conftest import Server
from tests.crawler.grid_visits import Readings, Store

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


def run_spider(
    database_url: str | None,
    spider: str,
    arguments: Mapping[str, str] = {},
    settings: Mapping[str, str] = {},
    environment: Mapping[str, str] = {},
    timeout: float = 120,
) -> subprocess.CompletedProcess[str]:
    """Run one spider to its end; ``environment`` is added to the test's own."""
    database = {} if database_url is None else {"DATABASE_URL": database_url}
    allowed = {"FETCH_ALLOWED_NETWORKS": f"{OWN}/32"}
    return subprocess.run(
        command(spider, arguments, settings),
        cwd=ROOT,
        env={**os.environ, **database, **allowed, **environment},
        capture_output=True,
        text=True,
        timeout=timeout,
        check=False,
    )


def ask_spider(
    database_url: str,
    folder: Path,
    urls: list[str],
    *,
    inline: bool = False,
    allowed: str = "",
    **settings: str,
) -> Answers:
    """Ask the crawler for URLs; settings as keywords. Sites that are not the operator's own get a
    short delay, so that tests end."""
    questions, answers = folder / "questions.json", folder / "answers.json"
    questions.write_text(json.dumps(urls))
    arguments = {"questions": str(questions), "answers": str(answers)}
    if inline:
        arguments["inline"] = "1"
    environment = {"FETCH_ALLOWED_NETWORKS": allowed} if allowed else {}
    given = {"DOWNLOAD_DELAY": "0.05", **settings}
    done = run_spider(database_url, "ask", arguments, given, environment)
    assert answers.exists(), done.stdout + done.stderr
    found = json.loads(answers.read_text())
    return Answers(found["answers"], found["stats"], done.returncode, done.stderr)


@pytest.fixture
def crawl(request: pytest.FixtureRequest) -> Crawl:
    """`run_spider` on the test's own database, or on that of a cluster that the test brings."""
    own = "cluster" in request.fixturenames
    return partial(run_spider, None if own else request.getfixturevalue("database_url"))


@pytest.fixture
def ask(database_url: str, tmp_path: Path) -> Callable[..., Answers]:
    """`ask_spider` on the test's own database."""
    return partial(ask_spider, database_url, tmp_path)


@pytest.fixture(scope="module")
def ask_once(
    server: Server, template_database: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[..., Answers]]:
    """`ask_spider` for a whole module: a process takes seconds to start, so tests that ask
    different sites share one run."""
    name = server.create(template_database)
    yield partial(ask_spider, server.url_of(name), tmp_path_factory.mktemp("ask"))
    server.drop(name)


@pytest.fixture
async def store(database_url: str) -> AsyncIterator[Store]:
    """The tables of the test's database, as a run of the crawler sees them."""
    pool = async_pool("paddock_crawler", max_size=2)
    await pool.open(wait=True, timeout=10)
    yield Store(pool)
    await pool.close()


@pytest.fixture
def readings(monkeypatch: pytest.MonkeyPatch) -> Readings:
    """Counts the grid pages that are read."""
    counted, read_grid = Readings(), Platform.read_grid

    def counting(platform: Platform, page: Any) -> Any:
        counted.count += 1
        return read_grid(platform, page)

    monkeypatch.setattr(Platform, "read_grid", counting)
    return counted
