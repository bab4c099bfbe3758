"""The verdict on a run, from figures alone."""

from typing import Any
from uuid import UUID

import pytest

from crawler.outcomes import Outcomes
from crawler.run_report import RunReport

RUN = UUID("5f0c2b1e-7d5a-5b0e-9a54-9d1b3c6f2a10")


def report(
    reason: str = "finished", stats: dict[str, Any] | None = None, **dealers: str
) -> RunReport:
    outcomes = Outcomes()
    for dealer, result in dealers.items():
        outcomes.add(dealer, result, "" if result == "done" else "challenge")  # type: ignore[arg-type]
    return RunReport("inventory", {}, RUN, None, reason, stats or {}, outcomes)


@pytest.mark.parametrize(
    ("code", "made"),
    [
        (0, report()),
        (0, report(a="done", b="done")),
        (0, report(stats={"downloader/exception_type_count/x.Y": 3, "retry/count": 9})),
        (3, report(a="done", b="blocked")),
        (3, report(a="done", b="quarantined")),
        (3, report(a="done", b="failed")),
        (3, report(a="blocked")),
        (3, report(stats={"paddock/claims/lost": 1}, a="done")),
        (3, report(stats={"paddock/unfit/listing/price:string_type": 1}, a="done")),
        (1, report(a="failed")),
        (1, report(stats={"paddock/claims/unfinished": 1}, a="done")),
        (
            1,
            report(stats={"spider_exceptions/KeyError": 1, "spider_exceptions/count": 1}, a="done"),
        ),
        (1, report(stats={"paddock/item_errors/StoreError": 1}, a="done")),
        (1, report("store_unavailable", a="done")),
        (1, report("shutdown", a="done")),
        (1, report("start_error")),
        (1, report("closespider_timeout", a="done")),
        (2, report("observed_at_ahead")),
        (2, report("start_error", {"spider_exceptions/ArgumentError": 1})),
    ],
)
def test_exit_codes_tell_the_truth(code: int, made: RunReport) -> None:
    assert made.exit_code == code


def test_of_several_reports_about_a_dealer_the_worst_stands() -> None:
    outcomes = Outcomes()
    outcomes.add("a", "blocked", "challenge")
    outcomes.add("a", "done")
    outcomes.add("a", "quarantined", "drift")
    assert [(o.result, o.reason) for o in outcomes.by_dealer.values()] == [("blocked", "challenge")]


def test_the_summary_says_what_was_done_what_was_not_and_what_to_do() -> None:
    outcomes = Outcomes()
    outcomes.add("https://a.example", "done")
    outcomes.add("https://b.example", "blocked", "challenge")
    outcomes.note("own_site", "https://c.example", "timeout")
    stats = {
        "response_received_count": 1200,
        "downloader/request_count": 1234,
        "paddock/appended/listing": 310,
        "paddock/suppressed/listing": 4090,
        "paddock/blocked/challenge": 2,
    }
    made = RunReport("inventory", {"limit": "5"}, RUN, None, "finished", stats, outcomes)
    assert made.summary() == (
        "inventory: done, with exceptions (finished, exit code 3)\n"
        "  read                1,200 pages in 1,234 requests\n"
        "  listing             310 appended, 4,090 unchanged\n"
        "  dealers             1 done, 1 blocked\n"
        "  note                own_site: timeout (1)\n"
        "  blocked: https://b.example (challenge)\n"
        "  blocked             challenge 2\n"
        "  → challenge: the site answers crawlers with a challenge; ask the dealer for a feed\n"
        f"  record              crawl_runs {RUN}"
    )


def test_a_run_without_work_says_so() -> None:
    assert "  nothing was due\n" in report().summary()
    outcomes = Outcomes()
    outcomes.add("roster page 1", "done")
    made = RunReport("roster", {}, RUN, None, "finished", {}, outcomes, about="roster pages")
    assert "  roster pages        1 done\n" in made.summary()


def test_what_no_site_caused_is_no_download_error() -> None:
    stats = {
        "downloader/exception_type_count/crawler.errors.RobotsDisallowed": 2,
        "downloader/exception_type_count/scrapy.exceptions.CloseSpider": 11,
        "downloader/exception_type_count/scrapy.exceptions.DownloadTimeoutError": 3,
        "paddock/refused/robots": 2,
    }
    assert report(stats=stats).errors == {
        "download": {"DownloadTimeoutError": 3},
        "refused": {"robots": 2},
    }


def test_a_long_list_of_dealers_is_cut_in_the_summary_only() -> None:
    outcomes = Outcomes()
    for number in range(30):
        outcomes.add(f"https://{number:02}.example", "failed", "timeout")
    made = RunReport("inventory", {}, RUN, None, "finished", {}, outcomes)
    assert len(made.listed_outcomes()) == 30
    assert "… and 10 more in the run's record" in made.summary()
