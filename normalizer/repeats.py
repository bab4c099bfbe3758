"""Walks that repeat the last ones word for word, told apart and written without a fold.

On most days most dealers change nothing. A walk whose manifest equals its predecessor's then says
one thing only: everything it saw was seen once more. Where nothing else is pending, and no car is
counting its absences, the fold would change nothing but times and counts, and those are set here
in a handful of statements for a whole batch. Whenever any condition is in doubt, the fold decides
(docs/decisions/0014).
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from itertools import chain
from typing import NamedTuple
from uuid import UUID

from psycopg import Connection
from psycopg.rows import args_row

from normalizer.rulebook import rulebook
from normalizer.snapshots import listing_identity, page_identity
from normalizer.write import Changes
from store.queries import load

__all__ = ["Repeats", "drain_repeats"]

SQL = load("repeats")


@dataclass
class Repeats:
    """The ``organizations`` that are done, the queue's ``rows`` to be marked, and what changed."""

    organizations: set[UUID] = field(default_factory=set)
    rows: list[int] = field(default_factory=list)
    changes: Changes = field(default_factory=Changes)


class _Repetition(NamedTuple):
    """The walks of one organization that repeat the last ones: rows and keys, whom each repeats,
    where it walked, and every listing with a known content."""

    organization: UUID
    before: datetime
    now: datetime
    rows: list[int]
    keys: list[str]
    repeats: list[str]
    scopes: list[str]
    urls: list[str]
    hashes: list[str]

    def is_unambiguous(self) -> bool:
        """Whether nothing depends on the order of the walks among themselves: of two that tell
        different things at one instant, the greater key counts, and the new ones have new keys."""
        grids = {
            (scope.partition(" ")[0], page_identity(scope.partition(" ")[2]))
            for scope in self.scopes
        }
        contents: dict[str, str] = {}
        return len(grids) == len(self.scopes) and all(
            contents.setdefault(listing_identity(url), content) == content
            for url, content in zip(self.urls, self.hashes, strict=True)
        )


def drain_repeats(connection: Connection, organizations: Iterable[UUID]) -> Repeats:
    """Drain those of the organizations for which repeated walks are all that waits.

    The cluster lock (shared) and the organizations' own locks must be held.
    """
    found = Repeats()
    wanted = sorted(organizations)
    if not wanted:
        return found
    cursor = connection.cursor(row_factory=args_row(_Repetition))
    arguments = {"ids": wanted, "secondary": list(rulebook().merge.secondary_sources)}
    repeated = [
        each for each in cursor.execute(SQL["repeated"], arguments) if each.is_unambiguous()
    ]
    if not repeated:
        return found
    moments = {
        "ids": [each.organization for each in repeated],
        "before": [each.before for each in repeated],
        "now": [each.now for each in repeated],
        "keys": list(chain.from_iterable(each.keys for each in repeated)),
        "repeats": list(chain.from_iterable(each.repeats for each in repeated)),
    }
    for statement in ("see_listings_again", "see_vehicles_again", "assert_again"):
        found.changes.updated += connection.execute(SQL[statement], moments).rowcount
    found.changes.inserted = connection.execute(SQL["repeat_walks"], moments).rowcount
    found.rows = list(chain.from_iterable(each.rows for each in repeated))
    found.organizations = {each.organization for each in repeated}
    return found
