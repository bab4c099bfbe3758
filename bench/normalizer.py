"""The normalizer against the floor: what PostgreSQL alone needs to take in the same rows.

Generated dealers with listings of 12 photos each are drained by one and by two processes, then
drained again unchanged (a second day's manifests over the same payloads). The floor is COPY of the
resulting rows, ready-made in PostgreSQL's binary form, into empty tables with all their columns
and indexes, a commit per batch. Beside them: the same listings taken one by one, each in a
transaction of its own, and merged by dlt; neither applies a rule. At last, what a listing costs
with many vehicles in the tables. What a process needs to start is measured by a drain of nothing
and told apart.
"""

from rich.console import Console
from rich.table import Table

from bench import normalizer_growth as growth
from bench.normalizer_baselines import blocks, dlt_merge, one_by_one, restore
from bench.normalizer_run import Usage, drain
from bench.normalizer_world import DATABASE, LISTINGS, PHOTOS, copy_database, drop, fill
from bench.normalizer_world import fresh_database as fresh_database
from store.connect import connect

__all__ = ["drain", "fresh_database", "main"]

DEALERS = 200
DEALERS_PER_BATCH = 5
"""500 listings, as a batch of the drain holds."""
ONE_BY_ONE = 1_000
FILLED, DRAINED, TENTH = (f"{DATABASE}_{name}" for name in ("filled", "drained", "tenth"))

console = Console()


def main(vehicles: int = 100_000) -> None:
    """Measure and print listings per second, ratios to the floor, memory, WAL and growth up to so
    many ``vehicles``."""
    try:
        _measure(vehicles)
    finally:
        drop(DATABASE, FILLED, DRAINED, TENTH)


def _measure(vehicles: int) -> None:
    total = DEALERS * LISTINGS
    console.print(f"\nnormalizer: {total:,} listings of {DEALERS} dealers, {PHOTOS} photos each")
    start = drain(fresh_database(), 1)
    tenth = fresh_database(TENTH)
    fill(tenth, range(DEALERS // 10))
    small = drain(tenth, 1)
    filled = fresh_database(FILLED)
    fill(filled, range(DEALERS))
    two = drain(copy_database(filled, DATABASE), 2)
    drained = copy_database(filled, DRAINED)
    one = drain(drained, 1)
    ready = blocks(drained, DEALERS_PER_BATCH)
    floor = restore(fresh_database(), ready)
    del ready
    each = one_by_one(copy_database(filled, DATABASE), ONE_BY_ONE) / ONE_BY_ONE * total
    dlt = dlt_merge(copy_database(filled, DATABASE))
    url = copy_database(drained, DATABASE)
    fill(url, range(DEALERS), day=1)
    unchanged = drain(url, 1)

    table = Table()
    for column in ("", "seconds", "listings/s", "ratio to the floor", "CPU ms/listing"):
        table.add_column(column, justify="right" if column else "left")

    def line(name: str, seconds: float, cpu: float | None = None) -> None:
        spent = "" if cpu is None else f"{cpu / total * 1e3:.3f}"
        ratio = f"{floor / seconds:.2f}"
        table.add_row(name, f"{seconds:.2f}", f"{total / seconds:,.0f}", ratio, spent)

    line("floor: COPY of ready-made rows", floor)
    line("ours, one process", one.seconds - start.seconds, one.cpu - start.cpu)
    line("ours, two processes", two.seconds - start.seconds, two.cpu - 2 * start.cpu)
    again = max(unchanged.seconds - start.seconds, 0.01)
    line("ours, unchanged second day", again, unchanged.cpu - start.cpu)
    if isinstance(dlt, str):
        table.add_row("dlt: could not be measured", "", "", "", "")
    else:
        line("dlt merge, no rules", dlt["first"])
        line("dlt merge, unchanged", dlt["again"])
    line(f"one transaction per listing, no rules ({ONE_BY_ONE:,} of them)", each)
    console.print(table)
    if isinstance(dlt, str):
        console.print(f"dlt could not be measured: {dlt}")
    console.print(
        f"without the start of a process: {start.seconds:.2f} s, {start.cpu:.2f} s of CPU\n"
        f"unchanged day: {(one.seconds - start.seconds) / again:.0f} times as fast as the first\n"
        f"memory: {small.memory:.0f} MiB at a tenth of the listings, {one.memory:.0f} MiB at all\n"
        f"WAL: {one.wal / total:,.0f} bytes per listing, {unchanged.wal / total:,.0f} unchanged "
        "(of the whole server, so nobody else should use it)\n"
        f"deadlocks: {sum(each.deadlocks for each in (small, one, two, unchanged))}"
    )
    _sizes(drained)
    _growth(tenth, vehicles, start)


def _sizes(url: str) -> None:
    """Print what a vehicle weighs."""
    with connect(None, url=url, autocommit=True, statement_timeout=0) as connection:
        connection.execute("VACUUM ANALYZE")
        weights = growth.sizes(connection)
    total = DEALERS * LISTINGS
    table = Table()
    for column in ("bytes per vehicle", "rows", "table", "indexes", "both"):
        table.add_column(column, justify="left" if column.startswith("bytes") else "right")
    for name, both, indexes, rows in weights:
        figures = ((both - indexes) / total, indexes / total, both / total)
        table.add_row(name, f"{rows / total:.2f}", *(f"{each:,.0f}" for each in figures))
    table.add_row("all", "", "", "", f"{sum(both for _, both, *_ in weights) / total:,.0f}")
    console.print(table)


def _growth(template: str, vehicles: int, start: Usage) -> None:
    """Print what a listing costs with more and more vehicles in the tables."""
    table = Table()
    for column in ("vehicles", "GB", "ms/listing", "CPU ms/listing", "WAL/listing", "scans"):
        table.add_column(column, justify="right")
    for found in growth.grown(template, DEALERS // 10 * LISTINGS, vehicles):
        usage, number = found.usage, found.listings
        table.add_row(
            f"{found.vehicles:,}",
            f"{found.bytes / 1e9:.1f}",
            f"{(usage.seconds - start.seconds) / number * 1e3:.2f}",
            f"{(usage.cpu - start.cpu) / number * 1e3:.3f}",
            f"{usage.wal / number:,.0f}",
            ", ".join(f"{name} {times}" for name, times in (usage.scans or {}).items()) or "0",
        )
    console.print(table)
