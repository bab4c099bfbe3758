"""`scrapy sd URL|FILE`: what would be extracted from a page, and by which reader.

Exit codes: 0 the page was read; 1 it could not be had, and why stands on stderr; 2 usage.
"""

import argparse
import json
import re
import sys
from collections.abc import Mapping
from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from scrapy.exceptions import UsageError

from crawler.commands.crawl import check_settings
from crawler.look import PageCommand, Unavailable, look
from crawler.readout import is_profile, readout, seller_facts

__all__ = ["Command"]

# A page must not move the cursor or turn the text around in whoever's terminal looks at it.
CONTROLS = re.compile("[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
MAX_CELL = 300
PIPE_WIDTH = 200
"""Columns where the output is no terminal."""
SURE = 0.5
"""The confidence from which a page is shown as a vehicle's."""
WIDE = 140
"""Columns from which a card's address fits beside its values."""


class Command(PageCommand):
    """Show a page as the readers see it."""

    def syntax(self) -> str:
        return "[options] <URL or file>"

    def short_desc(self) -> str:
        return "Show what would be extracted from a page, and by which reader"

    def long_desc(self) -> str:
        return (
            "Show what would be extracted from a page, and by which reader. A URL is fetched as in"
            " a crawl: the address guard, robots rules and block pages apply. Nothing is stored."
            " Exit codes: 0 the page was read; 1 it could not be had; 2 usage."
        )

    def add_options(self, parser: argparse.ArgumentParser) -> None:
        super().add_options(parser)
        parser.add_argument(
            "--seller",
            action="store_true",
            help="show what the page says about the seller, too; profiles on classic.com always do",
        )
        parser.add_argument(
            "--no-draw",
            action="store_true",
            help="show a page that waits for a script as it was answered, without a browser",
        )
        parser.add_argument("--json", action="store_true", help="print JSON, with every field")

    def run(self, args: list[str], opts: argparse.Namespace) -> None:
        """Print the readout of one page and set the exit code."""
        assert self.settings is not None
        assert self.crawler_process is not None
        if len(args) != 1:
            raise UsageError("name one page: scrapy sd URL or scrapy sd FILE", print_help=False)
        check_settings(self.settings)
        try:
            looked = look(self.crawler_process, args[0], opts.url, draws=not opts.no_draw)
        except Unavailable as error:
            print(f"error: {printable(error)}", file=sys.stderr)
            self.exitcode = 1
            return
        roster_url = str(self.settings["CLASSIC_BASE_URL"])
        page = looked.page
        found = readout(page) | {"drawn": looked.drawn}
        if opts.seller or is_profile(page.url, roster_url):
            found["seller"] = seller_facts(page, roster_url)
        if opts.json:
            print(json.dumps(found, indent=2))
        else:
            show(found)


def printable(value: object) -> str:
    """Return a value of a page for a terminal: one line, bounded, without control characters."""
    text = " ".join(CONTROLS.sub(" ", str(value)).split())
    return text if len(text) <= MAX_CELL else f"{text[:MAX_CELL]}…"


def show(found: dict[str, Any]) -> None:
    """Print a readout as tables for a person."""
    encoding = sys.stdout.encoding or "utf-8"
    console = Console(
        width=None if sys.stdout.isatty() else PIPE_WIDTH,
        markup=False,
        emoji=False,
        highlight=False,
    )
    with console.capture() as captured:
        console.print(_summary(found))
        if found["grid"]["cards"]:
            console.print(_cards(found["grid"]["cards"], found["url"], console.width >= WIDE))
        if found["vehicle"]["confidence"] >= SURE:
            console.print(_vehicle(found["vehicle"]))
        if "seller" in found:
            console.print(_seller(found["seller"]))
    print(captured.get().encode(encoding, "backslashreplace").decode(encoding), end="")


def _summary(found: dict[str, Any]) -> Table:
    grid, vehicle = found["grid"], found["vehicle"]
    sign = found["fingerprint"]
    cards = len(grid["cards"])
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    table.add_column(style="bold", no_wrap=True)
    table.add_column(overflow="fold")
    for name, value in (
        ("page", found["url"]),
        ("title", found["title"] or "none"),
        ("platform", found["platform"] + (f", known by {sign}" if sign else ", no fingerprint")),
        ("as a grid", f"{cards} card{'' if cards == 1 else 's'}, confidence {grid['confidence']}"),
        ("next page", grid["next_url"] or "none"),
        ("last page", grid["last_page"] or "not said"),
        (
            "declared total",
            "not said" if grid["declared_total"] is None else grid["declared_total"],
        ),
        ("sold grid", grid["sold_grid_url"] or "none"),
        ("needs a script", "yes" if grid.get("needs_script") else "no"),
        ("drawn", "yes, in a browser" if found.get("drawn") else "no"),
        ("endpoints", ", ".join(found["endpoints"]) or "none"),
        (
            "as a vehicle",
            f"{vehicle['status']}, by {vehicle['sign']}; read by {vehicle['reader']},"
            f" confidence {vehicle['confidence']}",
        ),
    ):
        table.add_row(name, printable(value))
    for name in ("inventory_candidates", "sold_candidates"):
        for number, link in enumerate(found[name]):
            title = name.replace("_candidates", " link") if not number else ""
            table.add_row(title, printable(f"{link['url']}  by {link['where']}"))
        if not found[name]:
            table.add_row(name.replace("_candidates", " link"), "none")
    return table


def _cards(cards: list[dict[str, Any]], page_url: str, is_wide: bool) -> Table:
    origin = "/".join(page_url.split("/")[:3])
    table = Table(
        "#", "title", "year · make · model", "price", "mileage", "VIN", "stock", box=SIMPLE_HEAD
    )
    for name in ("mark", "photos", "reader"):
        table.add_column(name)
    for column in table.columns:
        column.overflow = "fold"
    for number, card in enumerate(cards, 1):
        title = printable(card.get("title", "–"))
        if is_wide:
            title += f"\n{printable(card['url'].removeprefix(origin))}"
        named = [card.get(name) for name in ("year", "make", "model")]
        table.add_row(
            str(number),
            title,
            printable(" · ".join(value or "–" for value in named)) if any(named) else "–",
            _together(card, "price_label", "price", "price_currency"),
            _together(card, "mileage", "mileage_unit"),
            _together(card, "vin"),
            _together(card, "stock_number"),
            _together(card, "mark"),
            str(len(card.get("image_urls", ()))),
            card["reader"],
        )
    return table


def _vehicle(vehicle: dict[str, Any]) -> Table:
    """Every field of the page as a vehicle's, and where it was found."""
    table = Table("as a vehicle's page", "value", "found in", box=SIMPLE_HEAD)
    for column in table.columns:
        column.overflow = "fold"
    for name, value in vehicle["fields"].items():
        source = vehicle["sources"].get(name, "page")
        if isinstance(value, str):
            table.add_row(name, printable(value), source)
        elif isinstance(value, Mapping):
            for label, text in value.items():
                table.add_row(printable(label), printable(text), "attributes")
        else:
            for number, entry in enumerate(value, 1):
                table.add_row(f"{name} {number}", printable(entry), source)
    return table


def _together(card: dict[str, Any], *names: str) -> str:
    return printable(" ".join(card[name] for name in names if card.get(name)) or "–")


def _seller(facts: dict[str, list[dict[str, str]]]) -> Table:
    table = Table("about the seller", "value", "found in", "of the", box=SIMPLE_HEAD)
    for column in table.columns:
        column.overflow = "fold"
    for name, candidates in facts.items():
        for number, candidate in enumerate(candidates):
            value = {k: v for k, v in candidate.items() if k not in ("origin", "where")}
            text = value.get("value") or ", ".join(f"{k}: {v}" for k, v in value.items())
            table.add_row(
                "" if number else name,
                printable(text),
                printable(candidate["where"]),
                candidate["origin"],
            )
    if not facts:
        table.add_row("nothing", "", "", "")
    return table
