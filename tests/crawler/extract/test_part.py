"""What is asked of lxml once: the answers are lxml's, and deep pages take no longer than flat."""

import gc
import time
import weakref

import pytest
from lxml import etree

from crawler.extract.page import Page
from crawler.extract.part import part_of
from crawler.extract.text import own_text, text_of
from crawler.platforms.generic import Generic

CAR = "<h1>1967 Ford Mustang</h1><p class=price>$45,000</p><dl><dt>VIN<dd>7R01C123456</dl>"


def test_part_says_what_lxml_says() -> None:
    page = Page("https://dealer.example/", "<p a=1>x<!-- c -->y<b hidden>z</b> <i>w</i>v")
    for element in page.elements:
        part = part_of(element)
        assert part is part_of(element)
        assert (part.tag, part.attributes) == (element.tag, dict(element.attrib))
        assert (part.text, list(part.nodes)) == (element.text or "", list(element))
        assert list(part.tails) == [node.tail or "" for node in element]
        assert list(part.children) == list(element.iterchildren("*"))
    paragraph = next(page.root.iter("p"))
    assert (text_of(paragraph), own_text(paragraph)) == ("x y wv", "x y v")


def test_comments_say_nothing() -> None:
    assert part_of(etree.Comment("sold")).hidden
    assert text_of(etree.Comment("sold")) == ""


def test_a_page_that_is_gone_leaves_nothing_behind() -> None:
    page = Page("https://dealer.example/", f"<main><div><p>{'word ' * 1_000}</p></div></main>")
    assert len(page.text) > 2_000
    body = weakref.ref(part_of(page.root))
    del page
    gc.collect()
    assert body() is None


@pytest.mark.parametrize(
    ("opening", "closing", "times"),
    [
        ("<div>", "</div>", 2_000),
        ("<div>word ", "</div>", 2_000),
        ("<span>a<b>", "</b></span>", 1_000),
        ("<p>a line<br>", "", 10_000),
    ],
)
def test_a_deep_page_is_read_in_time(opening: str, closing: str, times: int) -> None:
    html = f"<html><body>{opening * times}{CAR}{closing * times}</body></html>"
    page = Page("https://dealer.example/vehicles/1967-ford-mustang", html)
    start = time.process_time()
    detail = Generic().read_detail(page)
    Generic().read_grid(page)
    # About half a second; each text put together anew took twenty.
    assert time.process_time() - start < 4
    assert detail.title
    assert detail.vin
