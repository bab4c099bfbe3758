"""The nodes a batch works with, and which organization each belongs to before and after it."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from uuid import UUID

from psycopg import Connection

from contract.observation import Kind
from normalizer import load
from normalizer.evidence import Evidence, Node, Organization
from normalizer.identity import cluster, profile_node
from normalizer.load import SQL
from normalizer.rows import AliasRow
from normalizer.rulings import Rulings
from normalizer.spellings import spellings

__all__ = ["Roster"]


@dataclass
class Roster:
    """Nodes by handle, the organization id of each ``before`` the batch and ``after`` it, the
    organizations that stand afterwards, and the keys of the observations that were ``clustered``.
    Without profiles in the batch, both maps are the same."""

    nodes: dict[UUID, Node] = field(default_factory=dict)
    before: dict[UUID, UUID] = field(default_factory=dict)
    after: dict[UUID, UUID] = field(default_factory=dict)
    organizations: dict[UUID, Organization] = field(default_factory=dict)
    clustered: frozenset[str] = frozenset()
    _changed: set[UUID] = field(default_factory=set)
    _holding: defaultdict[UUID, set[UUID]] = field(default_factory=lambda: defaultdict(set))

    @classmethod
    def standing(cls, connection: Connection, handles: Iterable[UUID]) -> "Roster":
        """The organizations of these handles as they are. The cluster lock must be held."""
        roster = cls()
        roster.resolve(connection, handles)
        return roster

    @classmethod
    def recluster(cls, connection: Connection, handles: Collection[UUID]) -> "Roster":
        """All organizations, clustered anew with what the profiles of these handles say now.

        The cluster lock must be held alone. Everything but the changed profiles and the rulings
        comes from business_aliases, never from payloads.
        """
        roster = cls()
        roster._add(connection, "nodes", {})
        profiles = load.read(connection, "profiles", handles=list(handles)).evidence
        roster.clustered = frozenset(item.key for item in profiles)
        for handle, node in _profiled(connection, handles, profiles).items():
            if node:
                roster.nodes[handle] = node
            else:
                roster.nodes.pop(handle, None)
        # After the profiles: what came in between them is not among the `clustered`.
        links = load.read(connection, "links", handles=list(handles)).evidence
        claims = Rulings.of(links).claims("organization")
        roster.organizations = {
            each.id: each for each in cluster(list(roster.nodes.values()), claims)
        }
        roster.after = {
            node.handle: organization.id
            for organization in roster.organizations.values()
            for node in organization.members
        }
        for handle, id in roster.after.items():
            roster._holding[id].add(handle)
        roster._changed = {
            handle
            for handle in roster.before.keys() | roster.after.keys()
            if roster.before.get(handle) != roster.after.get(handle)
        }
        return roster

    def resolve(self, connection: Connection, handles: Iterable[UUID]) -> None:
        """Look up handles that are not known here yet, each with its whole organization."""
        if missing := set(handles) - self.before.keys() - self.after.keys():
            self._add(connection, "nodes_beside", {"handles": list(missing)})

    def touched(self, handles: Iterable[UUID]) -> set[UUID]:
        """The organizations that these handles, or a changed membership, are about."""
        concerned = self._changed.union(handles)
        both = (side.get(handle) for handle in concerned for side in (self.before, self.after))
        return {organization for organization in both if organization}

    def handles(self, organizations: Iterable[UUID]) -> list[UUID]:
        """The handles that belong to these organizations, before or after."""
        return sorted(set[UUID]().union(*(self._holding.get(id, ()) for id in organizations)))

    def moves(self, organizations: Iterable[UUID] | None = None) -> set[tuple[UUID, UUID]]:
        """(before, after) of the handles that changed their organization: of all, or of those that
        belong to these organizations."""
        handles = self._changed
        if organizations is not None:
            handles = handles.intersection(self.handles(organizations))
        pairs = ((self.before.get(handle), self.after.get(handle)) for handle in handles)
        return {(before, after) for before, after in pairs if before and after}

    def websites(self, organization: UUID) -> frozenset[str]:
        """The sites of an organization's profiles."""
        members = self.organizations[organization].members
        return frozenset(node.website for node in members if node.website)

    def pages(self, handles: Iterable[UUID]) -> Iterator[tuple[UUID, str, Iterable[str]]]:
        """Each node's handle, its source, and how the URL of its page may be spelled."""
        for handle in handles:
            if node := self.nodes.get(handle):
                yield handle, node.source, spellings(node.url)

    def aliases(self, handles: Iterable[UUID]) -> list[AliasRow]:
        """What business_aliases should say about these handles."""
        return [
            AliasRow(
                handle=handle,
                organization_id=self.after[handle],
                source=node.source,
                url=node.url,
                first_observed_at=node.first_observed_at,
                dealer_license=node.dealer_license,
                website=node.website,
                geographic_key=node.geographic_key,
            )
            for handle in handles
            if (node := self.nodes.get(handle))
        ]

    def _add(self, connection: Connection, query: str, arguments: dict[str, object]) -> None:
        members: dict[UUID, list[Node]] = {}
        for *values, organization in connection.execute(SQL[query], arguments):
            node = Node(*values)
            self.nodes[node.handle] = node
            self.before[node.handle] = self.after[node.handle] = organization
            self._holding[organization].add(node.handle)
            members.setdefault(organization, []).append(node)
        for id, nodes in members.items():
            nodes.sort(key=lambda node: (node.first_observed_at, node.url, node.handle))
            self.organizations[id] = Organization(id, tuple(nodes))


def _profiled(
    connection: Connection, handles: Iterable[UUID], profiles: Iterable[Evidence]
) -> dict[UUID, Node | None]:
    """The node of each handle as its profiles tell it; None where it has none."""
    evidence: defaultdict[UUID, list[Evidence]] = defaultdict(list)
    for item in profiles:
        evidence[item.organization_id].append(item)
    nodes: dict[UUID, Node | None] = dict.fromkeys(handles)
    for handle, items in evidence.items():
        if any(item.kind == Kind.SELLER_PROFILE for item in items):
            nodes[handle] = profile_node(items)
    pages = [(node.handle, node.source, spellings(node.url)) for node in nodes.values() if node]
    for handle, checks in load.page_checks(connection, pages).items():
        nodes[handle] = profile_node([*evidence[handle], *checks])
    return nodes
