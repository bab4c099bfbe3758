"""How numbers, times and the rules' own words are told to people."""

import textwrap
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation

__all__ = [
    "GRIDS",
    "SPEAKERS",
    "age",
    "counted",
    "doubted",
    "folded",
    "listed",
    "moment",
    "money",
    "said_of",
    "shortened",
]

SPEAKERS: Mapping[str, str] = {
    "operator": "the operator",
    "homenet": "the dealer's feed",
    "dealer_site": "the dealer's site",
    "classic.com": "classic.com",
    "legacy": "the older system",
}
"""Source → how people call it."""

GRIDS: Mapping[str, str] = {
    "current": "inventory page",
    "sold": "page of sold cars",
    "feed": "feed",
}
"""Kind of grid → how people call it."""

DOUBTS: Mapping[str, str] = {
    "empty": "it saw no car at all",
    "below_share": "it saw far fewer cars than the last good one",
    "incomplete": "it was not read to the end",
    "drift": "what was filled before is empty or all the same now, so the layout has probably "
    "changed",
    "rejected": "an operator rejected it",
}
"""Why a walk may prove no absence → what that means."""

SAID: Mapping[str, str] = {
    "in_stock by current_grid": "shows it on offer",
    "in_stock by feed": "lists it",
    "in_stock by mark": "shows it on offer, with a mark of its own",
    "sold by mark": "shows it marked as sold",
    "sold by sold_grid": "shows it among the sold cars",
    "in_stock by sold_grid": "shows it among the sold cars",
}
"""What a walk says of a car it saw → in words."""


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


def moment(at: datetime | str) -> str:
    """A time in UTC, to the minute."""
    at = datetime.fromisoformat(at) if isinstance(at, str) else at
    return at.astimezone(UTC).strftime("%Y-%m-%d %H:%M")


def money(text: str) -> str:
    """An amount and its currency, with separators.

    >>> money("50000.00 USD")
    '50,000 USD'
    """
    amount, _, currency = text.partition(" ")
    try:
        value = Decimal(amount)
    except InvalidOperation:
        return text
    return (
        f"{value:,.0f} {currency}" if value == value.to_integral() else f"{value:,.2f} {currency}"
    )


def doubted(reason: str) -> str:
    """Why a walk may prove no absence, in words."""
    name, _, detail = reason.partition(":")
    return DOUBTS.get(name, name) + (f" ({detail.replace('_', ' ')})" if detail else "")


def said_of(saw: str) -> str:
    """What a walk says of a car that it saw, in words."""
    return listed([SAID.get(each, each.replace("_", " ")) for each in saw.split(", ")])


def listed(words: Iterable[str]) -> str:
    """Words as a list: "a, b and c"."""
    *most, last = list(words) or [""]
    return f"{', '.join(most)} and {last}" if most else last


def shortened(text: str | None, length: int = 60) -> str:
    """A text on one line, of so many characters at most."""
    text = " ".join((text or "").split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def folded(text: str, indent: str, width: int = 100) -> list[str]:
    """A sentence in lines of at most ``width`` characters, the later ones indented."""
    return textwrap.wrap(
        text,
        width,
        initial_indent="",
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )
