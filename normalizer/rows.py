"""The rows of the canonical tables, as the rules produce them and the drain writes them.

A row is a tuple, as it is compared and copied. Field names are column names (store/schema.sql says
what they mean); `revision` alone is missing, for the database counts it. A `CanonicalRows` holds
everything the tables say about one organization: the drain replaces what stands by it.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple
from uuid import UUID

from shapely import Point

__all__ = [
    "AliasRow",
    "BusinessRow",
    "CanonicalRows",
    "DealerInventoryRow",
    "EventRow",
    "ImageRow",
    "OrganizationImageRow",
    "OrganizationVehicleRow",
    "SeenRow",
    "SourceRow",
    "TakedownRow",
    "VehicleAliasRow",
    "VehicleRow",
    "WalkRow",
]

Provenance = Mapping[str, tuple[str, str]]
"""column → (source, observation key)."""


class AliasRow(NamedTuple):
    """business_aliases"""

    handle: UUID
    organization_id: UUID
    source: str
    url: str
    first_observed_at: datetime
    dealer_license: str | None = None
    website: str | None = None
    geographic_key: str | None = None


class BusinessRow(NamedTuple):
    """businesses"""

    id: UUID
    name: str
    business_type: str
    provenance: Provenance
    first_seen_at: datetime
    last_seen_at: datetime
    content_changed_at: datetime
    dealer_license: str | None = None
    website: str | None = None
    geographic_key: str | None = None
    phone: str | None = None
    email: str | None = None
    address: str | None = None
    city: str | None = None
    state: str | None = None
    postal_code: str | None = None
    country: str | None = None
    location: Point | None = None
    logo_url: str | None = None
    favicon_url: str | None = None
    primary_image_url: str | None = None
    description: str | None = None
    inventory_url: str | None = None
    inventory_candidates: tuple[str, ...] = ()
    same_as: tuple[str, ...] = ()
    profile_urls: tuple[str, ...] = ()


class VehicleRow(NamedTuple):
    """vehicles"""

    id: UUID
    dealer_id: UUID
    identity_key: str
    discovery_url: str
    status: str
    status_evidence: str
    provenance: Provenance
    first_seen_at: datetime
    last_seen_at: datetime
    content_changed_at: datetime
    vin: str | None = None
    vin_kind: str | None = None
    stock: str | None = None
    title: str | None = None
    year: int | None = None
    make: str | None = None
    model: str | None = None
    trim: str | None = None
    body_style: str | None = None
    exterior_color: str | None = None
    interior_color: str | None = None
    engine: str | None = None
    transmission: str | None = None
    drivetrain: str | None = None
    mileage: int | None = None
    mileage_unit: str | None = None
    price: Decimal | None = None
    currency: str | None = None
    price_kind: str | None = None
    description: str | None = None
    sold_at: datetime | None = None
    flags: tuple[str, ...] = ()


class VehicleAliasRow(NamedTuple):
    """vehicle_aliases"""

    handle: UUID
    dealer_id: UUID
    vehicle_id: UUID
    url: str


class SourceRow(NamedTuple):
    """vehicle_sources"""

    vehicle_id: UUID
    dealer_id: UUID
    source: str
    kind: str
    listing: str
    observation_key: str
    payload_hash: str
    observed_at: datetime
    last_asserted_at: datetime


class ImageRow(NamedTuple):
    """vehicle_images"""

    vehicle_id: UUID
    position: int
    dealer_id: UUID
    source_url: str
    is_primary: bool = False
    status: str = "pending"
    reason: str | None = None
    sha256: str | None = None
    storage_key: str | None = None
    width: int | None = None
    height: int | None = None


class OrganizationImageRow(NamedTuple):
    """organization_images"""

    organization_id: UUID
    purpose: str
    source_url: str
    status: str = "pending"
    reason: str | None = None
    sha256: str | None = None
    storage_key: str | None = None
    width: int | None = None
    height: int | None = None


class OrganizationVehicleRow(NamedTuple):
    """organization_vehicles"""

    organization_id: UUID
    vehicle_id: UUID
    relationship_type: str
    status: str
    listing_status: str
    since: datetime


class DealerInventoryRow(NamedTuple):
    """dealer_inventory"""

    dealer_id: UUID
    vehicle_id: UUID
    status: str
    listed_at: datetime
    evidence: str
    asking_price: Decimal | None = None
    sale_price: Decimal | None = None
    currency: str | None = None
    sold_at: datetime | None = None
    removed_at: datetime | None = None


class SeenRow(NamedTuple):
    """dealer_inventory_seen"""

    dealer_id: UUID
    listing_url: str
    vehicle_id: UUID
    grid_url: str | None
    first_seen_at: datetime
    last_seen_at: datetime
    last_seen_status: str
    seen_count: int
    missed_runs: int


class WalkRow(NamedTuple):
    """inventory_walks"""

    observation_key: str
    dealer_id: UUID
    source: str
    grid_url: str
    grid: str
    observed_at: datetime
    complete: bool
    seen: int
    verdict: str
    reason: str | None = None


class EventRow(NamedTuple):
    """vehicle_events"""

    vehicle_id: UUID
    position: int
    dealer_id: UUID
    happened_at: datetime
    event: str
    detail: Mapping[str, str | None]
    observation_key: str


class TakedownRow(NamedTuple):
    """takedowns"""

    subject_id: UUID
    dealer_id: UUID
    subject: str
    since: datetime
    reason: str
    observation_key: str
    until: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CanonicalRows:
    """Everything the canonical tables say about one organization."""

    businesses: tuple[BusinessRow, ...] = ()
    organization_images: tuple[OrganizationImageRow, ...] = ()
    vehicles: tuple[VehicleRow, ...] = ()
    vehicle_aliases: tuple[VehicleAliasRow, ...] = ()
    vehicle_sources: tuple[SourceRow, ...] = ()
    vehicle_images: tuple[ImageRow, ...] = ()
    organization_vehicles: tuple[OrganizationVehicleRow, ...] = ()
    dealer_inventory: tuple[DealerInventoryRow, ...] = ()
    dealer_inventory_seen: tuple[SeenRow, ...] = ()
    inventory_walks: tuple[WalkRow, ...] = ()
    vehicle_events: tuple[EventRow, ...] = ()
    takedowns: tuple[TakedownRow, ...] = ()
