"""When a walk is drawn in a browser, what it makes of that, and what it keeps."""

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any
from uuid import uuid4

import pytest
from psycopg import AsyncConnection
from scrapy.http import HtmlResponse

from contract.observation import Source
from crawler.answered_page import AnsweredPage
from crawler.fetch import Fetched, Validators
from crawler.listing_judge import Card, judge
from crawler.look import drawn_look
from crawler.platforms import recognize
from crawler.probe import probe_missing
from crawler.rendering.errors import RenderingFailed
from crawler.rendering.habits import FRUITFUL, FRUITLESS, Habit, Kind, forget, habit_of, keep
from crawler.rendering.vehicle import drawer, fetcher_of_vehicles, shows_vehicle
from crawler.rendering.visit import Limits, Visit
from crawler.rendering.walk import Rendering, drawn_grid, walk_with_browser
from crawler.session import Session, Stamp
from crawler.walk import GridWalk
from store.connect import async_pool

GRID = "https://dealer.example/inventory"
SHELL = '<h1>Inventory</h1><div id="inventory-app"></div><script src="/app.js"></script>'


def tiles(*numbers: int) -> str:
    return "".join(
        f'<div class="car"><a href="/cars/{n}"><img src="/p/{n}.jpg"><h3>1967 Ford Mustang {n}</h3></a>'
        f"<span>${20_000 + n:,}</span></div>"
        for n in numbers
    )


def answered(html: str, url: str = GRID) -> Fetched:
    response = HtmlResponse(url, body=html.encode(), encoding="utf-8")
    return Fetched(url, page=AnsweredPage(response), status=200)


class Drawing(Rendering):
    """A browser whose pages are known."""

    def __init__(
        self,
        pages: Mapping[str, Fetched],
        habit: Habit | None = None,
        more_left: bool = False,
        kind: Kind = "grid",
    ) -> None:
        self.kind = kind
        self.pages, self.known, self.more_left = pages, habit, more_left
        self.failure = None
        self.drawn: list[str] = []
        self.kept: list[tuple[str, int]] = []

    async def habit(self, url: str, kind: Kind = "grid") -> Habit | None:
        return self.known if kind == self.kind else None

    async def keep(self, url: str, gained: int, kind: Kind = "grid") -> None:
        self.kept.append((url, gained))

    async def forget(self, url: str) -> None:
        self.kept.append((url, -1))

    async def page(self, plain: AnsweredPage) -> Fetched:
        self.drawn.append(plain.url)
        return self.pages[plain.url]

    async def __aenter__(self) -> "Drawing":
        return self

    async def __aexit__(self, *_: Any) -> None:
        pass


def site(pages: Mapping[str, Fetched]) -> Callable[[str], Awaitable[Fetched]]:
    async def fetch(url: str) -> Fetched:
        return pages.get(url, Fetched(url, failure="http_404", status=404))

    return fetch


async def walked(plain: Mapping[str, Fetched], drawing: Drawing | None) -> GridWalk:
    walk = GridWalk(GRID, "current")
    told = [card.url async for card in walk_with_browser(walk, site(plain), None, None, drawing)]
    assert len(told) == len(set(told)) == len(walk.listings)
    return walk


async def test_a_grid_without_cars_is_drawn_with_all_its_pages() -> None:
    second = f"{GRID}?page=2"
    pager = '<a rel="next" href="?page=2">Next</a>'
    plain = {GRID: answered(SHELL), second: answered(SHELL, second)}
    drawing = Drawing(
        {GRID: answered(tiles(1, 2, 3) + pager), second: answered(tiles(3, 4, 5), second)}
    )
    walk = await walked(plain, drawing)
    assert (walk.complete, walk.pages, len(walk.listings)) == (True, 2, 5)
    assert drawing.drawn == [GRID, second]
    assert drawing.kept == [(GRID, 5)]


async def test_a_grid_that_grows_is_drawn_where_it_declares_more_than_it_shows() -> None:
    plain = {GRID: answered("<p>12 vehicles found</p>" + tiles(1, 2, 3))}
    drawing = Drawing({GRID: answered("<p>12 vehicles found</p>" + tiles(*range(12)))})
    walk = await walked(plain, drawing)
    assert (walk.complete, len(walk.listings)) == (True, 12)
    assert drawing.kept == [(GRID, 9)]


NEXT = '<div class="pagination"><button aria-label="Next page">\u203a</button></div>'


@pytest.mark.parametrize("more", [(), (4, 5, 6)])
async def test_a_pager_that_only_says_next_is_turned_in_a_browser(more: tuple[int, ...]) -> None:
    plain = {GRID: answered(tiles(1, 2, 3) + NEXT)}
    assert (await walked(plain, None)).incomplete_because == "pager_ended_early"
    drawing = Drawing({GRID: answered(tiles(1, 2, 3, *more))})
    walk = await walked(plain, drawing)
    assert (walk.complete, len(walk.listings)) == (True, 3 + len(more))
    assert drawing.kept == [(GRID, len(more) or 1)]


