"""The crawl against its floor: a Scrapy spider that takes three fields per tile and nothing else.

Dealers of the replica with hundreds of grid pages each (`bench/grids.py`) are read by that bare
spider (`bench/bare.py`), by `scrapy crawl inventory` as users run it (robots.txt, the address
guard, pace, block pages, the generic and the platforms' readers, validation, the database), and by
the same once more when nothing has changed.

Figures are CPU seconds, user and system, of the crawling process alone: a wall clock would measure
the pauses of the engine and whatever else runs on the machine. The server and PostgreSQL are other
processes and not in them. What a process needs to start and stop is measured by the same command
with no site to read, and taken off. Every round has sites of its own, the rounds' medians count.
The organizations stand in the database as the normalizer leaves them, without known listings, so
no walk probes.

``BENCH_CRAWL_REQUESTS=100000`` adds one long crawl in one process and tells its resident size after
a tenth of it and at its end, with `LONG_CARS` cars a page.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import sleep
from typing import Any
from uuid import UUID, uuid5

from rich.console import Console
from rich.table import Table

from bench.normalizer import fresh_database
from contract.handles import NAMESPACE
from store.connect import connect

ROUNDS, PAGES = 3, 83
"""Rounds, and pages per site and round: 1,992 of them with the eight sites of `bench.grids`."""

WARM_UP_PAGES = 2
LONG_PAGES, LONG_CARS = 390, 4
"""Pages per site of a long crawl, where a walk ends at 400, and cars per page: what grows with the
requests grows with small pages as well, and with large ones 100,000 take an hour of CPU."""
OURS = [sys.executable, "-m", "scrapy", "crawl", "inventory"]
BARE = [sys.executable, "-m", "bench.bare"]

Site = dict[str, Any]


@dataclass(frozen=True)
class Usage:
    """What one process used: CPU seconds, its largest resident size in MiB, and the size after a
    tenth of its time and shortly before its end."""

    cpu: float
    memory: float
    early: float = 0.0
    late: float = 0.0


def main() -> None:
    """Measure and print one table of CPU per page and ratios to the bare spider."""
    console = Console()
    url = fresh_database()
    with served(ROUNDS, PAGES) as rounds, served(1, WARM_UP_PAGES) as (warm,):
        total = sum(len(site["pages"]) for sites in rounds for site in sites)
        console.print(f"\ncrawl: {total:,} grid pages of {len(rounds[0])} kinds of site")
        add_organizations(url, [*rounds, warm])
        crawl(url, warm, unchanged=False)  # Warms up files and caches.
        bare_start = median(run(BARE, url, "[]").cpu for _ in range(ROUNDS))
        ours_start = median(run(OURS, url).cpu for _ in range(ROUNDS))
        figures: dict[str, list[Usage]] = {}
        for sites in rounds:
            for name, start, usage in (
                ("bare Scrapy spider, 3 fields", bare_start, crawl_bare(url, sites)),
                ("inventory, first crawl", ours_start, crawl(url, sites, unchanged=False)),
                ("inventory, nothing changed", ours_start, crawl(url, sites, unchanged=True)),
            ):
                pages = sum(len(site["pages"]) for site in sites)
                per_page = (usage.cpu - start) / pages
                figures.setdefault(name, []).append(Usage(per_page, usage.memory))
    show(console, figures)
    if requests := int(os.environ.get("BENCH_CRAWL_REQUESTS", "0")):
        long_crawl(console, url, requests)
    console.print(f"start and stop, taken off: bare {bare_start:.2f} s, ours {ours_start:.2f} s")


def long_crawl(console: Console, url: str, requests: int) -> None:
    """Crawl so many pages in one process and print how its memory grew."""
    kinds = 8
    rounds = max(1, round(requests / (kinds * LONG_PAGES)))
    pages = min(LONG_PAGES, -(-requests // (kinds * rounds)))
    with served(rounds, pages, LONG_CARS) as groups:
        sites = [site for group in groups for site in group]
        add_organizations(url, groups)
        usage = crawl(url, sites, unchanged=False)
    count = sum(len(site["pages"]) for site in sites)
    console.print(
        f"{count:,} pages in one process: RSS {usage.early:.0f} MiB after a tenth,"
        f" {usage.late:.0f} MiB at the end"
    )


def show(console: Console, figures: dict[str, list[Usage]]) -> None:
    """Print the medians; the first row is what the others are compared with."""
    table = Table()
    for column in ("", "CPU ms/page", "/ bare", "/ first", "RSS MiB"):
        table.add_column(column, justify="left" if not column else "right", no_wrap=True)
    cost = {name: median(usage.cpu for usage in usages) for name, usages in figures.items()}
    bare, first, *_ = cost.values()
    for name, usages in figures.items():
        table.add_row(
            name,
            f"{1000 * cost[name]:.2f}",
            f"{cost[name] / bare:.2f}",
            f"{cost[name] / first:.2f}",
            f"{max(usage.memory for usage in usages):.0f}",
        )
    console.print(table)


@contextmanager
def served(rounds: int, pages: int, cars: int = 0) -> Iterator[list[list[Site]]]:
    """Serve the sites from a process of their own until the block ends; ``cars`` are those of a
    page, 0 as many as each site's template has."""
    command = [sys.executable, "-m", "bench.grids", str(rounds), str(pages), str(cars)]
    with subprocess.Popen(  # noqa: S603 - our own program
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as server:
        assert server.stdin is not None
        assert server.stdout is not None
        try:
            yield json.loads(server.stdout.readline())
        finally:
            server.stdin.close()
            server.wait(timeout=30)


def organization(site: Site) -> UUID:
    """The organization behind a served site."""
    return uuid5(NAMESPACE, site["origin"])


def add_organizations(url: str, rounds: Sequence[Sequence[Site]]) -> None:
    """Put the dealers where the normalizer would: none of their inventories is due yet."""
    rows = [
        (organization(site), site["theme"], site["origin"], site["pages"][0])
        for sites in rounds
        for site in sites
    ]
    with connect(None, url=url) as connection:
        cursor = connection.cursor()
        # The normalizer takes away what no observation tells of; its handle stays.
        cursor.executemany(
            "INSERT INTO businesses (id, name, business_type, website, inventory_url,"
            " first_seen_at, last_seen_at, content_changed_at)"
            " VALUES (%s, %s, 'dealer', %s, %s, now(), now(), now())",
            rows,
        )
        connection.execute(
            "INSERT INTO business_aliases (handle, organization_id, source, url, first_observed_at)"
            " SELECT id, id, 'operator', website, now() FROM businesses ON CONFLICT DO NOTHING"
        )
        connection.execute(
            "INSERT INTO organization_inventory_sync_queue (organization_id, next_run_at)"
            " SELECT id, now() + interval '1 year' FROM businesses ON CONFLICT DO NOTHING"
        )


def crawl_bare(url: str, sites: Sequence[Site]) -> Usage:
    """Let the bare spider read the sites."""
    return run(BARE, url, json.dumps(sites))


def crawl(
    url: str, sites: Sequence[Site], *, unchanged: bool, settings: Sequence[str] = ()
) -> Usage:
    """Make the sites due and let our spider read them, with further settings (``-s``, ``A=B``).

    Raises RuntimeError unless every page was read and every car told, or, when ``unchanged``,
    unless nothing was written but the manifests.
    """
    ids = [organization(site) for site in sites]
    with connect(None, url=url) as connection:
        connection.execute(
            "UPDATE organization_inventory_sync_queue SET next_run_at = now()"
            " WHERE organization_id = ANY (%s)",
            [ids],
        )
        before = _written(connection)
    usage = run([*OURS, *settings], url)
    with connect(None, url=url) as connection:
        after = _written(connection)
    expected = (
        sum(len(site["pages"]) for site in sites),
        0 if unchanged else sum(site["cars"] for site in sites),
    )
    told = (after[0] - before[0], after[1] - before[1])
    if told != expected:
        raise RuntimeError(f"the crawl read (pages, listings) {told} instead of {expected}")
    return usage


def _written(connection: Any) -> tuple[int, int]:
    """Pages of complete walks and listings on the queue."""
    row = connection.execute(
        "SELECT coalesce(sum((raw_data->>'pages')::integer)"
        " FILTER (WHERE kind = 'inventory_manifest' AND (raw_data->>'complete')::boolean), 0),"
        " count(*) FILTER (WHERE kind = 'listing') FROM import_queue"
    ).fetchone()
    return int(row[0]), int(row[1])


def run(command: Sequence[str], url: str, text: str = "") -> Usage:
    """Run a process to its end and return what it used; raises RuntimeError when it failed."""
    environment = os.environ | {"DATABASE_URL": url, "FETCH_ALLOWED_NETWORKS": "127.0.0.1/32"}
    with subprocess.Popen(  # noqa: S603 - our own programs
        command,
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=environment,
        text=True,
    ) as process:
        assert process.stdin is not None
        process.stdin.write(text)
        process.stdin.close()
        sizes = [_resident(process.pid)]
        # The resources of this one child; wait4 reaps it, so Popen is told how it ended.
        while True:
            pid, status, used = os.wait4(process.pid, os.WNOHANG)
            if pid:
                break
            sizes.append(_resident(process.pid))
            sleep(SAMPLING)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError(f"{' '.join(command)} ended with {process.returncode}")
    return Usage(
        used.ru_utime + used.ru_stime,
        used.ru_maxrss / 1024,
        sizes[len(sizes) // 10],
        max(sizes[-len(sizes) // 20 :]),
    )


SAMPLING = 0.1
"""Seconds between two looks at a process's size."""


def _resident(pid: int) -> float:
    """A process's resident size in MiB; 0 where the system does not tell."""
    try:
        pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    except (OSError, IndexError, ValueError):
        return 0.0
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20
