"""The visits of vehicle pages against their floor: a bare spider that takes three fields of each.

The dealers of `bench.grids` are walked and their cars normalized; then the cars' pages are read by
the bare spider, by `scrapy crawl listings` for the first time, and by the same two days later, when
all are due and none has changed: the sites answer 304 to what is known. As in `bench.crawl`,
figures are CPU seconds of the crawling process alone, start and stop taken off: for these and for
the bare spider the median of three.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from statistics import median

from rich.console import Console

from bench.crawl import BARE, ROUNDS, Usage, add_organizations, crawl, run, served, show
from bench.normalizer import drain, fresh_database
from store.connect import connect

PAGES = 8
"""Grid pages per site, each with about a dozen cars."""

OURS = [sys.executable, "-m", "scrapy", "crawl", "listings"]


def main() -> None:
    """Measure and print one table of CPU per vehicle page and ratios to the bare spider."""
    console = Console()
    url = fresh_database()
    with served(1, PAGES) as (sites,):
        run(OURS, url)  # Warms up files and caches.
        bare_start = median(run(BARE, url, "[]").cpu for _ in range(ROUNDS))
        ours_start = median(run(OURS, url).cpu for _ in range(ROUNDS))
        add_organizations(url, [sites])
        crawl(url, sites, unchanged=False, settings=observed(3))
        drain(url, 1)
        add_organizations(url, [sites])
        pages = vehicle_pages(url)
        console.print(f"\nlistings: {len(pages):,} vehicle pages of {len(sites)} kinds of site")
        groups = [
            {"theme": "vehicle", "pages": [page for page in pages if page.startswith(origin)]}
            for origin in (f"{site['origin']}/" for site in sites)
        ]
        runs = [run(BARE, url, json.dumps(groups)) for _ in range(ROUNDS)]
        bare = sorted(runs, key=lambda used: used.cpu)[ROUNDS // 2]
        first = run([*OURS, *observed(2)], url)
        check(url, {"read": len(pages)})
        again = run([*OURS, "-s", "DETAIL_MAX_AGE=1"], url)
        check(url, {"read": len(pages), "not_modified": len(pages)})
    rows = {
        "bare Scrapy spider, 3 fields": (bare, bare_start),
        "listings, first visit": (first, ours_start),
        "listings, nothing changed": (again, ours_start),
    }
    show(
        console,
        {
            name: [Usage((usage.cpu - start) / len(pages), usage.memory)]
            for name, (usage, start) in rows.items()
        },
    )


def observed(days: int) -> list[str]:
    """The settings of a crawl so many days ago. A card that is newer than the reading of its page
    asks for another one."""
    return ["-s", f"OBSERVED_AT={(datetime.now(UTC) - timedelta(days=days)).isoformat()}"]


def vehicle_pages(url: str) -> list[str]:
    """The pages of the cars on offer."""
    with connect(None, url=url) as connection:
        rows = connection.execute(
            "SELECT DISTINCT listing_url FROM dealer_inventory_seen"
            " WHERE last_seen_status IN ('in_stock', 'pending') ORDER BY listing_url"
        )
        return [address for (address,) in rows]


def check(url: str, expected: dict[str, int]) -> None:
    """Raise RuntimeError unless the visits so far ended in just these outcomes."""
    with connect(None, url=url) as connection:
        rows = connection.execute(
            "SELECT page ->> 'outcome', count(*)"
            " FROM import_queue, jsonb_array_elements(raw_data -> 'pages') AS page"
            " WHERE kind = 'page_manifest' GROUP BY 1"
        )
        found: dict[str, int] = dict(rows.fetchall())
    if found != expected:
        raise RuntimeError(f"the visits ended in {found} instead of {expected}")
