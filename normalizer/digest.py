"""The digest: one hash over everything that the canonical tables say and the policy behind it.

Two databases with the same observations and the same policy have the same digest, however either
was drained. Rows are streamed in the order of the primary key, bytewise, in UTC; every column
counts but ``revision``, which counts writes and not content.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

from psycopg import Connection, IsolationLevel, sql
from psycopg.pq import TransactionStatus

from normalizer.policy import policy_hash
from normalizer.write import ALIASES, TABLES

__all__ = ["CANONICAL", "Digest", "TableDigest", "digest"]

CANONICAL = sorted([ALIASES.name, *TABLES])
"""Every canonical table."""

# What decides how COPY writes a value.
_SETTINGS = """
SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'postgres';
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL client_encoding = 'UTF8'
"""


@dataclass(frozen=True)
class TableDigest:
    """One table's name, number of rows, and SHA-256."""

    table: str
    rows: int
    sha256: str


@dataclass(frozen=True)
class Digest:
    """The policy's hash, every table's digest, and the total over all of them."""

    policy: str
    tables: tuple[TableDigest, ...]

    @property
    def total(self) -> str:
        """SHA-256 over the policy's hash and the tables' digests."""
        lines = [f"policy {self.policy}"]
        lines += [f"{each.table} {each.sha256}" for each in self.tables]
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def digest(
    connection: Connection, tables: Sequence[str] = CANONICAL, schema: str = "public"
) -> Digest:
    """Compute the digest of one moment. The connection must not be in a transaction."""
    connection.isolation_level = IsolationLevel.REPEATABLE_READ
    connection.read_only = True
    try:
        with connection.transaction():
            connection.execute(_SETTINGS)
            return digest_within(connection, tables, schema)
    finally:
        # Ctrl-C within a statement leaves a connection that takes no settings any more.
        if connection.info.transaction_status == TransactionStatus.IDLE:
            connection.isolation_level = None
            connection.read_only = None


def digest_within(connection: Connection, tables: Sequence[str], schema: str) -> Digest:
    """The digest inside the caller's transaction."""
    return Digest(policy_hash(), tuple(_table(connection, name, schema) for name in tables))


def _table(connection: Connection, name: str, schema: str) -> TableDigest:
    columns = connection.execute(
        """
        SELECT a.attname, k.position IS NOT NULL, t.typcollation <> 0
        FROM pg_attribute a
        JOIN pg_class c ON c.oid = a.attrelid
        JOIN pg_type t ON t.oid = a.atttypid
        LEFT JOIN pg_index i ON i.indrelid = c.oid AND i.indisprimary
        LEFT JOIN LATERAL unnest(i.indkey) WITH ORDINALITY AS k (attnum, position)
               ON k.attnum = a.attnum
        WHERE c.oid = format('%%I.%%I', %s::text, %s::text)::regclass
          AND a.attnum > 0 AND NOT a.attisdropped AND a.attname <> 'revision'
        ORDER BY k.position, a.attname
        """,
        [schema, name],
    ).fetchall()
    order = [
        sql.Identifier(column) + (sql.SQL(' COLLATE "C"') if text else sql.SQL(""))
        for column, in_key, text in columns
        if in_key
    ]
    query = sql.SQL("COPY (SELECT {} FROM {} ORDER BY {}) TO STDOUT").format(
        sql.SQL(", ").join(sql.Identifier(name) for name in sorted(c for c, _, _ in columns)),
        sql.Identifier(schema, name),
        sql.SQL(", ").join(order),
    )
    content = hashlib.sha256()
    rows = 0
    with connection.cursor() as cursor, cursor.copy(query) as copy:
        for line in copy:
            content.update(line)
            rows += bytes(line).count(b"\n")
    return TableDigest(name, rows, content.hexdigest())
