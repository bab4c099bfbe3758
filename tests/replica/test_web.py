"""The running server: addresses, the calendar, planted failures, the access log, ports."""

import http.client
import socket
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from PIL import Image
from protego import Protego

from replica.dealers import BY_KEY, DEALERS
from replica.web import PortInUse, Replica, serve
from replica.world import site_keys

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with serve(latency=0.02) as running:
        yield running


def get(url: str, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=10)
    try:
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        connection.request(method, target or "/", headers={"User-Agent": "test", **headers})
        answer = connection.getresponse()
        return answer.status, dict(answer.getheaders()), answer.read()
    finally:
        connection.close()


def free_range(count: int) -> int:
    """The first of `count` free ports in a row, below those that systems give to clients."""
    for first in range(20_000, 30_000, count):
        try:
            for port in range(first, first + count):
                with socket.socket() as probe:
                    probe.bind(("127.0.0.1", port))
        except OSError:
            continue
        return first
    raise AssertionError("no free ports")


def test_every_site_answers_on_its_own_port(replica: Replica) -> None:
    assert len(set(replica.origins.values())) == len(site_keys())
    assert replica.environment["FETCH_ALLOWED_NETWORKS"] == "127.0.0.1/32"
    statuses = {key: get(origin + "/robots.txt")[0] for key, origin in replica.origins.items()}
    assert statuses.pop("sakura") == 404
    assert statuses.pop("sundown") == 503
    assert statuses.pop("vaultline") == 403
    assert set(statuses.values()) == {200}


def test_turning_the_page_changes_the_site_and_the_truth(replica: Replica) -> None:
    grid = replica.truth.dealer("tidewater").grid
    assert get(grid)[0] == 200
    replica.day = 3
    try:
        assert get(grid)[0] == 403
        assert replica.truth.dealer("tidewater").fault == "blocked"
    finally:
        replica.day = 0
    assert get(grid)[0] == 200


def test_planted_failures_pass(replica: Replica) -> None:
    grid = replica.truth.dealer("harbor").grid
    replica.fail("harbor", "/vehicles", status=503, times=2)
    replica.fail("harbor", "/vehicles", status=0)
    statuses = [get(grid) for _ in range(4)]
    assert [status for status, _, _ in statuses] == [503, 503, 403, 200]
    assert b"Just a moment" in statuses[2][2]


def test_a_profile_fails_once_and_then_answers(replica: Replica) -> None:
    replica.log.clear()
    flaky = next(s.url for s in replica.truth.sellers if s.answer == "flaky")
    first, second = get(flaky), get(flaky)
    assert (first[0], first[1]["retry-after"], second[0]) == (503, "1", 200)


def test_log_tells_time_site_path_status_agent_and_requests_at_once(replica: Replica) -> None:
    replica.log.clear()
    site = replica.origins["lonestar"]
    get(f"{site}/vehicles?page=2")
    (line,) = replica.log.of("lonestar")
    assert (line.method, line.path, line.query) == ("GET", "/vehicles", "page=2")
    assert (line.status, line.user_agent, line.in_flight, line.day) == (200, "test", 1, 0)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(get, [f"{site}/contact"] * 4))
    assert max(line.in_flight for line in replica.log.of("lonestar")) > 1
    times = [line.at for line in replica.log]
    assert times == sorted(times)
    assert len(replica.log) == 5


def test_photos_are_real_images_and_small(replica: Replica) -> None:
    for key in ("lonestar", "millbrook", "northgate", "alpenrand", "pemberton"):
        car = next(car for car in replica.truth.of_dealer(key) if car.photos)
        assert car.thumbnail is not None
        sizes = []
        for url in (car.thumbnail, car.photos[0]):
            status, headers, body = get(url)
            image = Image.open(BytesIO(body))
            assert status == 200
            assert headers["content-type"] == f"image/{(image.format or '').lower()}"
            assert len(body) < 40_000
            sizes.append(image.size)
        assert sizes[0][0] < sizes[1][0]


