"""`scrapy crawl listings` against small sites: what it asks, what it stores, how it ends."""

import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler
from typing import Any

import psycopg
import pytest

from tests.crawler.conftest import OWN, ROOT, Crawl, command
from tests.crawler.dealer_lots import Lot, add_lot
from tests.crawler.loopback import Answer, Behaviour, Site, serve
from tests.crawler.vehicle_pages import vehicle_page, versioned

FIRST = datetime.now(UTC).replace(microsecond=0) - timedelta(days=3)
MUSTANG = vehicle_page("1967 Ford Mustang", vin="7R02C100001")
PLAIN = vehicle_page("1972 Ferrari Dino 246 GTS", vin="04250").replace(
    "<h2>", '<a href="/cars/483-plain/photos">View all 9 photos</a><h2>'
)
GALLERY = "<h1>1972 Ferrari Dino 246 GTS</h1>" + "".join(
    f'<p><img src="/photos/1972-{n}.jpg"></p>' for n in range(9)
)
CHALLENGE = Answer(403, "<title>Just a moment...</title>", {"cf-mitigated": "challenge"})
MISSING = Answer(404, "<title>Not found</title><h1>Page not found</h1>")
ROBOTS = Answer(200, "User-agent: *\nDisallow: /private/\n", {"Content-Type": "text/plain"})
REGRET = Answer(200, "<title>Sorry</title><h1>This vehicle is no longer available</h1>")
LOGIN = Answer(200, "<title>Members</title><h1>Members</h1><p>Enter your password.</p>")

SPIDERS = {"SPIDER_MODULES": "crawler.spiders"}


def at(days: float, **settings: str) -> dict[str, str]:
    """The settings of a run so many days after the first."""
    return {**SPIDERS, "OBSERVED_AT": (FIRST + timedelta(days=days)).isoformat(), **settings}


def slow(seconds: float, behaviour: Behaviour) -> Behaviour:
    def answer(handler: BaseHTTPRequestHandler) -> None:
        time.sleep(seconds)
        behaviour(handler)

    return answer


def lot_of(connection: psycopg.Connection, site: Site, names: list[str]) -> Lot:
    """A dealer on a running site, with a car on offer behind each of the paths."""
    return add_lot(connection, site.url("").rstrip("/"), [site.url(name) for name in names])


def manifests(connection: psycopg.Connection) -> list[dict[str, Any]]:
    """The page manifests in the order in which they were written."""
    rows = connection.execute(
        "SELECT raw_data FROM import_queue WHERE kind = 'page_manifest' ORDER BY id"
    )
    return [row[0] for row in rows]


def outcomes(site: Site, manifest: dict[str, Any]) -> dict[str, str]:
    return {page["url"].removeprefix(site.url("")): page["outcome"] for page in manifest["pages"]}


def counts(connection: psycopg.Connection) -> dict[str, int]:
    rows = connection.execute("SELECT kind, count(*) FROM import_queue GROUP BY kind").fetchall()
    return dict(rows)


def asked(site: Site) -> list[str]:
    return [path for path in site.paths() if path != "/robots.txt"]


