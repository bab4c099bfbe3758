"""What the database knows of an organization before its inventory is walked."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from uuid import UUID

from psycopg import AsyncConnection

from contract.urls import site_of, url_identity
from crawler.errors import ArgumentError
from crawler.grid_memory import REMEMBERED, GridMemory, reader_version
from crawler.outcomes import outcomes_of
from crawler.places import KnownPlace
from crawler.session import session_of
from crawler.walk_figures import Baselines, baselines
from store.queries import load

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["KnownInventory", "KnownOrganization"]


@dataclass(frozen=True, slots=True)
class KnownOrganization:
    """An organization, the addresses where its inventory may be (best first), and the listings it
    was last seen to offer (longest unseen first). ``had_grid``: a walk has found cars before.

    ``profiles`` are its pages on classic.com and ``directory_offers`` what those were seen to
    offer; ``own_is_known``: its own inventory was once read to the end. ``places`` are the cars
    that its pages were seen to show without a page of their own, sold ones too."""

    id: UUID
    name: str
    website: str | None
    candidates: tuple[str, ...]
    offered: tuple[str, ...]
    had_grid: bool = False
    profiles: tuple[str, ...] = ()
    directory_offers: tuple[str, ...] = ()
    own_is_known: bool = False
    places: tuple[KnownPlace, ...] = ()


class KnownInventory:
    """Reads organizations through the run's session."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler
        self.session = session_of(crawler)
        self.queries = load("inventory")

    async def meant(self, name: str) -> UUID:
        """Return the id of the organization that an operator means; raises ArgumentError
        where nobody is meant."""
        found = await self.named(name)
        if found is None:
            raise self.refusal(
                f"no organization has the id, website or profile page {name!r}: read its profile"
                " first (scrapy crawl dealer_profiles, then python -m normalizer run)"
            )
        return found

    def refusal(self, why: str) -> ArgumentError:
        """An error to raise for an argument that makes no sense; the run's summary says why."""
        outcomes_of(self.crawler).note("argument", "", why)
        return ArgumentError(why)

    async def named(self, name: str) -> UUID | None:
        """Return the id of the organization that an operator means by an id, a profile page or a
        website, however he spells it."""
        for spelling in _spellings(name):
            if rows := await self._rows("organization_named", name=spelling):
                found: UUID = rows[0][0]
                return found
        return None

    async def organization(self, organization_id: UUID) -> KnownOrganization | None:
        """Return the organization behind a handle, or None when no profile names it any more."""
        rows = await self._rows("organization", organization_id=organization_id)
        if not rows:
            return None
        identity, name, website, inventory_url, others, profiles, own_is_known = rows[0]
        last = await self._rows("last_grid", organization_id=identity)
        offered = await self._rows("known_offers", organization_id=identity)
        # Where it was found before comes first: a scope that moves loses its history.
        addresses = [*(row[0] for row in last), inventory_url, *others, website]
        distinct: dict[str, str] = {}
        for url in filter(None, addresses):
            distinct.setdefault(url_identity(url), url)
        return KnownOrganization(
            id=identity,
            name=name,
            website=website,
            candidates=tuple(distinct.values()),
            offered=tuple(url for url, in_directory in offered if not in_directory),
            had_grid=bool(last),
            profiles=tuple(profiles),
            directory_offers=tuple(url for url, in_directory in offered if in_directory),
            own_is_known=own_is_known,
            places=tuple(
                KnownPlace.of(url, said)
                for url, said in await self._rows("known_places", organization_id=identity)
            ),
        )

    async def baselines(self, handle: UUID) -> Baselines:
        """Return the figures of an organization's last good walks."""
        observed_at = self.session.stamp.observed_at
        return baselines(
            await self._rows("good_figures", organization_id=handle, observed_at=observed_at)
        )

    async def memory(self, handle: UUID) -> GridMemory | None:
        """Return what earlier walks of an organization remember; None where GRID_MEMORY is off."""
        if not self.session.crawler.settings.getbool("GRID_MEMORY"):
            return None
        rows = await self._rows(
            "remembered_pages",
            organization_id=handle,
            reader=reader_version(),
            observed_at=self.session.stamp.observed_at,
        )
        day = self.session.stamp.observed_at.toordinal()
        return GridMemory(
            handle,
            (dict(zip(REMEMBERED, row, strict=True)) for row in rows),
            trusts_site=(day + handle.int) % 7 != 0,
        )

    async def _rows(self, statement: str, **parameters: Any) -> list[Any]:
        async def read(connection: AsyncConnection[Any]) -> list[Any]:
            cursor = await connection.execute(self.queries[statement], parameters)
            return await cursor.fetchall()

        return await self.session.transact(read)


def _spellings(name: str) -> tuple[str, ...]:
    """A name as it stands, then the ways in which a website's origin may be written."""
    site = site_of(name if "://" in name else f"//{name}")
    origins = [f"{scheme}://{www}{site}" for scheme in ("https", "http") for www in ("", "www.")]
    return (name, name.rstrip("/"), *origins)
