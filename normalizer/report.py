"""What a run, and the tables after it, tell the operator."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from psycopg import Connection, sql
from psycopg.rows import args_row

from normalizer.drain import Outcome
from normalizer.histories import SQL as ARCHIVE
from normalizer.load import SQL
from normalizer.quarantine import QuarantinedWalk, quarantined
from normalizer.wording import counted, doubted

__all__ = ["LARGEST_COUNTED", "ParkedReason", "ParkedRow", "Report", "Totals"]

LARGEST_COUNTED = 64 * 1024 * 1024
"""Bytes of tables that a run counts from end to end: about 15,000 vehicles with their photos."""


class ParkedReason(NamedTuple):
    """How many observations of one dealer are parked for one reason."""

    dealer_id: UUID | None
    dealer: str | None
    reason: str
    rows: int


class ParkedRow(NamedTuple):
    """One parked observation. ``observed_at`` is text, in UTC: it may be no time that Python
    knows."""

    id: int
    kind: str
    source: str
    url: str
    observed_at: str
    reason: str
    dealer: str | None

    def __str__(self) -> str:
        return (
            f"{self.id}: {self.kind} of {self.source}, {self.observed_at}, "
            f"{self.dealer or 'no organization'}\n  {self.url}\n  {self.reason}"
        )


@dataclass(frozen=True)
class Totals:
    """What the tables hold. Where they are large it is what the planner expects, not ``exact``."""

    organizations: int
    in_stock: int
    sold: int
    removed: int
    images: int
    exact: bool

    @classmethod
    def of(cls, connection: Connection) -> "Totals":
        """Count small tables; of large ones ask the planner, whose statistics autovacuum keeps:
        to count 20 million vehicles takes a minute at the end of every run."""
        size = connection.execute(SQL["sizes"]).fetchone()
        assert size is not None
        exact = size[0] <= LARGEST_COUNTED

        def rows(query: str, *statuses: str) -> int:
            these = sql.SQL(SQL[query].rstrip(";"))
            asked = "SELECT count(*) FROM ({}) AS these" if exact else "EXPLAIN (FORMAT JSON) {}"
            found = connection.execute(
                sql.SQL(asked).format(these), {"statuses": list(statuses)}
            ).fetchone()
            assert found is not None
            return int(found[0] if exact else found[0][0]["Plan"]["Plan Rows"])

        return cls(
            organizations=rows("organizations"),
            in_stock=rows("vehicles_of", "in_stock", "pending"),
            sold=rows("vehicles_of", "sold"),
            removed=rows("vehicles_of", "removed"),
            images=rows("images"),
            exact=exact,
        )

    def __str__(self) -> str:
        return (
            f"now {'' if self.exact else 'about '}{counted(self.organizations, 'organization')}; "
            f"vehicles: {self.in_stock:,} in stock, {self.sold:,} sold, "
            f"{self.removed:,} removed; {counted(self.images, 'image')}"
        )


@dataclass(frozen=True)
class Report:
    """What a run did, what the tables hold after it, and which dealers need a look. ``stale`` is
    how many files of the archive still hold what was redacted."""

    outcome: Outcome
    totals: Totals
    pending: int
    quarantined: list[QuarantinedWalk]
    parked: list[ParkedReason]
    stale: int

    @classmethod
    def after(cls, connection: Connection, outcome: Outcome) -> "Report":
        """Look at the tables after a run."""
        pending = connection.execute(SQL["pending"]).fetchone()
        stale = connection.execute(ARCHIVE["stale"]).fetchone()
        assert pending is not None
        assert stale is not None
        with connection.cursor(row_factory=args_row(ParkedReason)) as cursor:
            parked = cursor.execute(SQL["parked_by_dealer"]).fetchall()
        return cls(
            outcome=outcome,
            totals=Totals.of(connection),
            pending=pending[0],
            quarantined=quarantined(connection),
            parked=parked,
            stale=stale[0],
        )

    @property
    def exit_code(self) -> int:
        """0: the whole job was done; 3: done, but some dealers need a look; 1: something failed
        or is left. Sites that never showed a car are listed, but do not need a look every night."""
        if self.outcome.failures or self.outcome.held:
            return 1
        doubted = any(not walk.has_no_inventory for walk in self.quarantined)
        return 3 if doubted or self.parked else 0

    def lines(self) -> list[str]:
        """The report as text for people."""
        done = self.outcome
        text = ["nothing was pending"]
        if done.drained or done.organizations or done.failures or done.held:
            text = [
                f"drained {counted(done.drained, 'observation')} in "
                f"{counted(done.batches, 'batch', 'batches')}: {done.observations:,} completed, "
                f"{done.skipped:,} skipped, {done.parked:,} parked",
                f"worked out {counted(done.organizations, 'organization')} anew, "
                f"changed {counted(done.changed_rows, 'row')}",
            ]
        text.append(str(self.totals))
        for title, walks in (
            (
                "walks that prove no absence (python -m normalizer quarantine):",
                [walk for walk in self.quarantined if not walk.has_no_inventory],
            ),
            (
                "sites that never showed a car:",
                [walk for walk in self.quarantined if walk.has_no_inventory],
            ),
        ):
            if walks:
                text.append(title)
                text += [
                    f"  {each.dealer or each.dealer_id}: {each.grid_url}: {doubted(each.reason)}"
                    for each in walks
                ]
        if self.parked:
            text.append("parked observations (python -m normalizer parked):")
            text += [
                f"  {each.dealer or each.dealer_id or 'no organization'}: "
                f"{each.reason} ({each.rows:,})"
                for each in self.parked
            ]
        if self.stale:
            text.append(
                f"{counted(self.stale, 'file')} of the archive still to be redacted "
                "(python -m normalizer archive write)"
            )
        for failure in done.failures:
            ids = ", ".join(map(str, failure.organizations or failure.handles))
            text.append(
                f"FAILED, still pending (the log has the traceback): {ids}: {failure.error}"
            )
        if done.held:
            ids = ", ".join(map(str, sorted(done.held)))
            text.append(f"LEFT, another process holds them (run again): {ids}")
        elif self.pending and not done.failures:
            are = "is" if self.pending == 1 else "are"
            text.append(f"{counted(self.pending, 'observation')} {are} pending still")
        return text
