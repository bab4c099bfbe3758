"""What stands beside the cars is none, and what a Nordic page means by "kr"."""

import pytest

from crawler.extract.page import Page
from crawler.platforms import recognize

THINGS = [
    "1957 Chevrolet Bel Air Hood Ornament",
    "1966 Ferrari 330 P3 Factory Poster",
    "Porsche 911 Fuchs Wheels, set of four (1969-1973)",
    "1967 Jaguar E-Type owner's manual",
    "1965 Shelby GT350 Pedal Car",
    "1972 BMW 2002 steering wheel",
]
CARS = ["1957 Chevrolet Bel Air", "1969 Dodge Super Bee 4-speed manual", "1931 Ford Model A Woody"]


def read(names: list[str], lang: str = "en", price: str = "$2,400") -> list[tuple[str, str, str]]:
    tiles = "".join(
        f'<div class="item"><a href="/item/{n}-x"><img src="/{n}.jpg"><span>{name}</span></a>'
        f"<p>{price}</p><p>Comes with tool kit and workshop manual.</p></div>"
        for n, name in enumerate(names)
    )
    page = Page("https://d.example/for-sale", f'<html lang="{lang}"><body>{tiles}</body></html>')
    cards = recognize(page).read_grid(page).cards
    return [(card.title or "", card.price or "", card.price_currency or "") for card in cards]


def test_things_that_carry_a_car_s_name_are_no_cars() -> None:
    mixed = [name for pair in zip(CARS, THINGS[:3], strict=True) for name in pair] + THINGS[3:]
    assert [title for title, *_ in read(mixed)] == CARS


@pytest.mark.parametrize(
    ("lang", "price", "currency"),
    [
        ("da", "kr. 495.000", "DKK"),
        ("sv-SE", "185 000 kr", "SEK"),
        ("nb", "kr 240 000,-", "NOK"),
        ("en-DK", "kr. 495.000", "DKK"),
        ("en", "kr. 495.000", ""),
        ("da", "€ 49.500", ""),
    ],
)
def test_crowns_are_those_of_the_page_s_language(lang: str, price: str, currency: str) -> None:
    assert {told for *_, told in read(CARS, lang, price)} == {currency}
