"""What a car cost over time: its asking prices, and the sale price where one was stated.

The price in force at a time is the one that the most trusted snapshot of that time claims ("call
for price" is a claim). A sold tile shows what was asked; only "Sold for $X" says what was paid.
"""

from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from normalizer.fields.price import Price
from normalizer.listings import Reader
from normalizer.merge import ranked
from normalizer.rulebook import MergePolicy
from normalizer.snapshots import PageKey, Run
from normalizer.vehicles import Vehicle

__all__ = ["Priced", "asking_history", "current_price", "sale_price"]


@dataclass(frozen=True, slots=True)
class Priced:
    """A price, from when on it was claimed, and by which run."""

    at: datetime
    price: Price
    run: Run


def asking_history(vehicle: Vehicle, reader: Reader, policy: MergePolicy) -> tuple[Priced, ...]:
    """Every change of the price that was asked (or withheld), in order."""
    history: list[Priced] = []
    for moment, runs in _moments(vehicle):
        for run in ranked(runs, "price", policy):
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


def current_price(runs: Sequence[Run], reader: Reader, policy: MergePolicy) -> Priced | None:
    """What the newest snapshots ask now; None where none of them names a price."""
    for run in ranked(runs, "price", policy):
        price = reader.card(run).price
        if price.kind not in (None, "sold"):
            return Priced(run.started_at, price, run)
    return None


def sale_price(runs: Sequence[Run], reader: Reader, policy: MergePolicy) -> Priced | None:
    """What a snapshot says was paid."""
    for run in ranked(runs, "price", policy):
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
    offers = [(era, run) for era, run in every if not run.page.as_sold]
    pages: dict[tuple[int, str, PageKey], list[Run]] = {}
    for era, run in offers or every:
        pages.setdefault((era.number, era.identity, run.page), []).append(run)
    if len(pages) == 1:
        # Only a new content can change the price of a car with one page.
        for run in next(iter(pages.values())):
            yield run.started_at, [run]
        return
    moments = sorted({time for runs in pages.values() for run in runs for time in run.asserted})
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
