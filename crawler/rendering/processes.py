"""What the browser's processes weigh, and ending the heaviest of them.

A page can fill memory faster than any of its own limits notices (typed arrays are outside of the
script engine's heap), so that the whole tree is weighed from outside. Only processes that descend
from this one are looked at. Linux tells it in /proc; elsewhere nothing is weighed.
"""

import os
import signal
from pathlib import Path

__all__ = ["end_heaviest_page", "weight_mb"]

PROC = Path("/proc")
PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


def weight_mb() -> float:
    """The private memory of all processes that this one started, in MB; 0 where nobody tells."""
    return sum(_private_mb(pid) for pid in _descendants())


def end_heaviest_page() -> bool:
    """Kill the heaviest renderer among our descendants; the browser then reports a crashed page."""
    renderers = [pid for pid in _descendants() if "--type=renderer" in _command(pid)]
    if not renderers:
        return False
    try:
        os.kill(max(renderers, key=_private_mb), signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True


def _descendants() -> list[int]:
    children: dict[int, list[int]] = {}
    for folder in PROC.glob("[0-9]*"):
        try:
            status = (folder / "stat").read_text()
        except OSError:
            continue  # It ended meanwhile.
        # The name in parentheses may hold anything.
        parent = int(status.rpartition(")")[2].split()[1])
        children.setdefault(parent, []).append(int(folder.name))
    found: list[int] = []
    waiting = list(children.get(os.getpid(), ()))
    while waiting:
        pid = waiting.pop()
        found.append(pid)
        waiting += children.get(pid, ())
    return found


def _private_mb(pid: int) -> float:
    try:
        _, resident, shared, *_ = (PROC / str(pid) / "statm").read_text().split()
    except (OSError, ValueError):
        return 0.0
    return (int(resident) - int(shared)) * PAGE_BYTES / 1e6


def _command(pid: int) -> str:
    try:
        return (PROC / str(pid) / "cmdline").read_text(errors="replace")
    except OSError:
        return ""
