"""The status that words on a tile or page give: sold, pending, or nothing.

Only short marks count. "Never sold", "sold individually" and the "Recently Sold" link hold the
word and say something else; such phrases are data (``normalizer/policy/status.yml``).
"""

from collections.abc import Iterable
from itertools import islice
from typing import Literal

from normalizer.fields.text import Phrases, words
from normalizer.policy import Shape, load

_MOST_MARKS = 200
_LONGEST_MARK = 300


class StatusPolicy(Shape):
    """status.yml: phrases by meaning."""

    not_status: list[str]
    pending: list[str]
    sold: list[str]
    pending_accented: list[str]
    longest_mark_in_words: int


def status_of(marks: Iterable[str]) -> Literal["sold", "pending"] | None:
    """The status the ``marks`` of one tile or page give; sold beats pending.

    None means that no mark speaks, not that the car is for sale.
    """
    found: set[str | None] = {_status(mark) for mark in islice(marks, _MOST_MARKS)}
    if "sold" in found:
        return "sold"
    return "pending" if "pending" in found else None


def _status(mark: str) -> Literal["sold", "pending"] | None:
    framed = words(mark, _LONGEST_MARK)
    if not framed.strip() or len(framed.split()) > _POLICY.longest_mark_in_words:
        return None
    if mark.strip().casefold() in _POLICY.pending_accented:
        return "pending"
    while phrase := _NOT_STATUS.first(framed):
        framed = framed.replace(f" {phrase} ", " | ", 1)
    pending = _PENDING.first(framed)
    if pending:
        # "Sale pending" takes its own words along: "Sold pending" is not sold yet.
        framed = framed.replace(f" {pending} ", " | ")
    if _SOLD.first(framed):
        return "sold"
    return "pending" if pending else None


_POLICY = load("status", StatusPolicy)
_NOT_STATUS = Phrases(_POLICY.not_status)
_PENDING = Phrases(_POLICY.pending)
_SOLD = Phrases(_POLICY.sold)
