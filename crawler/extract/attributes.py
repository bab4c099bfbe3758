"""Bounding the attributes of one tag: the parser compares each with all before it, so that a page
of 8 MB that is one tag would keep it busy for hours."""

import re

__all__ = ["MAX_ATTRIBUTES", "bounded"]

MAX_ATTRIBUTES = 1_000
"""Attributes of one tag that are read: many times what any page has."""
HARMLESS = 40_000
"""Characters below which a tag costs less than a tenth of a second, whatever it holds."""

# Linear, for nothing in it gives back what it took. As in HTML, a quote means something only behind
# an equals sign, so that an odd one swallows no page.
TAG = re.compile(r"""<[A-Za-z](?:[^=>]++|=\s*+(?:"[^"]*+"?|'[^']*+'?)?)*+""")
ATTRIBUTE = re.compile(r"""[^\s/>=]++(?:\s*+=\s*+(?:"[^"]*+"?|'[^']*+'?|[^\s>]*+))?""")


def bounded(html: str) -> str:
    """Return the source with every tag cut off behind its first MAX_ATTRIBUTES attributes."""
    if len(html) < HARMLESS:
        return html
    return TAG.sub(_cut, html) if any(_is_long(tag) for tag in TAG.finditer(html)) else html


def _is_long(tag: re.Match[str]) -> bool:
    return tag.end() - tag.start() > HARMLESS


def _cut(tag: re.Match[str]) -> str:
    text = tag[0]
    if not _is_long(tag):
        return text
    for number, attribute in enumerate(ATTRIBUTE.finditer(text)):
        if number > MAX_ATTRIBUTES:  # The first is the tag's own name.
            return text[: attribute.start()]
    return text