async def test_a_page_that_shows_its_cars_is_not_drawn() -> None:
    drawing = Drawing({})
    walk = await walked({GRID: answered(tiles(1, 2, 3))}, drawing)
    assert walk.complete
    assert (drawing.drawn, drawing.kept) == ([], [])


async def test_a_site_that_no_longer_needs_a_browser_is_found_out() -> None:
    drawing = Drawing({}, Habit(gained=12))
    await walked({GRID: answered(tiles(1, 2, 3))}, drawing)
    assert (drawing.drawn, drawing.kept) == ([], [(GRID, -1)])


async def test_a_site_where_a_browser_brought_nothing_is_left_alone() -> None:
    drawing = Drawing({GRID: answered(tiles(1, 2, 3))}, Habit(gained=0))
    walk = await walked({GRID: answered(SHELL)}, drawing)
    assert walk.incomplete_because == "needs_script"
    assert drawing.drawn == []


@pytest.mark.parametrize(
    "answer",
    [answered(SHELL), answered("<p>nothing</p>"), Fetched(GRID, failure="browser_missing")],
)
async def test_a_drawing_that_brings_nothing_leaves_the_walk_as_it_was(answer: Fetched) -> None:
    drawing = Drawing({GRID: answer})
    walk = await walked({GRID: answered(SHELL)}, drawing)
    assert (walk.incomplete_because, walk.pages, walk.blocked) == ("needs_script", 1, False)
    assert drawing.kept == [(GRID, 0)]


async def test_one_bad_day_is_no_habit() -> None:
    drawing = Drawing({GRID: Fetched(GRID, failure="render_timeout")}, Habit(gained=12))
    drawing.failure = "render_timeout"
    walk = await walked({GRID: answered(SHELL)}, drawing)
    assert walk.incomplete_because == "needs_script"
    assert (drawing.drawn, drawing.kept) == ([GRID], [])


async def test_a_page_that_would_have_gone_on_proves_no_absence() -> None:
    drawing = Drawing({GRID: answered(tiles(1, 2, 3))}, more_left=True)
    walk = await walked({GRID: answered(SHELL)}, drawing)
    assert (walk.incomplete_because, len(walk.listings)) == ("more_left", 3)


async def test_a_drawing_that_fails_midway_says_so() -> None:
    second = f"{GRID}?page=2"
    plain = {GRID: answered(SHELL), second: answered(SHELL, second)}
    pager = '<a rel="next" href="?page=2">Next</a>'
    drawing = Drawing(
        {
            GRID: answered(tiles(1, 2) + pager),
            second: Fetched(second, failure="render_timeout"),
        }
    )
    walk = await walked(plain, drawing)
    assert (walk.incomplete_because, len(walk.listings)) == ("render_timeout", 2)


async def test_a_drawn_home_page_leads_to_the_grid() -> None:
    home = "https://dealer.example/"
    shell = answered('<div id="root"></div><script src="/app.js"></script>', home)
    drawn = answered(f'<a href="/inventory">Inventory</a>{tiles(1, 2)}', home)
    pages = {home: shell, GRID: answered(SHELL)}
    drawing = Drawing({home: drawn, GRID: answered(tiles(1, 2, 3, 4))})
    assert shell.page is not None
    grid = await drawn_grid(shell.page, site(pages), drawing)
    assert grid is not None
    assert grid.url == GRID
    # Its few cars are not taken for the inventory.
    walk = GridWalk(home, "current")
    assert [card async for card in walk_with_browser(walk, site(pages), None, None, drawing)] == []
    assert walk.incomplete_because == "needs_script"


async def test_without_a_browser_the_grid_stays_unread() -> None:
    assert (await walked({GRID: answered(SHELL)}, None)).incomplete_because == "needs_script"


VEHICLE = "https://dealer.example/cars/1967-ford-mustang-1"
SPOKEN = """<h1>1967 Ford Mustang</h1><div class="price">$20,001</div><dl><dt>VIN</dt><dd>7R02C100001</dd>
<dt>Mileage</dt><dd>12,000</dd><dt>Engine</dt><dd>289 V8</dd></dl><img src="/p/1.jpg">"""


