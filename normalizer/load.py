"""Rows of ``import_queue`` into evidence, and what becomes of each row.

A row that does not parse is parked: what stands in it decides, never what stands around it, so
every way of draining parks the same rows. Rows of one key are one observation; should their texts
differ in volatile parts, the least text is read, whichever came first.
"""

import json
from collections import defaultdict
from collections.abc import Container, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import NamedTuple, cast
from uuid import UUID

from psycopg import Connection
from psycopg.rows import args_row
from pydantic import ValidationError

from contract.observation import (
    PAYLOADS,
    SPEAKERS,
    ContractViolation,
    Kind,
    Source,
    parse_payload,
    wrong_speaker,
)
from contract.payloads import CheckedPage, InventoryManifest, PageManifest, Payload
from normalizer.evidence import Evidence
from normalizer.histories import SQL as ARCHIVE
from normalizer.histories import histories
from normalizer.manifests import Sightings, read_manifest
from store.queries import load

__all__ = [
    "LARGEST_TEXT",
    "Parked",
    "QueueRow",
    "Rows",
    "page_checks",
    "past",
    "read",
    "unaddressed",
]

SQL = load("normalizer")

LARGEST_TEXT = 16 * 1024 * 1024
"""Bytes of JSON that one observation may have: a manifest of 50,000 listings has fewer."""

FIRST_YEAR = 1990
"""Older observations are parked. The statements give the year 2 for times that Python cannot tell,
infinity among them."""

NODE_KINDS = (Kind.SELLER_PROFILE, Kind.PAGE_MANIFEST, Kind.RULING)
"""What decides which organization a node belongs to: its keys, and what was ruled."""

VEHICLE_PAGES = "listings"
"""The spider whose manifests are about vehicle pages."""

TOMBSTONE = {"redacted": True}
"""What a redaction leaves of an observation's content (store/queries/rulings.sql)."""

ARCHIVED_KINDS = (
    Kind.LISTING,
    Kind.LISTING_DETAIL,
    Kind.INVENTORY_MANIFEST,
    Kind.PAGE_MANIFEST,
    Kind.IMAGE_FETCH,
)
"""What leaves the queue for the archive (store/queries/archive.sql: `drained`)."""

_FETCH = 500
_SOURCES = frozenset(Source)
_KINDS = {kind.value: kind for kind in Kind}


class QueueRow(NamedTuple):
    """One row as the named statements select it; ``content`` is None beyond the largest text."""

    id: int
    key: str
    source: str
    kind: str
    version: int
    url: str
    organization_id: UUID | None
    observed_at: datetime
    payload_hash: str
    status: str
    content: str | None


class _Archived:
    """Which months are in the archive; asked for once, and only where something is pending."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._months: frozenset[date] | None = None

    def refuse(self, row: QueueRow) -> None:
        """Park what has come too late for its month: a file holds the whole of one."""
        if row.status != "pending":
            return
        if self._months is None:
            months = self._connection.execute(ARCHIVE["archived_months"])
            self._months = frozenset(month for (month,) in months)
        month = row.observed_at.astimezone(UTC).date().replace(day=1)
        if month in self._months:
            raise Parked(
                f"observed_at:archived: {month:%Y-%m} is in the archive; to take it in: "
                f"python -m normalizer archive restore {month:%Y-%m}, then parked --redrive, "
                "then run"
            )


class Parked(ValueError):
    """Why one row can never be read; the message begins with a short, countable reason."""


class Redacted(ValueError):
    """The row holds nothing but a tombstone: it says nothing, and is nobody's fault."""


