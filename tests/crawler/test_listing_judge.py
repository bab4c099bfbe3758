"""What an answer to the request for a vehicle page is worth."""

from dataclasses import replace
from datetime import timedelta

import pytest
from scrapy.settings import Settings

from contract.observation import Source
from crawler.errors import ArgumentError
from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.listing_due import duration
from crawler.listing_judge import Card, judge
from crawler.listing_visit import Budget, Sites
from tests.crawler.vehicle_pages import vehicle_page

SITE = "https://dealer.example"
URL = f"{SITE}/cars/482-1967-ford-mustang"
CARD = Card(URL, Source.DEALER_SITE, "1967 Ford Mustang", "7R02C100001", f"{SITE}/cars")
MUSTANG = vehicle_page("1967 Ford Mustang", vin="7R02C100001")
FERRARI = vehicle_page("1972 Ferrari Dino 246 GTS", vin="04250")
REGRET = "<title>Sorry</title><h1>This vehicle is no longer available</h1>"
LOGIN = "<title>My account</title><h1>Members</h1><p>Enter your password.</p>"


@pytest.mark.parametrize(
    ("answer", "outcome", "reason"),
    [
        (Fetched(URL, page=Page(URL, MUSTANG)), "read", ""),
        (Fetched(URL, not_modified=True), "not_modified", ""),
        (Fetched(URL, failure="http_404"), "gone", "http_404"),
        (Fetched(URL, failure="http_410"), "gone", "http_410"),
        (Fetched(URL, failure="http_500"), "failed", "http_500"),
        (Fetched(URL, failure="timeout"), "failed", "timeout"),
        (Fetched(URL, failure="challenge", blocked=True), "blocked", "challenge"),
        (Fetched(URL, failure="robots", blocked=True), "blocked", "robots"),
        (Fetched(f"{SITE}/cars", page=Page(f"{SITE}/cars", "")), "gone", "redirected to the grid"),
        (Fetched(f"{SITE}/", page=Page(f"{SITE}/", "")), "gone", "redirected to the grid"),
        (Fetched(URL, page=Page(URL, LOGIN)), "failed", "no vehicle page"),
        (Fetched(URL, page=Page(URL, "")), "failed", "no vehicle page"),
        (Fetched(URL, page=Page(URL, MUSTANG + '<img src="/p')), "failed", "cut off in the middle"),
    ],
)
def test_an_answer_is_worth_what_it_tells(answer: Fetched, outcome: str, reason: str) -> None:
    judged = judge(CARD, answer)
    assert (judged.outcome, judged.reason) == (outcome, reason)
    assert (judged.detail is not None) == (outcome == "read")


def test_a_page_of_regret_means_gone() -> None:
    assert judge(CARD, Fetched(URL, page=Page(URL, REGRET))).outcome == "gone"


@pytest.mark.parametrize(
    ("path", "html", "outcome"),
    [
        ("/cars/482-ford-mustang-fastback", MUSTANG, "read"),
        ("/cars/ford-mustang", MUSTANG, "read"),
        ("/cars/512-1972-ferrari-dino", FERRARI, "failed"),
    ],
)
def test_a_redirect_is_followed_to_the_same_car_alone(path: str, html: str, outcome: str) -> None:
    url = f"{SITE}{path}"
    assert judge(CARD, Fetched(url, page=Page(url, html))).outcome == outcome


def test_a_redirect_to_another_site_is_not_the_cars_page() -> None:
    url = "https://auctions.example/cars/482-1967-ford-mustang"
    judged = judge(CARD, Fetched(url, page=Page(url, MUSTANG)))
    assert (judged.outcome, judged.reason) == ("failed", "redirected to another site")


def test_what_a_server_answers_to_a_route_is_not_its_page() -> None:
    """It may show another car; without a browser nobody knows what the script would show."""
    route = f"{SITE}/#/vehicle/51"
    card = replace(CARD, url=route)
    page = Page(route, MUSTANG)
    assert judge(card, Fetched(route, page=page, drawn=True)).outcome == "read"
    assert judge(card, Fetched(route, page=page)).outcome == "failed"


def test_every_dealer_has_its_share_and_what_one_leaves_is_for_the_others() -> None:
    budget = Budget.of(7, dealers=3)
    assert [budget.draw(used) for used in range(4)] == [True, True, True, False]
    budget.give_back(used=0)
    assert [budget.draw(used) for used in range(5)] == [True, True, True, True, False]


def test_a_site_is_left_after_refusals_in_a_row() -> None:
    sites = Sites()
    blocked, read = (
        judge(CARD, Fetched(URL, failure="challenge", blocked=True)),
        judge(CARD, Fetched(URL, not_modified=True)),
    )
    for judged in (blocked, blocked, read, blocked, blocked):
        sites.note(URL, judged)
    assert sites.left == {}
    sites.note(URL, blocked)
    assert sites.left == {"dealer.example": "challenge"}


def test_a_rule_of_robots_txt_is_no_refusal_of_the_site() -> None:
    sites = Sites()
    for _ in range(5):
        sites.note(URL, judge(CARD, Fetched(URL, failure="robots", blocked=True)))
    assert sites.left == {}


@pytest.mark.parametrize("value", ["soon", "-1", "nan", "1e9", ""])
def test_an_age_that_makes_no_sense_is_refused(value: str) -> None:
    settings = Settings({"DETAIL_MAX_AGE": value})
    with pytest.raises(ArgumentError, match="DETAIL_MAX_AGE"):
        duration(settings, "DETAIL_MAX_AGE", timedelta(days=1))


def test_an_age_counts_in_its_unit() -> None:
    settings = Settings({"DETAIL_MAX_AGE": "1.5"})
    assert duration(settings, "DETAIL_MAX_AGE", timedelta(days=1)) == timedelta(hours=36)