def test_each_page_comes_to_its_end_and_the_next_visit_asks_only_what_it_must(
    crawl: Crawl, connection: psycopg.Connection
) -> None:
    conditions: list[str | None] = []
    pages: dict[str, Behaviour] = {
        "/robots.txt": ROBOTS,
        "/cars": Answer(200, "<title>Inventory</title><h1>Inventory</h1>"),
        "/cars/482-mustang": versioned(MUSTANG, '"one"', conditions),
        "/cars/483-plain": Answer(200, PLAIN),
        "/cars/484-missing": MISSING,
        "/cars/485-regret": REGRET,
        "/cars/486-moved": Answer(302, "", {"Location": "/cars"}),
        "/cars/487-login": LOGIN,
    }
    names = [name for name in pages if name.startswith("/cars/")]
    pages["/cars/483-plain/photos"] = Answer(200, GALLERY)
    with serve(pages) as site:
        lot_of(connection, site, [*names, "/private/488-car"])
        first = crawl("listings", settings=at(0))
        assert first.returncode == 3, first.stdout + first.stderr
        (manifest,) = manifests(connection)
        assert manifest["spider"] == "listings"
        assert outcomes(site, manifest) == {
            "/cars/482-mustang": "read",
            "/cars/483-plain": "read",
            "/cars/484-missing": "gone",
            "/cars/485-regret": "gone",
            "/cars/486-moved": "gone",
            "/cars/487-login": "failed",
            "/private/488-car": "blocked",
        }
        assert "/private/488-car" not in site.paths()
        assert "(no vehicle page: 1 of 8 pages, 1 for other reasons)" in first.stdout
        details = connection.execute(
            "SELECT url, source, organization_id, raw_data->>'vin', raw_data->>'listing_url' "
            "FROM import_queue WHERE kind = 'listing_detail' ORDER BY url"
        ).fetchall()
        (lot_id,) = connection.execute("SELECT id FROM businesses").fetchone() or ()
        urls = [site.url("/cars/482-mustang"), site.url("/cars/483-plain")]
        vins = ["7R02C100001", "04250"]
        assert details == [
            (url, "dealer_site", lot_id, vin, url) for url, vin in zip(urls, vins, strict=True)
        ]

        (photos,) = connection.execute(
            "SELECT jsonb_array_length(raw_data->'image_urls') FROM import_queue WHERE url = %s "
            "AND kind = 'listing_detail'",
            [urls[1]],
        ).fetchone() or (0,)
        assert photos == 9  # The page itself shows four of them.

        # A day on, what failed is asked again; a page that is old enough is asked if it changed.
        site.hits.clear()
        appended = counts(connection)
        old = crawl("listings", settings=at(1, DETAIL_MAX_AGE="0.5"))
        assert old.returncode == 3, old.stdout
        assert sorted(set(asked(site))) == sorted([*names, "/cars"])
        assert conditions == [None, '"one"']
        told = outcomes(site, manifests(connection)[-1])
        assert told["/cars/482-mustang"] == "not_modified"
        assert told["/cars/483-plain"] == "not_modified"  # No validator, but the same bytes.
        # Other readers may tell more of a page, so they ask for all of it.
        connection.execute("UPDATE page_fetches SET reader = 'older'")
        assert crawl("listings", settings=at(2, DETAIL_MAX_AGE="0.5")).returncode == 3
        assert conditions == [None, '"one"', None]
        told = outcomes(site, manifests(connection)[-1])
        assert (told["/cars/482-mustang"], told["/cars/483-plain"]) == ("read", "read")
        hashes = [
            {page["url"]: page.get("payload_hash") for page in manifest["pages"]}
            for manifest in manifests(connection)
        ]
        assert hashes[0] == hashes[1] == hashes[2]
        assert counts(connection) == appended | {"page_manifest": 3}


def test_a_page_is_read_again_until_its_gallery_was_had(
    crawl: Crawl, connection: psycopg.Connection
) -> None:
    car = "/cars/483-plain"
    pages: dict[str, Behaviour] = {
        car: versioned(PLAIN, '"one"'),
        f"{car}/photos": Answer(200, GALLERY),
    }
    photos = (
        "SELECT jsonb_array_length(raw_data->'image_urls') FROM import_queue "
        "WHERE kind = 'listing_detail' ORDER BY id"
    )
    with serve(pages) as site:
        lot_of(connection, site, [car])
        # The run's limit leaves no request for the gallery, then the site has none.
        assert crawl("listings", {"limit": "1"}, at(0)).returncode == 0
        assert f"{car}/photos" not in site.paths()
        pages[f"{car}/photos"] = MISSING
        assert crawl("listings", settings=at(1, DETAIL_MAX_AGE="0.5")).returncode == 0
        assert connection.execute(photos).fetchall() == [(4,)]
        pages[f"{car}/photos"] = Answer(200, GALLERY)
        assert crawl("listings", settings=at(2, DETAIL_MAX_AGE="0.5")).returncode == 0
        assert connection.execute(photos).fetchall() == [(4,), (9,)]
        assert crawl("listings", settings=at(3, DETAIL_MAX_AGE="0.5")).returncode == 0
        assert outcomes(site, manifests(connection)[-1]) == {car: "not_modified"}


