"""One dealer's visit in the browser: what it may still cost, and what its pages share."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Self

from crawler.rendering.errors import RenderingFailed

if TYPE_CHECKING:
    from scrapy.settings import BaseSettings

__all__ = ["DOCUMENT", "MORE_LEFT", "VISIT", "Limits", "Part", "Visit"]

VISIT, DOCUMENT, MORE_LEFT = "paddock_visit", "paddock_document", "paddock_more_left"
"""What a request for a drawn page carries in its meta: the visit, the page as it was fetched, and,
once it is drawn, whether it would have gone on."""

CACHED_BYTES = 32 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Limits:
    """What a page and a dealer may cost at most; crawler/settings.py gives the reasons."""

    page_seconds: float
    page_parts: int
    dealer_seconds: float
    dealer_pages: int
    dealer_bytes: int
    memory_mb: float

    @classmethod
    def of(cls, settings: "BaseSettings") -> Self:
        return cls(
            page_seconds=settings.getfloat("RENDER_PAGE_SECONDS", 45.0),
            page_parts=settings.getint("RENDER_PAGE_PARTS", 150),
            dealer_seconds=settings.getfloat("RENDER_DEALER_SECONDS", 900.0),
            dealer_pages=settings.getint("RENDER_DEALER_PAGES", 100),
            dealer_bytes=settings.getint("RENDER_DEALER_MB", 64) * 1024 * 1024,
            memory_mb=settings.getfloat("RENDER_MEMORY_MB", 1536.0),
        )


@dataclass(frozen=True, slots=True)
class Part:
    """What the browser is answered."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass
class Visit:
    """Keeps a dealer's account; ``name`` names his browser context, which no other dealer shares.

    ``cache`` spares the site what the browser would have kept itself: scripts, for the length of
    the visit.
    """

    name: str
    limits: Limits
    seconds: float = 0.0
    pages: int = 0
    bytes: int = 0
    parts: Counter[str] = field(default_factory=Counter)
    cache: dict[str, Part] = field(default_factory=dict)
    cached: int = 0
    turns: dict[str, asyncio.Lock] = field(default_factory=dict)

    def turn(self, site: str) -> asyncio.Lock:
        """One part at a time is asked of a site."""
        return self.turns.setdefault(site, asyncio.Lock())

    def check(self) -> None:
        """Raise RenderingFailed (``render_budget``) where the dealer's share is used up."""
        limits = self.limits
        for what, used, most in (
            ("seconds", self.seconds, limits.dealer_seconds),
            ("pages", self.pages, limits.dealer_pages),
            ("bytes", self.bytes, limits.dealer_bytes),
        ):
            if used >= most:
                raise RenderingFailed("render_budget", f"{most:g} {what} used")

    def keep(self, url: str, part: Part) -> None:
        """Keep a script for the next pages of the visit."""
        if part.status == 200 and self.cached + len(part.body) <= CACHED_BYTES:
            self.cached += len(part.body)
            self.cache[url] = part
