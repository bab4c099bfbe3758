"""Words found whatever their case, by the quicker of two ways that say the same."""

import random
import re

import pytest

from crawler.extract import (
    evidence,
    listed_pictures,
    marks,
    pager_links,
    photos,
    price_language,
    sold_links,
    tile,
    titles,
    totals,
)
from crawler.extract.wording import Wording

MODULES = (
    *(evidence, listed_pictures, marks, pager_links, photos),
    *(price_language, sold_links, tile, titles, totals),
)
WORDINGS = [
    (f"{module.__name__.rpartition('.')[2]}.{name}", value)
    for module in MODULES
    for name, value in sorted(vars(module).items())
    if isinstance(value, Wording)
]
PIECES = [
    "Call for Price", "SOLD", "Sale pending", "1967 FORD Mustang", "No-Photo", "next page",
    "Mileage: 12,000 KM", "was $5,000", "Deposit taken", "\N{LATIN SMALL LETTER LONG S}old",
    "\N{KELVIN SIGN}m", "MONAT\u00c4RE", "Prix sur DEMANDE", "P.O.A.", "Logo.PNG", "verkauft",
    "How To", "Auf Anfrage", "VIN #", "\u0130", "stra\u00dfe", "\n", " - ", "!", "(", "]",
]  # fmt: skip


@pytest.mark.parametrize(("name", "wording"), WORDINGS, ids=[name for name, _ in WORDINGS])
def test_both_ways_say_the_same(name: str, wording: Wording) -> None:
    pattern = wording._any
    assert pattern.flags & re.IGNORECASE
    rng = random.Random(name)
    for _ in range(300):
        text = " ".join(rng.choices(PIECES, k=rng.randint(1, 4)))
        for said in (text, text.upper(), text.lower(), text.swapcase()):
            assert wording.search(said) == bool(pattern.search(said))
            assert wording.match(said) == bool(pattern.match(said))


def test_a_pattern_with_capitals_is_refused() -> None:
    with pytest.raises(ValueError, match="capitals"):
        Wording(r"\bSOLD\b")
    assert Wording(r"\Wsold\S").search("(SOLD!")
