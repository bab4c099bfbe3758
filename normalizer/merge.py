"""The merge of one vehicle: which snapshot speaks for which column.

Every snapshot of the car is a candidate for every field. The field's tier decides, then, for the
fields that the policy names, a listing's own page before its card, then the newest; a snapshot
that says nothing about a field is no candidate. Values that
belong together (year, make, model and trim; mileage and its unit; price, currency and kind) come
from one snapshot together.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, TypedDict

from contract.payloads import Listing, ListingDetail
from normalizer.fields.mileage import parse_mileage
from normalizer.fields.text import clean_label, clean_text
from normalizer.listings import Card, Reader, card_of, names_another_car
from normalizer.rulebook import MergePolicy, VehicleField
from normalizer.snapshots import Run
from normalizer.vehicles import Vehicle

__all__ = ["Merged", "in_force", "merge", "ranked"]

_Card = Listing | ListingDetail

LABELS: dict[VehicleField, str | None] = {
    "body_style": "body_style",
    "exterior_color": "color",
    "interior_color": "color",
    "engine": None,
    "transmission": "transmission",
    "drivetrain": "drivetrain",
}
"""Short texts, and the vocabulary each is spelled by."""

_LONGEST_DESCRIPTION = 60_000

# A dealer's cars have few colors and transmissions between them.
_read_label = lru_cache(maxsize=16_384)(clean_label)


class Columns(TypedDict, total=False):
    """The merged columns of a vehicle, but for price and status."""

    vin: str | None
    vin_kind: str | None
    stock: str | None
    title: str | None
    year: int | None
    make: str | None
    model: str | None
    trim: str | None
    body_style: str | None
    exterior_color: str | None
    interior_color: str | None
    engine: str | None
    transmission: str | None
    drivetrain: str | None
    mileage: int | None
    mileage_unit: str | None
    description: str | None


@dataclass(slots=True)
class Merged:
    """Merged columns, the run that each came from, and the flags of the winning values."""

    columns: Columns = field(default_factory=Columns)
    cited: dict[str, Run] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)

    def set(self, run: Run, **values: Any) -> None:
        """Take values that one run gave together; None is no value."""
        for column, value in values.items():
            self.columns[column] = value  # type: ignore[literal-required]
            if value is not None:
                self.cited[column] = run


def ranked(runs: Sequence[Run], column: VehicleField, policy: MergePolicy) -> Sequence[Run]:
    """The runs in the order in which they speak for a field; ``runs`` come newest first."""
    if len(runs) < 2:
        return runs
    return sorted(runs, key=lambda run: policy.rank(column, run.page.source, run.page.kind))


def in_force(runs: Sequence[Run], reader: Reader) -> tuple[Run, ...]:
    """The runs without pages that nobody could read any more since their cards began to show
    another car: what such a page said is no claim about this one."""
    if not any(run.is_detail for run in runs):
        return tuple(runs)
    return tuple(run for run in runs if not (run.is_detail and _is_outdated(run, runs, reader)))


def _is_outdated(page: Run, runs: Sequence[Run], reader: Reader) -> bool:
    return any(
        run.page.identity == page.page.identity
        and not run.is_detail
        and run.started_at > page.last_asserted_at
        and names_another_car(reader.card(run), reader.card(page))
        for run in runs
    )


def merge(vehicle: Vehicle, runs: Sequence[Run], reader: Reader, policy: MergePolicy) -> Merged:
    """Merge everything about a car but its price and status; ``runs`` are its snapshots."""
    merged = Merged()
    history = sorted(
        (run for era in vehicle.eras for run in era.runs), key=lambda r: r.newness, reverse=True
    )
    _name(merged, ranked(runs, "name", policy), reader)
    _numbers(merged, vehicle, [*ranked(runs, "vin", policy), *history], reader)
    for column, vocabulary in LABELS.items():
        for run in ranked(runs, column, policy):
            raw = getattr(card_of(run), column)
            limit = 200 if column == "engine" else 120
            if raw and (label := _read_label(raw, vocabulary, limit)):
                merged.set(run, **{column: label})
                break
    for run in ranked(runs, "mileage", policy):
        listing = card_of(run)
        if not listing.mileage:
            continue
        mileage = parse_mileage(
            listing.mileage,
            unit_hint=listing.mileage_unit,
            country=reader.country_of(run),
            currency=reader.card(run).price.currency,
        )
        if mileage.value is not None and mileage.unit is not None:
            merged.set(run, mileage=mileage.value, mileage_unit=mileage.unit)
            merged.flags |= mileage.flags
            break
    for run, title in _texts(ranked(runs, "title", policy), _title):
        merged.set(run, title=title)
        break
    for run, text in _texts(ranked(runs, "description", policy), _description):
        merged.set(run, description=text)
        break
    return merged


def _name(merged: Merged, runs: Sequence[Run], reader: Reader) -> None:
    """The most trusted snapshot that knows the make speaks for the whole name; else the most
    trusted that knows anything. A year that it leaves out is told by another snapshot of its source
    that names the same car: cards keep silent about what the car's page states."""
    for needed in (("make",), ("year",), ("model",)):
        for run in runs:
            name = reader.card(run).name
            if all(getattr(name, part) is not None for part in needed):
                merged.set(run, year=name.year, make=name.make, model=name.model, trim=name.trim)
                merged.flags |= name.flags
                if name.year is None:
                    _year_beside(merged, run, runs, reader)
                return


def _year_beside(merged: Merged, named: Run, runs: Sequence[Run], reader: Reader) -> None:
    name = reader.card(named).name
    for run in runs:
        other = reader.card(run).name
        same = (other.make, other.model) == (name.make, name.model)
        if other.year is not None and same and run.page.source == named.page.source:
            merged.set(run, year=other.year)
            return


def _numbers(merged: Merged, vehicle: Vehicle, runs: Sequence[Run], reader: Reader) -> None:
    """VIN and stock number: what identifies the car first, then whatever number is named."""

    def is_in_force(card: Card) -> bool:
        return card.vin_key == vehicle.vin if vehicle.vin else card.vin.value is not None

    for run in runs:
        card = reader.card(run)
        if is_in_force(card):
            merged.set(run, vin=card.vin.shown, vin_kind=card.vin.kind)
            merged.flags |= card.vin.flags
            break
    for run in runs:
        if stock := reader.card(run).stock:
            merged.set(run, stock=stock)
            break


def _texts(runs: Sequence[Run], read: Callable[[_Card], str | None]) -> Iterator[tuple[Run, str]]:
    for run in runs:
        if text := read(card_of(run)):
            yield run, text


def _title(listing: _Card) -> str | None:
    return clean_text(listing.title, 300)


def _description(listing: _Card) -> str | None:
    return clean_text(listing.description, _LONGEST_DESCRIPTION, multiline=True)
