"""Pictures as the image fetcher stores them."""

import hashlib
from typing import Any

__all__ = ["stored"]


def stored(content: str) -> dict[str, Any]:
    """The fields of a stored picture with this content."""
    sha256 = hashlib.sha256(content.encode()).hexdigest()
    return {
        "sha256": sha256,
        "storage_key": f"full/{sha256[:2]}/{sha256}.jpg",
        "width": 1600,
        "height": 1200,
        "size": 200_000,
        "media_type": "image/jpeg",
    }
