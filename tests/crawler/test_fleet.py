"""What holds for every spider there is, and for every one that will be added."""

import inspect
import re
from typing import Any

import pytest
from scrapy import Spider
from scrapy.settings import Settings
from scrapy.spiderloader import SpiderLoader
from scrapy.utils.test import get_crawler

from crawler import settings as project
from crawler.commands.crawl import spider_arguments
from crawler.errors import ArgumentError

SETTINGS = Settings()
SETTINGS.setmodule(project)
LOADER = SpiderLoader.from_settings(SETTINGS)
SPIDERS = sorted(LOADER.list())

DOCUMENTED = {
    "classic_sellers": {"filter", "start_page", "max_pages"},
    "dealer_profiles": {"limit"},
    "inventory": {"limit", "organization", "due"},
    "listings": {"limit", "organization"},
    "images": {"limit"},
    "homenet": {"feed", "organization"},
}
"""The command line that users rely on; a spider may take more, never less."""

MADE_WITH: dict[str, dict[str, str]] = {
    "homenet": {"feed": "feed.csv", "organization": "https://dealer.example"}
}
"""Arguments without which a spider cannot be made."""


def make(name: str, **arguments: str) -> Spider:
    settings = {"TWISTED_REACTOR_ENABLED": False, "IMAGES_STORE": "/srv/pictures"}
    crawler = get_crawler(LOADER.load(name), settings)
    return crawler.spidercls.from_crawler(crawler, **{**MADE_WITH.get(name, {}), **arguments})


def test_the_fleet_is_there() -> None:
    assert {"classic_sellers", "dealer_profiles", "inventory"} <= set(SPIDERS)


@pytest.mark.parametrize("name", SPIDERS)
def test_a_spider_is_named_as_its_file(name: str) -> None:
    assert LOADER.load(name).__module__ == f"crawler.spiders.{name}"


@pytest.mark.parametrize("name", SPIDERS)
def test_a_spider_starts_the_way_this_scrapy_calls_it(name: str) -> None:
    spider = LOADER.load(name)
    # A spider that has only start_requests fetches nothing and reports success.
    assert not hasattr(spider, "start_requests")
    assert "start_urls" not in vars(spider)
    assert inspect.isasyncgenfunction(spider.start)


@pytest.mark.parametrize("name", SPIDERS)
def test_a_spider_takes_its_documented_arguments_and_scrapyds(name: str) -> None:
    assert DOCUMENTED.get(name, set()) <= set(spider_arguments(LOADER.load(name)))
    made = make(name, _job="9f3c2b1e7d5a11f0a54900155d000001")
    assert made.name == name


@pytest.mark.parametrize(
    ("name", "argument"),
    [
        (name, argument)
        for name in SPIDERS
        for argument in sorted(DOCUMENTED.get(name, set()))
        if argument in ("limit", "start_page", "max_pages", "filter", "due")
    ],
)
@pytest.mark.parametrize("value", ["", "-1", "0", "many", "1.5", "٣"])
def test_a_spider_refuses_arguments_that_make_no_sense(
    name: str, argument: str, value: str
) -> None:
    with pytest.raises(ArgumentError, match=argument):
        make(name, **{argument: value})


@pytest.mark.parametrize("name", SPIDERS)
def test_a_spider_says_what_it_does(name: str) -> None:
    doc = inspect.getdoc(LOADER.load(name))
    assert doc
    assert doc != inspect.getdoc(Spider)
    for argument in DOCUMENTED.get(name, set()):
        assert re.search(rf"\b{argument}\b", doc), f"the docstring does not mention {argument}"


@pytest.mark.parametrize("name", SPIDERS)
def test_a_spider_leaves_politeness_and_safety_to_the_settings(name: str) -> None:
    spider: Any = LOADER.load(name)
    touched = set(spider.custom_settings or {})
    assert touched.isdisjoint(
        {
            "CONCURRENT_REQUESTS_PER_DOMAIN",
            "DOWNLOADER_MIDDLEWARES",
            "DOWNLOAD_DELAY",
            "DOWNLOAD_HANDLERS",
            "DOWNLOAD_VERIFY_CERTIFICATES",
            "FETCH_ALLOWED_NETWORKS",
            "HTTPPROXY_ENABLED",
            "TWISTED_DNS_RESOLVER",
            "USER_AGENT",
        }
    )
