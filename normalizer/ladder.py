"""The joining ladder: which nodes are one entity, by keys of falling strength, without tie-breaks.

For each key in order, over groups that start as single nodes:

(a) two groups *conflict* when both hold values of a stronger key, or of a fact, and share none;
(b) a value held by any conflicting pair joins nobody;
(c) groups that share one of the remaining values join;
(d) a joined component that contains a conflicting pair is not joined by this key at all.

The result depends on the set of nodes alone, never on their order. Organizations and vehicles
climb the same ladder (docs/data-model.md). Rulings come before the ladder: see `Links`.
"""

from collections import Counter, defaultdict
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations

__all__ = ["NO_LINKS", "Links", "Rungs", "climb", "settle"]

Values = frozenset[Hashable]


@dataclass(frozen=True, slots=True)
class Rungs:
    """What one node, or one group of joined nodes, holds: ``keys`` from the strongest to the
    weakest, and ``facts`` that join nobody but keep apart whoever disagrees about them."""

    keys: tuple[Values, ...]
    facts: tuple[Values, ...] = ()

    def conflicts(self, other: "Rungs", level: int) -> bool:
        """Whether a key stronger than ``level``, or a fact, keeps the two apart."""
        ours = self.keys[:level] + self.facts
        theirs = other.keys[:level] + other.facts
        return any(a and b and a.isdisjoint(b) for a, b in zip(ours, theirs, strict=True))


_Group = tuple[tuple[int, ...], Rungs]


@dataclass(frozen=True, slots=True)
class Links:
    """What was ruled about nodes, by their indexes: pairs that are the ``same`` whatever their
    keys say, and pairs that are ``apart``. No chain of the first joins a pair of the second."""

    same: tuple[tuple[int, int], ...] = ()
    apart: tuple[tuple[int, int], ...] = ()


NO_LINKS = Links()


def settle(claims: Iterable[tuple[bool, int, int]], size: int) -> Links:
    """Of claims about pairs of ``size`` nodes (whether they are the same, and which two), the
    newest first, those that hold: a claim that contradicts newer ones together does not."""
    group = list(range(size))
    same: list[tuple[int, int]] = []
    apart: list[tuple[int, int]] = []
    for is_same, a, b in claims:
        ours, theirs = group[a], group[b]
        if is_same:
            kept_apart = any({group[x], group[y]} == {ours, theirs} for x, y in apart)
            if ours != theirs and not kept_apart:
                same.append((a, b))
                group = [ours if each == theirs else each for each in group]
        elif ours != theirs:
            apart.append((a, b))
    return Links(tuple(same), tuple(apart))


def climb(
    nodes: Sequence[Rungs], *, crowd: int | None = None, links: Links = NO_LINKS
) -> tuple[tuple[int, ...], ...]:
    """Join nodes and return the groups, each as ascending indexes into ``nodes``.

    A value that more than ``crowd`` nodes hold identifies nothing: it is no key at all. What the
    ``links`` join is one group before the first key; what they keep apart conflicts at every key.
    """
    if not nodes:
        return ()
    if crowd is not None:
        nodes = _without_crowds(nodes, crowd)
    if links.apart:
        nodes = _kept_apart(nodes, links.apart)
    groups: list[_Group] = [((index,), rungs) for index, rungs in enumerate(nodes)]
    if links.same:
        groups = [
            _together([groups[index] for index in component])
            for component in _components(len(groups), [list(pair) for pair in links.same])
        ]
    for level in range(len(nodes[0].keys)):
        holders: defaultdict[Hashable, list[int]] = defaultdict(list)
        for index, (_, rungs) in enumerate(groups):
            for value in rungs.keys[level]:
                holders[value].append(index)
        joins = [
            shared
            for shared in holders.values()
            if len(shared) > 1 and not _disagree((groups[i][1] for i in shared), level)
        ]
        if joins:
            groups = _joined(groups, joins, level)
    return tuple(sorted(tuple(sorted(members)) for members, _ in groups))


def _without_crowds(nodes: Sequence[Rungs], crowd: int) -> list[Rungs]:
    counts = [
        Counter(value for values in level for value in values)
        for level in zip(*(rungs.keys for rungs in nodes), strict=True)
    ]
    crowded = [frozenset(v for v, count in level.items() if count > crowd) for level in counts]
    if not any(crowded):
        return list(nodes)
    return [
        Rungs(tuple(k - c for k, c in zip(rungs.keys, crowded, strict=True)), rungs.facts)
        for rungs in nodes
    ]


def _joined(groups: list[_Group], joins: list[list[int]], level: int) -> list[_Group]:
    result = []
    for component in _components(len(groups), joins):
        parts = [groups[index] for index in component]
        if len(parts) == 1 or _disagree((rungs for _, rungs in parts), level):
            result += parts
        else:
            result.append(_together(parts))
    return result


def _together(parts: Sequence[_Group]) -> _Group:
    members = tuple(member for part, _ in parts for member in part)
    return members, _union([rungs for _, rungs in parts])


def _kept_apart(nodes: Sequence[Rungs], pairs: Sequence[tuple[int, int]]) -> list[Rungs]:
    """Each pair disagrees about a fact of its own, which nobody else knows anything about."""
    sides: defaultdict[int, dict[int, Values]] = defaultdict(dict)
    for number, pair in enumerate(pairs):
        for side, index in enumerate(pair):
            sides[index][number] = frozenset([side])
    nobody = tuple(frozenset[Hashable]() for _ in pairs)
    return [
        Rungs(
            rungs.keys,
            rungs.facts
            + (
                tuple(sides[index].get(number, frozenset()) for number in range(len(pairs)))
                if index in sides
                else nobody
            ),
        )
        for index, rungs in enumerate(nodes)
    ]


def _disagree(rungs: Iterable[Rungs], level: int) -> bool:
    """Whether any two conflict. Equal holdings are compared once: most groups hold little."""
    return any(a.conflicts(b, level) for a, b in combinations(set(rungs), 2))


def _union(parts: list[Rungs]) -> Rungs:
    return Rungs(
        keys=tuple(map(_merged, zip(*(part.keys for part in parts), strict=True))),
        facts=tuple(map(_merged, zip(*(part.facts for part in parts), strict=True))),
    )


def _merged(values: Iterable[Values]) -> Values:
    return frozenset[Hashable]().union(*values)


def _components(size: int, joins: list[list[int]]) -> list[list[int]]:
    """The connected components of 0..size-1 under the joins (union-find, path halving)."""
    parent = list(range(size))

    def root(index: int) -> int:
        while parent[index] != index:
            parent[index] = parent[parent[index]]
            index = parent[index]
        return index

    for first, *others in joins:
        for other in others:
            a, b = root(first), root(other)
            parent[max(a, b)] = min(a, b)
    components: defaultdict[int, list[int]] = defaultdict(list)
    for index in range(size):
        components[root(index)].append(index)
    return list(components.values())
