"""Keeping the name of a car's place in a page while the page is edited.

A place is named by what its page says of the car (`crawler.extract.place_cards`), and dealers
rewrite headings, move cars from page to page and sell one of two that are called the same. So what
a walk finds is compared with the places known before: a car that is plainly one of them keeps its
name, and one that only took over the name of another gets one of its own (ADR 0022).
"""

from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from contract.payloads import Probe
from contract.urls import is_place, place_in, url_identity
from crawler.extract.card import Card
from crawler.extract.place_cards import telling_words
from crawler.extract.place_names import name_words, plain_words
from crawler.extract.titles import YEAR

__all__ = ["KnownPlace", "settled", "still_shown"]

SAME_NAME, SAME_CAR, SAME_PHOTO, SAME_TITLE, SAME_TEXT = 4.0, 20.0, 8.0, 3.0, 3.0
ENOUGH = 4.0
ALIKE = 0.5
"""The share of words that two titles, or two texts, have in common."""
MAX_TEXT = 400
LEAST_TEXT = 6
"""Characters of a number or a name that is looked for in a page's source."""
MAX_CLAIMS = 2
"""Cars that may show a photo before it is nobody's."""


@dataclass(frozen=True, slots=True)
class KnownPlace:
    """A place as an earlier walk told of it: its URL and the card's raw title, VIN, stock number,
    photos and text."""

    url: str
    title: str
    vin: str
    stock_number: str
    photos: frozenset[str]
    text: str

    @classmethod
    def of(cls, url: str, said: Mapping[str, Any]) -> "KnownPlace":
        """Return the place that the data of a listing tells of."""
        return cls(
            url,
            str(said.get("title") or ""),
            str(said.get("vin") or ""),
            str(said.get("stock_number") or ""),
            frozenset(url.partition("?")[0] for url in said.get("image_urls") or ()),
            str(said.get("description") or "")[:MAX_TEXT],
        )

    @classmethod
    def of_card(cls, card: Card) -> "KnownPlace":
        """Return the place that a card tells of."""
        return cls.of(card.url, vars(card))


def settled(
    cards: Sequence[Card],
    grid_url: str,
    known: Iterable[KnownPlace],
    taken: Container[str] = (),
    *,
    anywhere: bool = False,
) -> tuple[Card, ...]:
    """Return a page's cards with the URLs that their places keep; other cards as they are.

    A place belongs to the grid that begins with ``grid_url``, on whichever of its pages it stands.
    Of what is ``known``, the ``taken`` (url identities) stood on earlier pages of the same walk: a
    car that is shown again keeps its name, and no other one gets it. ``anywhere``: cars of other
    pages are meant as well, as in an archive of sold ones; a photo or a number has to tell.
    """
    if not any(is_place(card.url) for card in cards):
        return tuple(cards)
    moved = [_moved(card, grid_url) if is_place(card.url) else card for card in cards]
    page = url_identity(grid_url)
    places = {url_identity(place.url): place for place in known}
    here: list[tuple[KnownPlace, bool]] = []
    for identity, place in places.items():
        is_far = url_identity(_page_of(place.url)) != page
        if anywhere or not is_far:
            here.append((place, is_far or identity in taken))
    found = [KnownPlace.of_card(card) for card in moved]
    shown = Counter(photo for one in found for photo in one.photos)
    scores: list[tuple[float, int, int]] = []
    for index, one in enumerate(found):
        if is_place(one.url):
            photos = frozenset(photo for photo in one.photos if shown[photo] == 1)
            own = replace(one, photos=photos)
            for other, (place, surely) in enumerate(here):
                score = _score(own, place, surely=surely)
                if score >= ENOUGH:
                    scores.append((-score, index, other))
    named: dict[int, str] = {}
    foreign = set(places)
    for _, index, other in sorted(scores):
        url = here[other][0].url
        if index not in named and url not in named.values():
            named[index] = url
    for index, card in enumerate(moved):
        if is_place(card.url) and index not in named:
            # The name may be another car's by now, or have been that of one that is sold.
            if url_identity(card.url) in foreign and (told := telling_words(card)):
                words = [told, name_words(card.title or "")]
                card = replace(card, url=place_in(grid_url, words=words))
            named[index] = card.url
            foreign.add(url_identity(card.url))
    distinct: dict[str, Card] = {}
    for index, card in enumerate(moved):
        kept = replace(card, url=named[index]) if index in named else card
        distinct.setdefault(url_identity(kept.url), kept)
    return tuple(distinct.values())


