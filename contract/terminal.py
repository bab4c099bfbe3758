"""Text of strangers, made fit for a terminal or a log.

A page may name a car so that it clears the reader's screen, forges a line of a log, or reads
backwards: escapes, line breaks and direction marks are shown instead of obeyed.
"""

import re

__all__ = ["for_terminal"]

# C0 and C1 controls but tab and line feed; line and paragraph separators; marks of direction and
# other invisible formatting; lone surrogates, which no stream takes.
UNFIT = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb"
    "\ud800-\udfff\U000e0000-\U000e007f]"
)


def for_terminal(text: str) -> str:
    """Return the text with everything that a terminal would obey written out.

    >>> for_terminal("a\\x1b[2Jb")
    'a\\\\x1b[2Jb'
    """
    return UNFIT.sub(_written_out, text)


def _written_out(found: re.Match[str]) -> str:
    code = ord(found[0])
    return f"\\x{code:02x}" if code < 256 else f"\\u{code:04x}"
