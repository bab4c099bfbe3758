"""What is observed of one page, built as the crawler builds it: profiles, cards, vehicle pages."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from contract.handles import organization_handle
from contract.observation import Kind, Observation, Source
from contract.payloads import Found, Listing, ListingDetail, Payload, SellerProfile
from normalizer.evidence import Evidence

SITE = "https://www.oldtimers.example"
GRID = f"{SITE}/vehicles"
SOLD_GRID = f"{SITE}/vehicles/sold"
PROFILE = "https://www.classic.com/s/old-timers-Ab12Cd3/"
START = datetime(2026, 3, 1, 6, tzinfo=UTC)


def day(number: float) -> datetime:
    """A time so many days after the first walk."""
    return START + timedelta(days=number)


def as_evidence(observation: Observation) -> Evidence:
    """What the normalizer reads of a row that holds the observation."""
    assert observation.organization_id is not None
    return Evidence(
        key=observation.key,
        source=observation.source,
        kind=observation.kind,
        url=observation.url,
        organization_id=observation.organization_id,
        observed_at=observation.observed_at,
        payload_hash=observation.payload_hash,
        payload=observation.payload,
    )


def found(*values: str, origin: str = "profile") -> tuple[Found, ...]:
    return tuple(Found(value=value, origin=origin, where="test") for value in values)  # type: ignore[arg-type]


def profile(
    url: str = PROFILE, *, at: float = 0, name: str = "Old Timers", **fields: Any
) -> Evidence:
    """One profile page, read on a day."""
    values: dict[str, Any] = {"profile_url": url, "name": found(name), **fields}
    return observe(
        Source.CLASSIC,
        Kind.SELLER_PROFILE,
        url,
        organization_handle("classic.com", url),
        day(at),
        SellerProfile(**values),
    )


def observe(
    source: Source, kind: Kind, url: str, handle: UUID, at: datetime, payload: Payload
) -> Evidence:
    return as_evidence(Observation(source, kind, url, handle, at, payload))


def absolute(path: str) -> str:
    return f"{SITE}{path}" if path.startswith("/") else path


def card(
    url: str | None,
    at: float,
    *,
    source: Source = Source.DEALER_SITE,
    handle: UUID,
    **fields: Any,
) -> Evidence:
    """One listing as a walk saw it; a name that is neither path nor URL is a feed key."""
    page = absolute(url) if url and (url.startswith("/") or "://" in url) else None
    values: dict[str, Any] = {
        "organization_id": str(handle),
        "listing_status": "in_stock",
        "status_evidence": "current_grid",
        "listing_url": page,
        "feed_key": None if page else url,
        "platform": "test",
        "reader": "test",
        **fields,
    }
    return observe(source, Kind.LISTING, page or str(url), handle, day(at), Listing(**values))


def page(url: str, at: float, *, source: Source, handle: UUID, **fields: Any) -> Evidence:
    """What one listing's own page said."""
    address = absolute(url)
    values: dict[str, Any] = {"page_status": "unknown", "platform": "test", "reader": "test"}
    values |= {"organization_id": str(handle), "listing_url": address, **fields}
    payload = ListingDetail(**values)
    return observe(source, Kind.LISTING_DETAIL, address, handle, day(at), payload)


def suppressed(evidence: Iterable[Evidence]) -> list[Evidence]:
    """What stays on record when every payload that equals its page's newest one is left out, as
    the crawler leaves it out when observations come in the order of time."""
    newest: dict[tuple[str, str, str, UUID], str] = {}
    kept = []
    for item in sorted(evidence, key=lambda item: (item.observed_at, item.key)):
        page = (item.source, item.kind, item.url, item.organization_id)
        if item.kind in (Kind.INVENTORY_MANIFEST, Kind.PAGE_MANIFEST):
            kept.append(item)
        elif newest.get(page) != item.payload_hash:
            newest[page] = item.payload_hash
            kept.append(item)
    return kept
