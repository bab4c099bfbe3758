"""Why a vehicle's row says what it says: each value with its source, the road to its status, what
was ruled, and what became of its photos.

Everything is looked up again from the provenance and the observations; nothing was written down
for this page alone.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from contract.observation import Kind, Source
from normalizer.explanation import NAME, Candidate, Explanation, Value
from normalizer.fields.vin import parse_vin
from normalizer.load import SQL
from normalizer.recall import recall, recall_walks
from normalizer.rulebook import VehicleField, rulebook
from normalizer.rulings_list import ListedRuling, rulings
from normalizer.rulings_subjects import vehicles
from normalizer.snapshots import listing_identity
from normalizer.spellings import spellings
from normalizer.wording import SPEAKERS, listed, money
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

NO_NUMBER = {
    "placeholder": "a placeholder",
    "all_digits": "digits alone",
    "stock_number": "the stock number in the VIN's place",
    "redacted": "blacked out",
    "text": "a text",
    "no_number": "no digit in it",
    "other_number": "the number of something else",
    "too_long": "too long",
}
"""Why what stands in a VIN's place is none → in words."""

SHOWN_NUMBER = {
    "cut": "it is cut short, so it joins no listings",
    "provisional": "it may change when the car is built, so it joins no listings",
    "check_digit_failed": "its check digit does not fit",
}
"""What is odd about a VIN → in words."""

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
        where = {"urls": urls, "dealer_id": dealer}
        walks = _walks(connection, dealer, urls)
        visits = cursor.execute(EXPLAIN["vehicle_visits"], where).fetchall()
        other_cars = cursor.execute(
            EXPLAIN["other_cars"], {"id": id, "dealer_id": dealer}
        ).fetchall()
        if other_cars:
            shared = {other["listing"] for other in other_cars}
            own = [url for url in urls if listing_identity(url) not in shared]
            is_ours = _times(columns, other_cars)
            for walk, alone in zip(walks, _walks(connection, dealer, own), strict=True):
                if not is_ours(walk["observed_at"]):
                    walk["shows_another"] = bool(walk["saw"]) and not alone["saw"]
                    walk["saw"], walk["probed"] = alone["saw"], alone["probed"]
            visits = [
                visit for visit in visits if visit["url"] in own or is_ours(visit["observed_at"])
            ]
        photos = cursor.execute(EXPLAIN["vehicle_photos"], {"id": id}).fetchall()
        names = cursor.execute(EXPLAIN["vehicle_handles"], {"id": id}).fetchall()
    handles = {row["handle"] for row in names}
    values = []
    is_mixed = len({provenance[part][1] for part in NAME if part in provenance}) > 1
    for column in COLUMNS:
        value = columns[column]
        if column not in provenance:
            if column not in NAME and (said_so := _others(column, candidates, "")):
                values.append(_unusable(column, said_so, columns))
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
        others = _others(column, candidates, key, alone=is_mixed)
        said = snapshots.get(key)
        values.append(
            Value(
                column=column,
                value=nothing if value is None else f"{value} {unit}" if unit else str(value),
                source=source,
                key=key,
                observed_at=row["observed_at"] if row else None,
                found=_found(column, row["raw_data"], alone=is_mixed) if row else None,
                others=others,
                because=_because(column, row, others) + _flagged(column, columns["flags"]),
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
        other_cars=tuple(other_cars),
    )


def _walks(connection: Connection, dealer: str, urls: Sequence[str]) -> list[dict[str, Any]]:
    """The newest walks of the dealer, with what they say of these addresses."""
    where = {"urls": list(urls), "dealer_id": dealer}
    with connection.cursor(row_factory=dict_row) as cursor:
        walks = cursor.execute(EXPLAIN["vehicle_evidence"], where).fetchall()
    recall_walks(connection, dealer, walks, urls)
    return walks


def _times(
    columns: Mapping[str, Any], other_cars: Sequence[Mapping[str, Any]]
) -> Callable[[datetime], bool]:
    """When the addresses that the car shares with others showed this one."""
    since = min((other["since"] for other in other_cars if other["is_newer"]), default=None)
    first = None
    if not all(other["is_newer"] for other in other_cars):
        first = datetime.fromisoformat(columns["first_seen_at"])
    return lambda at: (since is None or at < since) and (first is None or at >= first)


def _unusable(column: str, said: tuple[Candidate, ...], columns: Mapping[str, Any]) -> Value:
    """A column that stayed empty, though somebody says something."""
    because = "what is said cannot be used"
    if column == "vin":
        read = parse_vin(said[0].found, year=columns["year"], stock=columns["stock"])
        words = [NO_NUMBER[flag] for flag in sorted(read.flags) if flag in NO_NUMBER]
        because = f"no number of a car: {listed(words)}" if words else because
    return Value(column, "none", "", "", None, None, said, because)


def _flagged(column: str, flags: Collection[str]) -> str:
    """What is odd about a VIN that is shown."""
    told = [SHOWN_NUMBER[flag] for flag in flags if flag in SHOWN_NUMBER]
    return f"; {listed(told)}" if column == "vin" and told else ""


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


def _others(
    column: str, candidates: list[dict[str, Any]], winner: str, *, alone: bool = False
) -> tuple[Candidate, ...]:
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
        if row["observation_key"] != winner
        and (text := _found(column, row["raw_data"] or {}, alone=alone))
    ]
    return tuple(sorted(found, key=lambda candidate: candidate.rank))


def _found(column: str, raw: Mapping[str, Any], *, alone: bool = False) -> str | None:
    """The raw text that a column was read from, or what was ruled. Year, make, model and trim are
    read together; ``alone`` where they are told one by one, for not all are one source's."""
    if values := raw.get("values"):
        names: tuple[str, ...] = ("sale_price", "price") if column == "price" else (column,)
        return next((str(values[name]) for name in names if values.get(name)), None)
    if column in NAME and not (alone and raw.get(column)):
        parts = [str(raw[part]) for part in NAME if raw.get(part)]
        return " ".join(parts) if len(parts) > 1 else raw.get("title") or "".join(parts) or None
    _, names = COLUMNS.get(column, (None, ()))
    return next((str(raw[name]) for name in names if raw.get(name)), None)
