"""What the normalizer is compared with: the floor, a transaction per listing, and dlt's merge."""

import json
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import UUID, uuid5

from psycopg import Connection, sql
from psycopg.types.json import Jsonb

from bench.normalizer_run import BIG_TABLES
from contract.handles import NAMESPACE
from store.connect import connect

__all__ = ["blocks", "dlt_merge", "one_by_one", "restore"]

ROOT = Path(__file__).parents[1]
ENVIRONMENT = ROOT / ".venv-bench"
LOCK = Path(__file__).with_name("requirements.lock")

WRITTEN = {
    "businesses": "id",
    "business_aliases": "organization_id",
    **{table: "dealer_id" for table in BIG_TABLES if table != "import_queue"},
    "organization_vehicles": "organization_id",
}
"""The tables that a drain writes, and the column that names the organization."""

Blocks = list[tuple[str, bytes]]


def blocks(url: str, dealers_per_batch: int) -> list[Blocks]:
    """Every row that a drain wrote, all columns, as binary COPY data by table, batch by batch."""
    with connect(None, url=url, statement_timeout=0) as connection:
        ids = [id for (id,) in connection.execute("SELECT id FROM businesses ORDER BY id")]
        parts = [ids[at : at + dealers_per_batch] for at in range(0, len(ids), dealers_per_batch)]
        return [[(table, _copied(connection, table, part)) for table in WRITTEN] for part in parts]


def _copied(connection: Connection, table: str, dealers: Sequence[UUID]) -> bytes:
    statement = sql.SQL("COPY (SELECT * FROM {} WHERE {} = ANY({})) TO STDOUT (FORMAT BINARY)")
    query = statement.format(
        sql.Identifier(table), sql.Identifier(WRITTEN[table]), sql.Literal(list(dealers))
    )
    with connection.cursor().copy(query) as copy:
        return b"".join(bytes(block) for block in copy)


def restore(url: str, batches: list[Blocks]) -> float:
    """COPY the ready-made rows into empty tables with all their indexes, a commit per batch;
    returns the seconds it took."""
    with connect(None, url=url, statement_timeout=0) as connection:
        began = perf_counter()
        for batch in batches:
            for table, block in batch:
                statement = sql.SQL("COPY {} FROM STDIN (FORMAT BINARY)")
                with connection.cursor().copy(statement.format(sql.Identifier(table))) as copy:
                    copy.write(block)
            connection.commit()
        return perf_counter() - began


def one_by_one(url: str, listings: int) -> float:
    """Take so many listings off the queue the straightforward way: one transaction each, which
    upserts the vehicle, its source, its place in the inventory and its photos, and marks the row.

    No rules at all: raw texts go into the columns. Returns the seconds it took.
    """
    with connect(None, url=url, autocommit=True) as connection:
        began = perf_counter()
        for _ in range(listings):
            with connection.transaction():
                _one(connection)
        return perf_counter() - began


