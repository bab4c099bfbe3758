"""What counts as a changed template, and what is only another stock. False alarms are counted over
days of the replica and over generated fleets, and stay at the figures of ADR 0016."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import count as counted
from random import Random
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crawler.drift import MIN_CARDS, Figures, as_words, drifted, fell, figures_of
from crawler.extract.card import Card
from crawler.extract.page import Page
from crawler.extract.traits import FIELDS, Traits, of_raw, traits_of
from crawler.fetch import Fetched
from crawler.walk import GridWalk, walk_grid
from replica.dealers import BY_KEY
from replica.page import Visit
from replica.sites.dealer import DealerSite

DAYS = range(0, 61, 12)
"""Days of the replica: every twelfth of its sixty, as in ADR 0016."""


def car(number: int, **changes: Any) -> Card:
    """One of a stock whose template shows everything."""
    card = Card(
        url=f"https://cars.example/{number}",
        title=f"{1960 + number % 30} Ford Mustang no. {number}",
        price=f"${20_000 + number:,}",
        mileage=f"{number:,} mi",
        vin=f"1FACP45EXLF{number:06}",
        stock_number=f"S{number}",
        thumbnail_url=f"https://cars.example/photos/{number}.jpg",
    )
    return replace(card, **changes)


def a_walk(count: int, pages: int = 0, per_page: int = 0, **changes: Any) -> Figures:
    """The figures of a walk over so many cars; changes may depend on the car's number."""
    cards = (
        car(number, **{k: v(number) if callable(v) else v for k, v in changes.items()})
        for number in range(count)
    )
    return figures_of({card.url: traits_of(card) for card in cards}, pages, per_page)


GOOD = [a_walk(24)] * 3


def the_fields(now: Figures, good: Sequence[Figures] = GOOD) -> list[str]:
    return [drift.field for drift in drifted(now, good)]


@pytest.mark.parametrize(
    ("lost", "fields"),
    [
        ({"title": None}, ["title", "vehicle"]),
        ({"price": None}, ["price"]),
        ({"mileage": None}, ["mileage"]),
        ({"vin": None}, ["vin"]),
        ({"stock_number": None}, ["stock_number"]),
        ({"thumbnail_url": None}, ["image"]),
        ({"title": "Inventory"}, ["vehicle", "distinct_title"]),
        ({"price": "$100"}, ["distinct_price"]),
        ({"thumbnail_url": "https://x.example/blank.gif"}, ["distinct_image"]),
        ({"price": None, "price_label": "Call for price"}, []),
        ({"price": None, "mark": "sold"}, []),
    ],
)
def test_a_field_that_a_template_no_longer_shows_has_drifted(
    lost: dict[str, Any], fields: list[str]
) -> None:
    now = a_walk(24, **lost)
    assert the_fields(now) == fields


def test_the_drift_says_what_fell_and_how_far() -> None:
    now = a_walk(24, price=lambda number: None if number < 18 else f"${number}")
    [drift] = drifted(now, GOOD)
    assert (drift.field, drift.before, drift.now) == ("price", 1.0, 0.25)
    assert as_words(drift) == "price 100 % → 25 %"


def test_a_small_stock_never_drifts() -> None:
    for count in range(MIN_CARDS):
        now = a_walk(count, price=None, title="Cars")
        assert drifted(now, GOOD) == ()
        assert drifted(a_walk(24, price=None), [a_walk(count)] * 5) == ()


def test_without_a_good_walk_nothing_drifts() -> None:
    assert drifted(a_walk(24, price=None), []) == ()


def test_a_field_that_was_never_well_filled_does_not_drift() -> None:
    before = [a_walk(60, vin=lambda number: None if number % 3 else "1FACP45EXLF192944")]
    now = a_walk(60, vin=None)
    assert drifted(now, before) == ()


def test_one_bad_walk_among_the_good_ones_changes_no_verdict() -> None:
    odd = a_walk(24, price=None)
    assert the_fields(odd, [GOOD[0], odd, GOOD[0]]) == ["price"]
    assert the_fields(GOOD[0], [GOOD[0], odd, GOOD[0]]) == []


@pytest.mark.parametrize(
    ("pages", "per_page", "fields"),
    [
        (3, 14, ["items_per_page"]),
        (3, 24, []),
        (5, 14, []),  # The site shows fewer to a page, on more pages.
        (1, 14, []),  # There are no more.
    ],
)
def test_overlooked_tiles_show_in_the_fullest_page(
    pages: int, per_page: int, fields: list[str]
) -> None:
    before = a_walk(72, 3, 24)
    now = a_walk(42, pages, per_page)
    assert the_fields(now, [before]) == fields


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0, 1), st.data())
def test_a_fall_is_large_and_beyond_chance(
    size: int, of: int, before: float, data: st.DataObject
) -> None:
    filled = data.draw(st.integers(0, of))
    if fell(before, size, filled, of):
        assert before - filled / of >= 0.40
        assert filled == 0 or fell(before, size, filled - 1, of)


