"""A run that is closing makes no further requests.

Scrapy stops taking requests from its scheduler then, but a callback that awaits its own fetches
(a walk) would go on to its end, minutes after SIGTERM or the loss of the database.
"""

from typing import TYPE_CHECKING, Self

from scrapy.exceptions import CloseSpider

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.crawler import Crawler

__all__ = ["ClosingMiddleware"]


class ClosingMiddleware:
    """Raises CloseSpider into whoever asks for another page, which ends a walk where it stands."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    def process_request(self, request: "Request") -> None:
        """Raise CloseSpider when the run is closing; the reason of the close stays what it was."""
        engine = self.crawler.engine
        # There is no public sign of a spider that is being closed by a limit or by a component.
        slot = engine._slot
        if not engine.running or slot is None or slot.closing is not None:
            raise CloseSpider("closing")
