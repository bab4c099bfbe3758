"""Row sets into tables: what stands and what should stand, and only the difference is written.

One writer serves every canonical table; the row dataclasses drive it (their field names are the
column names). Rows are matched by primary key. Deletes come before updates and updates before
inserts, and the unique constraints that rows may trade among each other are deferred, so one
transaction can hand a URL, an identity or a whole vehicle from one organization to another.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from operator import itemgetter
from typing import Any, NamedTuple, get_args, get_origin, get_type_hints
from uuid import UUID

from psycopg import Connection, Cursor, sql

from normalizer.rows import (
    AliasRow,
    BusinessRow,
    CanonicalRows,
    DealerInventoryRow,
    EventRow,
    ImageRow,
    OrganizationImageRow,
    OrganizationVehicleRow,
    SeenRow,
    SourceRow,
    TakedownRow,
    VehicleAliasRow,
    VehicleRow,
    WalkRow,
)
from normalizer.values import plain, replaced, stored

__all__ = ["ALIASES", "TABLES", "Changes", "Table", "demand_distinct_keys", "replace", "write"]


@dataclass(frozen=True)
class Table:
    """One canonical table: its row type, its primary key, and the column that names the
    organization a row belongs to. ``revised`` tables count their changes for feeds."""

    name: str
    row: type[NamedTuple]
    key: tuple[str, ...]
    owner: str = "dealer_id"
    revised: bool = False

    @cached_property
    def columns(self) -> tuple[str, ...]:
        """The columns that the rules decide, in the row type's order."""
        return self.row._fields

    @cached_property
    def types(self) -> Mapping[str, str]:
        """The columns' types in the database, as far as their values are copied in binary."""
        hints = get_type_hints(self.row)
        known = {column: _column_type(hints[column]) for column in self.columns}
        return {column: name for column, name in known.items() if name}

    @cached_property
    def compound(self) -> tuple[int, ...]:
        """The places of the columns that hold arrays or objects."""
        return tuple(
            place
            for place, column in enumerate(self.columns)
            if self.types.get(column) not in _SCALARS.values()
        )

    @cached_property
    def key_of(self) -> Callable[[tuple[Any, ...]], Any]:
        """The primary key within a row's values."""
        return itemgetter(*(self.columns.index(column) for column in self.key))

    @cached_property
    def statements(self) -> Mapping[str, bytes]:
        """The four statements of this table, ready-made: standing, delete, update, insert."""
        rest = [column for column in self.columns if column not in self.key]
        assign: list[sql.Composable] = [
            sql.SQL("{} = %s").format(sql.Identifier(column)) for column in rest
        ]
        if self.revised:
            assign.append(sql.SQL("revision = nextval('canonical_revision')"))
        names = {
            "table": sql.Identifier(self.name),
            "columns": sql.SQL(", ").join(map(sql.Identifier, self.columns)),
            "owner": sql.Identifier(self.owner),
            "match": sql.SQL(" AND ").join(
                sql.SQL("{} = %s").format(sql.Identifier(column)) for column in self.key
            ),
            "assign": sql.SQL(", ").join(assign),
        }
        return {
            name: sql.SQL(text).format(**names).as_bytes()
            for name, text in {
                "standing": "SELECT {columns} FROM {table} WHERE {owner} = ANY(%s)",
                "delete": "DELETE FROM {table} WHERE {match}",
                "update": "UPDATE {table} SET {assign} WHERE {match}",
                "insert": "COPY {table} ({columns}) FROM STDIN" + self._copy_format,
            }.items()
        }

    @property
    def _copy_format(self) -> str:
        return " (FORMAT BINARY)" if self.is_binary else ""

    @property
    def is_binary(self) -> bool:
        """Whether rows are copied in binary, at a quarter of the cost of text: whoever has a
        geography is not."""
        return len(self.types) == len(self.columns)

    def set_together(self, columns: tuple[str, ...]) -> sql.Composed | None:
        """The statement that sets these columns of many rows from arrays, the key's first; None
        where one of them has no array of its own kind."""
        if not all(self.types.get(column) in _SCALARS.values() for column in columns):
            return None
        names = [*self.key, *columns]
        assign: list[sql.Composable] = [
            sql.SQL("{0} = new.{0}").format(sql.Identifier(column)) for column in columns
        ]
        if self.revised:
            assign.append(sql.SQL("revision = nextval('canonical_revision')"))
        return sql.SQL(
            "UPDATE {table} AS old SET {assign} "
            "FROM unnest({arrays}) AS new ({names}) WHERE {match}"
        ).format(
            table=sql.Identifier(self.name),
            assign=sql.SQL(", ").join(assign),
            arrays=sql.SQL(", ").join(sql.SQL(f"%s::{self.types[column]}[]") for column in names),
            names=sql.SQL(", ").join(map(sql.Identifier, names)),
            match=sql.SQL(" AND ").join(
                sql.SQL("old.{0} = new.{0}").format(sql.Identifier(column)) for column in self.key
            ),
        )

    def read(self, cursor: Cursor[tuple[Any, ...]]) -> Iterable[tuple[Any, ...]]:
        """Rows that stand, in the form of the rules' rows: the driver gives lists for arrays."""
        rows = cursor.fetchall()
        if not self.compound:
            return rows
        return (replaced(values, self.compound, plain) for values in rows)

    def ask(self, connection: Connection, owners: Sequence[UUID]) -> Cursor[tuple[Any, ...]]:
        """Ask for the rows that stand for these organizations."""
        return connection.execute(self.statements["standing"], [owners])


