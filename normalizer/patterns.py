"""Patterns of the policy, compiled so that what does not match is passed over quickly.

Every photo's URL is searched for a dozen patterns, and hardly one is found. Python's engine skips
ahead to where a pattern may begin only if that is one character or one class; "at the beginning or
behind a slash" and alternatives that begin differently are tried at every character instead, at
three times the cost. The matches are the same.
"""

import re
from collections import defaultdict
from collections.abc import Callable, Sequence

__all__ = ["BEGINNING", "Alternation", "scanner"]

BEGINNING = "\n"
"""Stands before a text that a `scanner` searches; no URL holds one."""

_BEGINNING_OR = re.compile(r"\(\?:\^\|(?:\\(\.)|\[((?:[^\]\\^]|\\.)+)\])\)")
# What would take the mark for a character of the text, or miss the beginning behind it.
_MAY_TAKE_THE_MARK = re.compile(r"\^|\\[sWDAbB]|\(\?[<!]")
_HEAD = re.compile(r"\[(?:[^\]\\]|\\.)+\]|/")
_BEHIND = re.compile(r"\(\?<=([\w/]+)\)(/)")


def scanner(pattern: str) -> Callable[[str], re.Match[str] | None]:
    """Return the search for a pattern in a text behind `BEGINNING`.

    >>> bool(scanner("(?:^|[/_])logo")(BEGINNING + "logo.png"))
    True
    """
    marked = _BEGINNING_OR.sub(lambda found: rf"[\n{found[1] or found[2]}]", pattern)
    if marked.startswith("^"):
        marked = r"\n" + marked[1:]
    if "|" in _outside_groups(pattern) or _MAY_TAKE_THE_MARK.search(marked.removeprefix(r"\n")):
        search = re.compile(pattern).search
        return lambda text: search(text[len(BEGINNING) :])
    return re.compile(marked).search


def _outside_groups(pattern: str) -> str:
    """The pattern without what stands in parentheses and classes."""
    bare = re.sub(r"\\.|\[(?:[^\]\\]|\\.)+\]", "", pattern)
    while bare != (bare := re.sub(r"\([^()]*\)", "", bare)):
        pass
    return bare


class Alternation:
    """Several patterns as one: the first that matches at the leftmost place counts.

    Patterns that begin alike are searched for together. As long as those of one beginning are
    found and no others, their matches are the matches of all; else all are tried at each place.
    """

    def __init__(self, patterns: Sequence[str]) -> None:
        groups: defaultdict[str, list[str]] = defaultdict(list)
        for pattern in patterns:
            behind, head = _BEHIND.match(pattern), _HEAD.match(pattern)
            groups[behind[0] if behind else head[0] if head else ""].append(pattern)
        self._groups = [
            ((behind[1] + behind[2]) if (behind := _BEHIND.match(head)) else "", _joined(several))
            for head, several in groups.items()
        ]
        self._all = _joined(patterns)

    def matches(self, text: str) -> list[re.Match[str]]:
        """The matches that do not overlap, from left to right.

        >>> [match[0] for match in Alternation(["/small", "[_-]x"]).matches("a/small-x")]
        ['/small', '-x']
        """
        found: list[re.Match[str]] = []
        for needed, group in self._groups:
            if needed and needed not in text:
                continue
            several = list(group.finditer(text))
            if several and found:
                return list(self._all.finditer(text))
            found = several or found
        return found


def _joined(patterns: Sequence[str]) -> re.Pattern[str]:
    return re.compile("|".join(patterns))
