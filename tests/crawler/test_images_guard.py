"""The image fetcher goes where every fetch may go and no further, politely, and takes no bait."""

import gzip
import threading
import time
import zlib
from collections.abc import Iterator, Mapping
from itertools import pairwise
from typing import Any

import brotli  # type: ignore[import-untyped]
import psycopg
import pytest

from tests.conftest import Tally
from tests.crawler.conftest import FOREIGN, run_spider
from tests.crawler.loopback import Answer, Behaviour, Site, reset, serve
from tests.crawler.test_images import JPEG, Canon, asked, jpeg

try:
    from compression import zstd  # type: ignore[import-not-found,unused-ignore]
except ImportError:
    from backports import zstd

SETTINGS = {"SPIDER_MODULES": "crawler.spiders", "RETRY_TIMES": "0", "DOWNLOAD_DELAY": "0.05"}
ZEROS = bytes(80 * 1024 * 1024)


@pytest.fixture
def canon(connection: psycopg.Connection) -> Canon:
    return Canon(connection)


def images(database_url: str, store: Any, settings: Mapping[str, str] = {}) -> Any:
    environment = {"IMAGES_STORE": str(store)}
    return run_spider(database_url, "images", {}, {**SETTINGS, **settings}, environment)


def redirect(target: str, status: int = 302) -> Answer:
    return Answer(status, "", {"Location": target})


def coded(body: bytes, encoding: str) -> Answer:
    return Answer(200, body, {**JPEG, "Content-Encoding": encoding})


def bombs() -> dict[str, Behaviour]:
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = gzip.compress(ZEROS, 9)
    return {
        "/gzip.jpg": coded(once, "gzip"),
        "/gzip-twice.jpg": coded(gzip.compress(once), "gzip, gzip"),
        "/deflate.jpg": coded(deflate.compress(ZEROS) + deflate.flush(), "deflate"),
        "/zlib.jpg": coded(zlib.compress(ZEROS, 9), "deflate"),
        "/br.jpg": coded(brotli.compress(ZEROS, quality=5), "br"),
        "/zstd.jpg": coded(zstd.compress(ZEROS), "zstd"),
        "/plain.jpg": Answer(200, bytes(21 * 1024 * 1024), JPEG),
    }


@pytest.fixture
def decoy() -> Iterator[Site]:
    with serve({"*": jpeg(1)}, host=FOREIGN) as site:
        yield site


def test_no_picture_leads_where_no_fetch_may_go(
    canon: Canon,
    database_url: str,
    tmp_path: Any,
    decoy: Site,
    tally: Tally,
) -> None:
    port = decoy.port
    targets = {
        "redirect": decoy.url("/secret.jpg"),
        "redirect by name and port": f"http://127.99.0.1:{port}/",
        "decimal": f"http://2136145921:{port}/",
        "hexadecimal": f"http://0x7f630001:{port}/",
        "octal": f"http://0177.0143.0.1:{port}/",
        "short": f"http://127.6488065:{port}/",
        "mapped": f"http://[::ffff:127.99.0.1]:{port}/",
        "credentials": f"http://user:secret@127.0.0.1:{port}/",
        "file": "file:///etc/passwd",
        "data": "data:image/png;base64,iVBORw0KGgo=",
        "ftp": f"ftp://127.99.0.1:{port}/a.jpg",
        "s3": "s3://bucket/key",
        "gopher": f"gopher://127.99.0.1:{port}/",
        "javascript": "javascript:alert(1)",
        "protocol-relative": f"//127.99.0.1:{port}/a.jpg",
    }
    pages: dict[str, Behaviour] = {
        f"/hop{number}.jpg": redirect(target, [301, 302, 303, 307, 308][number % 5])
        for number, target in enumerate(targets.values())
    }
    pages["/refresh.jpg"] = Answer(
        200, f'<meta http-equiv="refresh" content="0;url={decoy.url("/r.jpg")}">'
    )
    pages["/hops.jpg"] = redirect("/hop0.jpg")
    pages["/loop.jpg"] = redirect("/loop.jpg")
    pages["/moved.jpg"] = redirect("/fine.jpg")
    pages["/fine.jpg"] = jpeg(5)
    direct = [
        url
        for url in targets.values()
        # What no canonical row can hold, the contract has refused before.
        if url.startswith("http")
    ]
    with serve(pages) as site:
        urls = [site.url(path) for path in pages]
        for number, url in enumerate([*urls, *direct]):
            canon.vehicle("north", f"{number}", url)
        done = images(database_url, tmp_path / "pictures")
    assert decoy.paths() == []
    stored = {url for url, what in canon.fetches("source_url", "outcome") if what == "stored"}
    tried = len(urls) + len(direct) - 2
    tally("picture addresses", tried, len(decoy.paths()))
    assert stored == {site.url("/moved.jpg"), site.url("/fine.jpg")}
    assert "Traceback" not in done.stderr
    assert len(canon.fetches("outcome")) == len(urls) + len(direct)


