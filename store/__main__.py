"""`python -m store`: set up and look after the database."""

import argparse
import sys
from collections.abc import Sequence
from datetime import timedelta

from psycopg import Connection

from store.cluster import Cluster
from store.connect import ROLES, connect, database_url
from store.errors import SchemaMissing, StoreError, wrapped
from store.migrate import apply_roles, migrate, on_disk
from store.queue import TABLES, Queue, Table

BATCH = 1_000
KEEP_JOBS = timedelta(days=30)


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit code: 0 done, 1 failed, 2 usage."""
    parser = argparse.ArgumentParser(prog="python -m store", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="create the database where needed and update its schema")
    commands.add_parser("roles", help="create the programs' roles and set their grants")
    commands.add_parser(
        "url", help="print the database's URL; starts the project's own server where that is it"
    )
    cluster = commands.add_parser("cluster", help="the project's own PostgreSQL server")
    cluster.add_argument("action", choices=["start", "stop", "status", "destroy"])
    queues = commands.add_parser("queues", help="how full the queues are; mend one of them")
    queues.add_argument(
        "action",
        nargs="?",
        default="show",
        choices=["show", "sweep", "redrive", "prune"],
        help="sweep: take back expired leases; redrive: give dead rows their attempts again; "
        "prune: delete jobs that were finished over 30 days ago (default: show)",
    )
    queues.add_argument("--table", choices=TABLES, help="only this queue")
    given = parser.parse_args(arguments)
    try:
        with wrapped():
            _run(given)
    except SchemaMissing as error:
        # The first line names the table; the rest is the statement.
        print(
            f"error: {str(error).splitlines()[0]}\n"
            "the schema is not there or is older than this program: python -m store migrate",
            file=sys.stderr,
        )
        return 1
    except StoreError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _run(given: argparse.Namespace) -> None:
    if given.command == "migrate":
        _migrate()
    elif given.command == "roles":
        apply_roles()
        print(f"roles are in place: {', '.join(ROLES)}")
    elif given.command == "url":
        print(database_url())
    elif given.command == "queues":
        _queues(given.action, [given.table] if given.table else list(TABLES))
    else:
        _cluster(given.action)


def _migrate() -> None:
    applied = migrate()
    for name in applied:
        print(f"applied {name}")
    if not applied:
        print(f"the schema is up to date ({len(on_disk())} applied)")


def _seconds(span: timedelta) -> timedelta:
    return timedelta(seconds=int(span.total_seconds()))


def _queues(action: str, tables: Sequence[Table]) -> None:
    with connect(None, autocommit=True) as connection:
        for table in tables:
            queue = Queue(table)
            if action == "show":
                depths = queue.depths(connection)
                waits = f", the oldest for {_seconds(depths.oldest)}" if depths.due else ""
                print(
                    f"{table}: {depths.due:,} due{waits}, {depths.later:,} later, "
                    f"{depths.processing:,} processing, {depths.expired:,} expired, "
                    f"{depths.dead:,} dead"
                )
            else:
                print(f"{table}: {_mend(queue, connection, action):,} rows")


def _mend(queue: Queue, connection: Connection, action: str) -> int:
    """Run one action batch after batch until a batch is not full; returns how many rows moved."""
    done = 0
    while True:
        if action == "sweep":
            moved = queue.sweep(connection, limit=BATCH)
        elif action == "redrive":
            moved = queue.redrive(connection, limit=BATCH)
        elif queue.table == "job_queue":
            moved = queue.prune(connection, age=KEEP_JOBS, limit=BATCH)
        else:
            moved = []  # The rows of the other queues recur.
        done += len(moved)
        if len(moved) < BATCH:
            return done


def _cluster(action: str) -> None:
    cluster = Cluster.of()
    if action == "start":
        print(f"running: {cluster.start()}")
    elif action == "stop":
        for each in (cluster, Cluster.of(tests=True)):
            print(f"{each.data}: {'stopped' if each.stop() else 'was not running'}")
    elif action == "destroy":
        for each in (cluster, Cluster.of(tests=True)):
            print(f"removed {each.data}" if each.destroy() else f"there was no {each.data}")
    else:
        state = cluster.state()
        print(f"{state}: {cluster.url()}" if state == "running" else state)
        print(f"data: {cluster.data}\nlog:  {cluster.log}")


if __name__ == "__main__":
    sys.exit(main())
