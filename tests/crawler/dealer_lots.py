"""Dealers as the normalizer leaves them in the tables, for tests of what reads those tables."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID, uuid5

import psycopg
from psycopg.types.json import Jsonb

from contract.handles import organization_handle

__all__ = ["Lot", "add_lot"]


@dataclass(frozen=True)
class Lot:
    """A dealer, and the connection to its tables as their owner."""

    connection: psycopg.Connection
    id: UUID
    website: str

    def car(
        self,
        url: str,
        *,
        seen: datetime,
        status: str = "in_stock",
        card_since: datetime | None = None,
        card_status: str = "in_stock",
        source: str = "dealer_site",
        sold_at: datetime | None = None,
        vehicle: UUID | None = None,
    ) -> UUID:
        """One car with one listing: the card it has had since ``card_since``, seen at ``seen``."""
        vehicle_id = vehicle or uuid5(self.id, url)
        began = card_since or seen
        key = sha256(f"{source} {url}".encode()).hexdigest()
        if vehicle is None:
            self.run(
                "INSERT INTO vehicles (id, dealer_id, identity_key, discovery_url, status, "
                "status_evidence, sold_at, first_seen_at, last_seen_at, content_changed_at) "
                "VALUES (%s, %s, %s, %s, %s, 'mark', %s, %s, %s, %s)",
                *(vehicle_id, self.id, url, url, status, sold_at, began, seen, seen),
            )
        self.run(
            "INSERT INTO dealer_inventory_seen (dealer_id, listing_url, vehicle_id, grid_url, "
            "first_seen_at, last_seen_at, last_seen_status, seen_count, missed_runs) "
            "VALUES (%s, %s, %s, %s, %s, %s, %s, 1, 0)",
            *(self.id, url, vehicle_id, f"{self.website}/cars", began, seen, status),
        )
        data = {"listing_url": url, "listing_status": card_status, "title": "1967 Ford Mustang"}
        self.observe(key, source, "listing", url, began, data)
        self.run(
            "INSERT INTO vehicle_sources (vehicle_id, dealer_id, source, kind, listing, "
            "observation_key, payload_hash, observed_at, last_asserted_at) "
            "VALUES (%s, %s, %s, 'listing', %s, %s, 'x', %s, %s)",
            *(vehicle_id, self.id, source, url, key, began, seen),
        )
        return vehicle_id

    def observe(
        self, key: str, source: str, kind: str, url: str, at: datetime, data: dict[str, Any]
    ) -> None:
        """One observation on record."""
        self.run(
            "INSERT INTO import_queue (key, source, kind, url, organization_id, observed_at, "
            "payload_hash, raw_data) VALUES (%s, %s, %s, %s, %s, %s, 'x', %s)",
            *(key, source, kind, url, self.id, at, Jsonb(data)),
        )

    def fetched(
        self,
        url: str,
        *,
        checked: datetime,
        read: datetime | None = None,
        failure: str | None = None,
        etag: str | None = None,
    ) -> None:
        """What an earlier visit to a page left."""
        self.run(
            "INSERT INTO page_fetches (url, last_checked_at, last_read_at, failure, etag, "
            "payload_hash) VALUES (%s, %s, %s, %s, %s, 'y')",
            *(url, checked, read, failure, etag),
        )

    def run(self, statement: str, *values: Any) -> None:
        self.connection.execute(statement, values)


def add_lot(connection: psycopg.Connection, website: str, urls: Sequence[str] = ()) -> Lot:
    """A dealer with that website, and a car on offer at each of the addresses."""
    profile = f"https://www.classic.com/s/{website.rpartition('/')[2].replace(':', '-')}-4s6c2NG/"
    lot = Lot(connection, organization_handle("classic.com", profile), website)
    at = datetime.fromisoformat("2026-01-01T00:00:00+00:00")
    lot.run(
        "INSERT INTO businesses (id, name, business_type, website, profile_urls, first_seen_at, "
        "last_seen_at, content_changed_at) VALUES (%s, %s, 'dealer', %s, %s, %s, %s, %s)",
        *(lot.id, f"Dealer {website}", website, [profile], at, at, at),
    )
    lot.run(
        "INSERT INTO business_aliases (handle, organization_id, source, url, first_observed_at) "
        "VALUES (%s, %s, 'classic.com', %s, %s)",
        *(lot.id, lot.id, profile, at),
    )
    for url in urls:
        lot.car(url, seen=at)
    return lot
