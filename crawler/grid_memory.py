"""What earlier walks of an organization read, page by page, so that an unchanged page is not read
again: it costs a hash and a lookup.

A remembered page is used only where reading it again would say the same: its body is the same, our
readers are, it was read as the same platform's, and every listing it told is on record as the
newest of its page. The memory of an organization is loaded before its walk and written in the
transaction that finishes it, so that what it cites is stored. GRID_MEMORY = False reads everything
anew.
"""

from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import cache
from hashlib import blake2b
from importlib.metadata import version
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Any, Literal
from uuid import UUID

from contract.urls import url_identity
from crawler.answered_page import AnsweredPage
from crawler.extract.card import Card, Mark
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.extract.traits import Traits, traits_of
from crawler.fetch import Validators

__all__ = [
    "REMEMBERED",
    "GridMemory",
    "GridRecord",
    "PageRecord",
    "RecalledCard",
    "RecalledPage",
    "SeenCard",
    "reader_version",
]

Grid = Literal["current", "sold"]
Told = Mapping[tuple[Grid, str], str | None]
"""The payload hash of each listing that a walk told of, by grid and url identity."""
READERS = ("crawler", "crawler.extract", "crawler.platforms", "contract")
READ_BESIDE = frozenset(
    [
        "grid_memory.py",
        "walk.py",
        "inventory_walk.py",
        "answered_page.py",
        "body_hash.py",
        "json_grid.py",
        "places.py",
    ]
)
"""Modules of `crawler` itself that decide what a reading says."""
LIBRARIES = ("chompjs", "lxml", "parsel", "w3lib", "cssselect", "pydantic")


@dataclass(frozen=True, slots=True)
class SeenCard:
    """What a walk keeps of a card once it was told: hundreds of pages are walked side by side, and
    their cards would fill the memory until the last page of each."""

    url: str
    identity: str
    mark: Mark | None
    traits: Traits

    @classmethod
    def of(cls, card: Card) -> "SeenCard":
        """Return what is kept of a card."""
        return cls(card.url, url_identity(card.url), card.mark, traits_of(card))


@dataclass(frozen=True, slots=True)
class RecalledCard:
    """A card of a remembered page, without its fields: its ``traits`` say which it fills.
    ``payload_hash`` is None where the page did not tell of it, because another page or grid had, or
    because it did not fit the contract."""

    url: str
    identity: str
    mark: Mark | None
    payload_hash: str | None
    traits: Traits


@dataclass(frozen=True, slots=True)
class RecalledPage:
    """A page as it was read before; ``reading`` has everything but its cards.

    ``opened`` tells that a grid began with it, so that the platform was recognized by it;
    ``shows_listings`` is known of pages that were looked at for a grid.
    """

    body_hash: str
    platform: str
    opened: bool
    shows_listings: bool | None
    reading: GridPage
    cards: tuple[RecalledCard, ...]

    def tells(self, already: Container[str], elsewhere: Container[str]) -> bool:
        """Whether it can stand for the page in a walk that has seen some listings ``already`` and
        told others ``elsewhere``: it knows the payload of all that is left for it to tell."""
        return all(
            card.payload_hash is not None or card.identity in already or card.identity in elsewhere
            for card in self.cards
        )


