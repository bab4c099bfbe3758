"""`python -m normalizer legacy import FILE`: an older system's relationship table as observations.

A row that says what is on record already is left out, so a file may be imported again. Rows that
cannot be read, or whose organization is not known, are named with their line and left out; the
others are imported.
"""

import argparse
import csv
import json
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID

from psycopg import Connection
from pydantic import ValidationError

from contract.handles import organization_handle
from contract.legacy import LegacyRelationship
from contract.observation import ContractViolation, Kind, Observation, Source, parse_payload
from normalizer.append import append
from normalizer.rulings_subjects import Refused, organizations
from normalizer.wording import counted
from store.connect import connect
from store.errors import wrapped
from store.queries import load

__all__ = ["add_commands"]

RULINGS = load("rulings")

ALIASES: Mapping[str, tuple[str, ...]] = {
    "organization": ("organization", "organization_id", "profile_url", "source_url", "website"),
    "relationship_type": ("relationship_type", "relationship", "type"),
    "vehicle_url": ("vehicle_url", "discovery_url", "listing_url", "url"),
    "vin": ("vin", "chassis_number"),
    "status": ("status",),
    "listing_status": ("listing_status",),
    "asking_price": ("asking_price", "price"),
    "sale_price": ("sale_price", "sold_price"),
    "currency": ("currency",),
    "sale_date": ("sale_date", "sold_at", "sold_date"),
    "recorded_at": ("recorded_at", "updated_at", "created_at"),
    "title": ("title", "vehicle_title"),
    "year": ("year",),
    "make": ("make",),
    "model": ("model",),
}
"""Field → the columns it may come from; the first that is filled counts."""


@dataclass
class Imported:
    """What became of a file's rows; ``refused`` are (line, why)."""

    appended: int = 0
    unchanged: int = 0
    refused: list[tuple[int, str]] = field(default_factory=list)


def add_commands(legacy: argparse.ArgumentParser) -> None:
    """Add the commands of `legacy` to its parser."""
    commands = legacy.add_subparsers(dest="legacy", required=True, metavar="COMMAND")
    text = "write the rows of a table (CSV with a header line, or JSON lines) as observations"
    columns = "; ".join(f"{name}: {', '.join(known)}" for name, known in ALIASES.items())
    add = commands.add_parser("import", help=text, description=f"{text}. Columns: {columns}.")
    add.add_argument("file", metavar="FILE", type=Path)
    add.set_defaults(call=_import)


def _import(given: argparse.Namespace) -> int:
    try:
        rows = list(_rows(given.file))
    except (OSError, ValueError, csv.Error) as error:
        print(f"error: {given.file} cannot be read: {error}", file=sys.stderr)
        return 2
    with connect("paddock_operator", autocommit=True) as connection, wrapped():
        done = _append(connection, rows)
    for line, why in done.refused:
        print(f"line {line}: {why}", file=sys.stderr)
    print(
        f"{counted(done.appended, 'row')} appended, {done.unchanged:,} on record already, "
        f"{len(done.refused):,} left out"
    )
    if done.appended:
        print("they take effect with the next run:  python -m normalizer run")
    return 3 if done.refused else 0


def _rows(path: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """The rows of a file with their line numbers. Raises ValueError for what is no such file."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        if path.suffix.lower() in (".jsonl", ".ndjson", ".json"):
            for number, line in enumerate(file, 1):
                if line.strip():
                    row = json.loads(line)
                    if not isinstance(row, dict):
                        raise ValueError(f"line {number} is no JSON object")
                    yield number, row
        else:
            reader = csv.DictReader(file)
            header = {str(name).strip().lower() for name in reader.fieldnames or ()}
            if header.isdisjoint(ALIASES["organization"]):
                known = ", ".join(ALIASES["organization"])
                raise ValueError(f"its first line names no column for the organization ({known})")
            for row in reader:
                yield reader.line_num, row


def _append(connection: Connection, rows: list[tuple[int, dict[str, Any]]]) -> Imported:
    done = Imported()
    known: dict[str, UUID] = {}
    with connection.transaction():
        moment = connection.execute(RULINGS["moment"]).fetchone()
        assert moment is not None
        for line, row in rows:
            try:
                values = _values(row)
                handle = _organization(connection, values.pop("organization", ""), known)
                payload = LegacyRelationship(**values)
                url = payload.vehicle_url or f"urn:vin:{payload.vin}"
                source, kind = Source.LEGACY, Kind.RELATIONSHIP
                made = Observation(source, kind, url, handle, moment[0], payload)
                parse_payload(made.kind, made.version, made.raw_data)
            except ValidationError as error:
                said = error.errors(include_url=False, include_input=False)[0]
                where = ".".join(map(str, said["loc"]))
                why = str(said["msg"]).removeprefix("Value error, ")
                done.refused.append((line, f"{where}: {why}" if where else why))
                continue
            except (Refused, ContractViolation) as error:
                done.refused.append((line, str(error).partition("\n")[0]))
                continue
            if append(connection, made, unless_told=True):
                done.appended += 1
            else:
                done.unchanged += 1
    return done


def _values(row: Mapping[str, Any]) -> dict[str, str]:
    """The fields of a row, as text; what is empty is missing."""
    given = {
        str(name).strip().lower(): str(value).strip()
        for name, value in row.items()
        if value is not None and str(value).strip()
    }
    return {
        name: next(given[column] for column in columns if column in given)
        for name, columns in ALIASES.items()
        if any(column in given for column in columns)
    }


def _organization(connection: Connection, text: str, known: dict[str, UUID]) -> UUID:
    """The handle of a row's organization. One that no profile has introduced yet is named by its
    profile's address: its rows come into force when that is read. Raises Refused."""
    if not text:
        raise Refused("the row names no organization")
    if text not in known:
        found = organizations(connection, text)
        if len(found) > 1:
            raise Refused(f"{text!r} means more than one organization")
        if found:
            known[text] = found[0].handle
        elif text.startswith("http") and "classic.com/s/" in text:
            known[text] = organization_handle(Source.CLASSIC, text)
        else:
            raise Refused(f"there is no organization {text!r}")
    return known[text]
