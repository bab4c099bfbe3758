"""The background tasks that follow from what the tables say; only a drain of new observations
asks for any."""

from collections.abc import Iterable

from psycopg import Connection

from normalizer.points import key_of
from normalizer.rows import CanonicalRows
from store.queue import Job, Queue, content_key

__all__ = ["ask_for_points"]

_JOBS = Queue("job_queue")


def ask_for_points(connection: Connection, wanted: Iterable[CanonicalRows]) -> None:
    """Ask for the point of every address that has none: once for each organization and address,
    for ever, since an address that no provider knows today would be asked for with every walk.
    """
    jobs = [
        Job(
            task="geocode",
            idempotency_key=content_key({"organization_id": str(row.id), "address_key": key}),
            payload={
                "organization_id": str(row.id),
                "address_key": key,
                "address": row.address,
                "city": row.city,
                "state": row.state,
                "postal_code": row.postal_code,
                "country": row.country,
            },
            once=True,
        )
        for rows in wanted
        for row in rows.businesses
        if row.location is None and (key := key_of(row)) is not None
    ]
    if jobs:
        _JOBS.enqueue(connection, jobs)
