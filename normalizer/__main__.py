"""`python -m normalizer`: turn observations into canonical tables, and look at what came of it."""

import os
import signal
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType

__all__ = ["main"]

INTERRUPTED = "interrupted: what was committed stands, the rest is pending"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit code. An interrupt is answered with one line, also
    while the commands are still being loaded, which takes a second or two."""
    try:
        with _nothing_to_lose():
            from normalizer.commands import run_command
        code = run_command(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has enough of it ("… | head"); the interpreter flushes once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print(INTERRUPTED, file=sys.stderr)
        return 1


@contextmanager
def _nothing_to_lose() -> Iterator[None]:
    """Let an interrupt end the process at once: libraries that are being loaded turn it into errors
    of their own."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    before = signal.signal(signal.SIGINT, _end)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)


def _end(_number: int, _frame: FrameType | None) -> None:
    os.write(2, f"{INTERRUPTED}\n".encode())
    os._exit(1)


if __name__ == "__main__":
    sys.exit(main())
