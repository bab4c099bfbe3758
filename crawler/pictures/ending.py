"""A run that closes while pictures are under way must come to its end."""

import asyncio
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["see_scraper_closed"]

PAUSE = 0.1
"""Seconds between two looks."""


async def see_scraper_closed(crawler: "Crawler") -> None:
    """Return when the scraper has closed, which it may need to be told.

    Scrapy 2.19 looks whether a closing scraper is idle when a *response* is done. Pictures are
    items of ``start()``: after the last of them nobody looks, and the run would wait for ever.
    """
    assert crawler.engine is not None
    scraper = crawler.engine.scraper
    while True:
        await asyncio.sleep(PAUSE)
        slot = scraper.slot
        if slot is None or (slot.closing is not None and slot.closing.called):
            return
        if slot.closing is not None and slot.is_idle():
            scraper._check_if_closing()
