"""The clean-up of an older system's relationship rows: one true relation per organization and car.

Such rows contradict each other: a car is offered and sold by the same dealer at once, under type
names of several vocabularies. The rules, in their order:

1. Live evidence beats legacy: a car that was seen by a walk is what the walks say.
2. A type that is unknown, or that is about something else, claims nothing and removes nothing.
3. Of the rows of one pair a sale beats an offer, unless the offer was recorded later than every
   sale (both with their dates): the car came back.
4. A sale without live evidence makes a sold vehicle. An offer without any makes none: nobody has
   seen the car, and the next walk will if it is there.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Literal, TypeVar
from uuid import UUID

from contract.handles import listing_handle
from contract.legacy import LegacyRelationship
from contract.observation import Source, instant
from normalizer.evidence import Evidence, Organization
from normalizer.fields.price import Price, parse_price
from normalizer.fields.text import clean_text
from normalizer.fields.title import parse_vehicle_title
from normalizer.fields.vin import Vin, parse_vin
from normalizer.policy import Shape, load
from normalizer.relations import RELATIONS
from normalizer.rows import (
    CanonicalRows,
    DealerInventoryRow,
    EventRow,
    OrganizationVehicleRow,
    SourceRow,
    VehicleAliasRow,
    VehicleRow,
)
from normalizer.rulings import Rulings
from normalizer.snapshots import page_identity
from normalizer.track import Standing, Status
from normalizer.vehicles import Vehicle

__all__ = ["Claim", "claim_of", "parse_date", "with_legacy"]

T = TypeVar("T")
Claim = Literal["offered", "sold", "left", "nothing"]


class LegacyPolicy(Shape):
    """legacy.yml: what types and statuses claim."""

    relations: Mapping[str, Claim]
    statuses: Mapping[str, Claim]


_POLICY = load("legacy", LegacyPolicy)


@dataclass(frozen=True, slots=True)
class _Row:
    """One row: what it claims, the identity of its page, and its VIN or chassis number."""

    item: Evidence
    payload: LegacyRelationship
    claim: Claim
    page: str | None
    vin: Vin

    @property
    def recorded_at(self) -> datetime | None:
        return parse_date(self.payload.recorded_at)

    @property
    def order(self) -> tuple[bool, datetime, tuple[datetime, int, str]]:
        """By the old system's own date; undated rows count as the oldest."""
        recorded = self.recorded_at
        return (recorded is not None, recorded or self.item.observed_at, self.item.rank)


def claim_of(row: LegacyRelationship) -> Claim:
    """What one row claims about its car."""
    claim = _POLICY.relations.get(_word(row.relationship_type), "nothing")
    if claim != "offered":
        return claim
    words = {_POLICY.statuses.get(_word(text)) for text in (row.status, row.listing_status) if text}
    return next((said for said in ("sold", "left") if said in words), claim)


def with_legacy(
    rows: CanonicalRows,
    organization: Organization,
    items: Iterable[Evidence],
    *,
    cars: Sequence[Vehicle],
    not_ours: Collection[str],
    country: str | None,
    rulings: Rulings,
) -> CanonicalRows:
    """An organization's rows with what an older system adds to them.

    ``cars`` are the vehicles that were seen; ``not_ours`` the identities of listings that belong to
    another organization, which somebody has seen there.
    """
    found = [_row(item, item.payload) for item in items if _is_legacy(item)]
    if not found:
        return rows
    pages = {era.identity: car for car in cars for era in car.eras}
    vins = {era.vin: car for car in cars for era in car.eras if era.vin}
    dealer_id = organization.id
    aliases: dict[UUID, VehicleAliasRow] = {}
    made: list[_Sale] = []
    for group in _together(found):
        pages_of_it = {row.page for row in group}
        seen = [pages[page] for page in pages_of_it if page in pages]
        seen += [vins[row.vin.value] for row in group if _vin_key(row) and row.vin.value in vins]
        if seen:
            owner = min(seen, key=lambda car: car.id)
            for row in group:
                aliases[_handle(row)] = _alias(row, dealer_id, owner.id)
            continue
        sale = _sale(group)
        if sale is None or not pages_of_it.isdisjoint(not_ours):
            continue
        made.append(_Sale(dealer_id, group, sale, country, rulings))
    if not made and not aliases:
        return rows
    for each in made:
        for row in each.group:
            aliases[_handle(row)] = _alias(row, dealer_id, each.id)
    return replace(
        rows,
        vehicles=_merged(rows.vehicles, (each.vehicle() for each in made), "id"),
        vehicle_aliases=_merged(rows.vehicle_aliases, aliases.values(), "handle"),
        vehicle_sources=(*rows.vehicle_sources, *(each.source() for each in made)),
        organization_vehicles=(*rows.organization_vehicles, *(each.relation() for each in made)),
        dealer_inventory=(*rows.dealer_inventory, *(each.inventory() for each in made)),
        vehicle_events=(*rows.vehicle_events, *(each.event() for each in made)),
        takedowns=_merged(
            [row for row in rows.takedowns if row.subject_id != dealer_id],
            rulings.takedowns(organization, {each.id: each.handles for each in made}),
            "subject_id",
        ),
    )


