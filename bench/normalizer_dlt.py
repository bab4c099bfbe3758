"""The same listings merged by dlt (https://dlthub.com), as its documentation shows it.

Run by `bench/normalizer_baselines.py` in an environment of its own, with the URL of a database
whose ``import_queue`` is filled; prints the seconds of the first merge and of the same once more.
"""

import json
import os
import sys
import tempfile
from collections.abc import Iterator
from time import perf_counter
from typing import Any

import dlt  # type: ignore[import-not-found,unused-ignore]
import psycopg2  # type: ignore[import-untyped,import-not-found,unused-ignore]


def listings(url: str) -> Iterator[list[dict[str, Any]]]:
    """The queue's listings in batches of 500; photos are a child table."""
    with psycopg2.connect(url) as connection, connection.cursor("listings") as cursor:
        cursor.itersize = 500
        cursor.execute(
            "SELECT url, organization_id::text, observed_at, payload_hash, raw_data "
            "FROM import_queue WHERE kind = 'listing'"
        )
        while rows := cursor.fetchmany(500):
            yield [
                {"url": page, "dealer_id": dealer, "observed_at": at, "hash": digest, **card}
                for page, dealer, at, digest, card in rows
            ]


def main() -> None:
    """Merge twice and print a line of JSON."""
    url = sys.argv[1]
    with tempfile.TemporaryDirectory() as folder:
        os.environ["DLT_DATA_DIR"] = folder
        os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
        os.environ["RUNTIME__LOG_LEVEL"] = "ERROR"
        connection = psycopg2.connect(url)
        parts = connection.get_dsn_parameters()
        connection.close()
        host = parts.get("host", "localhost")
        query = f"?host={host}" if host.startswith("/") else ""
        place = "" if host.startswith("/") else f"{host}:{parts.get('port', '5432')}"
        pipeline = dlt.pipeline(
            "paddock_bench",
            destination=dlt.destinations.postgres(
                f"postgresql://{parts['user']}:-@{place or 'localhost'}/{parts['dbname']}{query}"
            ),
            dataset_name="dlt_bench",
            pipelines_dir=folder,
        )
        took = {}
        for name in ("first", "again"):
            began = perf_counter()
            pipeline.run(
                listings(url),
                table_name="listings",
                write_disposition="merge",
                primary_key="url",
            )
            took[name] = perf_counter() - began
        print(json.dumps(took))


if __name__ == "__main__":
    main()
