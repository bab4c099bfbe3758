"""The operator's words into ``import_queue``, as rows like everybody else's."""

from psycopg import Connection
from psycopg.types.json import Jsonb

from contract.observation import Observation
from store.queries import load

__all__ = ["append"]

SQL = load("rulings")


def append(connection: Connection, observation: Observation, *, unless_told: bool = False) -> bool:
    """Append one observation, once; whether it was new.

    With ``unless_told`` it is left out, too, where its page has one with the same content from the
    same source, whenever that was.
    """
    columns = {
        "key": observation.key,
        "source": observation.source,
        "kind": observation.kind,
        "version": observation.version,
        "url": observation.url,
        "organization_id": observation.organization_id,
        "observed_at": observation.observed_at,
        "payload_hash": observation.payload_hash,
        "raw_data": Jsonb(observation.raw_data),
    }
    return connection.execute(SQL["append_new" if unless_told else "append"], columns).rowcount > 0
