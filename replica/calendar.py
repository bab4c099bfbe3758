"""What happens on which day: a pure function of (seed, dealer, day).

A day's `Lot` is computed from the day before, so day N is the same whether the days before were
looked at or not. On a day on which the site is not honest (`FAULTS`) nothing changes beneath: the
page turns, the lot stands still.
"""

from dataclasses import dataclass, replace
from functools import cache
from random import Random
from typing import Literal

from replica.cars import Car, invent
from replica.dealers import BY_KEY, Dealer

Place = Literal["grid", "sold_mark", "archive", "unlinked", "gone"]
Fault = Literal["blocked", "truncated", "empty", "roster_blocked"]
Kind = Literal["asking", "on_request", "sold"]

FAULTS: dict[tuple[str, int], Fault] = {
    ("tidewater", 3): "blocked",
    ("lonestar", 4): "truncated",
    ("classic", 4): "roster_blocked",
    ("keystone", 5): "empty",
    ("northgate", 6): "truncated",
    ("millbrook", 7): "blocked",
    ("millbrook", 8): "truncated",
    ("coastal", 9): "empty",
}
PRICE_CHANGE, PENDING, SALE, RELIST, UNLINK = 0.05, 0.02, 0.04, 0.10, 0.006
FALL_THROUGH = 0.01
ARRIVALS_PER_CAR = 0.03
DAYS_MARKED = 2


@dataclass(frozen=True)
class Offer:
    """A price as shown. `amount` counts whole units of the dealer's currency and is None on
    request; `was` is struck.
    """

    amount: int | None
    kind: Kind
    wording: str = ""
    was: int | None = None


@dataclass(frozen=True)
class Standing:
    """Where one car stands on one day; `since` is the day on which it came to this place."""

    car: Car
    place: Place
    since: int
    offer: Offer
    pending: bool = False
    listed: int = 0
    returned: int | None = None
    sold: bool = False


@dataclass(frozen=True)
class Lot:
    """All cars that a dealer has ever shown, in the site's order, and the day's fault."""

    dealer: Dealer
    day: int
    standings: tuple[Standing, ...]
    fault: Fault | None
    honest_days: int

    @property
    def grid(self) -> tuple[Standing, ...]:
        """The current grid, in the site's order."""
        return tuple(s for s in self.standings if s.place in ("grid", "sold_mark"))

    @property
    def archive(self) -> tuple[Standing, ...]:
        """The sold grid, in the site's order."""
        return tuple(s for s in self.standings if s.place == "archive")


@cache
def lot(seed: int, key: str, day: int) -> Lot:
    """The lot of one dealer on one day. Raises ValueError for a negative day."""
    if day < 0:
        raise ValueError("days count from 0")
    dealer = BY_KEY[key]
    if day == 0:
        return Lot(dealer, 0, _opening(seed, dealer), _fault(dealer, 0), 1)
    before = lot(seed, key, day - 1)
    fault = _fault(dealer, day)
    if fault:
        return Lot(dealer, day, before.standings, fault, before.honest_days)
    return Lot(dealer, day, _turn(seed, dealer, before, day), None, before.honest_days + 1)


def honest_days(seed: int, key: str, first: int, last: int) -> int:
    """How many days of first..last (both included) showed the dealer's lot as it was."""
    return sum(lot(seed, key, day).fault is None for day in range(first, last + 1))


def _fault(dealer: Dealer, day: int) -> Fault | None:
    return "blocked" if dealer.challenged else FAULTS.get((dealer.key, day))


def _opening(seed: int, dealer: Dealer) -> tuple[Standing, ...]:
    standings = []
    for index in range(dealer.stock + dealer.sold_in_grid + dealer.sold):
        car = invent(seed, dealer.key, index, dealer.voice)
        rng = Random(f"{seed}/{dealer.key}/opening/{index}")
        offer = _first_offer(dealer, car, rng)
        if index < dealer.stock:
            standing = Standing(car, "grid", 0, offer, pending=rng.random() < 0.04)
        elif index < dealer.stock + dealer.sold_in_grid:
            standing = Standing(car, "sold_mark", 0, offer, sold=True)
        else:
            standing = Standing(car, "archive", 0, offer, sold=True)
        standings.append(standing)
    # A fixed shuffle mixes the sold cars into the live grid, as the real sites do.
    Random(f"{seed}/{dealer.key}/order").shuffle(standings)
    return tuple(standings)


def _turn(seed: int, dealer: Dealer, before: Lot, day: int) -> tuple[Standing, ...]:
    rng = Random(f"{seed}/{dealer.key}/day/{day}")
    kept = [_next(dealer, standing, day, rng) for standing in before.standings]
    first = len(before.standings)
    arrivals = sum(rng.random() < ARRIVALS_PER_CAR for _ in range(dealer.stock))
    fresh = []
    for index in range(first, first + arrivals):
        car = invent(seed, dealer.key, index, dealer.voice)
        fresh.append(Standing(car, "grid", day, _first_offer(dealer, car, rng), listed=day))
    return (*fresh, *kept)


def _next(dealer: Dealer, standing: Standing, day: int, rng: Random) -> Standing:
    # One draw per question, whatever the answers, keeps one car's fate from moving its neighbours'.
    sale, change, pending, unlink, back = (rng.random() for _ in range(5))
    how = rng.choice(dealer.sold_how)
    factor = rng.choice((0.9, 0.93, 0.95, 1.04))
    age = day - standing.since
    if standing.place == "sold_mark" and age >= DAYS_MARKED:
        place: Place = "archive" if "archive" in dealer.sold_how else "gone"
        return replace(standing, place=place, since=day, pending=False)
    if standing.place == "gone" and age >= 2 and back < RELIST and not standing.sold:
        return replace(standing, place="grid", since=day, returned=day)
    if standing.place == "archive" and age >= 2 and back < FALL_THROUGH:
        return replace(standing, place="grid", since=day, returned=day, sold=False)
    if standing.place != "grid":
        return standing
    if sale < SALE:
        marks: dict[str, Place] = {"mark": "sold_mark", "archive": "archive", "vanish": "gone"}
        return replace(standing, place=marks[how], since=day, pending=False, sold=how != "vanish")
    if unlink < UNLINK:
        return replace(standing, place="unlinked", since=day)
    if pending < PENDING:
        return replace(standing, pending=not standing.pending)
    if change < PRICE_CHANGE:
        return replace(standing, offer=_new_price(standing.offer, factor))
    return standing


def _first_offer(dealer: Dealer, car: Car, rng: Random) -> Offer:
    draw = rng.random()
    if draw < 0.09:
        return Offer(None, "on_request", rng.choice(dealer.voice.on_request))
    if draw < 0.15:
        return Offer(car.base_price, "asking", was=round(car.base_price * 0.0108) * 100)
    return Offer(car.base_price, "asking")


def _new_price(offer: Offer, factor: float) -> Offer:
    if offer.amount is None:
        return offer
    lowered = round(offer.amount * factor / 100) * 100 - 5
    return Offer(lowered, "asking", was=offer.amount if factor < 1 else None)
