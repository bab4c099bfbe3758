"""The roster reader over both layouts and the links that are no sellers."""

import pytest

from crawler.extract.page import Page
from crawler.extract.roster import RosterSeller, profile_url, read_roster

BASE = "https://www.classic.com"


def sellers(html: str, roster_filter: str = "all") -> tuple[RosterSeller, ...]:
    return read_roster(Page(f"{BASE}/data", html).selector, BASE, roster_filter).sellers


def test_table_layout_takes_the_type_from_the_second_cell() -> None:
    html = """
    <table>
      <tr><td><a href="/s/111-motorcars-ZnQygen/">111 Motorcars</a></td><td>Dealer</td></tr>
      <tr><td><a href="/s/bid-hall-8pJl1On">Bid Hall</a></td><td> Auction  House </td></tr>
      <tr><td><a href="/s/who-knows-aB3dE5f/">Who Knows</a></td><td>42</td></tr>
    </table>"""
    assert sellers(html) == (
        RosterSeller(f"{BASE}/s/111-motorcars-ZnQygen/", "dealer", "111 Motorcars"),
        RosterSeller(f"{BASE}/s/bid-hall-8pJl1On/", "auction_house", "Bid Hall"),
        RosterSeller(f"{BASE}/s/who-knows-aB3dE5f/", None, "Who Knows"),
    )


def test_card_layout_knows_types_by_prefix_and_filter_only() -> None:
    html = """
    <div class="grid">
      <a href="https://classic.com/dealers/alpha-AAAAAA1/?ref=x#top"><h3>Alpha</h3><span>12 cars</span></a>
      <a href="/auction-houses/gavel-BBBBBB2/"><img alt="Gavel logo" src="x.png"></a>
      <a href="/s/plain-CCCCCC3/">View profile</a>
    </div>"""
    assert sellers(html) == (
        RosterSeller(f"{BASE}/dealers/alpha-AAAAAA1/", "dealer", "Alpha"),
        RosterSeller(f"{BASE}/auction-houses/gavel-BBBBBB2/", "auction_house", "Gavel"),
        RosterSeller(f"{BASE}/s/plain-CCCCCC3/", None, None),
    )
    assert sellers(html, "dealers")[2].seller_type == "dealer"


def test_one_seller_with_several_links_is_one_and_keeps_what_each_knows() -> None:
    html = """
    <div><a href="/s/alpha-AAAAAA1/"><img src="logo.png"></a>
    <h2><a href="https://www.classic.com/s/alpha-AAAAAA1">Alpha Motors</a></h2></div>"""
    assert sellers(html) == (RosterSeller(f"{BASE}/s/alpha-AAAAAA1/", None, "Alpha Motors"),)


def test_ids_are_case_sensitive() -> None:
    html = '<a href="/s/alpha-aaaaaaa/">A</a><a href="/s/alpha-AAAAAAA/">B</a>'
    assert len(sellers(html)) == 2


@pytest.mark.parametrize(
    "href",
    [
        "/s/",
        "/dealers/",
        "/dealers/map/",
        "/veh/1972-ferrari-dino-4250-abcdefg",
        "/s/alpha-AAAAAA1/listings/",
        "https://www.facebook.com/s/alpha-AAAAAA1/",
        "https://classic.com.evil.example/s/alpha-AAAAAA1/",
        "mailto:s@classic.com",
        "http://[broken/s/x-1234567/",
    ],
)
def test_other_links_are_no_sellers(href: str) -> None:
    assert profile_url(BASE, href) is None


def test_profile_urls_follow_the_base_url() -> None:
    base = "http://127.0.0.1:8001"
    assert profile_url(base, "https://www.classic.com/s/alpha-AAAAAA1?x=1") == (
        "http://127.0.0.1:8001/s/alpha-AAAAAA1/",
        None,
    )


def test_the_pager_tells_how_far_it_reaches() -> None:
    html = '<a href="/data?filter=all&page=2">2</a><a href="?page=17">17</a><a href="?page=x">x</a>'
    assert read_roster(Page(f"{BASE}/data", html).selector, BASE).last_linked_page == 17
