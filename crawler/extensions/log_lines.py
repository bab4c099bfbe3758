"""A log that obeys nobody: what a page puts into a header, an address or a name is written out.

A line of ours stays one line, whatever its values hold; tracebacks and Scrapy's own settings and
stats keep their lines.
"""

import logging
from typing import TYPE_CHECKING, Self

from contract.terminal import for_terminal

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["LogLines", "SafeFormatter"]

OWN = "crawler."


class SafeFormatter(logging.Formatter):
    """Formats as another formatter does, and makes the result fit for a terminal."""

    def __init__(self, inner: logging.Formatter) -> None:
        super().__init__()
        self.inner = inner

    def format(self, record: logging.LogRecord) -> str:
        """One record as text."""
        if record.name.startswith(OWN):
            record = logging.makeLogRecord(record.__dict__)
            record.msg, record.args = record.getMessage().replace("\n", "\\n"), None
        return for_terminal(self.inner.format(record))


class LogLines:
    """Puts `SafeFormatter` before every handler of the run's log."""

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        for handler in logging.root.handlers:
            if not isinstance(handler.formatter, SafeFormatter):
                inner = handler.formatter or logging.Formatter()
                handler.setFormatter(SafeFormatter(inner))
        return cls()
