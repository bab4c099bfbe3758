"""What the pages of missing listings prove, and what they do not."""

from collections.abc import Mapping

from crawler.extract.page import Page
from crawler.fetch import Fetch, Fetched
from crawler.platforms import recognize
from crawler.probe import MAX_PROBES, probe_missing

SITE = "https://dealer.example"
GRID = f"{SITE}/vehicles"
SIBLING = f"{SITE}/vehicles/1/1967-ford-mustang"
MISSING = f"{SITE}/vehicles/2/1968-ford-bronco"


def vehicle(availability: str, rail: str = "") -> str:
    return f"""<html><body><h1>1968 Ford Bronco</h1><script type="application/ld+json">
    {{"@type": ["Product", "Vehicle"], "name": "1968 Ford Bronco",
      "offers": {{"@type": "Offer", "availability": "https://schema.org/{availability}"}}}}</script>
    {rail}</body></html>"""


def site(pages: Mapping[str, str | Fetched]) -> Fetch:
    async def fetch(url: str) -> Fetched:
        answer = pages.get(url, Fetched(url, failure="http_404"))
        return answer if isinstance(answer, Fetched) else Fetched(url, page=Page(url, answer))

    return fetch


async def verdict(answer: str | Fetched, sibling: str | Fetched | None = None) -> tuple[str, bool]:
    pages = {MISSING: answer, SIBLING: vehicle("InStock") if sibling is None else sibling}
    platform = recognize(Page(GRID, "<html></html>"))
    (probe,) = await probe_missing([MISSING], [SIBLING], GRID, platform, site(pages))
    return probe.verdict, probe.sold


async def test_a_page_that_still_offers_the_car_is_alive() -> None:
    assert await verdict(vehicle("InStock")) == ("alive", False)


async def test_a_sold_mark_on_the_page_is_explicit() -> None:
    assert await verdict(vehicle("SoldOut")) == ("alive", True)


async def test_sold_cars_in_the_related_rail_do_not_sell() -> None:
    rail = """<section class='related'><article><a class='vehicle-grid__link-sold' href='/vehicles/9/x'>
    <div class='vlp-ribbon sold'>Sold</div></a></article></section>"""
    assert await verdict(vehicle("InStock", rail)) == ("alive", False)


async def test_404_and_410_are_gone() -> None:
    for failure in ("http_404", "http_410"):
        assert await verdict(Fetched(MISSING, failure=failure)) == ("gone", False)


async def test_a_redirect_to_the_grid_is_gone() -> None:
    page = Page(GRID, "<html><body>All cars</body></html>")
    assert await verdict(Fetched(GRID, page=page)) == ("gone", False)


async def redirected(to: str) -> str:
    answer = Fetched(to, page=Page(to, vehicle("InStock")))
    return (await verdict(answer))[0]


async def test_a_redirect_to_another_car_that_the_walk_saw_is_gone() -> None:
    assert await redirected(SIBLING) == "gone"


async def test_a_redirect_to_a_car_that_nobody_knows_proves_nothing() -> None:
    assert await redirected(f"{SITE}/vehicles/3/1971-fiat-850") == "unknown"
    assert await redirected(f"{SITE}/vehicles/3/1971-ford-bronco") == "unknown"


async def test_a_redirect_to_a_new_address_of_the_page_is_alive() -> None:
    assert await redirected(f"{SITE}/inventory/2/1968-ford-bronco-for-sale") == "alive"


async def test_a_redirect_to_another_site_proves_nothing() -> None:
    assert await redirected("https://parked.example/vehicles") == "unknown"
    assert await redirected("https://parked.example/vehicles/2/1968-ford-bronco") == "unknown"


async def test_a_soft_404_is_gone() -> None:
    html = "<html><body><h1>Sorry, this vehicle is no longer available</h1></body></html>"
    assert await verdict(html) == ("gone", False)


async def test_blocks_and_errors_prove_nothing() -> None:
    for answer in (
        Fetched(MISSING, failure="challenge", blocked=True),
        Fetched(MISSING, failure="http_503"),
        Fetched(MISSING, failure="timeout"),
    ):
        assert (await verdict(answer))[0] == "unknown"


async def test_nothing_is_gone_while_no_sibling_answers() -> None:
    down = Fetched(SIBLING, failure="http_404")
    assert (await verdict(Fetched(MISSING, failure="http_404"), down))[0] == "unknown"


async def test_probes_are_capped_and_the_rest_is_unknown() -> None:
    asked = 0

    async def fetch(url: str) -> Fetched:
        nonlocal asked
        asked += 1
        return Fetched(url, page=Page(url, vehicle("InStock")))

    missing = [f"{SITE}/vehicles/{n}/1968-ford-bronco" for n in range(MAX_PROBES + 40)]
    platform = recognize(Page(GRID, "<html></html>"))
    probes = await probe_missing(missing, [SIBLING], GRID, platform, fetch)
    assert asked == MAX_PROBES + 1
    assert [p.verdict for p in probes].count("unknown") == 40
    assert len(probes) == len(missing)
