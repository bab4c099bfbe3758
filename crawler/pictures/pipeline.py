"""Scrapy's ImagesPipeline, with our own idea of what is kept and under which name.

Taken from Scrapy: the request per picture, one download for all items of one URL, the stores.
Replaced, because Scrapy names a file before it knows its bytes and drops the reason of a failure:
what happens with the answer, and what an item becomes, which is an `image_fetch` observation.
"""

import asyncio
import hashlib
import logging
from collections import Counter
from typing import Any, ClassVar, Self, cast
from weakref import WeakValueDictionary

from scrapy import Request
from scrapy.crawler import Crawler
from scrapy.exceptions import CloseSpider, DownloadCancelledError, DropItem, IgnoreRequest
from scrapy.http import Response
from scrapy.http.request import NO_CALLBACK
from scrapy.pipelines.files import FilesPipeline, FilesStoreProtocol
from scrapy.pipelines.images import ImagesPipeline
from scrapy.pipelines.media import FileInfo, FileInfoOrError, MediaPipeline
from twisted.python.failure import Failure

from contract.observation import Kind, Source
from crawler.fetch import failed
from crawler.items import ObservationItem
from crawler.outcomes import outcomes_of
from crawler.pictures.decode import Limits, Unusable
from crawler.pictures.decoder import Decoders, DecodingFailed
from crawler.pictures.formats import ICON
from crawler.pictures.picture import PictureItem
from crawler.pictures.places import (
    DurableFilesStore,
    PlaceUnavailable,
    has,
    keep,
    place_of,
    storage_key,
    unavailable,
)
from crawler.pictures.wanted import Wanted
from crawler.run_report import IMAGES_STORE_UNAVAILABLE
from crawler.session import session_of
from store.errors import StoreUnavailable

__all__ = ["NotFetched", "PicturesPipeline"]

logger = logging.getLogger(__name__)


