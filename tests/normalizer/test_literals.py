"""The quick look never spares a search that would have found something."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.images import _POLICY
from normalizer.literals import Patterns, required

IMAGES = [*_POLICY.junk, *_POLICY.photos, *_POLICY.sizes]


@given(st.data())
def test_whatever_a_policy_pattern_matches_holds_a_required_word(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(IMAGES))
    text = data.draw(st.from_regex(pattern, alphabet=st.characters(codec="ascii"))).lower()
    words = required(pattern)
    if re.search(pattern, text):
        assert words is None or any(word in text for word in words)


@given(
    st.lists(
        st.sampled_from(
            [
                "/",
                "-",
                "_",
                ".",
                "x",
                "car",
                "logo",
                "no",
                "photo",
                "photos",
                "1967",
                "ford-sprite",
                "icon",
                "placeholder",
                "800x600",
                "thumb",
                "image",
                "upload",
                "w_400,c_fill",
                "cdn.dealeraccelerate.com",
                "g",
                "31",
                ".jpg",
                ".svg",
                "assets",
            ]
        ),
        max_size=12,
    ).map("".join)
)
def test_patterns_match_where_any_of_them_would(text: str) -> None:
    patterns = Patterns(_POLICY.junk)
    assert patterns.match(text) == bool(re.search("|".join(_POLICY.junk), text))
    sizes = [p.pattern for p in Patterns(_POLICY.sizes).candidates(text) if p.search(text)]
    assert sizes == [pattern for pattern in _POLICY.sizes if re.search(pattern, text)]


@pytest.mark.parametrize("pattern", ["a?", "(?i)logo", "(?i:logo)", "[a-z]+", "(?:logo|)", "b*c?"])
def test_a_pattern_that_needs_no_word_is_always_searched(pattern: str) -> None:
    assert required(pattern) is None
    assert len(Patterns([pattern]).candidates("xyz")) == 1
