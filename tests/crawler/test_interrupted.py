"""Ctrl-C while `scrapy crawl` is still being loaded."""

import subprocess
import sys

SCRIPT = """
import os, signal, sys
sys.argv[0] = PROGRAM
import crawler.commands
os.kill(os.getpid(), signal.SIGINT)
"""


def interrupted(program: str) -> subprocess.CompletedProcess[str]:
    script = SCRIPT.replace("PROGRAM", repr(program))
    return subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False
    )


def test_an_interrupt_before_anything_began_is_one_line() -> None:
    for program in ("/usr/bin/scrapy", "/lib/scrapy/__main__.py"):
        done = interrupted(program)
        assert (done.returncode, done.stderr) == (1, "interrupted: nothing had begun\n")


def test_other_programs_keep_their_own_way_of_being_interrupted() -> None:
    assert "KeyboardInterrupt" in interrupted("/usr/bin/pytest").stderr
