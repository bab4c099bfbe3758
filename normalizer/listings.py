"""Listings as nodes: what each one's pages said over time, and the keys it holds in force.

A listing is a page of a dealer's inventory (or a feed row). A dealer may reuse its URL for
another car, so a listing falls into *eras*: a different full VIN together with a different year
or make begins a new one. Each era is a node of the vehicles' ladder.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from contract.observation import Source
from contract.payloads import Listing
from normalizer.fields.price import Price, parse_price
from normalizer.fields.status import status_of
from normalizer.fields.text import clean_label
from normalizer.fields.title import VehicleName, parse_vehicle_title
from normalizer.fields.vin import Vin, parse_vin
from normalizer.snapshots import Page, Run

__all__ = ["Card", "Era", "Reader", "card_of", "eras"]

# Most contents of a listing differ in one field, and a dealer is folded again every day.
_read_title = lru_cache(maxsize=65_536)(parse_vehicle_title)
_read_price = lru_cache(maxsize=65_536)(parse_price)
_read_vin = lru_cache(maxsize=65_536)(parse_vin)


@dataclass(frozen=True, slots=True)
class Card:
    """What a listing's payload says about the car, as far as identity, status and price go."""

    name: VehicleName
    vin: Vin
    stock: str | None
    price: Price
    is_pending: bool

    @property
    def vin_key(self) -> str | None:
        """The VIN or chassis number where it may join listings: whole, and no placeholder."""
        return self.vin.value if self.vin.is_key else None

    @property
    def stock_key(self) -> str | None:
        """The stock number as it is compared; a word without any digit numbers nothing."""
        key = re.sub(r"[^0-9A-Z]", "", (self.stock or "").upper())
        return key if any(character.isdigit() for character in key) else None


class Reader:
    """Reads each payload once. ``country`` decides the currency of bare amounts, ``site_names``
    are no makes."""

    def __init__(self, country: str | None, site_names: tuple[str, ...]) -> None:
        self.country = country
        self.site_names = site_names
        self._cards: dict[str, Card] = {}

    def card(self, run: Run) -> Card:
        """What a run of equal listing payloads says, parsed."""
        key = run.cited.key
        if key not in self._cards:
            self._cards[key] = self._read(card_of(run), run.cited.observed_at)
        return self._cards[key]

    def _read(self, listing: Listing, seen_at: datetime) -> Card:
        name = _read_title(
            listing.title,
            year=listing.year,
            make=listing.make,
            model=listing.model,
            trim=listing.trim,
            site_names=self.site_names,
            # Model years run ahead of the calendar, by less than two.
            latest_year=seen_at.year + 2,
        )
        stock = clean_label(listing.stock_number, limit=40)
        return Card(
            name=name,
            vin=_read_vin(listing.vin, year=name.year, stock=stock),
            stock=stock.lstrip("# ") or None if stock else None,
            price=_read_price(
                listing.price,
                label=listing.price_label,
                currency_hint=listing.price_currency,
                country=self.country,
            ),
            is_pending=status_of(listing.status_words) == "pending",
        )


@dataclass(frozen=True, slots=True)
class Era:
    """One car's time on one listing. ``runs`` are in the order of their beginning; ``number``
    counts the cars that the URL has shown, from 0; ``label`` tells them apart where several did,
    and is made of the VIN."""

    identity: str
    number: int
    label: str
    is_last: bool
    runs: tuple[Run, ...]
    handles: frozenset[UUID]
    vin: str | None
    stock: str | None
    year: int | None
    make: str | None

    @property
    def first(self) -> Run:
        """The run with which the car appeared on this URL."""
        return self.runs[0]

    @property
    def first_observed_at(self) -> datetime:
        return self.first.cited.observed_at

    @property
    def sources(self) -> frozenset[Source]:
        return frozenset(run.page.source for run in self.runs)

    @property
    def url(self) -> str | None:
        """The listing's page as found, in its newest spelling; None for a feed row without."""
        newest = sorted(self.runs, key=lambda run: run.newness, reverse=True)
        return next((url for run in newest if (url := card_of(run).listing_url)), None)


def card_of(run: Run) -> Listing:
    """The raw payload of a listing's run."""
    assert isinstance(run.payload, Listing)
    return run.payload


def eras(pages: Iterable[Page], reader: Reader) -> Mapping[str, tuple[Era, ...]]:
    """The eras of every listing, by its identity."""
    together: defaultdict[str, list[Page]] = defaultdict(list)
    for page in pages:
        together[page.key.identity].append(page)
    return {identity: _eras(identity, listing, reader) for identity, listing in together.items()}


def _eras(identity: str, pages: list[Page], reader: Reader) -> tuple[Era, ...]:
    runs = sorted((run for page in pages for run in page.runs), key=lambda run: run.order)
    handles = frozenset(handle for page in pages for handle in page.handles)
    parts: list[list[Run]] = [[]]
    vin: str | None = None
    year: int | None = None
    make: str | None = None
    for run in runs:
        card = reader.card(run)
        if vin and card.vin_key and card.vin_key != vin:
            another_year = year and card.name.year and card.name.year != year
            another_make = make and card.name.make and _fold(card.name.make) != _fold(make)
            if another_year or another_make:
                parts.append([])
                year = make = None
        parts[-1].append(run)
        vin = card.vin_key or vin
        year = card.name.year or year
        make = card.name.make or make
    result: list[Era] = []
    for number, part in enumerate(parts):
        era = _era(identity, number, part, handles, reader)
        label = era.vin or ""
        if any(earlier.label == label for earlier in result):
            label = f"{label}.{number}"
        result.append(replace(era, label=label, is_last=number == len(parts) - 1))
    return tuple(result)


def _era(
    identity: str, number: int, runs: list[Run], handles: frozenset[UUID], reader: Reader
) -> Era:
    newest = [reader.card(run) for run in sorted(runs, key=lambda r: r.newness, reverse=True)]
    make = next((card.name.make for card in newest if card.name.make), None)
    return Era(
        identity=identity,
        number=number,
        label="",
        is_last=True,
        runs=tuple(runs),
        handles=handles,
        vin=next((card.vin_key for card in newest if card.vin_key), None),
        stock=next((card.stock_key for card in newest if card.stock_key), None),
        year=next((card.name.year for card in newest if card.name.year), None),
        make=_fold(make) if make else None,
    )


def _fold(make: str) -> str:
    """The first word of a make, by which makes are told apart: one source writes "International",
    another one "International Harvester"."""
    return re.split(r"\W+", make.casefold().strip())[0]
