"""What an operator means by an id, a URL, a VIN, a website, a name or the beginning of a key.

A word that means nothing, or more than one thing, is refused with what it might have meant.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from psycopg import Connection

from contract.urls import site_of
from normalizer.histories import History, Past, histories, named_so
from normalizer.spellings import spellings
from store.queries import load

__all__ = [
    "ObservationSubject",
    "OrganizationSubject",
    "Refused",
    "VehicleSubject",
    "WalkSubject",
    "alike",
    "find",
    "observation",
    "organizations",
    "vehicles",
    "walk",
]

RULINGS = load("rulings")

_LEAST_PREFIX = 6

T = TypeVar("T")


class Refused(ValueError):
    """The operator's words cannot be taken: exit code 2."""


@dataclass(frozen=True, slots=True)
class OrganizationSubject:
    """An organization, and the handle by which a ruling names it."""

    id: UUID
    handle: UUID
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.id})"


@dataclass(frozen=True, slots=True)
class VehicleSubject:
    """A vehicle, the listing handle by which a ruling names it, and that of its profile page."""

    id: UUID
    handle: UUID
    organization: UUID
    title: str
    url: str
    dealer_id: UUID
    dealer: str | None
    currency: str | None
    mileage_unit: str | None
    status: str

    def __str__(self) -> str:
        return f"{self.title or 'a car'} at {self.dealer or self.dealer_id} ({self.url})"


@dataclass(frozen=True, slots=True)
class WalkSubject:
    """A manifest and its verdict."""

    key: str
    organization: UUID
    grid_url: str
    observed_at: datetime
    seen: int
    verdict: str
    reason: str | None
    dealer: str | None

    def __str__(self) -> str:
        return (
            f"the walk of {self.grid_url} at {self.observed_at:%Y-%m-%d %H:%M} "
            f"({self.dealer}, {self.seen:,} seen, {self.reason or self.verdict})"
        )


@dataclass(frozen=True, slots=True)
class ObservationSubject:
    """An observation."""

    key: str
    organization: UUID | None
    kind: str
    source: str
    url: str
    observed_at: datetime
    payload_hash: str

    def __str__(self) -> str:
        return f"{self.kind} of {self.source}, {self.observed_at:%Y-%m-%d %H:%M}, {self.url}"


def organizations(connection: Connection, text: str) -> list[OrganizationSubject]:
    """Every organization that the text may mean."""
    rows = connection.execute(RULINGS["organizations_named"], _words(text))
    return [OrganizationSubject(*row) for row in rows]


def vehicles(connection: Connection, text: str) -> list[VehicleSubject]:
    """Every vehicle that the text may mean."""
    return [
        VehicleSubject(*row) for row in connection.execute(RULINGS["vehicles_named"], _words(text))
    ]


def find(connection: Connection, text: str) -> OrganizationSubject | VehicleSubject:
    """The one organization or vehicle that the text means. Raises Refused."""
    found: list[OrganizationSubject | VehicleSubject] = [*vehicles(connection, text)]
    found += organizations(connection, text)
    return _only(found, text, "vehicle or organization")


def walk(connection: Connection, text: str) -> WalkSubject:
    """The one manifest that the key, or its beginning, means. Raises Refused."""
    key = _key(text)
    rows = connection.execute(RULINGS["manifests_named"], {"text": key}).fetchall()
    archived: dict[str, UUID] = {}
    if any(row[1] is None for row in rows):
        archived = {item.key: past.organization_id for past, item in named_so(connection, key)}
    walks = [
        WalkSubject(row[0], row[1] or archived.get(row[0]) or row[8], *row[2:8]) for row in rows
    ]
    return _only(walks, text, "walk")


def observation(connection: Connection, text: str) -> ObservationSubject:
    """The one observation that the key, or its beginning, means. Raises Refused."""
    key = _key(text)
    rows = connection.execute(RULINGS["observations_named"], {"text": key})
    found = {row[0]: ObservationSubject(*row) for row in rows}
    for history, item in named_so(connection, key):
        found[item.key] = _archived(history, item)
    return _only(list(found.values()), text, "observation")


def alike(connection: Connection, one: ObservationSubject) -> list[ObservationSubject]:
    """The observations of the same page that hold the same content, ``one`` among them."""
    rows = connection.execute(
        RULINGS["observations_alike"],
        {
            "url": one.url,
            "kind": one.kind,
            "source": one.source,
            "organization_id": one.organization,
            "payload_hash": one.payload_hash,
        },
    )
    found = {row[0]: ObservationSubject(*row) for row in rows}
    if one.organization:
        for history in histories(connection, [one.organization], [one.kind]):
            for item in history.past:
                said = (item.url, item.source, item.payload_hash)
                if said == (one.url, one.source, one.payload_hash):
                    found[item.key] = _archived(history, item)
    return list(found.values())


def _archived(history: History, item: Past) -> ObservationSubject:
    return ObservationSubject(
        key=item.key,
        organization=history.organization_id,
        kind=history.kind,
        source=item.source,
        url=item.url,
        observed_at=item.observed_at,
        payload_hash=item.payload_hash,
    )


def _words(text: str) -> dict[str, Any]:
    text = text.strip()
    is_prefix = re.fullmatch(r"[0-9a-f-]{6,36}", text.lower()) and len(text) >= _LEAST_PREFIX
    site = None
    if "://" in text or re.fullmatch(r"[a-z0-9.-]+\.[a-z]{2,20}(?::\d+)?", text.lower()):
        address = text if "://" in text else f"https://{text}"
        try:
            # A page of the dealer's site is not the dealer.
            is_root = not address.partition("://")[2].rstrip("/").count("/")
            site = site_of(address) if is_root else None
        except ValueError:
            site = None
    urls = spellings(text if "://" in text else f"https://{text}" if site else text)
    return {
        "text": text,
        "prefix": text.lower() if is_prefix else "no prefix",
        "urls": urls,
        "site": site,
    }


def _key(text: str) -> str:
    text = text.strip().lower()
    if not re.fullmatch(r"[0-9a-f]{6,64}", text):
        raise Refused(f"{text[:80]!r} is no observation key: 6 to 64 of the digits 0-9 and a-f")
    return text


def _only(found: Sequence[T], text: str, what: str) -> T:
    if not found:
        raise Refused(
            f"there is no {what} {text!r}: give an id, an address, a VIN or a website, or the "
            "beginning of an id that nothing else shares"
            if "or" in what
            else f"there is no {what} whose key begins with {text!r}"
        )
    if len(found) > 1:
        listed = "\n".join(
            f"  {getattr(each, 'id', None) or getattr(each, 'key', '')}  {each}" for each in found
        )
        raise Refused(f"{text!r} means more than one {what}; say which:\n{listed}")
    return found[0]
