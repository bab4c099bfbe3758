"""Where pictures are kept: Scrapy's stores, chosen by IMAGES_STORE, and the checks around them.

A picture's key is the hash of its bytes, so it never changes once it is there, and the same bytes
are kept once, whoever shows them.
"""

import asyncio
import hashlib
import io
import os
import tempfile
from collections.abc import Awaitable
from errno import EDQUOT, ENOSPC
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from scrapy.pipelines.files import FSFilesStore
from scrapy.pipelines.media import MediaPipeline
from scrapy.utils.defer import ensure_awaitable

from crawler.errors import ArgumentError
from crawler.pictures.decode import Decoded

__all__ = ["DurableFilesStore", "PlaceUnavailable", "has", "keep", "place_of", "storage_key"]

EXAMPLE = "for example IMAGES_STORE=/srv/paddock/pictures or IMAGES_STORE=s3://bucket/pictures/"
CLOUDS = {"s3": ("botocore", "s3"), "gs": ("google.cloud.storage", "gcs")}
"""Scheme → the library that its store needs, and the extra that brings it."""


class PlaceUnavailable(Exception):
    """Raised where pictures cannot be kept. Its text says what to do."""


def place_of(setting: str | None) -> str:
    """Return IMAGES_STORE as Scrapy's stores want it; raises ArgumentError, saying what to set."""
    place = (setting or "").strip()
    if not place:
        raise ArgumentError(f"IMAGES_STORE is not set: say where to keep pictures, {EXAMPLE}")
    scheme, colon, rest = place.partition("://")
    if not colon:
        return place
    if scheme == "file":
        if rest.startswith("/"):
            return rest
        raise ArgumentError(f"IMAGES_STORE={place!r} is no absolute path: {EXAMPLE}")
    if scheme not in CLOUDS:
        raise ArgumentError(f"IMAGES_STORE={place!r} is no folder, s3:// or gs:// URL: {EXAMPLE}")
    if not rest.strip("/"):
        raise ArgumentError(f"IMAGES_STORE={place!r} names no bucket: {EXAMPLE}")
    library, extra = CLOUDS[scheme]
    if not _is_installed(library):
        raise ArgumentError(
            f"IMAGES_STORE={place!r} needs {library}: pip install 'paddock[{extra}]'"
        )
    # Scrapy's stores split at the bucket's slash and put the key right behind the prefix.
    return place if place.endswith("/") else f"{place}/"


def _is_installed(library: str) -> bool:
    try:
        return find_spec(library) is not None
    except ModuleNotFoundError:  # Of a parent package.
        return False


def storage_key(sha256: str, extension: str) -> str:
    """Return the key of a picture, relative to the store.

    >>> storage_key("3fa9" + 60 * "0", "jpg")[:12]
    '3f/3fa900000'
    """
    return f"{sha256[:2]}/{sha256}.{extension}"


class DurableFilesStore(FSFilesStore):
    """A folder whose files are there whole or not at all, also after a kill or a power cut.

    Scrapy's own writes in place: a run that is killed leaves half a picture under the name of the
    whole one. Files are written off the event loop.
    """

    def persist_file(
        self,
        path: str | os.PathLike[str],
        buf: io.BytesIO,
        info: MediaPipeline.SpiderInfo,
        meta: dict[str, Any] | None = None,
        headers: dict[str, str] | None = None,
    ) -> Any:
        """Write a file; the awaitable raises OSError."""
        return asyncio.to_thread(_write, self._get_filesystem_path(path), buf.getvalue())

    def stat_file(self, path: str | os.PathLike[str], info: MediaPipeline.SpiderInfo) -> Any:
        """Return the file's time and MD5, or an empty mapping where there is none."""
        return asyncio.to_thread(super().stat_file, path, info)

    def check(self) -> None:
        """Raise OSError where the folder takes no files."""
        with tempfile.TemporaryFile(dir=self.basedir):
            pass


def _write(path: Path, body: bytes) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    number, name = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(number, "wb") as file:
            file.write(body)
            file.flush()
            os.fsync(number)
        # mkstemp lets nobody else read; a web server may want to.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


async def has(store: Any, key: str, md5: str | None, info: MediaPipeline.SpiderInfo) -> bool:
    """Tell whether the store holds a file, with these bytes where their MD5 is given.

    An answer that cannot be had counts as no: keeping a file again is harmless.
    """
    try:
        found = await _awaited(store.stat_file(key, info))
    except Exception:
        # Three clouds have three families of errors, and S3 raises one for "not there".
        return False
    return bool(found) and (md5 is None or found.get("checksum") == md5)


async def keep(store: Any, key: str, picture: Decoded, info: MediaPipeline.SpiderInfo) -> bool:
    """Put a picture into the store, unless its bytes are there; tells whether it was put.

    Raises PlaceUnavailable, saying what to do.
    """
    md5 = hashlib.md5(picture.body, usedforsecurity=False).hexdigest()
    if await has(store, key, md5, info):
        return False
    headers = {"Content-Type": picture.media_type}
    try:
        await _awaited(store.persist_file(key, io.BytesIO(picture.body), info, None, headers))
    except Exception as error:
        # Whatever family of errors it is of: what cannot be kept must not be told as kept.
        raise PlaceUnavailable(unavailable(error)) from error
    return True


def unavailable(error: Exception) -> str:
    """Say what to do where pictures cannot be kept."""
    advice = "mend it or set IMAGES_STORE to another place"
    if isinstance(error, OSError) and error.errno in (ENOSPC, EDQUOT):
        advice = "make room or set IMAGES_STORE to another place"
    return (
        f"pictures cannot be kept: {type(error).__name__}: {error}; {advice}, then run again:"
        " what was stored is not fetched again"
    )


async def _awaited(result: Awaitable[Any] | Any) -> Any:
    return await ensure_awaitable(result)
