"""What each platform's own file adds, and what is read when it is hidden.

Every golden page of every platform is read three times: as in a crawl; by the generic reader alone,
which is what meets a vendor's next theme or a site nobody has seen; and by the generic reader from
a page whose class names and ids mean nothing (*no names*), so that the build of the page and its
words have to do. There a value that only a class names is lost, and a badge that a class hides is
seen: that line is a floor, not an aim. The truth is what a person
reviewed: `expected.json` of a grid, `facts.json` of a vehicle's page. No database is needed.

Shares are of everything on the platform's pages together. *recall* is what of the truth was found,
*precision* what of the found is true; a field counts as right when it says the same, whatever its
punctuation, and a field that the page does not hold counts against the reader. A photo is found
when its largest size is. Feeds and sitemaps (`/products.json`, AAN's `/api/cars`) are left out:
the generic reader asks for none.
"""

import json
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal, get_args
from zlib import crc32

from rich.console import Console
from rich.table import Table

from crawler.extract.page import Page
from crawler.golden import Case
from crawler.platforms import PLATFORMS, Platform, recognize

__all__ = ["Score", "main", "measured"]

FIXTURES = Path(__file__).parents[1] / "tests" / "fixtures"
FIELDS = (
    "title",
    "year",
    "make",
    "model",
    "trim",
    "price",
    "mileage",
    "vin",
    "stock_number",
    "body_style",
    "exterior_color",
    "interior_color",
    "engine",
    "transmission",
    "drivetrain",
)
WEAK = 0.95
Reader = Literal["own", "generic", "no names"]
READERS: tuple[Reader, ...] = get_args(Reader)
NAMES = re.compile(r"""(\s(?:class|id)=)(["'])(.*?)\2""", re.DOTALL)
LETTERS = str.maketrans("0123456789", "ghijklmnop")


@dataclass
class Share:
    """So many of so many; without any there is no share."""

    good: int = 0
    of: int = 0

    def add(self, good: int, of: int) -> None:
        """Count more of both."""
        self.good += good
        self.of += of

    @property
    def value(self) -> float | None:
        """The share, or None where nothing was asked."""
        return self.good / self.of if self.of else None


@dataclass
class Score:
    """How well one reader did on one platform's pages."""

    recall: Share = field(default_factory=Share)
    precision: Share = field(default_factory=Share)
    card_fields: Share = field(default_factory=Share)
    page_fields: Share = field(default_factory=Share)
    photo_recall: Share = field(default_factory=Share)
    photo_precision: Share = field(default_factory=Share)
    status: Share = field(default_factory=Share)


COLUMNS = {
    "listings\nrecall": "recall",
    "listings\nprecision": "precision",
    "card\nfields": "card_fields",
    "vehicle\nfields": "page_fields",
    "photos\nrecall": "photo_recall",
    "photos\nprecision": "photo_precision",
    "status": "status",
}


def main() -> None:
    """Print one table: per platform a line with its own file and two without."""
    console = Console()
    console.print("\nplatforms: the golden pages, read with each platform's own file and without")
    table = Table()
    for column in ("platform", "grids", "vehicles", "reader", *COLUMNS):
        table.add_column(column, justify="left" if column == "platform" else "right")
    weak: list[str] = []
    for platform in PLATFORMS[:-1]:
        grids, vehicles = cases(platform.name)
        counts = (platform.name, str(len(grids)), str(len(vehicles)))
        for reader in READERS:
            score = measured(platform, reader)
            table.add_row(*(counts if reader == "own" else ("", "", "")), reader, *shown(score))
            if reader == "generic":
                weak += (
                    f"{platform.name} {' '.join(title.split())} {share.value:.2f}"
                    for title, name in COLUMNS.items()
                    if (share := getattr(score, name)).value is not None and share.value < WEAK
                )
    console.print(table)
    console.print(f"generic below {WEAK:.2f}: {', '.join(weak) or 'nowhere'}")


def shown(score: Score) -> list[str]:
    """A score's shares for the table."""
    values = [getattr(score, name).value for name in COLUMNS.values()]
    return ["–" if value is None else f"{value:.3f}" for value in values]


