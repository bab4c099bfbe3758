"""Why an organization's row says what it says: its profiles, the keys that joined them, every
candidate of every field, what was ruled, and how its walks went."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from itertools import groupby, takewhile
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from normalizer.explain import EXPLAIN
from normalizer.explanation import photo_lines, ruling_lines
from normalizer.identity import CROWD
from normalizer.rulebook import OrganizationField, rulebook
from normalizer.rulings_list import SHORT, ListedRuling, rulings
from normalizer.rulings_subjects import organizations
from normalizer.wording import GRIDS, counted, doubted, folded, listed, moment, shortened

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


KEYS = {"dealer_license": "license", "website": "website", "geographic_key": "name and place"}
"""What joins profile pages, the strongest first."""

_SHOWN = 6


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
    """One organization explained; see the module. ``namesakes`` are other organizations that hold a
    key of its profile pages."""

    id: UUID
    columns: Mapping[str, Any]
    values: tuple[OrganizationValue, ...]
    members: tuple[Mapping[str, Any], ...]
    holdings: Mapping[str, int]
    walks: tuple[Mapping[str, Any], ...]
    pictures: tuple[Mapping[str, Any], ...]
    rulings: tuple[ListedRuling, ...]
    namesakes: tuple[Mapping[str, Any], ...] = ()

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {**asdict(self), "rulings": [ruling.as_json() for ruling in self.rulings]}

    def lines(self) -> list[str]:
        """The explanation as text for people."""
        columns = self.columns
        words = {"in_stock": "on offer", "pending": "reserved", "removed": "no longer offered"}
        held = ", ".join(f"{n:,} {words.get(name, name)}" for name, n in self.holdings.items())
        text = [
            f"{columns['name']}",
            f"  {columns['business_type'].replace('_', ' ')} {self.id}",
            f"  vehicles: {held or 'none'}",
            "",
            "what is known, who says it, and why that counts",
        ]
        for value in self.values:
            text += self._value_lines(value)
        text += self._member_lines()
        if self.walks:
            text += ["", "the newest readings of its inventory (times are UTC)"]
        for walk in self.walks:
            seen = counted(walk["seen"], "car")
            if walk["reason"]:
                seen += f"; no proof of absence, for {doubted(walk['reason'])}"
            text += folded(
                f"  {moment(walk['observed_at'])}  {GRIDS.get(walk['grid'], walk['grid'])} "
                f"{walk['grid_url']}: {seen} (walk {walk['observation_key'][:SHORT]})",
                "    ",
                width=110,
            )
        text += photo_lines(self.pictures)
        text += ruling_lines(self.rulings, str(self.id))
        return text

    def _member_lines(self) -> list[str]:
        """The profile pages, and what makes them one organization."""
        text = ["", "profile pages"]
        text += [f"  {member['url']}" for member in self.members[:_SHOWN]]
        if len(self.members) > _SHOWN:
            text.append(f"  and {len(self.members) - _SHOWN:,} more (--json lists them)")
        held = {key: Counter(each[key] for each in self.members if each[key]) for key in KEYS}
        least = min(2, len(self.members))
        alone = len(self.members) == 1
        strange = {(other["key"], other["value"]) for other in self.namesakes}
        told = listed(
            _key(key, value)
            for key, values in held.items()
            for value, count in values.items()
            if count >= least and not (alone and (key, value) in strange)
        )
        if len(self.members) > 1:
            why = f"they share {told}" if told else "an operator ruled so"
            text += folded(f"  They are one organization, for {why}.", "  ")
        elif told:
            text += folded(f"  Another page may join it by {told}.", "  ")
        for (key, value), group in groupby(self.namesakes, lambda o: (o["key"], o["value"])):
            text += folded(f"  {self._apart(key, value, list(group))}", "  ")
        return text

    def _apart(self, key: str, value: str, others: Sequence[Mapping[str, Any]]) -> str:
        """Why those who hold one key are not one organization."""
        pages = sum(other["pages"] for other in others)
        pages += sum(member[key] == value for member in self.members)
        if pages > CROWD:
            return (
                f"{pages:,} profile pages have {_key(key, value)}: what more than {CROWD} share "
                "belongs to a platform and joins nobody."
            )
        names = [str(other["name"]) for other in others[:3]]
        if len(others) > len(names):
            names.append(counted(len(others) - len(names), "other"))
        every = [self.columns, *others]
        stronger = takewhile(lambda column: column != key, KEYS)
        differing = [
            KEYS[column]
            for column in stronger
            if len({each[column] for each in every if each[column]}) > 1
        ]
        if any(each.ruling and each.ruling.action == "not_same" for each in self.rulings):
            why = "an operator ruled some of them apart"
        elif differing:
            why = f"not all of them have the same {differing[0]}, so this joins nobody"
        else:
            why = "something that counts more parts them"
        are = "is another organization" if len(others) == 1 else "are other organizations"
        return (
            f"{listed(names)} with the same {_key(key, value).removeprefix('the ')} {are}: {why}."
        )

    def _value_lines(self, value: OrganizationValue) -> list[str]:
        """A value with its winner, then what was passed over; who says the same is counted."""
        label = value.column.removesuffix("_url").replace("_", " ")
        indent = " " * 22
        ruling = next((each for each in self.rulings if each.key == value.key), None)
        together: dict[tuple[str, str], list[Word]] = {}
        for word in value.candidates:
            together.setdefault((word.text, word.origin), []).append(word)
        groups = list(together.values())
        if ruling is not None:
            told, others = f"ruled by {ruling.author}: {ruling.reason}", groups
        elif groups:
            winner = _winner(value, groups)
            told = f"{_origin(winner)}; {_why(winner, groups)}"
            others = [group for group in groups if group is not winner]
        else:
            told, others = "worked out from the rest of the profile", []
        text = folded(f"  {label:<18}  {shortened(value.value)} — {told}", indent, width=110)
        text += [
            f'{indent}not "{shortened(each[0].text)}": {_origin(each)}' for each in others[:_SHOWN]
        ]
        if len(others) > _SHOWN:
            text.append(f"{indent}and {len(others) - _SHOWN:,} others (--json lists them)")
        return text


def _key(key: str, value: str) -> str:
    return f"the {KEYS[key]} {value.replace('|', ', ')}"


def _origin(words: Sequence[Word]) -> str:
    """Where a candidate stood: "the dealer's own site (footer), read 2026-03-01"."""
    newest = max(words, key=lambda word: word.observed_at)
    where = "the dealer's own site" if newest.origin == "website" else "the classic.com profile"
    pages = len({word.url for word in words})
    among = f" of {pages:,} pages" if pages > 1 else ""
    return f"{where}{among} ({newest.where.replace('_', ' ')}), read {newest.observed_at:%Y-%m-%d}"


def _winner(value: OrganizationValue, groups: Sequence[list[Word]]) -> list[Word]:
    """The candidate that became the value: the first that reads like it, of those on the cited
    page; the first of all may be none that can be used."""
    cited = [group for group in groups if any(word.key == value.key for word in group)] or groups
    plain = _letters(value.value)
    alike = [group for group in cited if _letters(group[0].text) in (plain, plain[1:])]
    return (alike or [group for group in cited if plain in _letters(group[0].text)] or cited)[0]


def _letters(text: str) -> str:
    return "".join(filter(str.isalnum, text.casefold()))


def _why(winner: Sequence[Word], groups: Sequence[Sequence[Word]]) -> str:
    """Why a candidate won over the others."""
    if len(groups) == 1:
        return "nobody says anything else"
    if winner is not groups[0]:
        return "the first that can be used"
    if any(group[0].origin != winner[0].origin for group in groups):
        own, theirs = "the dealer's own site", "the profile page"
        first, second = (own, theirs) if winner[0].origin == "website" else (theirs, own)
        return f"{first} counts before {second} for this"
    return "the newest profile page counts"


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
        namesakes=tuple(all_of("namesakes")),
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
