"""The monitors of a finished run: what raises an alarm, what does not, and what an alarm changes."""

import logging
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime
from types import SimpleNamespace
from typing import Any, cast
from uuid import UUID

import psycopg
import pytest
from psycopg.types.json import Jsonb
from scrapy.statscollectors import MemoryStatsCollector
from scrapy.utils.test import get_crawler

from contract.observation import Kind, Observation, Source
from contract.payloads import ListingDetail
from crawler import monitors
from crawler.extensions.run_figures import RunFigures, platform_figures
from crawler.items import ValidatedVisit
from crawler.monitors import Finding, RunSide, judge_run
from crawler.outcomes import Outcomes
from crawler.run_report import RunReport
from tests.crawler.dealer_lots import add_lot
from tests.crawler.loopback import Answer, serve

Counts = dict[str, Any]


def a_run(
    items: int = 400,
    dealers: int = 14,
    pages: int = 20,
    filled: dict[str, int] | None = None,
    results: dict[str, int] | None = None,
    drifts: dict[str, list[str]] | None = None,
    **figures: int,
) -> RunSide:
    """A run over one platform; ``filled`` in percent of the items."""
    shares = filled if filled is not None else {"price": 92, "vin": 40}
    generic = {
        "items": items,
        "dealers": dealers,
        "pages": pages,
        "filled": {name: items * share // 100 for name, share in shares.items()},
        **figures,
    }
    counts = {
        "platforms": {"generic": generic},
        "dealers": results or {"done": 39, "blocked": 1},
        "items": items,
    }
    return RunSide(counts | ({"drifts": drifts} if drifts else {}))


GOOD = [a_run()] * 5


@pytest.mark.parametrize(
    ("now", "told"),
    [
        (a_run(), []),
        (
            a_run(filled={"price": 31, "vin": 40}),
            ["generic: price filled 92 % → 31 % over 14 dealers"],
        ),
        (a_run(filled={"price": 92}), ["generic: vin filled 40 % → 0 % over 14 dealers"]),
        (a_run(filled={"price": 75, "vin": 30}), []),
        # One dealer, or many more of them, say nothing about the platform.
        (a_run(dealers=1, filled={"price": 0}), []),
        (a_run(dealers=60, filled={"price": 0}), []),
        (a_run(items=12, filled={"price": 0}), []),
        (a_run(pages=50), ["generic: cars per page 20.0 → 8.0 over 14 dealers"]),
        (
            a_run(results={"done": 20, "blocked": 20}),
            ["all platforms: blocked 2 % → 50 % of 40 dealers"],
        ),
        (
            a_run(results={"done": 10, "failed": 30}),
            ["all platforms: failed 0 % → 75 % of 40 dealers"],
        ),
        (a_run(results={"done": 2, "blocked": 2}), []),
    ],
)  # fmt: skip
def test_a_run_is_compared_with_the_last_good_ones(now: RunSide, told: list[str]) -> None:
    assert [str(finding) for finding in judge_run(now, GOOD)] == told


def test_the_gallery_of_vehicle_pages_is_watched() -> None:
    good = [a_run(photos=9_600)] * 3
    told = judge_run(a_run(photos=400), good)
    assert list(map(str, told)) == ["generic: photos per vehicle 24.0 → 1.0 over 14 dealers"]


def test_items_that_the_contract_refuses_are_an_alarm() -> None:
    refused = RunSide({"items": 90, "dropped": 30})
    [finding] = judge_run(refused, GOOD)
    assert str(finding) == "all platforms: items the contract refuses 0 % → 25 %"
    assert judge_run(refused, [refused] * 5) == []


def test_a_run_with_an_alarm_is_no_measure_for_the_next_one() -> None:
    bad = a_run(filled={"price": 31, "vin": 40}, drifts={"generic": ["price filled …"]})
    again = a_run(filled={"price": 31, "vin": 40})
    assert judge_run(again, [bad] * 5 + GOOD)
    assert judge_run(again, [bad] * 5) == []  # Nothing left to compare with.


def test_without_earlier_runs_there_is_no_alarm() -> None:
    assert judge_run(a_run(filled={}), []) == []


def test_a_monitor_that_breaks_is_logged_and_the_others_are_heard(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*_: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(monitors.Sizes, "_shrunk", broken)
    with caplog.at_level(logging.ERROR):
        told = judge_run(a_run(filled={"price": 31, "vin": 40}), GOOD)
    assert [finding.platform for finding in told] == ["generic"]
    assert "ZeroDivisionError" in caplog.text


def test_findings_are_told_and_make_the_exit_code_three() -> None:
    stats = {"paddock/figures/dealer com/items": 3, "paddock/figures/dealer com/filled/vin": 2}
    outcomes = Outcomes()
    outcomes.add("a", "done")
    finding = Finding("generic", "price filled 92 % → 31 % over 14 dealers")
    run = UUID("5f0c2b1e-7d5a-5b0e-9a54-9d1b3c6f2a10")
    made = RunReport("inventory", {}, run, None, "finished", stats, outcomes, findings=[finding])
    assert made.exit_code == 3
    assert "drift: generic: price filled 92 % → 31 % over 14 dealers" in made.summary()
    assert made.counts["drifts"] == {"generic": ["price filled 92 % → 31 % over 14 dealers"]}
    assert made.counts["platforms"] == {"dealer com": {"items": 3, "filled": {"vin": 2}}}
    assert platform_figures({}) == {}


def test_vehicle_pages_are_counted_by_their_platform() -> None:
    stats = MemoryStatsCollector(get_crawler())
    crawler = SimpleNamespace(stats=stats, spidercls=SimpleNamespace(name="listings"))
    figures = RunFigures(cast(Any, crawler))
    handle = UUID("0d6b1c86-7d1f-5f6c-9d5e-0c0c5a1f7e11")
    for number in range(3):
        url = f"https://cars.example/{number}"
        detail = ListingDetail(
            organization_id=str(handle),
            listing_url=url,
            page_status="in_stock",
            platform="shopify",
            reader="detail",
            title="1967 Ford Mustang",
            price="$20,000" if number else None,
            description="Four speed.",
            image_urls=("https://cars.example/a.jpg", "https://cars.example/b.jpg"),
        )
        at = datetime(2026, 3, 1, tzinfo=UTC)
        told = Observation(Source.DEALER_SITE, Kind.LISTING_DETAIL, url, handle, at, detail)
        figures.item_scraped(ValidatedVisit(told, ()))
    filled = {"title": 3, "vehicle": 3, "price": 2, "image": 3, "description": 3}
    assert platform_figures(stats.get_stats()) == {
        "shopify": {"dealers": 1, "items": 3, "photos": 6, "filled": filled}
    }


def grid(site: int, price: bool) -> Answer:
    tiles = "".join(
        f'<div class="car"><a href="/inventory/{1960 + n}-ford-mustang-{site}{n}">'
        f'<h3>{1960 + n} Ford Mustang</h3><img src="/photos/{n}.jpg"></a>'
        + (f'<p class="price">${20_000 + n:,}</p>' if price else "")
        + "</div>"
        for n in range(9)
    )
    return Answer(body=f"<html><body><h1>Our cars</h1><div>{tiles}</div></body></html>")


def test_an_update_of_a_platform_shows_in_the_run(
    crawl: Callable[..., subprocess.CompletedProcess[str]], connection: psycopg.Connection
) -> None:
    """Three dealers lose their prices in one night: each walk drifts, and the run says so."""
    pages: list[dict[str, Answer]] = [{"/inventory": grid(n, True)} for n in range(3)]
    with serve(pages[0]) as one, serve(pages[1]) as two, serve(pages[2]) as three:
        for site in (one, two, three):
            lot = add_lot(connection, site.url("").rstrip("/"))
            connection.execute(
                "UPDATE businesses SET inventory_url = %s WHERE id = %s",
                [site.url("/inventory"), lot.id],
            )
            connection.execute(
                "INSERT INTO organization_inventory_sync_queue (organization_id, run_mode, every)"
                " VALUES (%s, 'current', '1 day')",
                [lot.id],
            )
        connection.commit()
        settings = {"SPIDER_MODULES": "crawler.spiders", "DOWNLOAD_DELAY": "0.01"}
        first = crawl("inventory", {"due": "all"}, settings | {"OBSERVED_AT": "2026-03-01T12:00Z"})
        assert first.returncode == 0, first.stdout + first.stderr
        for number, served in enumerate(pages):
            served["/inventory"] = grid(number, False)
        second = crawl("inventory", {"due": "all"}, settings | {"OBSERVED_AT": "2026-03-02T12:00Z"})
    assert second.returncode == 3, second.stdout + second.stderr
    assert "drift: generic: price filled 100 % → 0 % over 3 dealers" in second.stdout
    assert second.stdout.count("quarantined: ") == 3
    assert "(drift: current grid: price 100 % → 0 %)" in second.stdout
    assert "→ drift: the site has probably changed its layout" in second.stdout
    rows = connection.execute(
        "SELECT counts->'platforms'->'generic', counts->'drifts', exit_code FROM crawl_runs"
        " ORDER BY observed_at"
    ).fetchall()
    assert rows[0][0]["items"] == 27
    assert rows[0][0]["filled"]["price"] == 27
    assert rows[0][1] is None
    assert rows[1][1] == {"generic": ["price filled 100 % → 0 % over 3 dealers"]}
    drifts = connection.execute(
        "SELECT raw_data->'drift' FROM import_queue WHERE kind = 'inventory_manifest'"
        " AND observed_at > '2026-03-02'"
    ).fetchall()
    assert drifts == [([{"field": "price", "before": 1.0, "now": 0.0}],)] * 3


def test_a_record_that_cannot_be_judged_does_not_spoil_the_run(
    crawl: Callable[..., subprocess.CompletedProcess[str]], connection: psycopg.Connection
) -> None:
    """An earlier run's record of another shape: the monitors give up, the crawl does not."""
    counts = {"platforms": {"generic": "?"}, "dealers": ["?"]}
    connection.execute(
        "INSERT INTO crawl_runs (id, spider, observed_at, exit_code, finish_reason, counts)"
        " VALUES (gen_random_uuid(), 'inventory', '2026-02-28T12:00Z', 0, 'finished', %s)",
        [Jsonb(counts)],
    )
    with serve({"/inventory": grid(1, True)}) as site:
        lot = add_lot(connection, site.url("").rstrip("/"))
        connection.execute(
            "UPDATE businesses SET inventory_url = %s WHERE id = %s",
            [site.url("/inventory"), lot.id],
        )
        connection.execute(
            "INSERT INTO organization_inventory_sync_queue (organization_id, run_mode, every)"
            " VALUES (%s, 'current', '1 day')",
            [lot.id],
        )
        connection.commit()
        settings = {"SPIDER_MODULES": "crawler.spiders", "OBSERVED_AT": "2026-03-01T12:00Z"}
        done = crawl("inventory", {"due": "all"}, settings)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The monitor Answers/test_dealers_answer_as_before broke" in done.stderr
