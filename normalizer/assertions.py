"""Claims that a page said something, and the streams of walks that repeat most of them.

A grid that is walked every day asserts the same payload of the same page again and again. Such a
stretch of walks is one assertion with many times, as long as nothing else is known of the page in
between; so the history of a page is as long as its changes, and not as its dealer's walks.
"""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from uuid import UUID

from contract.observation import Source
from contract.payloads import InventoryManifest, Sighting
from normalizer.evidence import Evidence

__all__ = ["Assertion", "Rank", "Stretch", "condensed", "stretches"]

Rank = tuple[datetime, int, str]
"""The place of an observation in the order of "newest"."""

_Stream = tuple[Source, UUID, str]
"""The walks of one grid: its source, the handle they are stamped with, and the grid's root."""


@dataclass(frozen=True, slots=True)
class Assertion:
    """A claim that a page said something: by an observation, or by manifests' entries about it.

    ``unit`` is what a crawler compares when it leaves out an equal payload. ``times`` are all those
    at which entries claim it, ascending; ``rank`` is that of the first.
    """

    rank: Rank
    unit: tuple[str, UUID | None]
    payload_hash: str
    observation: Evidence | None = None
    times: Sequence[datetime] = ()


@dataclass(frozen=True, slots=True)
class Stretch:
    """Consecutive walks of a grid, ``first`` to ``last`` in the order of ``ranks``, that all name
    one sighting, by whose entry in them a page is asserted."""

    source: Source
    handle: UUID
    sighting: Sighting
    ranks: Sequence[Rank]
    first: int
    last: int

    def cut(self, bounds: Sequence[Rank]) -> Iterator[Assertion]:
        """The stretch as assertions: one for each part that none of the sorted ``bounds`` parts."""
        assert self.sighting.payload_hash is not None
        begins = {self.first}
        inside = bisect_left(bounds, self.ranks[self.first])
        while inside < len(bounds) and bounds[inside] <= self.ranks[self.last]:
            begins.add(bisect_left(self.ranks, bounds[inside], self.first, self.last))
            inside += 1
        parts = sorted(begins)
        for begin, end in zip(parts, [*parts[1:], self.last + 1], strict=True):
            yield Assertion(
                self.ranks[begin],
                (self.sighting.url, self.handle),
                self.sighting.payload_hash,
                times=[rank[0] for rank in self.ranks[begin:end]],
            )


def stretches(evidence: Iterable[Evidence]) -> Iterator[Stretch]:
    """What the walks among the evidence, given in the order of "newest", assert of listings."""
    walks: defaultdict[_Stream, list[tuple[Rank, InventoryManifest]]] = defaultdict(list)
    for item in evidence:
        if isinstance(item.payload, InventoryManifest):
            stream = (item.source, item.organization_id, item.payload.grid_url)
            walks[stream].append((item.rank, item.payload))
    names: dict[int, int] = {}
    firsts: dict[tuple[str, str, str, str | None], Sighting] = {}

    def name(sighting: Sighting) -> int:
        """One number for all equal sightings. Those of one reading are one object in most cases
        (normalizer/manifests.py), so it is looked up by identity first."""
        if (known := names.get(id(sighting))) is None:
            value = (sighting.url, sighting.status, sighting.evidence, sighting.payload_hash)
            known = names[id(sighting)] = id(firsts.setdefault(value, sighting))
        return known

    for (source, handle, _), manifests in walks.items():
        ranks = [rank for rank, _ in manifests]
        standing: dict[int, tuple[Sighting, int]] = {}
        for number, (_, manifest) in enumerate(manifests):
            now = {name(sighting): sighting for sighting in manifest.listings}
            for gone in standing.keys() - now.keys():
                sighting, first = standing.pop(gone)
                yield Stretch(source, handle, sighting, ranks, first, number - 1)
            for came in now.keys() - standing.keys():
                if now[came].payload_hash is not None:
                    standing[came] = (now[came], number)
        for sighting, first in standing.values():
            yield Stretch(source, handle, sighting, ranks, first, len(ranks) - 1)


def condensed(about: Sequence[Stretch], observed: Iterable[Assertion]) -> Iterator[Assertion]:
    """The entries about one page as few assertions, told apart where anything else is known of the
    page in between: an observation, or what other walks say."""
    bounds = [assertion.rank for assertion in observed]
    ordered = sorted(about, key=lambda stretch: stretch.ranks[stretch.first])
    if any(
        later.ranks[later.first] <= before.ranks[before.last] for before, later in pairwise(ordered)
    ):
        # Several grids tell of one page in turns.
        bounds += [rank for each in about for rank in each.ranks[each.first : each.last + 1]]
    bounds.sort()
    for stretch in ordered:
        yield from stretch.cut(bounds)
