"""Puts the sellers of the roster on `classic_seller_queue`."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Self

from psycopg import AsyncConnection

from crawler.items import RosterSeller
from crawler.pipelines.batches import BatchWriter
from crawler.pipelines.enqueue import NotStored
from crawler.session import Session, session_of
from store.errors import StoreUnavailable
from store.queries import load

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["RosterPipeline", "upsert"]


class RosterPipeline:
    """Writes `RosterSeller`s, awaited."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler
        self.session: Session = session_of(crawler)
        self.writer: BatchWriter[RosterSeller] = BatchWriter(self._flush)

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    async def open_spider(self) -> None:
        """Open the session; raises CloseSpider when there is no database."""
        await self.session.open()
        self.writer.start()

    async def close_spider(self) -> None:
        """Write what still waits."""
        await self.writer.close()

    async def process_item(self, item: Any) -> Any:
        """Return the item once it is committed; raises NotStored when the database is gone."""
        if isinstance(item, RosterSeller):
            try:
                await self.writer.write(item)
            except StoreUnavailable as error:
                raise NotStored(str(error)) from error
        return item

    async def _flush(self, batch: Sequence[RosterSeller]) -> None:
        rows = await self.session.transact(lambda connection: upsert(connection, batch))
        new = sum(is_new for _, is_new in rows)
        self.crawler.stats.inc_value("paddock/sellers/new", new)
        self.crawler.stats.inc_value("paddock/sellers/known", len(rows) - new)


async def upsert(
    connection: AsyncConnection[Any], sellers: Sequence[RosterSeller]
) -> list[tuple[str, bool]]:
    """Insert or refresh sellers inside the caller's transaction; returns each profile URL and
    whether it is new. Of several sightings of one seller, known fields win over unknown ones."""
    merged: dict[str, RosterSeller] = {}
    for seller in sellers:
        before = merged.get(seller.profile_url, seller)
        merged[seller.profile_url] = RosterSeller(
            seller.profile_url,
            seller.seller_type or before.seller_type,
            seller.seller_name or before.seller_name,
        )
    cursor = await connection.execute(
        load("crawler")["upsert_sellers"],
        {
            "urls": list(merged),
            "types": [seller.seller_type for seller in merged.values()],
            "names": [seller.seller_name for seller in merged.values()],
        },
    )
    return await cursor.fetchall()
