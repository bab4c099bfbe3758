"""The grid behind a name of its own: which links of a navigation are followed, how many, and which
page of cars is taken for the inventory."""

from collections.abc import Iterable, Mapping, Sequence

import pytest

from contract.urls import url_identity
from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.navigation import MAX_TRIED, page_of_cars

SITE = "https://dealer.example"
HOME = f"{SITE}/"
SHELL = '<h1>Treasures</h1><div id="inventory-app"></div><script src="/app.js"></script>'
STORIES = ("/story", "/marble", "/paint", "/leather", "/chrome", "/wood", "/glass")


def cars(*names: str, priced: int) -> str:
    """Tiles of Mustangs that are called after ``names``; the first few have a price."""
    return "".join(
        f'<div class="car"><a href="/car/{name}"><img src="/{name}.jpg"><h3>1967 Ford Mustang '
        f"{name}</h3></a><p>{'$20,000' if number < priced else 'Nice.'}</p></div>"
        for number, name in enumerate(names)
    )


def leading_to(*paths: str, body: str = "") -> Page:
    links = "".join(f'<a href="{path}">{path[1:].title()}</a>' for path in paths)
    return Page(HOME, f"<nav>{links}</nav><h1>Welcome</h1>{body}")


def identities(*paths: str) -> frozenset[str]:
    return frozenset(url_identity(SITE + path) for path in paths)


async def followed(
    pages: Sequence[Page],
    answers: Mapping[str, str | Fetched],
    tried: Iterable[str] = (),
    featured: Iterable[str] = (),
) -> tuple[str | None, list[str]]:
    """Where the navigation was found to lead, and what was asked for; all of it as paths. A path
    without an answer tells a story of no car."""
    asked: list[str] = []

    async def fetch(url: str) -> Fetched:
        path = url.removeprefix(SITE)
        asked.append(path)
        answer = answers.get(path, "<h1>Since 1983</h1>")
        return answer if isinstance(answer, Fetched) else Fetched(url, page=Page(url, answer))

    found = await page_of_cars(pages, identities(*tried), fetch, identities(*featured))
    return found.url.removeprefix(SITE) if found else None, asked


TREASURES = {"/treasures": cars("a", "b", priced=2)}


async def test_links_are_followed_in_their_order_until_one_shows_cars() -> None:
    home = leading_to("/story", "/treasures", "/marble")
    assert await followed([home], TREASURES) == ("/treasures", ["/story", "/treasures"])
    assert await followed([home], {}) == (None, ["/story", "/treasures", "/marble"])


async def test_a_link_is_followed_once_and_not_where_it_was_tried() -> None:
    home, menu = leading_to("/story", "/marble"), leading_to("/marble", "/treasures")
    found = await followed([home, menu], TREASURES, tried=["/story/"])
    assert found == ("/treasures", ["/marble", "/treasures"])


@pytest.mark.parametrize("tried", [0, 1, 2])
async def test_few_links_are_followed_and_those_that_were_tried_are_none_of_them(
    tried: int,
) -> None:
    ahead = [*STORIES, "/treasures"][tried:]
    asked = ahead[:MAX_TRIED]
    assert await followed(
        [leading_to(*STORIES, "/treasures")], TREASURES, tried=STORIES[:tried]
    ) == ("/treasures" if asked == ahead else None, asked)


@pytest.mark.parametrize(
    ("failure", "blocked", "goes_on"),
    [
        ("http_404", False, True),
        ("robots", True, True),
        ("challenge", True, False),
        ("robots_unreachable", True, False),
    ],
)
async def test_a_page_that_fails_is_passed_over_and_a_site_that_turns_us_away_is_left(
    failure: str, blocked: bool, goes_on: bool
) -> None:
    refused = Fetched(f"{SITE}/story", failure=failure, blocked=blocked)
    found = await followed([leading_to("/story", "/treasures")], {"/story": refused, **TREASURES})
    assert found == (("/treasures", ["/story", "/treasures"]) if goes_on else (None, ["/story"]))


@pytest.mark.parametrize(("priced", "is_grid"), [(0, False), (1, False), (2, True)])
async def test_a_page_of_cars_without_prices_shows_past_work(priced: int, is_grid: bool) -> None:
    work = {"/workshop": cars("a", "b", priced=priced)}
    found, _ = await followed([leading_to("/workshop")], work)
    assert found == ("/workshop" if is_grid else None)


async def test_a_mark_says_as_much_as_a_price() -> None:
    marked = cars("a", "b", priced=0).replace("Nice.", "SOLD")
    assert (await followed([leading_to("/treasures")], {"/treasures": marked}))[0] == "/treasures"


@pytest.mark.parametrize(
    ("names", "priced", "is_grid"),
    [
        ("ab", 2, False),  # no more than are featured
        ("abc", 0, True),  # all that are featured, and one more
        ("acd", 3, True),  # others, on offer
        ("acd", 0, False),  # others, of the past
    ],
)
async def test_the_grid_behind_featured_cars_shows_more_of_them_or_more_on_offer(
    names: str, priced: int, is_grid: bool
) -> None:
    home = leading_to("/treasures", body=cars("a", "b", priced=2))
    page = {"/treasures": cars(*names, priced=priced)}
    found, asked = await followed([home], page, featured=["/car/a", "/car/b"])
    assert (found, asked) == ("/treasures" if is_grid else None, ["/treasures"])


async def test_a_page_that_a_script_has_yet_to_draw_is_the_grid_where_no_car_is_featured() -> None:
    home, shell = leading_to("/treasures"), {"/treasures": SHELL}
    assert (await followed([home], shell))[0] == "/treasures"
    assert (await followed([home], shell, featured=["/car/a"]))[0] is None
