"""The rules' numbers and preferences, as the policy files state them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Literal

from pydantic import Field

from contract.observation import Kind, Source
from contract.payloads import Precision
from normalizer.policy import Shape, load

__all__ = ["ImagePolicy", "MergePolicy", "PointPolicy", "RuleBook", "SoldPolicy", "rulebook"]

Group = Literal["structural", "surface", "price"]
Origin = Literal["website", "profile"]
VehicleField = Literal[
    "name",
    "vin",
    "stock",
    "body_style",
    "exterior_color",
    "interior_color",
    "engine",
    "transmission",
    "drivetrain",
    "discovery_url",
    "title",
    "mileage",
    "description",
    "images",
    "price",
]
OrganizationField = Literal[
    "name",
    "dealer_license",
    "website",
    "phone",
    "email",
    "address",
    "coordinates",
    "logo",
    "favicon",
    "banner",
    "description",
    "same_as",
    "inventory_url",
]


class MergePolicy(Shape):
    """merge.yml: sources per group of fields, and origins per field of a profile."""

    tiers: Mapping[Group, list[str]]
    vehicle: Mapping[VehicleField, Group]
    organization: Mapping[OrganizationField, list[Origin]]
    page_before_card: list[VehicleField]
    secondary_sources: list[str]
    source_countries: Mapping[str, str]

    def rank(self, field: VehicleField, source: Source, kind: Kind) -> int:
        """How little a content of a source, and of a kind, counts for a field; 0 counts most."""
        is_second = field in self.page_before_card and kind != Kind.LISTING_DETAIL
        return 2 * self.tier(field, source) + is_second

    def tier(self, field: VehicleField, source: Source) -> int:
        """How little a source's word counts for a field; 0 counts most."""
        ranking = self.tiers[self.vehicle[field]]
        return ranking.index(source) if source in ranking else len(ranking)


class SoldPolicy(Shape):
    """sold.yml: the numbers of sold tracking."""

    missed_runs: int = Field(gt=0)
    spacing_hours: float = Field(ge=0)
    delisted_after: int = Field(gt=0)
    share: float = Field(ge=0, le=1)
    feed_share: float = Field(ge=0, le=1)
    feed_tolerance: int = Field(ge=0)
    idle_scope_days: float = Field(gt=0)

    @property
    def spacing(self) -> timedelta:
        """How far apart two misses lie to count as two."""
        return timedelta(hours=self.spacing_hours)

    @property
    def idle(self) -> timedelta:
        """After how long without a walk a scope holds no car any more."""
        return timedelta(days=self.idle_scope_days)


class PhotoPattern(Shape):
    """How the URLs of a host name their photos: patterns over the host and the folders."""

    host: str
    path: str


class ImagePolicy(Shape):
    """images.yml: patterns over the names in image URLs."""

    most: int = Field(gt=0)
    sparse_below: int = Field(ge=0)
    placeholder_above: int = Field(gt=0)
    junk_hosts: list[str]
    junk_places: list[str]
    junk_folders: list[str]
    junk_words: list[str]
    junk_files: list[str]
    junk_unless_dated: list[str]
    photos: list[PhotoPattern]
    size_folders: list[str]
    size_endings: list[str]
    transformation: str
    small_words: list[str]
    small_width: int
    script_endings: list[str]
    size_parameters: list[str]
    full_without_query: list[str]


class PointPolicy(Shape):
    """points.yml: whose point of an address counts."""

    site_precision: Precision
    providers: list[str]

    def rank(self, provider: str) -> int:
        """How little a provider's word counts among points of one precision; 0 counts most."""
        return self.providers.index(provider) if provider in self.providers else len(self.providers)


@dataclass(frozen=True, slots=True)
class RuleBook:
    """Everything the rules do not decide themselves."""

    merge: MergePolicy
    sold: SoldPolicy
    points: PointPolicy


@cache
def rulebook() -> RuleBook:
    """The reviewed policy files. Raises PolicyError where one does not fit its shape."""
    return RuleBook(
        merge=load("merge", MergePolicy),
        sold=load("sold", SoldPolicy),
        points=load("points", PointPolicy),
    )
