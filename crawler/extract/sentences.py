"""What the sentences of a description tell that no labelled line does: "Chassis number AR1234567.",
"Asking $45,000"."""

import re

from crawler.extract.price_language import MONEY

__all__ = ["said_chassis", "said_price"]

CHASSIS = re.compile(
    r"\b(?:[Cc]hassis|[Ff]rame|[Ss]erial|VIN|V\.I\.N\.|[Ff]ahrgestell|[Cc]h[âa]ssis|[Tt]elaio)"
    r"(?:[ -]?(?:[Nn]umber|[Nn]ummer|[Nn]r\.?|[Nn]o\.?|[Nn]°|#))*(?: is)?:?\s+"
    r"((?=(?:[A-Z/.-]*\d){3})[A-Z\d](?:[A-Z\d/.-]{2,18})[A-Z\d])(?![\w-])"
)
ASKED = re.compile(
    rf"(?:^|[.!?]\s+|\n\s*)(?:(?:we are |now |only )?asking(?: price)?(?: is)?|"
    rf"(?:(?:it is |now )?(?:offered|priced|available)) (?:at|for)|(?:our |the )?price(?: is)?)"
    rf"[:\s]+(?:only |just )?({MONEY.pattern})(?!\s*(?:/|per\b|a month|down\b|off\b))",
    re.IGNORECASE,
)


def said_chassis(text: str) -> str | None:
    """Return the VIN or chassis number that a sentence names as such."""
    match = CHASSIS.search(text)
    return match[1] if match else None


def said_price(text: str) -> str | None:
    """Return the amount a sentence begins by asking; amounts within sentences are of other things:
    work done, what a like car fetched."""
    match = ASKED.search(text)
    return match[1] if match else None
