"""What page fetches told, kept for the next ones to be polite (the table `page_fetches`)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from psycopg import AsyncConnection

from crawler.grid_memory import reader_version
from crawler.items import PageFetch
from store.queries import load

__all__ = ["remember_fetches"]


async def remember_fetches(
    connection: AsyncConnection[Any], fetches: Sequence[PageFetch], observed_at: datetime
) -> None:
    """Remember what page fetches told, inside the caller's transaction; repeating it is harmless.

    The pages are written in the order of their URLs, so that two runs never wait for each other.
    """
    if not fetches:
        return
    last = {fetch.url: fetch for fetch in fetches}.values()
    await connection.execute(
        load("listings")["remember"],
        {
            "observed_at": observed_at,
            "reader": reader_version(),
            "urls": [fetch.url for fetch in last],
            "etags": [fetch.etag for fetch in last],
            "dates": [fetch.last_modified for fetch in last],
            "statuses": [fetch.status for fetch in last],
            "hashes": [fetch.payload_hash for fetch in last],
            "failures": [fetch.failure for fetch in last],
            "bodies": [fetch.body_hash for fetch in last],
        },
    )
