"""Leaves a row in `crawl_runs` at the start and at the end of every run.

Scrapy counts neither failed items nor what became of a dealer, and scrapyd's list says "finished"
whatever happened: this row is the record.
"""

import logging
from typing import TYPE_CHECKING, Any, Self

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb
from scrapy import Spider, signals
from scrapy.exceptions import CloseSpider
from twisted.python.failure import Failure

from crawler.monitors import Finding, RunSide, judge_run
from crawler.outcomes import outcomes_of
from crawler.run_report import RunReport
from crawler.session import STORE_UNAVAILABLE, Session, session_of
from store.errors import SchemaMissing, StoreError
from store.queries import load

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["RunRecord"]

logger = logging.getLogger(__name__)

OWN_FAULT = frozenset(["finished", "start_error", "memusage_exceeded"])
"""Finish reasons after which a row that is still claimed has failed. After any other (a signal, a
limit) the run was interrupted, and the row is as good as never claimed."""


class RunRecord:
    """Opens and closes the run's record, ends what it still claims, and closes the session."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler
        self.session: Session = session_of(crawler)
        self.report: RunReport | None = None
        self.findings: list[Finding] = []

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        extension = cls(crawler)
        crawler.signals.connect(extension.spider_opened, signal=signals.spider_opened)
        crawler.signals.connect(extension.spider_closed, signal=signals.spider_closed)
        crawler.signals.connect(extension.item_error, signal=signals.item_error)
        return extension

    async def spider_opened(self, spider: Spider) -> None:
        """Record the beginning; raises CloseSpider where there is no database or schema."""
        if not self.crawler.settings.get("CONTACT_URL"):
            logger.warning("CONTACT_URL is not set: site owners cannot tell whom to write to")
        await self.session.open()
        report = self._report("opened")
        try:
            await self.session.transact(
                lambda connection: _execute(
                    connection,
                    "open_run",
                    id=report.run_id,
                    spider=report.spider,
                    arguments=Jsonb(dict(report.arguments)),
                    observed_at=report.observed_at,
                )
            )
        except SchemaMissing as error:
            self.session.lost = error
            logger.error("The schema is missing or old: python -m store migrate (%s)", error)
            raise CloseSpider(STORE_UNAVAILABLE) from error

    def item_error(self, item: Any, failure: Failure) -> None:
        """Count a failed item by its error: Scrapy only logs it."""
        self.crawler.stats.inc_value(f"paddock/item_errors/{type(failure.value).__name__}")

    async def spider_closed(self, spider: Spider, reason: str) -> None:
        """Give back what is still claimed, record the end, close the session."""
        try:
            # Without a database the leases run out by themselves, and the next run sweeps them up.
            if self.session.lost is None:
                for claims in self.session.claims.values():
                    await claims.give_back(interrupted=reason not in OWN_FAULT)
            # The report is made after the claims are settled, for they are part of the verdict.
            if reason == "finished" and self.session.known_stamp is not None:
                self.findings = await self._findings()
            self.report = report = self._report(reason)
            if report.run_id is not None:
                await self.session.transact(lambda connection: _close_run(connection, report))
        except StoreError as error:
            logger.error("The run's record could not be written: %s", error)
        finally:
            self.report = self._report(reason)
            await self.session.close()

    async def _findings(self) -> list[Finding]:
        """What the monitors say of this run beside the last good ones of its spider. Nothing that
        goes wrong here is the crawl's fault, so it is told and the run ends as it would."""
        report = self._report("finished")
        if not report.counts.get("platforms") and not report.counts.get("dealers"):
            return []

        async def read(connection: AsyncConnection[Any]) -> list[RunSide]:
            cursor = await connection.execute(
                load("crawler")["last_runs"],
                {"spider": report.spider, "id": report.run_id, "observed_at": report.observed_at},
            )
            return [RunSide(counts) for (counts,) in await cursor.fetchall()]

        try:
            return judge_run(RunSide(report.counts), await self.session.transact(read))
        except StoreError:
            raise
        except Exception:
            logger.exception("The monitors could not judge this run")
            return []

    @property
    def _without_schema(self) -> bool:
        return isinstance(self.session.lost, SchemaMissing)

    def _report(self, reason: str) -> RunReport:
        spider = self.crawler.spider
        stamp = self.session.known_stamp
        return RunReport(
            spider=spider.name if spider else self.crawler.spidercls.name,
            arguments=self.crawler.settings.getdict("RUN_ARGUMENTS"),
            run_id=stamp.run_id if stamp and not self._without_schema else None,
            observed_at=stamp.observed_at if stamp else None,
            finish_reason=reason,
            stats=self.crawler.stats.get_stats(),
            outcomes=outcomes_of(self.crawler),
            about=getattr(spider, "outcomes_about", "dealers"),
            findings=self.findings,
        )


async def _close_run(connection: AsyncConnection[Any], report: RunReport) -> None:
    await _execute(
        connection,
        "close_run",
        id=report.run_id,
        spider=report.spider,
        arguments=Jsonb(dict(report.arguments)),
        observed_at=report.observed_at,
        finish_reason=report.finish_reason,
        exit_code=report.exit_code,
        counts=Jsonb(report.counts),
        errors=Jsonb(report.errors),
        outcomes=Jsonb(report.listed_outcomes()),
    )


async def _execute(connection: AsyncConnection[Any], name: str, **parameters: Any) -> None:
    await connection.execute(load("crawler")[name], parameters)
