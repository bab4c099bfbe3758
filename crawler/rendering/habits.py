"""What is known of a site's need of a browser, and keeping it (table ``rendered_sites``).

A browser costs a hundred times what a page costs. So a site where it brought cars is drawn at once
in the next walks, without asking endpoints before; one where it brought none is left alone for a
while; and both are tried anew when the time is over. A browser that is missing or broken proves
nothing about a site and is not kept.
"""

from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Literal

from psycopg import AsyncConnection

from crawler.session import Session
from store.queries import load

__all__ = ["Habit", "Kind", "forget", "habit_of", "keep"]

Kind = Literal["grid", "vehicle"]
"""What of a site was drawn: a shell of a grid says nothing about its vehicle pages."""

FRUITFUL = timedelta(days=30)
"""Until a site that needs a browser is asked in other ways again, which may have appeared."""
FRUITLESS = timedelta(days=7)
"""Until a site where a browser brought nothing is drawn again."""


@dataclass(frozen=True, slots=True)
class Habit:
    """What drawing a site brought: how many listings that were seen in no other way, or whether
    its vehicle pages showed a vehicle."""

    gained: int

    @property
    def needed(self) -> bool:
        """Whether the browser brought cars."""
        return self.gained > 0


async def habit_of(session: Session, site: str, kind: Kind = "grid") -> Habit | None:
    """What holds for a site on the run's day, or None."""
    rows = await _execute(session, "rendered_site", site=site, kind=kind)
    return Habit(rows[0][0]) if rows else None


async def keep(
    session: Session, site: str, gained: int, failure: str | None, kind: Kind = "grid"
) -> None:
    """Keep what a browser brought on a site."""
    due_at = session.stamp.observed_at + (FRUITFUL if gained else FRUITLESS)
    await _execute(
        session,
        "note_rendered_site",
        site=site,
        kind=kind,
        gained=gained,
        failure=failure,
        due_at=due_at,
    )


async def forget(session: Session, site: str) -> None:
    """A site's grid showed its cars without a browser."""
    await _execute(session, "forget_rendered_site", site=site, kind="grid")


async def _execute(session: Session, statement: str, **parameters: Any) -> list[Any]:
    given = {**parameters, "observed_at": session.stamp.observed_at}

    async def work(connection: AsyncConnection[Any]) -> list[Any]:
        cursor = await connection.execute(load("inventory")[statement], given)
        return await cursor.fetchall() if cursor.description else []

    return await session.transact(work)