@pytest.mark.parametrize(
    ("habit", "plain", "is_drawn"),
    [
        (Habit(12), '<div id="root"></div><script src="/app.js"></script>', True),
        (Habit(12), SPOKEN, False),
        (Habit(0), '<div id="root"></div><script src="/app.js"></script>', False),
        (None, SPOKEN + '<div id="root"></div><script src="/app.js"></script>', False),
    ],
)
async def test_vehicle_pages_are_drawn_where_the_grid_had_to_be(
    habit: Habit | None, plain: str, is_drawn: bool
) -> None:
    drawing = Drawing({VEHICLE: answered(SPOKEN, VEHICLE)}, habit)
    shell = replace(answered(plain, VEHICLE), validators=Validators(etag='"shell"'))
    answer = await drawer(drawing)(shell)
    assert drawing.drawn == [VEHICLE] * is_drawn
    if is_drawn:
        assert answer.validators == Validators()
        assert judge(Card(VEHICLE, Source.DEALER_SITE), answer).outcome == "read"
    else:
        assert answer is shell


EMPTY = (
    '<nav><a href="/cars">Cars</a></nav><div id="vehicle-view"></div><script src="/v.js"></script>'
)


def shells(*pages: str) -> list[Fetched]:
    return [answered(EMPTY, page) for page in pages]


async def test_a_site_whose_vehicle_pages_need_a_browser_is_found_out() -> None:
    other = VEHICLE.replace("-1", "-2")
    drawing = Drawing({page: answered(SPOKEN, page) for page in (VEHICLE, other)})
    draw = drawer(drawing)
    answers = [await draw(shell) for shell in shells(VEHICLE, other)]
    assert [judge(Card(a.url, Source.DEALER_SITE), a).outcome for a in answers] == ["read", "read"]
    assert drawing.kept == [(VEHICLE, 1)]


async def test_a_site_whose_drawn_pages_show_no_vehicle_is_left_alone_after_two() -> None:
    pages = [f"https://dealer.example/cars/{n}" for n in range(4)]
    drawing = Drawing({page: answered("<p>Sign in</p>", page) for page in pages})
    draw = drawer(drawing)
    given = shells(*pages)
    assert [await draw(shell) for shell in given] == given
    assert (drawing.drawn, drawing.kept) == (pages[:2], [(pages[1], 0)])


async def test_a_person_who_looks_at_a_page_sees_it_drawn_where_only_that_shows_a_car() -> None:
    (shell,) = shells(VEHICLE)
    shown = await drawn_look(shell, Drawing({VEHICLE: answered(SPOKEN, VEHICLE)}))
    assert (shown.drawn, shown.page is not None and shows_vehicle(shown.page)) == (True, True)
    for plain, drawn in ((EMPTY, "<p>Sign in</p>"), (SPOKEN, SPOKEN)):
        answer = answered(plain, VEHICLE)
        assert await drawn_look(answer, Drawing({VEHICLE: answered(drawn, VEHICLE)})) is answer


ROUTE = "https://dealer.example/inventory#/vehicle/1"
GRID_OF_ROUTES = "".join(
    f'<div><a href="#/vehicle/{n}"><img src="/{n}.jpg"><h3>196{n} Ford Mustang</h3></a>$2{n},000</div>'
    for n in (1, 2, 3)
)


NO_VEHICLE = "<h1>Page not found</h1><p>This vehicle is no longer available.</p>"


@pytest.mark.parametrize("plain", [GRID_OF_ROUTES, SPOKEN], ids=["the grid", "another car"])
@pytest.mark.parametrize(("drawn", "outcome"), [(SPOKEN, "read"), (NO_VEHICLE, "gone")])
async def test_a_route_is_drawn_whatever_the_server_answers(
    plain: str, drawn: str, outcome: str
) -> None:
    """Only the vehicle's page waits for the script, and it alone tells of the vehicle."""
    drawing = Drawing({ROUTE: answered(drawn, ROUTE)}, Habit(12))
    answer = await drawer(drawing)(answered(plain, ROUTE))
    assert answer.drawn
    assert judge(Card(ROUTE, Source.DEALER_SITE), answer).outcome == outcome


async def test_the_first_route_of_a_site_is_drawn_though_the_server_shows_a_car() -> None:
    drawing = Drawing({ROUTE: answered(SPOKEN, ROUTE)})
    assert (await drawer(drawing)(answered(SPOKEN, ROUTE))).drawn
    assert drawing.kept == [(ROUTE, 1)]


@pytest.mark.parametrize(
    ("drawn", "verdict"),
    [
        (NO_VEHICLE, "gone"),
        (SPOKEN, "alive"),
        (None, "unknown"),
    ],
)
async def test_a_missed_car_behind_a_route_is_asked_for_in_a_browser(
    drawn: str | None, verdict: str
) -> None:
    other = ROUTE.replace("/1", "/2")
    drawing = Drawing({other: answered(SPOKEN, other)}, Habit(12))
    drawing.pages = {**drawing.pages, ROUTE: answered(drawn or "", ROUTE)}
    fetch = site({url: answered(GRID_OF_ROUTES, url) for url in (ROUTE, other)})
    fetch = fetcher_of_vehicles(fetch, drawing if drawn else None, all_drawn=False)
    page = answered(GRID_OF_ROUTES, ROUTE).page
    assert page is not None
    [probe] = await probe_missing([ROUTE], [other], ROUTE.partition("#")[0], recognize(page), fetch)
    assert probe.verdict == verdict


