"""Why a vehicle's row says what it says: each value with its source, the road to its status, what
was ruled, and what became of its photos.

Everything is looked up again from the provenance and the observations; nothing was written down
for this page alone.
"""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from contract.observation import Kind, Source
from normalizer.load import SQL
from normalizer.recall import recall, recall_walks
from normalizer.rulebook import VehicleField, rulebook
from normalizer.rulings_list import SHORT, ListedRuling, rulings
from normalizer.rulings_subjects import vehicles
from normalizer.spellings import spellings
from normalizer.wording import counted
from store.queries import load

__all__ = ["Explanation", "explain", "photo_lines", "ruling_lines"]

EXPLAIN = load("explain")

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
    "ruling": "the operator ruled so",
    "takedown": "the operator took it down",
    "legacy": "an older system recorded its sale, and no walk has seen the car",
    "absence": "complete walks missed it time and again; it is dated by the first miss",
}
"""Evidence of a status → what it means."""


@dataclass(frozen=True)
class Candidate:
    """What one snapshot says about a field. ``rank`` is how little its source and kind count; the
    least wins, then the newest."""

    source: str
    kind: str
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
    because: str


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
    visits: tuple[Mapping[str, Any], ...]
    photos: tuple[Mapping[str, Any], ...]
    rulings: tuple[ListedRuling, ...]

    @property
    def because(self) -> str:
        """Why the vehicle has its status, as a sentence."""
        evidence = self.columns["status_evidence"]
        status = self.columns["status"].replace("_", " ")
        if sold_at := self.columns["sold_at"]:
            status += f" on {_time(datetime.fromisoformat(sold_at))}"
        sentence = f"{status}: {BECAUSE.get(evidence, evidence)} (evidence: {evidence})"
        decisive = [event for event in self.history if event["event"] != "price_changed"]
        if decisive:
            known = "known since" if sold_at else "since"
            sentence += f", {known} {_time(decisive[-1]['happened_at'])}"
        return sentence

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        rulings = [ruling.as_json() for ruling in self.rulings]
        return {**asdict(self), "because": self.because, "rulings": rulings}

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
                f"{value.key[:12]}{found}  ({value.because})"
            )
            text += [
                f"  {'':<15}not {_short(other.found)!r}: {other.source}, "
                f"{_time(other.observed_at)}, {other.key[:12]}"
                for other in value.others
                if other.found != value.found
            ]
        text += ["", "history"]
        for event in self.history:
            text.append(
                f"  {_time(event['happened_at'])}  {event['event']:<15}{_event(event)}"
                f"  ({event['observation_key'][:12]})"
            )
        text += ["", "seen"]
        for seen in self.seen:
            text.append(
                f"  {seen['listing_url']}: {seen['last_seen_status']}, "
                f"{_time(seen['first_seen_at'])} to {_time(seen['last_seen_at'])}, "
                f"{counted(seen['seen_count'], 'time')}, "
                f"missed {counted(seen['missed_runs'], 'time')} since"
            )
        text += ["", "the dealer's newest walks, and what each says of this car"]
        text += [_walk_line(walk) for walk in self.walks]
        if self.visits:
            text += ["", "the newest visits to its own page"]
            text += [_visit_line(visit) for visit in self.visits]
        text += photo_lines(self.photos)
        text += ruling_lines(self.rulings, str(self.id))
        return text


def _walk_line(walk: Mapping[str, Any]) -> str:
    said = f"saw it: {walk['saw']}" if walk["saw"] else "did not see it"
    if walk["probed"]:
        said += f"; asked for its page: {walk['probed']}"
    reason = f" ({walk['reason']})" if walk["reason"] else ""
    return (
        f"  {_time(walk['observed_at'])}  {walk['grid']:<8} {walk['verdict']}{reason}, "
        f"{walk['seen']:,} seen: {said}  ({walk['observation_key'][:12]})"
    )


def _visit_line(visit: Mapping[str, Any]) -> str:
    said = visit["outcome"].replace("_", " ")
    if visit["page_status"] not in (None, "unknown"):
        said += f": says {visit['page_status'].replace('_', ' ')}"
    if visit["status_sign"]:
        said += f", by {_short(visit['status_sign'])}"
    when = _time(visit["observed_at"])
    return f"  {when}  {visit['url']}: {said}  ({visit['observation_key'][:12]})"


def _event(event: Mapping[str, Any]) -> str:
    """What an event tells, in words; a price that went away went to nothing."""
    detail = {name: value for name, value in event["detail"].items() if value}
    if event["event"] == "price_changed":
        detail = {"to": "no price", **detail}
    return ", ".join(f"{name} {value}" for name, value in detail.items())


def photo_lines(photos: Sequence[Mapping[str, Any]]) -> list[str]:
    """Photos by what became of them; those that were refused or failed with the reason."""
    if not photos:
        return []
    counts = Counter(photo["status"] for photo in photos)
    text = ["", "photos: " + ", ".join(f"{n} {status}" for status, n in sorted(counts.items()))]
    text += [
        f"  {photo['status']}: {photo['source_url']} ({photo['reason'] or 'no reason given'})"
        for photo in photos
        if photo["status"] in ("refused", "failed")
    ]
    return text


