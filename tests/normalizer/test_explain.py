"""`python -m normalizer explain`: who said what, why it counts, what was ruled, for cars and
dealers."""

import json
from typing import Any

import psycopg
import pytest

from contract.observation import Source
from normalizer.__main__ import main
from tests.normalizer.fleet import World, append, day, handle_of, profile_url
from tests.normalizer.fleet_pages import detail, visited

SITE = "https://www.alpha.example"
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
    append(connection, world.observations)
    assert main(["run"]) == 0
    capsys.readouterr()
    return world


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
    assert (price["value"], price["source"]) == ("54,900.00 USD", "dealer_site")
    assert price["because"] == "dealer_site counts most for it"
    assert [(each["source"], each["found"]) for each in price["others"]] == [
        (Source.CLASSIC, "$51,000")
    ]


def test_the_road_to_a_status_is_told_walk_by_walk(capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, f"{SITE}/cars/c")
    assert "removed: it left its grid and its page is gone" in out
    assert "saw it: in_stock by current_grid" in out
    assert "did not see it; asked for its page: gone, http_404" in out


def test_a_visit_to_the_page_that_decided_is_told(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    """The grid shows the car as offered; who reads "sold" must see where it was said."""
    del world.observations[:]
    page = detail(
        world,
        handle_of("alpha"),
        f"{SITE}/cars/b",
        day(2.5),
        page_status="sold",
        status_sign="h1.sold",
    )
    visit = visited(world, handle_of("alpha"), day(2.5), [page], {"gone": [f"{SITE}/cars/c"]})
    append(connection, world.observations)
    assert main(["run"]) == 0
    capsys.readouterr()
    out = told(capsys, f"{SITE}/cars/b")
    assert f"sold on {day(2.5):%Y-%m-%d %H:%M}: a mark on its tile or page says so" in out
    assert f"/cars/b: read: says sold, by h1.sold  ({visit.key[:12]})" in out
    assert f"/cars/c: gone  ({visit.key[:12]})" in told(capsys, f"{SITE}/cars/c")


def test_a_page_that_outranks_its_card_is_told_as_such(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    del world.observations[:]
    handle, url = handle_of("alpha"), f"{SITE}/cars/b"
    page = detail(world, handle, url, day(1.5), title="1999 Alpha, in all its glory")
    visited(world, handle, day(1.5), [page], {})
    append(connection, world.observations)
    assert main(["run"]) == 0
    capsys.readouterr()
    title = next(v for v in as_json(capsys, url)["values"] if v["column"] == "title")
    # The card was seen again on day 2, and is not the newest of equals all the same.
    assert title["value"] == "1999 Alpha, in all its glory"
    assert title["because"] == "the car's own page counts before its card"
    assert [each["kind"] for each in title["others"]] == ["listing"]


def test_a_price_that_went_away_is_told(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    del world.observations[:]
    world.walk("alpha", day(3), [world.listing("alpha", "b", price="Call for price")])
    append(connection, world.observations)
    assert main(["run"]) in (0, 3)
    capsys.readouterr()
    out = told(capsys, f"{SITE}/cars/b")
    assert "on request" in out.split("history")[0]
    assert "price_changed  to no price, from 54900 USD" in out


def test_a_ruling_is_told_with_its_author_and_how_to_withdraw_it(
    capsys: pytest.CaptureFixture[str],
) -> None:
    said = ["--reason", "a typing error", "--author", "ann", "--json"]
    assert main(["rule", "set", VIN, "price=60000", *said]) == 0
    key = json.loads(capsys.readouterr().out)[0]["key"]
    main(["run"])
    capsys.readouterr()
    out = told(capsys, VIN)
    assert "(the operator ruled so)" in out
    assert "in force: set price = 60000 USD" in out
    assert "ann: a typing error" in out
    assert f"rule withdraw {key[:12]}" in out
    assert "not '$54,900': dealer_site" in out


def test_photos_are_told_with_what_became_of_them(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    connection.execute(
        "UPDATE vehicle_images SET status = 'refused', reason = 'not_an_image' WHERE position = 1"
    )
    out = told(capsys, VIN)
    assert "photos: 1 pending, 1 refused" in out
    assert "(not_an_image)" in out


@pytest.mark.parametrize("name", ["Alpha Motors", "alpha.example", profile_url("alpha")])
def test_an_organization_is_explained(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    out = told(capsys, name)
    assert str(handle_of("alpha")) in out
    assert "vehicles: 2 in stock, 1 removed" in out
    assert "'Napa': profile, address" in out
    assert "no rulings; python -m normalizer rule set" in out
    found = as_json(capsys, name)
    assert {value["column"] for value in found["values"]} >= {"name", "website", "city", "state"}
    assert [member["url"] for member in found["members"]] == [profile_url("alpha")]


def test_who_is_not_there_is_not_explained(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["explain", "nobody"]) == 1
    assert "there is no vehicle or organization 'nobody'" in capsys.readouterr().err