ALIASES = Table("business_aliases", AliasRow, ("handle",), owner="handle")

TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("businesses", BusinessRow, ("id",), owner="id", revised=True),
        Table("vehicles", VehicleRow, ("id",), revised=True),
        Table("vehicle_aliases", VehicleAliasRow, ("handle",)),
        Table("vehicle_sources", SourceRow, ("vehicle_id", "source", "kind", "listing")),
        Table("vehicle_images", ImageRow, ("vehicle_id", "position")),
        Table(
            "organization_images",
            OrganizationImageRow,
            ("organization_id", "purpose"),
            owner="organization_id",
        ),
        Table(
            "organization_vehicles",
            OrganizationVehicleRow,
            ("organization_id", "vehicle_id"),
            owner="organization_id",
        ),
        Table("dealer_inventory", DealerInventoryRow, ("dealer_id", "vehicle_id")),
        Table("dealer_inventory_seen", SeenRow, ("dealer_id", "listing_url")),
        Table("inventory_walks", WalkRow, ("observation_key",)),
        Table("vehicle_events", EventRow, ("vehicle_id", "position")),
        Table("takedowns", TakedownRow, ("subject_id",)),
    )
}
"""The tables that a fold fills, by their name in `CanonicalRows`."""


@dataclass
class Changes:
    """How many rows a write deleted, updated and inserted."""

    deleted: int = 0
    updated: int = 0
    inserted: int = 0

    @property
    def total(self) -> int:
        """All changed rows."""
        return self.deleted + self.updated + self.inserted

    def add(self, other: "Changes") -> None:
        """Count another write in."""
        self.deleted += other.deleted
        self.updated += other.updated
        self.inserted += other.inserted


def write(
    connection: Connection, owners: Iterable[UUID], wanted: Sequence[CanonicalRows]
) -> Changes:
    """Make the canonical tables say ``wanted`` about these organizations, and nothing else.

    ``owners`` are all organizations whose standing rows the wanted ones replace, vanished ones
    included; rows that moved between them are updated in place. Raises StoreError's causes as the
    driver does: the caller wraps.
    """
    owners = list(owners)
    with connection.pipeline():
        standing = {name: table.ask(connection, owners) for name, table in TABLES.items()}
    differences = [
        _Difference.between(
            table,
            table.read(standing[name]),
            (row for rows in wanted for row in getattr(rows, name)),
        )
        for name, table in TABLES.items()
    ]
    return apply(connection, differences)


