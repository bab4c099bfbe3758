"""What a browser draws for the crawler, and what pages cannot make it do."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.crawler.drawn import Answers, draw, needs_browser
from tests.crawler.loopback import Answer, Behaviour, Site, serve

pytestmark = needs_browser

SCRIPT = {"Content-Type": "text/javascript"}
JSON = {"Content-Type": "application/json"}
ROBOTS = "User-agent: *\nDisallow: /closed/\n"
GROWING = """<main id="inventory-app"></main>%s<script>
let shown = 0; const all = 30, step = 6, box = document.getElementById('inventory-app');
function more() {
  for (let n = shown; n < Math.min(all, shown + step); n++)
    box.insertAdjacentHTML('beforeend', `<article style="height:600px"><a href="/cars/${n}">1967 Ford`
      + ` Mustang ${n}</a></article>`);
  shown = Math.min(all, shown + step);
}
more(); %s</script>"""
SCROLLED = "addEventListener('scroll', () => { if (scrollY + innerHeight > document.body.scrollHeight - 50) more() })"
PRESSED = "document.querySelector('button').onclick = e => { more(); if (shown == all) e.target.remove() }"
TURNED = """<main><h1>Stock</h1><div id="grid"></div></main><script>
const box = document.getElementById('grid');
function show(at) {
  let html = '';
  for (let n = 4 * at; n < 4 * at + 4; n++) html += `<p><a href="/cars/${n}">1967 Ford ${n}</a></p>`;
  for (let n = 1; n <= 3; n++) html += `<button ${n == at ? 'disabled' : ''}>${n}</button>`;
  box.innerHTML = html;
}
box.onclick = e => { if (e.target.tagName == 'BUTTON') show(Number(e.target.textContent)) };
show(1);</script>"""
TURNED_ON = """<main><h1>Stock</h1><div id="grid"></div>
<div class="pagination"><button aria-label="Previous page">&lsaquo;</button><span></span>
<button aria-label="Next page">&rsaquo;</button></div></main>
<div class="hero-slider"><a href="/a">A</a><a href="/b">B</a><button>Next</button></div><script>
const box = document.getElementById('grid'), [back, next] = document.querySelectorAll('button');
let at = 0;
function show() {
  let html = '';
  for (let n = 4 * at; n < 4 * at + 4; n++) html += `<p><a href="/cars/${n}">1967 Ford ${n}</a></p>`;
  box.innerHTML = html; back.disabled = at == 0; %s
}
next.onclick = () => { at = Math.min(at + 1, 2); show() }; back.onclick = () => { at--; show() };
show();</script>"""
PAGES: Mapping[str, Behaviour] = {
    "/robots.txt": Answer(body=ROBOTS, headers={"Content-Type": "text/plain"}),
    "/scrolled": Answer(body=GROWING % ("", SCROLLED)),
    "/pressed": Answer(body=GROWING % ("<button>Load more vehicles</button>", PRESSED)),
    "/turned": Answer(body=TURNED),
    "/turned_on": Answer(body=TURNED_ON % "next.disabled = at == 2;"),
    "/turned_on/always": Answer(body=TURNED_ON % ""),
    "/parts": Answer(
        body='<div id="cars"></div><img src="/photo.jpg" onerror="this.remove()"><script src="/app.js"></script>'
        '<script src="/closed/app.js"></script><script src="/moved.js"></script>'
        "<script>document.cookie = 'seen=1'</script>"
    ),
    "/app.js": Answer(
        body="fetch('/data', {headers: {'X-Key': 'open'}}).then(r => r.json()).then(t => "
        "document.getElementById('cars').textContent = t.join());"
        "fetch('/closed/data').catch(() => document.title = 'refused')",
        headers=SCRIPT,
    ),
    "/data": Answer(body=json.dumps(["drawn"]), headers=JSON),
    "/moved.js": Answer(302, headers={"Location": "/closed/moved.js"}),
    "/alerts": Answer(body="<p>Cars</p><script>while (true) alert('buy')</script>"),
    "/busy": Answer(body="<p>Cars</p><script>setTimeout(() => { while (true); }, 50)</script>"),
    "/restless": Answer(
        body="<p>Cars</p><script>setInterval(() => document.body.append(Math.random()), 20)</script>"
    ),
    "/endless": Answer(
        body=(GROWING % ("", SCROLLED)).replace("all = 30", "all = 1e9"),
    ),
    "/huge": Answer(body="<p>Cars</p><script src='/huge.js'></script>"),
    "/popups": Answer(
        body="<p>Cars</p><script>for (let n = 0; n < 30; n++) open('/popup'); print(); prompt('?')</script>"
    ),
    "/hog": Answer(
        body="<p>Cars</p><script>const kept = []; setInterval(() => { for (let n = 0; n < 8; n++)"
        " { const a = new Uint8Array(2**24); a.fill(7); kept.push(a) } }, 20)</script>"
    ),
    "/after": Answer(body="<p>Cars</p><script>document.body.append('drawn after')</script>"),
}


def huge(handler: Any) -> None:
    """A script of 100 MB, sent as fast as it is taken."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/javascript")
    handler.end_headers()
    for _ in range(100):
        handler.wfile.write(b" " * 2**20)


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Answers]]:
    paths = [
        "/scrolled",
        "/pressed",
        "/turned",
        "/turned_on",
        "/turned_on/always",
        "/parts",
        "/restless",
        "/huge",
        "/popups",
        "/after",
    ]
    with serve({**PAGES, "/huge.js": huge}) as site:
        folder = tmp_path_factory.mktemp("drawn")
        yield site, draw(folder, [site.url(path) for path in paths], RENDER_PAGE_SECONDS="12")


