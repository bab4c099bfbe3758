"""One organization's inventory walk: its grids, its probes, and the manifests that tell of them."""

from collections.abc import AsyncIterator, Iterator, Mapping
from typing import Any, Literal, NamedTuple
from uuid import UUID

from contract.observation import Kind, Source
from contract.payloads import (
    Drift,
    InventoryManifest,
    ListingStatus,
    Payload,
    Probe,
    StatusEvidence,
)
from contract.urls import site_of, url_identity
from crawler.claims import HeldRow
from crawler.drift import Figures, as_words, drifted, figures_of
from crawler.extract.card import claim_of
from crawler.extract.frames import framed_pages
from crawler.extract.inventory_links import inventory_candidates
from crawler.extract.page import Page
from crawler.extract.page_kind import page_kind
from crawler.extract.vehicle_links import same_site
from crawler.fetch import Ask as AskAgain
from crawler.fetch import Fetch, Fetched
from crawler.grid_memory import GridMemory, RecalledCard
from crawler.items import FinishedClaim, ObservationItem, fitted_listing
from crawler.json_grid import Ask, is_unread_grid, serves_grid
from crawler.known_inventory import KnownOrganization
from crawler.moved import leads_elsewhere
from crawler.navigation import page_of_cars
from crawler.places import still_shown
from crawler.platforms import recognize
from crawler.probe import MAX_PROBES, probe_missing
from crawler.rendering.vehicle import fetcher_of_vehicles
from crawler.rendering.walk import Rendering, drawn_grid, walk_with_browser
from crawler.walk import GridWalk
from crawler.walk_figures import Baselines, Scope

__all__ = ["InventoryWalk"]

MAX_CANDIDATES = 8
"""Addresses tried until one shows a grid."""
MAX_SECTIONS_TRIED = 3
"""Sections of a grid that are tried where nothing else shows a car."""


class Sighting(NamedTuple):
    """One listing that a walk saw, as `contract.payloads.Sighting` will tell of it."""

    url: str
    status: ListingStatus
    evidence: StatusEvidence
    payload_hash: str | None


