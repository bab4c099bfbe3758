"""Walks that may not prove absence: since when, why, what is withheld, and what resolves each.

The age of a verdict is counted to the newest observation of its organization, not to the wall
clock: what matters is how much was seen since without the doubt being lifted.
"""

from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection

from normalizer.rulings_list import SHORT
from normalizer.wording import GRIDS, age, counted, doubted
from store.queries import load

__all__ = ["QuarantinedWalk", "Withheld", "quarantined"]

RULINGS = load("rulings")

NO_LISTINGS = "incomplete:no_listings"
_SHOWN = 5


@dataclass(frozen=True)
class Withheld:
    """A car on offer that the walk did not see: it keeps its status."""

    listing_url: str
    title: str | None
    last_seen_at: datetime


@dataclass(frozen=True)
class QuarantinedWalk:
    """The newest walk of a scope, where it may not prove absence: why not, beside the scope's last
    good walk, and since when it is so by how many walks.

    ``newest`` is the time of the newest observation of its organization; ``drift`` are the fields
    that fell, each with its share before and now.
    """

    key: str
    dealer_id: UUID
    dealer: str | None
    source: str
    grid_url: str
    grid: str
    observed_at: datetime
    seen: int
    reason: str
    had_cars: bool
    good_at: datetime | None
    good_seen: int | None
    since: datetime
    walks: int
    newest: datetime | None
    drift: tuple[tuple[str, float, float], ...] = ()
    declared: int | None = None
    withheld: tuple[Withheld, ...] = ()

    @property
    def has_no_inventory(self) -> bool:
        """Whether the site was read and never showed a car: nothing is withheld by doubting it."""
        return self.reason == NO_LISTINGS and not self.had_cars

    @property
    def share(self) -> float | None:
        """What part of the last good walk's cars it saw."""
        return self.seen / self.good_seen if self.good_seen else None

    @property
    def commands(self) -> dict[str, str]:
        """What may be the case → the command for it."""
        rule = "python -m normalizer rule"
        reason = f'{self.key[:SHORT]} --reason "…"'
        again = {"or nothing: a later good walk lifts it": self._walk_again}
        if self.seen == 0 and not self.had_cars:
            # Nothing was ever seen here: there is no car that could be gone.
            is_read = self.reason in ("empty", NO_LISTINGS)
            right = {"it is right, there are no cars": f"{rule} accept {reason}"}
            return {**right, **again} if is_read else again
        is_right = "it is right, what it did not see is gone"
        if self.grid == "sold":
            is_right = "it is right, the dealer took cars off that page"
        return {
            is_right: f"{rule} accept {reason}",
            "it is wrong, forget it": f"{rule} reject {reason}",
            **again,
        }

    @property
    def _walk_again(self) -> str:
        spider = "homenet -a feed=…" if self.grid == "feed" else "inventory"
        return f"scrapy crawl {spider} -a organization={self.dealer_id}"

    def as_json(self) -> dict[str, Any]:
        """Everything, as plain data."""
        return {**asdict(self), "share": self.share, "commands": self.commands}

    def lines(self) -> list[str]:
        """The verdict as text for people."""
        text = [
            f"{self.dealer or 'no name'} ({self.dealer_id})",
            f"  {GRIDS.get(self.grid, self.grid)} {self.grid_url}, "
            f"{self.observed_at:%Y-%m-%d %H:%M}, {counted(self.seen, 'car')} seen",
            f"  {doubted(self.reason)}",
        ]
        if self.good_at is not None:
            share = f", so this is {self.share:.0%} of it" if self.share is not None else ""
            text.append(
                f"  last good walk: {self.good_at:%Y-%m-%d %H:%M}, {self.good_seen:,} seen{share}"
            )
        else:
            text.append("  there never was a good walk of this grid")
        if self.declared is not None:
            text.append(f"  the site itself speaks of {counted(self.declared, 'car')}")
        since = age((self.newest or self.observed_at) - self.since)
        text.append(
            f"  in doubt for {since}, by {counted(self.walks, 'walk')}, "
            f"since {self.since:%Y-%m-%d %H:%M}"
        )
        text += [f"  {_fall(*each)}" for each in self.drift]
        if self.grid == "sold":
            text.append("  no car's status hangs on it: who leaves a page of sold cars stays sold")
        if self.withheld:
            text.append(f"  {counted(len(self.withheld), 'car')} kept on offer though unseen:")
            text += [
                f"    {each.title or 'a car'}: {each.listing_url}, "
                f"last seen {each.last_seen_at:%Y-%m-%d}"
                for each in self.withheld[:_SHOWN]
            ]
            if len(self.withheld) > _SHOWN:
                text.append(f"    and {len(self.withheld) - _SHOWN:,} more (--json lists them)")
        text += [f"  {when}:\n    {command}" for when, command in self.commands.items()]
        return text

    def __str__(self) -> str:
        return "\n".join(self.lines())


def _fall(name: str, before: float, now: float) -> str:
    if name == "items_per_page":
        return f"a page had up to {before:g} cars, now {now:g}"
    if name.startswith("distinct_"):
        field = name.removeprefix("distinct_")
        return f"{field} differed from car to car in {before:.0%}, now in {now:.0%}"
    return f"{name} was filled in {before:.0%}, now in {now:.0%}"


def quarantined(connection: Connection, *, evidence: bool = False) -> list[QuarantinedWalk]:
    """The scopes whose newest walk may not prove absence; with their ``evidence`` where a person
    will read it."""
    rows = connection.execute(RULINGS["quarantined"]).fetchall()
    return [_walk(connection, row, evidence) for row in rows]


def _walk(connection: Connection, row: tuple[Any, ...], evidence: bool) -> QuarantinedWalk:
    walk = QuarantinedWalk(*row)
    if not evidence:
        return walk
    manifest = connection.execute(RULINGS["manifest"], {"key": walk.key}).fetchone()
    drift, _, declared = manifest or (None, None, None)
    scope = {
        "dealer_id": walk.dealer_id,
        "grid_url": walk.grid_url,
        "observed_at": walk.observed_at,
    }
    withheld = connection.execute(RULINGS["withheld"], scope)
    return replace(
        walk,
        drift=tuple((each["field"], each["before"], each["now"]) for each in drift or ()),
        declared=declared,
        withheld=tuple(Withheld(*each) for each in withheld),
    )
