"""Sites that move, loop, swell or stall: every walk ends, within its bounds, and says truthfully
how. Nothing here may end as a proof of absence that it is not."""

from collections.abc import Callable
from http.server import BaseHTTPRequestHandler
from itertools import count
from time import sleep
from typing import Any
from uuid import UUID

import pytest

from contract.payloads import InventoryManifest
from crawler import walk as walks
from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownOrganization
from tests.crawler.conftest import Answers
from tests.crawler.grid_visits import held_inventory
from tests.crawler.loopback import Answer, serve

HANDLE = UUID("0d6b1c86-7d1f-5f6c-9d5e-0c0c5a1f7e11")
SITE = "https://www.alpha.example"
GRID = f"{SITE}/inventory"
Answerer = Callable[[str], Fetched]


def tiles(numbers: Any, price: int = 20_000) -> str:
    return "".join(
        f'<div class="car"><a href="/inventory/{1950 + n % 40}-ford-mustang-{n}">'
        f'<h3>{1950 + n % 40} Ford Mustang {n}</h3><img src="/photos/{n}.jpg"></a>'
        f'<p class="price">${price + n:,}</p></div>'
        for n in numbers
    )


def page(body: str, title: str = "Alpha Motors") -> str:
    return f"<html><head><title>{title}</title></head><body><h1>Our cars</h1><div>{body}</div></body></html>"


def following(address: str) -> str:
    return f'<nav class="pagination"><a rel="next" href="{address}">Next</a></nav>'


async def told(
    answer: Answerer, offered: tuple[str, ...] = (), name: str = "Alpha Motors"
) -> tuple[InventoryWalk, InventoryManifest, list[str]]:
    """Walk; returns the walk, its manifest, and the addresses asked for."""
    asked: list[str] = []

    async def fetch(url: str) -> Fetched:
        asked.append(url)
        assert len(asked) < 1_000, "it does not end"
        return answer(url)

    known = KnownOrganization(HANDLE, name, SITE, (GRID,), offered, had_grid=bool(offered))
    walk = InventoryWalk(held_inventory(HANDLE), known, fetch, 0)
    items = [item async for item in walk.items(await fetch(GRID))]
    manifests = (*(item for item in items if item.url == GRID), *walk.finished().manifests)
    payload = manifests[-1].payload
    assert isinstance(payload, InventoryManifest)
    return walk, payload, asked


def at(url: str, body: str, title: str = "Alpha Motors") -> Fetched:
    return Fetched(url, page=Page(url, page(body, title)))


def the_same_cars_for_ever(url: str, turn: int) -> str:
    return tiles(range(10)) + following(f"/inventory?page={turn + 1}")


def a_session_in_every_link(url: str, turn: int) -> str:
    return tiles(range(10)) + following(f"/inventory?sid={turn:032x}&page=2")


def a_calendar(url: str, turn: int) -> str:
    return tiles(range(10)) + following(f"/inventory?month={2000 + turn // 12}-{turn % 12 + 1:02}")


def prices_that_change(url: str, turn: int) -> str:
    return tiles(range(10), 20_000 + turn) + following(f"/inventory?page={turn + 1}")


def its_first_page_under_another_name(url: str, turn: int) -> str:
    return tiles(range(10)) + following("/inventory?page=1")


def back_and_forth(url: str, turn: int) -> str:
    here = "page=2" in url
    return tiles(range(10, 20) if here else range(10)) + following(
        "/inventory?page=3" if here else "/inventory?page=2"
    )


@pytest.mark.parametrize(
    ("loop", "cars", "reason", "most"),
    [
        (the_same_cars_for_ever, 10, "pager_loop", 3),
        (prices_that_change, 10, "pager_loop", 3),
        # These come to an end of their own: every page that there is was read.
        (a_session_in_every_link, 10, None, 2),
        (a_calendar, 10, None, 1),
        (its_first_page_under_another_name, 10, None, 1),
        (back_and_forth, 20, None, 3),
    ],
)
async def test_a_pager_that_loops_is_left(
    loop: Callable[[str, int], str], cars: int, reason: str | None, most: int
) -> None:
    turns = count(1)
    _, manifest, asked = await told(lambda url: at(url, loop(url, next(turns))))
    assert manifest.incomplete_because == reason
    assert len(asked) <= most
    assert len(manifest.listings) == cars


async def test_a_session_number_in_the_pager_hides_no_page() -> None:
    def answer(url: str) -> Fetched:
        number = int(url.rpartition("page=")[2]) if "page=" in url else 1
        ahead = following(f"/inventory?sid={number:032x}&page={number + 1}") if number < 4 else ""
        return at(url, tiles(range(10 * number, 10 * number + 10)) + ahead)

    _, manifest, asked = await told(answer)
    assert (manifest.complete, len(manifest.listings), len(asked)) == (True, 40, 4)


async def test_a_pager_without_end_stops_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    """Infinite distinct cars, or 50,000 honest pages: the limit is the same."""
    monkeypatch.setattr(walks, "MAX_PAGES", 20)
    turns = count(1)

    def answer(url: str) -> Fetched:
        turn = next(turns)
        cars = tiles(range(10 * turn, 10 * turn + 10))
        return at(
            url, f"<p>Page {turn} of 50,000</p>{cars}{following(f'/inventory?page={turn + 1}')}"
        )

    _, manifest, asked = await told(answer)
    assert (manifest.complete, manifest.incomplete_because) == (False, "page_limit")
    assert (len(asked), len(manifest.listings)) == (20, 200)


