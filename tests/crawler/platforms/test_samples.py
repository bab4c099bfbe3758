"""The known facts of saved real pages, where a collection of them lies beside the checkout."""

from pathlib import Path

import pytest

from crawler.extract.grid import GridPage
from crawler.extract.page import Page
from crawler.platforms import PLATFORMS, recognize

SAMPLES = Path(__file__).parents[4] / "shared" / "samples"
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples beside the checkout")

GATEWAY = "https://www.gatewayclassiccars.com"
STREETSIDE = "https://www.streetsideclassics.com"
CAM = "https://www.classicautomall.com"
STANLEY = "https://stanleyautosales.com"

# (file, URL, platform, [(path, price, mark)], next path, last page, total, sold path)
GRIDS: list[tuple[str, str, str, list[tuple[str, str | None, str | None]], str | None, int | None, int | None, str | None]] = [
    (
        "dealeraccelerate_themes/gateway_srp.html",
        f"{GATEWAY}/vehicles",
        "dealer_accelerate",
        [
            ("/vehicles/san/1300/1983-mercedes-benz-380-sl", "$22,500", None),
            ("/vehicles/tul/867/1939-packard-110", "$53,000", None),
        ],
        "/vehicles?page=2",
        68,
        1755,
        "/vehicles/sold",
    ),
    (
        "dealeraccelerate_themes/gateway_srp_last_page.html",
        f"{GATEWAY}/vehicles?page=68",
        "dealer_accelerate",
        [
            ("/vehicles/san/1300/1983-mercedes-benz-380-sl", "$22,500", None),
            ("/vehicles/tul/867/1939-packard-110", "$53,000", None),
        ],
        None,
        68,
        1755,
        "/vehicles/sold",
    ),
    (
        "dealeraccelerate_themes/gateway_sold_archive.html",
        f"{GATEWAY}/vehicles/sold",
        "dealer_accelerate",
        [("/vehicles/kcm/1440/1966-dodge-charger", None, "sold")],
        "/vehicles/sold?page=2",
        2,
        None,
        None,
    ),
    (
        "dealeraccelerate_themes/streetside_srp_live_and_sold_mixed.html",
        f"{STREETSIDE}/vehicles",
        "dealer_accelerate",
        [
            ("/vehicles/8471-dfw/1955-chevrolet-bel-air-resto-mod-show-car", "$67,995", None),
            ("/vehicles/5252-phx/1973-ford-f-100-ls3-restomod", "$62,995", "sold"),
        ],
        "/vehicles?page=2",
        49,
        None,
        "/vehicles/sold",
    ),
    (
        "dealeraccelerate_themes/classicautomall_srp_jsonld_per_tile.html",
        f"{CAM}/vehicles",
        "dealer_accelerate",
        [
            ("/vehicles/8718/2017-mercedes-benz-slc-43-amg-roadster", "$30,000", None),
            ("/vehicles/8400/1966-chevrolet-malibu-chevelle-convertible", None, "sold"),
        ],
        "/vehicles?page=2",
        26,
        None,
        "/vehicles/sold",
    ),
    (
        "dealeraccelerate_themes/motorcarstudio_srp.html",
        "https://www.motorcarstudio.com/vehicles",
        "dealer_accelerate",
        [("/vehicles/1531/1995-acura-nsx-t", "$198,900", None)],
        None,
        None,
        None,
        "/vehicles/sold",
    ),
    (
        "dealeraccelerate_themes/craftsportsjdm_srp_mounted_at_inventory.html",
        "https://www.craftsportsjdm.com/inventory",
        "dealer_accelerate",
        [("/inventory/476/1995-nissan-skyline-gt-r-r33-bcnr33-gt-r", None, None)],
        None,
        None,
        None,
        None,
    ),
    (
        "autorevo/srp_composite.html",
        f"{STANLEY}/vehicles",
        "autorevo",
        [
            (
                "/2015-audi-a3-2.0t-quattro-premium-plus-%7C-batesville%2C-mississippi/7492327",
                "$11,500",
                None,
            ),
            ("/2006-x-sold-chevrolet-corvette-base/7481657", "Call for Price", "sold"),
            ("/2024-club-car-tempo-gas/7474459", "$6,900", None),
            (
                "/2023-chevrolet-silverado-1500-lt-crewcab-4x4-alexandria-minnesota-56308/7494653",
                "$28,995",
                None,
            ),
            ("/2024-ford-escape-st-line-awd-alexandria-minnesota-56308/7510259", "$18,995", "sold"),
        ],
        "/vehicles?page=2",
        4,
        88,
        None,
    ),
    (
        "automanager/srp.html",
        "https://www.crescentauto.net/view-inventory",
        "automanager",
        [
            (
                "/vehicle-details/2020-kia-sportage-lx-suv-2da335a0bc82478291cd19df195290f4",
                "$10,500",
                None,
            ),
            ("/vehicle-details/2019-tesla-model-3-ff0011", "Call for Price", None),
        ],
        "/view-inventory?page=2",
        3,
        None,
        None,
    ),
]  # fmt: skip
STATUSES = [
    (
        "gateway_vdp_live_with_sold_related_rail.html",
        f"{GATEWAY}/vehicles/san/1300/1983-mercedes-benz-380-sl",
        "in_stock",
    ),
    (
        "gateway_vdp_sold_13char_vin.html",
        f"{GATEWAY}/vehicles/kcm/1440/1966-dodge-charger",
        "sold",
    ),
    (
        "streetside_vdp_sold_no_jsonld.html",
        f"{STREETSIDE}/vehicles/12-cha/1931-ford-model-a",
        "sold",
    ),
]


