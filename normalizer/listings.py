"""Listings as nodes: what each one's pages said over time, and the keys it holds in force.

A listing is a page of a dealer's inventory (or a feed row), as its card shows it and as the page
itself reads. A dealer may reuse its URL for another car, so a listing falls into *eras*: a
different full VIN together with a different year or make begins a new one. Each era is a node of
the vehicles' ladder.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from uuid import UUID

from contract.observation import Source
from contract.payloads import Listing, ListingDetail
from normalizer.fields.price import Price, parse_price
from normalizer.fields.status import status_of
from normalizer.fields.text import clean_label
from normalizer.fields.title import VehicleName, parse_vehicle_title
from normalizer.fields.vin import Vin, parse_vin
from normalizer.snapshots import Page, Run

__all__ = ["Card", "Era", "Reader", "card_of", "eras", "names_another_car"]

# Most contents of a listing differ in one field, and a dealer is folded again every day.
# A car's card and its page, its days and its manifests say the same again and again: so many texts
# cover a large dealer's, and more would only be memory.
_read_title = lru_cache(maxsize=8_192)(parse_vehicle_title)
_read_price = lru_cache(maxsize=8_192)(parse_price)
_read_vin = lru_cache(maxsize=8_192)(parse_vin)


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
    """Reads each payload once. ``country``, the organization's, decides the currency of bare
    amounts; where it is not known, ``source_countries`` do. ``site_names`` are no makes."""

    def __init__(
        self,
        country: str | None,
        site_names: tuple[str, ...],
        source_countries: Mapping[str, str],
    ) -> None:
        self.country = country
        self.source_countries = source_countries
        self.site_names = site_names
        self._cards: dict[str, Card] = {}

    def card(self, run: Run) -> Card:
        """What a run of equal listing payloads says, parsed."""
        key = run.cited.key
        if key not in self._cards:
            self._cards[key] = self._read(card_of(run), run.cited.observed_at, self.country_of(run))
        return self._cards[key]

    def country_of(self, run: Run) -> str | None:
        """Where a content's bare amounts and distances are at home."""
        return self.country or self.source_countries.get(run.page.source)

    def _read(
        self, listing: Listing | ListingDetail, seen_at: datetime, country: str | None
    ) -> Card:
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
                country=country,
            ),
            is_pending=_is_pending(listing),
        )


@dataclass(frozen=True, slots=True)
class Era:
    """One car's time on one listing. ``runs`` are in the order of their beginning; ``number``
    counts the cars that the URL has shown, from 0; ``label`` tells them apart where several did,
    and is made of the VIN; ``url`` is the listing's page as found, in its newest spelling, and None
    for a feed row without."""

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
    url: str | None

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


def card_of(run: Run) -> Listing | ListingDetail:
    """The raw payload of a run of a listing's card or page."""
    assert isinstance(run.payload, (Listing, ListingDetail))
    return run.payload


def _is_pending(listing: Listing | ListingDetail) -> bool:
    """A card's words are judged here; a page's were judged by its reader, which saw the block that
    they stood in."""
    if isinstance(listing, ListingDetail):
        return listing.page_status == "pending"
    return status_of(listing.status_words) == "pending"


def names_another_car(one: Card, other: Card) -> bool:
    """Whether the years, or the makes, that two contents name are different ones."""
    years = one.name.year, other.name.year
    makes = one.name.make, other.name.make
    return _differ(*years) or _differ(*(make and _fold(make) for make in makes))


def _differ(one: int | str | None, other: int | str | None) -> bool:
    return bool(one and other and one != other)


def eras(pages: Iterable[Page], reader: Reader) -> Mapping[str, tuple[Era, ...]]:
    """The eras of every listing, by its identity."""
    together: defaultdict[str, list[Page]] = defaultdict(list)
    for page in pages:
        together[page.key.identity].append(page)
    return {identity: _eras(identity, listing, reader) for identity, listing in together.items()}


def _eras(identity: str, pages: list[Page], reader: Reader) -> tuple[Era, ...]:
    runs = sorted((run for page in pages for run in page.runs), key=lambda run: run.order)
    handles = frozenset(handle for page in pages for handle in page.handles)
    result: list[Era] = []
    for number, part in enumerate(parts := _parts(runs, reader)):
        newest_runs = sorted(part, key=_newness, reverse=True)
        newest = [reader.card(run) for run in newest_runs]
        make = next((card.name.make for card in newest if card.name.make), None)
        vin = next((card.vin_key for card in newest if card.vin_key), None)
        label = vin or ""
        if any(earlier.label == label for earlier in result):
            label = f"{label}.{number}"
        era = Era(
            identity=identity,
            number=number,
            label=label,
            is_last=number == len(parts) - 1,
            runs=tuple(part),
            handles=handles,
            vin=vin,
            stock=next((card.stock_key for card in newest if card.stock_key), None),
            year=next((card.name.year for card in newest if card.name.year), None),
            make=_fold(make) if make else None,
            url=next((url for run in newest_runs if (url := card_of(run).listing_url)), None),
        )
        result.append(era)
    return tuple(result)


@dataclass(slots=True)
class _Known:
    """What a listing is known to say of its car: the last VIN, year and make it named."""

    vin: str | None = None
    year: int | None = None
    make: str | None = None

    def learn(self, card: Card) -> None:
        self.vin = card.vin_key or self.vin
        self.year = card.name.year or self.year
        self.make = (card.name.make and _fold(card.name.make)) or self.make

    def contradicts(self, card: Card) -> bool:
        """Whether the content names another year or make."""
        make = card.name.make and _fold(card.name.make)
        return _differ(self.year, card.name.year) or _differ(self.make, make)


def _parts(runs: list[Run], reader: Reader) -> list[list[Run]]:
    """Cut the runs of one listing, in the order of their beginning, into the eras of its cars.

    Where cards name no VIN, the card of the new car comes before the page that proves it by its
    VIN: such cards, which contradict the old car and not the new one, begin the new era.
    """
    parts: list[list[Run]] = [[]]
    known = _Known()
    before = _Known()
    waiting = 0
    for run in runs:
        card = reader.card(run)
        if known.vin and card.vin_key and card.vin_key != known.vin:
            if waiting and before.contradicts(card) and not known.contradicts(card):
                parts.append(parts[-1][-waiting:])
                del parts[-2][-waiting:]
                known = replace(known, vin=None)
                waiting = 0
            elif known.contradicts(card):
                parts.append([])
                known = _Known()
                waiting = 0
        if card.vin_key:
            waiting = 0
        elif waiting or (known.vin and known.contradicts(card)):
            if not waiting:
                before = replace(known)
            waiting += 1
        parts[-1].append(run)
        known.learn(card)
    return parts


def _newness(run: Run) -> tuple[datetime, datetime, int, str]:
    return run.newness


@lru_cache(maxsize=1_024)
def _fold(make: str) -> str:
    """The first word of a make, by which makes are told apart: one source writes "International",
    another one "International Harvester"."""
    return re.split(r"\W+", make.casefold().strip())[0]
