"""A small inventory spider: walks pages, yields listings, then the end of its claim."""

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

from scrapy import Request, Spider
from scrapy.http import Response

from contract.observation import Kind, Source, parse_payload, payload_hash
from contract.payloads import InventoryManifest, Listing, Sighting
from crawler.arguments import positive
from crawler.claims import HeldRow, claims_of
from crawler.items import FinishedClaim, ObservationItem, RosterSeller
from crawler.outcomes import outcomes_of

PER_PAGE = 25


class Emit(Spider):
    """Reads /1, /2, … of ``site``. What a page's text says is done: ``raise`` raises in the
    callback, ``unfit`` yields a listing that does not fit, ``leave`` ends the walk without
    finishing the claim, ``blocked`` reports the dealer as blocked, ``await`` fetches the other
    pages inside the callback."""

    name = "emit"

    def __init__(self, site: str, pages: str = "2", note: str = "", **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.site = site
        self.pages = positive("pages", pages)
        self.note = note
        self.sightings: list[Sighting] = []

    async def start(self) -> AsyncIterator[Request | RosterSeller]:
        yield RosterSeller("https://www.classic.com/s/probe-Abc1234/", "dealer", "Probe")
        claims = claims_of(self.crawler, "organization_inventory_sync_queue")
        for held in await claims.take(1):
            yield self.page(1, held)

    def page(self, number: int, held: HeldRow) -> Request:
        cb_kwargs = {"number": number, "held": held}
        return Request(f"{self.site}/{number}", callback=self.parse, cb_kwargs=cb_kwargs)

    async def parse(self, response: Response, number: int, held: HeldRow) -> AsyncIterator[Any]:
        text = response.text
        if "await" in text:
            for other in range(2, self.pages + 1):
                await self.crawler.engine.download_async(Request(f"{self.site}/{other}"))
        if "raise" in text:
            raise RuntimeError("a bug in a callback")
        if "leave" in text:
            return
        organization: UUID = held.row["organization_id"]
        for position in range(PER_PAGE):
            url = f"{self.site}/cars/{number}-{position}"
            payload = self.listing(url, organization)
            # As the contract pipeline will see it, after a round trip through JSON.
            parsed = parse_payload(Kind.LISTING, Listing.VERSION, payload)
            self.sightings.append(
                Sighting(
                    url=url,
                    status="in_stock",
                    evidence="current_grid",
                    payload_hash=payload_hash(parsed),
                )
            )
            yield ObservationItem(Source.DEALER_SITE, Kind.LISTING, url, payload, organization)
        if "unfit" in text:
            payload = self.listing(f"{self.site}/cars/unfit", organization) | {"price": 54_900}
            yield ObservationItem(
                Source.DEALER_SITE, Kind.LISTING, f"{self.site}/cars/unfit", payload, organization
            )
        if "blocked" in text:
            outcomes_of(self.crawler).add(self.site, "blocked", "challenge")
        if number < self.pages:
            yield self.page(number + 1, held)
        else:
            outcomes_of(self.crawler).add(self.site, "done")
            yield FinishedClaim(held, (self.manifest(organization),))

    def listing(self, url: str, organization: UUID) -> dict[str, Any]:
        return {
            "organization_id": str(organization),
            "listing_status": "in_stock",
            "status_evidence": "current_grid",
            "listing_url": url,
            "title": f"1967 Ford Mustang {self.note}".strip(),
            "platform": "probe",
            "reader": "probe",
        }

    def manifest(self, organization: UUID) -> ObservationItem:
        payload = InventoryManifest(
            organization_id=str(organization),
            grid_url=f"{self.site}/",
            grid="current",
            run_mode="both",
            platform="probe",
            pages=self.pages,
            complete=True,
            listings=tuple(self.sightings),
        )
        return ObservationItem(
            Source.DEALER_SITE,
            Kind.INVENTORY_MANIFEST,
            f"{self.site}/",
            payload,
            organization,
        )
