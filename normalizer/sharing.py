"""Listing pages that several organizations show: who is concerned by whom, and whose each page is.

Rooftops of a group often list each other's cars. Such a car belongs to one of them
(`normalizer.identity.listing_owner`), so whoever shares a page is locked and folded together.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

from psycopg import Connection

from contract.observation import Kind
from contract.payloads import Listing, ListingDetail
from normalizer import load
from normalizer.identity import Claim, listing_owner
from normalizer.load import SQL
from normalizer.roster import Roster
from normalizer.snapshots import listing_identity
from normalizer.spellings import listing_site, page_of, spellings

__all__ = ["Sharing", "components", "not_ours"]


@dataclass
class Sharing:
    """Where some ``organizations`` show listings, and which pages are shared with whom.

    ``sites`` are (site, handle). Only on a ``crowded`` one, where others show listings as well, are
    the pages looked at: ``listed`` holds them as (url, handle), ``shared`` maps a page to its
    organizations, and ``urls`` to its URLs as found.
    """

    organizations: set[UUID]
    sites: set[tuple[str, UUID]] = field(default_factory=set)
    crowded: set[str] = field(default_factory=set)
    listed: set[tuple[str, UUID]] = field(default_factory=set)
    shared: dict[str, set[UUID]] = field(default_factory=dict)
    urls: dict[str, set[str]] = field(default_factory=dict)

    @classmethod
    def find(
        cls, connection: Connection, roster: Roster, organizations: Iterable[UUID]
    ) -> "Sharing":
        """Look up who else saw a listing on a page of these organizations.

        Handles that nobody introduced yet share nothing. The roster learns the nodes of whoever
        is found.
        """
        found = cls(set(organizations))
        handles = roster.handles(found.organizations)
        found.sites = set(connection.execute(SQL["listing_sites"], {"handles": handles}))
        holders_of: defaultdict[str, set[UUID | None]] = defaultdict(set)
        for site, handle in found.sites:
            holders_of[site].add(roster.after.get(handle))
        arguments = {"handles": handles, "sites": sorted(holders_of)}
        found.crowded = {site for (site,) in connection.execute(SQL["crowded_sites"], arguments)}
        found.crowded |= {site for site, them in holders_of.items() if len(them) > 1}
        if not found.crowded:
            return found
        arguments["sites"] = sorted(found.crowded)
        rows = connection.execute(SQL["listing_pages"], arguments).fetchall()
        found.listed = set(rows)
        everything = list({spelling for url, _ in rows for spelling in spellings(url)})
        others = connection.execute(
            SQL["other_listers"], {"urls": everything, "handles": handles}
        ).fetchall()
        roster.resolve(connection, {handle for _, handle in others})
        holders: defaultdict[str, set[UUID]] = defaultdict(set)
        urls: defaultdict[str, set[str]] = defaultdict(set)
        for url, handle in [*rows, *others]:
            if organization := roster.after.get(handle):
                page = page_of(url)
                holders[page].add(organization)
                urls[page].add(url)
        found.shared = {page: them for page, them in holders.items() if len(them) > 1}
        found.urls = {page: urls[page] for page in found.shared}
        return found

    @classmethod
    def around(
        cls, connection: Connection, roster: Roster, organizations: Iterable[UUID]
    ) -> "Sharing":
        """Look up who is concerned when these organizations change.

        A neighbour with pending observations changes, too, once it is folded; then its own
        neighbours are concerned.
        """
        core = set(organizations)
        while True:
            found = cls.find(connection, roster, core)
            handles = roster.handles(found.neighbours)
            pending = connection.execute(SQL["still_pending"], {"handles": handles})
            changing = roster.touched({handle for (handle,) in pending}) - core
            if not changing:
                return found
            core |= changing

    def knows(self, url: str, handle: UUID) -> bool:
        """Whether a listing was there when the organizations were looked up; where nobody else
        shows any, one more is nobody else's concern."""
        site = listing_site(url)
        if site in self.crowded:
            return (url, handle) in self.listed
        return (site, handle) in self.sites

    @property
    def neighbours(self) -> set[UUID]:
        """Who shares a page with the organizations without being one of them."""
        return set[UUID]().union(*self.shared.values()) - self.organizations

    @property
    def everybody(self) -> set[UUID]:
        """Whoever has to be folded when one of the organizations is."""
        return self.organizations | self.neighbours


def components(
    organizations: Iterable[UUID], links: Iterable[Iterable[UUID]]
) -> list[frozenset[UUID]]:
    """Group organizations so that every link lies within one group, in a stable order."""
    groups: dict[UUID, frozenset[UUID]] = {one: frozenset([one]) for one in organizations}
    for link in links:
        joined = frozenset[UUID]().union(*(groups.get(one, {one}) for one in link))
        groups.update(dict.fromkeys(joined, joined))
    return sorted(set(groups.values()), key=min)


def not_ours(
    connection: Connection, roster: Roster, sharing: Sharing
) -> dict[UUID, frozenset[str]]:
    """The identities of the listings that each organization showed but that belong to another.

    What counts are observations that parse, so a poison row claims nothing.
    """
    if not sharing.shared:
        return {}
    urls = [url for each in sharing.urls.values() for url in each]
    claims: defaultdict[str, dict[UUID, Claim]] = defaultdict(dict)
    wanted = set(urls)
    holders = roster.handles(set[UUID]().union(*sharing.shared.values()))
    archived = load.past(connection, holders, (Kind.LISTING, Kind.LISTING_DETAIL))
    past = [item for item in archived if item.url in wanted]
    for item in [*load.read(connection, "claims", urls=urls).evidence, *past]:
        organization = roster.after.get(item.organization_id)
        if organization is None or not isinstance(item.payload, (Listing, ListingDetail)):
            continue
        url = item.payload.listing_url or item.url
        if isinstance(item.payload, Listing) and not item.payload.listing_url:
            url = item.payload.feed_key or url
        claim = Claim(
            organization_id=organization,
            websites=roster.websites(organization),
            url=url,
            observed_at=item.observed_at,
            handle=item.organization_id,
        )
        first = claims[listing_identity(url)].setdefault(organization, claim)
        if (claim.observed_at, claim.handle) < (first.observed_at, first.handle):
            claims[listing_identity(url)][organization] = claim
    lost: defaultdict[UUID, set[str]] = defaultdict(set)
    for identity, ours in claims.items():
        owner = listing_owner(ours.values())
        for organization in ours.keys() - {owner}:
            lost[organization].add(identity)
    return {organization: frozenset(pages) for organization, pages in lost.items()}
