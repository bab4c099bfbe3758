"""How numbers and times are told to people."""

from datetime import timedelta

__all__ = ["age", "counted"]


def counted(number: int, one: str, many: str | None = None) -> str:
    """A number with its noun: "1 batch", "2 batches"."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def age(span: timedelta) -> str:
    """A span of time in its largest fitting unit: "3 days", "5 hours", "less than an hour".

    >>> age(timedelta(hours=50))
    '2 days'
    """
    hours = int(span.total_seconds() // 3600)
    if hours >= 48:
        return counted(hours // 24, "day")
    return counted(hours, "hour") if hours >= 1 else "less than an hour"
