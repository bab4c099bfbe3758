"""`scrapy sd` and `scrapy fixture`: what a person sees of a page, and what is stored of it."""

import json
import os
import shutil
import subprocess
import sys
from argparse import ArgumentParser
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from scrapy.crawler import CrawlerProcess
from scrapy.exceptions import UsageError
from scrapy.settings import Settings

from crawler.commands.fixture import Command as Fixture
from crawler.commands.fixture import case_folder
from crawler.commands.sd import Command as Sd
from crawler.commands.sd import printable, show
from crawler.extract.page import Page
from crawler.golden import UNREVIEWED, Case
from crawler.look import Unavailable, in_words, look
from crawler.readout import readout, seller_facts
from tests.crawler.conftest import OWN, ROOT
from tests.crawler.loopback import Answer, Site, serve

CASES = ROOT / "tests" / "fixtures"
STREETSIDE = CASES / "dealer_accelerate" / "streetside_theme_mixed" / "page.html"
CLASSIC = "https://www.classic.com"
CHALLENGE = '<title>Just a moment...</title><script src="/cdn-cgi/challenge-platform/h/b/orchestrate/chl_page/v1"></script>'
PAGES = {
    "/robots.txt": Answer(
        body="User-agent: *\nDisallow: /private\n", headers={"Content-Type": "text/plain"}
    ),
    "/vehicles": Answer(body=STREETSIDE.read_bytes()),
    "/private": Answer(),
    "/challenge": Answer(403, CHALLENGE, {"Server": "cloudflare", "cf-mitigated": "challenge"}),
    "/s/oldmill-Ab12Cd3/": Answer(
        body="<main><h1>Old Mill Motors</h1><p>Phone: <a href='tel:+15124441234'>(512) 444-1234</a></p></main>"
    ),
}


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    with serve(PAGES) as site:
        yield site


@pytest.fixture
def process() -> CrawlerProcess:
    """A process that is never started: files need none."""
    return CrawlerProcess({"LOG_INSTALL_ROOT_HANDLER": False})


