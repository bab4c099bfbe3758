"""VINs and chassis numbers: which value may identify a car."""

import pytest

from normalizer.fields.vin import Vin, check_digit, parse_vin


@pytest.mark.parametrize(
    ("vin", "digit"),
    [
        ("1HGCM82633A004352", "3"),
        ("1FACP45EXLF192944", "X"),
        ("11111111111111111", "1"),
        ("1HGCM82633AOO4352", None),
        ("123", None),
    ],
)
def test_check_digit_follows_49_cfr_565(vin: str, digit: str | None) -> None:
    assert check_digit(vin) == digit


@pytest.mark.parametrize(
    ("trap", "raw", "year", "value", "kind"),
    [
        ("valid", "1HGCM82633A004352", 2003, "1HGCM82633A004352", "vin"),
        ("lower case", "wp0ac2a90rs263305", 2024, "WP0AC2A90RS263305", "vin"),
        ("hyphens", "1FA-CP45E-X-LF192944", 1990, "1FACP45EXLF192944", "vin"),
        ("label", "VIN: 1HGCM82633A004352", 2003, "1HGCM82633A004352", "vin"),
        ("remark", "1HGCM82633A004352 (numbers match)", 2003, "1HGCM82633A004352", "vin"),
        ("no year but whole", "1HGCM82633A004352", None, "1HGCM82633A004352", "vin"),
        ("European position 9", "WP0ZZZ91ZFS100001", 1985, "WP0ZZZ91ZFS100001", "vin"),
        ("low-volume maker", "VF9SA25C28M795153", 2008, "VF9SA25C28M795153", "vin"),
        ("1969 Corvette", "194379S728491", 1969, "194379S728491", "chassis"),
        ("four digits", "4250", 1972, "4250", "chassis"),
        ("slash belongs to it", "AM101/1234", 1956, "AM101/1234", "chassis"),
        ("E-Type", "1S20123", 1967, "1S20123", "chassis"),
        ("short prefix", "LML/123", 1950, "LML/123", "chassis"),
        ("label and spaces", "Chassis no. AM 101 / 1234", 1956, "AM101/1234", "chassis"),
        ("stars of the plate", "*AR10511*1234*", 1966, "AR105111234", "chassis"),
        ("S/N", "S/N 5R09C123456", 1965, "5R09C123456", "chassis"),
        ("O in an old chassis number", "BO1234", 1955, "BO1234", "chassis"),
        ("small maker's number after 1981", "V8/12074/R", 1989, "V8/12074/R", "chassis"),
        ("Japanese frame number", "BNR32-305366", 1994, "BNR32305366", "chassis"),
    ],
)
def test_a_key_is_read_as_printed(
    trap: str, raw: str, year: int | None, value: str, kind: str
) -> None:
    vin = parse_vin(raw, year=year)
    assert (vin.value, vin.kind, vin.is_key) == (value, kind, True), trap


@pytest.mark.parametrize(
    ("trap", "raw", "year", "flag"),
    [
        ("check digit valid but filler", "11111111111111111", 2000, "placeholder"),
        ("all digits at 17", "12345678901234567", 2000, "placeholder"),
        ("all digits at 17, odd", "10203040506070809", 2000, "all_digits"),
        ("few distinct", "AAAAAAAAAAAAAAAA1", 2000, "placeholder"),
        ("TBD", "VIN: TBD", 1967, "no_number"),
        ("N/A", "N/A", 1967, "no_number"),
        ("no digit", "NOT SHOWN", 1967, "no_number"),
        ("sentence", "See description", 1967, "no_number"),
        ("stars", "*****", 1967, "redacted"),
        ("half redacted", "WP0ZZZ99ZTSXXXXXX", 1996, "redacted"),
        ("stars at the end", "1HGCM8263********", 2003, "redacted"),
        ("importer's filler", "IMPORT-12345", 1967, "placeholder"),
        ("importer's filler VIVA", "VIVA-1234567", 1967, "placeholder"),
        ("counting", "123456789", 1967, "placeholder"),
        ("zeros", "0000", 1967, "placeholder"),
        ("engine number", "Engine No: 12345", 1966, "other_number"),
    ],
)
def test_fillers_and_other_numbers_have_no_value(trap: str, raw: str, year: int, flag: str) -> None:
    vin = parse_vin(raw, year=year)
    assert (vin.value, vin.is_key) == (None, False), trap
    assert flag in vin.flags, trap


@pytest.mark.parametrize(
    ("trap", "raw", "year", "flag"),
    [
        ("cut", "WP0CA2A18", 2018, "cut"),
        ("cut in a path", "wp0zzz99zts", 1996, "cut"),
        ("cut to five", "91136", 1996, "cut"),
        ("year unknown", "194379S728491", None, "year_unknown"),
        ("too short", "12", 1920, "too_short"),
        ("three characters", "A12", 1920, "too_short"),
        ("illegal I", "2T36CRAV0TIO34795", 2026, "provisional"),
        ("letter among the last four", "2T36CRAV0TC03479A", 2026, "provisional"),
        ("O for 0 is not corrected", "1HGCM82633AOO4352", 2003, "illegal_character"),
        ("eighteen", "1HGCM82633A0043521", 2003, "too_long"),
    ],
)
def test_a_doubtful_number_is_shown_but_is_no_key(
    trap: str, raw: str, year: int | None, flag: str
) -> None:
    vin = parse_vin(raw, year=year)
    assert vin.value == raw.upper(), trap
    assert not vin.is_key, trap
    assert flag in vin.flags, trap


def test_a_failed_check_digit_is_a_flag_never_a_rejection() -> None:
    vin = parse_vin("WP0ZZZ91ZFS100001", year=1985)
    assert vin.is_key
    assert "check_digit_failed" in vin.flags


def test_a_letter_in_an_old_cars_serial_is_no_reason_for_doubt() -> None:
    assert parse_vin("ZA9LU45A1KLA1212B", year=1989).is_key


def test_a_stock_number_in_the_vin_slot_is_no_key() -> None:
    """eBizAutos prints the stock number as VIN for cars before 1981."""
    vin = parse_vin("B-1234", year=1967, stock="b1234")
    assert vin == Vin(None, None, False, frozenset({"stock_number"}), "B-1234")


def test_a_whole_vin_as_stock_number_stays_a_vin() -> None:
    assert parse_vin("1HGCM82633A004352", year=2003, stock="1HGCM82633A004352").is_key


def test_the_printed_form_is_kept() -> None:
    assert parse_vin(" am101/ 1234 ", year=1956).raw == "am101/ 1234"


def test_a_chassis_number_is_shown_as_printed_and_a_vin_plain() -> None:
    assert parse_vin("Chassis No: j-851", year=1935).shown == "J-851"
    assert parse_vin("1FA-CP45E-X-LF192944", year=1990).shown == "1FACP45EXLF192944"
    assert parse_vin("TBD", year=1935).shown is None


@pytest.mark.parametrize("raw", [None, "", "   "])
def test_nothing_is_said_where_nothing_stands(raw: str | None) -> None:
    assert parse_vin(raw) == Vin()
