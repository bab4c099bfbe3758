"""An archive of a test's database, in a folder of its own, and what is put into it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import psycopg

from normalizer.archive import Archive
from normalizer.replay import Replay, replay
from store.connect import connect
from tests.normalizer.drainage import SITE
from tests.normalizer.fleet import World, day

__all__ = [
    "APRIL",
    "MARCH",
    "MAY",
    "archive_before",
    "archivist",
    "march_and_april",
    "on_disk",
    "queued",
    "replayed",
]

MARCH, APRIL, MAY = date(2026, 3, 1), date(2026, 4, 1), date(2026, 5, 1)


def march_and_april() -> World:
    """Daily walks in March, one car that changes, one that leaves; and a walk in April."""
    world = World()
    world.profile("alpha", day(0), website=SITE)
    for number in range(20):
        price = f"${50 + number // 5},000"
        cars = [world.listing("alpha", "a", price=price), world.listing("alpha", "b")]
        world.walk("alpha", day(1 + number), cars[: 2 if number < 10 else 1])
    world.walk("alpha", day(40), ["c"])
    return world


@contextmanager
def archivist(folder: Path, url: str | None = None) -> Iterator[Archive]:
    """The archive in a folder."""
    with connect("paddock_archivist", url=url, autocommit=True) as connection:
        yield Archive(connection, folder)


def archive_before(folder: Path, month: date, url: str | None = None) -> int:
    """Archive every month before one; returns how many rows have left the queue."""
    with archivist(folder, url) as archive:
        missing = archive.missing(month)
        assert not any(each.pending for each in missing)
        return sum(archive.write(each) for each in missing)


def replayed(folder: Path, url: str | None = None) -> Replay:
    """Everything built again from the files and the queue."""
    with connect("paddock_normalizer", url=url, autocommit=True) as connection:
        return replay(connection, archive=folder)


def queued(connection: psycopg.Connection) -> list[tuple[object, ...]]:
    """Every row of the queue, but for the times that nobody reads."""
    return connection.execute(
        "SELECT to_jsonb(q) - '{updated_at,next_run_at}'::text[] FROM import_queue q ORDER BY id"
    ).fetchall()


def on_disk(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())
