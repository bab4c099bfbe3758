"""Politeness in time: one request at a time per site, and what 429 and Retry-After ask for."""

import time
from collections.abc import Callable, Coroutine
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler
from itertools import count
from typing import Any

import pytest
from scrapy import Request
from scrapy.core import downloader as downloading
from scrapy.settings import Settings
from scrapy.utils.test import get_crawler
from twisted.internet.defer import Deferred

from crawler import resolver
from crawler.downloader import Downloader
from crawler.middlewares.pace import pace_of, retry_after_seconds
from tests.crawler.conftest import Answers
from tests.crawler.loopback import Answer, Behaviour, Site, serve

NOW = datetime(2026, 11, 22, 12, 0, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("header", "seconds"),
    [
        (None, None),
        (b"", None),
        (b"soon", None),
        (b"-5", None),
        (b"1.5", None),
        (b"0", 0.0),
        (b"120", 120.0),
        (b" 7 ", 7.0),
        (b"99999999999999999999", 999_999_999.0),
        (b"Sun, 22 Nov 2026 12:01:30 GMT", 90.0),
        (b"Sunday, 22-Nov-26 12:01:30 GMT", 90.0),
        (b"Sun Nov 22 12:01:30 2026", 90.0),
        (b"Sun, 22 Nov 2026 11:00:00 GMT", 0.0),
        (b"Sun, 99 Nov 2026 11:00:00 GMT", None),
        ("٣".encode(), None),
    ],
)
def test_retry_after_is_read_in_both_forms(header: bytes | None, seconds: float | None) -> None:
    assert retry_after_seconds(header, NOW) == seconds


@pytest.mark.parametrize("delay", [0.0, 0.5])
def test_a_transfer_counts_from_when_it_is_scheduled(
    monkeypatch: pytest.MonkeyPatch, delay: float
) -> None:
    """However long the process stands still before the scheduled transfer begins."""
    clock = count(60.0, step=60.0)
    scheduled: list[Coroutine[Any, Any, None]] = []
    monkeypatch.setattr(downloading, "monotonic", lambda: next(clock))
    monkeypatch.setattr(downloading, "_schedule_coro", scheduled.append)
    downloader = Downloader(get_crawler())
    slot = downloading.Slot(concurrency=1, delay=delay, jitter=0.0)
    slot.queue.extend((Request(f"http://127.0.0.1/{n}"), Deferred()) for n in range(3))
    downloader._process_queue(slot)
    for transfer in scheduled:
        transfer.close()
    assert (len(scheduled), len(slot.transferring), len(slot.queue)) == (1, 1, 2)


class Busy:
    """Answers 429 (or another status) a number of times, then the page."""

    def __init__(self, times: int, status: int = 429, retry_after: str | None = None) -> None:
        self.left = times
        self.answer = Answer(
            status, "busy", {"Retry-After": retry_after} if retry_after is not None else {}
        )

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        self.left -= 1
        (self.answer if self.left >= 0 else Answer())(handler)


@pytest.mark.parametrize(
    ("url", "asked", "delay"),
    [
        ("https://dealer.example/", 0.0, 2.0),
        ("https://dealer.example/", 0.5, 2.0),
        ("https://dealer.example/", 9.0, 9.0),
        ("http://93.184.216.34/", 0.0, 2.0),
        # The operator's own: by a literal address, or by a name that leads nowhere else.
        ("http://127.0.0.1:8000/", 0.0, 0.0),
        ("http://127.0.0.1:8000/", 0.5, 0.5),
        ("http://replica.test:8000/", 0.0, 0.0),
        ("http://127.0.0.2:8000/", 0.0, 2.0),
    ],
)
def test_strangers_get_the_default_delay_and_what_they_ask_for(
    monkeypatch: pytest.MonkeyPatch, url: str, asked: float, delay: float
) -> None:
    monkeypatch.setattr(resolver, "own_hosts", {"replica.test"})
    settings = Settings({"FETCH_ALLOWED_NETWORKS": "127.0.0.1/32", "DOWNLOAD_DELAY": 2.0})
    assert pace_of(settings, url, asked)[0] == delay


@dataclass
class Town:
    """Every site of this module, visited by one run."""

    sites: dict[str, Site]
    answers: Answers
    crowd: int

    def statuses(self, name: str) -> dict[str, Any]:
        """What became of each page of a site: its status, or the reason why there is none."""
        host = self.sites[name].url("/")
        return {
            answer["url"].removeprefix(host): answer.get("status") or answer["reason"]
            for answer in self.answers.answers
            if answer["url"].startswith(host)
        }


PAGES = {
    "crowd": [f"/{n}" for n in range(8)],
    "slow one": ["/slow"],
    "slow other": ["/slow"],
    "busy 429": ["/busy", "/next", "/last"],
    "busy 503": ["/busy", "/next", "/last"],
    "one busy page": ["/busy", "/next"],
    "always busy": [f"/{n}" for n in range(6)],
    "busy for an hour": ["/busy", "/next", "/last"],
    "broken": ["/broken", "/shaky"],
}


