"""Values as the rules give them, as the database gives them back, and as the driver takes them."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from psycopg.types.json import Jsonb
from pydantic_core import to_json
from shapely import Point

__all__ = ["plain", "replaced", "stored"]

_AS_THEY_ARE = frozenset([str, int, bool, float, type(None), UUID, datetime, Decimal, Point])


def plain(value: Any) -> Any:
    """A value in the one form in which the rules' and the database's are compared: text of any
    string type, tuples for sequences, dictionaries for objects."""
    kind = type(value)
    if kind in _AS_THEY_ARE:
        return value
    # The exact types first: asking the abstract ones costs more than all the rest.
    if kind is list or kind is tuple:
        return _plain_row(value)
    if isinstance(value, str):
        return str(value)
    if kind is dict or isinstance(value, Mapping):
        return {
            str(name): item if type(item) in _AS_THEY_ARE else plain(item)
            for name, item in value.items()
        }
    if isinstance(value, Sequence):
        return _plain_row(value)
    return value


def _plain_row(values: Iterable[Any]) -> tuple[Any, ...]:
    """`plain` for a whole row, fast where there is nothing to do, which is most of the time."""
    return tuple([v if type(v) in _AS_THEY_ARE else plain(v) for v in values])


def replaced(
    values: tuple[Any, ...], places: Sequence[int], change: Callable[[Any], Any]
) -> tuple[Any, ...]:
    """The values, changed at these places."""
    if not places:
        return values
    changed = list(values)
    for place in places:
        changed[place] = change(changed[place])
    return tuple(changed)


def stored(value: Any) -> Any:
    """A plain value as the driver takes it."""
    if type(value) is dict:
        return Jsonb(value, to_json)
    if type(value) is tuple:
        return list(value)
    return value
