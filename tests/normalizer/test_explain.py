"""`python -m normalizer explain`: who said what, why it counts, what was ruled, for cars and
dealers."""

import json
from dataclasses import replace
from typing import Any

import psycopg
import pytest

from contract.observation import Observation, Source
from contract.payloads import SellerProfile
from normalizer.__main__ import main
from tests.normalizer.drainage import SITE
from tests.normalizer.fleet import World, append, day, handle_of, profile_url
from tests.normalizer.fleet_pages import detail, visited

VIN = "WP0ZZZ91ZHS100001"


@pytest.fixture(autouse=True)
def world(connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]) -> World:
    """A car that two sources know, and one that was missed, asked for and found gone."""
    world = World()
    world.profile("alpha", day(0), website=SITE, name="Alpha Motors", city="Napa")
    cars = [world.listing("alpha", slug, vin=VIN if slug == "a" else None) for slug in "abc"]
    world.walk("alpha", day(1), cars)
    marketplace = world.listing(
        "alpha", "a", site="https://www.classic.com/veh", vin=VIN, price="$51,000"
    )
    world.marketplace("alpha", day(1.5), marketplace)
    world.walk("alpha", day(2), cars[:2], gone=["c"])
    assert learned(connection, world.observations, capsys) == 0
    del world.observations[:]
    return world


def learned(
    connection: psycopg.Connection,
    observations: list[Observation],
    capsys: pytest.CaptureFixture[str],
) -> int:
    """Append and drain; returns the exit code, and leaves nothing on the screen."""
    append(connection, observations)
    code = main(["run"])
    capsys.readouterr()
    return code


def page_of_b(world: World, at: float, **said: Any) -> None:
    """A visit to the page of car b, and what it said; car c's is gone."""
    handle, url = handle_of("alpha"), f"{SITE}/cars/b"
    page = detail(world, handle, url, day(at), **said)
    visited(world, handle, day(at), [page], {"gone": [f"{SITE}/cars/c"]})


def told(capsys: pytest.CaptureFixture[str], *words: str) -> str:
    assert main(["explain", *words]) == 0
    return capsys.readouterr().out


def as_json(capsys: pytest.CaptureFixture[str], name: str) -> dict[str, Any]:
    (found,) = json.loads(told(capsys, name, "--json"))
    return dict(found)


def test_every_candidate_is_told_and_why_the_winner_won(
    capsys: pytest.CaptureFixture[str],
) -> None:
    price = next(v for v in as_json(capsys, VIN)["values"] if v["column"] == "price")
    assert (price["value"], price["source"]) == ("54,900 USD", "dealer_site")
    assert price["because"] == "counts before classic.com"
    assert [(each["source"], each["found"]) for each in price["others"]] == [
        (Source.CLASSIC, "$51,000")
    ]


def test_the_road_to_a_status_is_told_walk_by_walk(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, f"{SITE}/cars/c")
    words = " ".join(out.split())
    assert "does not list it any more, and its own page is gone. It was last seen on" in words
    assert "inventory page of 3 cars: shows it on offer" in out
    assert "inventory page of 2 cars: does not show it; its own page: gone (404)" in out


