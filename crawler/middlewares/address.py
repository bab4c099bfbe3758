"""The address guard in the downloader: every request passes it, redirect hops, robots.txt and
probes included, because every one of them is a request of its own."""

import logging
from typing import TYPE_CHECKING, Self
from urllib.parse import urlsplit

from scrapy.exceptions import CannotResolveHostError

from crawler import resolver
from crawler.addresses import AddressPolicy, parse_networks
from crawler.errors import AddressRefused

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

__all__ = ["AddressGuard", "RefusedResolution"]

logger = logging.getLogger(__name__)


class AddressGuard:
    """Refuses what a URL alone shows: foreign schemes, credentials, literal internal addresses."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler
        networks = crawler.settings.get("FETCH_ALLOWED_NETWORKS") or ""
        self.policy = AddressPolicy(parse_networks(networks))

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    def process_request(self, request: "Request") -> None:
        """Raise AddressRefused for a URL that must not be fetched."""
        rule = self.policy.url_refusal(request.url)
        if rule is not None:
            raise _counted(self.crawler, request, rule)


class RefusedResolution:
    """Tells a name that resolved to refused addresses from one that does not exist: the first is a
    refusal, never retried."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    def process_exception(self, request: "Request", exception: Exception) -> None:
        """Raise AddressRefused in place of the "not found" that Twisted reports."""
        if isinstance(exception, CannotResolveHostError):
            host = (urlsplit(request.url).hostname or "").lower()
            rule = resolver.refusals.get(host)
            if rule is not None:
                raise _counted(self.crawler, request, rule) from exception


def _counted(crawler: "Crawler", request: "Request", rule: str) -> AddressRefused:
    crawler.stats.inc_value("paddock/refused/address")
    crawler.stats.inc_value(f"paddock/refused/address/{rule}")
    logger.warning("Refused by the address guard (%s): %s", rule, request.url[:200])
    return AddressRefused(rule)
