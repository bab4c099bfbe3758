"""JSON as PostgreSQL's jsonb writes it."""

import json
from typing import Any

__all__ = ["jsonb"]


def jsonb(value: Any) -> str:
    """The text of a value: keys by length, then in the order of their bytes."""
    return json.dumps(_ordered(value), ensure_ascii=False)


def _ordered(value: Any) -> Any:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: (len(key.encode()), key.encode()))
        return {key: _ordered(value[key]) for key in keys}
    if isinstance(value, list | tuple):
        return [_ordered(each) for each in value]
    return value
