"""Galleries: which URLs are photos of the car, and when two of them show one photo.

Two URLs show one photo when they differ in the scheme, the query, the size of the rendition, or
in what `images.yml` names for a host. The largest rendition stands for the photo. Logos, icons,
placeholders and site furniture are no photos.

What became of fetching a photo belongs to the gallery, too: two URLs with one content are one
photo, and a content that many cars of a dealer share is a placeholder.
"""

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple, TypedDict

from contract.payloads import ImageFetch, Listing, ListingDetail
from normalizer.evidence import Evidence
from normalizer.policy import load
from normalizer.rows import BusinessRow, OrganizationImageRow
from normalizer.rulebook import ImagePolicy, MergePolicy
from normalizer.snapshots import Run

__all__ = [
    "Fetches",
    "Gallery",
    "Photo",
    "Shown",
    "became_of",
    "fetches",
    "gallery",
    "own_pictures",
    "photo_identity",
    "photos",
    "placeholders",
    "shown",
]

_POLICY = load("images", ImagePolicy)
_JUNK = tuple(map(re.compile, _POLICY.junk))
_JUNK_FILE = re.compile("|".join(_POLICY.junk_files))
_JUNK_UNLESS_DATED = re.compile("|".join(_POLICY.junk_unless_dated))
_MODEL_YEAR = re.compile(r"(?<!\d)(?:18[89]|19\d|20[0-4])\d(?!\d)")
_PHOTOS = tuple(re.compile(pattern) for pattern in _POLICY.photos)
_SIZE = re.compile("|".join(re.sub(r"\(\?P<\w+>", "(", pattern) for pattern in _POLICY.sizes))
_SMALL = re.compile(rf"(?:^|[/_.-])(?:{'|'.join(_POLICY.small_words)})(?=[/_.-]|$)")
_SCRIPTS = tuple(_POLICY.script_endings)
_SIZE_PARAMETERS = frozenset(_POLICY.size_parameters)
_WIDTH = re.compile(r"(?:^|&)(?:w|width|maxwidth)=(\d{2,4})(?=&|$)")

FULL = 1_000_000
"""The size of a rendition whose URL names none: as large as the host has it."""


class Photo(NamedTuple):
    """One photo of a gallery, and what became of fetching it: None while nobody has tried."""

    url: str
    fetch: ImageFetch | None = None

    @property
    def sha256(self) -> str | None:
        """The hash of the stored picture."""
        return self.fetch.sha256 if self.fetch else None


@dataclass(frozen=True, slots=True)
class Gallery:
    """The photos of a car in order, and the run that showed them; None where there are none."""

    run: Run | None = None
    photos: tuple[Photo, ...] = ()

    @property
    def primary(self) -> int | None:
        """The place of the photo that stands for the car: the first that was not refused."""
        usable = (
            place
            for place, photo in enumerate(self.photos)
            if photo.fetch is None or photo.fetch.outcome == "stored"
        )
        return next(usable, None)


class Fetched(TypedDict, total=False):
    """The columns of a picture's row that fetching it decides."""

    status: str
    reason: str | None
    sha256: str | None
    storage_key: str | None
    width: int | None
    height: int | None


Shown = tuple[tuple[Run, tuple[Photo, ...]], ...]
"""Every content of a car with the photos it shows, the newest first."""

Fetches = Mapping[tuple[str, int], ImageFetch]
"""Rendition of a photo → the newest result of fetching it."""


def fetches(evidence: Iterable[Evidence]) -> Fetches:
    """The newest fetch of every rendition; ``evidence`` comes in the order of "newest".

    A thumbnail that was stored does not count as its full-size picture.
    """
    newest: dict[tuple[str, int], ImageFetch] = {}
    for item in evidence:
        fetch = item.payload
        if isinstance(fetch, ImageFetch) and fetch.purpose == "vehicle":
            identity, size = _facts(fetch.source_url)
            if identity is not None:
                newest[identity, size] = fetch
    return newest


def own_pictures(business: BusinessRow, evidence: Iterable[Evidence]) -> list[OrganizationImageRow]:
    """The organization's logo, favicon and banner, and what became of fetching each; ``evidence``
    comes in the order of "newest"."""
    newest: dict[tuple[str, str], ImageFetch] = {}
    for item in evidence:
        fetch = item.payload
        if isinstance(fetch, ImageFetch) and fetch.purpose != "vehicle":
            newest[fetch.purpose, fetch.source_url] = fetch
    chosen = {
        "banner": business.primary_image_url,
        "favicon": business.favicon_url,
        "logo": business.logo_url,
    }
    return [
        OrganizationImageRow(
            organization_id=business.id,
            purpose=purpose,
            source_url=url,
            **became_of(newest.get((purpose, url))),
        )
        for purpose, url in chosen.items()
        if url
    ]


