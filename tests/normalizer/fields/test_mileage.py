"""Odometer readings in the words of dealers."""

import pytest

from normalizer.fields.mileage import Mileage, parse_mileage


@pytest.mark.parametrize(
    ("raw", "value", "unit"),
    [
        ("12,345 TMU", 12_345, "mi"),
        ("24,668 mi", 24_668, "mi"),
        ("67k miles", 67_000, "mi"),
        ("67.5k", 67_500, "mi"),
        ("123.456 km", 123_456, "km"),
        ("12 345 km", 12_345, "km"),
        ("12,345 miles showing", 12_345, "mi"),
        ("45,000 km (27,962 miles)", 45_000, "km"),
        ("27,962 miles (45,000 km)", 27_962, "mi"),
        ("12345", 12_345, "mi"),
        ("Mileage: 12,345", 12_345, "mi"),
        ("Miles: 12,345", 12_345, "mi"),
        ("km 45.000", 45_000, "km"),
        ("Km. 45.000", 45_000, "km"),
        ("Odometer: 45 000 km", 45_000, "km"),
        ("1 owner, 24,000 miles", 24_000, "mi"),
        ("12,345.6 miles", 12_345, "mi"),
        ("12345 SMI", 12_345, "mi"),
        ("12345 KMT", 12_345, "km"),
        ("V8 12,000 mi", 12_000, "mi"),
        ("8 250 mil", 82_500, "km"),
        ("Miltal: 12.400 mil", 124_000, "km"),
        ("12,345 mil.", 12_345, "mi"),
        ("85 mil km", 85_000, "km"),
        ("Unos 85,5 mil kms.", 85_500, "km"),
        ("85 mil quilómetros", 85_000, "km"),
        ("53 mil millas", 53_000, "mi"),
        ("850 mil (8 500 km)", 8_500, "km"),
    ],
)
def test_a_reading_keeps_its_stated_unit(raw: str, value: int, unit: str) -> None:
    mileage = parse_mileage(raw, country="US")
    assert (mileage.value, mileage.unit) == (value, unit)


@pytest.mark.parametrize(
    ("raw", "flag"),
    [
        ("Exempt", "exempt"),
        ("TMU", "tmu"),
        ("N/A", "unknown"),
        ("Unknown", "unknown"),
        ("0", "zero"),
        ("0 miles", "zero"),
        ("999,999", "placeholder"),
        ("9,000,000 km", "out_of_range"),
        ("2,000 miles since restoration", "since_work"),
    ],
)
def test_what_is_no_reading_says_why(raw: str, flag: str) -> None:
    mileage = parse_mileage(raw, country="US")
    assert mileage.value is None
    assert mileage.unit is None
    assert flag in mileage.flags


@pytest.mark.parametrize(
    ("raw", "flag"),
    [
        ("12,345 TMU", "tmu"),
        ("12,345 true mileage unknown", "tmu"),
        ("12,345 miles showing", "showing"),
        ("12,345 miles, believed original", "believed"),
        ("12,345 indicated", "showing"),
        ("Approx. 50,000 miles", "approximate"),
        ("12,345 not actual", "not_actual"),
    ],
)
def test_doubts_stay_beside_the_reading(raw: str, flag: str) -> None:
    mileage = parse_mileage(raw, country="US")
    assert mileage.value is not None
    assert flag in mileage.flags


@pytest.mark.parametrize(
    ("hint", "country", "unit"),
    [
        (None, "US", "mi"),
        (None, "GB", "mi"),
        (None, "DE", "km"),
        (None, "CA", "km"),
        ("KMT", "US", "km"),
        ("SMI", "DE", "mi"),
        ("miles", None, "mi"),
        (None, None, None),
    ],
)
def test_hint_and_country_give_the_unit_that_the_text_omits(
    hint: str | None, country: str | None, unit: str | None
) -> None:
    assert parse_mileage("54,000", unit_hint=hint, country=country) == Mileage(54_000, unit)  # type: ignore[arg-type]


@pytest.mark.parametrize("raw", [None, "", "  ", "miles", "$12,000", "-5"])
def test_nothing_is_said_where_nothing_stands(raw: str | None) -> None:
    assert parse_mileage(raw, country="US").value is None


def test_a_scandinavian_mil_is_ten_kilometres_also_where_its_label_names_it() -> None:
    assert parse_mileage("8 250", unit_hint="mil") == Mileage(82_500, "km")


@pytest.mark.parametrize(
    ("raw", "country", "currency", "unit"),
    [
        ("43,018", None, "USD", "mi"),
        ("43,018", None, "GBP", "mi"),
        ("43.018", None, "EUR", "km"),
        ("43.018", "DE", "USD", "km"),
        ("43,018 km", None, "USD", "km"),
        ("43,018", None, "AED", None),
        ("43,018", None, None, None),
    ],
)
def test_a_price_tells_the_unit_where_nothing_else_does(
    raw: str, country: str | None, currency: str | None, unit: str | None
) -> None:
    assert parse_mileage(raw, country=country, currency=currency).unit == unit
