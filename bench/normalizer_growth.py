"""What a listing costs when many vehicles stand in the tables already.

A drained database is multiplied by set-based SQL: every organization, with its observations and
canonical rows, stands there again and again under new ids and sites. Then the same number of new
listings is drained, and the sequential scans of big tables are counted, of which there should be
none.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count, takewhile
from uuid import UUID

from psycopg import Connection, sql

from bench.normalizer_run import BIG_TABLES, Usage, drain
from bench.normalizer_world import DATABASE, LISTINGS, copy_database, drop, fill
from store.connect import connect

__all__ = ["Grown", "grown", "sizes"]

NEW_DEALERS = 20
FIRST_NEW = 900_000
TABLES = ("businesses", "business_aliases", *BIG_TABLES)
ROUND = 50_000
"""Vehicles that one statement adds at most, so that the server needs no room for all at once."""


@dataclass(frozen=True)
class Grown:
    """How many vehicles stood there, what a drain of ``listings`` more took, and what the tables
    weighed before it."""

    vehicles: int
    listings: int
    usage: Usage
    bytes: int


def grown(template: str, standing: int, most: int) -> Iterator[Grown]:
    """Measure at 10,000 vehicles, 100,000 and so on, and at ``most``. ``template`` is the URL of a
    drained database with ``standing`` vehicles."""
    name = f"{DATABASE}_grown"
    url = copy_database(template, name)
    copies = 1
    powers = takewhile(lambda size: size < most, (10**power for power in count(4)))
    try:
        with connect(None, url=url) as connection:
            originals = [id for (id,) in connection.execute("SELECT id FROM businesses")]
        for measured, target in enumerate([*powers, most]):
            wanted = max(1, target // standing)
            if wanted > copies:
                _multiply(url, originals, copies, wanted, standing)
                copies = wanted
            with connect(None, url=url, autocommit=True, statement_timeout=0) as connection:
                connection.execute("VACUUM ANALYZE")
                connection.execute("CHECKPOINT")
                weights = {name: (total, rows) for name, total, _, rows in sizes(connection)}
            first = FIRST_NEW + measured * NEW_DEALERS
            fill(url, range(first, first + NEW_DEALERS))
            usage = drain(url, 1)
            weight = sum(total for total, _ in weights.values())
            yield Grown(weights["vehicles"][1], NEW_DEALERS * LISTINGS, usage, weight)
    finally:
        drop(name)


def sizes(connection: Connection) -> list[tuple[str, int, int, int]]:
    """Every big table with its bytes in all, of these in indexes, and its rows as counted by the
    last ANALYZE."""
    return connection.execute(
        "SELECT relname::text, pg_total_relation_size(oid), pg_indexes_size(oid), "
        "reltuples::bigint FROM pg_class "
        "WHERE relname = ANY(%s) AND relkind = 'r' ORDER BY 2 DESC",
        [list(TABLES)],
    ).fetchall()


def _multiply(url: str, originals: list[UUID], have: int, want: int, standing: int) -> None:
    """Add copies ``have`` … ``want - 1`` of the original organizations, which are copy 0."""
    at_once = max(1, ROUND // standing)
    with connect(None, url=url, autocommit=True, statement_timeout=0) as connection:
        connection.execute("SET synchronous_commit = off")
        for first in range(have, want, at_once):
            last = min(first + at_once, want) - 1
            for table in TABLES:
                connection.execute(_copies(connection, table), [first, last, originals])


def _copies(connection: Connection, table: str) -> sql.Composed:
    """The statement that copies a table's original rows under the numbers of two copies.

    Ids, keys and sites are made new; equal ones stay equal, so that rows still belong together.
    """
    columns = connection.execute(
        "SELECT attname, format_type(atttypid, NULL), attidentity <> '' FROM pg_attribute "
        "WHERE attrelid = %s::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum",
        [table],
    ).fetchall()
    names: list[sql.Composable] = []
    values: list[sql.Composable] = []
    for name, kind, is_counted in columns:
        if is_counted or name == "revision":
            continue
        column = sql.Identifier(name)
        names.append(column)
        if kind == "uuid" and name != "run_id":
            values.append(sql.SQL("md5({}::text || n)::uuid").format(column))
        elif name in ("key", "observation_key"):
            values.append(
                sql.SQL("encode(sha256(convert_to({} || n, 'UTF8')), 'hex')").format(column)
            )
        elif kind == "text":
            values.append(sql.SQL(_RENAMED).format(column))
        elif kind == "jsonb":
            values.append(
                sql.SQL(f"({_RENAMED})::jsonb").format(sql.SQL("{}::text").format(column))
            )
        else:
            values.append(column)
    owner = {"businesses": "id", "business_aliases": "organization_id"}.get(table)
    if owner is None:
        owner = "organization_id" if "organization_" in table or table == "import_queue" else ""
    return sql.SQL(
        "INSERT INTO {table} ({names}) "
        "SELECT {values} FROM {table}, generate_series(%s::int, %s::int) AS n "
        "WHERE {owner} IN (SELECT handle FROM business_aliases WHERE organization_id = ANY(%s))"
    ).format(
        table=sql.Identifier(table),
        names=sql.SQL(", ").join(names),
        values=sql.SQL(", ").join(values),
        owner=sql.Identifier(owner or "dealer_id"),
    )


_RENAMED = (
    "replace(replace({}, '.example', '-' || n || '.example'), "
    "'/s/dealer-', '/s/copy-' || n || '-of-dealer-')"
)
