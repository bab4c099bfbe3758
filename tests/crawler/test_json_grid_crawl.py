"""Endpoints asked by the real downloader: robots rules and the address guard hold for them as for
every page, and a POST arrives as declared."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.crawler.conftest import FOREIGN, run_spider
from tests.crawler.loopback import Answer, Site, serve

CARS = [
    {
        "vin": f"2T36CRAV0TC00000{n}", "year": 2026, "make": "Toyota", "model": "RAV4",
        "link": f"/new/Toyota/2026-Toyota-RAV4-{n:032x}.htm", "stockNumber": f"K{n}",
    }
    for n in range(3)
]  # fmt: skip
DDC = """<script>DDC.siteSettings={"siteId":"oak"}; DDC.WS.state['ws-inv-data']={};</script>
<div id="inventory-results1-app-root"></div>"""
NAMED = '<div class="inventory-app" data-api="%s"></div><script src="/a.js"></script>'
JSON = {"Content-Type": "application/json"}
ROBOTS = Answer(
    body="User-agent: *\nDisallow: /api/closed\n", headers={"Content-Type": "text/plain"}
)
PAGES = {
    "/robots.txt": ROBOTS,
    "/ddc": Answer(body=DDC),
    "/open": Answer(body=NAMED % "/api/open/vehicles"),
    "/closed": Answer(body=NAMED % "/api/closed/vehicles"),
    "/moved": Answer(body=NAMED % "/api/moved/vehicles"),
    "/api/widget/ws-inv-data/getInventory": Answer(
        body=json.dumps({"pageInfo": {"totalCount": 3, "pageSize": 48}, "inventory": CARS}),
        headers=JSON,
    ),
    "/api/open/vehicles": Answer(body=json.dumps({"vehicles": CARS, "total": 3}), headers=JSON),
    "/api/closed/vehicles": Answer(body=json.dumps({"vehicles": CARS}), headers=JSON),
}


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Site, Site, dict[str, Any]]]:
    folder: Path = tmp_path_factory.mktemp("walk")
    with serve({}, host=FOREIGN) as decoy:
        away = Answer(302, headers={"Location": decoy.url("/api/vehicles")})
        with serve({**PAGES, "/api/moved/vehicles": away}) as site:
            paths = ("/ddc", "/open", "/closed", "/moved")
            (folder / "grids.json").write_text(json.dumps([site.url(path) for path in paths]))
            arguments = {"grids": f"{folder}/grids.json", "answers": f"{folder}/answers.json"}
            settings = {
                "DOWNLOAD_DELAY": "0.05",
                "ITEM_PIPELINES": "{}",
                "EXTENSIONS": "{}",
            }
            done = run_spider(None, "walk_whole", arguments, settings)
            assert (folder / "answers.json").exists(), done.stdout + done.stderr
            answers = json.loads((folder / "answers.json").read_text())
            yield site, decoy, {path: answers[site.url(path)] for path in paths}


def test_a_declared_endpoint_is_asked_by_post(told: tuple[Site, Site, dict[str, Any]]) -> None:
    site, _, answers = told
    assert answers["/ddc"] == [None, 3, 2, False]
    [body] = site.bodies
    assert json.loads(body)["siteId"] == "oak"


def test_a_named_endpoint_is_asked(told: tuple[Site, Site, dict[str, Any]]) -> None:
    assert told[2]["/open"] == [None, 3, 2, False]


def test_an_endpoint_that_robots_forbid_is_not_asked(
    told: tuple[Site, Site, dict[str, Any]],
) -> None:
    site, _, answers = told
    assert answers["/closed"] == ["needs_script", 0, 1, False]
    assert "/api/closed/vehicles" not in site.paths()


def test_an_endpoint_that_leads_into_a_private_network_is_refused(
    told: tuple[Site, Site, dict[str, Any]],
) -> None:
    _, decoy, answers = told
    assert answers["/moved"] == ["needs_script", 0, 1, False]
    assert decoy.paths() == []