@dataclass
class Rows:
    """What was read of the queue: the evidence, in the order of "newest", and the rows whose
    status has to change (id → reason where there is one)."""

    evidence: list[Evidence] = field(default_factory=list)
    completed: list[int] = field(default_factory=list)
    skipped: dict[int, str] = field(default_factory=dict)
    parked: dict[int, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Candidate:
    """The rows of one key: the least text and its evidence, and every row's id and status."""

    text: str
    evidence: Evidence
    rows: list[tuple[int, str]]


def read(
    connection: Connection,
    query: str,
    *,
    known: bool = True,
    clustered: Container[str] = frozenset(),
    **arguments: object,
) -> Rows:
    """Read observations with one of the named statements, as a stream.

    Where their organization is not ``known``, nothing comes into force and the rows are skipped
    until its profile arrives. What decides a node's keys stays pending unless its key is among
    those that this batch has ``clustered`` the nodes with: it may have come in only just now.
    """
    found = Rows()
    keys: dict[str, _Candidate] = {}
    sightings: Sightings = {}
    archived = _Archived(connection)
    for row in _stream(connection, query, arguments):
        try:
            archived.refuse(row)
            evidence = _evidence(row, sightings)
        except Redacted:
            if row.status != "skipped":
                found.skipped[row.id] = "redacted: a ruling took its content away"
            continue
        except Parked as reason:
            found.parked[row.id] = str(reason)
            continue
        text = row.content or ""
        candidate = keys.setdefault(row.key, _Candidate(text, evidence, []))
        candidate.rows.append((row.id, row.status))
        if text < candidate.text:
            candidate.text, candidate.evidence = text, evidence
    for candidate in keys.values():
        (first, status), *later = sorted(candidate.rows)
        evidence = candidate.evidence
        if known:
            found.evidence.append(evidence)
        if evidence.key not in clustered and decides_organizations(evidence):
            continue
        if known:
            if status != "completed":
                found.completed.append(first)
        elif status != "skipped":
            handle = evidence.organization_id
            found.skipped[first] = f"unknown_organization: no profile of {handle} was seen yet"
        for number, status in later:
            if status != "skipped":
                found.skipped[number] = f"duplicate: the same observation as row {first}"
    if known and query == "observations":
        handles = cast(Iterable[UUID], arguments["handles"])
        found.evidence += [each for each in past(connection, handles) if each.key not in keys]
    found.evidence.sort(key=lambda evidence: evidence.rank)
    return found


def past(
    connection: Connection, handles: Iterable[UUID], kinds: Iterable[Kind] = ARCHIVED_KINDS
) -> Iterator[Evidence]:
    """What has left the queue for the archive of these handles, in no order."""
    sightings: Sightings = {}
    for history in histories(connection, handles, kinds):
        for item in history.past:
            key, source, version, url, observed_at, payload_hash, content = item
            handle, kind = history.organization_id, history.kind
            row = QueueRow(
                0, key, source, kind, version, url, handle, observed_at, payload_hash,
                "completed", content,
            )  # fmt: skip
            with suppress(Redacted):
                yield _evidence(row, sightings)


def unaddressed(connection: Connection, limit: int) -> tuple[Rows, list[tuple[Source, str]]]:
    """Read pending observations that name no organization, and the pages that they speak about.

    Only the manifests of whole runs may: everything else is parked.
    """
    found = Rows()
    pages: list[tuple[Source, str]] = []
    archived = _Archived(connection)
    for row in _stream(connection, "unaddressed", {"limit": limit}):
        try:
            archived.refuse(row)
            payload = _payload(row, {})
            if not isinstance(payload, PageManifest):
                raise Parked(f"organization_id:missing: a {row.kind} names its organization")
        except (Parked, Redacted) as reason:
            found.parked[row.id] = str(reason)
            continue
        found.completed.append(row.id)
        pages += [(Source(row.source), page.url) for page in payload.pages]
    earlier = connection.execute(SQL["repeated"], {"ids": found.completed})
    found.skipped = {
        number: f"duplicate: the same observation as row {first}" for number, first in earlier
    }
    found.completed = [number for number in found.completed if number not in found.skipped]
    return found, pages


def page_checks(
    connection: Connection, nodes: Iterable[tuple[UUID, str, Iterable[str]]]
) -> dict[UUID, list[Evidence]]:
    """The drained manifests of whole runs, cut to each node's own page, by node.

    ``nodes`` are handles with their source and the spellings of their page's URL.
    """
    wanted: dict[tuple[str, str], UUID] = {}
    for node, source, spellings in nodes:
        wanted.update({(source, url): node for url in spellings})
    found: dict[UUID, dict[str, Evidence]] = {}
    pages: defaultdict[tuple[UUID, str], list[CheckedPage]] = defaultdict(list)
    urls = list({url for _, url in wanted})
    for key, source, url, observed_at, payload_hash, spider, page in connection.execute(
        SQL["page_checks"], {"urls": urls}
    ):
        checked = CheckedPage.model_validate(page)
        if handle := wanted.get((source, checked.url)):
            pages[handle, key].append(checked)
            found.setdefault(handle, {})[key] = Evidence(
                key=key,
                source=Source(source),
                kind=Kind.PAGE_MANIFEST,
                url=url,
                organization_id=handle,
                observed_at=observed_at,
                payload_hash=payload_hash,
                payload=PageManifest(spider=spider, pages=tuple(pages[handle, key])),
            )
    return {handle: list(manifests.values()) for handle, manifests in found.items()}


def decides_organizations(evidence: Evidence) -> bool:
    """Whether an observation may join or part organizations: of manifests, only those that find
    profiles unchanged do. The statements know the same rule."""
    if isinstance(evidence.payload, PageManifest):
        return evidence.payload.spider != VEHICLE_PAGES
    return evidence.kind in NODE_KINDS


def _stream(connection: Connection, query: str, arguments: dict[str, object]) -> Iterable[QueueRow]:
    with connection.cursor(name="observations", row_factory=args_row(QueueRow)) as cursor:
        cursor.itersize = _FETCH
        cursor.execute(SQL[query], {"largest": LARGEST_TEXT, **arguments})
        yield from cursor


def _payload(row: QueueRow, sightings: Sightings) -> Payload:
    if row.content is None:
        raise Parked(f"raw_data:too_large: more than {LARGEST_TEXT} bytes")
    if row.source not in _SOURCES:
        raise Parked(f"unknown_source: {row.source[:80]}")
    kind = _KINDS.get(row.kind)
    if kind and row.source not in SPEAKERS[kind]:
        raise Parked(str(wrong_speaker(row.source, kind)))
    if payload := _valid(row.kind, row.version, row.content, sightings):
        return payload
    try:
        data = json.loads(row.content)
    except (ValueError, RecursionError) as error:
        raise Parked(f"raw_data:not_json: {error}"[:500]) from error
    if not isinstance(data, dict):
        raise Parked(f"raw_data:not_an_object: a {type(data).__name__}")
    if data == TOMBSTONE:
        raise Redacted
    try:
        return parse_payload(row.kind, row.version, data)
    except ContractViolation as violation:
        raise Parked(str(violation)[:500]) from violation


def _valid(kind: str, version: int, content: str, sightings: Sightings) -> Payload | None:
    """The payload, read in one go, where the text is of the newest version and fits; None where
    `parse_payload` has to look, which says what is wrong with it.

    A number too large for a float is one of the things it refuses, so who has floats goes there.
    """
    model = PAYLOADS.get(_KINDS[kind]) if kind in _KINDS else None
    if model is None or version != model.VERSION:
        return None
    if model is InventoryManifest:
        manifest = read_manifest(content, sightings)
        return None if manifest is None or manifest.drift else manifest
    try:
        return model.model_validate_json(content, strict=True)
    except (ValidationError, ValueError, RecursionError):
        return None


def _evidence(row: QueueRow, sightings: Sightings) -> Evidence:
    payload = _payload(row, sightings)
    if row.observed_at.year < FIRST_YEAR:
        raise Parked("observed_at:absurd: nobody observed a page of the web then")
    if row.organization_id is None:
        raise Parked(f"organization_id:missing: a {row.kind} names its organization")
    return Evidence(
        key=row.key,
        source=Source(row.source),
        kind=Kind(row.kind),
        url=row.url,
        organization_id=row.organization_id,
        observed_at=row.observed_at,
        payload_hash=row.payload_hash,
        payload=payload,
    )
