"""Words to look for whatever their case."""

import re

__all__ = ["Wording"]

ESCAPED = re.compile(r"\\.")
CAPITAL = re.compile(r"[A-Z]")


class Wording:
    """A pattern in small letters, found in capitals as well.

    ASCII, as most texts are, is lowered before it is asked: Python's engine skips to where a
    pattern may begin only where case counts, which makes it three times as fast. What is found is
    told as a truth alone, because the text may have lost its capitals. Raises ValueError for a
    pattern with capitals.
    """

    __slots__ = ("_any", "_low")

    def __init__(self, pattern: str) -> None:
        if CAPITAL.search(ESCAPED.sub("", pattern)):
            raise ValueError(f"capitals in {pattern!r}")
        self._any = re.compile(pattern, re.IGNORECASE)
        self._low = re.compile(pattern)

    def search(self, text: str) -> bool:
        """Whether the words stand anywhere in a text."""
        if text.isascii():
            return self._low.search(text.lower()) is not None
        return self._any.search(text) is not None

    def match(self, text: str) -> bool:
        """Whether a text begins with the words."""
        if text.isascii():
            return self._low.match(text.lower()) is not None
        return self._any.match(text) is not None
