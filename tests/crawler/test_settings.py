"""The settings say what they change, and a run keeps to its limits."""

import gzip
import inspect
import re
import zlib
from collections.abc import Callable
from pathlib import Path

import brotli  # type: ignore[import-untyped]
import pytest
from scrapy.settings import default_settings
from scrapy.utils.misc import load_object
from scrapy_playwright import handler

from crawler import settings
from tests.conftest import Tally
from tests.crawler.conftest import Answers
from tests.crawler.loopback import Answer, hang, serve

NAMES = [name for name in dir(settings) if name.isupper()]
SOURCE = Path(settings.__file__).read_text(encoding="utf-8")
OWN = {
    "CLASSIC_BASE_URL",
    "CONTACT_URL",
    "DETAIL_MAX_AGE",
    "DETAIL_RETRY_AFTER",
    "FETCH_ALLOWED_NETWORKS",
    "GRID_MEMORY",
    "IMAGES_MAX_BYTES",
    "IMAGES_MAX_PIXELS",
    "IMAGES_STORE",
    "OBSERVED_AT",
    "RENDERING",
    "RENDER_BROWSER",
    "RENDER_DEALERS",
    "RENDER_DEALER_MB",
    "RENDER_DEALER_PAGES",
    "RENDER_DEALER_SECONDS",
    "RENDER_MEMORY_MB",
    "RENDER_PAGE_PARTS",
    "RENDER_PAGE_SECONDS",
    "RETRY_AFTER_CAP",
    "RUN_ARGUMENTS",
    "STORE_PATIENCE",
}


@pytest.mark.parametrize("name", sorted(set(NAMES) - OWN))
def test_a_setting_differs_from_scrapys_default(name: str) -> None:
    if name.startswith("PLAYWRIGHT_"):
        assert name in scrapy_playwright_settings()
        return
    # A name that Scrapy does not know would change nothing, in silence.
    assert hasattr(default_settings, name)
    assert getattr(settings, name) != getattr(default_settings, name)


def scrapy_playwright_settings() -> set[str]:
    """The settings that scrapy-playwright reads."""
    return set(re.findall(r'"(PLAYWRIGHT_[A-Z_]+)"', inspect.getsource(handler)))


@pytest.mark.parametrize(
    "name", ["DOWNLOADER_MIDDLEWARES", "EXTENSIONS", "ITEM_PIPELINES", "TWISTED_DNS_RESOLVER"]
)
def test_every_component_exists(name: str) -> None:
    value = getattr(settings, name)
    for path in [value] if isinstance(value, str) else value:
        assert load_object(path)


def test_every_setting_says_why() -> None:
    unexplained = [
        line
        for line, before in zip(SOURCE.splitlines()[1:], SOURCE.splitlines(), strict=False)
        if re.match(r"[A-Z_]+( =|:)", line)
        and "#" not in line
        and not before.startswith(("#", "    ", "NEWSPIDER", "SPIDER", "BOT"))
        and "SPIDER_MODULE" not in line
    ]
    sections = ("DOWNLOADER_MIDDLEWARES", "ITEM_PIPELINES", "EXTENSIONS")
    assert [line for line in unexplained if not line.startswith(sections)] == []


def test_a_body_that_inflates_is_cut_off(ask: Callable[..., Answers], tally: Tally) -> None:
    zeros = bytes(64 * 1024 * 1024)
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    once = gzip.compress(zeros, 9)
    html = {"Content-Type": "text/html"}
    bombs = {
        "/gzip": Answer(200, once, {**html, "Content-Encoding": "gzip"}),
        "/twice": Answer(200, gzip.compress(once), {**html, "Content-Encoding": "gzip, gzip"}),
        "/deflate": Answer(
            200,
            deflate.compress(zeros) + deflate.flush(),
            {**html, "Content-Encoding": "deflate"},
        ),
        "/br": Answer(200, brotli.compress(zeros), {**html, "Content-Encoding": "br"}),
        "/plain": Answer(200, bytes(9 * 1024 * 1024)),
    }
    with serve({**bombs, "/page": Answer()}) as site:
        answers = ask([site.url(path) for path in (*bombs, "/page")])
    through = [answer for answer in answers.answers if answer.get("status")]
    tally("transfer bombs", len(bombs), len(through) - 1)
    assert [answer["url"] for answer in through] == [site.url("/page")]


def test_redirects_and_silence_end(ask: Callable[..., Answers]) -> None:
    hops = {f"/hop{n}": Answer(302, "", {"Location": f"/hop{n + 1}"}) for n in range(9)}
    with serve({**hops, "/silent": hang, "/page": Answer()}) as site:
        answers = ask(
            [site.url(path) for path in ("/hop0", "/silent", "/page")],
            DOWNLOAD_TIMEOUT="1",
            RETRY_TIMES="0",
        )
    errors = [answer.get("error") for answer in answers.answers]
    assert errors == ["IgnoreRequest", "DownloadTimeoutError", None]
    assert sum("hop" in path for path in site.paths()) == 6
