"""The crawl benchmark's baseline: the least that a Scrapy spider does about a grid.

`python -m bench.bare < SITES` fetches the grid pages that it is told, with Scrapy's default
settings (no robots.txt), and takes three fields of every tile with parsel and the selectors of that
one template. No grid is looked for, nothing is checked and nothing is stored.
"""

import json
import sys
from collections.abc import AsyncIterator, Iterator
from typing import Any

from scrapy import Request, Spider
from scrapy.crawler import AsyncCrawlerProcess
from scrapy.http import Response

__all__ = ["SELECTORS"]

SELECTORS = {
    "gateway": (".vehicle-grid__item", ".vehicle-grid__link::attr(title)", ".price ::text"),
    "cam": ("a:has(.cam-vehicle-block)", "h3::text", ".cam-price::text"),
    "grauto": (".ag-list-item", "h2 a::text", ".inventory-price::text"),
    "autorevo": (".inventory_item", "h3 .model::text", ".website_price span::text"),
    "itemlist": (".car-card", ".car-card__title a::text", ".car-card__price::text"),
    "microdata": (".fahrzeug", "[itemprop=name]::text", "[itemprop=price]::text"),
    "table": ("tr:has(td)", "td:nth-child(2) a::text", "td:last-child::text"),
    "shop": (".grid__item", ".card__heading a::text", ".price-item--regular::text"),
    "vehicle": ("body", "h1 ::text", "[class*=price] ::text"),
}
"""Theme → tile, title, price; the link is the tile's first."""


class Bare(Spider):
    """Three fields per tile."""

    name = "bare"

    def __init__(self, sites: list[dict[str, Any]], **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.sites = sites

    async def start(self) -> AsyncIterator[Request]:
        # In turn, as our spider's walks go side by side.
        for index in range(max((len(site["pages"]) for site in self.sites), default=0)):
            for site in self.sites:
                yield Request(site["pages"][index], cb_kwargs={"theme": site["theme"]})

    def parse(self, response: Response, theme: str) -> Iterator[dict[str, str | None]]:
        """Yield title, price and link of every tile."""
        tile, title, price = SELECTORS[theme]
        for element in response.css(tile):
            link = element.css("[href]::attr(href)").get()
            yield {
                "title": element.css(title).get(),
                "price": element.css(price).get(),
                "url": response.urljoin(link) if link else None,
            }


if __name__ == "__main__":
    process = AsyncCrawlerProcess({"LOG_LEVEL": "INFO", "TELNETCONSOLE_ENABLED": False})
    crawler = process.create_crawler(Bare)
    process.crawl(crawler, sites=json.load(sys.stdin))
    process.start()
    assert crawler.stats is not None
    print(json.dumps({"items": crawler.stats.get_value("item_scraped_count", 0)}))
