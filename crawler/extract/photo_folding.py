"""Folding what shows one photo in many places and sizes into that photo."""

import itertools
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from crawler.extract.picture_urls import folded_widths, picture_identity, picture_width

__all__ = ["Photo", "enlarge", "fold_photos", "join_photos", "share_a_photo"]


@dataclass
class Photo:
    """A photo of the gallery under way: all its variants and all identities it is known by."""

    variants: list[tuple[int, str]]
    identities: set[str]

    @property
    def best(self) -> str:
        """The URL of its largest variant: a full-size place, then the width the URL promises."""
        cut = {CUT.sub("", stem) for _, url in self.variants if CUT.search(stem := _file(url))}
        return max(
            enumerate(self.variants),
            key=lambda entry: (
                entry[1][0] >= 3,
                # What others were cut from ("a.jpg" beside "a-300x200.jpg") is the upload itself.
                _file(entry[1][1]) in cut,
                picture_width(entry[1][1]),
                # Of sizes without a name, the one that a set of sizes calls the largest.
                entry[1][0],
                -entry[0],
            ),
        )[1][1]


CUT = re.compile(
    r"(?:-\d{2,4}x\d{2,4}|_\d{2,4}x(?:\d{2,4})?|[-_.]?(?:xs|s|sm|m|t|tn|th|small|thumb))$",
    re.IGNORECASE,
)


def _file(url: str) -> str:
    """A picture's address without its query and its type."""
    return url.partition("?")[0].rpartition(".")[0]


def fold_photos(entries: Iterable[tuple[list[tuple[int, str]], Sequence[str]]]) -> list[Photo]:
    """Fold the variants of each photo together, in the order of first sight."""
    entries = list(entries)
    widths = folded_widths({identity for _, ids in entries for identity in ids})
    photos: list[Photo] = []
    known: dict[str, Photo] = {}
    for urls, ids in entries:
        identities = {widths.get(identity, identity) for identity in ids}
        photo = next((known[identity] for identity in _ids_in(identities, known)), None)
        if photo is None:
            photo = Photo([], set())
            photos.append(photo)
        photo.variants += [entry for entry in urls if entry not in photo.variants]
        photo.identities |= identities
        for identity in identities:
            known.setdefault(identity, photo)
    return photos


def _ids_in(identities: Iterable[str], known: dict[str, Photo]) -> list[str]:
    """The identities that are known, in a stable order."""
    return sorted(identity for identity in identities if identity in known)


def join_photos(photos: list[Photo], group: Sequence[Sequence[tuple[int, str]]]) -> list[Photo]:
    """Join a list of photos, each with its sizes: the longer of both gives the order. What is shown
    above the photos of both leads them; a list that shares no photo with a gallery is its rest."""
    listed = [(list(urls), [picture_identity(url) for _, url in urls]) for urls in group]
    shown = [(photo.variants, sorted(photo.identities)) for photo in photos]
    both = {identity for _, identities in listed for identity in identities}
    lead = list(itertools.takewhile(lambda entry: both.isdisjoint(entry[1]), shown))
    if len(lead) < len(shown):
        listed = [*lead, *listed]
    rest = len(shown) > 2 and not share_a_photo(photos, [urls[0][1] for urls, _ in listed])
    longer = len(listed) > len(shown) and not rest
    first, second = (listed, shown) if longer else (shown, listed)
    return fold_photos([*first, *second])


def share_a_photo(photos: Sequence[Photo], urls: Iterable[str]) -> bool:
    identities = {identity for photo in photos for identity in photo.identities}
    others = {picture_identity(url) for url in urls}
    widths = folded_widths(identities | others)
    shared = {widths.get(identity, identity) for identity in identities}
    return any(widths.get(identity, identity) in shared for identity in others)


def enlarge(photos: Iterable[Photo], rules: Mapping[str, str]) -> None:
    """Give the photos that a page shows small alone their large sizes, by the rules of its scripts:
    each holds where the page shows a photo both ways."""
    photos = list(photos)
    for small, large in rules.items():
        if any(_shows_both(photo, small, large) for photo in photos):
            for photo in photos:
                if small in (best := photo.best):
                    photo.variants.append((5, large.join(best.rsplit(small, 1))))


def _shows_both(photo: Photo, small: str, large: str) -> bool:
    urls = {url for _, url in photo.variants}
    return any(small in url and large.join(url.rsplit(small, 1)) in urls for url in urls)
