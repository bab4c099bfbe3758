"""`python -m store`: set up and look after the database."""

import argparse
import sys

from store.cluster import Cluster
from store.connect import ROLES, database_url
from store.errors import StoreError
from store.migrate import apply_roles, migrate, on_disk


def main(arguments: list[str] | None = None) -> int:
    """Run one subcommand; returns the exit code: 0 done, 1 failed, 2 usage."""
    parser = argparse.ArgumentParser(prog="python -m store", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("migrate", help="create the database where needed and update its schema")
    commands.add_parser("roles", help="create the programs' roles and set their grants")
    commands.add_parser("url", help="print the database's URL, starting the own cluster if needed")
    cluster = commands.add_parser("cluster", help="the project's own PostgreSQL server")
    cluster.add_argument("action", choices=["start", "stop", "status", "destroy"])
    given = parser.parse_args(arguments)
    try:
        if given.command == "migrate":
            _migrate()
        elif given.command == "roles":
            apply_roles()
            print(f"roles are in place: {', '.join(ROLES)}")
        elif given.command == "url":
            print(database_url())
        else:
            _cluster(given.action)
    except StoreError as error:
        print(f"error: {error}", file=sys.stderr)
        return 1
    return 0


def _migrate() -> None:
    applied = migrate()
    for name in applied:
        print(f"applied {name}")
    if not applied:
        print(f"the schema is up to date ({len(on_disk())} applied)")


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