def cases(name: str) -> tuple[list[Case], list[Case]]:
    """A platform's grids and its vehicles' pages."""
    every = [Case(path.parent) for path in sorted(FIXTURES.glob(f"{name}/*/expected.json"))]
    vehicles = [case for case in every if case.meta.get("kind") == "vehicle"]
    grids = [case for case in every if case.meta.get("kind") is None and not is_feed(case)]
    return grids, vehicles


def is_feed(case: Case) -> bool:
    """Whether a page is JSON or XML that only its platform asks for."""
    return case.page_path.read_bytes().startswith((b"{", b"[", b"<?xml"))


def measured(platform: Platform, reader: Reader) -> Score:
    """Score a platform's pages as one of the readers reads them."""
    score = Score()
    grids, vehicles = cases(platform.name)
    for case in (*grids, *vehicles):
        page = case.page()
        by = recognize(page) if reader == "own" else PLATFORMS[-1]
        if reader == "no names":
            page = without_names(page)
        if case in grids:
            read_grid(case, page, platform, by, score)
        else:
            read_vehicle(case, page, by, score)
    return score


def without_names(page: Page) -> Page:
    """Return a page whose class names and ids are random words, the same for the same."""

    def renamed(match: re.Match[str]) -> str:
        words = (
            "x" + crc32(word.encode()).to_bytes(4, "big").hex().translate(LETTERS)
            for word in match[3].split()
        )
        return f"{match[1]}{match[2]}{' '.join(words)}{match[2]}"

    return Page(page.url, NAMES.sub(renamed, page.html), page.status)


def read_grid(case: Case, page: Page, platform: Platform, reader: Platform, score: Score) -> None:
    """Compare the cards of one page with the reviewed ones, by their addresses."""
    truth = {card["url"]: card for card in case.expected()["cards"]}
    found = {platform.listing_url(card.url): card for card in reader.read_grid(page).cards}
    score.recall.add(len(truth.keys() & found.keys()), len(truth))
    score.precision.add(len(truth.keys() & found.keys()), len(found))
    for url in truth.keys() & found.keys():
        compare(truth[url], vars_of(found[url]), score.card_fields)
        score.status.add(truth[url].get("mark") == found[url].mark, 1)


def read_vehicle(case: Case, page: Page, reader: Platform, score: Score) -> None:
    """Compare one vehicle's page with its reviewed status and, where they stand beside it, its
    facts and photos."""
    score.status.add(reader.read_status(page).status == case.expected()["status"], 1)
    facts_path = case.folder / "facts.json"
    if not facts_path.is_file():
        return
    truth = json.loads(facts_path.read_text("utf-8"))
    detail = reader.read_detail(page)
    compare(truth, vars_of(detail), score.page_fields)
    photos, read = pictures(truth["image_urls"]), pictures(detail.image_urls)
    score.photo_recall.add(len(photos & read), len(photos))
    score.photo_precision.add(len(photos & read), len(read))


def compare(truth: Mapping[str, Any], found: Mapping[str, Any], share: Share) -> None:
    """Count the fields that either side holds, and those in which both say the same."""
    for name in FIELDS:
        # A title names make and model; a reader that parts them further invents nothing.
        if truth.get(name) or (found.get(name) and not stands_in_title(found[name], truth)):
            share.add(same(name, truth.get(name), found.get(name)), 1)


def stands_in_title(value: str, truth: Mapping[str, Any]) -> bool:
    """Whether a value is a piece of the true title."""
    return plain(value) in plain(truth.get("title") or "")


def same(name: str, one: str | None, other: str | None) -> bool:
    """Whether two raw values say the same."""
    if not one or not other:
        return False
    if name in ("price", "mileage") and any(ch.isdigit() for ch in one):
        return digits(one) == digits(other)
    return plain(one) == plain(other)


def plain(text: str) -> str:
    """A text without case and punctuation."""
    return re.sub(r"\W+", "", text).lower()


def digits(text: str) -> str:
    """The digits of an amount without its cents."""
    return re.sub(r"\D", "", re.sub(r"[.,]\d{1,2}(?!\d)", "", text))


def pictures(urls: Iterable[str]) -> set[str]:
    """Photo addresses without what only breaks caches."""
    return {url.partition("?")[0] for url in urls}


def vars_of(read: object) -> dict[str, Any]:
    """The fields of a card or a detail."""
    return {name: getattr(read, name, None) for name in FIELDS}
