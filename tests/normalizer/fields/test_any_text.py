"""Whatever text comes in, every reader answers, quickly, and twice the same."""

import time
from collections.abc import Callable
from dataclasses import FrozenInstanceError
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from normalizer.fields.mileage import parse_mileage
from normalizer.fields.organization import (
    clean_name,
    geographic_key,
    parse_address,
    parse_email,
    parse_license,
    parse_phone,
    website_key,
)
from normalizer.fields.price import parse_price
from normalizer.fields.status import status_of
from normalizer.fields.text import clean_label, clean_text
from normalizer.fields.title import parse_vehicle_title
from normalizer.fields.vin import parse_vin

READERS: dict[str, Callable[[str], object]] = {
    "price": lambda text: parse_price(text, label=text, currency_hint=text, country=text),
    "mileage": lambda text: parse_mileage(text, unit_hint=text, country=text),
    "vin": lambda text: parse_vin(text, year=1967, stock=text),
    "vin of a modern car": lambda text: parse_vin(text, year=2020),
    "title": lambda text: parse_vehicle_title(text, site_names=[text]),
    "name fields": lambda text: parse_vehicle_title(
        text, year=text, make=text, model=text, trim=text, site_names=[text]
    ),
    "status": lambda text: status_of([text]),
    "license": parse_license,
    "website": website_key,
    "phone": lambda text: parse_phone(text, text),
    "email": parse_email,
    "address line": parse_address,
    "address parts": lambda text: parse_address(
        {"street": text, "city": text, "state": text, "postalCode": text, "country": text}
    ),
    "geographic key": lambda text: geographic_key(text, text, text),
    "name": clean_name,
    "text": clean_text,
    "lines": lambda text: clean_text(text, 20_000, multiline=True),
    "label": lambda text: clean_label(text, "transmission"),
}

# Any code point, lone surrogates and controls included, mixed with what the readers look for.
MARKS = "$€,.'kM-|#@([*é½٣²ßİ \u0301\u200b\x00\ud800\uff12\n"
WORDS = ["1967", "Ferrari", "km", "miles", "SOLD", "VIN:", "1HGCM82633A004352", "12,345", "{0}"]
WORDS += ["1.250.000,-", "TN", "37064", "http://", "www.", "DL#", "Was", "Now", "Estimate"]
PIECES = st.sampled_from([*MARKS, *WORDS])
TEXTS = st.one_of(
    st.text(st.characters(codec=None, exclude_categories=()), max_size=60),
    st.lists(PIECES, max_size=14).map("".join),
)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
@settings(max_examples=60, deadline=None)
@example(text="http://[")
@example(text="http://\u2100/")
@example(text="٣٤٥ km")
@example(text="1²")
@example(text="{0} {lower[9]}")
@given(text=TEXTS)
def test_any_text_has_an_answer_and_always_the_same(
    reader: Callable[[str], object], text: str
) -> None:
    assert reader(text) == reader(text)


@pytest.mark.parametrize("reader", READERS.values(), ids=READERS.keys())
@pytest.mark.parametrize(
    "unit",
    [
        "a",
        "1",
        " ",
        "$1,",
        "1 ",
        "1.",
        "a.",
        "-",
        "'",
        "\u0301",
        "(",
        "sold ",
        "1967 ",
        "www.",
        "a@",
        "Ferrari ",
        "٣",
        ",",
        "é",
    ],
)
def test_a_megabyte_takes_no_longer_than_a_page(reader: Callable[[str], object], unit: str) -> None:
    text = unit * (1_000_000 // len(unit))
    reader("warm up")
    start = time.process_time()
    reader(text)
    assert time.process_time() - start < 0.5


@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_a_price_has_amount_and_currency_together_and_within_bounds(text: str) -> None:
    price = parse_price(text, country="US")
    assert (price.amount is None) == (price.currency is None)
    if price.amount is not None:
        assert price.kind in ("asking", "sold", "bid")
        assert Decimal(100) <= price.amount <= Decimal(50_000_000_000)
    else:
        assert price.kind in (None, "on_request")


@given(
    amount=st.integers(2_000, 400_000_000).filter(lambda n: not 1880 <= n <= 2099),
    style=st.sampled_from(["${:,}", "€{:,}", "USD {:,}", "{:,} EUR", "£ {:,}", "CHF {:,}.-"]),
)
def test_a_written_amount_is_read_back(amount: int, style: str) -> None:
    price = parse_price(style.format(amount))
    assert price.amount == amount or "placeholder" in price.flags


@given(value=st.integers(1, 900_000), unit=st.sampled_from(["mi", "km"]))
def test_a_written_mileage_is_read_back(value: int, unit: str) -> None:
    mileage = parse_mileage(f"{value:,} {unit}")
    assert (mileage.value, mileage.unit) == (value, unit) or "placeholder" in mileage.flags


@given(text=TEXTS, year=st.one_of(st.none(), st.integers(1900, 2030)))
@settings(max_examples=150, deadline=None)
def test_a_key_is_plain_upper_case_and_long_enough(text: str, year: int | None) -> None:
    vin = parse_vin(text, year=year)
    if vin.is_key:
        assert vin.value is not None
        assert vin.kind is not None
        assert vin.value.isascii()
        assert vin.value == vin.value.upper()
        assert len(vin.value) >= 4


@given(text=TEXTS)
@settings(max_examples=150, deadline=None)
def test_reading_a_clean_text_again_changes_nothing(text: str) -> None:
    once = clean_text(text)
    assert clean_text(once) == once
    if once is not None:
        once.encode()
        assert "\x00" not in once


def test_results_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        parse_price("$54,900").amount = Decimal(1)  # type: ignore[misc]
