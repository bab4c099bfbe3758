"""What has gone into the archive, for people who ask why."""

import json
from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

from psycopg import Connection

from normalizer.histories import SQL, named

__all__ = ["recall", "recall_walks"]


def recall(
    connection: Connection, organization: UUID | str, keys: Iterable[str]
) -> dict[str, dict[str, Any]]:
    """Observations of an organization that have left the queue, by key, with the columns that
    people ask for."""
    wanted = set(keys)
    if not wanted:
        return {}
    rows = connection.execute(SQL["handles_of"], {"organization": organization})
    return {
        item.key: {
            "key": item.key,
            "source": item.source,
            "kind": history.kind,
            "url": item.url,
            "observed_at": item.observed_at,
            "raw_data": json.loads(item.content),
        }
        for history, item in named(connection, [handle for (handle,) in rows], wanted)
    }


def recall_walks(
    connection: Connection, dealer: str, walks: list[dict[str, Any]], urls: Collection[str]
) -> None:
    """Say of walks that are in the archive what they say of a vehicle, as the statement does."""
    lost = [walk["observation_key"] for walk in walks if walk.pop("is_archived")]
    known = recall(connection, dealer, lost)
    for walk in walks:
        manifest = known.get(walk["observation_key"], {}).get("raw_data", {})
        saw = {
            f"{seen['status']} by {seen['evidence']}"
            for seen in manifest.get("listings", ())
            if seen["url"] in urls
        }
        probed = {
            ", ".join([probe["verdict"], probe["sign"], *["marked sold"] * bool(probe.get("sold"))])
            for probe in manifest.get("probes", ())
            if probe["url"] in urls
        }
        walk["saw"] = ", ".join(sorted(saw)) or walk["saw"]
        walk["probed"] = "; ".join(sorted(probed)) or walk["probed"]
