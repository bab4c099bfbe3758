"""Which rulings are in force for one organization, and what they say.

A function of the organization's observations alone. A withdrawal reverses an earlier ruling; a
ruling with an end is over once its organization was observed at that time or later (by anything
but a ruling), so no clock is asked; of two rulings about one thing the newer wins.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from shapely import Point

from contract.observation import Kind
from contract.rulings import FIELDS, Ruling, ruled_columns
from normalizer.evidence import Evidence, Organization
from normalizer.rows import BusinessRow, TakedownRow
from normalizer.snapshots import PageKey, Run
from normalizer.track import Standing, Status
from normalizer.walks import Walk

__all__ = ["OrganizationClaim", "Ruled", "Rulings", "in_force"]

OrganizationClaim = tuple[bool, UUID, UUID]
"""Whether two handles are the same organization or car, and which two."""


@dataclass(frozen=True, slots=True)
class Ruled:
    """The newest ruling about a field, as a run that may be cited, and the columns it fills."""

    run: Run
    columns: Mapping[str, Any]


def in_force(
    items: Iterable[Evidence], *, newest: datetime | None = None
) -> tuple[list[tuple[Evidence, Ruling]], list[Evidence]]:
    """The rulings among the observations that hold, the newest first; and those that were withdrawn
    or have ended. ``newest`` is when the organization was observed last, as far as it is known
    beside the observations themselves."""
    rulings = []
    for item in items:
        if isinstance(item.payload, Ruling):
            rulings.append((item, item.payload))
        elif newest is None or item.observed_at > newest:
            newest = item.observed_at
    held, over = [], []
    withdrawn: set[str] = set()
    for item, ruling in sorted(rulings, key=lambda found: found[0].rank, reverse=True):
        ends_at = ruling.ends_at
        has_ended = ends_at is not None and newest is not None and newest >= ends_at
        if has_ended or (item.key in withdrawn and ruling.action != "redact"):
            over.append(item)
        else:
            held.append((item, ruling))
            if ruling.action == "withdraw" and ruling.observation:
                withdrawn.add(ruling.observation)
    return held, over


@dataclass(frozen=True)
class Rulings:
    """The rulings in force about one organization, the newest first."""

    held: Sequence[tuple[Evidence, Ruling]] = field(default_factory=tuple)

    @classmethod
    def of(cls, items: Iterable[Evidence]) -> "Rulings":
        """Those among an organization's observations."""
        return cls(tuple(in_force(items)[0]))

    def __bool__(self) -> bool:
        return bool(self.held)

    def claims(self, subject: Literal["organization", "vehicle"]) -> list[OrganizationClaim]:
        """What was ruled about who is the same, the newest first."""
        found = []
        for item, ruling in self.held:
            if ruling.subject == subject and ruling.other:
                ours = UUID(ruling.vehicle) if ruling.vehicle else item.organization_id
                found.append((ruling.action == "same", ours, UUID(ruling.other)))
        return found

    def verdict(self, key: str) -> Literal["accept", "reject"] | None:
        """What was ruled about a manifest."""
        for _, ruling in self.held:
            if ruling.subject == "manifest" and ruling.observation == key:
                return "accept" if ruling.action == "accept" else "reject"
        return None

    def judged(self, walks: Sequence[Walk]) -> list[Walk]:
        """The walks with what was ruled about them. One that was rejected shows nothing at all."""
        if not any(ruling.subject == "manifest" for _, ruling in self.held):
            return list(walks)
        found = []
        for walk in walks:
            verdict = self.verdict(walk.key)
            if verdict == "reject":
                walk = replace(walk, sightings=(), probes={})
            found.append(replace(walk, ruling=verdict) if verdict else walk)
        return found

    def fields(
        self, subject: Literal["organization", "vehicle"], handles: Collection[UUID] = ()
    ) -> dict[str, Ruled]:
        """The fields that were set or cleared, of the organization or of the car with these
        handles. What a cleared field covers is null."""
        found: dict[str, Ruled] = {}
        covered: set[str] = set()
        for item, ruling in self._about(subject, handles):
            said: dict[str, dict[str, Any]] = {
                name: dict.fromkeys(FIELDS[subject][name].columns) for name in ruling.fields
            }
            said |= {
                name: ruled_columns(ruling.subject, name, text)
                for name, text in ruling.values.items()
                if name not in ("status", "sold_at")
            }
            for name, columns in said.items():
                # Two fields may fill one column: an asking price and a sale price.
                if covered.isdisjoint(columns):
                    page = PageKey(item.source, Kind.RULING, ruling.vehicle or item.url)
                    found[name] = Ruled(Run(page, item, (item.observed_at,)), columns)
                    covered.update(columns)
        return found

    def standing(self, handles: Collection[UUID]) -> Standing | None:
        """The status ruled for the car with these handles; a takedown before all others."""
        for item, _ in self._takedowns(handles):
            return Standing("removed", "takedown", item.observed_at, item.key)
        for item, ruling in self._about("vehicle", handles):
            if text := ruling.values.get("status"):
                status: Status = text.strip()  # type: ignore[assignment]
                sold_at = None
                if status == "sold":
                    given = ruling.values.get("sold_at")
                    sold_at = (
                        ruled_columns("vehicle", "sold_at", given)["sold_at"]
                        if given
                        else item.observed_at
                    )
                return Standing(status, "ruling", item.observed_at, item.key, sold_at)
        return None

    def corrected(self, row: BusinessRow | None) -> BusinessRow | None:
        """The organization's row as it was ruled."""
        ruled = self.fields("organization") if row else {}
        if row is None or not ruled:
            return row
        columns = {name: value for each in ruled.values() for name, value in each.columns.items()}
        if point := columns.get("location"):
            columns["location"] = Point(point[1], point[0])
        if url := columns.get("inventory_url"):
            others = [other for other in row.inventory_candidates if other != url]
            columns["inventory_candidates"] = (url, *others)
        cited = {name: each.run.provenance() for each in ruled.values() for name in each.columns}
        moments = [each.run.started_at for each in ruled.values()]
        return row._replace(
            **columns,
            provenance=dict(sorted({**row.provenance, **cited}.items())),
            content_changed_at=max(row.content_changed_at, *moments),
        )

    def takedowns(
        self, organization: Organization, cars: Mapping[UUID, Collection[UUID]]
    ) -> tuple[TakedownRow, ...]:
        """What is taken down: the organization, and those of its cars that are so by themselves.
        ``cars`` are vehicle ids with all their handles."""
        found: dict[UUID, TakedownRow] = {}
        subjects: list[tuple[str, UUID, Collection[UUID] | None]] = [
            ("organization", organization.id, None),
            *(("vehicle", id, handles) for id, handles in cars.items()),
        ]
        for subject, id, handles in subjects:
            for item, ruling in self.held:
                if ruling.action != "takedown" or ruling.subject != subject:
                    continue
                if handles is None or (ruling.vehicle and UUID(ruling.vehicle) in handles):
                    found.setdefault(
                        id,
                        TakedownRow(
                            subject_id=id,
                            dealer_id=organization.id,
                            subject=subject,
                            since=item.observed_at,
                            until=ruling.ends_at,
                            reason=ruling.reason,
                            observation_key=item.key,
                        ),
                    )
        return tuple(found[id] for id in sorted(found))

    def _takedowns(self, handles: Collection[UUID]) -> Iterable[tuple[Evidence, Ruling]]:
        for item, ruling in self.held:
            if ruling.action == "takedown" and (
                ruling.subject == "organization"
                or (ruling.vehicle and UUID(ruling.vehicle) in handles)
            ):
                yield item, ruling

    def _about(self, subject: str, handles: Collection[UUID]) -> Iterable[tuple[Evidence, Ruling]]:
        for item, ruling in self.held:
            if ruling.subject != subject or ruling.action not in ("set", "clear"):
                continue
            if subject == "organization" or UUID(ruling.vehicle or "") in handles:
                yield item, ruling