@pytest.fixture(scope="module")
def town(ask_once: Callable[..., Answers]) -> Town:
    inside: list[int] = []
    crowd = 0

    def crowded(handler: BaseHTTPRequestHandler) -> None:
        nonlocal crowd
        inside.append(1)
        crowd = max(crowd, len(inside))
        time.sleep(0.05)
        inside.pop()
        Answer()(handler)

    def slow(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(2)
        Answer()(handler)

    behaviours: dict[str, dict[str, Behaviour]] = {
        "crowd": {"*": crowded},
        "slow one": {"/slow": slow},
        "slow other": {"/slow": slow},
        "busy 429": {"/busy": Busy(1, 429, "2"), "*": Answer()},
        "busy 503": {"/busy": Busy(1, 503, "2"), "*": Answer()},
        "one busy page": {"/busy": Busy(99, retry_after="0"), "*": Answer()},
        "always busy": {"/robots.txt": Answer(404), "*": Busy(99, retry_after="0")},
        "busy for an hour": {"/busy": Busy(99, retry_after="3600"), "*": Answer()},
        "broken": {"/broken": Answer(500, "oops"), "/shaky": Busy(2, 502)},
    }
    with ExitStack() as stack:
        sites = {name: stack.enter_context(serve(pages)) for name, pages in behaviours.items()}
        urls = [site.url(path) for name, site in sites.items() for path in PAGES[name]]
        answers = ask_once(urls, CONCURRENT_REQUESTS="64")
    return Town(sites, answers, crowd)


def test_a_site_serves_one_request_at_a_time(town: Town) -> None:
    assert len(town.statuses("crowd")) == 8
    assert town.crowd == 1


def test_sites_do_not_wait_for_each_other(town: Town) -> None:
    begun = [dict(town.sites[name].hits)["/slow"] for name in ("slow one", "slow other")]
    # Both on one host: the port tells them apart.
    assert abs(begun[0] - begun[1]) < 1.9


@pytest.mark.parametrize("name", ["busy 429", "busy 503"])
def test_the_pause_a_site_asks_for_is_kept(town: Town, name: str) -> None:
    site = town.sites[name]
    assert town.statuses(name) == {"busy": 200, "next": 200, "last": 200}
    hits = dict(site.hits)
    first = site.hits[site.paths().index("/busy")][1]
    # The whole site waits, not only the page, and then goes on at its usual pace.
    waited = [hits[path] - first for path in ("/busy", "/next", "/last")]
    assert min(waited) >= 1.9
    assert max(waited) < 3.9


def test_a_page_that_stays_busy_is_rate_limited_and_the_next_one_is_tried(town: Town) -> None:
    assert town.statuses("one busy page") == {"busy": "rate_limited", "next": 200}
    assert town.sites["one busy page"].paths().count("/busy") == 3


def test_a_site_that_stays_busy_is_left_alone(town: Town) -> None:
    assert set(town.statuses("always busy").values()) == {"rate_limited"}
    # Without giving up, six pages would have been asked for three times each.
    assert len(town.sites["always busy"].hits) < 1 + 6 * 3


def test_a_pause_beyond_the_cap_ends_the_site_for_this_run(town: Town) -> None:
    # Requests that wait in the slot already are not made either.
    assert set(town.statuses("busy for an hour").values()) == {"rate_limited"}
    assert town.sites["busy for an hour"].paths() == ["/robots.txt", "/busy"]


def test_a_server_error_is_tried_three_times_and_is_no_block(town: Town) -> None:
    assert town.statuses("broken") == {"broken": 500, "shaky": 200}
    assert town.sites["broken"].paths().count("/broken") == 3


def test_inline_fetches_obey_as_well(ask: Callable[..., Answers]) -> None:
    with serve({"/busy": Busy(1, retry_after="1"), "/never": Busy(99, retry_after="3600")}) as site:
        answers = ask([site.url("/busy"), site.url("/never"), site.url("/x")], inline=True)
    found = [answer.get("status") or answer["reason"] for answer in answers.answers]
    assert found == [200, "rate_limited", "rate_limited"]
    assert site.paths() == ["/robots.txt", "/busy", "/busy", "/never"]


def test_the_operators_own_site_is_known_by_its_name_too(ask: Callable[..., Answers]) -> None:
    with serve({"*": Answer()}) as site:
        urls = [f"http://localhost:{site.port}/{n}" for n in range(20)]
        answers = ask(urls, allowed="127.0.0.0/8 ::1/128", DOWNLOAD_DELAY="2")
    assert [answer["status"] for answer in answers.answers] == [200] * 20
    assert site.hits[-1][1] - site.hits[1][1] < 10
