"""Galleries: whose photos of a car count, in which order, and what became of fetching them.

Which URLs are photos, and when two of them show one, is `normalizer.photo_urls`. Two URLs with one
content are one photo as well, and a content that many cars of a dealer share is a placeholder.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import NamedTuple, TypedDict

from contract.payloads import ImageFetch, Listing, ListingDetail
from normalizer.evidence import Evidence
from normalizer.photo_urls import Rendition, photos, rendition
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
    "placeholders",
    "shown",
]

_POLICY = load("images", ImagePolicy)


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

Fetches = Mapping[Rendition, ImageFetch]
"""Rendition of a photo → the newest result of fetching it."""


def fetches(evidence: Iterable[Evidence]) -> Fetches:
    """The newest fetch of every rendition; ``evidence`` comes in the order of "newest".

    A thumbnail that was stored does not count as its full-size picture.
    """
    newest: dict[Rendition, ImageFetch] = {}
    for item in evidence:
        fetch = item.payload
        if isinstance(fetch, ImageFetch) and fetch.purpose == "vehicle":
            fetched = rendition(fetch.source_url)
            if fetched.identity is not None:
                newest[fetched] = fetch
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
        found.append(Photo(url, fetched.get(rendition(url))))
    return tuple(found)