class _Sale:
    """A car that is known from legacy rows alone, one of which tells of its sale."""

    def __init__(
        self,
        dealer_id: UUID,
        group: Sequence[_Row],
        sale: _Row,
        country: str | None,
        rulings: Rulings,
    ) -> None:
        self.dealer_id = dealer_id
        self.group = group
        self.sale = sale
        founder = min(group, key=lambda row: (row.item.observed_at, _name(row)))
        self.founder = founder
        self.id = _handle(founder)
        self.url = next((row.payload.vehicle_url for row in group if row.payload.vehicle_url), None)
        self.handles = [_handle(row) for row in group]
        self.standing: Standing | None = rulings.standing(self.handles)
        self.ruled = rulings.fields("vehicle", self.handles)
        self.status: Status = self.standing.status if self.standing else "sold"
        self.evidence = self.standing.evidence if self.standing else "legacy"
        self.sold_at = (
            self.standing.sold_at if self.standing else parse_date(sale.payload.sale_date)
        )
        hint = sale.payload.currency
        self.paid = parse_price(sale.payload.sale_price, currency_hint=hint, country=country)
        self.asked = parse_price(sale.payload.asking_price, currency_hint=hint, country=country)

    @property
    def price(self) -> Price:
        return self.paid if self.paid.amount is not None else self.asked

    def vehicle(self) -> VehicleRow:
        said = self.sale.payload
        name = parse_vehicle_title(said.title, year=said.year, make=said.make, model=said.model)
        cited = (Source.LEGACY.value, self.sale.item.key)
        vin = next((row.vin for row in self.group if _vin_key(row)), self.sale.vin)
        kind = "sold" if self.paid.amount is not None else "asking"
        columns = {
            "vin": vin.shown,
            "vin_kind": vin.kind if vin.shown else None,
            "title": clean_text(said.title, 300),
            "year": name.year,
            "make": name.make,
            "model": name.model,
            "trim": name.trim,
            "price": self.price.amount,
            "currency": self.price.currency if self.price.amount is not None else None,
            "price_kind": kind if self.price.amount is not None else None,
        }
        provenance = {column: cited for column, value in columns.items() if value is not None}
        moments = [self.sale.item.observed_at] + ([self.standing.at] if self.standing else [])
        for each in self.ruled.values():
            columns |= each.columns
            provenance |= dict.fromkeys(each.columns, each.run.provenance())
            moments.append(each.run.started_at)
        seen = [row.item.observed_at for row in self.group]
        page = f"{self.url}#legacy-{str(self.founder.item.organization_id)[:8]}"
        return VehicleRow(
            id=self.id,
            dealer_id=self.dealer_id,
            identity_key=f"vin:{vin.value}" if vin.is_key else f"listing:{self.id}",
            # Another dealer may offer the car on that very page today.
            discovery_url=page if self.url else f"urn:paddock:legacy:{self.id}",
            **columns,  # type: ignore[arg-type]
            status=self.status,
            status_evidence=self.evidence,
            sold_at=self.sold_at,
            flags=tuple(sorted(name.flags | vin.flags | self.price.flags)),
            provenance=dict(sorted(provenance.items())),
            first_seen_at=min(seen),
            last_seen_at=max(seen),
            content_changed_at=max(moments),
        )

    def source(self) -> SourceRow:
        item = self.sale.item
        return SourceRow(
            vehicle_id=self.id,
            dealer_id=self.dealer_id,
            source=item.source.value,
            kind=item.kind.value,
            listing=_name(self.sale),
            observation_key=item.key,
            payload_hash=item.payload_hash,
            observed_at=item.observed_at,
            last_asserted_at=item.observed_at,
        )

    def relation(self) -> OrganizationVehicleRow:
        kind, status, listing_status = RELATIONS[self.status]
        return OrganizationVehicleRow(
            organization_id=self.dealer_id,
            vehicle_id=self.id,
            relationship_type=kind,
            status=status,
            listing_status=listing_status,
            since=self._since,
        )

    def inventory(self) -> DealerInventoryRow:
        is_sold = self.status == "sold"
        asked = self.asked if self.asked.amount is not None else None
        paid = self.paid if is_sold and self.paid.amount is not None else None
        if asked and paid and asked.currency != paid.currency:
            asked = None
        priced = paid or asked
        return DealerInventoryRow(
            dealer_id=self.dealer_id,
            vehicle_id=self.id,
            status=self.status,
            asking_price=asked.amount if asked else None,
            sale_price=paid.amount if paid else None,
            currency=priced.currency if priced else None,
            listed_at=min(row.item.observed_at for row in self.group),
            sold_at=self.sold_at,
            removed_at=self._since if self.status == "removed" else None,
            evidence=self.evidence,
        )

    def event(self) -> EventRow:
        event = {"sold": "sold", "removed": "removed"}.get(self.status, "listed")
        detail = {"from": None, "to": str(self.status), "evidence": self.evidence}
        if self.status == "sold":
            detail["sold_at"] = instant(self.sold_at) if self.sold_at else None
        return EventRow(
            vehicle_id=self.id,
            position=0,
            dealer_id=self.dealer_id,
            happened_at=self._since,
            event=event,
            detail=detail,
            observation_key=self.standing.key if self.standing else self.sale.item.key,
        )

    @property
    def _since(self) -> datetime:
        return self.standing.at if self.standing else self.sale.item.observed_at


