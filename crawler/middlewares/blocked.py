"""Block pages are recognized, counted and never parsed; nothing here tries to get around one."""

import logging
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy.http import HtmlResponse

from crawler.block_pages import block_kind
from crawler.errors import Blocked
from crawler.middlewares.robots import IS_ROBOTS_FETCH

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler
    from scrapy.http import Response

__all__ = ["BlockedMiddleware"]

logger = logging.getLogger(__name__)


class BlockedMiddleware:
    """Raises Blocked in place of an answer that is not the site's page."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    def process_response(self, request: "Request", response: "Response") -> "Response":
        """Classify the decompressed answer before retry and meta refresh act on it."""
        # The status of a robots.txt answer decides by RFC 9309, whatever its body looks like.
        if request.meta.get(IS_ROBOTS_FETCH):
            return response
        names = response.headers.to_unicode_dict()
        headers = {str(name).lower(): str(names[name]) for name in names}
        text = response.text if isinstance(response, HtmlResponse) else ""
        host = urlsplit(response.url).hostname or ""
        kind = block_kind(response.status, headers, text, host)
        if kind is None:
            return response
        self.crawler.stats.inc_value(f"paddock/blocked/{kind}")
        logger.info("Blocked (%s, HTTP %d): %s", kind, response.status, response.url)
        raise Blocked(kind, f"http_{response.status}")
