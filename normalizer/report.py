"""What a run, and the tables after it, tell the operator."""

from dataclasses import dataclass
from typing import NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import args_row

from normalizer.drain import Outcome
from normalizer.load import SQL
from normalizer.quarantine import QuarantinedWalk, quarantined
from normalizer.wording import counted

__all__ = ["ParkedReason", "ParkedRow", "Report"]


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
class Report:
    """What a run did, what the tables hold after it, and which dealers need a look."""

    outcome: Outcome
    organizations: int
    in_stock: int
    sold: int
    removed: int
    images: int
    pending: int
    quarantined: list[QuarantinedWalk]
    parked: list[ParkedReason]

    @classmethod
    def after(cls, connection: Connection, outcome: Outcome) -> "Report":
        """Look at the tables after a run."""
        totals = connection.execute(SQL["totals"]).fetchone()
        pending = connection.execute(SQL["pending"]).fetchone()
        assert totals is not None
        assert pending is not None
        with connection.cursor(row_factory=args_row(ParkedReason)) as cursor:
            parked = cursor.execute(SQL["parked_by_dealer"]).fetchall()
        organizations, in_stock, sold, removed, images = totals
        return cls(
            outcome=outcome,
            organizations=organizations,
            in_stock=in_stock,
            sold=sold,
            removed=removed,
            images=images,
            pending=pending[0],
            quarantined=quarantined(connection),
            parked=parked,
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
        text = [
            f"drained {counted(done.drained, 'observation')} in "
            f"{counted(done.batches, 'batch', 'batches')}: "
            f"{done.observations:,} completed, {done.skipped:,} skipped, {done.parked:,} parked",
            f"folded {counted(done.organizations, 'organization')}, "
            f"changed {counted(done.changed_rows, 'row')}",
            f"now {counted(self.organizations, 'organization')}; "
            f"vehicles: {self.in_stock:,} in stock, {self.sold:,} sold, "
            f"{self.removed:,} removed; {counted(self.images, 'image')}",
        ]
        for title, walks in (
            (
                "quarantined walks (absence is withheld; python -m normalizer quarantine):",
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
                    f"  {each.dealer or each.dealer_id}: {each.grid_url}: {each.reason}"
                    for each in walks
                ]
        if self.parked:
            text.append("parked observations (python -m normalizer parked):")
            text += [
                f"  {each.dealer or each.dealer_id or 'no organization'}: "
                f"{each.reason} ({each.rows:,})"
                for each in self.parked
            ]
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
