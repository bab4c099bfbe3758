"""An observation: one thing learned from outside, with its source, page, time and content.

Its key is the SHA-256 over (source, kind, url, organization, observed_at, payload_hash): canonical
rows cite keys, never arrival-ordered ids, and two observations with one key are one observation.
"Newest" means the greatest (observed_at, kind rank, key) everywhere.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from functools import cached_property
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from contract.canonical import canonical_json, sha256_hex
from contract.legacy import LegacyRelationship
from contract.payloads import (
    Geocode,
    ImageFetch,
    InventoryManifest,
    Listing,
    ListingDetail,
    PageManifest,
    Payload,
    SellerProfile,
)
from contract.rulings import Ruling

__all__ = [
    "KIND_RANK",
    "PAYLOADS",
    "SPEAKERS",
    "ContractViolation",
    "Kind",
    "Observation",
    "Source",
    "instant",
    "observation_key",
    "parse_payload",
    "payload_hash",
    "wrong_speaker",
]


class Source(StrEnum):
    """Who says so."""

    CLASSIC = "classic.com"
    DEALER_SITE = "dealer_site"
    HOMENET = "homenet"
    IMAGE_FETCHER = "image_fetcher"
    GEOCODER = "geocoder"
    OPERATOR = "operator"
    LEGACY = "legacy"


class Kind(StrEnum):
    """What it is about; the order of the members is the kind rank, which breaks ties in time."""

    SELLER_PROFILE = "seller_profile"
    LISTING = "listing"
    LISTING_DETAIL = "listing_detail"
    INVENTORY_MANIFEST = "inventory_manifest"
    PAGE_MANIFEST = "page_manifest"
    IMAGE_FETCH = "image_fetch"
    GEOCODE = "geocode"
    RULING = "ruling"
    RELATIONSHIP = "relationship"


KIND_RANK = {kind: rank for rank, kind in enumerate(Kind)}

PAYLOADS: Mapping[Kind, type[Payload]] = {
    Kind.SELLER_PROFILE: SellerProfile,
    Kind.LISTING: Listing,
    Kind.LISTING_DETAIL: ListingDetail,
    Kind.INVENTORY_MANIFEST: InventoryManifest,
    Kind.PAGE_MANIFEST: PageManifest,
    Kind.IMAGE_FETCH: ImageFetch,
    Kind.GEOCODE: Geocode,
    Kind.RULING: Ruling,
    Kind.RELATIONSHIP: LegacyRelationship,
}

_SITES = frozenset([Source.CLASSIC, Source.DEALER_SITE])

SPEAKERS: Mapping[Kind, frozenset[Source]] = {
    Kind.SELLER_PROFILE: frozenset([Source.CLASSIC]),
    Kind.LISTING: _SITES | {Source.HOMENET},
    Kind.LISTING_DETAIL: _SITES,
    Kind.INVENTORY_MANIFEST: _SITES | {Source.HOMENET},
    Kind.PAGE_MANIFEST: _SITES,
    Kind.IMAGE_FETCH: frozenset([Source.IMAGE_FETCHER]),
    Kind.GEOCODE: frozenset([Source.GEOCODER]),
    Kind.RULING: frozenset([Source.OPERATOR]),
    Kind.RELATIONSHIP: frozenset([Source.LEGACY]),
}
"""Who may say what. A source's word weighs by what it is, so a card in the operator's name would
stand above every page, and a ruling in a page's name would be one that nobody made."""

UPCASTERS: Mapping[tuple[Kind, int], Callable[[dict[str, Any]], dict[str, Any]]] = {}
"""(kind, version) → the function that turns raw data of that version into the next one."""


class ContractViolation(ValueError):
    """Raised by `parse_payload` and `Observation.build` when content does not fit; ``reason`` is
    short and countable."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


def wrong_speaker(source: str, kind: Kind) -> ContractViolation:
    """What is wrong with an observation of a kind that its source cannot make."""
    speakers = " or ".join(sorted(SPEAKERS[kind]))
    return ContractViolation(
        "source:wrong_speaker", f"a {kind} comes from {speakers}, not {source}"
    )


def parse_payload(kind: str, version: int, raw_data: Mapping[str, Any]) -> Payload:
    """Validate raw data of any version that was ever written and return today's payload.

    Raises ContractViolation with the reason unknown_kind, unknown_version, or ``<field>:<rule>``.
    """
    if kind not in PAYLOADS:
        raise ContractViolation("unknown_kind", kind[:80])
    model = PAYLOADS[Kind(kind)]
    data = dict(raw_data)
    for step in range(version, model.VERSION):
        upcast = UPCASTERS.get((Kind(kind), step))
        if upcast is None:
            raise ContractViolation("unknown_version", f"{kind} version {version}")
        data = upcast(data)
    if not 1 <= version <= model.VERSION:
        raise ContractViolation("unknown_version", f"{kind} version {version}")
    try:
        return model.model_validate_json(canonical_json(data), strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        field = ".".join(str(part) for part in first["loc"] if not isinstance(part, int))
        raise ContractViolation(f"{field or kind}:{first['type']}", first["msg"]) from error
    except (ValueError, RecursionError) as error:
        raise ContractViolation(f"{kind}:not_json", str(error)[:200]) from error


def payload_hash(payload: Payload) -> str:
    """Hash the stable content of a payload."""
    return sha256_hex(canonical_json(payload.stable()))


def instant(moment: datetime) -> str:
    """Write an aware time as UTC with microseconds, the one form that keys are made from."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def observation_key(
    source: Source,
    kind: Kind,
    url: str,
    organization_id: UUID | None,
    observed_at: datetime,
    payload_hash: str,
) -> str:
    """Return the identity of an observation (see the module)."""
    parts = (source, kind, url, str(organization_id or ""), instant(observed_at), payload_hash)
    return sha256_hex("\n".join(parts))


@dataclass(frozen=True)
class Observation:
    """One row of ``import_queue``: who saw what, where and when."""

    source: Source
    kind: Kind
    url: str
    organization_id: UUID | None
    observed_at: datetime
    payload: Payload
    run_id: UUID | None = None

    def __post_init__(self) -> None:
        if self.observed_at.tzinfo is None:
            raise ContractViolation("observed_at:naive", "a time needs its zone")
        if self.source not in SPEAKERS[self.kind]:
            raise wrong_speaker(self.source, self.kind)

    @property
    def version(self) -> int:
        """The payload's version at the time of writing."""
        return self.payload.VERSION

    @cached_property
    def payload_hash(self) -> str:
        """SHA-256 of the stable content."""
        return payload_hash(self.payload)

    @cached_property
    def raw_data(self) -> dict[str, Any]:
        """The whole content as JSON, volatile parts included, without empty fields."""
        return self.payload.model_dump(mode="json", exclude_none=True)

    @cached_property
    def key(self) -> str:
        """The observation's identity (see the module)."""
        return observation_key(
            self.source,
            self.kind,
            self.url,
            self.organization_id,
            self.observed_at,
            self.payload_hash,
        )
