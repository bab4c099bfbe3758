"""Values that need no label: "12,345 miles", "5-speed manual", "AWD"."""

import re
from functools import lru_cache

from crawler.extract.colours import told_colour

__all__ = ["bare_values", "running_mileage"]

MILEAGE = re.compile(
    r"^(?:approx(?:\.|imately)?\s+|only\s+|just\s+|~\s?|ca\.?\s+)?\d[\d.,' \u202f]*\s?k?\s*"
    r"(?:(?:original|actual|documented|indicated|believed|believed original|one.owner)\s+)?"
    r"(?:mi\.?|miles?|mls|mil|km|kms|kilomet(?:er|re)s?|tmu)\b(?:\s*\(?\w+\)?){0,3}$|^tmu$",
    re.I,
)
# A distance in running text is the odometer's unless it speaks of a rebuild or a trip.
RUNNING_MILEAGE = re.compile(
    r"(?<![\d$£€.,])(?:\d{1,3}(?:[,.' ]\d{3})+|\d{1,6})\s?k?\s?(?:(?:original|actual|documented|"
    r"indicated|believed|genuine) )*"
    r"(?:miles|mi|kms?|tmu|kilomet(?:er|re)s)\b(?! (?:since(?! new)|"
    r"on (?:the |a |its )?(?:re|new|fresh|engine|motor)|ago|in (?:each|the (?:last|past))|"
    r"over the|per|a year|a month|"
    r"(?:each|every) (?:year|month)|annually|yearly|range|away|from(?! new)|of (?:range|driving)))",
    re.I,
)
UNLABELLED = {
    "mileage": MILEAGE,
    "transmission": re.compile(
        r"^(?:\d{1,2}[- ]?(?:speed|spd)\s+)?(?:automatic|manual|auto|cvt|automatik|"
        r"schaltgetriebe|"
        r"automatique|manuelle|dual[- ]clutch|tiptronic|pdk|semi[- ]automatic)(?: transmission|"
        r" gearbox)?$|"
        r"^\d{1,2}[- ]?(?:speed|spd)(?: transmission)?$",
        re.I,
    ),
    "drivetrain": re.compile(
        r"^(?:awd|fwd|rwd|4wd|2wd|4x4|4x2|(?:all|rear|front|four)[- ]wheel[- ]drive)$", re.I
    ),
}


@lru_cache(maxsize=4_096)
def running_mileage(text: str) -> str | None:
    """Return the distance on the clock that a sentence tells."""
    match = RUNNING_MILEAGE.search(text)
    return match[0] if match else None


@lru_cache(maxsize=8_192)
def bare_values(text: str) -> tuple[tuple[str, str], ...]:
    """Return the values that a line's pieces are, by their fields."""
    pieces = [piece.strip() for piece in PIECES.split(text)]
    found = [
        (name, piece)
        for piece in pieces
        for name, pattern in UNLABELLED.items()
        if pattern.match(piece)
    ]
    return (*found, *filter(None, map(told_colour, pieces)))


PIECES = re.compile(
    r"\s*[|•·▪●¦\n;]\s*|,\s+|(?<=[a-z\d])\.\s+|(?:^|"
    r"\s)[\u2013\u2014-](?:\s|$)"
)
