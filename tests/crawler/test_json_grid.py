"""Walks over grids whose cars come from JSON: which endpoint is asked, how its pages are followed,
and how each kind of end is told."""

import json
from collections.abc import Mapping
from typing import Any

import pytest

from crawler.extract.embedded import EmbeddedGrid
from crawler.extract.embedded_grid import GridRules
from crawler.extract.json_endpoint import JsonGrid, JsonPages, JsonRequest, named_endpoints
from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.json_grid import Ask, walk_whole_grid
from crawler.walk import GridWalk

SITE = "https://dealer.example"
MOUNT = '<div class="inventory-app" data-dealer="7"></div>'
NO_RULES = GridRules()


def car(n: int) -> dict[str, Any]:
    return {
        "vin": f"1HGCM82633A{n:06d}", "year": 2003, "make": "Honda", "model": "Accord",
        "price": 9_000 + n, "url": f"/inventory/2003-honda-accord-{n}",
    }  # fmt: skip


def endpoint(total: int, cap: int = 10, lag: int = 0) -> Ask:
    """An endpoint with ``total - lag`` cars, at most ``cap`` a page, that counts ``total``."""

    async def ask(asked: JsonRequest) -> Fetched:
        start = (asked.number - 1) * cap
        cars = [car(n) for n in range(start, min(start + cap, total - lag))]
        answer = {"results": cars, "total": total, "page": asked.number, "perPage": cap}
        return Fetched(asked.url, page=Page(asked.url, json.dumps(answer)))

    return ask


async def walked(html: str, ask: Ask | None) -> GridWalk:
    async def fetch(url: str, known: Any = None) -> Fetched:
        return Fetched(url, page=Page(url, html))

    walk = GridWalk(f"{SITE}/inventory", "current")
    async for _ in walk_whole_grid(walk, fetch, ask):
        pass
    return walk


NAMED = f'<script>fetch("/api/vehicles?page=1&limit=10").then(draw)</script>{MOUNT}'


async def test_an_endpoint_named_in_a_script_is_read_to_its_end() -> None:
    walk = await walked(NAMED, endpoint(25))
    assert (len(walk.listings), walk.complete, walk.declared_total) == (25, True, 25)
    assert (walk.pages, walk.grid_url) == (1 + 3, f"{SITE}/inventory")


async def test_a_total_that_runs_two_ahead_is_no_missing_car() -> None:
    walk = await walked(NAMED, endpoint(25, lag=2))
    assert (len(walk.listings), walk.complete) == (23, True)


async def test_an_endpoint_that_tells_less_than_it_counts_is_incomplete() -> None:
    walk = await walked(NAMED, endpoint(25, lag=9))
    assert walk.incomplete_because == "fewer_than_declared"


FAILURES: Mapping[str, tuple[Fetched, str]] = {
    "robots": (Fetched(SITE, failure="robots", blocked=True), "needs_script"),
    "gone": (Fetched(SITE, failure="http_404"), "needs_script"),
    "no_json": (Fetched(SITE, page=Page(SITE, "<html>No</html>")), "needs_script"),
    "no_cars": (Fetched(SITE, page=Page(SITE, '{"results": [], "total": 0}')), "needs_script"),
}


@pytest.mark.parametrize(("answer", "reason"), FAILURES.values(), ids=FAILURES.keys())
async def test_an_endpoint_that_tells_nothing_leaves_the_grid_unread(
    answer: Fetched, reason: str
) -> None:
    async def ask(asked: JsonRequest) -> Fetched:
        return answer

    walk = await walked(NAMED, ask)
    assert (walk.incomplete_because, walk.listings, walk.blocked) == (reason, {}, False)


async def test_an_endpoint_that_fails_midway_says_so_and_keeps_what_it_told() -> None:
    whole = endpoint(25)

    async def ask(asked: JsonRequest) -> Fetched:
        if asked.number == 3:
            return Fetched(asked.url, failure="rate_limited", blocked=True)
        return await whole(asked)

    walk = await walked(NAMED, ask)
    assert (walk.incomplete_because, len(walk.listings), walk.blocked) == ("rate_limited", 20, True)


async def test_a_grid_that_told_all_in_html_asks_nothing() -> None:
    async def ask(asked: JsonRequest) -> Fetched:
        raise AssertionError(asked.url)

    state = (
        f"<script>fetch('/api/vehicles?page=1');var s = {json.dumps([car(1), car(2)])};</script>"
    )
    walk = await walked(state, ask)
    assert (len(walk.listings), walk.complete) == (2, True)


