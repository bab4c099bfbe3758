"""Patterns that skip ahead find exactly what Python's engine finds in them as they are written."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from normalizer.images import _POLICY
from normalizer.patterns import BEGINNING, Alternation, scanner

WORDS = """
    / / / _ - . x a 12 640 1920x1440 -800x600 small thumb thumbs logo placeholder no-image banner
    /w_400,h_300,c_fill/ /image/upload /uploads/dealer/ wp-content/themes gravatar.com/ ^ /w640/
    www.facebook.com/tr photo-coming _scaled .jpg .png _crop_center
"""
PIECES = st.sampled_from(WORDS.split())
TEXTS = st.lists(PIECES, max_size=12).map("".join)
SIZES = [re.sub(r"\(\?P<\w+>", "(", pattern) for pattern in _POLICY.sizes]


@given(TEXTS)
def test_junk_is_found_as_it_is_written(text: str) -> None:
    """Each pattern is searched for behind a mark instead of at "the beginning or behind …"."""
    for pattern in _POLICY.junk:
        assert bool(scanner(pattern)(BEGINNING + text)) == bool(re.search(pattern, text)), pattern


@given(TEXTS)
def test_sizes_are_found_as_one_alternation(text: str) -> None:
    """The same places, and the same numbers in them."""
    found = [(match.span(), list(filter(None, match.groups()))) for match in matches(text)]
    whole = re.finditer("|".join(SIZES), text)
    assert found == [(match.span(), list(filter(None, match.groups()))) for match in whole]


def matches(text: str) -> list[re.Match[str]]:
    """What the photo sizes of the policy find."""
    return Alternation(SIZES).matches(text)


@pytest.mark.parametrize(
    ("pattern", "text", "is_found"),
    [
        ("^logo", "logo.png", True),
        ("^logo", "a/logo.png", False),
        ("^logo|icon", "an-icon.png", True),
        (r"(?:^|\.)cdn/", "cdn/a", True),
        (r"(?:^|\.)cdn/", "x.cdn/a", True),
        (r"(?:^|\.)cdn/", "xcdn/a", False),
        ("[^a]b", "b", False),
        (r"\sb", "b", False),
        ("a(?:x|^b)", "ab", False),
        ("(?<!a)b", "b", True),
    ],
)
def test_the_beginning_counts_only_where_it_is(pattern: str, text: str, is_found: bool) -> None:
    """The mark is no character of the text."""
    assert bool(scanner(pattern)(BEGINNING + text)) is is_found
