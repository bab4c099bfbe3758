"""What one answer to the request for a vehicle page is worth: a reading, or a word for why none.

The grid's redirect, a page that says the car is gone, another site, a page that shows no vehicle:
none of them may become the car's own page. Pure.
"""

import re
from dataclasses import dataclass
from typing import Literal

from contract.observation import Source
from contract.urls import route_of, site_of, url_identity
from crawler.extract.classic_vehicle import read_classic_vehicle
from crawler.extract.detail import Detail
from crawler.fetch import Fetched
from crawler.platforms import recognize
from crawler.probe import GONE, UNDRAWN
from crawler.redirects import is_new_address, left_the_page

__all__ = ["Card", "Judged", "judge"]

LEAST_CONFIDENCE = 0.5
"""Below it a page is more likely something else than one vehicle's page."""

CUT_OFF = re.compile(r"<[a-z][^<>]*$", re.IGNORECASE)
"""What an answer ends with that broke off inside a tag: half a page would replace a whole one."""
LONGEST_TAG = 20_000

Outcome = Literal["read", "not_modified", "gone", "blocked", "failed"]


@dataclass(frozen=True, slots=True)
class Card:
    """What the grid knows of the listing: by which a page under another address is recognized."""

    url: str
    source: Source
    title: str | None = None
    vin: str | None = None
    grid_url: str | None = None


@dataclass(frozen=True, slots=True)
class Judged:
    """The outcome, its reason where nothing was read, and what was read by which platform.

    ``is_whole`` is False where a part of what the page tells could not be had: then the page's
    version must not stand for it the next time.
    """

    outcome: Outcome
    reason: str = ""
    detail: Detail | None = None
    platform: str = ""
    is_whole: bool = True


def judge(card: Card, answer: Fetched) -> Judged:
    """Judge the answer to a request for the card's page. Never raises for what a site sends."""
    if answer.not_modified:
        return Judged("not_modified")
    if answer.page is None:
        reason = str(answer.failure)
        if answer.blocked:
            return Judged("blocked", reason)
        return Judged("gone" if reason in GONE else "failed", reason)
    if route_of(card.url) and not answer.drawn:
        return Judged("failed", UNDRAWN)
    if site_of(answer.url) != site_of(card.url):
        return Judged("failed", "redirected to another site")
    if left_the_page(card.url, answer.url, card.grid_url or ""):
        return Judged("gone", "redirected to the grid")
    if CUT_OFF.search(answer.page.html[-LONGEST_TAG:]):
        return Judged("failed", "cut off in the middle")
    platform = recognize(answer.page)
    status = platform.read_status(answer.page)
    if status.status == "gone":
        return Judged("gone", status.sign)
    if card.source is Source.CLASSIC:
        detail, name = read_classic_vehicle(answer.page), "classic.com"
    else:
        detail, name = platform.read_detail(answer.page), platform.name
    if detail.confidence < LEAST_CONFIDENCE:
        return Judged("failed", "no vehicle page")
    if url_identity(answer.url) != url_identity(card.url) and not _same_car(card, answer, detail):
        return Judged("failed", "redirected to another vehicle")
    return Judged("read", detail=detail, platform=name, is_whole=answer.is_whole)


def _same_car(card: Card, answer: Fetched, detail: Detail) -> bool:
    """Whether a page under another address is the card's: it names its VIN or title, or its address
    is a new one of the card's."""
    if card.vin and detail.vin:
        return _folded(card.vin) == _folded(detail.vin)
    if card.title and detail.title and _folded(card.title) == _folded(detail.title):
        return True
    return is_new_address(card.url, answer.url)


def _folded(text: str) -> str:
    return re.sub(r"[^0-9a-z]+", "", text.casefold())
