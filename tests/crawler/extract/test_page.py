"""A page is parsed whatever its state, and no reader raises."""

import json
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from crawler.extract.content import outside_content
from crawler.extract.inventory_links import inventory_candidates
from crawler.extract.page import Page
from crawler.extract.tiles import find_tiles
from crawler.platforms import PLATFORMS, recognize

URL = "https://d.example/inventory"
CARD = (
    '<div class="card"><a href="/inventory/1967-ford-{n}"><img src="/p/{n}.jpg"></a>'
    "<h3>1967 Ford Mustang {n}</h3><p class=price>$10,000</p><p>VIN: A{n}</p></div>"
)


def read_all(page: Page) -> None:
    for platform in PLATFORMS:
        platform.recognizes(page)
        platform.read_grid(page)
        platform.read_status(page)
    inventory_candidates(page)


@pytest.mark.parametrize(
    "html",
    [
        "",
        " ",
        "\x00\x00",
        "no html at all",
        "<",
        "<!doctype html>",
        "<html><body><div class=",
        "<div>" * 5_000,
        b"\xff\xfe\x00<",
        b"\x89PNG\r\n\x1a\n" + bytes(range(256)),
        '{"json": true}',
        '<script type="application/ld+json">{"@type": ["Car", {"a": </script>',
        '<script type="application/ld+json">' + "[" * 50_000 + "</script>",
        '<a href="http://[::1">1967 Ford</a><a href="//">x</a><a href="https://x:99999/">1967 Ford</a>',
        '<div itemscope itemprop="x"><div itemscope itemtype=""><i itemprop="name"></i></div></div>',
        "<table><tr><td><a href='/inventory/1967-ford-1'>1967 Ford<tr><td>$5",
        '<base href="javascript:alert(1)"><a href="/inventory/1967-ford-1">1967 Ford</a>',
        "\ud800 lone surrogate",
    ],
)
def test_damaged_pages_read_as_nothing_or_something(html: str | bytes) -> None:
    read_all(Page(URL, html))


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 1200), st.integers(0, 1200), st.text(max_size=12))
def test_pages_cut_and_glued_anywhere(start: int, end: int, text: str) -> None:
    whole = (
        "<html><body><main>" + "".join(CARD.format(n=n) for n in range(4)) + "</main></body></html>"
    )
    read_all(Page(URL, whole[:start] + text + whole[end:]))


def test_wrong_declaration_of_encoding() -> None:
    html = '<html><head><meta charset="iso-8859-1"></head><body>Citroën DS — 45.000 €</body></html>'
    assert "Citroën DS — 45.000 €" in Page(URL, html.encode()).text
    old = "<html><body>Citroën DS 45.000 €</body></html>".encode("cp1252")
    assert "Citroën DS 45.000 €" in Page(URL, old).text


def test_broken_json_ld_is_repaired_where_that_is_safe() -> None:
    car = '{"@type":"Car","name":"1967 Ford\nMustang",}'
    for script in (car, f"<!-- {car} -->", f"//<![CDATA[\n{car}\n//]]>", f"{car};", json.dumps({"@graph": [{"@type": "Car", "name": "x"}]})):  # fmt: skip
        page = Page(URL, f'<script type="application/ld+json">{script}</script>')
        assert page.jsonld[0]["@type"] == "Car", script


def test_nothing_unstorable_comes_out() -> None:
    card = CARD.format(n=1).replace("Mustang", "Mus\x00tang \ud800")
    grid = recognize(Page(URL, card)).read_grid(Page(URL, card))
    assert grid.cards[0].title
    assert "\x00" not in grid.cards[0].title
    grid.cards[0].title.encode()


@pytest.mark.parametrize(
    "filler",
    [
        "<p>lorem ipsum dolor 1967 ford sold $5</p>",
        "<p class=price>" + "$1 " * 400 + "</p>",
        "<script>var x = 'sold 1967 Ford $1,000';</script>",
        "<!-- sold -->",
        "1,000,",
    ],
)
def test_huge_page_takes_bounded_time(filler: str) -> None:
    page = Page(URL, "<html><body>" + CARD.format(n=1) + filler * (2_000_000 // len(filler)))
    before = time.process_time()
    recognize(page).read_grid(page)
    assert time.process_time() - before < 4  # About 1 s alone; the machine may be shared.


def test_cost_grows_with_the_number_of_cards_and_no_faster() -> None:
    def cost(cards: int) -> float:
        page = Page(URL, "<main>" + "".join(CARD.format(n=n) for n in range(cards)) + "</main>")
        before = time.process_time()
        assert len(recognize(page).read_grid(page).cards) == cards
        return time.process_time() - before

    few, many = (min(cost(cards), cost(cards)) for cards in (300, 1_200))
    assert many < 8 * max(few, 0.08)


def test_a_page_that_was_forgotten_reads_the_same_again() -> None:
    cards = "".join(CARD.format(n=n) for n in range(4))
    page = Page(URL, f"<nav><a href='/'>Home</a></nav><main>{cards}</main>")
    before, outside, root = find_tiles(page), outside_content(page), page.root
    page.forget()
    again = find_tiles(page)
    assert page.root is not root
    assert [tile.url for tile in again] == [tile.url for tile in before]
    # What readers remember of it are this parse's elements, not those of the one before.
    assert all(tile.element in page.elements for tile in again)
    assert set(outside_content(page)) <= set(page.elements)
    assert len(outside_content(page)) == len(outside)