class InventoryWalk:
    """Walks the grids that a claimed schedule asks for (run_mode current, sold or both).

    ``failure`` is set when no grid could be read at all; ``doubts`` name why a finished walk proves
    no absence. ``day`` counts the days of the run's observations. ``memory`` spares the reading of
    pages that have not changed; without it every page is read. ``ask`` asks the JSON endpoints
    behind grids that scripts draw; without it they are left alone. ``baselines`` are the figures of
    the last good walks: what falls short of them is ``drift``, by grid URL. ``rendering`` draws
    grids that nothing but a script can draw; without it they stay unread. ``ask_again`` asks
    whether pages that memory knows have changed; without it they are fetched.
    """

    def __init__(
        self,
        held: HeldRow,
        organization: KnownOrganization,
        fetch: Fetch,
        day: int,
        memory: GridMemory | None = None,
        ask: Ask | None = None,
        baselines: Baselines | None = None,
        rendering: Rendering | None = None,
        ask_again: AskAgain | None = None,
    ) -> None:
        self.held = held
        self.day = day
        self.organization = organization
        self.fetch = fetch
        self.ask = ask
        self.ask_again = ask_again
        self.rendering = rendering
        self.memory = memory
        self.handle: UUID = held.row["organization_id"]
        self.run_mode: str = held.row["run_mode"]
        self.failure: str | None = None
        self.blocked = False
        self.doubts: list[str] = []
        self.walks: list[GridWalk] = []
        self.sightings: dict[str, list[Sighting]] = {}
        """By grid URL, as tuples: walks are long, and models take five times the memory."""
        self.probes: tuple[Probe, ...] = ()
        self.baselines: Baselines = baselines or {}
        self.figures: dict[Scope, Figures] = {}
        self.drift: dict[str, tuple[Drift, ...]] = {}
        self.moved: tuple[str, str] | None = None
        """The dealer's old and new site, where the one led to the other."""

    @property
    def name(self) -> str:
        """The dealer as reports name it."""
        where = self.walks[0].grid_url if self.walks else self.organization.candidates[0]
        return f"{self.organization.name} <{where}>"

    @property
    def found_no_inventory(self) -> bool:
        """Whether the site was read and never showed a car, neither now nor in an earlier walk."""
        reasons = {walk.incomplete_because for walk in self.walks}
        return reasons == {"no_listings"} and not self.organization.had_grid

    async def items(self, first: Fetched) -> AsyncIterator[ObservationItem]:
        """Yield a listing per card; ``first`` is the answer of the best candidate address."""
        grid = await self._find_grid(first)
        if grid is None:
            yield self._unread()
            return
        known = self.organization.places
        current = GridWalk(
            grid.url, "current", memory=self.memory, ask=self.ask_again, places=[*known]
        )
        async for item in self._walk(current, grid):
            yield item
        if self.run_mode == "sold":
            # The current grid was needed to find the archive, and sightings are welcome.
            self.doubts.clear()
        if self.run_mode != "current" and current.sold_grid_url and not current.blocked:
            archive = GridWalk(
                current.sold_grid_url, "sold", memory=self.memory, elsewhere=current.listings,
                ask=self.ask_again, places=[*known],
            )  # fmt: skip
            async for item in self._walk(archive):
                yield item
        if not current.blocked and current.platform is not None:
            offered = frozenset(self.organization.offered)
            missing = [
                url
                for url in self.organization.offered
                if url_identity(url) not in current.listings
            ]
            siblings = [card.url for card in current.listings.values() if card.mark is None]
            self.probes = (
                *await probe_missing(
                    self._in_turn(missing),
                    siblings,
                    current.grid_url,
                    current.platform,
                    fetcher_of_vehicles(self.fetch, self.rendering, all_drawn=current.drawn),
                ),
                *still_shown(current.places, current.listings, offered, current.sources),
            )

    def _in_turn(self, missing: list[str]) -> list[str]:
        """Begin somewhere else every day, so that pages which never tell do not use up the probes
        of those behind them."""
        start = self.day * MAX_PROBES % len(missing) if missing else 0
        return missing[start:] + missing[:start]

    def finished(self) -> FinishedClaim:
        """Return the end of the claim, with one manifest per walked grid."""
        grids = None
        if self.memory is not None:
            told = {
                (walk.grid, url_identity(sighting.url)): sighting.payload_hash
                for walk in self.walks
                for sighting in self.sightings[walk.grid_url]
            }
            grids = self.memory.record((walk.grid for walk in self.walks if walk.complete), told)
        return FinishedClaim(self.held, tuple(self._manifests()), grids, self.figures)

    async def _find_grid(self, first: Fetched) -> Page | None:
        """Return the first page of the grid: the best candidate that shows listings.

        Where none does, the best one that answers is walked all the same: an empty grid is a
        finding. None when nothing answers, and then ``failure`` says why.
        """
        answers: list[Page] = []
        tried: set[str] = set()
        pending = list(self.organization.candidates)
        most = MAX_CANDIDATES
        answer: Fetched | None = first
        while pending and len(tried) < most:
            url = pending.pop(0)
            if url_identity(url) in tried:
                continue
            tried.add(url_identity(url))
            fetched, answer = answer or await self.fetch(url), None
            if fetched.page is None:
                # The best address says why, unless another one turns us away.
                turned_away = fetched.turned_away and fetched.failure != "robots_unreachable"
                if self.failure is None or turned_away:
                    self.failure, self.blocked = fetched.failure, fetched.blocked
                if fetched.turned_away:
                    return None
                continue
            page = fetched.page
            if leads_elsewhere(url, page, self.organization.name):
                self.failure = self.failure or "moved_elsewhere"
                continue
            if not same_site(url, page.url):
                self.moved = (site_of(url), site_of(page.url))
            if self._shows_listings(page, url) or self._is_served(page) or await self._draws(page):
                self.failure, self.blocked = None, False
                return await self._fuller_than(page, tried) or page
            if kind := page_kind(fetched.page):
                self.failure = self.failure or kind
                continue
            if await self._is_divided(page):
                self.failure, self.blocked = None, False
                return page
            answers.append(fetched.page)
            frames = framed_pages(page)
            most += 2 * len(frames)  # A frame, and where it leads.
            pending[:0] = frames
            pending += [link for link, _ in inventory_candidates(fetched.page)]
            pending += recognize(fetched.page).grids(fetched.page)
        if answers:
            self.failure, self.blocked = None, False
            if unread := next(filter(is_unread_grid, answers), None):
                return unread
            if (found := await page_of_cars(answers, tried, self.fetch)) is not None:
                return found
            return await drawn_grid(answers[0], self.fetch, self.rendering) or answers[0]
        return None

    async def _is_divided(self, page: Page) -> bool:
        """Whether a page that shows no car leads to the sections of a grid."""
        sections = () if page.is_home else recognize(page).read_grid(page).sections
        if self.organization.had_grid and page.url == self.organization.candidates[0]:
            return bool(sections)
        for section in sections[:MAX_SECTIONS_TRIED]:
            fetched = await self.fetch(section)
            if fetched.page is not None and recognize(fetched.page).read_grid(fetched.page).cards:
                return True
        return False

    async def _fuller_than(self, home: Page, tried: set[str]) -> Page | None:
        """The grid of a site whose home page shows a few cars of it, and names no link to it; None
        where the page is no home, or has been the grid before."""
        if not home.is_home or self.organization.had_grid:
            return None
        cards = recognize(home).read_grid(home).cards
        featured = frozenset(url_identity(card.url) for card in cards)
        return await page_of_cars([home], tried, self.fetch, featured)

    def _is_served(self, page: Page) -> bool:
        """Whether a page without listings is a grid that an endpoint we may ask serves."""
        return self.ask is not None and serves_grid(page)

    async def _draws(self, page: Page) -> bool:
        """Whether a page without listings is a grid of a site that a browser is known to draw."""
        if self.rendering is None or not is_unread_grid(page):
            return False
        habit = await self.rendering.habit(page.url)
        return habit is not None and habit.needed

    def _shows_listings(self, page: Page, url: str) -> bool:
        """A home page may feature a few cars: it is the grid only where nothing else is."""
        if self.memory is not None:
            known = self.memory.recall("current", page)
            shows = known.shows_listings if known is not None else None
            if shows is None:
                shows = self._read_shows_listings(page)
            self.memory.looked_at(page, shows)
            return shows
        return self._read_shows_listings(page)

    @staticmethod
    def _read_shows_listings(page: Page) -> bool:
        cards = recognize(page).read_grid(page).cards
        if page.is_home and cards and any(True for _ in inventory_candidates(page)):
            return False
        return bool(cards)

    async def _walk(
        self, walk: GridWalk, first: Page | None = None
    ) -> AsyncIterator[ObservationItem]:
        self.walks.append(walk)
        seen = self.sightings.setdefault(walk.grid_url, [])
        async for card in walk_with_browser(walk, self.fetch, self.ask, first, self.rendering):
            assert walk.platform is not None
            if walk.grid == "sold" and walk.pages == 1 and self._shows_current_again(walk):
                self.walks.remove(walk)
                return
            told_already = walk.grid == "sold" and url_identity(card.url) in self.walks[0].listings
            if isinstance(card, RecalledCard):
                seen.append(self._recalled(card, walk.grid, told_already))
                continue
            data = card.listing(str(self.handle), walk.grid, walk.platform.name, "grid")
            # A card on the sold grid that the current grid showed as well goes without a hash: of
            # the two, the current one tells what the car is.
            payload, hashed = (data, None) if told_already else fitted_listing(data)
            claim = data["listing_status"], data["status_evidence"]
            seen.append(Sighting(card.url, *claim, hashed))
            if not told_already:
                yield self._item(Kind.LISTING, card.url, payload)
        if walk.blocked and not walk.listings:
            self.failure, self.blocked = walk.incomplete_because, True
        if not walk.complete and not _is_no_archive(walk):
            self.doubts.append(f"{walk.grid} grid: {walk.incomplete_because}")
        self._count(walk)

    def _count(self, walk: GridWalk) -> None:
        """Count what the walk's cards fill. Only a whole walk can be said to have drifted: the
        first page alone may well be all new arrivals."""
        traits = {identity: card.traits for identity, card in walk.listings.items()}
        scope = (walk.grid, url_identity(walk.grid_url))
        now = self.figures[scope] = figures_of(traits, walk.pages, walk.per_page)
        drift = drifted(now, self.baselines.get(scope, ())) if walk.complete else ()
        if drift:
            self.drift[walk.grid_url] = drift
            self.doubts.append(f"drift: {walk.grid} grid: {', '.join(map(as_words, drift))}")

    def _shows_current_again(self, archive: GridWalk) -> bool:
        """Whether the first page of an archive is the current grid under another address: a filter
        ``?status=sold`` that only a script in the browser honours."""
        offered = self.walks[0].listings
        shared = sum(
            identity in offered and offered[identity].mark is None and card.mark is None
            for identity, card in archive.listings.items()
        )
        return 2 * shared > len(archive.listings)

    def _recalled(
        self, card: RecalledCard, grid: Literal["current", "sold"], told_already: bool
    ) -> Sighting:
        """A card that memory knows, whose payload is on record: only its sighting is told."""
        assert self.memory is not None
        if not told_already:
            self.memory.told_again(card)
        status, evidence = claim_of(card.mark, grid)
        return Sighting(card.url, status, evidence, None if told_already else card.payload_hash)

    def _unread(self) -> ObservationItem:
        """The manifest of a walk that read nothing: it proves no absence, and says why."""
        walk = GridWalk(self.organization.candidates[0], "current")
        walk.incomplete_because = self.failure
        return self._manifest(walk)

    def _manifests(self) -> Iterator[ObservationItem]:
        return map(self._manifest, self.walks)

    def _manifest(self, walk: GridWalk) -> ObservationItem:
        manifest = InventoryManifest.model_validate(
            {
                "organization_id": str(self.handle),
                "grid_url": walk.grid_url,
                "grid": walk.grid,
                "run_mode": self.run_mode,
                "platform": walk.platform.name if walk.platform else "unknown",
                "pages": walk.pages,
                "complete": walk.complete,
                "incomplete_because": walk.incomplete_because,
                "declared_total": walk.declared_total,
                "drift": self.drift.get(walk.grid_url, ()),
                "listings": tuple(seen._asdict() for seen in self.sightings.get(walk.grid_url, ())),
                "probes": self.probes if walk.grid == "current" else (),
            }
        )
        return self._item(Kind.INVENTORY_MANIFEST, walk.grid_url, manifest)

    def _item(self, kind: Kind, url: str, payload: Payload | Mapping[str, Any]) -> ObservationItem:
        return ObservationItem(
            source=Source.DEALER_SITE,
            kind=kind,
            url=url,
            organization_id=self.handle,
            payload=payload,
        )


NO_ARCHIVE = frozenset(["no_listings", "http_404", "http_410"])


def _is_no_archive(walk: GridWalk) -> bool:
    """Whether a link to sold cars led to none: many dealers only speak of them there. No car's
    presence or absence hangs on such a page, so it casts no doubt on the stock."""
    return walk.grid == "sold" and not walk.listings and walk.incomplete_because in NO_ARCHIVE
