"""What the URL of a picture says: whether it is a photo of a car, which one, and how large.

Two URLs show one photo when they differ in the scheme, the query, the size of the rendition, or
in what `images.yml` names for a host. Logos, icons, placeholders and site furniture are no photos.

A gallery's URLs differ in a name or two: what a name says by itself is remembered by the name.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import NamedTuple

from normalizer.policy import load
from normalizer.rulebook import ImagePolicy

__all__ = ["FULL", "Rendition", "full_size", "photo_identity", "photos", "rendition"]

_POLICY = load("images", ImagePolicy)


def _any(patterns: Iterable[str]) -> str:
    """One pattern for all, of which nobody asks which group of which pattern has matched."""
    return "|".join(re.sub(r"\(\?P<\w+>", "(", pattern) for pattern in patterns)


_JUNK_HOST = re.compile(_any(_POLICY.junk_hosts))
_JUNK_PLACE = re.compile(f"/(?:{'|'.join(map(re.escape, _POLICY.junk_places))})/")
_JUNK_FOLDER = re.compile(_any(_POLICY.junk_folders))
_JUNK_WORD = re.compile(f"(?:^|[_.+-])(?:{_any(_POLICY.junk_words)})")
_JUNK_FILE = re.compile(_any(_POLICY.junk_files))
_JUNK_UNLESS_DATED = re.compile(_any(_POLICY.junk_unless_dated))
_MODEL_YEAR = re.compile(r"(?<!\d)(?:18[89]|19\d|20[0-4])\d(?!\d)")
_PHOTOS = {re.compile(photo.host): re.compile(photo.path) for photo in _POLICY.photos}
_SIZE_FOLDER = re.compile(_any(_POLICY.size_folders))
_SIZE_ENDING = re.compile(rf"[_-](?:{_any(_POLICY.size_endings)})(?=\.[a-z]{{3,4}}$)")
# Behind it Cloudinary's URLs say how the picture is to be made.
_TRANSFORMED = "/image/upload/"
_TRANSFORMATION = re.compile(_POLICY.transformation)
_SMALL = re.compile(f"(?:^|[_.-])(?:{'|'.join(_POLICY.small_words)})(?=[_.-]|$)")
_SCRIPTS = tuple(_POLICY.script_endings)
_SIZE_PARAMETERS = frozenset(_POLICY.size_parameters)
_WIDTH = re.compile(r"(?:^|&)(?:w|width|maxwidth)=(\d{2,4})(?=&|$)")

FULL = 1_000_000
"""The size of a rendition whose URL names none: as large as the host has it."""


class Rendition(NamedTuple):
    """A picture behind a URL: what names the photo (None for what is no photo), and the width of
    this rendition of it in pixels."""

    identity: str | None
    width: int


class _Name(NamedTuple):
    """What one name of a URL, the host's, a folder's or the file's, says by itself.

    ``kept`` is the name without what only tells a size, ``width`` the size it tells, where it tells
    one in pixels. Most names tell nothing. ``photos`` reads the paths of a host that names its
    photos in a known way.
    """

    kept: str
    tells: bool = False
    is_junk: bool = False
    width: int | None = None
    is_small: bool = False
    photos: re.Pattern[str] | None = None


_NO_PHOTO = Rendition(None, 0)


def photos(urls: Iterable[str]) -> tuple[str, ...]:
    """The photos among the URLs, each once, in its largest rendition and first place."""
    best: dict[str, tuple[int, str]] = {}
    for url in urls:
        identity, width = rendition(url)
        if identity is not None and (identity not in best or width > best[identity][0]):
            # An assignment keeps the photo's first place.
            best[identity] = (width, url)
    return tuple([full_size(url) for _, url in best.values()][: _POLICY.most])


def photo_identity(url: str) -> str | None:
    """What names the photo behind an image URL; None for what is no photo.

    >>> photo_identity("https://cdn.dealeraccelerate.com/g/31/5450/98765/790x1024/slug.avif?x=1")
    'dealeraccelerate.com/g/5450/98765'
    """
    return rendition(url).identity


def full_size(url: str) -> str:
    """The URL to fetch: some hosts serve the full picture when no size is asked of them."""
    place, mark, _ = url.partition("?")
    if mark and place.split("/", 3)[2].lower() in _POLICY.full_without_query:
        return place
    return url


@lru_cache(maxsize=16_384)
def rendition(url: str) -> Rendition:
    """The photo behind a URL and how large this rendition of it is."""
    place, _, query = url.partition("://")[2].partition("#")[0].partition("?")
    host, *folders, file = place.split("/") if "/" in place else (place, "")
    if not (file or folders) or _JUNK_PLACE.search(place.lower()):
        return _NO_PHOTO
    site = _host(host)
    names = [site, *map(_folder, folders), _file(file)]
    if _TRANSFORMED in place:
        at = place[: place.index(_TRANSFORMED)].count("/") + 3
        if at <= len(folders) and (asked := _TRANSFORMATION.fullmatch(folders[at - 1].lower())):
            names[at] = _sized(folders[at - 1], asked)
    width: int | None = None
    is_small = False
    for name in names:
        if name.tells:
            if name.is_junk:
                return _NO_PHOTO
            width = width or name.width
            is_small = is_small or name.is_small
    if query and (told := _WIDTH.search(query)):
        width = int(told[1])
    if width is None:
        width = _POLICY.small_width if is_small else FULL
    if site.photos and (known := site.photos.match("/".join(folders).lower() + "/")):
        domain = ".".join(site.kept.split(".")[-2:])
        return Rendition("/".join([domain, *known.groups()]), width)
    identity = "/".join([name.kept for name in names if name.kept])
    if query and file.lower().endswith(_SCRIPTS):
        kept = sorted(
            part
            for part in query.split("&")
            if part.partition("=")[0].lower() not in _SIZE_PARAMETERS
        )
        identity = f"{identity}?{'&'.join(kept)}"
    return Rendition(identity, width)


@lru_cache(maxsize=1_024)
def _host(name: str) -> _Name:
    """What a host's name says. Hosts are compared in lower case and without "www."."""
    host = name.lower().removeprefix("www.")
    if _JUNK_HOST.fullmatch(host):
        return _Name(host, tells=True, is_junk=True)
    for pattern, paths in _PHOTOS.items():
        if pattern.fullmatch(host):
            return _Name(host, photos=paths)
    return _folder(host)


