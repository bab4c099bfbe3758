"""Reading spider arguments (``-a name=value``), which arrive as text: a value that makes no sense
is a usage error (exit code 2), raised from the spider's constructor.

A spider spells its arguments out as keywords of its constructor; `scrapy crawl` refuses any other.
"""

from collections.abc import Collection
from uuid import UUID

from crawler.errors import ArgumentError

__all__ = ["choice", "identifier", "positive"]


def choice(name: str, value: str, allowed: Collection[str]) -> str:
    """Return the value if it is one of the allowed ones; raises ArgumentError."""
    if value not in allowed:
        raise ArgumentError(f"{name}={value!r} is none of {', '.join(sorted(allowed))}")
    return value


def positive(name: str, value: str) -> int:
    """Return the value as a whole number from 1 on; raises ArgumentError."""
    if not (value.isascii() and value.isdigit() and 0 < len(value) < 10 and int(value)):
        raise ArgumentError(f"{name}={value!r} is no whole number from 1 on")
    return int(value)


def identifier(name: str, value: str) -> UUID:
    """Return the value as the UUID it spells; raises ArgumentError."""
    try:
        return UUID(value)
    except ValueError:
        raise ArgumentError(f"{name}={value!r} is no id (a UUID)") from None
