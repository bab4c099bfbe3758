"""An interrupt while the program is still being loaded, which takes two seconds: there is nothing
to lose yet, so one line answers it instead of the traceback of whatever was being imported."""

import os
import signal
import sys
import threading
from pathlib import Path
from types import FrameType

__all__ = ["end_at_once"]

SAYING = b"interrupted: nothing had begun\n"


def end_at_once() -> None:
    """End the process on an interrupt, in Scrapy's own program alone, until a crawl starts: then
    Scrapy takes interrupts over."""
    program = Path(sys.argv[0]) if sys.argv else Path()
    is_scrapy = "scrapy" in (program.name, program.parent.name)
    is_untouched = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if is_scrapy and is_untouched and threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGINT, _end)


def _end(_number: int, _frame: FrameType | None) -> None:
    os.write(2, SAYING)
    os._exit(1)
