"""Monitors that compare a finished run with the last good ones of its spider, by platform.

They are Spidermon's, run by its runner when the spider closes (`judge_run`). What they find is told
in the run's summary and record, and makes its exit code 3; it never ends a run, and never decides
what a walk proves: that is the manifest's drift (`crawler.drift`), dealer by dealer.

A platform is compared with the runs in which it gave no alarm, and only where a like number of
dealers was read: a run over one dealer says little about a platform.
"""

import logging
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median
from typing import Any

from spidermon import Monitor, MonitorSuite
from spidermon.runners import MonitorRunner

from crawler.drift import fell

__all__ = ["EVERYBODY", "Finding", "RunSide", "judge_run"]

logger = logging.getLogger(__name__)

EVERYBODY = "all platforms"
BASELINE = 5
MIN_DEALERS = 3
"""Dealers of a platform below which its figures are those of single sites."""
MIN_ITEMS = 20
FALL = 0.25
"""How far a platform's share must fall: less than for one dealer, for many together vary less."""
SHRINKS_TO = 0.6
"""What is left of cars per page, or photos per vehicle, at an alarm."""
DROPPED = 0.05
"""The share of items that the contract refuses, at an alarm."""


@dataclass(frozen=True, slots=True)
class Finding:
    """What a monitor found, of a platform or of EVERYBODY; as text "generic: price filled
    92 % → 31 % over 14 dealers"."""

    platform: str
    text: str

    def __str__(self) -> str:
        return f"{self.platform}: {self.text}"


@dataclass(frozen=True, slots=True)
class RunSide:
    """One run's counts, as `crawl_runs` keeps them; ``drifts`` are the platforms that gave an
    alarm in it."""

    counts: Mapping[str, Any] = field(default_factory=dict)

    @property
    def platforms(self) -> Mapping[str, Mapping[str, Any]]:
        """The figures of `crawler.extensions.run_figures`."""
        found: Mapping[str, Mapping[str, Any]] = self.counts.get("platforms", {})
        return found

    @property
    def dealers(self) -> Mapping[str, int]:
        """Dealers by result."""
        found: Mapping[str, int] = self.counts.get("dealers", {})
        return found

    @property
    def drifts(self) -> frozenset[str]:
        """What gave an alarm in this run."""
        return frozenset(self.counts.get("drifts", {}))


class RunMonitor(Monitor):  # type: ignore[misc]
    """A monitor that collects what it finds in ``self.data.findings`` before it fails."""

    def tell(self, findings: Iterator[Finding]) -> None:
        """Fail with everything that was found."""
        found = list(findings)
        self.data.findings.extend(found)
        if found:
            self.fail("; ".join(map(str, found)))

    def compared(self) -> Iterator[tuple[str, Mapping[str, Any], list[Mapping[str, Any]]]]:
        """(platform, its figures now, its figures in the last good runs over as many dealers)."""
        for platform, now in self.data.now.platforms.items():
            dealers = now.get("dealers", 0)
            if dealers < MIN_DEALERS or now.get("items", 0) < MIN_ITEMS:
                continue
            good = [
                run.platforms[platform]
                for run in self.data.good
                if platform in run.platforms and platform not in run.drifts
            ]
            alike = [
                each
                for each in good
                if each.get("dealers", 0) >= MIN_DEALERS
                and dealers / 2 <= each["dealers"] <= 2 * dealers
                and each.get("items", 0) >= MIN_ITEMS
            ]
            if alike:
                yield platform, now, alike[:BASELINE]


class FillRates(RunMonitor):
    """Shares of items that fill a field, by platform."""

    def test_fields_are_filled_as_before(self) -> None:
        """No field fell."""
        self.tell(self._fallen())

    def _fallen(self) -> Iterator[Finding]:
        for platform, now, good in self.compared():
            size = int(median(each["items"] for each in good))
            for name in sorted({name for each in good for name in each["filled"]}):
                before = median(each["filled"].get(name, 0) / each["items"] for each in good)
                filled = now["filled"].get(name, 0)
                if fell(before, size, filled, now["items"], FALL):
                    words = name.replace("_", " ")
                    share = _shares(before, filled / now["items"])
                    yield Finding(platform, f"{words} filled {share} over {now['dealers']} dealers")


