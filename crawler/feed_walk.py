"""One reading of one dealer's feed: its listings, and the manifest that tells of them."""

import asyncio
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any
from urllib.parse import quote
from uuid import UUID

from scrapy import Request
from scrapy.exceptions import DownloadCancelledError
from w3lib.http import basic_auth_header

from contract.observation import Kind, Source
from contract.payloads import Drift, InventoryManifest, Payload, Sighting
from contract.urls import site_of, url_identity
from crawler.addresses import AddressPolicy, parse_networks
from crawler.drift import drifted, figures_of
from crawler.extract.feed import Feed, FeedRow
from crawler.extract.traits import of_raw
from crawler.feed_source import MAX_FEED, FeedSource, FeedUnread, ReadFile
from crawler.fetch import failed
from crawler.items import CountedWalk, ObservationItem, fitted_listing
from crawler.middlewares.robots import OPERATORS_SITE
from crawler.walk_figures import Baselines, Scope

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["FeedWalk", "read_file"]

HTTP_TIMEOUT = 600.0
"""Seconds for the whole file; pages get less, for nobody waits for one feed."""


async def read_file(crawler: "Crawler", source: FeedSource, website: str | None) -> ReadFile:
    """Get a feed's bytes from wherever it lies; raises FeedUnread."""
    if source.kind == "path":
        return await asyncio.to_thread(source.read_path)
    if source.kind == "ftp":
        networks = crawler.settings.get("FETCH_ALLOWED_NETWORKS") or ""
        return await asyncio.to_thread(source.read_ftp, AddressPolicy(parse_networks(networks)))
    return await _download(crawler, source, website)


async def _download(crawler: "Crawler", source: FeedSource, website: str | None) -> ReadFile:
    is_dealers_page = website is not None and site_of(source.place) == site_of(website)
    request = Request(
        source.place,
        headers={"Authorization": basic_auth_header(*source.login)} if source.login else {},
        meta={
            "download_maxsize": MAX_FEED,
            "download_warnsize": 0,
            "download_timeout": HTTP_TIMEOUT,
            # A drop that the operator named is his to read; the dealer's own site keeps its rules.
            OPERATORS_SITE: None if is_dealers_page else site_of(source.place),
        },
    )
    assert crawler.engine is not None
    try:
        response = await crawler.engine.download_async(request)
    except DownloadCancelledError as error:
        raise FeedUnread("too_large", f"a feed has at most {MAX_FEED:,} bytes") from error
    except Exception as error:
        answer = failed(source.place, error)
        raise FeedUnread(
            str(answer.failure), f"{source.root}: {error}", blocked=answer.blocked
        ) from error
    if response.status != 200:
        raise FeedUnread(f"http_{response.status}", f"{source.root} answered {response.status}")
    return ReadFile(source.root, response.body)


class FeedWalk:
    """What one reading of a feed tells about one organization.

    ``handle`` is stamped on every observation; ``root`` names the scope; ``baselines`` are the
    figures of its last good readings. ``drift`` is what fell against them.
    """

    def __init__(self, handle: UUID, root: str, baselines: Baselines | None = None) -> None:
        self.handle = handle
        self.root = root
        self.scope: Scope = ("feed", url_identity(root))
        self.baselines: Baselines = baselines or {}
        self.drift: tuple[Drift, ...] = ()

    def items(self, feed: Feed) -> Iterator[ObservationItem | CountedWalk]:
        """Yield a listing per row, and the manifest behind them."""
        sightings = []
        for row in feed.rows:
            data = row.listing(str(self.handle), feed.layout)
            payload, hashed = fitted_listing(data)
            sightings.append(
                Sighting(
                    url=row.name,
                    status=data["listing_status"],
                    evidence=data["status_evidence"],
                    payload_hash=hashed,
                )
            )
            yield self._item(Kind.LISTING, self._address(row), payload)
        figures = figures_of({row.name: of_raw(row.data) for row in feed.rows}, pages=1)
        if feed.incomplete_because is None:
            # An exporter whose columns have changed leaves out cars as easily as prices.
            self.drift = drifted(figures, self.baselines.get(self.scope, ()))
        manifest = self._manifest(feed.layout, feed.incomplete_because, sightings)
        yield CountedWalk(manifest, {self.scope: figures})

    def unread(self, reason: str) -> ObservationItem:
        """The manifest of a feed of which nothing could be read: it proves no absence, and says
        why."""
        return self._manifest("unknown", reason, [])

    def _manifest(
        self, layout: str, problem: str | None, sightings: list[Sighting]
    ) -> ObservationItem:
        manifest = InventoryManifest(
            organization_id=str(self.handle),
            grid_url=self.root,
            grid="feed",
            run_mode="current",
            platform=layout,
            pages=1 if sightings else 0,
            complete=problem is None,
            incomplete_because=problem,
            drift=self.drift,
            listings=tuple(sightings),
        )
        return self._item(Kind.INVENTORY_MANIFEST, self.root, manifest)

    def _address(self, row: FeedRow) -> str:
        """Where a row was seen: the car's own page, or its place in the feed."""
        return row.listing_url or f"{self.root}#{quote(row.key, safe='')}"

    def _item(self, kind: Kind, url: str, payload: Payload | Mapping[str, Any]) -> ObservationItem:
        return ObservationItem(
            source=Source.HOMENET,
            kind=kind,
            url=url,
            organization_id=self.handle,
            payload=payload,
        )