def demand_distinct_keys(wanted: Sequence[CanonicalRows]) -> None:
    """Raises ValueError where two rows of a table have one key: a mistake in the rules."""
    for name, table in TABLES.items():
        keys = [table.key_of(row) for rows in wanted for row in getattr(rows, name)]
        if len(set(keys)) < len(keys):
            key = next(key for key, n in Counter(keys).items() if n > 1)
            raise ValueError(f"{name}: the rules give two rows with the key {key}")


def replace(
    connection: Connection, table: Table, owners: Iterable[UUID], rows: Iterable[Any]
) -> Changes:
    """Make one table say ``rows`` about its ``owners``."""
    standing = table.read(table.ask(connection, list(owners)))
    difference = _Difference.between(table, standing, rows)
    return apply(connection, [difference])


@dataclass
class _Difference:
    """What has to be deleted (keys), updated (old and new values) and inserted."""

    table: Table
    delete: list[Any]
    update: list[tuple[tuple[Any, ...], tuple[Any, ...]]]
    insert: list[tuple[Any, ...]]

    @classmethod
    def between(
        cls, table: Table, standing: Iterable[tuple[Any, ...]], wanted: Iterable[tuple[Any, ...]]
    ) -> "_Difference":
        key_of = table.key_of
        old = {key_of(values): values for values in standing}
        if not old:
            return cls(table, [], [], list(wanted))
        difference = cls(table, [], [], [])
        for values in wanted:
            key = key_of(values)
            before = old.pop(key, None)
            if before is None:
                difference.insert.append(values)
            elif before != values:
                difference.update.append((before, values))
        difference.delete = list(old)
        return difference


def apply(connection: Connection, differences: Sequence[_Difference]) -> Changes:
    """Write differences: all deletes first, so that no key is taken when its next holder comes."""
    changes = Changes()
    with connection.cursor() as cursor:
        for difference in differences:
            if difference.delete:
                statement = difference.table.statements["delete"]
                keys = [k if isinstance(k, tuple) else (k,) for k in difference.delete]
                cursor.executemany(statement, keys)
                changes.deleted += len(keys)
        for difference in differences:
            _update(cursor, difference)
            changes.updated += len(difference.update)
        for difference in differences:
            _insert(cursor, difference)
            changes.inserted += len(difference.insert)
    return changes


def _update(cursor: Cursor[Any], difference: _Difference) -> None:
    """Rows that changed in the same columns are set together, in one statement: on most days the
    time of the last sight is all that changed."""
    table = difference.table
    together: defaultdict[tuple[str, ...], list[tuple[Any, ...]]] = defaultdict(list)
    for before, after in difference.update:
        changed = tuple(
            column
            for column, was, now in zip(table.columns, before, after, strict=True)
            if was != now
        )
        together[changed].append(after)
    for columns, rows in together.items():
        if statement := table.set_together(columns):
            places = [table.columns.index(column) for column in (*table.key, *columns)]
            cursor.execute(statement, [[values[place] for values in rows] for place in places])
            continue
        order = [c for c in table.columns if c not in table.key] + list(table.key)
        pick = itemgetter(*(table.columns.index(column) for column in order))
        cursor.executemany(
            table.statements["update"], [tuple(map(stored, pick(values))) for values in rows]
        )


def _insert(cursor: Cursor[Any], difference: _Difference) -> None:
    table = difference.table
    if not difference.insert:
        return
    with cursor.copy(table.statements["insert"]) as copy:
        if table.is_binary:
            copy.set_types([table.types[column] for column in table.columns])
        if places := table.compound:
            for values in difference.insert:
                copy.write_row(replaced(values, places, stored))
        else:
            for values in difference.insert:
                copy.write_row(values)


_SCALARS = {
    UUID: "uuid",
    str: "text",
    int: "integer",
    bool: "boolean",
    datetime: "timestamptz",
    Decimal: "numeric",
}
"""Annotations of the row types, and the columns' types."""


def _column_type(annotation: Any) -> str | None:
    one = next((a for a in get_args(annotation) if a is not type(None)), annotation)
    if get_origin(annotation) is tuple:
        return "text[]"
    if get_origin(annotation) is Mapping:
        return "jsonb"
    return _SCALARS.get(one)
