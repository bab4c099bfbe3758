"""Every ruling with its state: what `rule list` and `explain` show."""

import json
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg import Connection

from contract.observation import (
    SPEAKERS,
    ContractViolation,
    Kind,
    Source,
    parse_payload,
    wrong_speaker,
)
from contract.rulings import Ruling
from normalizer.evidence import Evidence
from normalizer.rulings import in_force
from store.queries import load

__all__ = ["SHORT", "ListedRuling", "described", "rulings"]

RULINGS = load("rulings")

SHORT = 12
"""Digits of a key that people read and type."""

State = Literal["in force", "overruled", "pending", "withdrawn", "ended", "parked", "unknown"]


@dataclass(frozen=True)
class ListedRuling:
    """One ruling and its state. It is ``overruled`` where a newer one says the contrary of the same
    two, ``unknown`` where no profile has introduced its organization, ``parked`` where it cannot be
    read: then it has no ``ruling``, and ``says`` why. ``about`` is the address of the car's listing
    that it names."""

    key: str
    observed_at: datetime
    state: State
    says: str
    url: str
    organization_id: UUID | None
    organization: str | None
    ruling: Ruling | None = None
    about: str | None = None

    @property
    def author(self) -> str | None:
        return self.ruling.author if self.ruling else None

    @property
    def reason(self) -> str | None:
        return self.ruling.reason if self.ruling else None

    def as_json(self) -> dict[str, object]:
        """Everything, as plain data."""
        content = self.ruling.model_dump(mode="json", exclude_none=True) if self.ruling else None
        return {
            "key": self.key,
            "observed_at": self.observed_at,
            "state": self.state,
            "says": self.says,
            "url": self.url,
            "organization_id": self.organization_id,
            "organization": self.organization,
            "about": self.about,
            "ruling": content,
        }

    def lines(self) -> list[str]:
        """The ruling as text for people."""
        text = [
            f"{self.key[:SHORT]}  {self.observed_at:%Y-%m-%d %H:%M}  {self.state:<10} {self.says}",
            f"  {self.organization or 'no organization'}: {self.about or self.url}",
        ]
        return [*text, f"  {self.author}: {self.reason}"] if self.ruling else text


def described(ruling: Ruling, *sides: str) -> str:
    """What a ruling says, in words; ``sides`` are the addresses of the two things that it joins or
    parts."""
    if ruling.action == "set":
        text = "set " + ", ".join(f"{name} = {value}" for name, value in ruling.values.items())
    elif ruling.action == "clear":
        text = "clear " + ", ".join(ruling.fields)
    elif ruling.other and sides:
        is_same = ruling.action == "same"
        one = "car" if ruling.subject == "vehicle" else ruling.subject
        text = f"{' and '.join(sides)} are {'' if is_same else 'not '}the same {one}"
    elif ruling.observation:
        text = f"{ruling.action} {ruling.observation[:SHORT]}"
    else:
        text = f"{ruling.action.replace('_', ' ')} ({ruling.subject})"
    return f"{text}, until {ruling.until}" if ruling.until else text


def rulings(connection: Connection, organization: UUID | None = None) -> list[ListedRuling]:
    """All rulings, or those about one organization, the oldest first."""
    together: defaultdict[UUID, list[Evidence]] = defaultdict(list)
    newest: dict[UUID, datetime | None] = {}
    found: list[tuple[Evidence, str, UUID, str | None]] = []
    listed = []
    for row in connection.execute(RULINGS["rulings"], {"organization": organization}):
        _, key, source, kind, version, url, handle, at, payload_hash, status, content = row[:11]
        owner, name, seen = row[11:]
        try:
            if source not in SPEAKERS[Kind.RULING]:
                raise wrong_speaker(source, Kind.RULING)
            payload = parse_payload(kind, version, json.loads(content))
        except (ContractViolation, ValueError) as error:
            listed.append(ListedRuling(key, at, "parked", str(error)[:200], url, owner, name))
            continue
        item = Evidence(key, Source(source), Kind(kind), url, handle, at, payload_hash, payload)
        together[owner].append(item)
        newest[owner] = seen
        found.append((item, status, owner, name))
    held: set[str] = set()
    withdrawn: set[str | None] = set()
    for owner, items in together.items():
        for item, holding in in_force(items, newest=newest[owner])[0]:
            held.add(item.key)
            if holding.action == "withdraw":
                withdrawn.add(holding.observation)
    addresses = _addresses(connection, [item for item, *_ in found])
    newest_link: dict[frozenset[str], str] = {}
    for item, *_ in sorted(found, key=lambda each: each[0].rank):
        if item.key in held and isinstance(item.payload, Ruling) and (sides := _sides(item)):
            newest_link[sides] = item.payload.action
    for item, status, owner, name in found:
        ruling = item.payload
        assert isinstance(ruling, Ruling)
        about = addresses.get(ruling.vehicle or "")
        states: dict[str, State] = {"pending": "pending", "dead": "parked", "skipped": "unknown"}
        state = states.get(status, "in force")
        if item.key not in held:
            state = "withdrawn" if item.key in withdrawn else "ended"
        elif state == "in force" and newest_link.get(_sides(item), ruling.action) != ruling.action:
            state = "overruled"
        says = described(ruling)
        if ruling.other:
            one = about or addresses.get(str(item.organization_id), item.url)
            says = described(ruling, one, addresses.get(ruling.other, ruling.other))
        listed.append(
            ListedRuling(
                item.key, item.observed_at, state, says, item.url, owner, name, ruling, about
            )
        )
    return sorted(listed, key=lambda each: (each.observed_at, each.key))


def _sides(item: Evidence) -> frozenset[str]:
    """The two handles that a ruling joins or parts; none where it does neither."""
    ruling = item.payload
    if not isinstance(ruling, Ruling) or not ruling.other:
        return frozenset()
    return frozenset([ruling.vehicle or str(item.organization_id), ruling.other])


def _addresses(connection: Connection, items: Iterable[Evidence]) -> dict[str, str]:
    """The addresses behind the handles of cars and profile pages that rulings name."""
    handles: set[str] = set()
    for item in items:
        if isinstance(item.payload, Ruling):
            named = (item.payload.vehicle, item.payload.other, str(item.organization_id))
            handles.update(filter(None, named))
    rows = connection.execute(RULINGS["addresses"], {"handles": sorted(handles)})
    return {str(handle): url for handle, url in rows}
