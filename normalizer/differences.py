"""What would change: the tables that stand and those that the rules give now, column by column."""

from collections.abc import Iterable
from dataclasses import asdict, dataclass
from typing import Any

from psycopg import Connection, sql

from normalizer.wording import counted
from normalizer.write import ALIASES, TABLES, Table

__all__ = ["ChangedColumn", "Example", "TableDifference", "differences"]

_EXAMPLES = 3
_LONGEST = 60


@dataclass(frozen=True)
class Example:
    """One row, by its primary key, and the value before and after."""

    key: str
    before: str | None
    after: str | None


@dataclass(frozen=True)
class ChangedColumn:
    """In how many rows a column would change, with a few of them."""

    column: str
    rows: int
    examples: tuple[Example, ...]


@dataclass(frozen=True)
class TableDifference:
    """What would change in one table. ``appearing`` and ``vanishing`` count rows, with the keys of
    a few; ``columns`` are those of rows that stay."""

    table: str
    appearing: int
    vanishing: int
    changing: int
    appear: tuple[str, ...]
    vanish: tuple[str, ...]
    columns: tuple[ChangedColumn, ...]

    def __bool__(self) -> bool:
        return bool(self.appearing or self.vanishing or self.changing)

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The difference as text for people."""
        if not self:
            return [f"{self.table}: nothing"]
        parts = [
            f"{counted(number, 'row')} {what}"
            for number, what in (
                (self.changing, "changed"),
                (self.appearing, "new"),
                (self.vanishing, "gone"),
            )
            if number
        ]
        text = [f"{self.table}: {', '.join(parts)}"]
        for column in self.columns:
            text.append(f"  {column.column}: {counted(column.rows, 'row')}")
            text += [
                f"    {each.key}: {_short(each.before)} -> {_short(each.after)}"
                for each in column.examples
            ]
        text += [f"  new: {key}" for key in self.appear]
        text += [f"  gone: {key}" for key in self.vanish]
        return text


def differences(connection: Connection, old: str, new: str) -> tuple[TableDifference, ...]:
    """Compare every canonical table of the schema ``old`` with its namesake in ``new``."""
    tables = sorted([ALIASES, *TABLES.values()], key=lambda table: table.name)
    return tuple(_difference(connection, table, old, new) for table in tables)


def _difference(connection: Connection, table: Table, old: str, new: str) -> TableDifference:
    rest = [column for column in table.columns if column not in table.key]
    # The mark tells on which sides a row is there.
    join = sql.SQL(
        "FROM (SELECT *, true AS is_there FROM {old}) AS o "
        "FULL JOIN (SELECT *, true AS is_there FROM {new}) AS n USING ({key})"
    ).format(
        old=sql.Identifier(old, table.name),
        new=sql.Identifier(new, table.name),
        key=_names(table.key),
    )
    here = sql.Identifier("is_there")
    stays = sql.SQL("o.{0} IS NOT NULL AND n.{0} IS NOT NULL").format(here)
    changes = [
        sql.SQL("o.{0} IS DISTINCT FROM n.{0}").format(sql.Identifier(column)) for column in rest
    ]
    counts = [
        sql.SQL("count(*) FILTER (WHERE o.{} IS NULL)").format(here),
        sql.SQL("count(*) FILTER (WHERE n.{} IS NULL)").format(here),
        sql.SQL("count(*) FILTER (WHERE {} AND ({}))").format(stays, sql.SQL(" OR ").join(changes)),
        *(sql.SQL("count(*) FILTER (WHERE {} AND {})").format(stays, change) for change in changes),
    ]
    row = connection.execute(sql.SQL("SELECT {} {}").format(_list(counts), join)).fetchone()
    assert row is not None
    appearing, vanishing, changing, *columns = row
    changed = []
    for column, change, rows in zip(rest, changes, columns, strict=True):
        if rows:
            query = sql.SQL(
                "SELECT concat_ws(' ', {key}), o.{column}::text, n.{column}::text {join} "
                "WHERE {stays} AND {change} ORDER BY {key} LIMIT {limit}"
            ).format(
                key=_names(table.key),
                column=sql.Identifier(column),
                join=join,
                stays=stays,
                change=change,
                limit=_EXAMPLES,
            )
            examples = tuple(Example(*found) for found in connection.execute(query))
            changed.append(ChangedColumn(column, rows, examples))
    return TableDifference(
        table=table.name,
        appearing=appearing,
        vanishing=vanishing,
        changing=changing,
        appear=_keys(connection, table, join, sql.SQL("o.{} IS NULL").format(here)),
        vanish=_keys(connection, table, join, sql.SQL("n.{} IS NULL").format(here)),
        columns=tuple(changed),
    )


def _keys(
    connection: Connection, table: Table, join: sql.Composed, where: sql.Composed
) -> tuple[str, ...]:
    query = sql.SQL("SELECT concat_ws(' ', {0}) {1} WHERE {2} ORDER BY {0} LIMIT {3}").format(
        _names(table.key), join, where, _EXAMPLES
    )
    return tuple(key for (key,) in connection.execute(query))


def _names(columns: Iterable[str]) -> sql.Composed:
    return _list([sql.Identifier(column) for column in columns])


def _list(parts: Iterable[sql.Composable]) -> sql.Composed:
    return sql.SQL(", ").join(parts)


def _short(text: str | None) -> str:
    if text is None:
        return "nothing"
    text = " ".join(text.split())
    return repr(text if len(text) <= _LONGEST else f"{text[: _LONGEST - 1]}…")
