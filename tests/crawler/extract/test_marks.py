"""The words without which nothing is a mark."""

import re

from hypothesis import given
from hypothesis import strategies as st
from lxml.html import fromstring

from crawler.extract.marks import (
    PENDING,
    SOLD,
    SOLD_NAMES,
    may_be_marked,
    read_mark,
)
from crawler.extract.tile import visible_elements

PHRASES = st.from_regex(re.compile(f"(?:{SOLD}|{PENDING})", re.ASCII), fullmatch=True)
PLACES = (
    "<div><p>{}</p></div>",
    "<div><p>$20,000 - {} - call us</p></div>",
    '<div><i data-status="{}"></i></div>',
    '<div><img alt="{}" src="a.png"></div>',
)


@given(phrase=PHRASES, place=st.sampled_from(PLACES), upper=st.booleans())
def test_a_marked_tile_is_never_passed_over(phrase: str, place: str, upper: bool) -> None:
    tile = fromstring(place.format(phrase.upper() if upper else phrase))
    assert may_be_marked(tile) or read_mark(visible_elements(tile), None).mark is None


@given(
    name=st.sampled_from(sorted(SOLD_NAMES)), template=st.sampled_from(["{}", "is-{}", "car_{}"])
)
def test_class_names_of_sold_cars_are_never_passed_over(name: str, template: str) -> None:
    tile = fromstring(f'<div><span class="{template.format(name)}">1967 Ford Mustang</span></div>')
    assert may_be_marked(tile)


def test_formatting_inside_a_word_hides_no_mark() -> None:
    tile = fromstring("<div><p class='status'><b>S</b>OLD</p></div>")
    assert may_be_marked(tile)
    assert read_mark(visible_elements(tile), None).mark == "sold"


def test_a_car_for_sale_may_not_be_marked() -> None:
    tile = fromstring("<div><h3>1967 Ford Mustang</h3><p class='price'>$45,000</p></div>")
    assert not may_be_marked(tile)
