"""Every stored page is recognized by its own platform and by no other, wherever it is served."""

import re

import pytest

from crawler.extract.css import select
from crawler.extract.page import Page
from crawler.golden import Case
from crawler.platforms import PLATFORMS, recognize
from tests.crawler.platforms.cases import FIXTURES

CASES = [
    Case(meta.parent)
    for platform in PLATFORMS
    for meta in sorted(FIXTURES.glob(f"{platform.name}/*/meta.json"))
]
HOST = re.compile(r"(?:https?:)?//[\w.-]+\.[a-z]{2,}(?=[/\"'\s])")
# Known by a vendor's host alone: what the page keeps of it besides is a link to another site.
BY_HOST = {"ebizautos-dealers_own_site_without_stock"}


def _name(case: Case) -> str:
    return f"{case.folder.parent.name}-{case.folder.name}"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_page_is_recognized_by_its_own_platform_alone(case: Case) -> None:
    page = case.page()
    names = [platform.name for platform in PLATFORMS if platform.recognizes(page)]
    own = case.folder.parent.name
    assert names == (["generic"] if own == "generic" else [own, "generic"])


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_page_is_recognized_on_a_mirror_that_replaces_every_host(case: Case) -> None:
    if _name(case) in BY_HOST:
        pytest.skip("only a link to the vendor's host names it")
    page = case.page()
    served = HOST.sub("http://127.0.0.1:8123", page.html)
    url = HOST.sub("http://127.0.0.1:8123", page.url)
    assert recognize(Page(url, served)).name == case.folder.parent.name


@pytest.mark.parametrize("case", [c for c in CASES if c.meta.get("kind") is None], ids=_name)
def test_fingerprint_names_what_was_found(case: Case) -> None:
    page = case.page()
    platform = recognize(page)
    if platform.name != "generic":
        told = platform.fingerprint(page)
        assert told is not None or page.html.lstrip()[:1] in "[{0123456789"


@pytest.mark.parametrize("case", CASES, ids=_name)
def test_looking_at_the_source_first_hides_no_fingerprint(case: Case) -> None:
    page = case.page()
    for platform in PLATFORMS:
        if any(select(selector, page.root) for selector in platform.fingerprints):
            assert platform.recognizes(page)


def test_address_with_escaped_slashes_is_a_fingerprint_too() -> None:
    escaped = Page(
        "https://x.example/", "<link href='https:&#x2F;&#x2F;c&#x2F;wmthemes&#x2F;a.css'>"
    )
    assert recognize(escaped).name == "automanager"
