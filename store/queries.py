"""Named SQL statements: `load("queue")["claim"]` is the statement `claim` of `queries/queue.sql`.

A file is a list of blocks. A line `-- name --` opens a block, the comment lines right below it say
in one sentence what the statement does, and the rest, up to the next name, is the statement:

    -- claim --
    -- Take up to `limit` due rows, oldest slot first, and lease them to this worker.
    WITH candidate AS MATERIALIZED (...) ...
"""

import re
from collections.abc import Iterator, Mapping
from functools import cache
from importlib.resources import files
from typing import LiteralString, cast

from store.errors import QueryFileError

_NAME = re.compile(r"^-- *([a-z][a-z0-9_]*) *--[ \t]*$", re.MULTILINE)
_DESCRIPTION = re.compile(r"\A\s*(?:--[^\n]*\n)+")


class Queries(Mapping[str, LiteralString]):
    """The statements of one file, by name; a missing one is an error that lists those there are."""

    def __init__(self, source: str, statements: dict[str, LiteralString]) -> None:
        self._source = source
        self._statements = statements

    def __getitem__(self, name: str) -> LiteralString:
        try:
            return self._statements[name]
        except KeyError:
            known = ", ".join(self._statements)
            raise QueryFileError(
                f"{self._source} has no statement {name!r}; it has: {known}"
            ) from None

    def __contains__(self, name: object) -> bool:
        return name in self._statements

    def __iter__(self) -> Iterator[str]:
        return iter(self._statements)

    def __len__(self) -> int:
        return len(self._statements)


def parse(text: str, source: str = "the text") -> Queries:
    """The named statements of one SQL text. `source` is what errors call it.

    Raises QueryFileError for SQL above the first name, a name given twice, a statement without its
    sentence, or a name without a statement.
    """
    head, *parts = _NAME.split(text)
    if _without_comments(head).strip():
        raise QueryFileError(f"{source} has SQL above its first `-- name --` line")
    statements: dict[str, LiteralString] = {}
    for name, body in zip(parts[::2], parts[1::2], strict=True):
        described = _DESCRIPTION.match(body)
        if name in statements:
            raise QueryFileError(f"{source} defines {name!r} twice")
        if not described:
            raise QueryFileError(f"{source}: {name!r} needs one sentence (`-- ...`) below its name")
        statement = body[described.end() :].strip()
        if not _without_comments(statement).strip():
            raise QueryFileError(f"{source}: {name!r} has no statement")
        # These are our own files, read from the package: nothing from outside gets in here.
        statements[name] = cast(LiteralString, statement)
    return Queries(source, statements)


@cache
def load(name: str) -> Queries:
    """The statements of `store/queries/<name>.sql`; raises QueryFileError where there is none."""
    path = files("store") / "queries" / f"{name}.sql"
    if not path.is_file():
        raise QueryFileError(f"there is no store/queries/{name}.sql")
    return parse(path.read_text(encoding="utf-8"), f"store/queries/{name}.sql")


def _without_comments(sql: str) -> str:
    return re.sub(r"--[^\n]*", "", sql)
