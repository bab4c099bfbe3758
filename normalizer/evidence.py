"""One observation as the rules read it, and the node it speaks about."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contract.observation import KIND_RANK, Kind, Source
from contract.payloads import Payload

__all__ = ["Evidence", "Node", "Organization"]


@dataclass(frozen=True, slots=True)
class Evidence:
    """A parsed row of ``import_queue``. ``organization_id`` is the handle the writer stamped, never
    the organization it belongs to now."""

    key: str
    source: Source
    kind: Kind
    url: str
    organization_id: UUID
    observed_at: datetime
    payload_hash: str
    payload: Payload

    @property
    def rank(self) -> tuple[datetime, int, str]:
        """The total order in which "newest" is meant everywhere."""
        return (self.observed_at, KIND_RANK[self.kind], self.key)


@dataclass(frozen=True, slots=True)
class Node:
    """A profile page (or feed root) with its keys in force: the newest non-null value of each."""

    handle: UUID
    source: str
    url: str
    first_observed_at: datetime
    dealer_license: str | None = None
    website: str | None = None
    geographic_key: str | None = None


@dataclass(frozen=True, slots=True)
class Organization:
    """A cluster of nodes; its id is the handle of the node with the least (first_observed_at,
    url)."""

    id: UUID
    members: tuple[Node, ...]
