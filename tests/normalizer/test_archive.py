"""The archive: what leaves the queue for it, what stays, and that nobody sees a difference."""

import subprocess
from pathlib import Path
from typing import Any

import psycopg
import pytest

from normalizer import archive as archive_module
from normalizer.__main__ import main
from normalizer.archive import Archive
from tests.normalizer.archived import APRIL, MARCH, archive_before, archivist, queued, replayed
from tests.normalizer.drainage import SITE, digest_now, run
from tests.normalizer.fleet import World, append, day


def test_a_month_leaves_the_queue_and_the_tables_stay(
    connection: psycopg.Connection, drained: World, tmp_path: Path
) -> None:
    before = digest_now()
    rows = len(queued(connection))
    taken = archive_before(tmp_path, APRIL)
    # What stays: the profile, both cars' newest cards and the newest walk before April's.
    assert taken > 30
    assert len(queued(connection)) == rows - taken
    assert digest_now() == before
    run(again=True)
    assert digest_now() == before
    assert replayed(tmp_path).equal
    with archivist(tmp_path) as archive:
        (file,) = archive.files()
        march = sum(each.observed_at.month == 3 for each in drained.observations)
        assert (file.month, file.rows, file.taken) == (MARCH, march, taken)
        assert file.first_observed_at == day(0)
        assert archive.missing(APRIL) == []


def test_later_walks_are_folded_with_what_was_archived(
    connection: psycopg.Connection, drained: World, tmp_path: Path
) -> None:
    archive_before(tmp_path, APRIL)
    world = World()
    for number in range(41, 46):
        world.walk("alpha", day(number), ["c"])
    append(connection, world.observations)
    run()
    archived = digest_now()
    with archivist(tmp_path) as archive:
        archive.restore(MARCH)
    run(again=True)
    assert digest_now() == archived
    assert connection.execute(
        "SELECT seen_count FROM dealer_inventory_seen ORDER BY listing_url"
    ).fetchall() == [(20,), (10,), (6,)]


def test_what_was_archived_slice_by_slice_is_gone_on_with(
    drained: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(archive_module, "ROWS_PER_FILE", 3)
    digest = digest_now()
    with archivist(tmp_path) as archive:
        (month,) = archive.missing(APRIL)
        slices = month.slices()
        for slice in slices[:7]:
            archive._write(month.month, slice)
        monkeypatch.setattr(archive_module, "ROWS_PER_FILE", 1_000)
        (rest,) = archive.missing(APRIL)
        assert (rest.digits, rest.files) == (len(slices[0]), 7)
        archive.write(rest)
        assert archive.missing(APRIL) == []
    assert digest_now() == digest
    assert replayed(tmp_path).equal


def test_replay_without_a_folder_says_what_to_set(
    drained: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("ARCHIVE_STORE", raising=False)
    assert main(["replay"]) == 0
    archive_before(tmp_path, APRIL)
    assert main(["replay"]) == 1
    assert "ARCHIVE_STORE is not set" in capsys.readouterr().err
    monkeypatch.setenv("ARCHIVE_STORE", str(tmp_path))
    assert main(["replay"]) == 0


def test_a_month_that_is_not_drained_is_left_out(
    connection: psycopg.Connection,
    drained: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    world = World()
    world.walk("alpha", day(22), ["d"])
    append(connection, world.observations)
    command = ["archive", "write", "--before", "2026-04", "--folder", str(tmp_path)]
    assert main(command) == 3
    assert (
        "2026-03 is left out: 2 observations of it still to be drained" in capsys.readouterr().out
    )
    run()
    assert main(command) == 0
    assert main(command) == 0
    assert "0 months before 2026-04 archived" in capsys.readouterr().out
    assert main(["archive", "list", "--folder", str(tmp_path)]) == 0
    assert "2026-03" in capsys.readouterr().out


def test_the_month_that_has_not_ended_stays(
    drained: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    future = ["archive", "write", "--before", "2999-01", "--folder", str(tmp_path)]
    assert main(future) == 2
    assert "has not begun" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        main(["archive", "write", "--before", "soon"])


def test_what_was_archived_is_still_explained(
    connection: psycopg.Connection,
    drained: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    for subject in (f"{SITE}/cars/a", f"{SITE}/cars/b", SITE):
        main(["explain", subject])
    before = capsys.readouterr().out
    assert "shows it on offer" in before
    archive_before(tmp_path, APRIL)
    for subject in (f"{SITE}/cars/a", f"{SITE}/cars/b", SITE):
        main(["explain", subject])
    assert capsys.readouterr().out == before


def test_the_newest_of_each_page_stays_for_the_appender(
    connection: psycopg.Connection, drained: World, tmp_path: Path
) -> None:
    newest = """
        SELECT DISTINCT ON (source, kind, url, organization_id) key FROM import_queue
        ORDER BY source, kind, url, organization_id, observed_at DESC, key DESC
    """
    before = connection.execute(newest).fetchall()
    archive_before(tmp_path, APRIL)
    assert connection.execute(newest).fetchall() == before


def test_the_files_are_what_people_can_read(drained: World, tmp_path: Path) -> None:
    archive_before(tmp_path, APRIL)
    (path,) = tmp_path.iterdir()
    assert path.name.startswith("2026-03.")
    text = subprocess.run(["gzip", "-dc", str(path)], capture_output=True, check=True).stdout
    assert text.count(b"\n") == sum(o.observed_at.month == 3 for o in drained.observations)


def test_programs_but_the_archivist_take_nothing_away(
    drained: World, as_role: Any, tmp_path: Path
) -> None:
    for role in ("paddock_normalizer", "paddock_operator", "paddock_crawler"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_role(role).execute("DELETE FROM import_queue")
    assert Archive(as_role("paddock_archivist"), tmp_path).files() == []