def ruling_lines(rulings: Sequence[ListedRuling], name: str) -> list[str]:
    """Rulings with author and reason, and how to take each back; else how to make one."""
    if not rulings:
        return ["", f'no rulings; python -m normalizer rule set {name} FIELD=VALUE --reason "…"']
    text = ["", "rulings"]
    for each in rulings:
        text.append(f"  {_time(each.observed_at)}  {each.state}: {each.says}")
        text.append(f"    {each.author}: {each.reason}")
        if each.state == "in force" and each.ruling and each.ruling.action != "redact":
            text.append(
                f"    to withdraw it: python -m normalizer rule withdraw {each.key[:SHORT]} "
                '--reason "…"'
            )
    return text


def explain(connection: Connection, vehicle: str) -> list[Explanation]:
    """Explain the vehicles with this id (or its beginning), listing URL, VIN or chassis number;
    none where there is no such vehicle."""
    return [_explain(connection, found.id) for found in vehicles(connection, vehicle)]


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
    dealer = columns["dealer_id"]
    cited |= recall(connection, dealer, set(keys) - cited.keys())
    lost = [row["observation_key"] for row in candidates if row["raw_data"] is None]
    for key, recalled in recall(connection, dealer, lost).items():
        for candidate in candidates:
            if candidate["observation_key"] == key:
                candidate["raw_data"] = recalled["raw_data"]
    with connection.cursor(row_factory=dict_row) as cursor:
        pages = [row["url"] for row in cursor.execute(EXPLAIN["vehicle_pages"], {"id": id})]
        urls = [spelling for page in pages for spelling in spellings(page)]
        where = {"urls": urls, "dealer_id": columns["dealer_id"]}
        walks = cursor.execute(EXPLAIN["vehicle_evidence"], where).fetchall()
        recall_walks(connection, dealer, walks, urls)
        visits = cursor.execute(EXPLAIN["vehicle_visits"], where).fetchall()
        photos = cursor.execute(EXPLAIN["vehicle_photos"], {"id": id}).fetchall()
        names = cursor.execute(EXPLAIN["vehicle_handles"], {"id": id}).fetchall()
    handles = {row["handle"] for row in names}
    values = []
    for column in COLUMNS:
        value = columns[column]
        if column not in provenance:
            continue
        source, key = provenance[column]
        row = cited.get(key)
        unit = columns.get(UNITS.get(column, ""))
        if column == "price" and value is not None:
            value = f"{value:,.2f}"
        nothing = "nothing"
        if column == "price" and columns["price_kind"] == "on_request":
            nothing = "on request"
        others = _others(column, candidates, key)
        values.append(
            Value(
                column=column,
                value=nothing if value is None else f"{value} {unit}" if unit else str(value),
                source=source,
                key=key,
                observed_at=row["observed_at"] if row else None,
                found=_found(column, row["raw_data"]) if row else None,
                others=others,
                because=_because(column, row, others),
            )
        )
    return Explanation(
        id=id,
        dealer=vehicle["dealer"],
        columns=columns,
        values=tuple(values),
        history=tuple(all_of("vehicle_history")),
        seen=tuple(all_of("vehicle_seen")),
        walks=tuple(walks),
        visits=tuple(visits),
        photos=tuple(photos),
        rulings=tuple(
            each
            for each in rulings(connection, UUID(columns["dealer_id"]))
            if _concerns(each, handles)
        ),
    )


def _concerns(listed: ListedRuling, handles: Collection[str]) -> bool:
    """Whether a ruling is about the car with these handles, or about its whole dealer's being
    taken down."""
    ruling = listed.ruling
    if ruling is None or ruling.action == "withdraw":
        return False
    is_ours = ruling.vehicle in handles or (ruling.subject == "vehicle" and ruling.other in handles)
    return is_ours or (ruling.action == "takedown" and ruling.subject == "organization")


def _because(column: str, winner: Mapping[str, Any] | None, others: Sequence[Candidate]) -> str:
    """Why the winner won."""
    if winner is None:
        return "its observation is gone"
    source, kind = Source(winner["source"]), Kind(winner["kind"])
    if source is Source.OPERATOR:
        return "the operator ruled so"
    if not others:
        return "nobody else says anything"
    rank = rulebook().merge.rank(COLUMNS[column][0], source, kind)
    best = min(others, key=lambda other: other.rank)
    if best.rank <= rank:
        return "the newest of those who count most"
    if best.source == source:
        return "the car's own page counts before its card"
    return f"{source} counts most for it"


def _others(column: str, candidates: list[dict[str, Any]], winner: str) -> tuple[Candidate, ...]:
    """The losing candidates, in the order in which the policy would have asked them."""
    if column not in COLUMNS:
        return ()
    field, _ = COLUMNS[column]
    merge = rulebook().merge
    found = [
        Candidate(
            source=row["source"],
            kind=row["kind"],
            key=row["observation_key"],
            observed_at=row["observed_at"],
            found=text,
            rank=merge.rank(field, Source(row["source"]), Kind(row["kind"])),
        )
        for row in candidates
        if row["observation_key"] != winner and (text := _found(column, row["raw_data"] or {}))
    ]
    return tuple(sorted(found, key=lambda candidate: candidate.rank))


def _found(column: str, raw: Mapping[str, Any]) -> str | None:
    """The raw text that a column was read from, or what was ruled."""
    if values := raw.get("values"):
        names: tuple[str, ...] = ("sale_price", "price") if column == "price" else (column,)
        return next((str(values[name]) for name in names if values.get(name)), None)
    _, names = COLUMNS.get(column, (None, ()))
    return next((str(raw[name]) for name in names if raw.get(name)), None)


def _short(text: str | None, length: int = 60) -> str:
    text = " ".join((text or "").split())
    return text if len(text) <= length else f"{text[: length - 1]}…"


def _time(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%d %H:%M")
