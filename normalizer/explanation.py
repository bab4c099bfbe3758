"""A vehicle explained: what is told of it, and how it reads to a person of the trade.

No key of a table and no name of a rule stands in the text; ``--json`` has them all.
"""

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from itertools import groupby
from typing import Any
from uuid import UUID

from normalizer.readings import seen_line, visit_line, walk_lines
from normalizer.rulebook import rulebook
from normalizer.rulings_list import SHORT, ListedRuling
from normalizer.standing import standing
from normalizer.wording import SPEAKERS, folded, listed, moment, money, shortened

__all__ = ["Candidate", "Explanation", "Value", "photo_lines", "ruling_lines"]

NAME = ("year", "make", "model", "trim")
"""Columns that are read together."""

COLUMNS_WIDTH = 16
SAME = ""
"""Where the losers that agree with the winner are kept, for no text reads so."""
GROUPS = {
    "structural": "facts of the car itself",
    "surface": "title, texts, photos and mileage",
    "price": "price",
}
"""Group of the merge policy → its fields, in words."""
HOW = {
    "mark": "the dealer marks it so",
    "current_grid": "on the dealer's inventory page",
    "feed": "in the dealer's feed",
    "sold_grid": "among the dealer's sold cars",
    "alive": "its own page offers it",
    "gone": "off the inventory page, and its own page is gone",
    "delisted": "off the inventory page for long; its own page was not seen to be gone",
    "absence": "missing from the inventory time and again",
    "ruling": "the operator ruled so",
    "takedown": "the operator took it down",
    "legacy": "on record in the older system",
}
"""Evidence → what it means, in a few words."""
EVENTS = {
    "listed": "first seen",
    "relisted": "on offer again",
    "removed": "no longer offered",
    "sold": "sold",
}


@dataclass(frozen=True)
class Candidate:
    """What one snapshot says about a field. ``rank`` is how little its source and kind count; the
    least wins, then the newest. ``place`` is the page or the feed's row, and ``asserted_at`` when
    it was last seen to say so."""

    source: str
    kind: str
    key: str
    observed_at: datetime
    found: str
    rank: int
    place: str
    asserted_at: datetime


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
    kind: str | None = None
    place: str | None = None
    asserted_at: datetime | None = None


@dataclass(frozen=True)
class Explanation:
    """One vehicle explained; see the module. ``left_out`` are photos that its listing names and
    its gallery lacks, ``other_cars`` those that an address of it has shown before or since."""

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
    left_out: tuple[str, ...] = ()
    other_cars: tuple[Mapping[str, Any], ...] = ()

    @property
    def because(self) -> str:
        """Why the vehicle has its status, in sentences."""
        text = standing(
            self.columns, self.history, self.seen, self.walks, self.visits, self.rulings
        )
        for other in self.other_cars:
            name = f"{other['title']} (vehicle {other['vehicle_id']})"
            if other["is_newer"]:
                since = moment(other["since"])
                text += f" Its address has shown another car since {since}: {name}."
            else:
                text += f" Until {moment(other['until'])} its address showed another car: {name}."
        return text

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        rulings = [ruling.as_json() for ruling in self.rulings]
        return {**asdict(self), "because": self.because, "rulings": rulings}

    def lines(self) -> list[str]:
        """The explanation as text for people."""
        columns = self.columns
        name = columns["title"] or " ".join(
            str(columns[part]) for part in NAME[:3] if columns[part]
        )
        text = [
            f"{name or columns['discovery_url']}",
            f"  vehicle {self.id} of {self.dealer or columns['dealer_id']}",
            f"  {columns['discovery_url']}",
            "",
            *folded(self.because, ""),
            "",
            "what is known, who says it, and why that counts (numbers: see sources below)",
        ]
        sources = self._sources()
        numbers = {key: number for number, key in enumerate(sources, start=1)}
        for label, value in self._grouped():
            text += _value_lines(label, value, numbers)
        text += _ranking(self.values)
        text += ["", "sources (times are UTC)"]
        text += [f"  [{numbers[key]}] {told}" for key, told in sources.items()]
        text += ["", "history"]
        text += [f"  {moment(event['happened_at'])}  {_event(event)}" for event in self.history]
        if self.seen:
            text += ["", "listings of the car"]
            text += [seen_line(seen) for seen in self.seen]
        if self.walks:
            text += ["", "the newest readings of the dealer's inventory, and what each says of it"]
            text += list(walk_lines(self.walks, pages=len(self.seen)))
        if self.visits:
            text += ["", "the newest visits to its own page"]
            text += [visit_line(visit) for visit in self.visits]
        text += photo_lines(self.photos)
        text += [
            f"  left out, as a logo, a double, or a placeholder of many cars: {url}"
            for url in self.left_out
        ]
        text += ruling_lines(self.rulings, str(self.id))
        return text

    def _grouped(self) -> Iterator[tuple[str, Value]]:
        """The values with their labels; year, make, model and trim of one source are one."""

        def together(value: Value) -> tuple[str, str]:
            is_name = value.column in NAME
            return ("name", value.key) if is_name else (value.column, value.key)

        for (label, _), group in groupby(self.values, key=together):
            values = list(group)
            if label != "name" or len(values) == 1:
                yield from ((value.column.replace("_", " "), value) for value in values)
                continue
            told = [value for value in values if value.value != "nothing"] or values[:1]
            fullest = max(values, key=lambda value: len(value.others))
            joined = " ".join(value.value for value in told)
            yield "car", replace(fullest, column="car", value=joined)

    def _sources(self) -> dict[str, str]:
        """Every observation that is cited, in the order of the values, as people call it."""
        found: dict[str, str] = {}
        rulings = {each.key: each for each in self.rulings}
        for value in self.values:
            if value.key and value.key not in found:
                ruling = rulings.get(value.key)
                found[value.key] = (
                    _cited(value.source, value.kind, value.place, value.observed_at,
                           value.asserted_at, value.key)
                    if ruling is None
                    else f"ruling by {ruling.author}, {moment(ruling.observed_at)}: {ruling.reason}"
                )  # fmt: skip
        for value in self.values:
            for other in value.others:
                if other.key not in found:
                    found[other.key] = _cited(
                        other.source, other.kind, other.place, other.observed_at,
                        other.asserted_at, other.key,
                    )  # fmt: skip
        return found


