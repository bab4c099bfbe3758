"""Sites take turns; one that gives nothing, or wants to be left alone, is left alone."""

import pytest

from crawler.pictures.picture import Picture
from crawler.pictures.turns import UNANSWERED, UNDER_WAY, UNDER_WAY_PER_SITE, Turns


def pictures(site: str, count: int) -> list[Picture]:
    return [Picture(site, f"http://{site}/{number}.jpg", [], None) for number in range(count)]


def taken(turns: Turns, count: int = 1_000) -> list[str]:
    found = (turns.take() for _ in range(count))
    return [picture.url.removeprefix("http://") for picture in found if picture is not None]


def test_sites_take_turns_in_their_own_order() -> None:
    turns = Turns()
    turns.add([*pictures("a", 3), *pictures("b", 1), *pictures("c", 2)])
    assert taken(turns) == ["a/0.jpg", "b/0.jpg", "c/0.jpg", "a/1.jpg", "c/1.jpg", "a/2.jpg"]


def test_a_large_site_leaves_room_for_others() -> None:
    turns = Turns()
    turns.add([*pictures("large", 500), *pictures("small", 1)])
    assert len(taken(turns)) == UNDER_WAY_PER_SITE + 1
    assert not turns.is_over
    turns.done(pictures("large", 1)[0], None)
    assert taken(turns) == [f"large/{UNDER_WAY_PER_SITE}.jpg"]


def test_what_is_under_way_is_bounded() -> None:
    turns = Turns()
    for number in range(100):
        turns.add(pictures(f"site{number}", 2))
    assert len(taken(turns)) == UNDER_WAY


def test_it_is_over_when_nothing_waits_and_nothing_is_under_way() -> None:
    turns = Turns()
    over = [turns.is_over]
    (picture,) = pictures("a", 1)
    turns.add([picture])
    over.append(turns.is_over)
    assert turns.take() is picture
    over.append(turns.is_over)
    turns.done(picture, None)
    assert [*over, turns.is_over] == [True, False, False, True]


@pytest.mark.parametrize("reason", ["rate_limited", "robots_unreachable", "challenge"])
def test_a_site_that_refuses_as_a_whole_is_left_alone_at_once(reason: str) -> None:
    turns = Turns()
    first, *others = pictures("a", 20)
    turns.add([first, *others])
    turns.take()
    turns.done(first, reason)
    assert (turns.take(), turns.left_alone) == (None, {"a": reason})
    turns.add(others)
    assert turns.is_over


@pytest.mark.parametrize(
    ("reason", "is_left"),
    [
        ("timeout", True),
        ("http_503", True),
        ("denied", True),
        ("http_404", False),
        ("robots", False),
        ("address", False),
    ],
)
def test_a_site_that_gives_nothing_is_left_alone(reason: str, is_left: bool) -> None:
    turns = Turns()
    turns.add(pictures("a", 20))
    for _ in range(UNANSWERED):
        picture = turns.take()
        assert picture is not None
        turns.done(picture, reason)
    assert ("a" in turns.left_alone) == is_left


def test_an_answer_in_between_starts_the_count_anew() -> None:
    turns = Turns()
    turns.add(pictures("a", 20))
    for failure in ["timeout", "timeout", None, "timeout", "http_404", "timeout"]:
        picture = turns.take()
        assert picture is not None
        turns.done(picture, failure)
    assert turns.left_alone == {}