class Sizes(RunMonitor):
    """Cars per grid page and photos per vehicle, by platform."""

    def test_pages_hold_as_much_as_before(self) -> None:
        """Neither shrank."""
        self.tell(self._shrunk())

    def _shrunk(self) -> Iterator[Finding]:
        for platform, now, good in self.compared():
            for label, top, bottom in (
                ("cars per page", "items", "pages"),
                ("photos per vehicle", "photos", "items"),
            ):
                before = [each.get(top, 0) / each[bottom] for each in good if each.get(bottom)]
                if not before or not now.get(bottom):
                    continue
                usual, ratio = median(before), now.get(top, 0) / now[bottom]
                if usual >= 2 and ratio <= SHRINKS_TO * usual:
                    text = f"{label} {usual:.1f} → {ratio:.1f} over {now['dealers']} dealers"
                    yield Finding(platform, text)


class Answers(RunMonitor):
    """Dealers that were read, against those that were blocked or failed."""

    def test_dealers_answer_as_before(self) -> None:
        """No more are blocked, and no more fail."""
        self.tell(self._unread())

    def _unread(self) -> Iterator[Finding]:
        now = self.data.now.dealers
        total = sum(now.values())
        good = [
            run.dealers
            for run in self.data.good
            if EVERYBODY not in run.drifts and total / 2 <= sum(run.dealers.values()) <= 2 * total
        ][:BASELINE]
        if total < 2 * MIN_DEALERS or not good:
            return
        size = int(median(sum(each.values()) for each in good))
        for result in ("blocked", "failed"):
            before = median(each.get(result, 0) / sum(each.values()) for each in good)
            count = now.get(result, 0)
            if fell(1 - before, size, total - count, total, FALL):
                share = _shares(before, count / total)
                yield Finding(EVERYBODY, f"{result} {share} of {total} dealers")


class Dropped(RunMonitor):
    """Items that the contract refused."""

    def test_items_fit_the_contract(self) -> None:
        """Few are dropped, or as few as before."""
        self.tell(self._refused())

    def _refused(self) -> Iterator[Finding]:
        share, dropped = _dropped(self.data.now.counts)
        usual = [_dropped(run.counts)[0] for run in self.data.good if EVERYBODY not in run.drifts]
        before = median(usual[:BASELINE]) if usual else 0.0
        if dropped >= MIN_ITEMS // 2 and share >= max(DROPPED, 3 * before):
            yield Finding(EVERYBODY, f"items the contract refuses {_shares(before, share)}")


class RunSuite(MonitorSuite):  # type: ignore[misc]
    """Everything that is asked of a finished run."""

    monitors = (FillRates, Sizes, Answers, Dropped)


def judge_run(now: RunSide, good: Sequence[RunSide]) -> list[Finding]:
    """Run the monitors; ``good`` are earlier runs of the same spider, newest first. A monitor that
    itself breaks is logged, and the others are heard."""
    findings: list[Finding] = []
    result = MonitorRunner().run(RunSuite(), now=now, good=list(good), findings=findings)
    for item in result.monitor_results:
        if item.status == "ERROR":
            logger.error("The monitor %s broke: %s", item.monitor.name, item.error)
    return findings


def _dropped(counts: Mapping[str, Any]) -> tuple[float, int]:
    """The share and the number of items that were dropped."""
    dropped = int(counts.get("dropped", 0))
    return dropped / max(1, dropped + int(counts.get("items", 0))), dropped


def _shares(before: float, now: float) -> str:
    return f"{before * 100:.0f} % → {now * 100:.0f} %"