def test_a_site_that_blocks_or_moved_spoils_no_other_and_loses_no_car(
    crawl: Crawl, connection: psycopg.Connection
) -> None:
    cars = [f"/cars/{number}-ford-mustang" for number in range(100, 108)]
    with ExitStack() as stack:
        guarded = stack.enter_context(serve({"*": CHALLENGE, "/robots.txt": ROBOTS}))
        moved = stack.enter_context(serve({"*": MISSING}))
        open_site = stack.enter_context(serve({name: Answer(200, MUSTANG) for name in cars}))
        for site in (guarded, moved, open_site):
            lot_of(connection, site, cars)
        done = crawl("listings", settings=at(0))
        assert done.returncode == 3, done.stdout + done.stderr
        assert asked(guarded) == cars[:3]
        assert asked(open_site) == cars
    assert f"<{guarded.url('').rstrip('/')}> (challenge" in done.stdout
    told = Counter(page["outcome"] for told in manifests(connection) for page in told["pages"])
    # Where every page says "gone", the site went, not its cars.
    assert told == {"blocked": 3, "failed": 8, "read": 8}
    failures = connection.execute(
        "SELECT failure, count(*) FROM page_fetches GROUP BY 1 ORDER BY 2, 1"
    ).fetchall()
    assert failures == [
        ("blocked: challenge", 3),
        ("failed: http_404, but no other page answers", 8),
        (None, 8),
    ]


def test_a_limit_counts_pages_and_is_shared_among_dealers(
    crawl: Crawl, connection: psycopg.Connection
) -> None:
    cars = [f"/cars/{number}-ford-mustang" for number in range(100, 105)]
    with ExitStack() as stack:
        pages = {name: Answer(200, MUSTANG) for name in cars}
        sites = [stack.enter_context(serve(pages)) for _ in range(3)]
        for site in sites:
            lot_of(connection, site, cars)
        limited = crawl("listings", {"limit": "7"}, at(0))
        assert limited.returncode == 0, limited.stdout + limited.stderr
        assert sorted(len(asked(site)) for site in sites) == [2, 2, 3]
        one = sites[1]
        named = crawl("listings", {"organization": one.url("").rstrip("/")}, at(0))
        assert named.returncode == 0, named.stdout + named.stderr
        assert sorted(len(asked(site)) for site in sites)[2] == len(cars)
        assert Counter(asked(one)) == Counter(cars)
    assert counts(connection)["page_manifest"] == 4


@pytest.fixture
def start(database_url: str) -> Iterator[Any]:
    """`start(settings)`: a run that goes on while the test looks."""
    running: list[subprocess.Popen[str]] = []

    def begin(settings: dict[str, str]) -> subprocess.Popen[str]:
        running.append(
            subprocess.Popen(
                command("listings", {}, settings),
                cwd=ROOT,
                env={**os.environ, "FETCH_ALLOWED_NETWORKS": f"{OWN}/32"},
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
            )
        )
        return running[-1]

    yield begin
    for process in running:
        if process.poll() is None:
            process.kill()
        process.communicate(timeout=10)


def test_two_runs_at_once_never_ask_for_one_page_twice(
    start: Any, connection: psycopg.Connection
) -> None:
    cars = [f"/cars/{number}-ford-mustang" for number in range(100, 112)]
    with ExitStack() as stack:
        pages = {name: slow(0.1, Answer(200, MUSTANG)) for name in cars}
        sites = [stack.enter_context(serve(pages)) for _ in range(2)]
        for site in sites:
            lot_of(connection, site, cars)
        both = [start(at(0)), start(at(0))]
        for process in both:
            assert process.wait(timeout=90) == 0
        for site in sites:
            assert Counter(asked(site)) == Counter(cars)
    assert counts(connection)["listing_detail"] == 2 * len(cars)


def test_a_killed_run_is_resumed_behind_what_it_stored(
    start: Any, crawl: Crawl, connection: psycopg.Connection
) -> None:
    cars = [f"/cars/{number}-ford-mustang" for number in range(100, 118)]
    pages = {name: slow(0.1, Answer(200, MUSTANG)) for name in cars}
    with serve(pages) as site:
        lot_of(connection, site, cars)
        process = start(at(0))
        deadline = time.monotonic() + 60
        while counts(connection).get("listing_detail", 0) < 5 and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
        stored = {
            row[0].removeprefix(site.url(""))
            for row in connection.execute(
                "SELECT url FROM import_queue WHERE kind = 'listing_detail'"
            )
        }
        assert 5 <= len(stored) < len(cars)
        assert "page_manifest" not in counts(connection)
        site.hits.clear()
        resumed = crawl("listings", settings=at(0))
        assert resumed.returncode == 0, resumed.stdout + resumed.stderr
        assert Counter(asked(site)) == Counter(set(cars) - stored)
    assert counts(connection)["listing_detail"] == len(cars)
