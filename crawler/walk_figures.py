"""The figures of finished walks in the database: what later walks are compared with.

A walk counts as good where the normalizer took it as proof of absence, be it by an operator's
ruling; before it has judged, where the walk was complete and nothing had drifted. A drifted walk
that was accepted is how the site is from now on, so nothing before it counts. Repetition alone
never makes a walk good.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from psycopg import AsyncConnection
from psycopg.types.json import Jsonb

from contract.observation import Observation
from contract.payloads import Drift, InventoryManifest
from contract.urls import url_identity
from crawler.drift import Figures
from store.queries import load

__all__ = ["Baselines", "Scope", "baselines", "remember_figures"]

Scope = tuple[str, str]
"""(grid, identity of its URL)."""
Baselines = Mapping[Scope, tuple[Figures, ...]]
"""Of each scope the good walks, newest first."""


@dataclass(frozen=True, slots=True)
class _Good:
    figures: Figures
    was_accepted: bool


def baselines(rows: Iterable[tuple[Any, ...]]) -> Baselines:
    """Build the baselines from rows of `good_figures`."""
    found: defaultdict[Scope, list[_Good]] = defaultdict(list)
    for grid, scope, cards, pages, per_page, fills, values, filled, was_accepted in rows:
        pairs = {name: (count, different) for name, (count, different) in values.items()}
        figures = Figures(cards, pages, per_page, fills, pairs, dict(filled))
        found[grid, scope].append(_Good(figures, was_accepted))
    return {scope: _since_accepted(walks) for scope, walks in found.items()}


def _since_accepted(walks: list[_Good]) -> tuple[Figures, ...]:
    after = [walk.figures for walk in takewhile(lambda walk: not walk.was_accepted, walks)]
    return tuple(after + [walk.figures for walk in walks[len(after) : len(after) + 1]])


async def remember_figures(
    connection: AsyncConnection[Any],
    manifests: Iterable[Observation],
    figures: Mapping[Scope, Figures],
) -> None:
    """Write the figures of the walks that manifests tell of, in the transaction that appends them.

    Running it again after it took effect writes nothing.
    """
    queries = load("inventory")
    for manifest in manifests:
        payload = manifest.payload
        assert isinstance(payload, InventoryManifest)
        scope = (payload.grid, url_identity(payload.grid_url))
        counted = figures.get(scope)
        if counted is None:
            continue
        parameters = {
            "observation_key": manifest.key,
            "organization_id": manifest.organization_id,
            "grid": scope[0],
            "scope": scope[1],
            "observed_at": manifest.observed_at,
            "run_id": manifest.run_id,
            "platform": payload.platform,
            "cards": counted.cards,
            "pages": counted.pages,
            "per_page": counted.per_page,
            "fills": Jsonb(dict(counted.fills)),
            "distinct_values": Jsonb(dict(counted.values)),
            "filled": Jsonb(list(counted.filled.items())),
            "complete": payload.complete,
            "drift": Jsonb([_plain(each) for each in payload.drift]),
        }
        await connection.execute(queries["remember_figures"], parameters)
        await connection.execute(queries["forget_figures"], parameters)


def _plain(drift: Drift) -> dict[str, Any]:
    return {"field": drift.field, "before": drift.before, "now": drift.now}
