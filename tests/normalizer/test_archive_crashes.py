"""The archive and what a crash, a bad disk or a lost file does to it: nothing is lost."""

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
from normalizer.archive_files import ArchiveError
from tests.normalizer.archived import APRIL, archive_before, on_disk, queued, replayed
from tests.normalizer.drainage import digest_now
from tests.normalizer.fleet import World

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