@given(st.lists(st.tuples(st.integers(0, 127), *[st.integers(0, 9)] * 3), max_size=80))
def test_equal_walks_never_drift(traits: list[tuple[int, int, int, int]]) -> None:
    figures = figures_of({str(n): each for n, each in enumerate(traits)}, 2, 40)
    assert drifted(figures, [figures] * 5) == ()
    assert set(figures.fills) == set(FIELDS)


def test_raw_data_and_cards_have_the_same_traits() -> None:
    one = car(7)
    raw = one.listing("0d6b1c86-7d1f-5f6c-9d5e-0c0c5a1f7e11", "current", "generic", "grid")
    assert of_raw(raw) == traits_of(one)
    assert of_raw({}) == traits_of(Card(url="https://x.example/1")) == (0, 0, 0, 0)


def test_what_only_newcomers_lack_is_no_drift() -> None:
    """A dealer takes in forty cars at once and has not priced them yet."""
    now = a_walk(64, price=lambda number: None if number >= 22 else f"${number + 9_000}")
    assert now.share("price") < 0.4
    assert drifted(now, GOOD) == ()
    # Without cars that stood there before, nobody can tell.
    gone = replace(now, filled={})
    assert the_fields(gone) == ["price"]


def test_changing_stocks_are_not_taken_for_changed_templates() -> None:
    """Generated dealers over 30 walks each: up to a tenth of the stock changes from walk to walk,
    and what comes in fills its fields as the dealer usually does; every twentieth time it is three
    times as much, taken in together and not yet written up."""
    chance, walks, alarms = Random(16), 0, 0
    for _ in range(300):
        habits = [chance.choice([0.0, 0.3, 0.6, 0.85, 0.95, 1.0]) for _ in FIELDS]
        size, number = chance.choice([4, 9, 15, 30, 60, 150]), counted()
        stock = {str(next(number)): _arrival(chance, habits) for _ in range(size)}
        good: list[Figures] = []
        for _ in range(30):
            batch = chance.random() < 0.05
            taken_in = chance.randint(0, max(1, size // 10)) * (3 if batch else 1)
            kind = [rate * chance.random() for rate in habits] if batch else habits
            stock = dict(list(stock.items())[taken_in:])
            stock |= {str(next(number)): _arrival(chance, kind) for _ in range(taken_in)}
            now = figures_of(stock)
            walks += 1
            if drifted(now, good):
                alarms += 1
            else:
                good = [now, *good][:5]
    print(f"generated fleets: {walks:,} walks, {alarms:,} false alarms")
    assert alarms <= walks * 0.0005


def _arrival(chance: Random, habits: Sequence[float]) -> Traits:
    bits = sum(1 << place for place, rate in enumerate(habits) if chance.random() < rate)
    price = chance.randint(100, 900)  # Round prices come again.
    number = chance.getrandbits(30)
    return (bits, number if bits & 1 else 0, price if bits & 4 else 0, number if bits & 64 else 0)


async def test_no_dealer_of_the_replica_drifts() -> None:
    walks, found = 0, {}
    for key, dealer in BY_KEY.items():
        site = DealerSite(1, dealer, f"http://{key}.example", "http://cdn.example")
        good: list[Figures] = []
        for day in DAYS:

            async def fetch(url: str, site: DealerSite = site, day: int = day) -> Fetched:
                parts = urlsplit(url)
                answer = site.answer(Visit(parts.path, dict(parse_qsl(parts.query)), day))
                if answer.status != 200:
                    return Fetched(url, failure=f"http_{answer.status}")
                return Fetched(url, page=Page(url, answer.body.decode(answer.charset)))

            walk = GridWalk(site.grid_url(), "current")
            traits = {
                card.url: traits_of(card)
                async for card in walk_grid(walk, fetch)
                if isinstance(card, Card)
            }
            if not walk.complete:
                continue
            now = figures_of(traits, walk.pages, walk.per_page)
            walks += 1
            if drift := drifted(now, good):
                found[key, day] = drift
            else:
                good = [now, *good][:5]
    print(f"replica: {walks:,} complete walks, {len(found):,} false alarms")
    assert walks > 50
    assert found == {}
