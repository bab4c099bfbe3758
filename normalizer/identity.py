"""Which profiles are one organization, and which organization a shared listing belongs to.

Nodes are profile pages (and feed roots); they join by license, website and geographic key on the
ladder of `normalizer.ladder`. Everything here is a function of the set of nodes.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contract.payloads import SellerProfile
from contract.urls import site_of
from normalizer.evidence import Evidence, Node, Organization
from normalizer.ladder import Rungs, climb, settle
from normalizer.profile import license_of, place_of, website_of
from normalizer.snapshots import Run, distinct, pages

__all__ = ["CROWD", "Claim", "cluster", "listing_owner", "profile_node"]

CROWD = 50
"""A key that more profiles hold than this belongs to a platform or a marketplace, to nobody."""


@dataclass(frozen=True, slots=True)
class Claim:
    """One organization's claim to a listing page that several have shown: its id, its websites'
    keys, and when and under which handle it showed the page first."""

    organization_id: UUID
    websites: frozenset[str]
    url: str
    observed_at: datetime
    handle: UUID


def profile_node(evidence: Iterable[Evidence]) -> Node:
    """One node's keys in force, from every observation that concerns it.

    All evidence bears the node's handle, but for the entries of page manifests. A key is in force
    until a newer profile names another one: a page that lost its license still is the licensee's.
    Raises ValueError without evidence.
    """
    items = distinct(evidence)
    profiles = [item for item in items if isinstance(item.payload, SellerProfile)]
    first = min(profiles or items, key=lambda item: (item.observed_at, item.url), default=None)
    if first is None:
        raise ValueError("a node needs evidence")
    runs = sorted(
        (run for page in pages(items).values() for run in page.runs if _is_profile(run)),
        key=lambda run: run.newness,
        reverse=True,
    )
    contents = [run.payload for run in runs if isinstance(run.payload, SellerProfile)]
    return Node(
        handle=first.organization_id,
        source=first.source.value,
        url=first.url,
        first_observed_at=first.observed_at,
        dealer_license=_newest(license_of(content) for content in contents),
        website=_newest(website_of(content) for content in contents),
        geographic_key=_newest(place_of(content) for content in contents),
    )


def cluster(
    nodes: Iterable[Node], claims: Sequence[tuple[bool, UUID, UUID]] = ()
) -> tuple[Organization, ...]:
    """Join nodes into organizations, sorted by id; members are in the order of their discovery.

    ``claims`` were ruled: whether two handles are one organization, the newest first.
    """
    ordered = sorted(nodes, key=lambda node: (node.first_observed_at, node.url, node.handle))
    rungs = [
        Rungs(
            keys=(
                _values(node.dealer_license),
                _values(node.website),
                _values(node.geographic_key),
            )
        )
        for node in ordered
    ]
    places = {node.handle: number for number, node in enumerate(ordered)} if claims else {}
    known = [
        (is_same, places[a], places[b]) for is_same, a, b in claims if a in places and b in places
    ]
    organizations = []
    for group in climb(rungs, crowd=CROWD, links=settle(known, len(ordered))):
        members = tuple(ordered[index] for index in group)
        organizations.append(Organization(id=members[0].handle, members=members))
    return tuple(sorted(organizations, key=lambda organization: organization.id))


def listing_owner(claims: Iterable[Claim]) -> UUID:
    """The organization that a shared listing belongs to: the one whose website is the page's
    site, else whoever showed it first, by (observed_at, handle). Raises ValueError without
    claims."""
    ordered = sorted(claims, key=lambda claim: (claim.observed_at, claim.handle))
    if not ordered:
        raise ValueError("a listing needs a claim")
    at_home = [claim for claim in ordered if _site(claim.url) in claim.websites]
    return (at_home or ordered)[0].organization_id


def _site(url: str) -> str | None:
    try:
        return site_of(url)
    except ValueError:
        return None


def _is_profile(run: Run) -> bool:
    return isinstance(run.payload, SellerProfile)


def _newest(values: Iterable[str | None]) -> str | None:
    return next((value for value in values if value is not None), None)


def _values(value: str | None) -> frozenset[str]:
    return frozenset() if value is None else frozenset([value])
