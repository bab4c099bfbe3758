"""Walks over small sites of pages in memory: how each kind of end is told."""

from collections.abc import Mapping

import pytest

from crawler.extract.page import Page
from crawler.fetch import Fetch, Fetched
from crawler.walk import GridWalk, walk_grid

SITE = "https://dealer.example"


def grid(cars: range, pager: str = "", head: str = "") -> str:
    """A hand-made grid page with one card per car."""
    cards = "".join(
        f'<div class="car"><a href="/cars/{1960 + n % 60}-ford-mustang-{n}"><img src="/p/{n}.jpg">'
        f"<h3>{1960 + n % 60} Ford Mustang {n}</h3></a><span class='price'>${n + 20},000</span></div>"
        for n in cars
    )
    return f"<html><body><p>{head}</p><div class='list'>{cards}</div>{pager}</body></html>"


def pager(*pages: int, current: int, following: int | None) -> str:
    numbers = "".join(
        f"<li class='active'><a href='/cars?page={n}'>{n}</a></li>"
        if n == current
        else f"<li><a href='/cars?page={n}'>{n}</a></li>"
        for n in pages
    )
    after = f"<li class='next'><a rel='next' href='/cars?page={following}'>»</a></li>"
    return f"<ul class='pagination'>{numbers}{after if following else ''}</ul>"


def site(pages: Mapping[str, str | Fetched]) -> Fetch:
    async def fetch(url: str) -> Fetched:
        answer = pages.get(url.removeprefix(SITE), Fetched(url, failure="http_404"))
        if isinstance(answer, Fetched):
            return answer
        return Fetched(url, page=Page(url, answer))

    return fetch


async def walked(pages: Mapping[str, str | Fetched]) -> GridWalk:
    walk = GridWalk(f"{SITE}/cars", "current")
    async for _ in walk_grid(walk, site(pages)):
        pass
    return walk


async def test_every_page_is_read_and_every_listing_counted_once() -> None:
    walk = await walked(
        {
            "/cars": grid(range(10), pager(1, 2, 3, current=1, following=2)),
            "/cars?page=2": grid(range(8, 20), pager(1, 2, 3, current=2, following=3)),
            "/cars?page=3": grid(range(20, 25), pager(1, 2, 3, current=3, following=None)),
        }
    )
    assert (walk.pages, len(walk.listings), walk.complete) == (3, 25, True)


BLOCKED = Fetched(f"{SITE}/cars?page=2", failure="challenge", blocked=True)


@pytest.mark.parametrize(
    ("pages", "reason", "listings"),
    [
        pytest.param(
            {
                "/cars": grid(range(10), pager(1, 2, current=1, following=2)),
                "/cars?page=2": BLOCKED,
            },
            "challenge",
            10,
            id="blocked_on_the_second_page",
        ),
        pytest.param(
            {"/cars": grid(range(10), pager(1, 2, current=1, following=2))},
            "http_404",
            10,
            id="second_page_missing",
        ),
        pytest.param(
            {
                "/cars": grid(range(10), pager(1, 2, 7, current=1, following=2)),
                "/cars?page=2": grid(range(10, 20)),
            },
            "pager_ended_early",
            20,
            id="pager_ends_before_its_own_numbers",
        ),
        pytest.param(
            {"/cars": grid(range(10), head="Showing 1-10 of 64 vehicles")},
            "fewer_than_declared",
            10,
            id="fewer_than_the_site_declares",
        ),
        pytest.param({"/cars": grid(range(0))}, "no_listings", 0, id="nothing_there"),
    ],
)
async def test_a_walk_that_did_not_reach_its_end_says_why(
    pages: Mapping[str, str | Fetched], reason: str, listings: int
) -> None:
    walk = await walked(pages)
    assert (walk.incomplete_because, len(walk.listings)) == (reason, listings)


async def test_an_endless_pager_is_bounded() -> None:
    asked = 0

    async def fetch(url: str) -> Fetched:
        nonlocal asked
        asked += 1
        html = grid(range(10), f"<a rel='next' href='/cars?page={asked + 1}'>Next</a>")
        return Fetched(url, page=Page(url, html))

    walk = GridWalk(f"{SITE}/cars", "current")
    async for _ in walk_grid(walk, fetch):
        pass
    assert (walk.incomplete_because, asked) == ("pager_loop", 3)


async def test_a_grid_that_a_script_has_yet_to_draw_is_unread_and_not_empty() -> None:
    shell = '<html><body><h1>Inventory</h1><div class="inventory-app" data-dealer="7"></div><script src="/app.js"></script></body></html>'  # fmt: skip
    walk = await walked({"/cars": shell})
    assert (walk.incomplete_because, walk.listings) == ("needs_script", {})


async def test_no_tree_is_kept_while_a_walk_waits_for_its_next_page() -> None:
    answered: list[Page] = []

    async def fetch(url: str) -> Fetched:
        assert not any("elements" in vars(page) for page in answered)
        number = len(answered)
        following = f"<a rel='next' href='/cars?page={number + 2}'>Next</a>" if number < 4 else ""
        answered.append(Page(url, grid(range(10 * number, 10 * number + 10), following)))
        return Fetched(url, page=answered[-1])

    walk = GridWalk(f"{SITE}/cars", "current")
    async for _ in walk_grid(walk, fetch):
        assert "elements" in vars(answered[-1])
    assert (walk.pages, len(walk.listings)) == (5, 50)
