"""The archive: what it takes and keeps, what a crash, a full disk or a lost file does to it."""

import errno
import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import psycopg
import pytest

from normalizer import archive as archive_module
from normalizer.__main__ import main
from normalizer.archive import Archive
from normalizer.archive_files import ArchiveError
from normalizer.histories import Past, pack, unpack
from tests.normalizer.archived import (
    APRIL,
    MARCH,
    archive_before,
    archivist,
    queued,
    replayed,
)
from tests.normalizer.drainage import digest_now, run, statuses
from tests.normalizer.fleet import World, append, day, handle_of

SITE = "https://www.alpha.example"


def three_months() -> World:
    """Daily walks in March, one car that changes, one that leaves; and a walk in April."""
    world = World()
    world.profile("alpha", day(0), website=SITE)
    for number in range(20):
        price = f"${50 + number // 5},000"
        cars = [world.listing("alpha", "a", price=price), world.listing("alpha", "b")]
        world.walk("alpha", day(1 + number), cars[: 2 if number < 10 else 1])
    world.walk("alpha", day(40), ["c"])
    return world


@pytest.fixture
def drained(connection: psycopg.Connection) -> World:
    world = three_months()
    append(connection, world.observations)
    run()
    return world


def on_disk(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


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


def test_restoring_puts_every_row_back_as_it_was(
    connection: psycopg.Connection, drained: World, tmp_path: Path
) -> None:
    append(connection, drained.observations[:3])
    run()
    before = queued(connection)
    archive_before(tmp_path, APRIL)
    assert queued(connection) != before
    with archivist(tmp_path) as archive:
        archive.restore(MARCH)
    assert queued(connection) == before
    assert on_disk(tmp_path) == []
    assert connection.execute("SELECT count(*) FROM observation_histories").fetchone() == (0,)
    with archivist(tmp_path) as archive, pytest.raises(ArchiveError, match="2026-03 is not in"):
        archive.restore(MARCH)


CRASHES: dict[str, tuple[Any, str]] = {
    "before the file has its name": (Path, "replace"),
    "between file and catalogue": (archive_module, "remember"),
    "before the commit": (psycopg.Transaction, "__exit__"),
}


@pytest.mark.parametrize("point", CRASHES)
def test_a_process_killed_on_the_way_loses_nothing(
    connection: psycopg.Connection, drained: World, tmp_path: Path, point: str
) -> None:
    before, digest = queued(connection), digest_now()
    owner, name = CRASHES[point]
    place = f"{owner.__module__}:{owner.__name__}" if isinstance(owner, type) else owner.__name__
    child = """
import os, signal, sys
from importlib import import_module
from pathlib import Path
from normalizer.__main__ import main
module, _, attribute = sys.argv[1].partition(":")
owner = import_module(module)
owner = getattr(owner, attribute) if attribute else owner
setattr(owner, sys.argv[2], lambda *given, **named: os.kill(os.getpid(), signal.SIGKILL))
main(["archive", "write", "--before", "2026-04", "--folder", sys.argv[3]])
"""
    ended = subprocess.run(
        [sys.executable, "-c", child, place, name, str(tmp_path)], timeout=60, check=False
    )
    assert ended.returncode == -signal.SIGKILL
    assert queued(connection) == before
    assert connection.execute("SELECT count(*) FROM archive_files").fetchone() == (0,)
    assert archive_before(tmp_path, APRIL) > 30
    assert digest_now() == digest
    assert replayed(tmp_path).equal


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


def test_a_full_disk_is_said_clearly_and_takes_nothing(
    connection: psycopg.Connection,
    drained: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = queued(connection)

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    assert main(["archive", "write", "--before", "2026-04", "--folder", str(tmp_path)]) == 1
    told = capsys.readouterr().err
    assert "No space left on device" in told
    assert "nothing was taken out of import_queue" in told
    assert queued(connection) == before
    assert on_disk(tmp_path) == []


def test_a_disk_that_does_not_give_back_what_was_written_is_found_out(
    connection: psycopg.Connection,
    drained: World,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    before = queued(connection)
    fsync = os.fsync

    def bad(handle: int) -> None:
        os.pwrite(handle, b"\x00\x00\x00\x00", 200)
        fsync(handle)

    monkeypatch.setattr(os, "fsync", bad)
    with pytest.raises(ArchiveError, match=r"cannot be written|did not give back"):
        archive_before(tmp_path, APRIL)
    monkeypatch.undo()
    assert queued(connection) == before
    assert on_disk(tmp_path) == []


def test_a_file_that_is_missing_or_another_one_is_named(
    drained: World, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    archive_before(tmp_path, APRIL)
    (path,) = tmp_path.iterdir()
    good = path.read_bytes()
    for content, told in ((b"bad", "is not the file that was archived"), (None, "is not in")):
        path.unlink()
        if content:
            path.write_bytes(content)
        for command in (["replay", "--archive"], ["archive", "restore", "2026-03", "--folder"]):
            assert main([*command, str(tmp_path)]) == 1
            err = capsys.readouterr().err
            assert told in err
            assert path.name in err
            assert "put the right file back" in err
        assert main(["archive", "verify", "--folder", str(tmp_path)]) == 1
        assert told in capsys.readouterr().out
        path.touch()
    path.write_bytes(good)
    assert main(["replay", "--archive", str(tmp_path)]) == 0
    assert main(["archive", "verify", "2026-03", "--folder", str(tmp_path)]) == 0


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


def test_an_observation_that_comes_too_late_is_parked_until_its_month_is_restored(
    connection: psycopg.Connection,
    drained: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    digest = digest_now()
    archive_before(tmp_path, APRIL)
    late = World()
    late.walk("alpha", day(25), ["a", "late"])
    late.profile("beta", day(26), website="https://www.beta.example")
    # One that came before, and has left the queue.
    again = [drained.observations[4]]
    append(connection, [*late.observations, *again])
    run()
    assert statuses(connection)["dead"] == len(late.observations) + 1
    assert digest_now() == digest
    assert main(["parked"]) == 3
    assert "python -m normalizer archive restore 2026-03" in capsys.readouterr().out
    with archivist(tmp_path) as archive:
        archive.restore(MARCH)
    assert main(["parked", "--redrive"]) == 0
    run()
    archive_before(tmp_path, APRIL)
    assert statuses(connection).get("dead") is None
    assert replayed(tmp_path).equal
    after = digest_now()
    assert after != digest
    connection.execute("DELETE FROM import_queue")
    connection.execute("DELETE FROM archive_files")
    connection.execute("DELETE FROM observation_histories")
    append(connection, [*drained.observations, *late.observations])
    run()
    assert digest_now() == after


def test_a_walk_of_an_archived_month_that_repeats_the_last_one_is_late_too(
    connection: psycopg.Connection, tmp_path: Path
) -> None:
    world = World()
    world.profile("alpha", day(0), website=SITE)
    cars = [world.listing("alpha", "a")]
    world.walk("alpha", day(1), cars)
    append(connection, world.observations)
    run()
    archive_before(tmp_path, APRIL)
    again = World()
    again.walk("alpha", day(2), cars, suppress=["a"])
    append(connection, again.observations)
    run()
    assert statuses(connection)["dead"] == 1


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


@pytest.mark.parametrize("what", ["a card that left", "a card that stayed"])
def test_a_redaction_reaches_into_the_files(
    connection: psycopg.Connection,
    drained: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    what: str,
) -> None:
    cards = [each for each in drained.observations if each.raw_data.get("price") == "$51,000"]
    stayed = [each for each in drained.observations if each.url.endswith("/b")][-1]
    redacted = cards[0] if what == "a card that left" else stayed
    archive_before(tmp_path, APRIL)
    before = on_disk(tmp_path)
    world = World()
    world.ruling(
        handle_of("alpha"), day(60), action="redact", subject="observation",
        observation=redacted.key,
    )  # fmt: skip
    append(connection, world.observations)
    run()
    digest = digest_now()
    assert main(["replay", "--archive", str(tmp_path)]) == 1
    assert "archive write brings redactions" in capsys.readouterr().err
    assert main(["archive", "write", "--before", "2026-04", "--folder", str(tmp_path)]) == 0
    assert "1 file written anew" in capsys.readouterr().out
    assert on_disk(tmp_path) != before
    with archivist(tmp_path) as archive:
        (file,) = archive.files()
        lines = {line.key: line for line in file.lines(tmp_path)}
        assert lines[redacted.key].content == '{"redacted": true}'
        assert len(lines) == file.rows
        assert [problem for _, problem in archive.verify()] == [None]
    assert replayed(tmp_path).equal
    with archivist(tmp_path) as archive:
        archive.restore(MARCH)
    run(again=True)
    assert digest_now() == digest
    texts = connection.execute(
        "SELECT raw_data FROM import_queue WHERE key = %s", [redacted.key]
    ).fetchall()
    assert texts == [({"redacted": True},)]


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


def test_an_archived_observation_can_be_ruled_on_by_its_key(
    connection: psycopg.Connection,
    drained: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    card = next(each for each in drained.observations if each.raw_data.get("price") == "$51,000")
    walk = next(each for each in drained.observations if each.kind == "inventory_manifest")
    archive_before(tmp_path, APRIL)
    said = ["--reason", "a test", "--author", "tester"]
    assert main(["rule", "redact", card.key[:12], "--yes", *said]) == 0
    assert main(["rule", "reject", walk.key[:12], *said]) == 0
    run()
    reason = connection.execute(
        "SELECT reason FROM inventory_walks WHERE observation_key = %s", [walk.key]
    ).fetchone()
    assert reason == ("rejected",)
    assert main(["archive", "write", "--before", "2026-04", "--folder", str(tmp_path)]) == 0
    with archivist(tmp_path) as archive:
        lines = [line for file in archive.files() for line in file.lines(tmp_path)]
    contents = {line.key: line.content for line in lines}
    assert contents[card.key] == '{"redacted": true}'
    assert replayed(tmp_path).equal


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


CONTENTS = [
    "{}",
    '{"a": [{"b": 1}, {"b": 2}]}',
    '{"x": "}, {", "y": [{"z": "[{ü"}]}',
    '[{"a"}',
    "}]",
]


def test_what_is_packed_is_unpacked_letter_by_letter() -> None:
    past = [Past("f" * 64, "dealer_site", 1, "https://x", day(0.123456), "h", c) for c in CONTENTS]
    assert unpack(pack(past)) == past


def test_a_month_of_equal_walks_is_packed_small() -> None:
    entries = ", ".join(f'{{"url": "https://x.example/{n}", "n": {n}}}' for n in range(100))
    past = [
        Past(
            f"{n:064x}", "dealer_site", 1, "https://x", day(n), "h", f'{{"listings": [{entries}]}}'
        )
        for n in range(30)
    ]
    assert len(pack(past)) * 20 < sum(len(item.content) for item in past)


def test_programs_but_the_archivist_take_nothing_away(
    drained: World, as_role: Any, tmp_path: Path
) -> None:
    for role in ("paddock_normalizer", "paddock_operator", "paddock_crawler"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            as_role(role).execute("DELETE FROM import_queue")
    assert Archive(as_role("paddock_archivist"), tmp_path).files() == []
