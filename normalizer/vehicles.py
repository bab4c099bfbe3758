"""Which listings are one car, within one organization, and what the car is called.

Listings join by VIN or chassis number, then by stock number, on the ladder of
`normalizer.ladder`; different years or makes keep them apart. A listing of a secondary source
(classic.com) joins by VIN or chassis number only.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from contract.handles import listing_handle
from contract.observation import Kind, Source
from normalizer.ladder import Links, Rungs, climb, settle
from normalizer.listings import Era
from normalizer.rulebook import MergePolicy
from normalizer.snapshots import Run

__all__ = ["Vehicle", "vehicles"]


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One car of one organization. ``eras`` are its listings, the earliest first; ``aliases`` map
    every handle of theirs to the page's URL (or feed key)."""

    id: UUID
    identity_key: str
    discovery_url: str
    eras: tuple[Era, ...]
    aliases: Mapping[UUID, str]

    @property
    def vin(self) -> str | None:
        """The VIN or chassis number in force."""
        return next((era.vin for era in self.eras if era.vin), None)

    def snapshots(self, *, is_offered: bool) -> tuple[Run, ...]:
        """The newest content of every page of the car, the newest first. Of a page that is offered
        and archived at once, the offer speaks for a car that ``is_offered``, else the newer."""
        if len(self.eras) == 1 and len(self.eras[0].runs) == 1:
            return self.eras[0].runs
        last: dict[tuple[Source, Kind, str], Run] = {}
        runs = sorted((run for era in self.eras for run in era.runs), key=lambda run: run.newness)
        for run in runs:
            page = (run.page.source, run.page.kind, run.page.identity)
            if not (is_offered and run.page.as_sold and page in last):
                last[page] = run
        return tuple(sorted(last.values(), key=lambda run: run.newness, reverse=True))


def vehicles(
    eras: Iterable[Era],
    policy: MergePolicy,
    *,
    own_site_is_known: bool,
    claims: Sequence[tuple[bool, UUID, UUID]] = (),
) -> tuple[Vehicle, ...]:
    """Join listings into cars, in the order of their ids.

    ``claims`` were ruled: whether two listing handles are one car, the newest first.
    Secondary sources make a car of their own only where no complete walk of the organization's
    own inventory is known.
    """
    secondary = policy.secondary_sources
    ordered = sorted(eras, key=lambda era: (era.first_observed_at, era.identity, era.number))
    groups = [
        [ordered[index] for index in group]
        for group in climb(
            [_rungs(era, secondary) for era in ordered], links=_links(claims, ordered)
        )
    ]
    if own_site_is_known:
        groups = [group for group in groups if any(not _is(era, secondary) for era in group)]
    vins = Counter(vin for group in groups for vin in {era.vin for era in group} if vin)
    stocks = Counter(stock for group in groups for stock in {era.stock for era in group} if stock)
    named = [_vehicle(group, vins, stocks, policy) for group in groups]
    return tuple(sorted(named, key=lambda vehicle: vehicle.id))


def _links(claims: Sequence[tuple[bool, UUID, UUID]], eras: Sequence[Era]) -> Links:
    """What was ruled about listings that exist; the others' claims say nothing yet."""
    if not claims:
        return Links()
    places = {_handle(stamped, era): n for n, era in enumerate(eras) for stamped in era.handles}
    known = [
        (is_same, places[a], places[b]) for is_same, a, b in claims if a in places and b in places
    ]
    return settle(known, len(eras))


def _is(era: Era, sources: Collection[str]) -> bool:
    return all(source in sources for source in era.sources)


def _rungs(era: Era, secondary: Collection[str]) -> Rungs:
    stock = None if _is(era, secondary) else era.stock
    return Rungs(
        keys=(_values(era.vin), _values(stock)), facts=(_values(era.year), _values(era.make))
    )


def _values(value: str | int | None) -> frozenset[str | int]:
    return frozenset() if value is None else frozenset([value])


def _vehicle(
    eras: list[Era], vins: Counter[str], stocks: Counter[str], policy: MergePolicy
) -> Vehicle:
    founder = eras[0]
    handle = _handle(founder.first.cited.organization_id, founder)
    vin = next((era.vin for era in eras if era.vin), None)
    stock = next((era.stock for era in eras if era.stock), None)
    if vin and vins[vin] == 1:
        identity_key = f"vin:{vin}"
    elif stock and stocks[stock] == 1:
        identity_key = f"stock:{stock}"
    else:
        identity_key = f"listing:{handle}"
    return Vehicle(
        id=handle,
        identity_key=identity_key,
        discovery_url=_discovery_url(eras, policy),
        eras=tuple(eras),
        aliases={_handle(stamped, era): _name(era) for era in eras for stamped in era.handles},
    )


def _handle(organization: UUID, era: Era) -> UUID:
    """The listing's permanent handle; a later car on a reused URL adds its VIN to the name."""
    name = era.identity if era.number == 0 else f"{era.identity}#{era.label}"
    return listing_handle(organization, name)


def _name(era: Era) -> str:
    return era.url or era.identity


def _discovery_url(eras: Sequence[Era], policy: MergePolicy) -> str:
    """The page of the earliest listing of the most trusted source that still shows this car, else
    of any. A page that now shows another car is told apart by the VIN; a row of a feed has no page
    but a name."""
    ranked = sorted(
        eras, key=lambda era: min(policy.tier("discovery_url", source) for source in era.sources)
    )
    for era in ranked:
        if era.url and era.is_last:
            return era.url
    for era in ranked:
        if era.url:
            return f"{era.url}#{era.label}"
    cited = eras[0].first.cited
    return f"urn:paddock:{cited.source}:{cited.organization_id}:{eras[0].identity}"