async def test_a_soft_404_in_the_middle_of_a_grid_is_no_end_of_it() -> None:
    def answer(url: str) -> Fetched:
        if "page=2" in url:
            return Fetched(url, page=Page(url, "<title>Page not found</title><h1>Oops!</h1>"))
        return at(url, tiles(range(10)) + following("/inventory?page=2"))

    _, manifest, _ = await told(answer)
    assert manifest.incomplete_because == "soft_404"
    assert len(manifest.listings) == 10


@pytest.mark.parametrize(
    ("html", "reason"),
    [
        (
            "<title>Page not found - Alpha</title><h1>Sorry</h1><p>Try the home page.</p>",
            "soft_404",
        ),
        ("<html><body></body></html>", "empty"),
    ],
)
async def test_a_site_that_is_not_there_never_shows_an_empty_lot(html: str, reason: str) -> None:
    offered = tuple(f"{SITE}/inventory/1967-ford-mustang-{n}" for n in range(9))
    walk, manifest, _ = await told(lambda url: Fetched(url, page=Page(url, html)), offered)
    assert walk.failure == manifest.incomplete_because == reason
    assert not manifest.complete
    assert manifest.probes == ()


@pytest.mark.parametrize("kind", ["parked", "maintenance", "coming_soon", "login", "cookie_wall"])
async def test_a_retired_site_is_told_by_its_kind(kind: str) -> None:
    offered = (f"{SITE}/inventory/1967-ford-mustang-1",)
    walk, manifest, _ = await told(lambda url: Fetched(url, failure=kind, blocked=True), offered)
    assert (walk.failure, walk.blocked) == (kind, True)
    assert (manifest.complete, manifest.incomplete_because) == (False, kind)
    assert manifest.probes == ()


async def test_a_dealer_is_followed_to_his_new_domain() -> None:
    def answer(url: str) -> Fetched:
        if url.endswith(".html"):
            return Fetched(url, failure="http_404")
        return at("https://alphaclassics.example/cars", tiles(range(5)), "Alpha Classics")

    walk, manifest, _ = await told(answer, (f"{SITE}/inventory/1967.html",), "Alpha Classic Cars")
    assert walk.moved == ("alpha.example", "alphaclassics.example")
    assert manifest.complete
    assert manifest.grid_url == "https://alphaclassics.example/cars"
    assert all(seen.url.startswith("https://alphaclassics.example/") for seen in manifest.listings)


async def test_a_domain_that_somebody_else_bought_is_not_followed() -> None:
    offered = (f"{SITE}/inventory/1967-ford-mustang-1",)
    walk, manifest, _ = await told(
        lambda url: at("https://beta.example/cars", tiles(range(5)), "Beta Cars of Reno"), offered
    )
    assert walk.failure == manifest.incomplete_because == "moved_elsewhere"
    assert manifest.listings == ()
    assert manifest.probes == ()


async def test_a_grid_that_was_mounted_elsewhere_is_found_again() -> None:
    def answer(url: str) -> Fetched:
        if url == GRID:
            return Fetched(url, failure="http_404")
        if url == SITE:
            return at(url, '<a href="/showroom">Our inventory</a>')
        return at(url, tiles(range(5)))

    asked: list[str] = []

    async def fetch(url: str) -> Fetched:
        asked.append(url)
        return answer(url)

    known = KnownOrganization(HANDLE, "Alpha Motors", SITE, (GRID, SITE), ())
    walk = InventoryWalk(held_inventory(HANDLE), known, fetch, 0)
    [item async for item in walk.items(await fetch(GRID))]
    [manifest] = walk.finished().manifests
    assert isinstance(manifest.payload, InventoryManifest)
    assert manifest.payload.grid_url == f"{SITE}/showroom"
    assert (manifest.payload.complete, len(manifest.payload.listings)) == (True, 5)
    assert len(asked) < 9


def drip(handler: BaseHTTPRequestHandler) -> None:
    """A byte now and then, for ever."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/html")
    handler.end_headers()
    for _ in range(60):
        handler.wfile.write(b".")
        handler.wfile.flush()
        sleep(0.3)


def test_answers_without_end_are_cut_off(ask: Callable[..., Answers]) -> None:
    def bounce(there: str) -> Answer:
        return Answer(302, "", {"Location": there})

    def refresh(there: str) -> Answer:
        return Answer(
            body=f'<meta http-equiv="refresh" content="0;url={there}"><title>Wait</title>'
        )

    pages: dict[str, Any] = {
        "/loop": bounce("/loop2"),
        "/loop2": bounce("/loop"),
        "/self": bounce("/self"),
        "/refresh": refresh("/refresh2"),
        "/refresh2": refresh("/refresh"),
        "/drip": drip,
        "/fine": Answer(),
    }
    for n in range(12):
        pages[f"/chain{n}"] = bounce(f"/chain{n + 1}")
    with serve(pages) as site:
        starts = ("/loop", "/self", "/refresh", "/chain0", "/drip", "/fine")
        answers = ask([site.url(path) for path in starts], inline=True, DOWNLOAD_TIMEOUT="2")
        paths = site.paths()
    assert answers.exit_code == 0
    found = {answer["url"].rpartition("/")[2]: answer for answer in answers.answers}
    assert {path for path, answer in found.items() if "status" in answer} == {"fine"}
    endless = {"loop", "self", "refresh", "chain0"}
    assert {found[path]["detail"] for path in endless} == {"max redirections reached"}
    assert found["drip"]["error"] == "DownloadTimeoutError"
    # Five redirects are followed, no sixth.
    assert "/chain5" in paths
    assert "/chain6" not in paths
    assert len(paths) < 60
