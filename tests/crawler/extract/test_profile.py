"""The profile reader over differently complete pages, with the traps that older scrapers fell into."""

from collections.abc import Sequence

import pytest

from crawler.extract.facts import Facts
from crawler.extract.page import Page
from crawler.extract.profile import outgoing_website_link, read_profile, read_site

URL = "https://www.classic.com/s/111-motorcars-ZnQygen/"
DIRECTORY = frozenset(["classic.com"])


def profile(html: str) -> Facts:
    return read_profile(Page(URL, html), DIRECTORY)


def values(facts: Facts, field: str) -> Sequence[str]:
    return [candidate["value"] for candidate in facts.fields.get(field, [])]


RICH = """
<html><head><title>111 Motorcars - Classic.com</title></head><body>
<header><nav><a href="https://facebook.com/classicdotcom">f</a><a href="tel:+18005550000">call us</a></nav></header>
<main>
 <img src="https://images.classic.com/uploads/dealer/One_Eleven.png" class="object-fit" alt="111 Motorcars">
 <h1>111 Motorcars <span class="badge">Verified</span></h1>
 <a href="https://www.instagram.com/111motorcars">ig</a> <a href="https://apps.apple.com/app/id1">App</a>
 <a href="https://www.111motorcars.com/?utm_source=classic">Visit Website</a>
 <a href="tel:+16293068151">629-306-8151</a>
 <div>Dealer License #: VF/1012345</div>
 <div class="address">111 Alpha Dr<br>Franklin, TN 37064</div>
 <p class="description">New headlights on every car. License number on request. Lots of events and bids.</p>
 <div id="dealer-listings-table"><a href="/veh/1972-x-abcdefg">1972 X</a></div>
</main>
<footer><a href="mailto:support@classic.com">help</a><a href="https://x.com/classic">x</a></footer></body></html>"""


def test_everything_a_full_profile_gives() -> None:
    facts = profile(RICH)
    assert values(facts, "name") == ["111 Motorcars"]
    assert values(facts, "website") == ["https://www.111motorcars.com/"]
    assert values(facts, "phone") == ["+16293068151"]
    assert values(facts, "logo") == ["https://images.classic.com/uploads/dealer/One_Eleven.png"]
    assert facts.fields["address"][0]["text"] == "111 Alpha Dr, Franklin, TN 37064"
    assert "VF/1012345" in values(facts, "dealer_license")[0]
    assert values(facts, "same_as")[0] == "https://www.instagram.com/111motorcars"
    assert all(c["where"] for found in facts.fields.values() for c in found)


def test_the_directorys_own_frame_belongs_to_no_seller() -> None:
    facts = profile(RICH)
    assert "email" not in facts.fields
    assert not any("classicdotcom" in url or "x.com" in url for url in values(facts, "same_as"))


def test_website_is_never_the_first_social_link() -> None:
    html = """<h1>A</h1><a href="https://www.facebook.com/a">A</a><a href="https://play.google.com/x">B</a>
    <a href="https://youtu.be/1">C</a><a href="https://a-cars.example/inventory">a-cars.example</a>"""
    assert values(profile(html), "website") == ["https://a-cars.example/inventory"]


def test_website_called_by_its_label_comes_before_other_links() -> None:
    html = """<h1>A</h1><p>Sponsor: <a href="https://bank.example/">Bank</a></p>
    <dl><dt>Website</dt><dd><a href="http://a-cars.example">here</a></dd></dl>"""
    assert values(profile(html), "website")[0] == "http://a-cars.example/"


def test_website_behind_the_directorys_redirector() -> None:
    html = '<h1>A</h1><a href="/out?url=https%3A%2F%2Fa-cars.example%2F">Website</a>'
    assert values(profile(html), "website") == ["https://a-cars.example/"]


@pytest.mark.parametrize(
    "text",
    [
        "New headlights and a DL-style console",
        "License number available on request",
        "Handles like a dream; deadline 2025",
        "Model DLS coupe",
    ],
)
def test_no_license_without_a_label_and_a_number(text: str) -> None:
    assert "dealer_license" not in profile(f"<h1>A</h1><p>{text}</p>").fields


@pytest.mark.parametrize(
    "html",
    [
        "<p>Dealer License #: VF/1012345</p>",
        "<p>Motor Vehicle Dealer Lic. No. VF/1012345</p>",
        "<dl><dt>Dealer License</dt><dd>VF/1012345</dd></dl>",
        "<div>License</div><div>VF/1012345</div>",
        "<table><tr><th>Dealer License Number:</th><td>VF/1012345</td></tr></table>",
        "<ul><li><strong>License:</strong> VF/1012345</li></ul>",
        "<span>DL# VF/1012345</span>",
        "<span>Dealer #: VF/1012345</span>",
        "<p>Lic. VF/1012345</p>",
        "<p>We buy and sell. Licence: VF/1012345. Call us.</p>",
    ],
)
def test_licenses_in_the_forms_that_dealers_write(html: str) -> None:
    assert "VF/1012345" in values(profile(f"<h1>A</h1>{html}"), "dealer_license")[0]


def test_drivers_license_in_a_sentence_is_none() -> None:
    facts = profile("<h1>A</h1><p>Bring your driver's license: 12345 and a check.</p>")
    assert values(facts, "dealer_license") == []


