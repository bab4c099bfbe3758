"""What makes a page another page, and what no reader sees."""

import pytest

from crawler.body_hash import body_hash


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ('<script src="a.js" nonce="x1"></script>', '<script src="a.js" nonce="y2"></script>'),
        (
            '<input type="hidden" name="_csrf_token" value="1">',
            '<input type="hidden" name="_csrf_token" value="2">',
        ),
        (
            '<meta content="a" name="csrf-token"><p>',
            '<meta content="b" name="csrf-token"><p>',
        ),
        ('<a data-cfemail="0a1b">', '<a data-cfemail="ff00">'),
        (
            "<!-- Dynamic page generated in 0.8 seconds. -->",
            "<!-- page generated in 1 seconds. -->",
        ),
    ],
)
def test_what_no_reader_sees_makes_no_other_page(one: str, other: str) -> None:
    assert body_hash(one.encode()) == body_hash(other.encode())


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("<p>$20,000</p>", "<p>$21,000</p>"),
        (
            '<input type="hidden" name="stock" value="1">',
            '<input type="hidden" name="stock" value="2">',
        ),
        ('<a href="/car?token=1">', '<a href="/car?token=2">'),
        ('<script nonce="a">var cars=[1]</script>', '<script nonce="b">var cars=[2]</script>'),
        (
            "<script><!-- served({cars: [1]}) --></script>",
            "<script><!-- served({cars: [2]}) --></script>",
        ),
    ],
)
def test_what_a_reader_may_see_makes_another_page(one: str, other: str) -> None:
    assert body_hash(one.encode()) != body_hash(other.encode())
