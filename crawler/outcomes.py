"""What a run made of each dealer (or roster page): the figures behind its exit code and its record.

A spider reports as it goes:

    outcomes_of(self.crawler).add("https://dealer.example", "done")
    outcomes_of(self.crawler).add("https://dealer.example", "blocked", "challenge")
    outcomes_of(self.crawler).note("own_site", "https://dealer.example", "timeout")

- ``done``: the dealer's whole job was done;
- ``quarantined``: a walk was finished but proves no absence (incomplete, empty, drifted);
- ``blocked``: the site did not let us read it (a block page's kind, ``robots``, ``rate_limited``);
- ``failed``: the site did not answer, or answered with an error.

A note is worth recording but changes no verdict.
"""

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, get_args
from weakref import WeakKeyDictionary

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["RESULTS", "Outcome", "Outcomes", "Result", "outcomes_of"]

Result = Literal["done", "quarantined", "blocked", "failed"]
RESULTS: tuple[Result, ...] = get_args(Result)
"""From best to worst: of several reports about one dealer the worst stands."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """One dealer's result, and why where it is not done."""

    dealer: str
    result: Result
    reason: str = ""


@dataclass
class Outcomes:
    """The results of one run, one per dealer, and its notes."""

    by_dealer: dict[str, Outcome] = field(default_factory=dict)
    notes: Counter[tuple[str, str]] = field(default_factory=Counter)

    def add(self, dealer: str, result: Result, reason: str = "") -> None:
        """Report how a dealer fared; ``dealer`` is the URL or name that a person looks for."""
        known = self.by_dealer.get(dealer)
        if known is None or RESULTS.index(known.result) < RESULTS.index(result):
            self.by_dealer[dealer] = Outcome(dealer, result, reason)

    def note(self, topic: str, subject: str, detail: str) -> None:
        """Count something that a reader of the record may want to know, by topic and detail."""
        self.notes[topic, detail] += 1

    def of(self, result: Result) -> list[Outcome]:
        """Return the outcomes with this result, in the order of the dealers' names."""
        found = (outcome for outcome in self.by_dealer.values() if outcome.result == result)
        return sorted(found, key=lambda outcome: outcome.dealer)


_outcomes: WeakKeyDictionary["Crawler", Outcomes] = WeakKeyDictionary()


def outcomes_of(crawler: "Crawler") -> Outcomes:
    """Return the outcomes of a run."""
    return _outcomes.setdefault(crawler, Outcomes())
