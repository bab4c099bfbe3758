"""Manifests in terms of vehicles: whose car each sighting and each probe is about."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from contract.observation import Kind, Source
from contract.payloads import InventoryManifest, Listing, Sighting
from normalizer.evidence import Evidence
from normalizer.fields.status import status_of
from normalizer.listings import Era, Reader, names_another_car
from normalizer.snapshots import Page, PageKey, Run, listing_identity, page_identity
from normalizer.sold import Loose
from normalizer.vehicles import Vehicle
from normalizer.visits import Visit, visits
from normalizer.walks import Probed, Sighted, Walk

__all__ = ["Inventory"]

_NEVER = datetime.max.replace(tzinfo=UTC)


class _Resolved(NamedTuple):
    """Whose car an entry of a manifest shows (None: nobody's), from one walk until something else
    begins to be known of its listing."""

    identity: str
    since: datetime
    until: datetime
    sighted: Sighted | None


class Inventory:
    """Resolves listings to vehicles, by their number in ``vehicles``, at the time of a sighting."""

    def __init__(
        self,
        vehicles: Sequence[Vehicle],
        pages: Mapping[PageKey, Page],
        reader: Reader,
        secondary: Collection[str],
    ) -> None:
        self._pages = pages
        self._reader = reader
        self._secondary = secondary
        self._vehicles = vehicles
        self._eras: dict[str, list[tuple[Era, int]]] = {}
        for number, vehicle in enumerate(vehicles):
            for era in vehicle.eras:
                self._eras.setdefault(era.identity, []).append((era, number))
        for eras in self._eras.values():
            eras.sort(key=lambda found: found[0].number)
        self._speaks = [self._sources(vehicle) for vehicle in vehicles]
        self._resolved: dict[tuple[int, Source, bool], _Resolved] = {}
        self._once: dict[Sighted, Sighted] = {}
        self._order: dict[int, tuple[object, ...]] = {}

    def walks(self, manifests: Iterable[Evidence]) -> list[Walk]:
        """The manifests as walks, their listings resolved to vehicles."""
        return [
            self._walk(item, item.payload)
            for item in manifests
            if isinstance(item.payload, InventoryManifest)
        ]

    def loose(self) -> list[Loose]:
        """The sightings that no manifest vouches for, and the first sight of every car on a
        reused URL: a walk that saw the URL as two cars at once vouches for one of them only."""
        found = []
        for page in self._pages.values():
            if page.key.kind != Kind.LISTING:
                continue
            for item in page.loose:
                if resolved := self._at(page.key.identity, page, item.observed_at):
                    found.append(self._loose(item, item.observed_at, *resolved))
        for eras in self._eras.values():
            if len(eras) > 1:
                found += [
                    self._loose(run.cited, run.started_at, era, vehicle)
                    for era, vehicle in eras
                    if (run := next((run for run in era.runs if not run.is_detail), None))
                ]
        return found

    def visits(self, evidence: Iterable[Evidence]) -> list[Visit]:
        """What the visits to the vehicles' own pages tell."""
        return list(visits(evidence, self._pages, self._visited))

    def _visited(
        self, identity: str, page: Page | None, at: datetime, source: Source
    ) -> tuple[int, bool] | None:
        found = self._at(identity, page, at)
        return (found[1], source not in self._speaks[found[1]]) if found else None

    def _loose(self, item: Evidence, at: datetime, era: Era, vehicle: int) -> Loose:
        assert isinstance(item.payload, Listing)
        is_archived = item.payload.status_evidence == "sold_grid"
        sighted = Sighted(
            vehicle=vehicle,
            listing=era.identity,
            sold=item.payload.listing_status == "sold" and not is_archived,
            archived=is_archived,
            evidence=item.payload.status_evidence,
            pending=status_of(item.payload.status_words) == "pending",
            hearsay=item.source not in self._speaks[vehicle],
        )
        return Loose(at, item.key, sighted)

    def _walk(self, item: Evidence, manifest: InventoryManifest) -> Walk:
        resolved = [self._resolve(item, manifest, entry) for entry in manifest.listings]
        # Equal ones are one object.
        sightings = {id(each.sighted): each.sighted for each in resolved if each.sighted}
        order = sorted(sightings, key=self._order.__getitem__)
        probes: dict[tuple[int, str], Probed] = {}
        for probe in manifest.probes:
            identity = listing_identity(probe.url)
            page = self._face(identity, item.source, as_sold=False)
            if found := self._at(identity, page, item.observed_at):
                probes[found[1], identity] = Probed(probe.verdict, probe.sold)
        return Walk(
            key=item.key,
            scope=(item.source.value, page_identity(manifest.grid_url)),
            grid_url=manifest.grid_url,
            grid=manifest.grid,
            observed_at=item.observed_at,
            complete=manifest.complete,
            seen=len({each.identity for each in resolved}),
            incomplete_because=manifest.incomplete_because,
            drifted=tuple(sorted(drift.field for drift in manifest.drift)),
            sightings=tuple(map(sightings.__getitem__, order)),
            probes=probes,
        )

    def _resolve(self, item: Evidence, manifest: InventoryManifest, entry: Sighting) -> _Resolved:
        """Most walks show what the walks before them showed, and equal entries of one reading are
        one object: each is looked up again only when something new is known of its listing."""
        place = (id(entry), item.source, manifest.grid == "sold")
        found = self._resolved.get(place)
        if found is None or not found.since <= item.observed_at < found.until:
            identity = listing_identity(entry.url)
            page = self._face(identity, item.source, as_sold=entry.status == "sold")
            sighted = self._sighted(item, manifest, entry, identity, page)
            if sighted:
                sighted = self._once.setdefault(sighted, sighted)
                self._order[id(sighted)] = _order(sighted)
            found = self._resolved[place] = _Resolved(
                identity,
                item.observed_at,
                self._next(identity, page, item.observed_at),
                sighted,
            )
        return found

    def _next(self, identity: str, page: Page | None, at: datetime) -> datetime:
        """When a listing next shows another content, or another car."""
        begins = [run.started_at for run in page.runs] if page else []
        begins += [era.first.started_at for era, _ in self._eras.get(identity, ())]
        return min((begin for begin in begins if begin > at), default=_NEVER)

    def _sighted(
        self,
        item: Evidence,
        manifest: InventoryManifest,
        entry: Sighting,
        identity: str,
        page: Page | None,
    ) -> Sighted | None:
        found = self._at(identity, page, item.observed_at)
        if found is None:
            return None
        is_archived = manifest.grid == "sold" or entry.evidence == "sold_grid"
        shows = self._shows(page, item.observed_at, entry.payload_hash)
        return Sighted(
            vehicle=found[1],
            listing=identity,
            sold=entry.status == "sold" and not is_archived,
            archived=is_archived,
            evidence=entry.evidence,
            pending=self._reader.card(shows).is_pending if shows else None,
            hearsay=item.source not in self._speaks[found[1]],
            since=shows.started_at if shows else None,
        )

    def _shows(self, page: Page | None, at: datetime, payload_hash: str | None) -> Run | None:
        """The content that a sighting is about, where it is known."""
        if page is None or payload_hash is None:
            return None
        run = page.at(at)
        return run if run.cited.payload_hash == payload_hash else None

    def _face(self, identity: str, source: Source, *, as_sold: bool) -> Page | None:
        return self._pages.get(PageKey(source, Kind.LISTING, identity, as_sold))

    def _at(self, identity: str, page: Page | None, at: datetime) -> tuple[Era, int] | None:
        """The car that a listing showed at a time, by the face of the page that was seen."""
        eras = self._eras.get(identity)
        if eras is None:
            return None
        if len(eras) == 1 and eras[0][0].is_last and eras[0][0].number == 0:
            return eras[0]
        if page is not None:
            run = page.at(at)
            shown = next((found for found in eras if any(r is run for r in found[0].runs)), None)
            return self._moved_on(shown, run, eras, at) if shown else None
        begun = [found for found in eras if found[0].first.started_at <= at]
        return (begun or eras[:1])[-1]

    def _moved_on(
        self, shown: tuple[Era, int], card: Run, eras: list[tuple[Era, int]], at: datetime
    ) -> tuple[Era, int]:
        """The newer car that a listing's own page has proven since, where its card names nothing by
        which the two could be told apart."""
        if card.is_detail or self._reader.card(card).vin_key:
            return shown
        for newer in reversed(eras):
            first = newer[0].first
            if (
                newer[0].number > shown[0].number
                and first.is_detail
                and first.started_at <= at
                and not names_another_car(self._reader.card(card), self._reader.card(first))
            ):
                return newer
        return shown

    def _sources(self, vehicle: Vehicle) -> frozenset[Source]:
        """Whose word counts for a car's status: a secondary source speaks only where no other
        one knows the car."""
        every = frozenset(source for era in vehicle.eras for source in era.sources)
        return frozenset(source for source in every if source not in self._secondary) or every


def _order(sighted: Sighted) -> tuple[object, ...]:
    """A total order: of two contents of one listing at one instant, the later one decides."""
    return (
        sighted.vehicle,
        sighted.listing,
        sighted.sold,
        sighted.archived,
        sighted.evidence,
        (sighted.since,) if sighted.since else (),
        (sighted.pending,) if sighted.pending is not None else (),
    )
