"""`scrapy fixture URL|FILE PLATFORM/CASE`: store a page as a golden case, for review.

Exit codes: 0 stored; 1 the page could not be had, and why stands on stderr; 2 usage, also where
the case exists already.
"""

import argparse
import re
import sys
from pathlib import Path

from scrapy.exceptions import UsageError
from scrapy.utils.conf import closest_scrapy_cfg

from crawler.commands.crawl import check_settings, show
from crawler.commands.sd import printable
from crawler.golden import Case
from crawler.look import PageCommand, Unavailable, look
from crawler.platforms import PLATFORMS, recognize

__all__ = ["Command"]

CASE_NAME = re.compile(r"[a-z0-9]+(?:_[a-z0-9]+)*")
NEXT = """\
stored {folder}
  {read}
next:
  1. Recreate page.html's structure with words and photos of your own: other people's pages are not
     committed. Then delete expected.json and run the tests, which write it anew.
  2. Compare every line of expected.json with the page. Correct what the readers got wrong, and
     mend the reader; then delete the line "unreviewed", without which the tests fail.
  3. make test ARGS=tests/crawler/platforms, and commit the folder with the change it is for."""


class Command(PageCommand):
    """Store a golden case."""

    def syntax(self) -> str:
        return "[options] <URL or file> <platform>/<case>"

    def short_desc(self) -> str:
        return "Store a page as a golden case of a platform, for review"

    def long_desc(self) -> str:
        return (
            "Store a page with what the readers find on it in tests/fixtures/PLATFORM/CASE. A URL"
            " is fetched as in a crawl: the address guard, robots rules and block pages apply."
            " Exit codes: 0 stored; 1 the page could not be had; 2 usage, or the case exists."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--vehicle", action="store_true", help="it is one vehicle's page, not a grid"
        )

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Store one case, say what to do next and set the exit code."""
        assert self.settings is not None
        assert self.crawler_process is not None
        if len(args) != 2:
            raise UsageError(
                "name a page and a case: scrapy fixture URL PLATFORM/CASE", print_help=False
            )
        check_settings(self.settings)
        case = Case(case_folder(args[1]))
        if case.folder.exists():
            raise UsageError(
                f"{case.folder} exists; give the new case another name", print_help=False
            )
        try:
            looked = look(self.crawler_process, args[0], opts.url)
        except Unavailable as error:
            print(f"error: {printable(error)}", file=sys.stderr)
            self.exitcode = 1
            return
        kind = "vehicle" if opts.vehicle else "grid"
        case.store(looked.page.url, looked.body, "detail" if opts.vehicle else "grid")
        platform = recognize(looked.page).name
        read = f"read as a {kind} of {platform}"
        if platform != case.folder.parent.name:
            read += f", not of {case.folder.parent.name}: its fingerprint does not match this page"
        show(NEXT.format(folder=case.folder, read=read))


def case_folder(name: str) -> Path:
    """Return the folder of the case PLATFORM/CASE; raises UsageError for any other name."""
    platform, _, case = name.partition("/")
    platforms = [one.name for one in PLATFORMS]
    if platform not in platforms:
        raise UsageError(
            f"there is no platform {platform!r}; there are: {', '.join(platforms)}",
            print_help=False,
        )
    if not CASE_NAME.fullmatch(case):
        raise UsageError(
            f"{case!r} is no name for a case: it says what is special about the page, in"
            " lower-case words joined by _",
            print_help=False,
        )
    return Path(closest_scrapy_cfg()).parent / "tests" / "fixtures" / platform / case
