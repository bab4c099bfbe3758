"""What a car cost over time: its asking prices, and the sale price where one was stated.

The price in force at a time is the one that the most trusted snapshot of that time claims ("call
for price" is a claim). A sold tile shows what was asked; only "Sold for $X" says what was paid.

A listing's card and its own page may name two prices for months. The one that began to be claimed
last counts: would the last reading decide, the price would change with every walk.
"""

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from contract.observation import Source
from normalizer.fields.price import Price
from normalizer.listings import Reader
from normalizer.rulebook import MergePolicy
from normalizer.snapshots import PageKey, Run
from normalizer.vehicles import Vehicle

__all__ = ["Claims", "Priced", "asking_history", "current_price", "sale_price"]


@dataclass(frozen=True, slots=True)
class Priced:
    """A price, from when on it was claimed, and by which run."""

    at: datetime
    price: Price
    run: Run


class Claims:
    """The order in which the contents of one vehicle speak for its price."""

    def __init__(self, vehicle: Vehicle, reader: Reader, policy: MergePolicy) -> None:
        self._policy = policy
        self._since: dict[tuple[PageKey, datetime], datetime] = {}
        if not any(run.is_detail for era in vehicle.eras for run in era.runs):
            return  # Cards alone are in order already.
        for era in vehicle.eras:
            standing: dict[PageKey, tuple[tuple[object, ...], datetime]] = {}
            for run in era.runs:
                worth, since = _worth(reader.card(run).price), run.started_at
                if (before := standing.get(run.page)) and before[0] == worth:
                    since = before[1]
                standing[run.page] = (worth, since)
                self._since[run.page, run.started_at] = since

    def ranked(self, runs: Sequence[Run]) -> list[Run]:
        """The runs in the order in which they speak, given the newest first."""
        if len(runs) < 2:
            return list(runs)
        if self._since:
            runs = self._newest_claims_first(runs)
        return sorted(
            runs, key=lambda run: self._policy.rank("price", run.page.source, run.page.kind)
        )

    def _newest_claims_first(self, runs: Sequence[Run]) -> list[Run]:
        """Order card and page of each listing by their claims; listings stay in their order."""
        listings: defaultdict[tuple[Source, str], list[Run]] = defaultdict(list)
        for run in runs:
            listings[run.page.source, run.page.identity].append(run)
        for faces in listings.values():
            faces.sort(key=lambda run: (self._since[run.page, run.started_at], run.order))
            faces.reverse()
        return [run for faces in listings.values() for run in faces]


def asking_history(vehicle: Vehicle, claims: Claims, reader: Reader) -> tuple[Priced, ...]:
    """Every change of the price that was asked (or withheld), in order."""
    history: list[Priced] = []
    for moment, runs in _moments(vehicle):
        for run in claims.ranked(runs):
            price = reader.card(run).price
            if price.kind in (None, "sold"):
                continue
            if history and history[-1].at == moment:
                history.pop()  # A page with two contents at once says the last one.
            last = history[-1].price if history else None
            if last is None or _worth(last) != _worth(price):
                history.append(Priced(moment, price, run))
            break
    return tuple(history)


def current_price(runs: Sequence[Run], claims: Claims, reader: Reader) -> Priced | None:
    """What the newest snapshots ask now; None where none of them names a price."""
    for run in claims.ranked(runs):
        price = reader.card(run).price
        if price.kind not in (None, "sold"):
            return Priced(run.started_at, price, run)
    return None


def sale_price(runs: Sequence[Run], claims: Claims, reader: Reader) -> Priced | None:
    """What a snapshot says was paid."""
    for run in claims.ranked(runs):
        price = reader.card(run).price
        if price.kind == "sold" and price.amount is not None:
            return Priced(run.started_at, price, run)
    return None


def _worth(price: Price) -> tuple[object, ...]:
    return (price.amount, price.currency, price.kind)


def _moments(vehicle: Vehicle) -> Iterator[tuple[datetime, Sequence[Run]]]:
    """Each time at which the price may change, with the contents in force then, newest first.

    What is asked is what offers ask; what sold cars are marked with counts where none was seen.
    """
    every = [(era, run) for era in vehicle.eras for run in era.runs]
    offers = [(era, run) for era, run in every if not run.claims_a_sale]
    pages: dict[tuple[int, str, PageKey], list[Run]] = {}
    for era, run in offers or every:
        pages.setdefault((era.number, era.identity, run.page), []).append(run)
    if len(pages) == 1:
        # Only a new content can change the price of a car with one page.
        for run in next(iter(pages.values())):
            yield run.started_at, [run]
        return
    moments = sorted(_changes(pages))
    for moment in moments:
        in_force: list[tuple[tuple[datetime, tuple[datetime, int, str]], Run]] = []
        for runs in pages.values():
            index = bisect_right(runs, moment, key=lambda run: run.started_at)
            if index:
                run = runs[index - 1]
                asserted = run.asserted[bisect_right(run.asserted, moment) - 1]
                in_force.append(((asserted, run.order), run))
        in_force.sort(key=lambda found: found[0], reverse=True)
        yield moment, [run for _, run in in_force]


def _changes(pages: Mapping[tuple[int, str, PageKey], Sequence[Run]]) -> Iterable[datetime]:
    """When the order of the contents may change: with every assertion, but among the faces of one
    listing, which are in the order of their claims, with new contents alone."""
    every = [run for runs in pages.values() for run in runs]
    if len({(number, identity, page.source) for number, identity, page in pages}) == 1:
        return {run.started_at for run in every}
    return {time for run in every for time in run.asserted}
