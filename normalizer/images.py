"""Galleries: which URLs are photos of the car, and when two of them show one photo.

Two URLs show one photo when they differ in the scheme, the query, the size of the rendition, or
in what `images.yml` names for a host. The largest rendition stands for the photo. Logos, icons,
placeholders and site furniture are no photos.
"""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from contract.payloads import Listing
from normalizer.policy import load
from normalizer.rulebook import ImagePolicy, MergePolicy
from normalizer.snapshots import Run

__all__ = ["gallery", "photo_identity", "photos"]

_POLICY = load("images", ImagePolicy)
_JUNK = re.compile("|".join(_POLICY.junk))
_PHOTOS = tuple(re.compile(pattern) for pattern in _POLICY.photos)
_SIZES = tuple(re.compile(pattern) for pattern in _POLICY.sizes)
_SMALL = re.compile(rf"(?:^|[/_.-])(?:{'|'.join(_POLICY.small_words)})(?=[/_.-]|$)")
_SCRIPTS = tuple(_POLICY.script_endings)
_SIZE_PARAMETERS = frozenset(_POLICY.size_parameters)
_WIDTH = re.compile(r"(?:^|&)(?:w|width|maxwidth)=(\d{2,4})(?=&|$)")

FULL = 1_000_000
"""The size of a rendition whose URL names none: as large as the host has it."""


def gallery(runs: Sequence[Run], policy: MergePolicy) -> tuple[Run | None, tuple[str, ...]]:
    """The run whose gallery counts, and its photos in order; ``runs`` come newest first.

    Among galleries of more than a stray photo, the more trusted source counts, then the newer. A
    lone grid thumbnail serves where there is nothing else, and gives way to full-size photos.
    """
    ranked = sorted(
        ((run, photos(_urls(run))) for run in runs if isinstance(run.payload, Listing)),
        key=lambda found: (
            len(found[1]) < _POLICY.sparse_below,
            policy.tier("images", found[0].page.source),
        ),
    )
    return next((found for found in ranked if found[1]), (None, ()))


def _urls(run: Run) -> tuple[str, ...]:
    listing = run.payload
    assert isinstance(listing, Listing)
    if listing.image_urls:
        return listing.image_urls
    return (listing.thumbnail_url,) if listing.thumbnail_url else ()


def photos(urls: Iterable[str]) -> tuple[str, ...]:
    """The photos among the URLs, each once, in its largest rendition and first place."""
    best: dict[str, tuple[int, str]] = {}
    for url in urls:
        identity, size = _facts(url)
        if identity is not None and (identity not in best or size > best[identity][0]):
            # An assignment keeps the photo's first place.
            best[identity] = (size, url)
    return tuple(_full_size(url) for _, url in best.values())[: _POLICY.most]


def photo_identity(url: str) -> str | None:
    """What names the photo behind an image URL; None for what is no photo.

    >>> photo_identity("https://cdn.dealeraccelerate.com/g/31/5450/98765/790x1024/slug.avif?x=1")
    'dealeraccelerate.com/g/5450/98765'
    """
    return _facts(url)[0]


@lru_cache(maxsize=65_536)
def _facts(url: str) -> tuple[str | None, int]:
    """A photo's identity and the width of this rendition of it."""
    place, _, query = url.partition("://")[2].partition("#")[0].partition("?")
    # Hosts are compared in lower case; a path's case may matter, but patterns ignore it.
    host, slash, path = place.partition("/")
    lower = f"{host}{slash}{path}".lower()
    if not path or _JUNK.search(lower):
        return None, 0
    sizes = [match for pattern in _SIZES for match in pattern.finditer(lower) if match.group()]
    size = _width(lower, query, sizes)
    for pattern in _PHOTOS:
        if known := pattern.search(lower):
            site = ".".join(host.lower().split(".")[-2:])
            return "/".join([site, *known.groups()]), size
    bare = f"{host.lower()}{slash}{path}"
    # Lowering may change a text's length in rare scripts; then sizes stay where they are.
    if len(bare) == len(lower):
        for start, end in reversed(_disjoint([match.span() for match in sizes])):
            bare = bare[:start] + bare[end:]
    if query and lower.endswith(_SCRIPTS):
        kept = sorted(
            part
            for part in query.split("&")
            if part.partition("=")[0].lower() not in _SIZE_PARAMETERS
        )
        bare = f"{bare}?{'&'.join(kept)}"
    return bare, size


def _width(lower: str, query: str, sizes: Iterable[re.Match[str]]) -> int:
    if asked := _WIDTH.search(query):
        return int(asked[1])
    for match in sizes:
        sides = [side for side in match.groupdict().values() if side]
        if sides:
            return max(map(int, sides))
    return _POLICY.small_width if _SMALL.search(lower) else FULL


def _disjoint(spans: list[tuple[int, int]]) -> list[tuple[int, int]]:
    kept: list[tuple[int, int]] = []
    for start, end in sorted(spans):
        if not kept or start >= kept[-1][1]:
            kept.append((start, end))
    return kept


def _full_size(url: str) -> str:
    """The URL to fetch: some hosts serve the full picture when no size is asked of them."""
    place, mark, _ = url.partition("?")
    if mark and place.split("/", 3)[2].lower() in _POLICY.full_without_query:
        return place
    return url
