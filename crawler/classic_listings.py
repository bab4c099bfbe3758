"""The fallback where a dealer's own site shows no inventory: the seller's table on classic.com.

Its listings are told with the source ``classic.com``, so the normalizer joins them by VIN and lets
them make cars of their own only where nothing better is known. The table is a part of what the
dealer has, so its manifest never claims to be complete; a car that left it is asked for by its own
page.
"""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any
from uuid import UUID

from contract.observation import Kind, Source
from contract.payloads import InventoryManifest, Payload, Sighting
from contract.urls import url_identity
from crawler.extract.classic_vehicle import read_seller_listings
from crawler.fetch import Fetch, Fetched
from crawler.items import ObservationItem, fitted_listing
from crawler.platforms import recognize
from crawler.probe import probe_missing

__all__ = ["ClassicListings"]

PLATFORM = "classic.com"
PART = "directory_shows_a_part"
"""Why a manifest of a profile page proves no absence."""


class ClassicListings:
    """Reads a seller's profile pages; ``listed`` counts the cars they showed, ``refusal`` is the
    answer of one that could not be read. ``known`` are listings that an earlier look at them showed
    as offered."""

    def __init__(self, handle: UUID, profiles: Sequence[str], known: Sequence[str]) -> None:
        self.handle = handle
        self.profiles = profiles
        self.known = known
        self.listed = 0
        self.refusal: Fetched | None = None

    async def items(
        self, fetch: Fetch, first: Fetched | None = None
    ) -> AsyncIterator[ObservationItem]:
        """Yield a listing per car and a manifest per profile page that shows or showed any;
        ``first`` is the answer of the first profile page where it was asked for already."""
        seen: set[str] = set()
        for profile in self.profiles:
            fetched, first = first or await fetch(profile), None
            if fetched.page is None:
                self.refusal = fetched
                continue
            sightings = []
            for card in read_seller_listings(fetched.page).cards:
                if url_identity(card.url) in seen:
                    continue
                seen.add(url_identity(card.url))
                data = card.listing(str(self.handle), "current", PLATFORM, "seller table")
                payload, hashed = fitted_listing(data)
                sightings.append(
                    Sighting(
                        url=card.url,
                        status=data["listing_status"],
                        evidence=data["status_evidence"],
                        payload_hash=hashed,
                    )
                )
                yield self._item(Kind.LISTING, card.url, payload)
            self.listed += len(sightings)
            missing = [url for url in self.known if url_identity(url) not in seen]
            if not sightings and not missing:
                continue
            probes = await probe_missing(
                missing, [s.url for s in sightings], profile, recognize(fetched.page), fetch
            )
            self.known = ()
            manifest = InventoryManifest(
                organization_id=str(self.handle),
                grid_url=profile,
                grid="current",
                run_mode="current",
                platform=PLATFORM,
                pages=1,
                complete=False,
                incomplete_because=PART,
                listings=tuple(sightings),
                probes=probes,
            )
            yield self._item(Kind.INVENTORY_MANIFEST, profile, manifest)

    def _item(self, kind: Kind, url: str, payload: Payload | Mapping[str, Any]) -> ObservationItem:
        return ObservationItem(
            source=Source.CLASSIC,
            kind=kind,
            url=url,
            organization_id=self.handle,
            payload=payload,
        )
