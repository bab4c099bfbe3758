"""Running the normalizer as users do, and what it took."""

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from time import perf_counter

from psycopg import Connection

from store.connect import connect

__all__ = ["BIG_TABLES", "Usage", "drain"]

BIG_TABLES = (
    "import_queue",
    "vehicles",
    "vehicle_aliases",
    "vehicle_sources",
    "vehicle_images",
    "organization_vehicles",
    "dealer_inventory",
    "dealer_inventory_seen",
    "inventory_walks",
    "vehicle_events",
)


@dataclass(frozen=True)
class Usage:
    """What processes used until the last one ended: wall clock and CPU seconds (of the processes
    themselves, not of PostgreSQL), the largest resident size of one in MiB, bytes of WAL,
    deadlocks, and sequential scans of big tables, by table."""

    seconds: float
    cpu: float
    memory: float
    wal: int = 0
    deadlocks: int = 0
    scans: Mapping[str, int] | None = None


def drain(url: str, processes: int) -> Usage:
    """Drain everything with so many processes."""
    with connect(None, url=url, autocommit=True, idle_timeout=0) as connection:
        before = _counters(connection)
        began = perf_counter()
        usage = _run(url, processes)
        seconds = perf_counter() - began
        after = _counters(connection)
    scans = {table: after[2][table] - before[2][table] for table in BIG_TABLES}
    return Usage(
        seconds,
        usage[0],
        usage[1],
        wal=after[0] - before[0],
        deadlocks=after[1] - before[1],
        scans={table: number for table, number in scans.items() if number},
    )


def _run(url: str, processes: int) -> tuple[float, float]:
    command = [sys.executable, "-m", "normalizer", "run"]
    running = [
        subprocess.Popen(  # noqa: S603 - our own program
            command,
            env={**os.environ, "DATABASE_URL": url},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for _ in range(processes)
    ]
    cpu = memory = 0.0
    codes = []
    for process in running:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        codes.append(process.returncode)
        cpu += used.ru_utime + used.ru_stime
        memory = max(memory, used.ru_maxrss / 1024)
    if any(codes):
        raise RuntimeError(f"the normalizer ended with {codes}; run it by hand on {url}")
    return cpu, memory


def _counters(connection: Connection) -> tuple[int, int, dict[str, int]]:
    row = connection.execute(
        "SELECT pg_wal_lsn_diff(pg_current_wal_insert_lsn(), '0/0')::bigint, deadlocks, "
        "pg_stat_clear_snapshot() IS NULL FROM pg_stat_database WHERE datname = current_database()"
    ).fetchone()
    assert row is not None
    scans = connection.execute(
        "SELECT relname, coalesce(seq_scan, 0) FROM pg_stat_user_tables WHERE relname = ANY(%s)",
        [list(BIG_TABLES)],
    )
    return row[0], row[1], dict(scans.fetchall())
