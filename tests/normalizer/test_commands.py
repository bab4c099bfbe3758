"""What holds for every command of `python -m normalizer`: interrupts, and a database that is away."""

import os
import signal
import subprocess
import sys
import time

import pytest

from normalizer.__main__ import main


@pytest.mark.parametrize("after", [0.4, 1.0])
def test_an_interrupt_ends_with_one_line_from_the_first_moment_on(
    database_url: str, after: float
) -> None:
    """The modules take a second or two to load; an interrupt meanwhile is no reason to be told
    where."""
    process = subprocess.Popen(
        [sys.executable, "-m", "normalizer", "replay"],
        env={**os.environ, "DATABASE_URL": database_url},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    time.sleep(after)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    if "what the observations say" in out:
        return  # It was done before the signal came.
    assert "Traceback" not in err
    assert err.splitlines()[-1].startswith("interrupted: ")
    assert process.returncode == 1


@pytest.mark.parametrize(
    "command",
    [["digest"], ["rule", "list"], ["explain", "x"], ["quarantine"], ["replay", "--diff"]],
)
def test_a_database_that_is_away_is_named_with_where_its_address_came_from(
    command: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://ann:secret@127.0.0.1:9/paddock")
    assert main(command) == 1
    err = capsys.readouterr().err
    assert err.startswith("error: ")
    assert "the address, 127.0.0.1:9, is the one in DATABASE_URL" in err
    assert "secret" not in err
