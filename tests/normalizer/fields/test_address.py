"""Addresses from parts and from one line."""

import pytest

from normalizer.fields.address import Address, country_code, parse_address, state_code


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (
            "111 Alpha Dr, Franklin TN 37064",
            ("111 Alpha Dr", "Franklin", "TN", "37064", "US"),
        ),
        (
            "111 Alpha Dr Franklin TN 37064",
            ("111 Alpha Dr", "Franklin", "TN", "37064", "US"),
        ),
        (
            "111 Alpha Dr, Suite 5, Franklin, Tennessee 37064-1234, USA",
            ("111 Alpha Dr, Suite 5", "Franklin", "TN", "37064-1234", "US"),
        ),
        (
            "1237 Central Park Dr\nO'Fallon, IL 62269",
            ("1237 Central Park Dr", "O'Fallon", "IL", "62269", "US"),
        ),
        (
            "1237 Central Park Dr, Evansville, IN",
            ("1237 Central Park Dr", "Evansville", "IN", None, "US"),
        ),
        (
            "5500 Hwy 41 N Evansville IN 47711",
            ("5500 Hwy 41 N", "Evansville", "IN", "47711", "US"),
        ),
        (
            "8600 W Washington Blvd Culver City California 90232",
            ("8600 W Washington Blvd", "Culver City", "CA", "90232", "US"),
        ),
        ("123 Main St, New York, NY 10001", ("123 Main St", "New York", "NY", "10001", "US")),
        (
            "Southern Classics, 101 Main St, Mesa, AZ 85201",
            ("101 Main St", "Mesa", "AZ", "85201", "US"),
        ),
        ("Torino, TO, Italy", (None, "Torino", "TO", None, "IT")),
        ("Via Roma 10, Torino, TO 10121, Italy", ("Via Roma 10", "Torino", "TO", "10121", "IT")),
        ("4 rue Mercière, Lyon, 69002, France", ("4 rue Mercière", "Lyon", None, "69002", "FR")),
        (
            "Marconiweg 3, Waalwijk, 5145 BV, Netherlands",
            ("Marconiweg 3", "Waalwijk", None, "5145 BV", "NL"),
        ),
        (
            "Storgatan 5, Helsingborg, 252 23, Sweden",
            ("Storgatan 5", "Helsingborg", None, "252 23", "SE"),
        ),
        ("Tokyo, Japan", (None, "Tokyo", None, None, "JP")),
        ("Franklin, TN", (None, "Franklin", "TN", None, "US")),
        ("Marietta, Georgia, USA", (None, "Marietta", "GA", None, "US")),
        ("Los Angeles CA", (None, "Los Angeles", "CA", None, "US")),
        (
            "123 King St W, Toronto, ON M5H 1A1, Canada",
            ("123 King St W", "Toronto", "ON", "M5H 1A1", "CA"),
        ),
        (
            "10 Downing Street, London SW1A 2AA",
            ("10 Downing Street", "London", None, "SW1A 2AA", "GB"),
        ),
        (
            "Halskestr. 12, 40880 Ratingen, Germany",
            ("Halskestr. 12", "Ratingen", None, "40880", "DE"),
        ),
        ("7 Walcot Street, BA1 5BG Bath", ("7 Walcot Street", "Bath", None, "BA1 5BG", "GB")),
        ("Toronto, ON, CA", (None, "Toronto", "ON", None, "CA")),
        ("Hauptstr. 1, 10115 Berlin, DE", ("Hauptstr. 1", "Berlin", None, "10115", "DE")),
        ("Lewes, DE", (None, "Lewes", "DE", None, "US")),
        (
            "Herengracht 1, 1015 BA Amsterdam, Netherlands",
            ("Herengracht 1", "Amsterdam", None, "1015 BA", "NL"),
        ),
    ],
)
def test_a_line_is_read_from_the_right(line: str, expected: tuple[str | None, ...]) -> None:
    assert parse_address(line) == Address(*expected)


def test_parts_keep_their_meaning_and_codes_are_unified() -> None:
    assert parse_address(
        {
            "streetAddress": "1 A St",
            "addressLocality": "FRANKLIN",
            "addressRegion": "Tennessee",
            "postalCode": "370641234",
        }
    ) == Address("1 A St", "Franklin", "TN", "37064-1234", "US")
    assert parse_address(
        {"city": "Toronto", "state": "Ontario", "zip": "m5h1a1", "country": "Canada"}
    ) == Address(None, "Toronto", "ON", "M5H 1A1", "CA")
    assert parse_address({"address": "111 Alpha Dr, Franklin TN 37064"}).city == "Franklin"


@pytest.mark.parametrize("source", [None, "", ",", {}, {"city": None}])
def test_nothing_gives_nothing(source: str | dict[str, str | None] | None) -> None:
    assert parse_address(source) == Address()


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("USA", "US"),
        ("U.S.A.", "US"),
        ("Deutschland", "DE"),
        ("de", "DE"),
        ("no", "NO"),
        ("x", None),
    ],
)
def test_country_code(raw: str, code: str | None) -> None:
    assert country_code(raw) == code


@pytest.mark.parametrize(
    ("raw", "country", "code"),
    [
        ("Tennessee", None, "TN"),
        ("tn", "US", "TN"),
        ("N. Y.", None, None),
        ("N.Y.", None, "NY"),
        ("on", None, "ON"),
        ("Ontario", "CA", "ON"),
        ("TN", "DE", None),
        ("Bavaria", None, None),
    ],
)
def test_state_code(raw: str, country: str | None, code: str | None) -> None:
    assert state_code(raw, country) == code
