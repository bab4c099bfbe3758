"""IMAGES_STORE names a place, and a picture is kept there whole or not at all, and once."""

import hashlib
import os
from pathlib import Path
from typing import Any

import pytest

from crawler.errors import ArgumentError
from crawler.pictures import places
from crawler.pictures.decode import Decoded
from crawler.pictures.places import (
    DurableFilesStore,
    PlaceUnavailable,
    keep,
    place_of,
    storage_key,
)

INFO: Any = None
BODY = b"the bytes of a picture"
PICTURE = Decoded(BODY, "image/jpeg", "jpg", 4, 3)
SHA256 = hashlib.sha256(BODY).hexdigest()
KEY = storage_key(SHA256, "jpg")


@pytest.mark.parametrize(
    ("setting", "place"),
    [
        ("/srv/pictures", "/srv/pictures"),
        ("pictures", "pictures"),
        ("file:///srv/pictures", "/srv/pictures"),
        # Scrapy's own S3 store raises for a bucket without a slash.
        ("s3://bucket", "s3://bucket/"),
        ("s3://bucket/a/b", "s3://bucket/a/b/"),
        ("gs://bucket/a/", "gs://bucket/a/"),
    ],
)
def test_a_place_is_what_scrapys_stores_read(setting: str, place: str) -> None:
    assert place_of(setting) == place


@pytest.mark.parametrize(
    ("setting", "says"),
    [
        (None, "IMAGES_STORE is not set"),
        (" ", "IMAGES_STORE is not set"),
        ("ftp://host/pictures", "is no folder, s3:// or gs:// URL"),
        ("https://bucket.example/", "is no folder, s3:// or gs:// URL"),
        ("s3://", "names no bucket"),
        ("file://pictures", "is no absolute path"),
    ],
)
def test_a_place_that_makes_no_sense_says_what_to_set(setting: str | None, says: str) -> None:
    with pytest.raises(ArgumentError, match=says) as raised:
        place_of(setting)
    assert "for example IMAGES_STORE=/" in str(raised.value)


def test_a_missing_library_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "_is_installed", lambda library: False)
    with pytest.raises(ArgumentError, match=r"needs botocore: pip install 'paddock\[s3\]'"):
        place_of("s3://bucket/")


def left(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


async def test_a_file_is_there_whole_or_not_at_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = DurableFilesStore(tmp_path)

    def cut(number: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", cut)
        with pytest.raises(PlaceUnavailable, match="make room or set IMAGES_STORE"):
            await keep(store, KEY, PICTURE, INFO)
    assert left(tmp_path) == []
    assert await keep(store, KEY, PICTURE, INFO)
    assert (tmp_path / KEY).read_bytes() == BODY
    assert (tmp_path / KEY).stat().st_mode & 0o777 == 0o644


async def test_bytes_that_are_there_are_not_written_again(tmp_path: Path) -> None:
    store = DurableFilesStore(tmp_path)
    assert await keep(store, KEY, PICTURE, INFO)
    before = (tmp_path / KEY).stat().st_mtime_ns
    assert not await keep(store, KEY, PICTURE, INFO)
    assert (tmp_path / KEY).stat().st_mtime_ns == before
    # Half a file under the right name, as another program may leave it, is not these bytes.
    (tmp_path / KEY).write_bytes(BODY[:5])
    assert await keep(store, KEY, PICTURE, INFO)
    assert (tmp_path / KEY).read_bytes() == BODY
