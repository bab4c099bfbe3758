"""`scrapy crawl SPIDER`: as Scrapy's, with a truthful exit code and a closing summary.

Exit codes: 0 the whole job was done; 3 done, but some dealers were blocked or quarantined, and they
are listed; 1 failed; 2 the command line makes no sense.
"""

import argparse
import asyncio
import gc
import inspect
import sys
from typing import TYPE_CHECKING

from scrapy import Spider
from scrapy.commands.crawl import Command as ScrapyCrawl
from scrapy.exceptions import UsageError

from contract.terminal import for_terminal
from crawler.addresses import parse_networks
from crawler.errors import ArgumentError
from crawler.extensions.run_record import RunRecord
from crawler.run_report import EXIT_FAILED
from crawler.session import parse_observed_at

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

__all__ = ["Command", "spider_arguments"]

SCRAPYD_ARGUMENT = "_job"


def spider_arguments(spider: type[Spider]) -> list[str]:
    """Return the names of the arguments (``-a``) that a spider takes: the keywords that its
    constructor spells out."""
    parameters = inspect.signature(spider.__init__).parameters.values()
    kinds = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return [p.name for p in parameters if p.kind in kinds and p.name not in ("self", "name")]


def check_settings(settings: "BaseSettings") -> None:
    """Raise UsageError for settings that cannot be read, before anything starts."""
    try:
        if settings.get("OBSERVED_AT"):
            parse_observed_at(str(settings["OBSERVED_AT"]))
        parse_networks(settings.get("FETCH_ALLOWED_NETWORKS") or "")
    except ValueError as error:
        raise UsageError(str(error), print_help=False) from error


def show(text: str) -> None:
    """Print to whatever the terminal or cron can take; a dealer's name must not end in an error."""
    encoding = sys.stdout.encoding or "utf-8"
    print(for_terminal(text).encode(encoding, "backslashreplace").decode(encoding))


class Command(ScrapyCrawl):
    """The project's ``crawl``."""

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Run the spider to its end, print its summary and set the exit code."""
        assert self.crawler_process is not None
        assert self.settings is not None
        if len(args) != 1:
            raise UsageError("name one spider: scrapy crawl [options] <spider>", print_help=False)
        check_settings(self.settings)
        spiders = self.crawler_process.spider_loader.list()
        if args[0] not in spiders:
            raise UsageError(
                f"there is no spider {args[0]!r}; there are: {', '.join(sorted(spiders))}",
                print_help=False,
            )
        crawler = self._create_crawler(args[0])
        known = spider_arguments(crawler.spidercls)
        unknown = set(opts.spargs) - {*known, SCRAPYD_ARGUMENT}
        if unknown:
            raise UsageError(
                f"{args[0]} takes no argument {', '.join(sorted(unknown))};"
                f" it takes: {', '.join(known) or 'none'}",
                print_help=False,
            )
        # The run's record tells what it was asked for.
        crawler.settings.set("RUN_ARGUMENTS", opts.spargs, priority="cmdline")
        task = self.crawler_process.crawl(crawler, **opts.spargs)
        # What is imported by now stays to the end. Readers build thousands of objects per page, and
        # the collector's passes over all the modules were a fifth of their time.
        gc.collect()
        gc.freeze()
        self.crawler_process.start()
        assert isinstance(task, asyncio.Task)
        # A signal that comes before the crawl has begun leaves the task unfinished.
        error = task.exception() if task.done() and not task.cancelled() else None
        if isinstance(error, ArgumentError):
            raise UsageError(str(error), print_help=False)
        self.exitcode = EXIT_FAILED
        record = crawler.get_extension(RunRecord) if crawler._extensions else None
        if isinstance(record, RunRecord) and record.report is not None:
            self.exitcode = max(record.report.exit_code, EXIT_FAILED if error else 0)
            show(record.report.summary())
        else:
            show(f"{args[0]}: FAILED before it began: {error or 'it was told to stop'}")