@dataclass(frozen=True, slots=True)
class PageRecord:
    """One row of ``grid_pages``: a page read in this walk, as it will be remembered."""

    grid: Grid
    url: str
    body_hash: str
    etag: str | None
    last_modified: str | None
    urls: tuple[str, ...]
    hashes: tuple[str | None, ...]
    reading: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class GridRecord:
    """What a finished walk leaves to the next one: ``pages`` to remember, ``reused`` listings (URL,
    payload hash) that it told from memory, and the pages ``seen`` of the grids walked to their end,
    beside which all others are forgotten."""

    organization_id: UUID
    reader: str
    pages: tuple[PageRecord, ...]
    reused: tuple[tuple[str, str], ...]
    seen: Mapping[Grid, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class _Learned:
    """A page read in this walk, while the payloads of what it tells are not known yet. ``reading``
    has everything but its ``cards``; ``fresh`` says of each whether no earlier page had it."""

    grid: Grid
    url: str
    body_hash: str
    version: Validators
    platform: str
    opened: bool
    reading: GridPage
    cards: tuple[SeenCard, ...]
    fresh: tuple[bool, ...]


class GridMemory:
    """The memory of one organization, in one walk.

    ``rows`` are those of `remembered_pages`. ``trusts_site`` is False on the one day in seven on
    which every page is fetched, so that a site which says "not modified" of a page that changed
    misleads us for a week at most.
    """

    def __init__(
        self,
        organization_id: UUID,
        rows: Iterable[Mapping[str, Any]] = (),
        trusts_site: bool = True,
    ) -> None:
        self.organization_id = organization_id
        self.trusts_site = trusts_site
        self._rows = {(row["grid"], row["url"]): row for row in rows}
        self._looked_at: dict[str, bool] = {}
        self._learned: list[_Learned] = []
        self._reused: list[tuple[str, str]] = []
        self._seen: dict[Grid, list[str]] = {}

    def recall(self, grid: Grid, page: Page) -> RecalledPage | None:
        """Return how a page was read before; None where it, or how we read, has changed."""
        row = self._rows.get((grid, page.url))
        if row is None or not isinstance(page, AnsweredPage) or page.body_hash != row["body_hash"]:
            return None
        return _recalled(row)

    def version(self, grid: Grid, url: str) -> tuple[Validators, RecalledPage] | None:
        """The version by which a site may say that a page is the one remembered, and how that was
        read; None where neither was named."""
        row = self._rows.get((grid, url)) if self.trusts_site else None
        if row is None or not (row["etag"] or row["last_modified"]):
            return None
        return Validators(row["etag"], row["last_modified"]), _recalled(row)

    def looked_at(self, page: Page, shows_listings: bool) -> None:
        """Note whether a page shows listings, asked before a walk begins."""
        self._looked_at[page.url] = shows_listings

    def learn(
        self, grid: Grid, page: Page, platform: str, opened: bool, reading: GridPage,
        cards: Sequence[SeenCard], fresh: Container[str], drawn: bool = False,
    ) -> None:  # fmt: skip
        """Note a page that was read, its cards, and which of them (url identities) were new. The
        site's version of a page says nothing of what a browser has ``drawn`` of it."""
        self._seen.setdefault(grid, []).append(page.url)
        if isinstance(page, AnsweredPage):
            version = Validators() if drawn else Validators(page.etag, page.last_modified)
            self._learned.append(
                _Learned(
                    grid, page.url, page.body_hash, version,
                    platform, opened, replace(reading, cards=()), tuple(cards),
                    tuple([card.identity in fresh for card in cards]),
                )
            )  # fmt: skip

    def reuse(self, grid: Grid, url: str) -> None:
        """Note a page that was not read again."""
        self._seen.setdefault(grid, []).append(url)

    def told_again(self, card: RecalledCard) -> None:
        """Note that the walk tells of a listing from memory."""
        if card.payload_hash is not None:
            self._reused.append((card.url, card.payload_hash))

    def record(self, ended: Iterable[Grid], told: Told) -> GridRecord:
        """What to remember after a walk whose grids ``ended`` and that ``told`` these payloads."""
        ends = frozenset(ended)
        return GridRecord(
            self.organization_id,
            reader_version(),
            tuple(self._record(one, told) for one in self._learned),
            tuple(self._reused),
            {grid: tuple(urls) for grid, urls in self._seen.items() if grid in ends},
        )

    def _record(self, one: _Learned, told: Told) -> PageRecord:
        return PageRecord(
            one.grid,
            one.url,
            one.body_hash,
            one.version.etag,
            one.version.last_modified,
            tuple(card.url for card in one.cards),
            tuple(
                told.get((one.grid, card.identity)) if is_fresh else None
                for card, is_fresh in zip(one.cards, one.fresh, strict=True)
            ),
            {
                "platform": one.platform,
                "opened": one.opened,
                "shows": self._looked_at.get(one.url),
                "page": {
                    part.name: getattr(one.reading, part.name)
                    for part in fields(one.reading)
                    if part.name != "cards"
                },
                "cards": [(card.identity, card.mark, card.traits) for card in one.cards],
            },
        )


REMEMBERED = ("grid", "url", "body_hash", "urls", "hashes", "reading", "etag", "last_modified")
"""The columns of `remembered_pages`."""


def _recalled(row: Mapping[str, Any]) -> RecalledPage:
    said = row["reading"]
    return RecalledPage(
        body_hash=row["body_hash"],
        platform=said["platform"],
        opened=said["opened"],
        shows_listings=said["shows"],
        reading=GridPage(**said["page"]),
        cards=tuple(
            RecalledCard(url, identity, mark, payload_hash, tuple(traits))
            for url, payload_hash, (identity, mark, traits) in zip(
                row["urls"], row["hashes"], said["cards"], strict=True
            )
        ),
    )


@cache
def reader_version() -> str:
    """The version of everything that decides what a page says: our sources, the word lists, the
    libraries. Whatever it is, another one means reading anew."""
    digest = blake2b(digest_size=16)
    for package in READERS:
        for source in sorted(files(package).iterdir(), key=lambda found: found.name):
            if _reads(package, source):
                digest.update(f"{package}/{source.name}\n".encode() + source.read_bytes())
    for library in LIBRARIES:
        digest.update(f"{library} {version(library)}\n".encode())
    return digest.hexdigest()


def _reads(package: str, source: Traversable) -> bool:
    if package == "crawler":
        return source.name in READ_BESIDE
    return source.name.endswith((".py", ".yml", ".txt"))