def _ranking(values: Sequence[Value]) -> list[str]:
    """The order of the sources, where any of them had to give way."""
    if not any(value.others for value in values):
        return []
    text = ["", "whose word counts most, by the policy"]
    for group, sources in rulebook().merge.tiers.items():
        order = ", then ".join(SPEAKERS.get(source, source) for source in sources)
        text += folded(f"  {GROUPS[group]}: {order}", "    ", width=110)
    return text


def _value_lines(label: str, value: Value, numbers: Mapping[str, int]) -> list[str]:
    indent = " " * (COLUMNS_WIDTH + 4)
    found = shortened(value.found)
    line = f"  {label:<{COLUMNS_WIDTH}}  {shortened(value.value)}"
    if value.key in numbers:
        is_plain = not found or found == shortened(value.value)
        quoted = "" if is_plain else f' "{found}"'
        line += f" — {SPEAKERS.get(value.source, value.source)} [{numbers[value.key]}]{quoted}"
    text = folded(f"{line}; {value.because}", indent, width=110)
    told: dict[str, list[Candidate]] = {}
    for other in value.others:
        same = SAME if _is_same(value, other) else _plain(value.column, other.found)
        told.setdefault(same, []).append(other)
    for said in sorted(told, key=lambda said: said != SAME):
        who = listed(dict.fromkeys(_brief(other, numbers) for other in told[said]))
        words = "the same" if said == SAME else f'not "{shortened(told[said][0].found)}"'
        text += folded(f"{indent}{words}: {who}", indent + "  ", width=110)
    return text


def _is_same(value: Value, other: Candidate) -> bool:
    """Whether a loser says what the winner says; a title says year, make and model at once."""
    mine, theirs = _plain(value.column, value.found), _plain(value.column, other.found)
    return mine == theirs or (value.column in NAME and bool(mine) and mine in theirs)


def _plain(column: str, text: str | None) -> str:
    """A raw text without what makes no difference: two spellings of one value are the same."""
    text = (text or "").casefold()
    if column == "mileage" and "km" not in text:
        return "".join(filter(str.isdigit, text)) or text
    return text if column == "price" else "".join(filter(str.isalnum, text)) or text


def _brief(other: Candidate, numbers: Mapping[str, int]) -> str:
    return f"{SPEAKERS.get(other.source, other.source)} [{numbers[other.key]}]"


def _cited(
    source: str, kind: str | None, place: str | None, first: datetime | None,
    last: datetime | None, key: str,
) -> str:  # fmt: skip
    """An observation as people call it: who said it where and when."""
    speaker = SPEAKERS.get(source, source)
    if not place:
        where = "a page that is not on record any more"
    elif source == "homenet":
        where = f"row {place}"
    elif kind == "listing_detail":
        where = f"the car's own page {place}"
    elif kind == "listing":
        where = f"the card that links to {place}"
    else:
        where = place
    when = f"since {moment(first)}" if first else "time unknown"
    if first and last and last > first:
        when += f", last seen so {moment(last)}"
    return f"{speaker}, {where}, {when} (observation {key[:SHORT]})"


def _event(event: Mapping[str, Any]) -> str:
    """What an event tells, in words."""
    detail = event["detail"]
    if event["event"] == "price_changed":
        before, after = (
            money(detail[end]) if detail.get(end) else "no price" for end in ("from", "to")
        )
        return f"price: {before} → {after}"
    told = EVENTS.get(event["event"])
    if event["event"] == "status_changed":
        told = "reserved" if detail["to"] == "pending" else "available again"
    elif event["event"] == "listed" and detail["to"] == "pending":
        told = "first seen, reserved"
    text = f"{told}: {HOW.get(detail.get('evidence'), detail.get('evidence'))}"
    if detail.get("price"):
        text += f", at {money(detail['price'])}"
    if (sold_at := detail.get("sold_at")) and moment(sold_at) != moment(event["happened_at"]):
        text += f"; dated {moment(sold_at)}"
    return text


def photo_lines(photos: Sequence[Mapping[str, Any]]) -> list[str]:
    """Photos by what became of them; those that were refused or failed with the reason."""
    if not photos:
        return []
    words = {"pending": "not fetched yet", "failed": "could not be fetched"}
    counts = Counter(photo["status"] for photo in photos)
    told = ", ".join(f"{n} {words.get(status, status)}" for status, n in sorted(counts.items()))
    text = ["", f"photos: {told}"]
    text += [
        f"  {photo['status']}: {photo['source_url']} "
        f"({(photo['reason'] or 'no reason given').replace('_', ' ')})"
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
        text.append(f"  {moment(each.observed_at)}  {each.state}: {each.says}")
        text.append(f"    {each.author}: {each.reason}")
        if each.state == "in force" and each.ruling and each.ruling.action != "redact":
            text.append(
                f"    to withdraw it: python -m normalizer rule withdraw {each.key[:SHORT]} "
                '--reason "…"'
            )
    return text
