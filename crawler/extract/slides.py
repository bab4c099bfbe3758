"""What sliders add to a page's photos: copies of slides, by which they turn round and round, and
stand-ins that are shown until a script has loaded the photo."""

import re
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

from lxml.html import HtmlElement

from crawler.extract.picture_candidates import Candidate
from crawler.extract.picture_urls import picture_identity

__all__ = ["real_slides"]

# Swiper, Slick, Splide, Owl, Glide, Flickity, Embla, Bootstrap's multi-item carousels.
COPY = re.compile(
    r"(?:^|[\s_-])(?:duplicate|cloned?)(?:$|\s)|swiper-slide-duplicate(?:$|\s)", re.IGNORECASE
)
MAX_UP = 3
LEAST_SHARED = 3


def real_slides(candidates: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates without copies of slides and without stand-ins for their photos."""
    originals = [candidate for candidate in candidates if not _is_copy(candidate.element)]
    return _without_stand_ins(originals or candidates)


def _is_copy(element: HtmlElement) -> bool:
    node: HtmlElement | None = element
    steps = 0
    while node is not None and steps < MAX_UP:
        if COPY.search(node.get("class") or ""):
            return True
        # The sources of a picture, which the parser hangs into one another, are no step.
        steps += node.tag not in ("picture", "source")
        node = node.getparent()
    return False


def _without_stand_ins(candidates: Sequence[Candidate]) -> list[Candidate]:
    """A picture that stands beside three different photos or more is none of them."""
    beside: defaultdict[str, set[frozenset[str]]] = defaultdict(set)
    for candidate in candidates:
        identities = candidate.identities
        if len(identities) > 1:
            for identity in identities:
                beside[identity].add(frozenset(identities) - {identity})
    stand_ins = {
        identity
        for identity, others in beside.items()
        if len(others) >= LEAST_SHARED and not frozenset.intersection(*others)
    }
    if not stand_ins:
        return list(candidates)
    kept: list[Candidate] = []
    for candidate in candidates:
        urls = tuple(
            (place, url) for place, url in candidate.urls if picture_identity(url) not in stand_ins
        )
        if urls:
            kept.append(replace(candidate, urls=urls))
    return kept