@lru_cache(maxsize=16_384)
def _folder(name: str) -> _Name:
    """What a folder's name says. Its case may matter to the host, but not to patterns."""
    lower = name.lower()
    if _JUNK_FOLDER.fullmatch(lower) or _JUNK_WORD.search(lower):
        return _Name(name, tells=True, is_junk=True)
    return _sized(name, _SIZE_FOLDER.fullmatch(lower))


@lru_cache(maxsize=16_384)
def _file(name: str) -> _Name:
    """What a file's name says."""
    lower = name.lower()
    if (
        _JUNK_FILE.fullmatch(lower)
        or _JUNK_WORD.search(lower)
        or (_JUNK_UNLESS_DATED.fullmatch(lower) and not _MODEL_YEAR.search(lower))
    ):
        return _Name(name, tells=True, is_junk=True)
    return _sized(name, _SIZE_ENDING.search(lower))


def _sized(name: str, size: re.Match[str] | None) -> _Name:
    """A name, and what of it only tells a size."""
    is_small = bool(_SMALL.search(name.lower()))
    if size is None:
        return _Name(name, tells=is_small, is_small=is_small)
    sides = [int(side) for side in size.groups() if side]
    return _Name(
        name[: size.start()] + name[size.end() :],
        tells=True,
        width=max(sides, default=None),
        is_small=is_small,
    )
