"""The fold: from everything observed about one organization to all its canonical rows.

A pure function of the set of observations. Nothing here reads a clock, a random number or
anything that stands already; the order and the number of deliveries do not matter.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from contract.observation import Kind
from contract.payloads import (
    InventoryManifest,
    Listing,
    ListingDetail,
    Payload,
    SellerProfile,
)
from normalizer.events import events
from normalizer.evidence import Evidence, Organization
from normalizer.images import (
    Fetches,
    Gallery,
    Shown,
    became_of,
    fetches,
    gallery,
    own_pictures,
    placeholders,
    shown,
)
from normalizer.inventory import Inventory
from normalizer.legacy import with_legacy
from normalizer.listings import Reader, card_of, eras
from normalizer.merge import Merged, in_force, merge
from normalizer.points import located
from normalizer.prices import Claims, asking_history, current_price, sale_price
from normalizer.profile import business, site_names
from normalizer.relations import RELATIONS
from normalizer.rows import (
    CanonicalRows,
    DealerInventoryRow,
    EventRow,
    ImageRow,
    OrganizationVehicleRow,
    SeenRow,
    SourceRow,
    VehicleAliasRow,
    VehicleRow,
    WalkRow,
)
from normalizer.rulebook import RuleBook, rulebook
from normalizer.rulings import Ruled, Rulings
from normalizer.rulings_prices import PRICES, Prices
from normalizer.snapshots import Page, PageKey, Run, distinct, news, pages
from normalizer.sold import track
from normalizer.track import Status, Track
from normalizer.vehicles import Vehicle, vehicles
from normalizer.walks import Walk

__all__ = ["fold_organization"]


def fold_organization(
    organization: Organization,
    evidence: Sequence[Evidence],
    *,
    not_ours: frozenset[str] = frozenset(),
    policy: RuleBook | None = None,
) -> CanonicalRows:
    """Compute every row that the canonical tables hold about one organization.

    ``evidence`` is everything stamped with a member's handle; ``not_ours`` are the identities of
    listings that belong to another organization. Each tuple of rows is sorted by its key.
    """
    policy = policy or rulebook()
    items = distinct(evidence)
    rulings = Rulings.of(items)
    found = pages(items)
    profiles = [page for key, page in _sorted_pages(found) if _holds(page, SellerProfile)]
    listings = {
        key: page
        for key, page in _sorted_pages(found)
        if _holds(page, (Listing, ListingDetail))
        and not (key.identity in not_ours and _has_a_page(page))
    }
    row = rulings.corrected(business(organization, profiles, policy.merge))
    if row is not None:
        # Twice: a ruled address decides which points count, and a ruled point before all of them.
        points = news(items, Kind.GEOCODE)
        row = rulings.corrected(located(row, points, policy.points))
    reader = Reader(
        row.country if row else None, site_names(profiles), policy.merge.source_countries
    )
    secondary = policy.merge.secondary_sources
    cars = vehicles(
        (era for several in eras(listings.values(), reader).values() for era in several),
        policy.merge,
        own_site_is_known=any(
            _proves_own_inventory(item, secondary) and rulings.verdict(item.key) != "reject"
            for item in items
        ),
        claims=rulings.claims("vehicle"),
    )
    inventory = Inventory(cars, listings, reader, secondary)
    walks = rulings.judged(inventory.walks(items))
    tracking = track(walks, inventory.loose(), policy.sold, inventory.visits(items))
    for number, track_of_car in tracking.tracks.items():
        if standing := rulings.standing(cars[number].aliases):
            track_of_car.overrule(standing)
    pictures = news(items, Kind.IMAGE_FETCH)
    fetched = fetches(pictures)
    folded = [
        _Folded(
            organization,
            car,
            tracking.tracks[number],
            reader,
            policy,
            rulings.fields("vehicle", car.aliases),
            fetched,
        )
        for number, car in enumerate(cars)
        if number in tracking.tracks and tracking.tracks[number].status is not None
    ]
    nobodys = placeholders(car.shown for car in folded) if fetched else frozenset[str]()
    for car in folded:
        car.gallery = gallery(car.shown, policy.merge, nobodys)
    rows = CanonicalRows(
        businesses=(row,) if row else (),
        organization_images=tuple(own_pictures(row, pictures)) if row else (),
        vehicles=tuple(car.vehicle_row() for car in folded),
        vehicle_aliases=tuple(
            sorted((row for car in folded for row in car.alias_rows()), key=lambda row: row.handle)
        ),
        vehicle_sources=tuple(row for car in folded for row in car.source_rows()),
        vehicle_images=tuple(row for car in folded for row in car.image_rows()),
        organization_vehicles=tuple(car.relation_row() for car in folded),
        dealer_inventory=tuple(car.inventory_row() for car in folded),
        dealer_inventory_seen=tuple(
            sorted(
                (row for car in folded for row in car.seen_rows()), key=lambda row: row.listing_url
            )
        ),
        inventory_walks=tuple(
            _walk_row(organization, walk, tracking.verdicts[walk.key])
            for walk in sorted(walks, key=lambda walk: walk.key)
        ),
        vehicle_events=tuple(row for car in folded for row in car.event_rows()),
        takedowns=rulings.takedowns(
            organization, {car.vehicle.id: car.vehicle.aliases.keys() for car in folded}
        ),
    )
    return with_legacy(
        rows,
        organization,
        items,
        cars=[car.vehicle for car in folded],
        not_ours=not_ours,
        country=reader.country,
        rulings=rulings,
    )


def _sorted_pages(found: Mapping[PageKey, Page]) -> Iterator[tuple[PageKey, Page]]:
    return iter(
        sorted(
            found.items(),
            key=lambda item: (item[0].source, item[0].kind, item[0].identity, item[0].as_sold),
        )
    )


def _holds(page: Page, payload: type[Payload] | tuple[type[Payload], ...]) -> bool:
    return isinstance(page.snapshot.payload, payload)


def _has_a_page(page: Page) -> bool:
    """Whether a listing has a page of its own: only pages are shared between organizations, the
    keys of two feeds are equal by chance."""
    return any(card_of(run).listing_url for run in page.runs)


def _proves_own_inventory(item: Evidence, secondary: Sequence[str]) -> bool:
    manifest = item.payload
    return (
        isinstance(manifest, InventoryManifest)
        and item.source not in secondary
        and manifest.grid != "sold"
        and manifest.complete
        and bool(manifest.listings)
    )


def _walk_row(organization: Organization, walk: Walk, reason: str | None) -> WalkRow:
    return WalkRow(
        observation_key=walk.key,
        dealer_id=organization.id,
        source=walk.scope[0],
        grid_url=walk.grid_url,
        grid=walk.grid,
        observed_at=walk.observed_at,
        complete=walk.complete,
        seen=walk.seen,
        verdict="good" if reason is None else "quarantined",
        reason=reason,
    )


class _Folded:
    """One vehicle, folded: its rows."""

    def __init__(
        self,
        organization: Organization,
        vehicle: Vehicle,
        track: Track,
        reader: Reader,
        policy: RuleBook,
        ruled: Mapping[str, Ruled],
        fetched: Fetches,
    ) -> None:
        assert track.status is not None
        self.dealer_id = organization.id
        self.vehicle = vehicle
        self.track = track
        self.status: Status = track.status
        self.snapshots = vehicle.snapshots(is_offered=track.is_offered)
        self.runs = in_force(self.snapshots, reader)
        self.merged: Merged = merge(vehicle, self.runs, reader, policy.merge)
        for name, each in ruled.items():
            if name not in PRICES:
                # Before all that was read, and even where it says that there is no value.
                self.merged.columns.update(each.columns)  # type: ignore[typeddict-item]
                self.merged.cited.update(dict.fromkeys(each.columns, each.run))
        claims = Claims(vehicle, reader, policy.merge)
        self.history = asking_history(vehicle, claims, reader)
        self.prices = self._prices(claims, reader).ruled(ruled, self.status)
        self.shown: Shown = shown(self.runs, fetched)
        self.gallery = Gallery()
        self.first_seen_at = min(record.first for record in track.listings.values())
        self.last_seen_at = max(record.last for record in track.listings.values())

    def _prices(self, claims: Claims, reader: Reader) -> Prices:
        asked = current_price(self.runs, claims, reader)
        if self.status != "sold":
            return Prices(asked, asked, None)
        amounts = [priced for priced in self.history if priced.price.amount is not None]
        paid = sale_price(self.runs, claims, reader)
        return Prices(asked, amounts[-1] if amounts else asked, paid)

    def vehicle_row(self) -> VehicleRow:
        cited = dict(self.merged.cited)
        flags = set(self.merged.flags)
        shown = self.prices.shown
        if shown is not None:
            cited["price"] = shown.run
            flags |= shown.price.flags
        return VehicleRow(
            id=self.vehicle.id,
            dealer_id=self.dealer_id,
            identity_key=self.vehicle.identity_key,
            discovery_url=self.vehicle.discovery_url,
            **self.merged.columns,
            price=shown.price.amount if shown else None,
            currency=shown.price.currency if shown and shown.price.amount is not None else None,
            price_kind=shown.price.kind if shown else None,
            status=self.status,
            status_evidence=self.track.evidence,
            sold_at=self.track.sold_at,
            flags=tuple(sorted(flags)),
            provenance={column: run.provenance() for column, run in sorted(cited.items())},
            first_seen_at=self.first_seen_at,
            last_seen_at=self.last_seen_at,
            content_changed_at=self._content_changed_at(cited),
        )

    def _content_changed_at(self, cited: dict[str, Run]) -> datetime:
        photos = self.gallery.run
        moments = [run.started_at for run in cited.values()]
        moments += [self.track.changes[-1].at]
        moments += [photos.started_at] if photos else []
        return max(moments)

    def alias_rows(self) -> Iterator[VehicleAliasRow]:
        for handle, url in self.vehicle.aliases.items():
            yield VehicleAliasRow(
                handle=handle, dealer_id=self.dealer_id, vehicle_id=self.vehicle.id, url=url
            )

    def source_rows(self) -> Iterator[SourceRow]:
        for run in sorted(
            self.snapshots, key=lambda r: (r.page.source, r.page.kind, r.page.identity)
        ):
            yield SourceRow(
                vehicle_id=self.vehicle.id,
                dealer_id=self.dealer_id,
                source=run.page.source.value,
                kind=run.page.kind.value,
                listing=run.page.identity,
                observation_key=run.cited.key,
                payload_hash=run.cited.payload_hash,
                observed_at=run.cited.observed_at,
                last_asserted_at=run.last_asserted_at,
            )

    def image_rows(self) -> Iterator[ImageRow]:
        primary = self.gallery.primary
        for position, photo in enumerate(self.gallery.photos):
            yield ImageRow(
                vehicle_id=self.vehicle.id,
                position=position,
                dealer_id=self.dealer_id,
                source_url=photo.url,
                is_primary=position == primary,
                **became_of(photo.fetch),
            )

    def relation_row(self) -> OrganizationVehicleRow:
        relation = RELATIONS[self.status]
        since = self.track.changes[-1].at
        for change in reversed(self.track.changes):
            if RELATIONS[change.after] != relation:
                break
            since = change.at
        return OrganizationVehicleRow(
            organization_id=self.dealer_id,
            vehicle_id=self.vehicle.id,
            relationship_type=relation[0],
            status=relation[1],
            listing_status=relation[2],
            since=since,
        )

    def inventory_row(self) -> DealerInventoryRow:
        asked, paid = self.prices.asked, self.prices.paid
        asking = asked.price if asked and asked.price.amount is not None else None
        sale = paid.price if paid else None
        if asking and sale and asking.currency != sale.currency:
            asking = None  # One currency column serves both amounts.
        priced = sale or asking
        return DealerInventoryRow(
            dealer_id=self.dealer_id,
            vehicle_id=self.vehicle.id,
            status=self.status,
            asking_price=asking.amount if asking else None,
            sale_price=sale.amount if sale else None,
            currency=priced.currency if priced else None,
            listed_at=self.first_seen_at,
            sold_at=self.track.sold_at,
            removed_at=self.track.removed_at,
            evidence=self.track.evidence,
        )

    def seen_rows(self) -> Iterator[SeenRow]:
        for era in self.vehicle.eras:
            record = self.track.listings.get(era.identity)
            if record is None or not era.is_last:
                continue
            is_standing = self.track.stands_on_a_grid(era.identity)
            yield SeenRow(
                dealer_id=self.dealer_id,
                listing_url=era.url or era.identity,
                vehicle_id=self.vehicle.id,
                grid_url=record.grid_url,
                first_seen_at=record.first,
                last_seen_at=record.last,
                last_seen_status=self.track.listing_status(era.identity),
                seen_count=record.seen_count or 1,
                missed_runs=0 if is_standing else self.track.misses,
            )

    def event_rows(self) -> tuple[EventRow, ...]:
        return events(self.vehicle.id, self.dealer_id, self.track.changes, self.history)