def scrapy(
    *arguments: str | Path, cwd: Path = ROOT, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a command without any database: the tools need none."""
    return subprocess.run(
        [sys.executable, "-W", "error", "-m", "scrapy", *map(str, arguments)],
        cwd=cwd,
        env={
            **os.environ,
            "PYTHONPATH": str(ROOT),
            "DATABASE_URL": "postgresql://127.0.0.1:9/none",
            "FETCH_ALLOWED_NETWORKS": f"{OWN}/32",
            **environment,
        },
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_a_fetched_grid_is_shown_with_the_reader_of_every_card(site: Site) -> None:
    done = scrapy("sd", site.url("/vehicles"), "--json")
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    found = json.loads(done.stdout)
    assert found["platform"] == "dealer_accelerate"
    assert found["fingerprint"] == "[style*='cdn.dealeraccelerate.']"
    assert [(card["title"], card.get("mark"), card["reader"]) for card in found["grid"]["cards"]][
        :2
    ] == [("1955 Chevrolet Nomad", None, "tile"), ("1973 Ford F-100", "sold", "tile")]
    assert found["grid"]["next_url"] == site.url("/vehicles?page=2")
    assert found["sold_candidates"][0]["url"] == site.url("/vehicles/sold")
    assert "seller" not in found


def test_a_stored_grid_is_shown_as_a_table_that_any_terminal_can_take() -> None:
    done = scrapy("sd", STREETSIDE, PYTHONIOENCODING="ascii")
    assert done.returncode == 0, done.stderr
    for words in (
        "dealer_accelerate, known by [style*='cdn.dealeraccelerate.']",
        "3 cards, confidence 1.0",
        "1973 Ford F-100",
        "$62,995",
        "BW4525",
        "https://www.lakeside.example/vehicles/sold by link /vehicles/sold",
    ):
        assert words in done.stdout


def test_a_profile_is_shown_with_the_place_of_every_fact(site: Site) -> None:
    done = scrapy("sd", site.url("/s/oldmill-Ab12Cd3/"), CLASSIC_BASE_URL=site.url(""))
    assert done.returncode == 0, done.stderr
    [phone] = [line for line in done.stdout.splitlines() if "(512) 444-1234" in line]
    assert "phone" in phone
    assert "profile" in phone
    assert "Old Mill Motors" in done.stdout


@pytest.mark.parametrize(
    ("path", "said"),
    [
        ("/private", "robots.txt forbids it"),
        ("/challenge", "the site answers crawlers with a challenge"),
    ],
)
def test_a_page_that_cannot_be_had_is_said_in_words(site: Site, path: str, said: str) -> None:
    done = scrapy("sd", site.url(path))
    assert done.returncode == 1, done.stdout + done.stderr
    assert done.stdout == ""
    assert said in done.stderr
    assert "/private" not in site.paths()


def test_the_address_guard_holds_for_the_tools(site: Site, tmp_path: Path) -> None:
    before = len(site.hits)
    shutil.copy(ROOT / "scrapy.cfg", tmp_path)
    done = scrapy(
        "fixture", site.url("/vehicles"), "generic/x", cwd=tmp_path, FETCH_ALLOWED_NETWORKS=""
    )
    assert done.returncode == 1
    assert "the address guard refuses it" in done.stderr
    assert len(site.hits) == before
    assert not (tmp_path / "tests").exists()


@pytest.mark.parametrize(
    ("reason", "said"),
    [
        ("http_404", "the site answers with HTTP status 404"),
        ("not_html", "the answer is no HTML page (not_html)"),
        ("login", "the pages are behind a login; ask the dealer for a feed (login)"),
        ("something_new", "something_new"),
    ],
)
def test_every_reason_has_words(reason: str, said: str) -> None:
    assert in_words(reason) == said


def test_a_usage_error_ends_with_2() -> None:
    done = scrapy("sd")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "name one page" in done.stderr


@pytest.mark.parametrize(
    ("command", "arguments"),
    [
        (Sd(), ["one", "two"]),
        (Sd(), ["https://dealer.example/", "--url", "https://dealer.example/"]),
        (Fixture(), [str(STREETSIDE)]),
        (Fixture(), [str(STREETSIDE), "nobody/case"]),
        (Fixture(), [str(STREETSIDE), "dealer_accelerate/streetside_theme_mixed"]),
    ],
)
def test_a_command_line_that_makes_no_sense_is_a_usage_error(
    command: Sd | Fixture, arguments: list[str], process: CrawlerProcess
) -> None:
    command.settings = Settings()
    command.crawler_process = process
    parser = ArgumentParser(conflict_handler="resolve")
    command.add_options(parser)
    options, rest = parser.parse_known_args(arguments)
    with pytest.raises(UsageError):
        command.run(rest, options)


def test_a_case_is_stored_marked_as_unreviewed(site: Site, tmp_path: Path) -> None:
    shutil.copy(ROOT / "scrapy.cfg", tmp_path)
    stored = Case(tmp_path / "tests" / "fixtures" / "dealer_accelerate" / "lakeside")
    done = scrapy("fixture", site.url("/vehicles"), "dealer_accelerate/lakeside", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert 'delete the line "unreviewed"' in done.stdout
    assert stored.meta == {"url": site.url("/vehicles")}
    expected = stored.expected()
    assert expected.pop(UNREVIEWED)
    assert expected == stored.read()
    assert [card["price"] for card in expected["cards"]][:2] == ["$67,995", "$62,995"]


def test_a_vehicle_s_page_is_stored_with_its_status(tmp_path: Path) -> None:
    page = CASES / "generic" / "vehicle_pending" / "page.html"
    case = Case(tmp_path / "case")
    case.store("https://oldmill.example/inventory/detail/101", page.read_bytes(), "vehicle")
    assert case.page_path.read_bytes() == page.read_bytes()
    assert case.read() == Case(page.parent).expected()
    with pytest.raises(FileExistsError):
        case.store("https://oldmill.example/", b"")


@pytest.mark.parametrize(
    "name", ["generic", "generic/", "generic/Upper", "generic/../../x", "generic/a/b", "/x"]
)
def test_a_case_lands_nowhere_but_in_the_fixtures(name: str) -> None:
    with pytest.raises(UsageError):
        case_folder(name)


@pytest.mark.parametrize(
    ("html", "url", "found"),
    [
        ("<link rel=canonical href='https://a.example/cars'>", None, "https://a.example/cars"),
        ("<meta property='og:url' content='https://a.example/cars'>", None, "https://a.example/cars"),
        ("<link rel=canonical href='https://a.example/'>", "https://b.example/", "https://b.example/"),
        ("<link rel=canonical href='/cars'>", None, None),
        ("", None, None),
        ("", "mailto:x@b.example", None),
    ],
)  # fmt: skip
def test_a_file_tells_where_it_came_from_or_is_told(
    tmp_path: Path, process: CrawlerProcess, html: str, url: str | None, found: str | None
) -> None:
    file = tmp_path / "saved.html"
    file.write_text(html)
    if found is None:
        with pytest.raises(UsageError, match="add --url URL"):
            look(process, str(file), url)
    else:
        assert look(process, str(file), url).page.url == found


def test_a_golden_case_is_read_with_its_own_url_and_status(process: CrawlerProcess) -> None:
    case = CASES / "generic" / "page_not_found"
    page = look(process, str(case / "page.html")).page
    meta = json.loads((case / "meta.json").read_text())
    assert (page.url, page.status) == (meta["url"], meta.get("status", 200))


def test_a_file_that_is_not_there_is_said_in_words(process: CrawlerProcess) -> None:
    with pytest.raises(Unavailable, match="a URL begins with https://"):
        look(process, "www.dealer.example/inventory")


def test_cards_of_structure_and_of_structured_data_are_told_apart() -> None:
    def readers(case: str) -> set[str]:
        return {card["reader"] for card in readout(Case(CASES / case).page())["grid"]["cards"]}

    assert readers("generic/wordpress_listings") == {"structure"}
    assert readers("generic/json_ld_alone") == {"structured data"}
    assert readers("dealer_com/state_of_a_drawn_grid") == {"embedded data"}


def test_a_seller_s_own_site_is_read_as_such() -> None:
    page = Page("https://oldmill.example/", "<a href='tel:+15124441234'>(512) 444-1234</a>")
    [phone] = seller_facts(page, CLASSIC)["phone"]
    assert phone["origin"] == "website"


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("1967 \x1b[2JMustang", "1967 [2JMustang"),
        ("1967\x9b2JMustang", "1967 2JMustang"),
        ("a\u202eb\n c", "a b c"),
        ("x" * 1000, "x" * 300 + "…"),
        ("1967 Citroën DS", "1967 Citroën DS"),
    ],
)
def test_a_page_cannot_write_into_the_terminal(value: Any, shown: str) -> None:
    assert printable(value) == shown


def test_words_that_look_like_markup_are_shown_as_they_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    html = "<title>[/red] [bold]Cars :car:</title><h1>1967 Ford Mustang</h1>"
    show(readout(Page("https://oldmill.example/cars", html)))
    assert "[/red] [bold]Cars :car:" in capsys.readouterr().out


def test_a_vehicle_s_page_shows_its_fields_and_where_they_were_found(
    capsys: pytest.CaptureFixture[str],
) -> None:
    case = Case(CASES / "generic" / "vehicle_page_with_swiper_and_similar_cars")
    found = readout(case.page())
    vehicle = found["vehicle"]
    assert (vehicle["reader"], vehicle["fields"]["vin"]) == ("generic", "2275128")
    assert vehicle["sources"] | {"make": "structured data", "vin": "label"} == vehicle["sources"]
    show(found)
    shown = capsys.readouterr().out
    assert "confidence 1.0" in shown
    assert "Limited-slip differential" in shown


def test_classic_com_s_page_of_a_car_is_shown_by_its_own_reader() -> None:
    page = Page(
        f"{CLASSIC}/veh/1967-ford-mustang-7r02c112233-Ab12Cd3", "<h1>1967 Ford Mustang</h1>"
    )
    assert readout(page)["vehicle"]["reader"] == "classic.com"