def parse_date(text: str | None) -> datetime | None:
    """A date as old systems write it: ISO 8601, or month/day/year. Anything else is none."""
    text = (text or "").strip()
    if match := re.fullmatch(r"(\d{1,2})/(\d{1,2})/(\d{4})", text):
        text = f"{match[3]}-{int(match[1]):02}-{int(match[2]):02}"
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)


def _sale(group: Sequence[_Row]) -> _Row | None:
    """The row that tells of the sale, by rule 3; None where the car is not sold."""
    sales = [row for row in group if row.claim == "sold"]
    offers = [row for row in group if row.claim == "offered"]
    if not sales:
        return None
    dates = [row.recorded_at for row in sales]
    dated = [date for date in dates if date is not None]
    if len(dated) == len(dates) and any(
        (at := offer.recorded_at) is not None and at > max(dated) for offer in offers
    ):
        return None
    return max(sales, key=lambda row: row.order)


def _is_legacy(item: Evidence) -> bool:
    return item.source == Source.LEGACY and isinstance(item.payload, LegacyRelationship)


def _row(item: Evidence, payload: object) -> _Row:
    assert isinstance(payload, LegacyRelationship)
    year = int(payload.year) if payload.year and re.fullmatch(r"\d{4}", payload.year) else None
    page = page_identity(payload.vehicle_url) if payload.vehicle_url else None
    return _Row(item, payload, claim_of(payload), page, parse_vin(payload.vin, year=year))


def _vin_key(row: _Row) -> bool:
    return row.vin.is_key and row.vin.value is not None


def _together(rows: Iterable[_Row]) -> list[list[_Row]]:
    """Rows about one car: of one page, or of one VIN or chassis number."""
    groups: list[tuple[set[object], list[_Row]]] = []
    for row in sorted(rows, key=lambda row: row.item.rank):
        names: set[object] = {row.page} if row.page else set()
        names |= {("vin", row.vin.value)} if _vin_key(row) else set()
        names = names or {row.item.key}
        apart: list[tuple[set[object], list[_Row]]] = []
        members = [row]
        for known, group in groups:
            if known.isdisjoint(names):
                apart.append((known, group))
            else:
                names |= known
                members = [*group, *members]
        groups = [*apart, (names, members)]
    return [sorted(group, key=lambda row: row.item.rank) for _, group in groups]


def _name(row: _Row) -> str:
    return row.page or f"vin:{row.vin.value or row.payload.vin}"


def _handle(row: _Row) -> UUID:
    return listing_handle(row.item.organization_id, f"legacy:{_name(row)}")


def _alias(row: _Row, dealer_id: UUID, vehicle_id: UUID) -> VehicleAliasRow:
    url = row.payload.vehicle_url or _name(row)
    return VehicleAliasRow(handle=_handle(row), dealer_id=dealer_id, vehicle_id=vehicle_id, url=url)


def _merged(rows: Sequence[T], more: Iterable[T], key: str) -> tuple[T, ...]:
    return tuple(sorted([*rows, *more], key=lambda row: getattr(row, key)))


def _word(text: str) -> str:
    return re.sub(r"[^a-z]+", "_", text.strip().lower()).strip("_")
