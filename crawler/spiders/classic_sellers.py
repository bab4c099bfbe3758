"""The roster of classic.com: every seller's profile URL goes on the queue."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlencode

from scrapy import Request, Spider
from scrapy.http import Response

from crawler.arguments import choice, positive
from crawler.extract.roster import read_roster
from crawler.fetch import Fetched, failed, read_answer
from crawler.items import RosterSeller
from crawler.outcomes import outcomes_of

FILTERS = ("all", "dealers", "auction_houses")


class ClassicSellers(Spider):
    """Walks the roster page by page; arguments: filter, start_page, max_pages.

    A page that fails is counted and passed over: only a page that answers and names nobody new is
    the end. After three failed pages in a row the roster counts as unreachable from there on.
    """

    name = "classic_sellers"
    outcomes_about = "roster pages"

    PATIENCE = 3
    """Failed pages in a row, or pages in a row without a new seller, after which the walk ends."""

    def __init__(
        self,
        filter: str = "all",
        start_page: str = "1",
        max_pages: str = "500",
        **kwargs: Any,
    ) -> None:
        super().__init__(**kwargs)
        self.filter = choice("filter", filter, FILTERS)
        self.first = positive("start_page", start_page)
        self.last = self.first + positive("max_pages", max_pages) - 1
        self.known: set[str] = set()
        self.failures = 0
        self.barren = 0
        self.linked = 0

    async def start(self) -> AsyncIterator[Request]:
        yield self.page(self.first)

    def page(self, number: int) -> Request:
        """Ask for one page of the roster."""
        base = self.settings["CLASSIC_BASE_URL"]
        query = urlencode({"filter": self.filter, "page": number})
        return Request(
            f"{base}/data?{query}",
            callback=self.parse,
            errback=self.page_failed,
            cb_kwargs={"number": number},
        )

    def parse(self, response: Response, number: int) -> Iterator[RosterSeller | Request]:
        """Yield the sellers of one page, then ask for the next one."""
        answer = read_answer(response)
        if answer.page is None:
            yield from self.pass_over(number, answer)
            return
        base = self.settings["CLASSIC_BASE_URL"]
        roster = read_roster(answer.page.selector, base, self.filter)
        fresh = [seller for seller in roster.sellers if seller.profile_url not in self.known]
        self.known.update(seller.profile_url for seller in fresh)
        self.linked = max(self.linked, roster.last_linked_page or 0)
        self.failures = 0
        self.barren = 0 if fresh else self.barren + 1
        outcomes_of(self.crawler).add(f"roster page {number}", "done")
        yield from roster.sellers
        if fresh or (number < self.linked and self.barren < self.PATIENCE):
            yield from self.next_page(number)

    def page_failed(self, failure: Any) -> Iterator[Request]:
        """The page gave nothing: no answer, an error, or a block page."""
        answer = failed(failure.request.url, failure.value)
        yield from self.pass_over(failure.request.cb_kwargs["number"], answer)

    def pass_over(self, number: int, answer: Fetched) -> Iterator[Request]:
        """Count a page that gave nothing, and go on behind it."""
        if answer.failure in ("http_404", "http_410") and number > max(self.linked, self.first):
            return  # No page links here: the roster simply ends before it.
        outcomes_of(self.crawler).add(f"roster page {number}", *answer.outcome)
        self.failures += 1
        if self.failures < self.PATIENCE:
            yield from self.next_page(number)

    def next_page(self, number: int) -> Iterator[Request]:
        """The page after this one, where the arguments allow it."""
        if number < self.last:
            yield self.page(number + 1)
