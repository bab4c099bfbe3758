"""The command line: `python -m replica serve` and `python -m replica truth`."""

import argparse
import json
import sys
import threading
from collections.abc import Sequence

from replica.truth import truth_of
from replica.web import HOST, PortInUse, Replica, serve
from replica.world import SEED, World, site_keys


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; the exit code is 0, 1 for a port in use, 2 for wrong usage."""
    parser = argparse.ArgumentParser(prog="python -m replica", description=__doc__)
    commands = parser.add_subparsers(dest="command", required=True)
    running = commands.add_parser("serve", help="serve all sites on loopback until interrupted")
    telling = commands.add_parser("truth", help="print the truth of one day as JSON")
    for command in (running, telling):
        command.add_argument(
            "--day", type=int, default=0, help="the calendar's page, from 0 (default 0)"
        )
        command.add_argument(
            "--seed", type=int, default=SEED, help=f"another seed, another web (default {SEED})"
        )
        command.add_argument(
            "--port", type=int, default=8600, help="first of the consecutive ports (default 8600)"
        )
    options = parser.parse_args(argv)
    if options.day < 0 or not 0 < options.port < 65_000:
        parser.error("--day counts from 0; --port lies between 1 and 65000")
    if options.command == "truth":
        origins = {
            key: f"http://{HOST}:{options.port + index}" for index, key in enumerate(site_keys())
        }
        json.dump(
            truth_of(World(origins, options.seed), options.day).as_json(), sys.stdout, indent=1
        )
        sys.stdout.write("\n")
        return 0
    try:
        with serve(options.day, options.port, options.seed) as replica:
            announce(replica)
            turn_pages(replica)
    except PortInUse as error:
        print(f"replica: {error}", file=sys.stderr)
        return 1
    return 0


def announce(replica: Replica) -> None:
    """Say what is served and how to point Paddock at it."""
    truth = replica.truth
    print(
        f"# day {replica.day}: {len(truth.sellers)} sellers, {len(truth.dealers)} dealers, "
        f"{len(truth.vehicles)} vehicles"
    )
    for name, value in replica.environment.items():
        print(f"export {name}={value}")
    for dealer in truth.dealers:
        print(
            f"# {dealer.website}  {dealer.key} ({dealer.platform})  {dealer.fault or ''}".rstrip()
        )
    print("# type a number and Enter to turn to that day; Ctrl-C ends", flush=True)


def turn_pages(replica: Replica) -> None:
    """Turn the calendar to each number that comes on the standard input; without one, stay up."""
    try:
        for line in sys.stdin:
            if line.strip().isdigit():
                replica.day = int(line)
                print(f"# day {replica.day}", flush=True)
        threading.Event().wait()
    except KeyboardInterrupt:
        return


if __name__ == "__main__":
    sys.exit(main())
