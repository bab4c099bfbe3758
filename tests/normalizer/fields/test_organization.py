"""License, website, phone, e-mail and name: a doubtful key is no key."""

import pytest

from normalizer.fields.organization import (
    clean_name,
    geographic_key,
    known_shared_hosts,
    parse_email,
    parse_license,
    parse_phone,
    website_key,
)


@pytest.mark.parametrize(
    ("raw", "license_number"),
    [
        ("Dealer License #: VF/1012345", "VF/1012345"),
        ("DL 12345", "12345"),
        ("DL#12345", "12345"),
        ("License No. AB-123", "AB-123"),
        ("Licence number: 4567", "4567"),
        ("Motor Vehicle Dealer License Number 12345", "12345"),
        ("Dealer No 12345", "12345"),
        ("Motor Vehicle Dealer #VD-1234567", "VD-1234567"),
        ("Open daily. Dealer Lic. D4567. Call us", "D4567"),
        ("Dealer #: 12345", "12345"),
        ("AB-123", "AB-123"),
        ("vf1012345", "VF1012345"),
        ("12345", "12345"),
    ],
)
def test_a_labelled_or_clean_license_is_read(raw: str, license_number: str) -> None:
    assert parse_license(raw) == license_number


@pytest.mark.parametrize(
    "raw",
    [
        None,
        "",
        "headlights",
        "LED headlights 12345",
        "headlights 2015",
        "license number X",
        "number",
        "driver's license 123456",
        "license plates 12345",
        "licensed since 1985",
        "License: 1985",
        "(629) 306-8151",
        "629-306-8151",
        "N/A",
        "00000",
        "Call 629-306-8151 for details",
        "Dealer: 629-306-8151",
        "Volvo 240 DL 350 hp",
    ],
)
def test_what_merely_looks_like_a_license_is_none(raw: str | None) -> None:
    assert parse_license(raw) is None


@pytest.mark.parametrize(
    ("url", "key"),
    [
        ("https://www.Example.com:443/cars?x=1#top", "example.com"),
        ("http://example.com:80", "example.com"),
        ("example.com/inventory", "example.com"),
        ("//www.example.com/", "example.com"),
        ("http://example.com:8443/", "example.com:8443"),
        ("http://user:secret@example.com/", "example.com"),
        ("http://127.0.0.1:8081/x", "127.0.0.1:8081"),
        ("http://localhost:8081/", "localhost:8081"),
        ("http://[::1]:80/", "[::1]"),
        ("http://münchen.de/", "xn--mnchen-3ya.de"),
        ("https://gateway.dealeraccelerate.com/", "gateway.dealeraccelerate.com"),
        ("https://dealer.wixsite.com/home", "dealer.wixsite.com"),
    ],
)
def test_a_website_key_is_the_origin(url: str, key: str) -> None:
    assert website_key(url) == key


@pytest.mark.parametrize(
    "url",
    [
        None,
        "",
        "foo",
        "mailto:a@example.com",
        "tel:+16293068151",
        "javascript:void(0)",
        "ftp://example.com/",
        "http://a b.com",
        "http://example.com:99999/",
        "http://[::1",
        "https://www.facebook.com/dealer",
        "https://m.facebook.com/dealer",
        "https://instagram.com/dealer",
        "https://bit.ly/x",
        "https://apps.apple.com/app/id1",
        "https://play.google.com/store",
        "https://maps.google.com/?q=x",
        "https://www.classic.com/s/111-motorcars-ZnQygen/",
        "https://www.dealeraccelerate.com/",
        "https://cdn.dealeraccelerate.com/x",
        "https://bringatrailer.com/member/x",
        "https://www.ebay.com/str/x",
    ],
)
def test_a_shared_host_or_no_host_is_no_website_key(url: str | None) -> None:
    assert website_key(url) is None


def test_the_shared_hosts_can_be_given() -> None:
    assert website_key("http://example.com/", {"example.com"}) is None
    assert "sub.facebook.com" in known_shared_hosts()
    assert "notfacebook.com" not in known_shared_hosts()


@pytest.mark.parametrize(
    ("raw", "country", "phone"),
    [
        ("629-306-8151", "US", "(629) 306-8151"),
        ("+1 629.306.8151", "DE", "(629) 306-8151"),
        ("tel:+16293068151", None, "(629) 306-8151"),
        ("Call 615-312-1110 or 615-312-1111", "US", "(615) 312-1110"),
        ("(615) 555-0100", "US", "(615) 555-0100"),
        ("+49 2102 12345", "US", "+49 2102 12345"),
        ("+44 20 5550 0116", "GB", "+44 20 5550 0116"),
        ("020 7946 0958", "GB", "+44 20 7946 0958"),
    ],
)
def test_a_phone_number_has_one_spelling(raw: str, country: str | None, phone: str) -> None:
    assert parse_phone(raw, country) == phone


@pytest.mark.parametrize("raw", [None, "", "12345", "call us", "1967"])
def test_what_is_no_phone_number_is_none(raw: str | None) -> None:
    assert parse_phone(raw, "US") is None


@pytest.mark.parametrize(
    ("raw", "email"),
    [
        ("mailto:Sales@Foo.com?subject=x", "sales@foo.com"),
        (" sales@foo.co.uk ", "sales@foo.co.uk"),
        ("<sales@foo.com>", "sales@foo.com"),
        ("logo@2x.png", None),
        ("a@b", None),
        ("info@example.com", None),
        ("abc@sentry.wixpress.com", None),
        ("no mail here", None),
        (None, None),
    ],
)
def test_an_email_is_lower_case_or_none(raw: str | None, email: str | None) -> None:
    assert parse_email(raw) == email


@pytest.mark.parametrize(
    ("name", "city", "state", "key"),
    [
        ("111 Motorcars", "Franklin", "TN", "111-motorcars|franklin|TN"),
        ("111 Motorcars", "FRANKLIN", "Tennessee", "111-motorcars|franklin|TN"),
        ("111 Motorcars LLC", "Franklin", "TN", "111-motorcars-llc|franklin|TN"),
        ("Müller & Söhne", "Köln", "NRW", "muller-sohne|koln|NRW"),
        ("100% Cars_", "St. Louis", "Mo.", "100-cars|st-louis|MO"),
        ("Bob's Cars", "Coeur d'Alene", "ID", "bobs-cars|coeur-dalene|ID"),
        ("Bob\u2019s Cars", "Coeur d\u2019Alene", "ID", "bobs-cars|coeur-dalene|ID"),
        ("BOBS CARS", "Coeur dAlene", "Idaho", "bobs-cars|coeur-dalene|ID"),
        ("111 Motorcars", None, "TN", None),
        ("111 Motorcars", "Franklin", "", None),
        ("???", "Franklin", "TN", None),
    ],
)
def test_a_geographic_key_needs_all_three(
    name: str, city: str | None, state: str, key: str | None
) -> None:
    assert geographic_key(name, city, state) == key


@pytest.mark.parametrize(
    ("raw", "name"),
    [
        ("111 Motorcars - Classic.com", "111 Motorcars"),
        ("111 Motorcars | CLASSIC.COM", "111 Motorcars"),
        ("Welcome to Foo Cars | Home", "Foo Cars"),
        ("Home | Foo Cars", "Foo Cars"),
        ("Foo - Bar LLC", "Foo - Bar LLC"),
        ("  Foo \x00 Cars ", "Foo Cars"),
        ("Home", None),
        ("---", None),
        (None, None),
    ],
)
def test_a_name_loses_what_page_titles_add(raw: str | None, name: str | None) -> None:
    assert clean_name(raw) == name
