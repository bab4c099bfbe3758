"""`python -m normalizer`: turn observations into canonical tables, and look at what came of it."""

import os
import sys
from collections.abc import Sequence

__all__ = ["main"]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one subcommand and return the exit code. An interrupt is answered with one line, also
    while the commands are still being loaded, which takes a second or two."""
    try:
        from normalizer.commands import run_command

        code = run_command(arguments)
        sys.stdout.flush()
        return code
    except BrokenPipeError:
        # Whoever read the output has enough of it ("… | head"); the interpreter flushes once more.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        print("interrupted: what was committed stands, the rest is pending", file=sys.stderr)
        return 1


if __name__ == "__main__":
    sys.exit(main())