def test_no_picture_inflates(canon: Canon, database_url: str, tmp_path: Any, tally: Tally) -> None:
    pages = bombs()
    fine = gzip.compress(bytes(jpeg(3).body))  # type: ignore[arg-type]
    with serve({**pages, "/fine.jpg": coded(fine, "gzip"), "/reset.jpg": reset}) as site:
        for path in [*pages, "/fine.jpg", "/reset.jpg"]:
            canon.vehicle("north", path, site.url(path))
        done = images(database_url, tmp_path / "pictures")
        told = {
            url.removeprefix(site.url("")): (what, why)
            for url, what, why in canon.fetches("source_url", "outcome", "reason")
        }
    through = [path for path in pages if told.pop(path) != ("refused", "too_many_bytes")]
    tally("picture transfer bombs", len(pages), len(through))
    assert through == []
    assert told == {"/fine.jpg": ("stored", None), "/reset.jpg": ("failed", "connection")}
    assert done.returncode == 0, done.stdout


def test_pictures_are_asked_for_politely(canon: Canon, database_url: str, tmp_path: Any) -> None:
    """One at a time, as slowly as robots.txt asks, and nothing that it forbids."""
    lock, together = threading.Lock(), []

    def one_at_a_time(handler: Any) -> None:
        free = lock.acquire(blocking=False)
        together.append(not free)
        time.sleep(0.05)
        jpeg(int(handler.path.strip("/b.jpg")))(handler)
        if free:
            lock.release()

    robots = Answer(
        200, "User-agent: *\nDisallow: /private/\nCrawl-delay: 0.3", {"Content-Type": "text/plain"}
    )
    with (
        serve({"/robots.txt": robots, "*": one_at_a_time}) as site,
        serve({"/robots.txt": Answer(503, "")}) as closed,
        serve(
            {"/robots.txt": Answer(404, ""), "*": Answer(429, "", {"Retry-After": "999"})}
        ) as busy,
    ):
        for number in range(6):
            canon.vehicle("north", f"n{number}", site.url(f"/{number}.jpg"))
            canon.vehicle("south", f"s{number}", closed.url(f"/{number}.jpg"))
            canon.vehicle("west", f"w{number}", busy.url(f"/{number}.jpg"))
        canon.vehicle("north", "private", site.url("/private/9.jpg"))
        done = images(database_url, tmp_path / "pictures")
        times = [moment for path, moment in site.hits if path != "/robots.txt"]
        assert len(times) == 6
        assert not any(together)
        assert min(b - a for a, b in pairwise(times)) > 0.28
        assert "/private/9.jpg" not in site.paths()
        assert canon.of(site.url("/private/9.jpg"))["reason"] == "robots"
        assert asked(closed) == []
        assert len(asked(busy)) <= 2
        assert done.returncode == 3, done.stdout
        assert (
            f"blocked: {closed.url('').removeprefix('http://')} (robots_unreachable)" in done.stdout
        )
        assert f"blocked: {busy.url('').removeprefix('http://')} (rate_limited)" in done.stdout
        # The sites' other pictures were not asked for, so nothing is said of them.
        reasons = [why for why in canon.fetches("reason") if why]
        assert reasons.count("robots_unreachable") <= 4
        assert reasons.count("rate_limited") <= 4


def test_a_site_that_is_down_is_left_alone(canon: Canon, database_url: str, tmp_path: Any) -> None:
    with (
        serve({"/robots.txt": Answer(404, ""), "*": Answer(500, "")}) as down,
        serve({f"/{number}.jpg": jpeg(number) for number in range(0, 12, 2)}) as holes,
    ):
        for number in range(12):
            canon.vehicle("north", f"n{number}", down.url(f"/{number}.jpg"))
            canon.vehicle("south", f"s{number}", holes.url(f"/{number}.jpg"))
        done = images(database_url, tmp_path / "pictures")
        assert len(asked(down)) <= 6
        assert len(asked(holes)) == 12
        assert done.returncode == 3, done.stdout
        assert f"failed: {down.url('').removeprefix('http://')} (http_500)" in done.stdout
        assert "failed: http_404 (6)" in done.stdout
