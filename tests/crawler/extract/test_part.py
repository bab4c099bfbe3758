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
        assert (part.text, element.nodes) == (element.text or "", list(element))
        assert list(part.parts) == [part_of(node) for node in element]
        assert list(part.tails) == [node.tail or "" for node in element]
    paragraph = next(page.root.iter("p"))
    assert (text_of(paragraph), own_text(paragraph)) == ("x y wv", "x y v")


def test_elements_that_hold_the_same_share_a_part() -> None:
    tile = "<dl><dt class=label>Engine</dt><dd><b>V8</b> <i>big</i></dd></dl>"
    first, second = (Page("https://dealer.example/", f"<main>{tile * 2}") for _ in range(2))
    for tag in ("dt", "dd", "b"):
        parts = {part_of(element) for page in (first, second) for element in page.root.iter(tag)}
        assert len(parts) == 1
    # What holds more is the page's own, and goes with it.
    assert len({part_of(page.root) for page in (first, second)}) == 2


def test_parts_differ_in_whatever_their_elements_do() -> None:
    page = Page("https://dealer.example/", "<p>a</p><p>a </p><p class=x>a</p><p><b>a</b></p>"
                "<p><b>a</b>b</p><p><b>a</b><!-- c --></p><p hidden>a</p><div>a</div>")  # fmt: skip
    elements = [*page.root.iter("p"), *page.root.iter("div")]
    assert len({part_of(element) for element in elements}) == len(elements)


def test_a_part_that_is_much_used_is_small() -> None:
    long = "word " * 100
    page = Page("https://dealer.example/", f"<p>{long}</p><p>{long}</p><i title='{long}'></i>" * 2)
    for tag in ("p", "i"):
        parts = {part_of(element) for element in page.root.iter(tag)}
        assert len(parts) == len(list(page.root.iter(tag)))


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
