"""The recurring inventory walk of every organization: inserted and retired with it."""

from collections.abc import Iterable, Sequence
from uuid import UUID

from psycopg import Connection

from normalizer.load import SQL
from normalizer.roster import Roster
from normalizer.rows import CanonicalRows

__all__ = ["reschedule", "retire"]


def reschedule(
    connection: Connection,
    component: Iterable[UUID],
    wanted: Sequence[CanonicalRows],
    roster: Roster,
) -> None:
    """Schedule the organizations that have a site to walk, or a profile page whose table stands in
    for one, and no schedule yet.

    The schedule of an organization that vanished goes to its successor, with its slot and lease,
    so a walk under way ends as it began. Schedules that nobody inherits are retired by `retire`.
    """
    vanished = set(component) - roster.organizations.keys()
    for organization, successor in sorted(roster.moves(vanished)):
        if organization in vanished:
            connection.execute(
                SQL["hand_over_schedule"], {"vanished": organization, "successor": successor}
            )
    walkable = sorted(
        business.id
        for rows in wanted
        for business in rows.businesses
        if business.website or business.inventory_url or business.profile_urls
    )
    if walkable:
        connection.execute(SQL["schedule"], {"ids": walkable})


def retire(connection: Connection) -> int:
    """Drop the schedules whose organization vanished, but none that a crawler has claimed."""
    return connection.execute(SQL["retire_schedules"]).rowcount