def _one(connection: Connection) -> None:
    row = connection.execute(
        "SELECT id, key, url, organization_id, observed_at, payload_hash, raw_data "
        "FROM import_queue WHERE status = 'pending' AND kind = 'listing' "
        "ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED"
    ).fetchone()
    assert row is not None
    number, key, url, dealer, at, payload_hash, card = row
    vehicle = uuid5(NAMESPACE, url)
    common: dict[str, Any] = {
        "id": vehicle,
        "dealer": dealer,
        "url": url,
        "at": at,
        "key": key,
        "hash": payload_hash,
    }
    connection.execute(
        "INSERT INTO vehicles (id, dealer_id, identity_key, discovery_url, vin, stock, title, "
        "exterior_color, transmission, description, status, status_evidence, provenance, "
        "first_seen_at, last_seen_at, content_changed_at) "
        "VALUES (%(id)s, %(dealer)s, %(url)s, %(url)s, %(vin)s, %(stock)s, %(title)s, %(color)s, "
        "%(transmission)s, %(description)s, 'in_stock', 'current_grid', %(provenance)s, %(at)s, "
        "%(at)s, %(at)s) ON CONFLICT (id) DO UPDATE SET last_seen_at = excluded.last_seen_at",
        {
            **common,
            "vin": card["vin"],
            "stock": card["stock_number"],
            "title": card["title"],
            "color": card["exterior_color"],
            "transmission": card["transmission"],
            "description": card["description"],
            "provenance": Jsonb({field: ["dealer_site", key] for field in card}),
        },
    )
    for statement in (
        "INSERT INTO vehicle_aliases VALUES (%(id)s, %(dealer)s, %(id)s, %(url)s) "
        "ON CONFLICT DO NOTHING",
        "INSERT INTO vehicle_sources VALUES (%(id)s, %(dealer)s, 'dealer_site', 'listing', "
        "%(url)s, %(key)s, %(hash)s, %(at)s, %(at)s) ON CONFLICT DO NOTHING",
        "INSERT INTO organization_vehicles VALUES "
        "(%(dealer)s, %(id)s, 'consigner', 'active', 'for_sale', %(at)s) ON CONFLICT DO NOTHING",
        "INSERT INTO dealer_inventory (dealer_id, vehicle_id, status, listed_at, evidence) "
        "VALUES (%(dealer)s, %(id)s, 'in_stock', %(at)s, 'current_grid') ON CONFLICT DO NOTHING",
        "INSERT INTO dealer_inventory_seen VALUES (%(dealer)s, %(url)s, %(id)s, NULL, %(at)s, "
        "%(at)s, 'in_stock', 1, 0) ON CONFLICT DO NOTHING",
        "INSERT INTO vehicle_events VALUES (%(id)s, 0, %(dealer)s, %(at)s, 'listed', '{}', "
        "%(key)s) ON CONFLICT DO NOTHING",
    ):
        connection.execute(statement, common)
    for position, photo in enumerate(card["image_urls"]):
        connection.execute(
            "INSERT INTO vehicle_images (vehicle_id, position, dealer_id, source_url, is_primary) "
            "VALUES (%s, %s, %s, %s, %s) ON CONFLICT (vehicle_id, position) "
            "DO UPDATE SET source_url = excluded.source_url",
            [vehicle, position, dealer, photo, position == 0],
        )
    connection.execute("UPDATE import_queue SET status = 'completed' WHERE id = %s", [number])


def dlt_merge(url: str) -> dict[str, float] | str:
    """Merge the queue's listings with dlt, in an environment of its own, which is made where it is
    missing. Returns its seconds (``first``, ``again``), or why it could not be measured."""
    python = ENVIRONMENT / "bin" / "python"
    uv = [str(Path(sys.executable).with_name("uv"))]
    made = ENVIRONMENT / ".made-from"
    try:
        if not (made.is_file() and made.read_bytes() == LOCK.read_bytes()):
            print(f"making {ENVIRONMENT} with dlt, which the project itself does not use")
            _call([*uv, "venv", "-q", "--clear", "-p", sys.executable, str(ENVIRONMENT)])
            install = ["pip", "install", "-q", "-p", str(python), "--require-hashes", "-r"]
            _call([*uv, *install, str(LOCK)])
            made.write_bytes(LOCK.read_bytes())
        output = _call([str(python), str(Path(__file__).with_name("normalizer_dlt.py")), url])
    except (OSError, subprocess.SubprocessError) as error:
        reason = getattr(error, "stderr", None) or str(error)
        return reason.strip().splitlines()[-1] if reason.strip() else type(error).__name__
    found: dict[str, float] = json.loads(output.splitlines()[-1])
    return found


def _call(command: Sequence[str]) -> str:
    return subprocess.run(  # noqa: S603 - our own programs
        command,
        capture_output=True,
        text=True,
        check=True,
        timeout=1_800,
        cwd="/tmp",  # noqa: S108
    ).stdout