@pytest.mark.parametrize("path", ["/scrolled", "/pressed"])
def test_a_grid_that_grows_is_drawn_to_its_end(drawn: tuple[Site, Answers], path: str) -> None:
    site, answers = drawn
    page = answers.pages[site.url(path)]
    assert [n for n in range(30) if f"Mustang {n}<" not in page["html"]] == []
    assert not page["more_left"]


def test_pages_that_buttons_replace_are_all_kept(drawn: tuple[Site, Answers]) -> None:
    site, answers = drawn
    html = answers.pages[site.url("/turned")]["html"]
    assert [n for n in range(20) if f'href="/cars/{n}"' in html] == list(range(4, 16))
    assert "<button disabled" not in html


@pytest.mark.parametrize("path", ["/turned_on", "/turned_on/always"])
def test_a_pager_that_only_says_next_is_turned_until_nothing_new_comes(
    drawn: tuple[Site, Answers], path: str
) -> None:
    site, answers = drawn
    page = answers.pages[site.url(path)]
    assert [n for n in range(20) if f'href="/cars/{n}"' in page["html"]] == list(range(12))
    assert "Next page" not in page["html"]
    assert not page["more_left"]


def test_parts_obey_the_rules_of_the_site(drawn: tuple[Site, Answers]) -> None:
    site, answers = drawn
    page = answers.pages[site.url("/parts")]
    assert ">drawn</div>" in page["html"]
    assert "<title>refused</title>" in page["html"]
    assert not [path for path in site.paths() if path.startswith("/closed/")]
    assert page["parts"]["refused/robots"] == 3


def test_pictures_are_neither_fetched_nor_missed(drawn: tuple[Site, Answers]) -> None:
    site, answers = drawn
    assert "/photo.jpg" not in site.paths()
    assert '<img src="/photo.jpg"' in answers.pages[site.url("/parts")]["html"]


def test_sites_see_who_asks(drawn: tuple[Site, Answers]) -> None:
    site, _ = drawn
    assert {agent.partition("/")[0] for agent in site.agents} == {"Paddock"}


def test_parts_are_asked_one_at_a_time_and_once(drawn: tuple[Site, Answers]) -> None:
    site, _ = drawn
    assert [site.paths().count(path) for path in ("/app.js", "/data", "/robots.txt")] == [1, 1, 1]


@pytest.mark.parametrize("path", ["/restless", "/huge", "/popups"])
def test_pages_that_ask_too_much_are_read_as_they_stand(
    drawn: tuple[Site, Answers], path: str
) -> None:
    site, answers = drawn
    page = answers.pages[site.url(path)]
    assert page["failure"] is None
    assert "<p>Cars</p>" in page["html"]
    assert page["seconds"] < 30


def test_a_huge_part_is_not_taken_in(drawn: tuple[Site, Answers]) -> None:
    site, answers = drawn
    assert answers.pages[site.url("/huge")]["parts"] == {"refused/too_large": 1}
    assert answers.stats["downloader/response_bytes"] < 2e7


def test_no_popup_reaches_anybody(drawn: tuple[Site, Answers]) -> None:
    site, _ = drawn
    assert "/popup" not in site.paths()


def test_pages_that_never_end_are_ended(tmp_path: Path) -> None:
    paths = ["/busy", "/alerts", "/endless", "/hog", "/after"]
    with serve(PAGES) as site:
        answers = draw(
            tmp_path,
            [site.url(path) for path in paths],
            RENDER_PAGE_SECONDS="6",
            RENDER_MEMORY_MB="700",
        )
        told = {path: answers.pages[site.url(path)] for path in paths}
    assert told["/alerts"]["failure"] == "render_timeout"
    assert told["/busy"]["failure"] == "render_timeout"
    assert told["/endless"]["more_left"] or told["/endless"]["failure"] == "render_timeout"
    assert told["/hog"]["failure"] == "render_memory"
    assert all(page["seconds"] < 30 for page in told.values())
    # None of them harms the next.
    assert "drawn after" in told["/after"]["html"]


def test_a_missing_browser_is_named(tmp_path: Path) -> None:
    with serve(PAGES) as site:
        answers = draw(tmp_path, [site.url("/after")], RENDER_BROWSER="/nowhere/chromium")
        assert answers.pages[site.url("/after")]["failure"] == "browser_missing"
    assert "apt-get install chromium" in answers.log