async def test_an_endless_endpoint_is_bounded() -> None:
    asked_for: list[int] = []

    async def ask(asked: JsonRequest) -> Fetched:
        asked_for.append(asked.number)
        answer = {"results": [car(n) for n in range(10)], "total": 9_999}
        return Fetched(asked.url, page=Page(asked.url, json.dumps(answer)))

    walk = await walked(NAMED, ask)
    assert (walk.incomplete_because, len(asked_for)) == ("fewer_than_declared", 3)


@pytest.mark.parametrize(
    ("html", "urls"),
    [
        ('<div data-api="/api/v1/inventory"></div>', ["/api/v1/inventory"]),
        ("<script>axios.get('/wp-json/dealer/v1/vehicles?per_page=50', x)</script>", ["/wp-json/dealer/v1/vehicles?per_page=50"]),
        ('<script>var c = {apiUrl: "\\/inventory\\/ajax\\/search"};</script>', ["/inventory/ajax/search"]),
        ('<div data-url="/inventory/list.json"></div>', ["/inventory/list.json"]),
        # Other hosts, other things, one car, an open template, a page.
        ('<div data-api="https://tracker.test/api/vehicles"></div>', []),
        ('<div data-api="/api/vehicles/similar"></div>', []),
        ('<div data-api="/api/vehicles/12345"></div>', []),
        ('<script>fetch(`/api/vehicles/${id}`)</script>', []),
        ('<script>fetch("/api/inventory/facets")</script>', []),
        ('<script>fetch("/api/leads/vehicle")</script>', []),
        ('<div data-url="/inventory/1967-ford-mustang"></div>', []),
        ("".join(f'<div data-api="/api/{n}/vehicles"></div>' for n in "abc"), ["/api/a/vehicles", "/api/b/vehicles"]),
    ],
)  # fmt: skip
def test_which_endpoints_a_page_names(html: str, urls: list[str]) -> None:
    found = list(named_endpoints(Page(f"{SITE}/inventory", html), NO_RULES))
    assert [first.url.removeprefix(SITE) for one in found if (first := one.first())] == urls


DECLARED = JsonGrid(
    url="https://{app}-dsn.search.test/1/{index}?{query}",
    settings=(("app", r'"app":"([^"]*)"'), ("index", r'"index":"([^"]*)"')),
    defaults={"index": "cars"},
    body={"params": "page={number}&hits={size}", "from": "{number}", "ids": ["{index}"]},
    headers={"X-Application": "{app}"},
    step="page",
    first=0,
    hosts=("search.test",),
)


def declared(html: str, grid: JsonGrid = DECLARED) -> JsonRequest | None:
    page = Page(f"{SITE}/inventory?make=Ford&page=2", f"<script>{html}</script>")
    pages = JsonPages.of(grid, page, NO_RULES)
    return pages.first() if pages else None


def test_a_declared_endpoint_is_filled_from_the_page() -> None:
    asked = declared('x = {"app":"ABC1"}')
    assert asked is not None
    assert asked.url == "https://abc1-dsn.search.test/1/cars?make=Ford"
    assert json.loads(asked.body or "") == {"params": "page=0&hits=100", "from": 0, "ids": ["cars"]}
    assert (asked.method, asked.headers["X-Application"]) == ("POST", "ABC1")


@pytest.mark.parametrize(
    "html",
    ["", 'x = {"app":""}', 'x = {"app":"evil.test/#"}', 'x = {"app":"a@evil.test:80/?"}'],
)
def test_a_page_cannot_send_the_request_elsewhere(html: str) -> None:
    assert declared(html) is None


def test_following_stops_at_the_end() -> None:
    page = Page(f"{SITE}/inventory", "")
    pages = JsonPages(JsonGrid(url="/api?o={number}", step="offset", size=50), page, {}, NO_RULES)
    asked = pages.first()
    assert asked is not None

    def following(unclaimed: int, total: int | None) -> int | None:
        after = pages.following(asked, EmbeddedGrid(unclaimed=unclaimed, total=total))
        return after.number if after else None

    # A server may cap its pages below what was asked for: the next offset is what it gave.
    assert following(24, 60) == 24
    assert following(24, 24) is None
    assert following(50, None) == 50
    assert following(49, None) is None
    assert following(0, 60) is None
