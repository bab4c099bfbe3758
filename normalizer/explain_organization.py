"""Why an organization's row says what it says: its profiles, the keys that joined them, every
candidate of every field, what was ruled, and how its walks went."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from normalizer.explain import EXPLAIN, photo_lines, ruling_lines
from normalizer.rulebook import OrganizationField, rulebook
from normalizer.rulings_list import ListedRuling, rulings
from normalizer.rulings_subjects import organizations

__all__ = ["OrganizationExplanation", "explain_organizations"]

COLUMNS: Mapping[str, OrganizationField] = {
    "name": "name",
    "dealer_license": "dealer_license",
    "website": "website",
    "phone": "phone",
    "email": "email",
    "address": "address",
    "city": "address",
    "state": "address",
    "postal_code": "address",
    "country": "address",
    "location": "coordinates",
    "logo_url": "logo",
    "favicon_url": "favicon",
    "primary_image_url": "banner",
    "inventory_url": "inventory_url",
    "description": "description",
}
"""Column → the field of a profile that it is read from."""


@dataclass(frozen=True)
class Word:
    """One candidate: what a profile or the website behind it says, and where it stood."""

    text: str
    origin: str
    where: str
    url: str
    key: str
    observed_at: datetime


@dataclass(frozen=True)
class OrganizationValue:
    """One column: its value, who is cited for it, and every candidate in the order in which the
    policy asks them."""

    column: str
    value: str
    source: str
    key: str
    candidates: tuple[Word, ...]


@dataclass(frozen=True)
class OrganizationExplanation:
    """One organization explained; see the module."""

    id: UUID
    columns: Mapping[str, Any]
    values: tuple[OrganizationValue, ...]
    members: tuple[Mapping[str, Any], ...]
    holdings: Mapping[str, int]
    walks: tuple[Mapping[str, Any], ...]
    pictures: tuple[Mapping[str, Any], ...]
    rulings: tuple[ListedRuling, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {**asdict(self), "rulings": [ruling.as_json() for ruling in self.rulings]}

    def lines(self) -> list[str]:
        """The explanation as text for people."""
        columns = self.columns
        held = ", ".join(f"{n:,} {status.replace('_', ' ')}" for status, n in self.holdings.items())
        text = [
            f"{columns['name']}",
            f"  {columns['business_type']} {self.id}",
            f"  vehicles: {held or 'none'}",
            "",
            "values (value <- source, observation; the candidates, the most trusted first)",
        ]
        for value in self.values:
            text.append(
                f"  {value.column:<18}{_short(value.value)} <- {value.source}, {value.key[:12]}"
            )
            text += [
                f"  {'':<18}  {_short(word.text)!r}: {word.origin}, {word.where}, "
                f"{word.observed_at:%Y-%m-%d}, {word.key[:12]}"
                for word in value.candidates
            ]
        text += ["", "profiles (what joins them: license, website, name and place)"]
        for member in self.members:
            keys = (member["dealer_license"], member["website"], member["geographic_key"])
            text.append(f"  {member['url']}  {member['handle']}")
            text.append(f"    {', '.join(str(key or '-') for key in keys)}")
        text += ["", "newest walks"]
        for walk in self.walks:
            reason = f" ({walk['reason']})" if walk["reason"] else ""
            text.append(
                f"  {walk['observed_at']:%Y-%m-%d %H:%M}  {walk['grid']:<8} {walk['grid_url']}: "
                f"{walk['seen']:,} seen, {walk['verdict']}{reason}  "
                f"({walk['observation_key'][:12]})"
            )
        text += photo_lines(self.pictures)
        text += ruling_lines(self.rulings, str(self.id))
        return text


def explain_organizations(connection: Connection, name: str) -> list[OrganizationExplanation]:
    """Explain the organizations with this id, handle, profile page, website or name."""
    return [_explain(connection, found.id) for found in organizations(connection, name)]


def _explain(connection: Connection, id: UUID) -> OrganizationExplanation:
    def all_of(query: str) -> list[dict[str, Any]]:
        with connection.cursor(row_factory=dict_row) as cursor:
            return cursor.execute(EXPLAIN[query], {"id": id}).fetchall()

    columns = all_of("organization")[0]["columns"]
    profiles = sorted(all_of("profiles"), key=lambda p: (p["observed_at"], p["key"]), reverse=True)
    values = []
    for column, (source, key) in sorted(columns["provenance"].items()):
        if column in COLUMNS:
            words = tuple(_words(COLUMNS[column], column, profiles))
            shown = "nothing" if columns[column] is None else str(columns[column])
            values.append(OrganizationValue(column, shown, source, key, words))
    return OrganizationExplanation(
        id=id,
        columns=columns,
        values=tuple(values),
        members=tuple(all_of("members")),
        holdings={row["status"]: row["count"] for row in all_of("holdings")},
        walks=tuple(all_of("newest_walks")),
        pictures=tuple(all_of("organization_pictures")),
        rulings=tuple(
            each
            for each in rulings(connection, id)
            if each.ruling and each.ruling.subject in ("organization", "manifest")
        ),
    )


def _words(
    field: OrganizationField, column: str, profiles: Sequence[Mapping[str, Any]]
) -> list[Word]:
    """Every candidate, in the order in which the policy asks them."""
    part = "street" if column == "address" else column
    found = []
    for origin in rulebook().merge.organization[field]:
        for profile in profiles:
            for said in profile["raw_data"].get(field, ()):
                text = said.get("value") or said.get(part) or said.get("text")
                if said["origin"] == origin and text:
                    key, at = profile["key"], profile["observed_at"]
                    found.append(Word(text, origin, said["where"], profile["url"], key, at))
    return found


def _short(text: str, length: int = 60) -> str:
    text = " ".join(text.split())
    return text if len(text) <= length else f"{text[: length - 1]}…"
