"""Small worlds: what is observed of one dealer and of his inventory, day by day."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from uuid import UUID

from contract.handles import organization_handle
from contract.observation import Kind, Source
from contract.payloads import (
    CheckedPage,
    Drift,
    FoundAddress,
    Geocode,
    ImageFetch,
    InventoryManifest,
    Listing,
    PageManifest,
    Probe,
    Sighting,
)
from normalizer.evidence import Evidence, Organization
from normalizer.fold import fold_organization
from normalizer.identity import profile_node
from normalizer.rows import CanonicalRows, VehicleRow
from tests.normalizer.observed import (
    GRID,
    PROFILE,
    SITE,
    SOLD_GRID,
    absolute,
    card,
    day,
    found,
    observe,
    page,
    profile,
)
from tests.normalizer.pictures import stored


class Dealer:
    """Collects what is observed of one dealer."""

    def __init__(
        self, profile_url: str = PROFILE, *, country: str | None = "US", **fields: Any
    ) -> None:
        place = {"US": ("Franklin", "TN"), "CA": ("Calgary", "AB")}.get(country or "")
        self.handle = organization_handle("classic.com", profile_url)
        self.evidence: list[Evidence] = [
            profile(
                profile_url,
                website=found(SITE),
                address=(
                    FoundAddress(
                        origin="profile",
                        where="test",
                        city=place[0],
                        state=place[1],
                        country=country,
                    ),
                )
                if place
                else (),
                **fields,
            )
        ]

    def listing(
        self,
        url: str | None,
        at: float,
        *,
        source: Source = Source.DEALER_SITE,
        handle: UUID | None = None,
        **fields: Any,
    ) -> Evidence:
        """Append one listing; paths are of the dealer's own site."""
        evidence = card(url, at, source=source, handle=handle or self.handle, **fields)
        self.evidence.append(evidence)
        return evidence

    def walk(
        self,
        at: float,
        cards: Mapping[str, Mapping[str, Any]] | Iterable[str] = (),
        *,
        grid: str = "current",
        grid_url: str | None = None,
        source: Source = Source.DEALER_SITE,
        complete: bool = True,
        gone: Iterable[str] = (),
        alive: Iterable[str] = (),
        unknown: Iterable[str] = (),
        sold_pages: Iterable[str] = (),
        drift: Sequence[str] = (),
        handle: UUID | None = None,
    ) -> Evidence:
        """Walk one grid: append its cards and its manifest, which is returned.

        ``cards`` maps paths to fields of the listing; paths alone get a card by their name.
        """
        stamped = handle or self.handle
        fields_of = dict(cards) if isinstance(cards, Mapping) else {path: {} for path in cards}
        status = "sold" if grid == "sold" else "in_stock"
        evidence = {"current": "current_grid", "sold": "sold_grid", "feed": "feed"}[grid]
        sightings = []
        for path, fields in fields_of.items():
            values = {
                "listing_status": status,
                "status_evidence": evidence,
                "title": f"1967 Ford Mustang {path}"
                if not {"year", "title"} & set(fields)
                else None,
                **fields,
            }
            seen = self.listing(path, at, source=source, handle=stamped, **values)
            assert isinstance(seen.payload, Listing)
            sightings.append(
                Sighting(
                    url=seen.payload.listing_url or path,
                    status=seen.payload.listing_status,
                    evidence=seen.payload.status_evidence,
                    payload_hash=seen.payload_hash,
                )
            )
        verdicts = [("gone", gone), ("alive", alive), ("unknown", unknown)]
        probes = [
            Probe(url=absolute(path), verdict=verdict, sign="test")  # type: ignore[arg-type]
            for verdict, paths in verdicts
            for path in paths
        ] + [
            Probe(url=absolute(path), verdict="alive", sign="test", sold=True)
            for path in sold_pages
        ]
        default = {"current": GRID, "sold": SOLD_GRID, "feed": "ftp+https://x"}[grid]
        root = grid_url or (default if grid != "feed" else "https://feeds.example/oldtimers.csv")
        payload = InventoryManifest(
            organization_id=str(stamped),
            grid_url=root,
            grid=grid,  # type: ignore[arg-type]
            run_mode="both",
            platform="test",
            pages=1,
            complete=complete,
            incomplete_because=None if complete else "blocked",
            drift=tuple(Drift(field=name, before=0.9, now=0.1) for name in drift),
            listings=tuple(sightings),
            probes=tuple(probes),
        )
        manifest = observe(source, Kind.INVENTORY_MANIFEST, root, stamped, day(at), payload)
        self.evidence.append(manifest)
        return manifest

    def page(
        self,
        path: str,
        at: float,
        *,
        source: Source = Source.DEALER_SITE,
        handle: UUID | None = None,
        manifest: bool = True,
        gone: Iterable[str] = (),
        blocked: Iterable[str] = (),
        **fields: Any,
    ) -> Evidence:
        """Read one listing's own page: append what it says, and the run's manifest."""
        detail = page(path, at, source=source, handle=handle or self.handle, **fields)
        self.evidence.append(detail)
        if manifest:
            self.run(at, detail, gone=gone, blocked=blocked)
        return detail

    def run(
        self,
        at: float,
        *read: Evidence,
        gone: Iterable[str] = (),
        blocked: Iterable[str] = (),
        failed: Iterable[str] = (),
    ) -> Evidence:
        """A run over vehicle pages that found these contents, and these pages without any."""
        checked = [
            CheckedPage(url=item.url, outcome="read", payload_hash=item.payload_hash)
            for item in read
        ]
        for outcome, paths in (("gone", gone), ("blocked", blocked), ("failed", failed)):
            checked += [CheckedPage(url=absolute(path), outcome=outcome) for path in paths]  # type: ignore[arg-type]
        manifest = observe(
            Source.DEALER_SITE,
            Kind.PAGE_MANIFEST,
            SITE,
            self.handle,
            day(at),
            PageManifest(spider="listings", pages=tuple(checked)),
        )
        self.evidence.append(manifest)
        return manifest

    def fetch(
        self,
        url: str,
        at: float,
        *,
        content: str | None = None,
        outcome: str = "stored",
        purpose: str = "vehicle",
        reason: str | None = None,
        handle: UUID | None = None,
    ) -> Evidence:
        """One picture that was fetched; ``content`` decides its hash, and is the URL by default."""
        stamped = handle or self.handle
        fields = stored(content or url) if outcome == "stored" else {}
        payload = ImageFetch(
            organization_id=str(stamped),
            source_url=url,
            purpose=purpose,  # type: ignore[arg-type]
            outcome=outcome,  # type: ignore[arg-type]
            reason=None if outcome == "stored" else reason or "http_404",
            **fields,
        )
        fetched = observe(Source.IMAGE_FETCHER, Kind.IMAGE_FETCH, url, stamped, day(at), payload)
        self.evidence.append(fetched)
        return fetched

    def geocode(
        self,
        key: str,
        at: float,
        latitude: float,
        longitude: float,
        *,
        precision: str = "rooftop",
        provider: str = "census",
    ) -> Evidence:
        """The point that a provider gave for an address."""
        payload = Geocode(
            organization_id=str(self.handle),
            address_key=key,
            latitude=latitude,
            longitude=longitude,
            precision=precision,  # type: ignore[arg-type]
            provider=provider,
        )
        url = f"urn:geocode:{provider}"
        point = observe(Source.GEOCODER, Kind.GEOCODE, url, self.handle, day(at), payload)
        self.evidence.append(point)
        return point

    def pages(self, at: float, *evidence: Evidence) -> None:
        """Append a page manifest that found pages unchanged."""
        payload = PageManifest.model_validate(
            {
                "spider": "dealer_profiles",
                "pages": tuple(
                    {"url": item.url, "outcome": "read", "payload_hash": item.payload_hash}
                    for item in evidence
                ),
            }
        )
        self.evidence.append(
            observe(Source.CLASSIC, Kind.PAGE_MANIFEST, PROFILE, self.handle, day(at), payload)
        )

    @property
    def organization(self) -> Organization:
        handles = {item.organization_id for item in self.evidence}
        nodes = [
            profile_node(item for item in self.evidence if item.organization_id == handle)
            for handle in handles
            if any(
                item.organization_id == handle and item.kind == Kind.SELLER_PROFILE
                for item in self.evidence
            )
        ]
        members = tuple(sorted(nodes, key=lambda node: (node.first_observed_at, node.url)))
        return Organization(id=members[0].handle, members=members)

    def rows(self, evidence: Iterable[Evidence] | None = None, **keywords: Any) -> CanonicalRows:
        chosen = self.evidence if evidence is None else list(evidence)
        return fold_organization(self.organization, chosen, **keywords)

    def car(self, path: str) -> VehicleRow:
        """The vehicle that a listing belongs to now."""
        rows = self.rows()
        seen = {row.listing_url: row.vehicle_id for row in rows.dealer_inventory_seen}
        return next(row for row in rows.vehicles if row.id == seen[absolute(path)])


def one(rows: CanonicalRows) -> VehicleRow:
    """The only vehicle."""
    (vehicle,) = rows.vehicles
    return vehicle