def became_of(fetch: ImageFetch | None) -> Fetched:
    """The columns that say what became of fetching a picture."""
    if fetch is None:
        return {}
    return {
        "status": fetch.outcome,
        "reason": fetch.reason,
        "sha256": fetch.sha256,
        "storage_key": fetch.storage_key,
        "width": fetch.width,
        "height": fetch.height,
    }


def shown(runs: Iterable[Run], fetched: Fetches) -> Shown:
    """What each content of a car shows; ``runs`` come newest first."""
    return tuple((run, _photos(_urls(run), fetched)) for run in runs)


def placeholders(cars: Iterable[Shown]) -> frozenset[str]:
    """The hashes of pictures that too many cars of one dealer show to be a photo of any."""
    count = Counter(
        sha256
        for car in cars
        for sha256 in {photo.sha256 for _, several in car for photo in several}
        if sha256 is not None
    )
    return frozenset(
        sha256 for sha256, number in count.items() if number > _POLICY.placeholder_above
    )


def gallery(car: Shown, policy: MergePolicy, without: frozenset[str] = frozenset()) -> Gallery:
    """The gallery that counts, without the pictures ``without`` and with every content once.

    Among galleries of more than a stray photo, the more trusted source counts, then the listing's
    own page, then the newer. A lone grid thumbnail serves where there is nothing else, and gives
    way to full-size photos.
    """
    ranked = sorted(
        ((run, _distinct(several, without)) for run, several in car),
        key=lambda found: (
            len(found[1]) < _POLICY.sparse_below,
            policy.rank("images", found[0].page.source, found[0].page.kind),
        ),
    )
    return next((Gallery(run, several) for run, several in ranked if several), Gallery())


def _distinct(several: tuple[Photo, ...], without: frozenset[str]) -> tuple[Photo, ...]:
    """The photos whose content did not come before: two URLs may turn out to be one picture."""
    if all(photo.fetch is None for photo in several):
        return several
    known = set(without)
    kept = []
    for photo in several:
        if photo.sha256 is None or photo.sha256 not in known:
            kept.append(photo)
            if photo.sha256 is not None:
                known.add(photo.sha256)
    return tuple(kept)


def _urls(run: Run) -> tuple[str, ...]:
    listing = run.payload
    assert isinstance(listing, (Listing, ListingDetail))
    if listing.image_urls:
        return listing.image_urls
    return (listing.thumbnail_url,) if listing.thumbnail_url else ()


def _photos(urls: Iterable[str], fetched: Fetches) -> tuple[Photo, ...]:
    if not fetched:
        return tuple(map(Photo, photos(urls)))
    found = []
    for url in photos(urls):
        identity, size = _facts(url)
        found.append(Photo(url, fetched.get((identity, size)) if identity else None))
    return tuple(found)


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


@lru_cache(maxsize=16_384)
def _facts(url: str) -> tuple[str | None, int]:
    """A photo's identity and the width of this rendition of it."""
    place, _, query = url.partition("://")[2].partition("#")[0].partition("?")
    if place[:4].lower() == "www.":
        place = place[4:]
    # Hosts are compared in lower case; a path's case may matter, but patterns ignore it.
    host, slash, path = place.partition("/")
    lower = place.lower()
    if not path or _is_junk(lower):
        return None, 0
    sizes = list(_SIZE.finditer(lower))
    size = _width(lower, query, sizes)
    for pattern in _PHOTOS:
        if known := pattern.search(lower):
            site = ".".join(host.lower().split(".")[-2:])
            return "/".join([site, *known.groups()]), size
    bare = f"{host.lower()}{slash}{path}"
    # Lowering may change a text's length in rare scripts; then sizes stay where they are.
    if len(bare) == len(lower):
        for match in reversed(sizes):
            bare = bare[: match.start()] + bare[match.end() :]
    if query and lower.endswith(_SCRIPTS):
        kept = sorted(
            part
            for part in query.split("&")
            if part.partition("=")[0].lower() not in _SIZE_PARAMETERS
        )
        bare = f"{bare}?{'&'.join(kept)}"
    return bare, size


def _is_junk(lower: str) -> bool:
    """Whether a URL, in lower case and without scheme and query, is site furniture."""
    behind_slash = f"/{lower}"
    if any(pattern.search(behind_slash) for pattern in _JUNK):
        return True
    file = lower.rpartition("/")[2]
    if _JUNK_FILE.fullmatch(file):
        return True
    return bool(_JUNK_UNLESS_DATED.fullmatch(file)) and not _MODEL_YEAR.search(file)


def _width(lower: str, query: str, sizes: Iterable[re.Match[str]]) -> int:
    if query and (asked := _WIDTH.search(query)):
        return int(asked[1])
    for match in sizes:
        if sides := [int(side) for side in match.groups() if side]:
            return max(sides)
    return _POLICY.small_width if _SMALL.search(lower) else FULL


def _full_size(url: str) -> str:
    """The URL to fetch: some hosts serve the full picture when no size is asked of them."""
    place, mark, _ = url.partition("?")
    if mark and place.split("/", 3)[2].lower() in _POLICY.full_without_query:
        return place
    return url
