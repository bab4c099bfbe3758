"""What a run did, as values: its verdict (the exit code), its record and its closing summary.

Pure: figures in, figures and text out. Scrapy's own exit code is 0 whatever happens, and its log
counts one refused connection as two errors, so the verdict is computed from the finish reason and
from figures of our own.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from crawler.errors import ArgumentError, Refused
from crawler.extensions.run_figures import platform_figures
from crawler.monitors import Finding
from crawler.outcomes import RESULTS, Outcomes
from crawler.session import CLOCK_AHEAD, STORE_UNAVAILABLE

__all__ = [
    "ADVICE",
    "EXIT_DONE",
    "EXIT_FAILED",
    "EXIT_PARTLY",
    "EXIT_USAGE",
    "IMAGES_STORE_UNAVAILABLE",
    "RunReport",
]

EXIT_DONE = 0
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_PARTLY = 3

IMAGES_STORE_UNAVAILABLE = "images_store_unavailable"
"""The finish reason of a run that could not keep pictures any more."""
USAGE_REASONS = frozenset([CLOCK_AHEAD])
LISTED = 1_000
"""Outcomes that are kept one by one; the figures count all."""

COUNTS = {
    "requests": "downloader/request_count",
    "pages": "response_received_count",
    "bytes": "downloader/response_bytes",
    "retries": "retry/count",
    "items": "item_scraped_count",
    "dropped": "item_dropped_count",
    "sellers_new": "paddock/sellers/new",
    "sellers_known": "paddock/sellers/known",
    "claims_completed": "paddock/claims/complete",
    "claims_lost": "paddock/claims/lost",
    "store_retries": "paddock/store/retries",
}
"""Our figure → Scrapy's or our stat."""

COUNT_GROUPS = {
    "appended": "paddock/appended/",
    "suppressed": "paddock/suppressed/",
    "pictures": "paddock/pictures/",
}
ERROR_GROUPS = {
    "spider": "spider_exceptions/",
    "item": "paddock/item_errors/",
    "unfit": "paddock/unfit/",
    "blocked": "paddock/blocked/",
    "refused": "paddock/refused/",
    "download": "downloader/exception_type_count/",
}

NO_FAILURES = (Refused.__module__, "scrapy.exceptions.CloseSpider")
"""Download "exceptions" that no site causes: our refusals, and requests of a run that closes."""

ADVICE = {
    "challenge": "the site answers crawlers with a challenge; ask the dealer for a feed",
    "denied": "the site refuses us; ask the dealer for a feed or permission",
    "rate_limited": "the site asks for a slower pace; it is due again later",
    "robots": "robots.txt forbids it; ask the dealer for a feed or permission",
    "robots_unreachable": "robots.txt could not be read, which means no; it is due again later",
    "maintenance": "the site is being worked on; it is due again later",
    "parked": "the domain is parked or suspended; check whether the dealer still trades",
    "coming_soon": "the site is not built yet, or no more; check whether the dealer still trades",
    "hosting_default": "the server shows its default page; check where the dealer is now",
    "cookie_wall": "the site shows nothing before cookies are accepted; ask the dealer for a feed",
    "soft_404": "the address shows 'not found'; check where the inventory is now (scrapy sd URL)",
    "empty": "the site answers with an empty page; it is due again later",
    "moved_elsewhere": "the site leads to somebody else's; check whether the dealer still trades",
    "login": "the pages are behind a login; ask the dealer for a feed",
    "drift": "the site has probably changed its layout: look at it (scrapy sd URL), and accept the"
    " walk if it is right as it is (python -m normalizer quarantine)",
    "address": "the address guard refused the site; set FETCH_ALLOWED_NETWORKS if it is yours",
}
"""What to do next, per reason that a dealer was not read."""


