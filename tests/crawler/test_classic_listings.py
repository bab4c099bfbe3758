"""The fallback where a dealer's own site tells nothing: the seller's table on classic.com."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from contract.observation import Kind, Source
from contract.payloads import InventoryManifest, Listing
from crawler.classic_listings import ClassicListings
from crawler.extract.page import Page
from crawler.fetch import Fetched

HANDLE = UUID("0d6b1c86-7d1f-5f6c-9d5e-0c0c5a1f7e11")
SITE = "https://www.classic.com"
PROFILE = f"{SITE}/s/dealer-4s6c2NG/"
MUSTANG = "/veh/1967-ford-mustang-7r02c100001-aBcDeF1"
PORSCHE = "/veh/1996-porsche-911-turbo-wp0ac2995ts375318-4oGxMP4"


def profile(*rows: tuple[str, str, str, str]) -> str:
    """A profile page with (path, title, price, status) rows."""
    table = "".join(
        f'<tr><td><a href="{path}">{title}</a></td><td>{price}</td><td>{status}</td></tr>'
        for path, title, price, status in rows
    )
    return f"""<title>Dealer - Classic.com</title><h1>Dealer</h1>
<table id="dealer-listings-table"><thead><tr><th>Vehicle</th><th>Price</th><th>Status</th></tr>
</thead><tbody>{table}</tbody></table>"""


def vehicle(title: str) -> str:
    return (
        f"<title>{title} - CLASSIC.COM</title><h1>{title}</h1><div>For Sale</div><div>$54,900</div>"
    )


async def listed(pages: Mapping[str, str], known: tuple[str, ...] = ()) -> tuple[Any, list[Any]]:
    """The reader after it has read, and what it told; pages that are not there are missing."""

    async def fetch(url: str) -> Fetched:
        path = url.removeprefix(SITE)
        if path not in pages:
            return Fetched(url, failure="http_404")
        return Fetched(url, page=Page(url, pages[path]))

    reader = ClassicListings(HANDLE, [PROFILE], [f"{SITE}{path}" for path in known])
    return reader, [item async for item in reader.items(fetch)]


ROWS = (
    (MUSTANG, "1967 Ford Mustang", "$54,900", "For Sale"),
    (PORSCHE, "1996 Porsche 911 Turbo", "$310,000", "Sold"),
)


async def test_the_table_is_told_as_listings_of_classic_com() -> None:
    reader, items = await listed({"/s/dealer-4s6c2NG/": profile(*ROWS)})
    cards = [item.payload for item in items if item.kind is Kind.LISTING]
    assert reader.listed == 2
    assert {item.source for item in items} == {Source.CLASSIC}
    assert all(isinstance(card, Listing) for card in cards)
    told = [(c.listing_url, c.title, c.price, c.listing_status, c.vin) for c in cards]
    assert told[0][:4] == (f"{SITE}{MUSTANG}", "1967 Ford Mustang", "$54,900", "in_stock")
    assert told[1][1:] == (
        "1996 Porsche 911 Turbo", "$310,000", "sold", "WP0AC2995TS375318",
    )  # fmt: skip


async def test_a_part_of_an_inventory_proves_no_absence() -> None:
    _, items = await listed({"/s/dealer-4s6c2NG/": profile(*ROWS)})
    (manifest,) = [item.payload for item in items if item.kind is Kind.INVENTORY_MANIFEST]
    assert isinstance(manifest, InventoryManifest)
    assert manifest.grid_url == PROFILE
    assert (manifest.complete, manifest.incomplete_because) == (False, "directory_shows_a_part")
    assert len(manifest.listings) == 2


async def test_a_car_that_left_the_table_is_asked_for_by_its_page() -> None:
    gone, stays = "/veh/1972-ferrari-dino-04250-QwErTy1", "/veh/1957-bmw-507-70079-ZxCvBn2"
    _, items = await listed(
        {
            "/s/dealer-4s6c2NG/": profile(*ROWS),
            MUSTANG: vehicle("1967 Ford Mustang"),
            stays: vehicle("1957 BMW 507"),
        },
        known=(gone, stays, MUSTANG),
    )
    probes = {probe.url.removeprefix(SITE): probe.verdict for probe in items[-1].payload.probes}
    assert probes[gone] == "gone"
    assert probes[stays] != "gone"
    assert MUSTANG not in probes


async def test_a_seller_without_a_table_is_no_walk_at_all() -> None:
    reader, items = await listed({"/s/dealer-4s6c2NG/": "<title>Dealer</title><h1>Dealer</h1>"})
    assert (reader.listed, reader.refusal, items) == (0, None, [])


async def test_a_profile_that_cannot_be_read_says_why() -> None:
    reader, items = await listed({})
    assert (reader.refusal.failure, items) == ("http_404", [])
