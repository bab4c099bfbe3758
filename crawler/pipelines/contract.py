"""Builds contract observations from what spiders yield, or drops the item with a counted reason.

Nothing half-valid passes: a payload fits whole or not at all.
"""

from typing import TYPE_CHECKING, Any, Self

from scrapy.exceptions import DropItem

from contract.observation import (
    PAYLOADS,
    ContractViolation,
    Observation,
    parse_payload,
)
from contract.payloads import Payload
from crawler.claims import claims_of
from crawler.items import (
    CountedWalk,
    FinishedClaim,
    ObservationItem,
    PageVisit,
    ValidatedClaim,
    ValidatedVisit,
    ValidatedWalk,
)
from crawler.session import Session, session_of

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = [
    "ContractPipeline",
    "FieldUnfit",
    "KindUnfit",
    "ManifestUnfit",
    "OwnerUnfit",
    "Unfit",
    "UrlUnfit",
]

MAX_URL = 2_048


class Unfit(DropItem):
    """An item that does not fit the contract. ``reason`` is short and countable."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}", log_level="WARNING")
        self.reason = reason


class KindUnfit(Unfit):
    """The kind is unknown, not written by crawlers, or its payload is of another kind."""


class FieldUnfit(Unfit):
    """A field of the payload does not fit."""


class UrlUnfit(Unfit):
    """The page's URL is missing, too long, or holds what PostgreSQL cannot store."""


class OwnerUnfit(Unfit):
    """The item names another organization than its payload."""


class ManifestUnfit(Unfit):
    """A manifest of a finished claim does not fit, so the claim is not finished."""


class ContractPipeline:
    """`ObservationItem` → `Observation`, `FinishedClaim` → `ValidatedClaim`, `CountedWalk` →
    `ValidatedWalk`, `PageVisit` → `ValidatedVisit`; the rest passes."""

    def __init__(self, crawler: "Crawler") -> None:
        self.crawler = crawler
        self.session: Session = session_of(crawler)
        self.unfit_pages: dict[str, str] = {}

    @classmethod
    def from_crawler(cls, crawler: "Crawler") -> Self:
        return cls(crawler)

    async def process_item(self, item: Any) -> Any:
        """Validate and stamp; raises a subclass of Unfit."""
        if isinstance(item, ObservationItem):
            return self._build(item)
        if isinstance(item, FinishedClaim):
            return await self._validated(item)
        if isinstance(item, CountedWalk):
            return ValidatedWalk(self._build(item.observation), item.figures)
        if isinstance(item, PageVisit):
            return ValidatedVisit(self._build(item.observation), item.fetches)
        return item

    async def _validated(self, item: FinishedClaim) -> ValidatedClaim:
        page = item.held.row.get("profile_url")
        try:
            if page in self.unfit_pages:
                raise FieldUnfit(self.unfit_pages[page], "the page's own observation was dropped")
            manifests = tuple(self._build(manifest) for manifest in item.manifests)
        except Unfit as error:
            # What was not stored must not count as done: the row is due again, and is dead in the
            # end, where an operator finds the reason.
            await claims_of(self.crawler, item.held.table).fail(item.held, f"unfit: {error}")
            raise ManifestUnfit(error.reason, str(error)) from error
        return ValidatedClaim(item.held, manifests, item.grids, item.figures)

    def _build(self, item: ObservationItem) -> Observation:
        try:
            return self._observation(item)
        except Unfit as error:
            self.unfit_pages[item.url] = error.reason
            self.crawler.stats.inc_value(f"paddock/unfit/{item.kind}/{error.reason}")
            raise

    def _observation(self, item: ObservationItem) -> Observation:
        url = item.url
        if not url or len(url) > MAX_URL or "\x00" in url or not url.isprintable():
            raise UrlUnfit("url", repr(url[:200]))
        payload = self._payload(item)
        owner = getattr(payload, "organization_id", None)
        if owner is not None and owner != str(item.organization_id):
            raise OwnerUnfit("organization_id", f"{owner} in the payload of {item.organization_id}")
        stamp = self.session.stamp
        return Observation(
            source=item.source,
            kind=item.kind,
            url=url,
            organization_id=item.organization_id,
            observed_at=stamp.observed_at,
            payload=payload,
            run_id=stamp.run_id,
        )

    @staticmethod
    def _payload(item: ObservationItem) -> Payload:
        if isinstance(item.payload, Payload):
            # A payload validated itself when it was built; what is left is whether it belongs here.
            if type(item.payload) is not PAYLOADS.get(item.kind):
                raise KindUnfit("kind", f"{type(item.payload).__name__} as {item.kind}")
            return item.payload
        try:
            model = PAYLOADS.get(item.kind)
            return parse_payload(item.kind, model.VERSION if model else 1, item.payload)
        except ContractViolation as error:
            unknown = error.reason.startswith("unknown_")
            raise (KindUnfit if unknown else FieldUnfit)(error.reason, error.detail) from error