def test_address_of_a_business_card_is_read_whole() -> None:
    facts = profile(
        '<h1>A</h1><div class="vcard"><div class="adr"><span class="street-address">1 Main St</span>,'
        ' <span class="locality">Tulsa</span>, <span class="region">OK</span>'
        ' <span class="postal-code">74103</span></div></div>'
    )
    assert facts.fields["address"][0]["text"] == "1 Main St, Tulsa, OK, 74103"


def test_labelled_license_keeps_the_mark_of_a_label() -> None:
    """Without a colon, "License 123" could be any sentence to whoever reads it."""
    facts = profile("<h1>A</h1><dl><dt>License</dt><dd>30017</dd></dl>")
    assert values(facts, "dealer_license") == ["License: 30017"]


def test_line_before_a_city_line_is_the_street_only_where_one_is_missing() -> None:
    site = "<h3>1954 Chevrolet 3100</h3><p>A Cars, 101 Main Street, Mesa, AZ 85201</p>"
    found = read_site(Page("https://a.example/", site)).fields["address"]
    assert [address["text"] for address in found] == ["A Cars, 101 Main Street, Mesa, AZ 85201"]


def test_sentence_before_an_address_is_no_part_of_it() -> None:
    site = "<main><p>A thousand cars sold. Visit us at 1101 Cobb Parkway, Marietta, GA 30060.</p></main>"
    found = read_site(Page("https://a.example/", site)).fields["address"]
    assert [address["text"] for address in found] == ["1101 Cobb Parkway, Marietta, GA 30060"]


def test_website_shown_by_the_text_of_an_outgoing_link() -> None:
    html = '<h1>A</h1><p>Website: <a href="/out/4711/">www.acars.example</a></p>'
    assert values(profile(html), "website") == ["http://www.acars.example/"]


@pytest.mark.parametrize(
    ("anchor", "expected"),
    [
        ('<a href="/out/4711/">Visit website</a>', "https://www.classic.com/out/4711/"),
        ('<a href="/s/other-Ab12Cd3/">Visit website</a>', None),
        ('<a href="/out/4711/">Report this seller</a>', None),
    ],
)
def test_redirector_that_does_not_say_where_it_leads(anchor: str, expected: str | None) -> None:
    page = Page(URL, f"<main><h1>A</h1>{anchor}</main>")
    assert outgoing_website_link(page, DIRECTORY) == expected


def test_structured_data_of_the_directory_itself_is_left_out() -> None:
    html = """<h1>A</h1><script type="application/ld+json">[
      {"@type":"Organization","name":"Classic.com","url":"https://www.classic.com/","telephone":"1-800"},
      {"@type":"AutoDealer","name":"A Cars Ltd","telephone":"020 7946 0000","geo":{"latitude":51.5,"longitude":-0.1},
       "address":{"@type":"PostalAddress","streetAddress":"1 High St","addressLocality":"London","addressCountry":"GB"},
       "url":"https://www.classic.com/s/111-motorcars-ZnQygen/","sameAs":["https://facebook.com/acars"]}]</script>"""
    facts = profile(html)
    assert values(facts, "phone") == ["020 7946 0000"]
    assert values(facts, "name") == ["A", "A Cars Ltd"]
    assert values(facts, "coordinates") == ["51.5,-0.1"]
    assert facts.fields["address"][0]["city"] == "London"
    assert "website" not in facts.fields


def test_name_falls_back_to_the_title_without_the_directorys_tail() -> None:
    assert values(profile("<title>Bar & Sons | Classic.com</title>"), "name") == ["Bar & Sons"]


def test_own_site_gives_brand_and_contact() -> None:
    html = """<head><link rel="shortcut icon" href="/favicon.ico"><meta property="og:image" content="/hero.jpg">
    <meta name="description" content="Fine cars"></head><body><img class="site-logo" src="/logo.svg">
    <footer><address>1 Elm St<br>Austin, TX 78701</address><a href="tel:512-555-0199">Call</a>
    <a href="mailto:hi@a.example?subject=x">Mail</a><a href="https://facebook.com/a">f</a></footer></body>"""
    facts = read_site(Page("https://a.example/", html))
    assert values(facts, "favicon") == ["https://a.example/favicon.ico"]
    assert values(facts, "banner") == ["https://a.example/hero.jpg"]
    assert values(facts, "logo") == ["https://a.example/logo.svg"]
    assert values(facts, "phone") == ["512-555-0199"]
    assert values(facts, "email") == ["hi@a.example"]
    assert facts.fields["address"][0]["text"] == "1 Elm St, Austin, TX 78701"
    assert values(facts, "same_as") == ["https://facebook.com/a"]


def test_what_stands_as_plain_text_is_read_too() -> None:
    html = """<h1>A</h1><p>T: 480.555.0101<br>E: info@alpha.example</p>
    <table><tr><td>Website</td><td>www.alpha-motors.example</td></tr></table>
    <p>Licensed dealer in California, License #98765.</p>"""
    facts = profile(html)
    assert values(facts, "phone") == ["480.555.0101"]
    assert values(facts, "email") == ["info@alpha.example"]
    assert values(facts, "website") == ["http://www.alpha-motors.example/"]
    assert values(facts, "dealer_license") == ["License #98765"]