FACTS = SPOKEN.replace('<img src="/p/1.jpg">', "")
WITHOUT_PHOTO = FACTS + '<div id="gallery"></div><script src="/g.js"></script>'


async def test_a_page_whose_gallery_alone_waits_for_a_script_is_drawn_for_it() -> None:
    plain = answered(WITHOUT_PHOTO, VEHICLE)
    drawing = Drawing({VEHICLE: answered(SPOKEN, VEHICLE)})
    answer = await drawer(drawing)(plain)
    assert answer.drawn
    assert drawing.kept == [(VEHICLE, 1)]
    fruitless = Drawing({VEHICLE: answered(FACTS, VEHICLE)})
    assert await drawer(fruitless)(plain) is plain


@pytest.mark.parametrize(
    ("drawn", "is_whole"),
    [(answered(FACTS, VEHICLE), True), (Fetched(VEHICLE, failure="render_timeout"), False)],
)
async def test_a_gallery_that_could_not_be_drawn_is_missing(drawn: Fetched, is_whole: bool) -> None:
    plain = answered(WITHOUT_PHOTO, VEHICLE)
    answer = await drawer(Drawing({VEHICLE: drawn}, Habit(1), kind="vehicle"))(plain)
    judged = judge(Card(VEHICLE, Source.DEALER_SITE), answer)
    assert (judged.outcome, judged.is_whole) == ("read", is_whole)


@pytest.mark.parametrize("needed", [True, False])
async def test_what_is_known_of_a_site_s_vehicle_pages_decides(needed: bool) -> None:
    pages = {VEHICLE: answered(SPOKEN, VEHICLE)}
    drawing = Drawing(pages, Habit(int(needed)), kind="vehicle")
    await drawer(drawing)(*shells(VEHICLE))
    assert (drawing.drawn, drawing.kept) == ([VEHICLE] * needed, [])


def test_a_dealer_has_his_share_and_no_more() -> None:
    visit = Visit("a", Limits(45, 150, 900, dealer_pages=2, dealer_bytes=10, memory_mb=100))
    visit.check()
    visit.pages = 2
    with pytest.raises(RenderingFailed, match="2 pages used"):
        visit.check()
    visit.pages, visit.bytes = 1, 10
    with pytest.raises(RenderingFailed, match="10 bytes used"):
        visit.check()


@pytest.fixture
async def connection(database_url: str) -> AsyncIterator[AsyncConnection[Any]]:
    pool = async_pool("paddock_crawler", max_size=1)
    await pool.open(wait=True, timeout=10)
    async with pool.connection() as connection:
        yield connection
    await pool.close()


def on(connection: AsyncConnection[Any], at: datetime) -> Session:
    async def transact(work: Any) -> Any:
        async with connection.transaction():
            return await work(connection)

    session: Any = SimpleNamespace(stamp=Stamp(uuid4(), at), transact=transact)
    return session  # type: ignore[no-any-return]


async def test_what_a_browser_brought_is_kept_for_a_while(
    connection: AsyncConnection[Any],
) -> None:
    day = datetime(2026, 11, 1, tzinfo=UTC)
    now = on(connection, day)
    assert await habit_of(now, "a.example") is None
    await keep(now, "a.example", 12, None)
    assert await habit_of(now, "a.example", "vehicle") is None
    await keep(now, "a.example", 0, None, "vehicle")
    await keep(now, "b.example", 0, "render_timeout")
    assert await habit_of(now, "a.example") == Habit(12)
    assert await habit_of(now, "b.example") == Habit(0)
    moment = timedelta(minutes=1)
    assert await habit_of(on(connection, day + FRUITLESS - moment), "b.example") == Habit(0)
    assert await habit_of(on(connection, day + FRUITLESS), "b.example") is None
    assert await habit_of(on(connection, day + FRUITFUL - moment), "a.example") == Habit(12)
    assert await habit_of(on(connection, day + FRUITFUL), "a.example") is None
    # A later drawing counts, an earlier day's does not.
    await keep(on(connection, day + FRUITLESS), "a.example", 0, "render_failed")
    await keep(now, "a.example", 30, None)
    assert await habit_of(on(connection, day + FRUITLESS), "a.example") == Habit(0)
    await forget(now, "a.example")
    assert await habit_of(now, "a.example") is None
