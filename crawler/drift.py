"""Telling a site that has changed its layout from a dealer who has changed his stock.

Pure. A walk is counted (`figures_of`) and its figures compared with those of the scope's last good
walks (`drifted`). A field has drifted where it was well filled, fell by FALL or more, the fall is
beyond chance (SIGNIFICANCE) for as many cars as there are, and the cars that stand there as before
lost it, too: where only the newcomers lack it, the stock has changed and not the site.
docs/decisions/0016 has the measured false alarms behind the numbers.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import exp, lgamma, log, log1p
from statistics import median
from zlib import crc32

from contract.payloads import Drift
from crawler.extract.traits import FIELDS, REPEATABLE, Traits

__all__ = ["Figures", "as_words", "drifted", "fell", "figures_of"]

BASELINE = 5
"""Good walks that a walk is compared with: the newest ones."""
MIN_CARDS = 8
"""Cards below which a walk says nothing about its template: the stock of a small dealer changes by
half from one day to the next."""
FALL = 0.40
"""How far a share must fall."""
MIN_STAYED = 4
"""Cars that stand there as before, from which on their witness counts."""
SIGNIFICANCE = 0.001
"""The greatest chance at which a fall counts as a change of the template."""
PAGE_SHRINKS_TO = 0.6
"""The fullest page of a grid, against before, at which tiles are overlooked."""


@dataclass(frozen=True, slots=True)
class Figures:
    """What one walk of one grid counted: its cards, its pages, the cards of its fullest page
    (0: unknown), for each of FIELDS the cards that fill it, and for each of REPEATABLE the cards
    that have a value and the different values among them. ``filled`` has for each listing (the
    checksum of its identity) the fields it fills, as bits."""

    cards: int = 0
    pages: int = 0
    per_page: int = 0
    fills: Mapping[str, int] = field(default_factory=dict)
    values: Mapping[str, tuple[int, int]] = field(default_factory=dict)
    filled: Mapping[int, int] = field(default_factory=dict)

    def share(self, name: str) -> float:
        """The share of cards that fill a field."""
        return self.fills.get(name, 0) / self.cards if self.cards else 0.0

    def distinctness(self, name: str) -> float | None:
        """0 where every card has the same value, 1 where all differ; None of too few values."""
        count, different = self.values.get(name, (0, 0))
        return (different - 1) / (count - 1) if count >= MIN_CARDS else None


def figures_of(traits: Mapping[str, Traits], pages: int = 0, per_page: int = 0) -> Figures:
    """Count the cards of a walk, whose traits are given by the identities of their URLs."""
    cards = list(traits.values())
    fills = {
        name: sum(1 for bits, *_ in cards if bits >> place & 1) for place, name in enumerate(FIELDS)
    }
    values = {}
    for place, name in enumerate(REPEATABLE, start=1):
        sums = [each[place] for each in cards if each[place]]
        values[name] = (len(sums), len(set(sums)))
    filled = {crc32(identity.encode()): bits for identity, (bits, *_) in traits.items()}
    return Figures(len(cards), pages, per_page, fills, values, filled)


def drifted(now: Figures, good: Sequence[Figures]) -> tuple[Drift, ...]:
    """Return what fell against the good walks of the same scope, newest first; nothing where there
    is too little to compare. ``distinct_price`` means that prices became the same, and
    ``items_per_page`` counts cards, not shares."""
    good = [each for each in good[:BASELINE] if each.cards >= MIN_CARDS]
    if now.cards < MIN_CARDS or not good:
        return ()
    found = []
    size = int(median(each.cards for each in good))
    for place, name in enumerate(FIELDS):
        before = median(each.share(name) for each in good)
        is_fall = fell(before, size, now.fills.get(name, 0), now.cards)
        if is_fall and not _only_newcomers_lack(1 << place, now, good[0]):
            found.append(_drift(name, before, now.share(name)))
    for name in REPEATABLE:
        known = [each for one in good if (each := one.distinctness(name)) is not None]
        share = now.distinctness(name)
        if known and share is not None and median(known) >= 2 * FALL and share <= FALL / 2:
            found.append(_drift(f"distinct_{name}", median(known), share))
    usual = median(each.per_page for each in good)
    # A walk of one page shows how large the stock is, not how many tiles are overlooked.
    longer = now.pages > median(each.pages for each in good)
    shrank = usual >= MIN_CARDS and 0 < now.per_page <= PAGE_SHRINKS_TO * usual
    if now.pages > 1 and not longer and shrank:
        found.append(_drift("items_per_page", usual, now.per_page))
    return tuple(found)


def _only_newcomers_lack(bit: int, now: Figures, last: Figures) -> bool:
    """Whether the cars that stood there in the last good walk fill a field much as they did."""
    stayed = now.filled.keys() & last.filled.keys()
    if len(stayed) < MIN_STAYED:
        return False
    lost = sum(bool(last.filled[one] & bit) - bool(now.filled[one] & bit) for one in stayed)
    return lost / len(stayed) < FALL / 2


def fell(before: float, size: int, filled: int, of: int, fall: float = FALL) -> bool:
    """Whether ``filled`` of so many is a fall from a share ``before`` that was seen on ``size``
    cards: by ``fall`` or more, and not by chance."""
    if not of or before - filled / of < fall:
        return False
    # A share seen on few cards is not certain: the rule of succession takes one card either way.
    return _at_most(filled, of, (before * size + 1) / (size + 2)) <= SIGNIFICANCE


def as_words(drift: Drift) -> str:
    """A drift for people: "price 92 % → 31 %"."""
    if drift.field == "items_per_page":
        return f"items per page {drift.before:g} → {drift.now:g}"
    name = drift.field.replace("_", " ")
    return f"{name} {drift.before * 100:.0f} % → {drift.now * 100:.0f} %"


def _drift(name: str, before: float, now: float) -> Drift:
    return Drift(field=name, before=round(before, 4), now=round(now, 4))


def _at_most(successes: int, trials: int, chance: float) -> float:
    """The probability of so many successes or fewer, by the binomial distribution."""
    return sum(
        exp(
            lgamma(trials + 1) - lgamma(count + 1) - lgamma(trials - count + 1)
            + count * log(chance) + (trials - count) * log1p(-chance)
        )
        for count in range(successes + 1)
    )  # fmt: skip
