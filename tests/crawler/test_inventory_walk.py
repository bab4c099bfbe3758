"""The walk over one organization's inventory: what it says when it finds no grid."""

from uuid import UUID

import pytest

from crawler.claims import HeldRow
from crawler.fetch import Fetched
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownOrganization
from store.queue import Claim

HANDLE = UUID("0d6b1c86-7d1f-5f6c-9d5e-0c0c5a1f7e11")
BEST, NEXT = "https://dealer.example/cars", "https://www.dealer.example/inventory"


@pytest.mark.parametrize(
    ("best", "following", "failure", "blocked"),
    [
        (Fetched(BEST, failure="http_404"), Fetched(NEXT, failure="timeout"), "http_404", False),
        (
            Fetched(BEST, failure="http_404"),
            Fetched(NEXT, failure="robots_unreachable", blocked=True),
            "http_404",
            False,
        ),
        (
            Fetched(BEST, failure="http_404"),
            Fetched(NEXT, failure="challenge", blocked=True),
            "challenge",
            True,
        ),
        (
            Fetched(BEST, failure="robots", blocked=True),
            Fetched(NEXT, failure="http_500"),
            "robots",
            True,
        ),
    ],
)
async def test_the_reason_and_the_verdict_come_from_one_address(
    best: Fetched, following: Fetched, failure: str, blocked: bool
) -> None:
    async def fetch(url: str) -> Fetched:
        assert url == NEXT
        return following

    row = {"organization_id": HANDLE, "run_mode": "both"}
    held = HeldRow(
        "organization_inventory_sync_queue", Claim(1, token=1, attempts=1, max_attempts=5, row=row)
    )
    organization = KnownOrganization(HANDLE, "Dealer", None, (BEST, NEXT), ())
    walk = InventoryWalk(held, organization, fetch, day=0)
    told = [item.payload async for item in walk.items(best)]
    assert (walk.failure, walk.blocked) == (failure, blocked)
    assert [getattr(each, "incomplete_because", None) for each in told] == [failure]