def test_an_old_site_names_its_encoding_in_the_page_alone(replica: Replica) -> None:
    _, headers, body = get(replica.truth.dealer("pemberton").grid)
    assert headers["content-type"] == "text/html"
    assert b'<meta charset="windows-1252">' in body
    assert "£".encode("windows-1252") in body


def test_unchanged_pages_answer_not_modified_and_head_has_no_body(replica: Replica) -> None:
    grid = replica.truth.dealer("northgate").grid
    _, headers, _ = get(grid)
    assert get(grid, **{"If-None-Match": headers["etag"]})[0] == 304
    status, _, body = get(grid, "HEAD")
    assert (status, body) == (200, b"")
    assert get(grid, "POST")[0] == 405


def test_some_sites_know_dates_alone_and_some_name_no_version(replica: Replica) -> None:
    dated = next(car.url for car in replica.truth.of_dealer("keystone"))
    _, headers, _ = get(dated)
    assert "etag" not in headers
    assert get(dated, **{"If-Modified-Since": headers["last-modified"]})[0] == 304
    assert get(dated, **{"If-Modified-Since": "Thu, 01 Jan 1970 00:00:00 GMT"})[0] == 200
    nameless = next(car.url for car in replica.truth.of_dealer("ridgeline"))
    assert not {"etag", "last-modified"} & get(nameless)[1].keys()
    both = next(car.url for car in replica.truth.of_dealer("lonestar"))
    _, headers, _ = get(both)
    stale = {"If-None-Match": '"stale"', "If-Modified-Since": headers["last-modified"]}
    assert get(both, **stale)[0] == 200


def test_equal_seed_and_ports_give_equal_bytes() -> None:
    with serve() as first:
        ports = {key: int(origin.rpartition(":")[2]) for key, origin in first.origins.items()}
        paths = {car.url for car in first.truth.vehicles[::40]}
        paths |= {dealer.grid for dealer in first.truth.dealers}
        before = {url: get(url)[2] for url in paths}
    with serve(ports=ports):
        assert {url: get(url)[2] for url in paths} == before
    with serve(ports=ports, seed=2) as other:
        grid = other.truth.dealer("lonestar").grid
        assert get(grid)[2] != before[grid]


def test_a_port_in_use_is_a_clear_error() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(PortInUse, match=rf"port {port} for the site 'lonestar'"):
            serve(ports={"lonestar": port}).__enter__()


def test_unknown_sites_are_refused() -> None:
    with pytest.raises(ValueError, match="no such site: nowhere"):
        serve(ports={"nowhere": 1}).__enter__()


def test_command_line_says_how_to_point_paddock_at_it(replica: Replica) -> None:
    port = free_range(len(site_keys()))
    command = [sys.executable, "-m", "replica", "serve", "--port", str(port), "--day", "2"]
    with subprocess.Popen(
        command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdin is not None
        try:
            lines = [process.stdout.readline().strip() for _ in range(3)]
            assert lines[0].startswith("# day 2: 69 sellers, 19 dealers")
            assert lines[1] == f"export CLASSIC_BASE_URL=http://127.0.0.1:{port}"
            assert lines[2] == "export FETCH_ALLOWED_NETWORKS=127.0.0.1/32"
            assert get(f"http://127.0.0.1:{port}/data?filter=all&page=1")[0] == 200
        finally:
            process.terminate()
            process.communicate(timeout=10)


def test_every_dealer_links_a_page_that_its_robots_forbid(replica: Replica) -> None:
    for dealer in DEALERS:
        if dealer.challenged or dealer.robots is None:
            continue
        origin = replica.origins[dealer.key]
        rules = Protego.parse(get(f"{origin}/robots.txt")[2].decode())
        assert f'href="{dealer.private}"' in get(origin)[2].decode()
        assert not rules.can_fetch(origin + dealer.private, "Paddock")
        for sold in (False, True):
            for page in (1, 2):
                grid = replica.world.dealers[dealer.key].grid_url(page, sold)
                assert rules.can_fetch(grid, "Paddock")
    assert Protego.parse(BY_KEY["harbor"].robots or "").crawl_delay("Paddock") == 0.5