@dataclass(frozen=True)
class RunReport:
    """One finished run; ``about`` names what its outcomes are outcomes of, ``findings`` are those
    of the monitors."""

    spider: str
    arguments: Mapping[str, str]
    run_id: UUID | None
    observed_at: datetime | None
    finish_reason: str
    stats: Mapping[str, Any] = field(repr=False)
    outcomes: Outcomes = field(repr=False)
    about: str = "dealers"
    findings: Sequence[Finding] = ()

    @property
    def counts(self) -> dict[str, Any]:
        """What was done, by our names; zeros are left out."""
        found = {name: self.stats.get(key, 0) for name, key in COUNTS.items()}
        groups = {name: _group(self.stats, prefix) for name, prefix in COUNT_GROUPS.items()}
        dealers = {result: len(self.outcomes.of(result)) for result in RESULTS}
        groups["dealers"] = {result: count for result, count in dealers.items() if count}
        groups["notes"] = {
            f"{topic}: {detail}": count
            for (topic, detail), count in sorted(self.outcomes.notes.items())
        }
        drifts: dict[str, list[str]] = {}
        for finding in self.findings:
            drifts.setdefault(finding.platform, []).append(finding.text)
        told = {"platforms": platform_figures(self.stats), "drifts": drifts}
        return {name: value for name, value in {**found, **groups, **told}.items() if value}

    @property
    def errors(self) -> dict[str, dict[str, int]]:
        """What went wrong, by family and kind."""
        found = {name: _group(self.stats, prefix) for name, prefix in ERROR_GROUPS.items()}
        # Our own refusals have a family of their own; of the others, the name says enough.
        found["download"] = {
            kind.rpartition(".")[2]: count
            for kind, count in found["download"].items()
            if not kind.startswith(NO_FAILURES)
        }
        for error in ("lost", "unfinished"):
            if self.stats.get(f"paddock/claims/{error}"):
                found.setdefault("claims", {})[error] = self.stats[f"paddock/claims/{error}"]
        return {name: kinds for name, kinds in found.items() if kinds}

    @property
    def exit_code(self) -> int:
        """0 the whole job was done; 3 done, but some dealers were not, and they are listed; 1
        failed; 2 the run was asked for something that makes no sense."""
        if self.finish_reason in USAGE_REASONS:
            return EXIT_USAGE
        errors = self.errors
        # A spider may need the database to tell that an argument makes no sense.
        if ArgumentError.__name__ in errors.get("spider", {}):
            return EXIT_USAGE
        if self.finish_reason != "finished" or "spider" in errors or "item" in errors:
            return EXIT_FAILED
        if "unfinished" in errors.get("claims", {}):
            return EXIT_FAILED
        results = {outcome.result for outcome in self.outcomes.by_dealer.values()}
        if results == {"failed"}:
            return EXIT_FAILED
        if results - {"done"} or "claims" in errors or "unfit" in errors or self.findings:
            return EXIT_PARTLY
        return EXIT_DONE

    def listed_outcomes(self) -> list[dict[str, str]]:
        """Return the dealers that were not done, worst first, as the record keeps them."""
        return [
            {"dealer": outcome.dealer, "result": result, "reason": outcome.reason}
            for result in reversed(RESULTS)
            if result != "done"
            for outcome in self.outcomes.of(result)
        ][:LISTED]

    def summary(self) -> str:
        """Write the closing summary for a person: what was done, what was not and why, what to do
        next."""
        return "\n".join(self._lines())

    def _lines(self) -> Iterator[str]:
        verdict = {
            EXIT_DONE: "done",
            EXIT_PARTLY: "done, with exceptions",
            EXIT_FAILED: "FAILED",
            EXIT_USAGE: "not run",
        }[self.exit_code]
        yield f"{self.spider}: {verdict} ({self.finish_reason}, exit code {self.exit_code})"
        counts = self.counts
        if not counts and self.exit_code == EXIT_DONE:
            yield "  nothing was due"
        if counts.get("pages"):
            yield _line("read", f"{counts['pages']:,} pages in {counts['requests']:,} requests")
        if "sellers_new" in counts or "sellers_known" in counts:
            new, known = counts.get("sellers_new", 0), counts.get("sellers_known", 0)
            yield _line("sellers", f"{new:,} new, {known:,} known")
        unchanged = counts.get("suppressed", {})
        for kind in sorted({*counts.get("appended", {}), *unchanged}):
            told = f"{counts.get('appended', {}).get(kind, 0):,} appended"
            same = unchanged.get(kind, 0)
            yield _line(kind, f"{told}, {same:,} unchanged" if same else told)
        if "pictures" in counts:
            parts = ", ".join(f"{count:,} {what}" for what, count in counts["pictures"].items())
            yield _line("pictures", parts.replace("_", " "))
        if "dealers" in counts:
            parts = ", ".join(f"{count:,} {name}" for name, count in counts["dealers"].items())
            lost = self.finish_reason == STORE_UNAVAILABLE
            yield _line(self.about, f"{parts}; not all of it was stored" if lost else parts)
        for note, count in counts.get("notes", {}).items():
            yield _line("note", f"{note} ({count:,})")
        yield from self._troubles()
        if self.run_id is not None:
            yield _line("record", f"crawl_runs {self.run_id}")

    def _troubles(self) -> Iterator[str]:
        listed = self.listed_outcomes()
        for outcome in listed[:20]:
            yield f"  {outcome['result']}: {outcome['dealer']} ({outcome['reason']})"
        if len(listed) > 20:
            yield f"  … and {len(listed) - 20:,} more in the run's record"
        for finding in self.findings:
            yield f"  drift: {finding}"
        for family, kinds in self.errors.items():
            yield _line(family, ", ".join(f"{kind} {count:,}" for kind, count in kinds.items()))
        for reason in sorted({outcome["reason"].partition(":")[0] for outcome in listed}):
            if reason in ADVICE:
                yield f"  → {reason}: {ADVICE[reason]}"
        if self.finish_reason == STORE_UNAVAILABLE:
            yield (
                "  → the database could not be used (the log says why);"
                " what is not stored will be crawled again"
            )
        if self.finish_reason == "shutdown":
            yield "  → interrupted: what was stored stands, the rest is due again"
        if self.finish_reason == IMAGES_STORE_UNAVAILABLE:
            yield "  → pictures could not be kept (the log says why); what is not kept stays due"


def _line(label: str, text: str) -> str:
    return f"  {label:<20}{text}"


def _group(stats: Mapping[str, Any], prefix: str) -> dict[str, int]:
    found = {
        key.removeprefix(prefix): value for key, value in stats.items() if key.startswith(prefix)
    }
    found.pop("count", None)
    return {key: value for key, value in sorted(found.items()) if value}
