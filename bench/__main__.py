"""`python -m bench [NAME …]`: run the benchmarks, all or the named ones."""

import argparse
import sys

from bench import crawl, listings, normalizer, platforms

BENCHMARKS = {
    "normalizer": normalizer.main,
    "crawl": crawl.main,
    "listings": listings.main,
    "platforms": platforms.main,
}


def main() -> int:
    """Run them one after the other; the exit code is 0 unless one could not run."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    known = ", ".join(BENCHMARKS)
    parser.add_argument("name", nargs="*", metavar="NAME", help=f"{known} (default: all)")
    parser.add_argument(
        "--vehicles",
        type=int,
        default=100_000,
        metavar="N",
        help="normalizer: up to so many vehicles in the tables (default: 100,000; a million takes "
        "a quarter of an hour and 20 GB)",
    )
    given = parser.parse_args()
    names = given.name
    if unknown := set(names) - BENCHMARKS.keys():
        parser.error(f"no benchmark is called {', '.join(sorted(unknown))}; there are: {known}")
    for name in names or BENCHMARKS:
        if name == "normalizer":
            normalizer.main(given.vehicles)
        else:
            BENCHMARKS[name]()
    return 0


if __name__ == "__main__":
    sys.exit(main())
