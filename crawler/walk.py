"""Walking one inventory grid to its end, and saying truthfully whether the end was reached.

A walk is complete only when every page of the grid was read. Everything else (a failed page, a
pager that loops or ends before its own numbers, fewer cars than the site declares) is named, for
the normalizer proves absence by complete walks alone.
"""

from collections.abc import AsyncIterator, Container, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from contract.urls import is_place, url_identity
from crawler.extract.card import Card
from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.extract.page_kind import page_kind
from crawler.fetch import Ask, Fetch, Fetched, Validators
from crawler.grid_memory import GridMemory, RecalledCard, RecalledPage, SeenCard
from crawler.places import KnownPlace, settled
from crawler.platforms import PLATFORMS, Platform, recognize

__all__ = ["Grid", "GridWalk", "walk_grid"]

Grid = Literal["current", "sold"]

MAX_PAGES = 400
MAX_BARREN_PAGES = 2
"""Pages in a row without a new listing after which a pager counts as looping."""


@dataclass
class GridWalk:
    """What a walk of one grid has seen so far; ``listings`` is keyed by url identity.

    ``memory`` says what earlier walks read, ``elsewhere`` which listings (url identities) another
    grid of this run has told of, ``unread_because`` what a page was instead of one of the grid's
    (`crawler.extract.page_kind`), ``sections`` (by url identity) the pages among which the site
    divides the grid, ``per_page`` how many cards the fullest page showed. ``ask`` asks whether a
    page that memory knows has changed; without it every page is fetched. ``drawn`` tells that a
    browser draws the pages. ``places`` are the cars without pages of their own that are known, and
    those that the walk saw: they are named after ``root``, the first page of the grid's section,
    or the grid itself where it is empty. ``sources`` is the source of the pages that may show them.
    """

    grid_url: str
    grid: Grid
    platform: Platform | None = None
    pages: int = 0
    listings: dict[str, SeenCard | RecalledCard] = field(default_factory=dict)
    declared_total: int | None = None
    last_page: int | None = None
    sold_grid_url: str | None = None
    incomplete_because: str | None = None
    blocked: bool = False
    needs_script: bool = False
    unread_because: str | None = None
    set_aside: int = 0
    sections: dict[str, str] = field(default_factory=dict)
    per_page: int = 0
    memory: GridMemory | None = None
    elsewhere: Container[str] = ()
    ask: Ask | None = None
    drawn: bool = False
    places: list[KnownPlace] = field(default_factory=list)
    root: str = ""
    sources: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether every page of the grid was read to its end."""
        return self.incomplete_because is None

    def read(self, page: Page) -> tuple[Sequence[Card | RecalledCard], str | None]:
        """Take in one page; returns its cards that no earlier page had, and the next page's URL.

        A page that memory knows is not read again.
        """
        if self.places:
            self.sources.append(page.html)
        found = self.memory.recall(self.grid, page) if self.memory is not None else None
        if found is not None and self._stands(found):
            if not found.cards:
                self._look_closer(page, found.reading)
            return self.repeat(page.url, found)
        opened = self.platform is None
        self.platform = self.platform or recognize(page)
        reading = self._settled(self.platform.read_grid(page))
        seen = [SeenCard.of(card) for card in reading.cards]
        fresh = [
            (card, known)
            for card, known in zip(reading.cards, seen, strict=True)
            if known.identity not in self.listings
        ]
        self.listings.update((known.identity, known) for _, known in fresh)
        self._note(reading)
        if not reading.cards:
            self._look_closer(page, reading)
        if self.memory is not None:
            new = {known.identity for _, known in fresh}
            self.memory.learn(
                self.grid, page, self.platform.name, opened, reading, seen, new, self.drawn
            )
        return [card for card, _ in fresh], reading.next_url

    def _settled(self, reading: GridPage) -> GridPage:
        """The reading with the names that places keep (`crawler.places`)."""
        root, archive = self.root or self.grid_url, self.grid == "sold"
        cards = settled(reading.cards, root, self.places, self.listings, anywhere=archive)
        self.places += [KnownPlace.of_card(card) for card in cards if is_place(card.url)]
        return replace(reading, cards=cards)

    def repeat(
        self, url: str, found: RecalledPage
    ) -> tuple[Sequence[Card | RecalledCard], str | None]:
        """Take in a page as it was read before; returns what `read` does."""
        assert self.memory is not None
        self.platform = self.platform or _named(found.platform)
        known = [card for card in found.cards if card.identity not in self.listings]
        self.listings.update((card.identity, card) for card in known)
        self._note(found.reading)
        self.per_page = max(self.per_page, len(found.cards))
        self.memory.reuse(self.grid, url)
        return known, found.reading.next_url

    def version(self, url: str) -> tuple[Validators, RecalledPage] | None:
        """The version of a page that was read before, and that reading, where it would stand for
        the page in this walk: else the page itself is needed."""
        # Whether a page still shows a car that has no other page only the page itself can tell.
        if self.memory is None or self.ask is None or self.drawn or self.places:
            return None
        found = self.memory.version(self.grid, url)
        return found if found and found[1].cards and self._stands(found[1]) else None

    def _stands(self, found: RecalledPage) -> bool:
        """Whether how a page was read before holds for this walk, too."""
        if not found.tells(self.listings, self.elsewhere):
            return False
        same = found.opened if self.platform is None else found.platform == self.platform.name
        return same and _named(found.platform) is not None

    def _look_closer(self, page: Page, reading: GridPage) -> None:
        """See what a page without cars is: no page of the grid, perhaps."""
        if not reading.needs_script and not reading.sections:
            self.unread_because = page_kind(page)

    def _note(self, page: GridPage) -> None:
        self.pages += 1
        self.declared_total = self.declared_total or page.declared_total
        self.last_page = max(filter(None, (self.last_page, page.last_page)), default=None)
        self.sold_grid_url = self.sold_grid_url or page.sold_grid_url
        self.needs_script = self.needs_script or page.needs_script
        self.set_aside += page.set_aside
        for section in page.sections:
            self.sections.setdefault(url_identity(section), section)
        self.per_page = max(self.per_page, len(page.cards))

    def next_section(self, visited: Container[str]) -> str | None:
        """The next section of the grid that no page led to yet. A section's pager ends with it, so
        its numbers say nothing of the whole."""
        for identity, section in self.sections.items():
            if identity not in visited:
                self.last_page = None
                self.root = section
                return section
        return None

    def close(self) -> None:
        """Judge a walk whose pager has ended by the site's own numbers."""
        if self.last_page is not None and self.pages < self.last_page:
            self.incomplete_because = "pager_ended_early"
        elif self.declared_total is not None:
            # One car may stand on two tiles, and some totals run one or two ahead.
            tolerance = max(2, self.declared_total // 50)
            if len(self.listings) + self.set_aside < self.declared_total - tolerance:
                self.incomplete_because = "fewer_than_declared"
        if not self.listings:
            if self.needs_script:
                self.incomplete_because = "needs_script"
            elif self.complete:
                self.incomplete_because = "no_listings"


def _named(name: str) -> Platform | None:
    return next((platform for platform in PLATFORMS if platform.name == name), None)


async def walk_grid(
    walk: GridWalk, fetch: Fetch, first: Page | None = None
) -> AsyncIterator[Card | RecalledCard]:
    """Read the grid page by page and yield each listing once; the walk tells how it ended.

    ``first`` is the grid's first page where it was fetched already.
    """
    url = walk.grid_url
    visited: set[str] = set()
    barren = 0
    while True:
        visited.add(url_identity(url))
        page: Page | None = None
        unchanged = await _unchanged(walk, url) if first is None else None
        if isinstance(unchanged, RecalledPage):
            fresh, following = walk.repeat(url, unchanged)
        else:
            fetched = Fetched(url, first) if first else unchanged or await fetch(url)
            first, page = None, fetched.page
            if page is None:
                walk.incomplete_because, walk.blocked = fetched.failure, fetched.blocked
                return
            fresh, following = walk.read(page)
        for card in fresh:
            yield card
        if walk.unread_because is not None:
            walk.incomplete_because = walk.unread_because
            return
        barren = 0 if fresh else barren + 1
        if following is None or url_identity(following) == url_identity(url):
            section = walk.next_section(visited)
            if section is None:
                walk.close()
                return
            following, barren = section, 0
        url = following
        if page is not None:
            # Many walks wait for their next page side by side, and trees are large.
            page.forget()
        if url_identity(url) in visited or barren >= MAX_BARREN_PAGES:
            walk.close()
            # A pager that leads back has reached its end only where the site's own total says so.
            if walk.complete and walk.declared_total is None:
                walk.incomplete_because = "pager_loop"
            return
        if walk.pages >= MAX_PAGES:
            walk.incomplete_because = "page_limit"
            return


async def _unchanged(walk: GridWalk, url: str) -> RecalledPage | Fetched | None:
    """Ask whether a page that memory knows has changed: how it was read where the site says that it
    has not, else the answer. None where the page is to be fetched without asking."""
    known = walk.version(url)
    if known is None or walk.ask is None:
        return None
    validators, recalled = known
    fetched = await walk.ask(url, validators)
    if not fetched.not_modified:
        return fetched
    # A redirect carries the question on to another page, whose answer says nothing of this one.
    return recalled if fetched.url == url else None
