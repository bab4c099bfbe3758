"""Why a vehicle's row says what it says: each value with its source, the road to its status, what
was ruled, and what became of its photos.

Everything is looked up again from the provenance and the observations; nothing was written down
for this page alone.
"""

from collections.abc import Collection, Mapping, Sequence
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from contract.observation import Kind, Source
from normalizer.explanation import NAME, Candidate, Explanation, Value
from normalizer.load import SQL
from normalizer.recall import recall, recall_walks
from normalizer.rulebook import VehicleField, rulebook
from normalizer.rulings_list import ListedRuling, rulings
from normalizer.rulings_subjects import vehicles
from normalizer.spellings import spellings
from normalizer.wording import SPEAKERS, money
from store.queries import load

__all__ = ["EXPLAIN", "explain"]

EXPLAIN = load("explain")

COLUMNS: Mapping[str, tuple[VehicleField, tuple[str, ...]]] = {
    "title": ("title", ("title",)),
    "year": ("name", ("year",)),
    "make": ("name", ("make",)),
    "model": ("name", ("model",)),
    "trim": ("name", ("trim",)),
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
    snapshots = {row["observation_key"]: row for row in candidates}
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
            value = money(f"{value} ").strip()
        if column == "mileage" and value is not None:
            value = f"{value:,}"
        nothing = "nothing"
        if column == "price" and columns["price_kind"] == "on_request":
            nothing = "on request"
        others = _others(column, candidates, key)
        said = snapshots.get(key)
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
                kind=row["kind"] if row else None,
                place=said["listing"] if said else row["url"] if row else None,
                asserted_at=said["last_asserted_at"] if said else None,
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
        left_out=_left_out(candidates, photos),
    )


def _left_out(
    candidates: Sequence[dict[str, Any]], photos: Sequence[dict[str, Any]]
) -> tuple[str, ...]:
    """The photos of the listing that gave the gallery which the gallery lacks."""
    shown = [photo["source_url"] for photo in photos]
    for row in candidates:
        named = (row["raw_data"] or {}).get("image_urls") or []
        if shown and len(named) > len(shown) and set(shown) <= set(named):
            return tuple(dict.fromkeys(url for url in named if url not in shown))
    return ()


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
        return "the page that said so is not on record any more"
    source, kind = Source(winner["source"]), Kind(winner["kind"])
    if source is Source.OPERATOR:
        return "a ruling stands above everything"
    if not others:
        return "nobody else says anything"
    merge, field = rulebook().merge, COLUMNS[column][0]
    best = min(others, key=lambda other: other.rank)
    if best.rank <= merge.rank(field, source, kind):
        return "the newest word of those who count most for it"
    if best.source == source:
        return "the car's own page counts before its card"
    return f"counts before {SPEAKERS.get(best.source, best.source)}"


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
            place=row["listing"],
            asserted_at=row["last_asserted_at"],
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
    if column in NAME:
        parts = [str(raw[part]) for part in NAME if raw.get(part)]
        return " ".join(parts) if len(parts) > 1 else raw.get("title") or "".join(parts) or None
    _, names = COLUMNS.get(column, (None, ()))
    return next((str(raw[name]) for name in names if raw.get(name)), None)
