"""Canonical JSON and its hash: equal content has equal bytes, whatever order it was built in."""

import hashlib
import json
from collections.abc import Mapping
from typing import Any

__all__ = ["canonical_json", "sha256_hex"]


def canonical_json(value: Mapping[str, Any]) -> str:
    """Serialize with sorted keys, no white space and plain UTF-8; NaN and infinities raise
    ValueError."""
    return json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def sha256_hex(text: str) -> str:
    """Return the lower-case hexadecimal SHA-256 of the text's UTF-8 bytes."""
    return hashlib.sha256(text.encode()).hexdigest()