class NotFetched(DropItem):
    """Raised for a picture of which nothing can be said, because the run ends: it stays due."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, log_level="DEBUG")


class Settled(FileInfo):
    """What became of a picture: ``facts`` are the fields of its `image_fetch`."""

    facts: dict[str, Any]


class NotGiven(IgnoreRequest):
    """Raised for a picture that was refused for good or failed for now, with the reason."""

    def __init__(self, outcome: str, reason: str) -> None:
        super().__init__(reason)
        self.facts = {"outcome": outcome, "reason": reason}


class Unsettled(IgnoreRequest):
    """Raised for a picture of which nothing can be said, because the run ends."""


class PicturesPipeline(ImagesPipeline):
    """`PictureItem` → `ObservationItem`; the rest passes."""

    STORE_SCHEMES: ClassVar[dict[str, type[FilesStoreProtocol]]] = {
        **FilesPipeline.STORE_SCHEMES,
        "": DurableFilesStore,
        "file": DurableFilesStore,
    }

    def __init__(self, store_uri: str, *, crawler: Crawler) -> None:
        super().__init__(store_uri, crawler=crawler)
        settings = crawler.settings
        self.limits = Limits(
            max_bytes=settings.getint("IMAGES_MAX_BYTES"),
            max_pixels=settings.getint("IMAGES_MAX_PIXELS"),
        )
        self.decoders = Decoders()
        self.wanted = Wanted(session_of(crawler))
        self.keeping: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self.finished: Counter[str] = Counter()
        self.closing: asyncio.Task[None] | None = None

    @classmethod
    def from_crawler(cls, crawler: Crawler) -> Self:
        """Open the store; raises ArgumentError or PlaceUnavailable, saying what to do."""
        cls._update_stores(crawler.settings)
        place = place_of(crawler.settings.get("IMAGES_STORE"))
        try:
            pipeline = cls(place, crawler=crawler)
            if isinstance(pipeline.store, DurableFilesStore):
                pipeline.store.check()
        except Exception as error:
            # A folder, S3 and GCS fail in three families of errors.
            raise PlaceUnavailable(unavailable(error)) from error
        return pipeline

    async def close_spider(self) -> None:
        """End the decoding processes."""
        await self.decoders.close()

    async def process_item(self, item: Any, spider: Any = None) -> Any:
        """Fetch, decode and keep a picture; returns its observation.

        Raises NotFetched where the run ends before anything can be said.
        """
        if not isinstance(item, PictureItem):
            return item
        try:
            found: ObservationItem = await super().process_item(item)
            if item.leads:
                await self._note(found)
        except StoreUnavailable as error:
            raise NotFetched(str(error)) from error
        finally:
            self._forget(item)
        return found

    def get_media_requests(self, item: Any, info: MediaPipeline.SpiderInfo) -> list[Request]:
        """One request per picture; none for a URL that is none."""
        meta = {"download_maxsize": self.limits.max_bytes, "download_warnsize": 0}
        try:
            return [Request(item.picture.url, callback=NO_CALLBACK, meta=meta)]
        except ValueError:
            return []

    async def media_to_download(  # type: ignore[override]
        self, request: Request, info: MediaPipeline.SpiderInfo, *, item: Any = None
    ) -> Settled | None:
        """Return what an earlier fetch came to, for whichever organization, if it still holds."""
        known = item.picture.known
        if known is None:
            return None
        facts = {key: known[key] for key in known if key not in NOT_FACTS}
        if facts["outcome"] == "stored":
            if not await has(self.store, facts["storage_key"], None, info):
                return None
        elif facts["reason"] == ICON and item.purpose == "favicon":
            return None  # An icon is refused as a photo only.
        self._count("known", item)
        return _settled(request.url, facts)

    async def media_downloaded(
        self,
        response: Response,
        request: Request,
        info: MediaPipeline.SpiderInfo,
        *,
        item: Any = None,
    ) -> Settled:
        """Make a picture of our own from the answer and keep it."""
        if response.status != 200:
            raise NotGiven("failed", f"http_{response.status}")
        picture = await self.decoders.decode(response.body, item.purpose, self.limits)
        sha256 = hashlib.sha256(picture.body).hexdigest()
        key = storage_key(sha256, picture.extension)
        # Of two equal pictures that arrive together, the second must find the first.
        async with self.keeping.setdefault(key, asyncio.Lock()):
            is_new = await keep(self.store, key, picture, info)
        self._count("stored" if is_new else "same_bytes", item)
        return _settled(
            request.url,
            {
                "outcome": "stored",
                "sha256": sha256,
                "storage_key": key,
                "width": picture.width,
                "height": picture.height,
                "size": len(picture.body),
                "media_type": picture.media_type,
            },
        )

    def media_failed(
        self, failure: Failure, request: Request, info: MediaPipeline.SpiderInfo
    ) -> Any:
        """Turn whatever went wrong into a verdict on the picture, or into none."""
        assert failure.value is not None
        verdict = self._verdict(request.url, failure.value)
        # Scrapy's way of passing on an IgnoreRequest keeps it as the cause and logs no traceback.
        super().media_failed(Failure(verdict), request, info)  # type: ignore[no-untyped-call]

    def item_completed(
        self, results: list[FileInfoOrError], item: Any, info: MediaPipeline.SpiderInfo
    ) -> Any:
        """Return the picture's observation; raises NotFetched, or the bug that kept it away."""
        if not isinstance(item, PictureItem):
            return item
        facts = _facts(results)
        return ObservationItem(
            source=Source.IMAGE_FETCHER,
            kind=Kind.IMAGE_FETCH,
            url=item.picture.url,
            organization_id=item.organization_id,
            payload={
                "organization_id": str(item.organization_id),
                "source_url": item.picture.url,
                "purpose": item.purpose,
                **facts,
            },
        )

    async def _note(self, found: ObservationItem) -> None:
        facts = cast(dict[str, Any], found.payload)
        outcome = facts["outcome"]
        if outcome == "failed":
            await self.wanted.failed(found.url, facts["reason"])
        else:
            await self.wanted.read(found.url)
        if outcome != "stored":
            outcomes_of(self.crawler).note(outcome, found.url, facts["reason"])

    def _verdict(self, url: str, error: BaseException) -> IgnoreRequest:
        match error:
            case NotGiven():
                return error
            case Unusable():
                return NotGiven("refused", error.reason)
            case DownloadCancelledError():  # The body outgrew its limit.
                return NotGiven("refused", "too_many_bytes")
            case DecodingFailed():
                return NotGiven("failed", "decoder_busy")
            case ValueError():  # A redirect to what is no address at all.
                return NotGiven("failed", "redirects")
            case CloseSpider():
                return Unsettled("the run is closing")
            case PlaceUnavailable():
                self._give_up(error)
                return Unsettled(str(error))
        if type(error) is IgnoreRequest:
            if "DOWNLOAD_MAXSIZE" in str(error):  # The same, decompressed.
                return NotGiven("refused", "too_many_bytes")
            return NotGiven("failed", "redirects" if "redirect" in str(error) else "ignored")
        reason = failed(url, error).failure or "unknown"
        return NotGiven("failed", "connection_refused" if reason == "refused" else reason)

    def _give_up(self, error: PlaceUnavailable) -> None:
        if self.closing is None:
            logger.error("The run ends: %s", error)
            engine = self.crawler.engine
            assert engine is not None
            self.closing = asyncio.ensure_future(
                engine.close_spider_async(reason=IMAGES_STORE_UNAVAILABLE)
            )

    def _count(self, what: str, item: PictureItem) -> None:
        if item.leads:
            assert self.crawler.stats is not None
            self.crawler.stats.inc_value(f"paddock/pictures/{what}")

    def _forget(self, item: PictureItem) -> None:
        """Scrapy remembers every URL of a run; one that nobody waits for any more need not be."""
        url = item.picture.url
        self.finished[url] += 1
        if self.finished[url] == len(item.picture.wanted_by):
            del self.finished[url]
            for request in self.get_media_requests(item, self.spiderinfo):
                self.spiderinfo.downloaded.pop(self._fingerprinter.fingerprint(request), None)


NOT_FACTS = frozenset(["organization_id", "source_url", "purpose"])
"""The fields of an `image_fetch` that say whose picture it is, not what became of it."""


def _settled(url: str, facts: dict[str, Any]) -> Settled:
    return Settled(
        url=url,
        path=facts.get("storage_key") or "",
        checksum=facts.get("sha256"),
        status="downloaded",
        facts=facts,
    )


def _facts(results: list[FileInfoOrError]) -> dict[str, Any]:
    if not results:
        return {"outcome": "refused", "reason": "malformed"}
    (_, result), *_ = results
    if not isinstance(result, Failure):
        return cast(Settled, result)["facts"]
    assert result.value is not None
    verdict = result.value.__cause__
    if isinstance(verdict, NotGiven):
        return verdict.facts
    if isinstance(verdict, Unsettled):
        raise NotFetched(str(verdict))
    raise result.value
