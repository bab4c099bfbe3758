"""The law holds whatever has gone into the archive: random worlds, archived at random times."""

from datetime import UTC, datetime
from pathlib import Path
from random import Random

import pytest

from contract.observation import Observation
from normalizer import archive as archive_module
from tests.normalizer import fleet, fleet_pages
from tests.normalizer.archived import APRIL, MAY, archive_before, archivist, queued, replayed
from tests.normalizer.fleet import append, day, random_rulings, random_world
from tests.normalizer.fleet_pages import random_visits
from tests.normalizer.ground import Ground, side_by_side


@pytest.fixture
def slow_days(monkeypatch: pytest.MonkeyPatch) -> None:
    """Days that are nine days long, so that a small world takes months."""

    monkeypatch.setattr(fleet, "day", lambda number: day(9 * number))
    monkeypatch.setattr(fleet_pages, "day", lambda number: day(9 * number))


def some_world(random: Random) -> list[Observation]:
    world = random_world(random, sellers=3, days=8, cars=3)
    random_rulings(world, random, days=8)
    random_visits(world, random)
    return world.observations


def before(observations: list[Observation], month: datetime) -> list[Observation]:
    return [each for each in observations if each.observed_at < month]


@pytest.mark.parametrize("seed", range(8))
def test_archived_worlds_end_in_the_same_tables(
    ground: Ground,
    tmp_path: Path,
    slow_days: None,
    monkeypatch: pytest.MonkeyPatch,
    seed: int,
) -> None:
    random = Random(seed)
    # Files of one slice, of sixteen, of more.
    monkeypatch.setattr(archive_module, "ROWS_PER_FILE", random.choice((1_000, 20, 2)))
    observations = some_world(random)
    expected = ground.settle(observations)
    ground.clear()
    for month in sorted(random.sample((APRIL, MAY), k=random.choice((1, 2)))):
        end = datetime(month.year, month.month, 1, tzinfo=UTC)
        known = ever_known(ground, tmp_path)
        append(ground.owner, [each for each in before(observations, end) if each.key not in known])
        ground.drain(random.choice((1, 500)))
        digest = ground.digest()
        archive_before(tmp_path, month, ground.url)
        assert ground.digest() == digest
    known = ever_known(ground, tmp_path)
    rest = [each for each in observations if each.key not in known]
    random.shuffle(rest)
    for part in (rest[::2], rest[1::2]):
        append(ground.owner, part)
        ground.drain(random.choice((1, 500)))
    parked = ground.owner.execute("SELECT last_error FROM import_queue WHERE status = 'dead'")
    assert parked.fetchall() == []
    assert ground.digest() == expected
    with archivist(tmp_path, ground.url) as archive:
        archive.redact()
        assert [problem for _, problem in archive.verify() if problem] == []
    rebuilt = replayed(tmp_path, ground.url)
    assert (rebuilt.live.total, rebuilt.rebuilt.total) == (expected, expected)
    with archivist(tmp_path, ground.url) as archive:
        for month in {file.month for file in archive.files()}:
            archive.restore(month)
    assert list(tmp_path.iterdir()) == []
    assert len(queued(ground.owner)) == len(observations)
    assert replayed(tmp_path, ground.url).rebuilt.total == expected


def test_months_come_and_go_beside_drains_and_a_busy_crawler(
    ground: Ground, tmp_path: Path, slow_days: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "ROWS_PER_FILE", 20)
    random = Random(11)
    world = random_world(random, sellers=5, days=8, cars=3)
    random_visits(world, random)
    observations = world.observations
    expected = ground.settle(observations)
    ground.clear()
    april = datetime(2026, 4, 1, tzinfo=UTC)
    append(ground.owner, before(observations, april))
    ground.drain()
    later = [each for each in observations if each.observed_at >= april]

    def archive() -> None:
        for _ in range(3):
            archive_before(tmp_path, APRIL, ground.url)
            with archivist(tmp_path, ground.url) as one:
                for month in {file.month for file in one.files()}:
                    one.restore(month)
        archive_before(tmp_path, APRIL, ground.url)

    def drain() -> None:
        for _ in range(5):
            ground.drain(random.choice((1, 500)))

    side_by_side(archive, lambda: ground.crawl(later, 5), drain, drain)
    ground.drain()
    assert ground.digest() == expected
    assert replayed(tmp_path, ground.url).rebuilt.total == expected


def ever_known(ground: Ground, folder: Path) -> set[str]:
    """The keys of what is in the queue or in the archive."""
    known = {key for (key,) in ground.owner.execute("SELECT key FROM import_queue")}
    with archivist(folder, ground.url) as archive:
        return known.union(line.key for file in archive.files() for line in file.lines(folder))
