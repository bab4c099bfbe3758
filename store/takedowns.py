"""What the operator took down is not claimed: the crawler leaves it alone until it is lifted.

A takedown with an end is over for the crawler when the clock says so; what it sees then lifts it.
The rows come from an array that is built once per statement, so a claim still walks its index.
"""

from collections.abc import Mapping

from psycopg import sql

__all__ = ["NOT_TAKEN_DOWN"]

NOT_TAKEN_DOWN: Mapping[str, sql.SQL] = {
    "organization_inventory_sync_queue": sql.SQL(
        "q.organization_id <> ALL (ARRAY (SELECT a.handle FROM takedowns t"
        " JOIN business_aliases a ON a.organization_id = t.subject_id"
        " WHERE t.until IS NULL OR t.until > now()))"
    ),
    "classic_seller_queue": sql.SQL(
        "q.profile_url <> ALL (ARRAY (SELECT a.url FROM takedowns t"
        " JOIN business_aliases a ON a.organization_id = t.subject_id"
        " WHERE t.until IS NULL OR t.until > now()))"
    ),
}
"""Queue → the condition on its row ``q``."""
