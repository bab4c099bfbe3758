"""Pages that try to get at what the crawler must not reach, by every way that a browser has.

The decoys are on the loopback, outside of the allow-list. The same pages in a browser without our guard
do reach them: the test can fail.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from playwright.async_api import Error as PlaywrightError
from playwright.async_api import async_playwright

from crawler.rendering.browser import launch_options
from crawler.rendering.dead_end import DeadEnd
from tests.conftest import Tally
from tests.crawler.conftest import FOREIGN, OWN
from tests.crawler.drawn import BROWSER, draw, needs_browser
from tests.crawler.loopback import Answer, Behaviour, Site, serve

pytestmark = needs_browser

SCRIPT = {"Content-Type": "text/javascript"}
WAYS: Mapping[str, str] = {
    # The page's own markup.
    "iframe": '<iframe src="{decoy}/iframe"></iframe>',
    "image": '<img src="{decoy}/image.png">',
    "script": '<script src="{decoy}/script.js"></script>',
    "stylesheet": '<link rel="stylesheet" href="{decoy}/stylesheet.css">',
    "prefetch": '<link rel="prefetch" href="{decoy}/prefetch">',
    "preload": '<link rel="preload" as="fetch" href="{decoy}/preload" crossorigin>',
    "video": '<video src="{decoy}/video.mp4" autoplay muted></video>',
    "object": '<object data="{decoy}/object"></object>',
    "meta-refresh": "<script>document.body.insertAdjacentHTML('beforeend',"
    "'<me' + 'ta http-equiv=refresh content=\"0;url={decoy}/meta-refresh\">')</script>",
    "font": "<style>@font-face{{font-family:x;src:url({decoy}/font.woff)}}b{{font-family:x}}</style><b>x</b>",
    # Its scripts.
    "fetch": "<script>fetch('{decoy}/fetch', {{mode: 'no-cors'}})</script>",
    "xhr": "<script>x = new XMLHttpRequest(); x.open('GET', '{decoy}/xhr'); x.send()</script>",
    "beacon": "<script>navigator.sendBeacon('{decoy}/beacon', 'x')</script>",
    "websocket": "<script>new WebSocket('{decoy}/websocket'.replace('http', 'ws'))</script>",
    "event-source": "<script>new EventSource('{decoy}/event-source')</script>",
    "worker": "<script>new Worker('/worker.js')</script>",
    "shared-worker": "<script>new SharedWorker('/worker.js?shared')</script>",
    "service-worker": "<script>navigator.serviceWorker.register('/service.js').then(() => navigator"
    ".serviceWorker.ready).then(() => fetch('/anything'))</script>",
    "blob-worker": "<script>new Worker(URL.createObjectURL(new Blob(["
    "\"fetch('{decoy}/blob-worker', {{mode: 'no-cors'}})\"])))</script>",
    "location": "<script>location.href = '{decoy}/location'</script>",
    "window-open": "<script>open('{decoy}/window-open')</script>",
    "form-post": '<form method="post" action="{decoy}/form-post"></form>'
    "<script>document.forms[0].submit()</script>",
    "module-import": '<script type="module">import "{decoy}/module-import.js"</script>',
    "dynamic-import": "<script>import('{decoy}/dynamic-import.js')</script>",
    # Redirects, which no hook in the browser sees.
    "redirected-script": '<script src="/to/redirected-script"></script>',
    "redirected-fetch": "<script>fetch('/to/redirected-fetch', {{mode: 'no-cors'}})</script>",
    "redirected-iframe": '<iframe src="/to/redirected-iframe"></iframe>',
    "redirected-image": '<img src="/to/redirected-image">',
    "redirected-worker": "<script>new Worker('/to/redirected-worker')</script>",
    "redirected-location": "<script>location.href = '/to/redirected-location'</script>",
    # Spellings of the loopback that are no canonical address.
    "decimal": "<script>fetch('http://2137194497:{port}/decimal', {{mode: 'no-cors'}})</script>",
    "hexadecimal": "<script>fetch('http://0x7f.99.1:{port}/hexadecimal', {{mode: 'no-cors'}})</script>",
    "mapped": "<script>fetch('http://[::ffff:127.99.0.1]:{port}/mapped', {{mode: 'no-cors'}})</script>",
    "name": "<script>fetch('http://rebinds.localhost:{port}/name', {{mode: 'no-cors'}})</script>",
    "file": '<iframe src="file:///etc/hostname"></iframe><script>fetch("file:///etc/hostname")</script>',
}  # fmt: skip
LEAVING = {"meta-refresh", "location", "form-post", "redirected-location"}
"""Ways that take the page elsewhere: each has a page of its own, all others share one."""
PAGES = {name: WAYS[name] for name in LEAVING} | {
    "staying": "\n".join(way for name, way in WAYS.items() if name not in LEAVING)
}
BODY = "<!doctype html><title>Cars</title><body><p>Cars</p>{way}</body>"
UNREACHABLE_EVEN_SO = {"mapped", "name", "file", "redirected-worker"}
"""The decoy listens on one IPv4 address; the names of the loopback lead to another, and a browser
opens no file for a web page, nor a worker from another site."""


@contextmanager
def world() -> Iterator[tuple[Site, Site]]:
    with serve({"*": Answer()}, host=FOREIGN) as decoy:
        base = decoy.url("").rstrip("/")
        pages: dict[str, Behaviour] = {
            f"/{name}": Answer(body=BODY.format(way=way.format(decoy=base, port=decoy.port)))
            for name, way in PAGES.items()
        }
        workers = {"worker.js": "worker", "worker.js?shared": "shared-worker"}
        for script, name in {**workers, "service.js": "service-worker"}.items():
            body = f"fetch('{base}/{name}', {{mode: 'no-cors'}})"
            pages[f"/{script}"] = Answer(body=body, headers=SCRIPT)
        for name in WAYS:
            pages[f"/to/{name}"] = Answer(302, headers={"Location": f"{base}/{name}"})
        with serve(pages, host=OWN) as site:
            yield site, decoy


def reached(decoy: Site) -> set[str]:
    return {path.strip("/").split(".")[0] for path in decoy.paths()} - {"favicon"}


@pytest.fixture(scope="module")
def unguarded() -> set[str]:
    """The ways by which a browser as it comes reaches the decoys."""

    async def visit(site: Site, decoy: Site) -> None:
        async with async_playwright() as playwright:
            options = launch_options(str(BROWSER), "http://127.0.0.1:1")
            del options["proxy"]
            options["args"] = []
            browser = await playwright.chromium.launch(**options)
            for name in PAGES:
                page = await browser.new_page()
                with suppress(PlaywrightError):  # It goes elsewhere: that is what it is here for.
                    await page.goto(site.url(f"/{name}"), wait_until="commit", timeout=9_000)
                ways = {name} if name in LEAVING else set(WAYS) - LEAVING
                for _ in range(100):
                    if reached(decoy) >= ways - UNREACHABLE_EVEN_SO:
                        break
                    await asyncio.sleep(0.1)
                await page.close()
            await browser.close()

    with world() as (site, decoy):
        asyncio.run(visit(site, decoy))
        return reached(decoy)


def test_no_way_out_of_a_drawn_page(unguarded: set[str], tmp_path: Path, tally: Tally) -> None:
    with world() as (site, decoy):
        drawn = draw(tmp_path, [site.url(f"/{name}") for name in PAGES])
        let_through = reached(decoy)
    tally("ways out of a drawn page", len(WAYS), len(let_through))
    assert let_through == set()
    assert not decoy.hits
    assert unguarded >= set(WAYS) - UNREACHABLE_EVEN_SO
    # A page that tried is read all the same.
    for name in PAGES:
        page = drawn.pages[site.url(f"/{name}")]
        assert page["failure"] is None, name
        assert "<p>Cars</p>" in page["html"], name


def test_the_dead_end_alone_lets_nothing_out(tmp_path: Path) -> None:
    """What the requests' handler never hears of ends at the proxy."""

    async def visit(site: Site, decoy: Site) -> DeadEnd:
        async with DeadEnd() as dead_end, async_playwright() as playwright:
            options = launch_options(str(BROWSER), dead_end.url)
            browser = await playwright.chromium.launch(**options)
            for name, way in PAGES.items():
                page = await browser.new_page()
                body = BODY.format(way=way.format(decoy=decoy.url(""), port=decoy.port))
                await page.set_content(body, wait_until="commit")
                await asyncio.sleep(0.5)
                answer = await page.goto(site.url(f"/{name}"), timeout=20_000)
                assert answer is not None
                assert answer.status == 403
                await page.close()
            await browser.close()
        return dead_end

    with world() as (site, decoy):
        dead_end = asyncio.run(visit(site, decoy))
        assert not decoy.hits
        assert not site.hits
    asked = {target.rpartition("/")[2].partition(".")[0] for target in dead_end.targets}
    assert asked >= {"iframe", "image", "script", "prefetch", "fetch", "xhr", "beacon", "form-post"}
    assert asked >= {"location", "meta-refresh", "window-open", "blob-worker", "event-source"}
    assert f"{FOREIGN}:{decoy.port}" in dead_end.targets  # The websocket asks for a tunnel.