def test_a_sale_that_nobody_told_is_told_as_inferred(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for at in (3, 4, 5):
        world.walk("alpha", day(at), [world.listing("alpha", "a", vin=VIN)])
    learned(connection, world.observations, capsys)
    out = told(capsys, f"{SITE}/cars/b")
    words = " ".join(out.split())
    assert f"Sold on {day(3):%Y-%m-%d %H:%M}, as it seems; nobody said so." in words
    assert f"known since {day(5):%Y-%m-%d %H:%M}" in words
    assert "3 readings, inventory page of 1 car: does not show it" in words


def test_what_still_offers_a_sold_car_is_told(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    page_of_b(world, 2.5, page_status="sold", status_sign="h1.sold")
    world.walk("alpha", day(3), [world.listing("alpha", slug) for slug in "ab"])
    learned(connection, world.observations, capsys)
    words = " ".join(told(capsys, f"{SITE}/cars/b").split())
    assert f"still showed it without a mark on {day(3):%Y-%m-%d %H:%M}" in words


def test_no_word_of_the_tables_is_told_to_people(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, VIN) + told(capsys, f"{SITE}/cars/c") + told(capsys, "Alpha Motors")
    for word in ("dealer_site", "in_stock", "current_grid", "homenet", "evidence", "below_share"):
        assert word not in out


def test_what_the_dealers_own_site_said_is_told_as_his(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """The profile's observation is classic.com's, but not all that stands in it."""
    profile = World().profile("beta", day(0), name="Beta Cars")
    own = [{"value": "615-555-0100", "origin": "website", "where": "footer"}]
    theirs = [{"value": "800-555-0199", "origin": "profile", "where": "phone"}]
    payload = SellerProfile.model_validate_json(
        json.dumps({**profile.raw_data, "phone": [*theirs, *own]})
    )
    learned(connection, [replace(profile, payload=payload)], capsys)
    words = " ".join(told(capsys, "Beta Cars").split())
    assert "555-0100 — the dealer's own site (footer), read" in words
    assert "the dealer's own site counts before the profile page" in words
    assert 'not "800-555-0199": the classic.com profile (phone)' in words


def test_a_visit_to_the_page_that_decided_is_told(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The grid shows the car as offered; who reads "sold" must see where it was said."""
    page_of_b(world, 2.5, page_status="sold", status_sign="h1.sold")
    assert learned(connection, world.observations, capsys) == 0
    out = told(capsys, f"{SITE}/cars/b")
    assert (
        f'Sold on {day(2.5):%Y-%m-%d %H:%M}: its own page says that it is sold ("h1.sold").' in out
    )
    assert '/cars/b: read, says sold ("h1.sold")' in out
    assert "/cars/c: gone" in told(capsys, f"{SITE}/cars/c")


def test_a_page_that_outranks_its_card_is_told_as_such(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    page_of_b(world, 1.5, title="1999 Alpha, in all its glory")
    assert learned(connection, world.observations, capsys) == 0
    title = next(v for v in as_json(capsys, f"{SITE}/cars/b")["values"] if v["column"] == "title")
    # The card was seen again on day 2, and is not the newest of equals all the same.
    assert title["value"] == "1999 Alpha, in all its glory"
    assert title["because"] == "the car's own page counts before its card"
    assert [each["kind"] for each in title["others"]] == ["listing"]


def test_a_price_that_went_away_is_told(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.walk("alpha", day(3), [world.listing("alpha", "b", price="Call for price")])
    assert learned(connection, world.observations, capsys) in (0, 3)
    out = told(capsys, f"{SITE}/cars/b")
    assert "on request" in out.split("history")[0]
    assert "price: 54,900 USD → no price" in out


def test_a_ruling_is_told_with_its_author_and_how_to_withdraw_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = ["--reason", "a typing error", "--author", "ann", "--json"]
    assert main(["rule", "set", VIN, "price=60000", *said]) == 0
    key = json.loads(capsys.readouterr().out)[0]["key"]
    main(["run"])
    capsys.readouterr()
    out = told(capsys, VIN)
    assert "; a ruling stands above everything" in out
    assert ": a typing error" in out.split("history")[0]
    assert "in force: set price = 60000 USD" in out
    assert "ann: a typing error" in out
    assert f"rule withdraw {key[:12]}" in out
    assert 'not "$54,900": the dealer\'s site' in out


def test_photos_are_told_with_what_became_of_them(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    connection.execute(
        "UPDATE vehicle_images SET status = 'refused', reason = 'not_an_image' WHERE position = 1"
    )
    out = told(capsys, VIN)
    assert "photos: 1 not fetched yet, 1 refused" in out
    assert "(not an image)" in out


@pytest.mark.parametrize("name", ["Alpha Motors", "alpha.example", profile_url("alpha")])
def test_an_organization_is_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, name)
    assert str(handle_of("alpha")) in out
    assert "vehicles: 2 on offer, 1 no longer offered" in out
    assert "Napa — the classic.com profile (address), read" in out
    assert "no rulings; python -m normalizer rule set" in out
    found = as_json(capsys, name)
    assert {value["column"] for value in found["values"]} >= {"name", "website", "city", "state"}
    assert [member["url"] for member in found["members"]] == [profile_url("alpha")]


def test_who_is_not_there_is_not_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "nobody"]) == 1
    assert "there is no vehicle or organization 'nobody'" in capsys.readouterr().err