def _page_of(url: str) -> str:
    return url.partition("#")[0]


def _moved(card: Card, grid_url: str) -> Card:
    return replace(card, url=f"{_page_of(grid_url)}#{card.url.partition('#')[2]}")


def _score(card: KnownPlace, place: KnownPlace, *, surely: bool) -> float:
    """How surely a card, told with the photos that are its alone, is the car of a place; negative
    where it is another one. ``surely``: heading and text alone do not tell."""
    for mine, theirs in ((card.vin, place.vin), (card.stock_number, place.stock_number)):
        if mine and theirs:
            return SAME_CAR if plain_words(mine) == plain_words(theirs) else -1.0
    years, other_years = _years(card.title), _years(place.title)
    if years and other_years and years.isdisjoint(other_years):
        return -1.0
    shared = not card.photos.isdisjoint(place.photos)
    others = not shared and bool(card.photos and place.photos)
    title = _alike(card.title, place.title)
    text = _alike(card.text, place.text)
    is_named = url_identity(card.url) == url_identity(place.url) or (
        not surely and plain_words(card.title) == plain_words(place.title) != []
    )
    if is_named and others and text is False:
        return -1.0  # Other photos and another text: another car of the same name.
    if not is_named and not shared and (others or surely):
        return -1.0
    signs = ((is_named, SAME_NAME), (shared, SAME_PHOTO), (title, SAME_TITLE), (text, SAME_TEXT))
    return sum(weight for holds, weight in signs if holds)


@lru_cache(maxsize=4_096)
def _years(title: str) -> frozenset[str]:
    return frozenset(YEAR.findall(title))


def _alike(one: str, other: str) -> bool | None:
    """Whether two texts have most words in common; None where one of them says nothing."""
    mine, theirs = set(plain_words(one)), set(plain_words(other))
    if not mine or not theirs:
        return None
    return len(mine & theirs) >= ALIKE * len(mine | theirs)


def still_shown(
    known: Iterable[KnownPlace],
    listed: Container[str],
    offered: Container[str],
    sources: Sequence[str],
) -> tuple[Probe, ...]:
    """Return a probe for each place of the ``offered`` (by URL) that is not ``listed`` (by url
    identity), but that the ``sources`` of the walk's pages still show.

    A heading may be written so that nobody reads a car in it, and no page of the car's own tells
    that it is still there: its photo does, or, of a car without photos, its number or name. Photos
    of several cars are nobody's; two may claim one, as the car before such a heading does.
    """
    places = {url_identity(place.url): place for place in known}
    missing = [
        place
        for identity, place in places.items()
        if place.url in offered and identity not in listed
    ]
    if not missing or not sources:
        return ()
    whole = "\n".join(sources).casefold()
    claims = Counter(photo for place in missing for photo in place.photos)
    claims.update(
        p for identity, place in places.items() if identity in listed for p in place.photos
    )
    probes = []
    for place in missing:
        own = [photo for photo in place.photos if claims[photo] <= MAX_CLAIMS]
        words = (place.vin, place.stock_number, name_words(place.title))
        if any(_file(photo) in whole for photo in own):
            sign = "its photo still stands on the page"
        elif not place.photos and any(
            len(text) >= LEAST_TEXT and text.casefold() in whole for text in words
        ):
            sign = "its name still stands on the page"
        else:
            continue
        probes.append(Probe(url=place.url, verdict="alive", sign=sign))
    return tuple(probes)


def _file(photo: str) -> str:
    """The end of a photo's address as a page may write it, wherever its folder lies."""
    return "/".join(urlsplit(photo).path.rsplit("/", 2)[-2:]).casefold()
