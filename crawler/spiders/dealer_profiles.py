"""Seller profiles: the page on classic.com, and the dealer's own home and contact page."""

from collections.abc import AsyncIterator, Iterator
from typing import Any
from urllib.parse import urlsplit

from scrapy import Request, Spider
from scrapy.http import Response

from contract.handles import organization_handle
from contract.observation import ContractViolation, Kind, Source, parse_payload, payload_hash
from contract.payloads import CheckedPage, PageManifest
from contract.urls import site_of
from crawler.arguments import positive
from crawler.claims import HeldRow, claims_of
from crawler.extract.facts import Facts
from crawler.extract.own_site import is_own_site
from crawler.extract.profile import outgoing_website_link, read_profile
from crawler.fetch import Fetched, failed, fetcher, read_answer
from crawler.items import FinishedClaim, ObservationItem
from crawler.outcomes import outcomes_of
from crawler.own_site_visit import visit_own_site

BATCH = 10
"""Rows claimed at a time: few enough that all are read well within their lease."""


class DealerProfiles(Spider):
    """Reads the due profiles of the roster's queue; argument: limit."""

    name = "dealer_profiles"

    def __init__(self, limit: str = "100000", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.limit = positive("limit", limit)

    async def start(self) -> AsyncIterator[Request]:
        claims = claims_of(self.crawler, "classic_seller_queue")
        left = self.limit
        while left and (rows := await claims.take(min(BATCH, left))):
            left -= len(rows)
            for held in rows:
                yield Request(
                    held.row["profile_url"],
                    callback=self.parse,
                    errback=self.page_failed,
                    cb_kwargs={"held": held},
                    dont_filter=True,  # A row that comes back within a run is fetched again.
                )

    async def parse(
        self, response: Response, held: HeldRow
    ) -> AsyncIterator[ObservationItem | FinishedClaim]:
        """Yield the seller's profile and the end of its claim."""
        answer = read_answer(response)
        if answer.page is None:
            await self.give_up(held, answer)
            return
        directory = frozenset(
            ["classic.com", site_of(self.settings["CLASSIC_BASE_URL"]), site_of(response.url)]
        )
        facts = read_profile(answer.page, directory)
        if not facts.fields.get("name"):
            facts.add("name", held.row["seller_name"], "roster")
        own = self.own_website(facts) or await self.behind_redirector(
            outgoing_website_link(answer.page, directory), facts, directory
        )
        platform = None
        if own is not None:
            found = await visit_own_site(own, fetcher(self.crawler))
            facts.extend(found.facts)
            platform = found.platform
            if found.failure:
                outcomes_of(self.crawler).note("own_site", own, found.failure)
        for item in self.observations(held, facts, platform):
            yield item

    def observations(
        self, held: HeldRow, facts: Facts, platform: str | None
    ) -> Iterator[ObservationItem | FinishedClaim]:
        """The profile, and the manifest that re-asserts it even where it is suppressed as equal."""
        url = held.row["profile_url"]
        about = {
            "source": Source.CLASSIC,
            "url": url,
            "organization_id": organization_handle(Source.CLASSIC, url),
        }
        raw = {"profile_url": url, "seller_type": held.row["seller_type"], "platform": platform}
        try:
            profile = parse_payload(Kind.SELLER_PROFILE, 1, {**raw, **facts.fields})
        except ContractViolation as violation:
            # Yielded as it is: the contract pipeline drops it and counts the reason.
            yield ObservationItem(
                kind=Kind.SELLER_PROFILE, payload={**raw, **facts.fields}, **about
            )
            outcomes_of(self.crawler).add(url, "failed", f"unfit: {violation.reason}")
            return
        page = CheckedPage(url=url, outcome="read", payload_hash=payload_hash(profile))
        manifest = PageManifest(spider=self.name, pages=(page,))
        yield ObservationItem(kind=Kind.SELLER_PROFILE, payload=profile, **about)
        outcomes_of(self.crawler).add(url, "done")
        yield FinishedClaim(
            held, (ObservationItem(kind=Kind.PAGE_MANIFEST, payload=manifest, **about),)
        )

    async def page_failed(self, failure: Any) -> None:
        """Give the row back with the reason; it is tried again later."""
        await self.give_up(
            failure.request.cb_kwargs["held"], failed(failure.request.url, failure.value)
        )

    async def give_up(self, held: HeldRow, answer: Fetched) -> None:
        """A profile that cannot be read is not completed: it backs off, or is dead in the end."""
        claims = claims_of(self.crawler, "classic_seller_queue")
        await claims.fail(held, str(answer.failure), permanent=answer.failure == "http_410")
        outcomes_of(self.crawler).add(held.row["profile_url"], *answer.outcome)

    async def behind_redirector(
        self, link: str | None, facts: Facts, directory: frozenset[str]
    ) -> str | None:
        """The home page that the directory's redirector leads to; noted as the website."""
        if link is None:
            return None
        answer = await fetcher(self.crawler)(link)
        if answer.page is None or not is_own_site(answer.url, directory):
            return None
        facts.add("website", answer.url, "redirect of the link named website")
        return self.own_website(facts)

    def own_website(self, facts: Facts) -> str | None:
        """The home page of the first website candidate that is the dealer's own."""
        for candidate in facts.fields.get("website", []):
            parts = urlsplit(candidate["value"])
            if is_own_site(candidate["value"]):
                return f"{parts.scheme}://{parts.netloc}/"
        return None