def _path(url: str | None) -> str | None:
    return None if url is None else "/" + url.split("/", 3)[3]


def _grid(file: str, url: str, platform: str) -> GridPage:
    page = Page(url, (SAMPLES / file).read_bytes())
    assert recognize(page).name == platform
    return recognize(page).read_grid(page)


@pytest.mark.parametrize("known", GRIDS, ids=lambda known: Path(known[0]).stem)
def test_grid_reads_as_known(
    known: tuple[
        str,
        str,
        str,
        list[tuple[str, str | None, str | None]],
        str | None,
        int | None,
        int | None,
        str | None,
    ],
) -> None:
    file, url, platform, cards, next_path, last, total, sold = known
    grid = _grid(file, url, platform)
    assert [(_path(card.url), card.price, card.mark) for card in grid.cards] == cards
    assert _path(grid.next_url) == next_path
    assert (grid.last_page, grid.declared_total) == (last, total)
    assert _path(grid.sold_grid_url) == sold
    # The same tiles without knowing the platform.
    blind = PLATFORMS[-1].read_grid(Page(url, (SAMPLES / file).read_bytes()))
    assert {card.url for card in blind.cards} == {card.url for card in grid.cards}


@pytest.mark.parametrize(("file", "url", "status"), STATUSES)
def test_vehicle_page_reads_as_known(file: str, url: str, status: str) -> None:
    page = Page(url, (SAMPLES / "dealeraccelerate_themes" / file).read_bytes())
    assert recognize(page).read_status(page).status == status


def test_tile_fields_of_each_theme() -> None:
    audi = _grid("autorevo/srp_composite.html", f"{STANLEY}/vehicles", "autorevo").cards[0]
    assert (audi.year, audi.make, audi.model, audi.trim) == (
        "2015",
        "Audi",
        "A3",
        "2.0T quattro Premium Plus",
    )
    assert (audi.vin, audi.stock_number, audi.mileage) == (
        "WAUEFGFF7F1123559",
        "123559",
        "125,252",
    )
    assert audi.image_urls == (
        "https://cf-img.autorevo.com/photo-slug/640x640/3196124-9-revo.jpg?_=1781030442",
    )
    slc = _grid(
        "dealeraccelerate_themes/classicautomall_srp_jsonld_per_tile.html",
        f"{CAM}/vehicles",
        "dealer_accelerate",
    ).cards[0]
    assert (slc.title, slc.vin, slc.mileage) == (
        "2017 Mercedes-Benz SLC 43 AMG Roadster",
        "WDDPK6GA4HF132655",
        "67466",
    )
    kia = _grid(
        "automanager/srp.html", "https://www.crescentauto.net/view-inventory", "automanager"
    ).cards[0]
    assert (kia.price_label, kia.vin, kia.mileage) == (
        "Internet Price",
        "KNDPMCAC5L7809535",
        "147759",
    )
