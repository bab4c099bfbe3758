"""What does not fit the contract is dropped whole, with a reason that is counted."""

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import pytest
from scrapy import Spider
from scrapy.utils.test import get_crawler

from contract.observation import Kind, Observation, Source
from contract.payloads import Listing, PageManifest
from crawler.items import ObservationItem
from crawler.pipelines.contract import (
    ContractPipeline,
    FieldUnfit,
    KindUnfit,
    OwnerUnfit,
    Unfit,
    UrlUnfit,
)
from crawler.session import Stamp, session_of

ORGANIZATION = UUID("5f0c2b1e-7d5a-5b0e-9a54-9d1b3c6f2a10")
RUN = UUID("00000000-0000-4000-8000-000000000001")
URL = "https://dealer.example/cars/1"


@pytest.fixture
def pipeline() -> ContractPipeline:
    crawler = get_crawler(Spider, {"TWISTED_REACTOR_ENABLED": False})
    session_of(crawler)._stamp = Stamp(RUN, datetime(2026, 3, 1, tzinfo=UTC))
    return ContractPipeline.from_crawler(crawler)


def listing(**changed: Any) -> dict[str, Any]:
    return {
        "organization_id": str(ORGANIZATION),
        "listing_status": "in_stock",
        "status_evidence": "current_grid",
        "listing_url": URL,
        "title": "1967 Ford Mustang",
        "price": "$54,900",
        "platform": "probe",
        "reader": "probe",
        **changed,
    }


def item(payload: Any, **changed: Any) -> ObservationItem:
    given = {
        "source": Source.DEALER_SITE,
        "kind": Kind.LISTING,
        "url": URL,
        "payload": payload,
        "organization_id": ORGANIZATION,
    }
    return ObservationItem(**{**given, **changed})


async def test_what_fits_is_stamped_with_the_run(pipeline: ContractPipeline) -> None:
    built = await pipeline.process_item(item(listing()))
    assert isinstance(built, Observation)
    assert (built.run_id, built.observed_at.year) == (RUN, 2026)
    assert built.raw_data["price"] == "$54,900"
    # A payload that was built as such is the same observation.
    payload = Listing.model_validate(listing())
    assert (await pipeline.process_item(item(payload))).key == built.key


@pytest.mark.parametrize(
    ("unfit", "kind", "reason"),
    [
        (item(listing(price=54_900)), FieldUnfit, "price:string_type"),
        (item(listing(price="")), FieldUnfit, "price:string_too_short"),
        (item(listing(colour="red")), FieldUnfit, "colour:extra_forbidden"),
        (item(listing(title="a\x00b")), FieldUnfit, "title:value_error"),
        (item(listing(title="\ud800")), FieldUnfit, None),
        (item(listing(listing_status="gone")), FieldUnfit, "listing_status:literal_error"),
        (
            item(listing(listing_url="javascript:x")),
            FieldUnfit,
            "listing_url:string_pattern_mismatch",
        ),
        (item(listing(listing_url=None)), FieldUnfit, None),
        (item(listing(organization_id="me")), FieldUnfit, None),
        (item(listing(price=float("nan"))), FieldUnfit, "listing:not_json"),
        (item({}), FieldUnfit, "organization_id:missing"),
        (item(listing(), kind="rumour"), KindUnfit, "unknown_kind"),
        (item(listing(), kind=Kind.GEOCODE), FieldUnfit, None),
        (item(PageManifest(spider="x", pages=())), KindUnfit, "kind"),
        (item(listing(), url=""), UrlUnfit, "url"),
        (item(listing(), url="https://x/" + "a" * 2100), UrlUnfit, "url"),
        (item(listing(), url="https://x/\x00"), UrlUnfit, "url"),
        (item(listing(), organization_id=RUN), OwnerUnfit, "organization_id"),
        (item(listing(), organization_id=None), OwnerUnfit, "organization_id"),
    ],
)
async def test_what_does_not_fit_is_dropped_by_name(
    pipeline: ContractPipeline, unfit: ObservationItem, kind: type[Unfit], reason: str | None
) -> None:
    with pytest.raises(kind) as dropped:
        await pipeline.process_item(unfit)
    if reason is not None:
        assert dropped.value.reason == reason
    counted = [
        key for key in pipeline.crawler.stats.get_stats() if key.startswith("paddock/unfit/")
    ]
    assert len(counted) == 1


async def test_what_is_no_observation_passes(pipeline: ContractPipeline) -> None:
    other = object()
    assert await pipeline.process_item(other) is other
