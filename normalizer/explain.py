"""Why a vehicle's row says what it says: each value with its source, and the road to its status.

Everything is looked up again from the provenance and the observations; nothing was written down
for this page alone.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from contract.observation import Source
from normalizer.load import SQL
from normalizer.rulebook import VehicleField, rulebook
from normalizer.spellings import spellings

__all__ = ["Explanation", "explain"]

COLUMNS: Mapping[str, tuple[VehicleField, tuple[str, ...]]] = {
    "title": ("title", ("title",)),
    "year": ("name", ("year", "title")),
    "make": ("name", ("make", "title")),
    "model": ("name", ("model", "title")),
    "trim": ("name", ("trim", "title")),
    "vin": ("vin", ("vin",)),
    "stock": ("stock", ("stock_number",)),
    "price": ("price", ("price",)),
    "mileage": ("mileage", ("mileage",)),
    "body_style": ("body_style", ("body_style",)),
    "exterior_color": ("exterior_color", ("exterior_color",)),
    "interior_color": ("interior_color", ("interior_color",)),
    "engine": ("engine", ("engine",)),
    "transmission": ("transmission", ("transmission",)),
    "drivetrain": ("drivetrain", ("drivetrain",)),
    "description": ("description", ("description",)),
}
"""Column → the field whose ranking of sources decides it, and the raw fields it is read from."""

UNITS = {"price": "currency", "mileage": "mileage_unit"}

BECAUSE = {
    "mark": "a mark on its tile or page says so",
    "current_grid": "it stood on the dealer's current grid",
    "feed": "the dealer's feed lists it",
    "sold_grid": "it stands in the dealer's sold archive and on no current grid",
    "alive": "its page still offers it, though its grid lacks it",
    "gone": "it left its grid and its page is gone; nobody claims a sale",
    "delisted": "it was off its grid for many complete walks while its page lived on",
    "absence": "complete walks missed it time and again; it is dated by the first miss",
}
"""Evidence of a status → what it means."""


@dataclass(frozen=True)
class Candidate:
    """What one snapshot says about a field. ``rank`` is how little its source counts; the least
    wins, then the newest."""

    source: str
    key: str
    observed_at: datetime
    found: str
    rank: int


@dataclass(frozen=True)
class Value:
    """One value: where it came from, what stood there, and what else was on offer."""

    column: str
    value: str
    source: str
    key: str
    observed_at: datetime | None
    found: str | None
    others: tuple[Candidate, ...]


@dataclass(frozen=True)
class Explanation:
    """One vehicle explained; see the module."""

    id: UUID
    dealer: str | None
    columns: Mapping[str, Any]
    values: tuple[Value, ...]
    history: tuple[Mapping[str, Any], ...]
    seen: tuple[Mapping[str, Any], ...]
    walks: tuple[Mapping[str, Any], ...]

    @property
    def because(self) -> str:
        """Why the vehicle has its status, as a sentence."""
        evidence = self.columns["status_evidence"]
        status = self.columns["status"].replace("_", " ")
        sentence = f"{status}: {BECAUSE.get(evidence, evidence)} (evidence: {evidence})"
        decisive = [event for event in self.history if event["event"] != "price_changed"]
        if decisive:
            last = decisive[-1]
            sentence += f", since {_time(last['happened_at'])}"
        return sentence

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {**asdict(self), "because": self.because}

    def lines(self) -> list[str]:
        """The explanation as text for people."""
        columns = self.columns
        name = columns["title"] or " ".join(
            str(columns[part]) for part in ("year", "make", "model") if columns[part]
        )
        text = [
            f"{name or columns['discovery_url']}",
            f"  vehicle {self.id} of {self.dealer or columns['dealer_id']}",
            f"  {columns['discovery_url']}",
            f"  {self.because}",
            "",
            "values (value <- source, when observed, observation; what was found there)",
        ]
        for value in self.values:
            when = _time(value.observed_at) if value.observed_at else "?"
            found = f"  {_short(value.found)!r}" if value.found else ""
            text.append(
                f"  {value.column:<15}{_short(value.value):<34} <- {value.source}, {when}, "
                f"{value.key[:12]}{found}"
            )
            text += [
                f"  {'':<15}not {_short(other.found)!r}: {other.source}, "
                f"{_time(other.observed_at)}, {other.key[:12]}"
                for other in value.others
                if other.found != value.found
            ]
        text += ["", "history"]
        for event in self.history:
            detail = ", ".join(f"{k} {v}" for k, v in event["detail"].items() if v)
            text.append(
                f"  {_time(event['happened_at'])}  {event['event']:<15}{detail}"
                f"  ({event['observation_key'][:12]})"
            )
        text += ["", "seen"]
        for seen in self.seen:
            text.append(
                f"  {seen['listing_url']}: {seen['last_seen_status']}, "
                f"{_time(seen['first_seen_at'])} to {_time(seen['last_seen_at'])}, "
                f"{seen['seen_count']} times, missed {seen['missed_runs']} times since"
            )
        text += ["", "the dealer's newest walks"]
        for walk in self.walks:
            text.append(
                f"  {_time(walk['observed_at'])}  {walk['grid']:<8} {walk['grid_url']}: "
                f"{walk['seen']} seen, {walk['verdict']}"
                f"{' (' + walk['reason'] + ')' if walk['reason'] else ''}"
            )
        return text


def explain(connection: Connection, vehicle: str) -> list[Explanation]:
    """Explain the vehicles with this id, listing URL, VIN or chassis number; none where there is
    no such vehicle."""
    rows = connection.execute(
        SQL["find_vehicles"], {"text": vehicle.strip(), "urls": spellings(vehicle.strip())}
    ).fetchall()
    return [_explain(connection, id) for (id,) in rows]


def _explain(connection: Connection, id: UUID) -> Explanation:
    def all_of(query: str) -> list[dict[str, Any]]:
        with connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(SQL[query], {"id": id}).fetchall()

    (vehicle,) = all_of("vehicle")
    columns = vehicle["columns"]
    provenance: dict[str, list[str]] = columns["provenance"]
    with connection.cursor(row_factory=dict_row) as cursor:
        keys = [key for _, key in provenance.values()]
        cited = {row["key"]: row for row in cursor.execute(SQL["cited"], {"keys": keys})}
    candidates = all_of("vehicle_candidates")
    values = []
    for column in COLUMNS:
        value = columns[column]
        if column not in provenance or value is None:
            continue
        source, key = provenance[column]
        row = cited.get(key)
        unit = columns.get(UNITS.get(column, ""))
        if column == "price":
            value = f"{value:,.2f}"
        values.append(
            Value(
                column=column,
                value=f"{value} {unit}" if unit else str(value),
                source=source,
                key=key,
                observed_at=row["observed_at"] if row else None,
                found=_found(column, row["raw_data"]) if row else None,
                others=_others(column, candidates, key),
            )
        )
    return Explanation(
        id=id,
        dealer=vehicle["dealer"],
        columns=columns,
        values=tuple(values),
        history=tuple(all_of("vehicle_history")),
        seen=tuple(all_of("vehicle_seen")),
        walks=tuple(all_of("vehicle_walks")),
    )


def _others(column: str, candidates: list[dict[str, Any]], winner: str) -> tuple[Candidate, ...]:
    """The losing candidates, in the order in which the policy would have asked them."""
    if column not in COLUMNS:
        return ()
    field, _ = COLUMNS[column]
    merge = rulebook().merge
    found = [
        Candidate(
            source=row["source"],
            key=row["observation_key"],
            observed_at=row["observed_at"],
            found=text,
            rank=merge.tier(field, Source(row["source"])),
        )
        for row in candidates
        if row["observation_key"] != winner and (text := _found(column, row["raw_data"] or {}))
    ]
    return tuple(sorted(found, key=lambda candidate: candidate.rank))


def _found(column: str, raw: Mapping[str, Any]) -> str | None:
    """The raw text that a column was read from."""
    _, names = COLUMNS.get(column, (None, ()))
    return next((str(raw[name]) for name in names if raw.get(name)), None)


def _short(text: str | None, length: int = 60) -> str:
    text = " ".join((text or "").split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
