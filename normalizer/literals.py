"""Texts that any match of a pattern must hold: a quick look that spares most searches.

A search in a long alternation costs tens of microseconds and almost never finds anything; whether
one of a few words occurs at all is known in a fraction of that. What the library's own parser
makes of a pattern says which words these are.
"""

import re
from collections import defaultdict
from re import _constants as op  # type: ignore[attr-defined]
from re import _parser  # type: ignore[attr-defined]
from typing import Any

__all__ = ["Patterns", "required"]


def required(pattern: str) -> frozenset[str] | None:
    """Words of which every match of the pattern holds at least one; None where there are none.

    >>> sorted(required("/(?:logos?|no[_-]?photo)x*$") or ())
    ['/logo', 'photo']
    """
    parsed = _parser.parse(pattern)
    return None if parsed.state.flags & re.IGNORECASE else _best(list(parsed))


def _best(items: list[Any]) -> frozenset[str] | None:
    """The words of a sequence: of all that its parts require, the ones that are longest."""
    found: list[frozenset[str]] = []
    run = ""
    for kind, value in [*items, (op.ANY, None)]:
        if kind is op.LITERAL:
            run += chr(value)
            continue
        if run:
            found.append(frozenset([run]))
            run = ""
        part = _words(kind, value)
        if part:
            found.append(part)
    return max(found, key=lambda words: min(map(len, words)), default=None)


def _words(kind: Any, value: Any) -> frozenset[str] | None:
    if kind is op.SUBPATTERN and not value[1]:  # No flags of its own.
        return _best(list(value[3]))
    if kind is op.BRANCH:
        parts = [_best(list(branch)) for branch in value[1]]
        if all(parts):
            return frozenset[str]().union(*(part for part in parts if part))
    if kind is op.MAX_REPEAT and value[0] > 0:
        return _best(list(value[2]))
    return None


class Patterns:
    """Several patterns over lower-case texts, each looked for only where it may be found."""

    def __init__(self, patterns: list[str]) -> None:
        self._patterns = [re.compile(pattern) for pattern in patterns]
        places: defaultdict[str, list[int]] = defaultdict(list)
        self._always: set[int] = set()
        for place, pattern in enumerate(patterns):
            words = required(pattern)
            for word in words or ():
                places[word].append(place)
            if not words:
                self._always.add(place)
        self._places = tuple(places.items())

    def candidates(self, text: str) -> list[re.Pattern[str]]:
        """The patterns that may match somewhere in the text, in their order."""
        found = {place for word, places in self._places if word in text for place in places}
        return [self._patterns[place] for place in sorted(found | self._always)]

    def match(self, text: str) -> bool:
        """Whether one of the patterns matches somewhere in the text."""
        return any(pattern.search(text) for pattern in self.candidates(text))
