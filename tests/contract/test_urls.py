"""Fragments that name something, and all the others, which name nothing."""

import doctest
from uuid import uuid4

import pytest

from contract import urls
from contract.handles import listing_handle
from contract.urls import is_place, place_in, route_of, routed, url_identity

PAGE = "https://www.dealer.example/cars/"


def test_the_examples_hold() -> None:
    assert doctest.testmod(urls).failed == 0


@pytest.mark.parametrize(
    "fragment",
    ["", "top", "car-12", "!", "/", "!/", "/?", "main!", "/#/", "respond", "photo=2", ":~"],
)
def test_a_fragment_that_names_nothing_is_no_part_of_an_identity(fragment: str) -> None:
    assert url_identity(f"{PAGE}#{fragment}") == "dealer.example/cars"
    assert not is_place(f"{PAGE}#{fragment}")
    assert route_of(f"{PAGE}#{fragment}") == ""


@pytest.mark.parametrize(
    ("fragment", "identity"),
    [
        ("/vehicle/51", "#/vehicle/51"),
        ("/vehicle/51/", "#/vehicle/51"),
        ("!/cars/1967-porsche-911", "#!/cars/1967-porsche-911"),
        ("!cars/51", "#!cars/51"),
        ("/vehicle?id=51", "#/vehicle?id=51"),
    ],
)
def test_a_route_is_part_of_an_identity(fragment: str, identity: str) -> None:
    assert url_identity(f"{PAGE}#{fragment}") == f"dealer.example/cars{identity}"
    assert routed(PAGE, f"#{fragment}") == f"{PAGE}#{fragment}"


def test_spellings_of_a_place_are_one_listing() -> None:
    organization = uuid4()
    spellings = (
        place_in(PAGE, words=["1967 Porsche 911S, red"]),
        place_in("http://dealer.example/cars", words=["1967 PORSCHE 911S, Red"]),
        "http://dealer.example/cars#:~:text=1967 Porsche 911S%2C red",
    )
    assert len({listing_handle(organization, url) for url in spellings}) == 1
    assert listing_handle(organization, PAGE) != listing_handle(organization, spellings[0])
    other = place_in(PAGE, words=["1967 Porsche 911S, blue"])
    assert listing_handle(organization, other) != listing_handle(organization, spellings[0])


def test_what_a_browser_would_take_for_syntax_is_escaped() -> None:
    url = place_in(PAGE, words=["A-B, C & D #1"])
    assert url == f"{PAGE}#:~:text=A%2DB%2C%20C%20%26%20D%20%231"
