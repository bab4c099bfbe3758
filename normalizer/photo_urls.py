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


def _any(patterns: Iterable[str]) -> re.Pattern[str]:
    """One pattern for all, of which nobody asks which group of which pattern has matched."""
    return re.compile("|".join(re.sub(r"\(\?P<\w+>", "(", pattern) for pattern in patterns))


_JUNK_PLACE = _any(_POLICY.junk_places)
_JUNK_FOLDER = _any(_POLICY.junk_folders)
_JUNK_WORD = re.compile(rf"(?:^|[_.+-])(?:{'|'.join(_POLICY.junk_words)})")
_JUNK_FILE = _any(_POLICY.junk_files)
_JUNK_UNLESS_DATED = _any(_POLICY.junk_unless_dated)
_MODEL_YEAR = re.compile(r"(?<!\d)(?:18[89]|19\d|20[0-4])\d(?!\d)")
_PHOTOS = tuple(map(re.compile, _POLICY.photos))
_SIZE_FOLDER = _any(_POLICY.size_folders)
_SIZE_ENDING = re.compile(rf"[_-](?:{_any(_POLICY.size_endings).pattern})(?=\.[a-z]{{3,4}}$)")
_TRANSFORMATIONS = "/image/upload/"
_TRANSFORMATION = re.compile(_POLICY.transformation)
_SMALL = re.compile(rf"(?:^|[_.-])(?:{'|'.join(_POLICY.small_words)})(?=[_.-]|$)")
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
    """What one name of a path says by itself. ``cut`` is the part of it that only tells a size;
    ``width`` the one it tells, where it tells one."""

    is_junk: bool = False
    cut: tuple[int, int] | None = None
    width: int | None = None
    is_small: bool = False


_PLAIN = _Name()
_FURNITURE = _Name(is_junk=True)
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
    if place[:4].lower() == "www.":
        place = place[4:]
    # Hosts are compared in lower case; a path's case may matter, but patterns ignore it.
    lower = place.lower()
    host, *folders, file = lower.split("/") if "/" in lower else (lower, "")
    if not (file or folders) or _JUNK_PLACE.search(f"/{lower}"):
        return _NO_PHOTO
    names = [_folder(host), *map(_folder, folders), _file(file)]
    if _TRANSFORMATIONS in lower:
        at = lower[: lower.index(_TRANSFORMATIONS)].count("/") + 3
        if at < len(names) - 1:
            names[at] = _transformation(folders[at - 1])
    telling = [name for name in names if name is not _PLAIN]
    if not telling:
        width = FULL
    elif _FURNITURE in telling:
        return _NO_PHOTO
    else:
        width = _width_of(telling)
    if query and (asked := _WIDTH.search(query)):
        width = int(asked[1])
    for pattern in _PHOTOS:
        if known := pattern.search(lower):
            site = ".".join(host.split(".")[-2:])
            return Rendition("/".join([site, *known.groups()]), width)
    bare = host + place[len(host) :] if len(place) == len(lower) else lower
    if telling:
        bare = _without_sizes(bare, names)
    if query and file.endswith(_SCRIPTS):
        kept = sorted(
            part
            for part in query.split("&")
            if part.partition("=")[0].lower() not in _SIZE_PARAMETERS
        )
        bare = f"{bare}?{'&'.join(kept)}"
    return Rendition(bare, width)


@lru_cache(maxsize=16_384)
def _folder(name: str) -> _Name:
    """What a folder's name says, or a host's."""
    if _JUNK_FOLDER.fullmatch(name) or _JUNK_WORD.search(name):
        return _FURNITURE
    if size := _SIZE_FOLDER.fullmatch(name):
        return _size(size, name)
    return _Name(is_small=True) if _SMALL.search(name) else _PLAIN


@lru_cache(maxsize=16_384)
def _file(name: str) -> _Name:
    """What a file's name says."""
    if (
        _JUNK_FILE.fullmatch(name)
        or _JUNK_WORD.search(name)
        or (_JUNK_UNLESS_DATED.fullmatch(name) and not _MODEL_YEAR.search(name))
    ):
        return _FURNITURE
    if size := _SIZE_ENDING.search(name):
        return _size(size, name)
    return _Name(is_small=True) if _SMALL.search(name) else _PLAIN


def _transformation(name: str) -> _Name:
    """What the folder behind `/image/upload` says: how the picture is to be made, or nothing."""
    size = _TRANSFORMATION.fullmatch(name)
    return _size(size, name) if size else _folder(name)


def _size(found: re.Match[str], name: str) -> _Name:
    sides = [int(side) for side in found.groups() if side]
    return _Name(
        cut=found.span(),
        width=max(sides) if sides else None,
        is_small=bool(_SMALL.search(name)),
    )


def _width_of(names: Iterable[_Name]) -> int:
    """The first width that a name tells."""
    for name in names:
        if name.width is not None:
            return name.width
    return _POLICY.small_width if any(name.is_small for name in names) else FULL


def _without_sizes(bare: str, names: Iterable[_Name]) -> str:
    kept = []
    for text, name in zip(bare.split("/"), names, strict=True):
        if name.cut is None:
            kept.append(text)
        elif rest := text[: name.cut[0]] + text[name.cut[1] :]:
            kept.append(rest)
    return "/".join(kept)
