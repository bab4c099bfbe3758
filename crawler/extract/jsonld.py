"""JSON-LD scripts as dealers write them: often broken, sometimes in a graph, sometimes nested.

JSON-LD 1.1, https://www.w3.org/TR/json-ld11/; only its plain-JSON surface is read, no context is
ever fetched.
"""

import json
import re
from collections.abc import Iterator, Mapping
from html import unescape
from typing import Any

__all__ = ["flat_nodes", "node_types", "parse_script"]

COMMENT_WRAP = re.compile(
    r"^\s*(?:<!--|//\s*<!\[CDATA\[|<!\[CDATA\[)|(?:-->|//\s*\]\]>|"
    r"\]\]>)\s*$"
)
TRAILING_COMMA = re.compile(r",\s*([}\]])")
LINE_COMMENT = re.compile(r"^\s*//[^\n]*$", re.MULTILINE)
MAX_NODES = 20_000


def parse_script(text: str) -> Any:
    """Parse the text of one script; return None where it cannot be read.

    Repairs what never changes a meaning: comment wrappers, raw line breaks in strings, trailing
    commas, HTML-escaped quotes, a tail after the first value.
    """
    text = COMMENT_WRAP.sub("", text).strip().rstrip(";")
    if not text:
        return None
    for attempt in _attempts(text):
        try:
            return _DECODER.raw_decode(attempt.lstrip())[0]
        except (ValueError, RecursionError):
            continue
    return None


def _attempts(text: str) -> Iterator[str]:
    yield text
    yield TRAILING_COMMA.sub(r"\1", LINE_COMMENT.sub("", text))
    yield TRAILING_COMMA.sub(r"\1", unescape(text))


_DECODER = json.JSONDecoder(strict=False)


def flat_nodes(value: Any) -> Iterator[Mapping[str, Any]]:
    """Yield the top-level nodes of a parsed script, opening lists and ``@graph``."""
    pending = [value]
    seen = 0
    while pending and seen < MAX_NODES:
        seen += 1
        node = pending.pop(0) if len(pending) < 200 else pending.pop()
        if isinstance(node, list):
            pending[:0] = node
        elif isinstance(node, dict):
            graph = node.get("@graph")
            if isinstance(graph, list | dict):
                pending[:0] = graph if isinstance(graph, list) else [graph]
            if "@graph" not in node or node_types(node):
                yield node


def node_types(node: Mapping[str, Any]) -> frozenset[str]:
    """Return a node's types without their vocabulary: ``https://schema.org/Car`` → Car."""
    declared = node.get("@type")
    names = declared if isinstance(declared, list) else [declared]
    return frozenset(
        re.split(r"[/#:]", name.rstrip("/"))[-1] for name in names if isinstance(name, str)
    )
