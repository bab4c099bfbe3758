"""Why there is no vehicle at an address: what was observed there, and what became of it."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any

from psycopg import Connection
from psycopg.rows import class_row

from normalizer.rulings_list import SHORT
from normalizer.spellings import spellings
from normalizer.wording import counted, folded, moment
from store.queries import load

__all__ = ["Absence", "explain_absence"]

KINDS: Mapping[str, str] = {"listing": "card", "listing_detail": "page"}


@dataclass(frozen=True)
class Fate:
    """What became of some observations of an address: ``status`` and ``last_error`` are the
    queue's; of those that a ruling redacted, the ruling."""

    kind: str
    status: str
    last_error: str | None
    count: int
    first: datetime
    last: datetime
    ruling: str | None
    ruled_at: datetime | None
    author: str | None
    reason: str | None

    def __str__(self) -> str:
        when = moment(self.first)
        if self.last > self.first:
            when += f" to {moment(self.last)}"
        return f"{counted(self.count, KINDS[self.kind])}, {when}: {self._outcome()}"

    def _outcome(self) -> str:
        if self.ruling and self.ruled_at:
            return (
                f"redacted by {self.author} on {moment(self.ruled_at)}: {self.reason} (ruling "
                f"{self.ruling[:SHORT]}); what it held is erased and counts as never seen"
            )
        if self.status == "dead":
            return f"parked, {self.last_error}: python -m normalizer parked"
        if self.status == "skipped":
            return f"left out, {self.last_error}"
        if self.status == "pending":
            return "waits for the next run: python -m normalizer run"
        return (
            "read, but nothing makes a car of it: classic.com's cards do not where the dealer's "
            "own inventory is read, nor does a page that offers none"
        )


@dataclass(frozen=True)
class Absence:
    """An address without a vehicle, and the fates of what was observed there."""

    address: str
    fates: tuple[Fate, ...]

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return asdict(self)

    def lines(self) -> list[str]:
        """The explanation as text for people."""
        text = [f"there is no vehicle at {self.address}", "", "what was observed there"]
        for fate in self.fates:
            text += folded(f"  {fate}", "    ")
        return text


def explain_absence(connection: Connection, address: str) -> list[Absence]:
    """Why no vehicle has this address; nothing where it was never observed."""
    if "://" not in address:
        return []
    with connection.cursor(row_factory=class_row(Fate)) as cursor:
        urls = {"urls": spellings(address)}
        fates = cursor.execute(load("explain")["fates"], urls).fetchall()
    return [Absence(address, tuple(fates))] if fates else []
