"""`python -m normalizer explain` of odd cars and dealers: what a sceptical reader would ask next."""

import json

import psycopg
import pytest

from contract.payloads import Listing
from normalizer.__main__ import main
from normalizer.wording import moment
from tests.normalizer.drainage import SITE
from tests.normalizer.fleet import World, append, day, handle_of, profile_url
from tests.normalizer.fleet_pages import detail, visited

VIN = "WP0ZZZ91ZHS100001"
OTHER_VIN = "WP0ZZZ91ZHS100002"


@pytest.fixture
def world() -> World:
    world = World()
    world.profile("alpha", day(0), website=SITE, name="Alpha Motors", city="Napa")
    return world


def drained(connection: psycopg.Connection, world: World) -> None:
    append(connection, world.observations)
    del world.observations[:]
    main(["run"])


def told(capsys: pytest.CaptureFixture[str], name: str) -> str:
    """What is explained, on one line."""
    capsys.readouterr()
    assert main(["explain", name]) == 0
    return " ".join(capsys.readouterr().out.split())


def changed(listing: Listing, **fields: object) -> Listing:
    return Listing(**{**listing.model_dump(), **fields})


def test_an_address_that_shows_another_car_now_is_told_so_for_both(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    old = world.listing("alpha", "a", vin=VIN, stock="S1")
    new = changed(old, vin=OTHER_VIN, title="1999 Lotus Elise", stock_number="S2")
    for at in (1, 2):
        world.walk("alpha", day(at), [old, "b", "c"])
    for at in (3, 4, 5):
        world.walk("alpha", day(at), [new, "b", "c"])
    drained(connection, world)
    gone = told(capsys, VIN)
    assert f"It was last seen on {moment(day(2))}." in gone
    assert f"Its address has shown another car since {moment(day(3))}: 1999 Lotus Elise" in gone
    assert "3 readings, inventory page of 3 cars: shows another car at its address" in gone
    assert "2 readings, inventory page of 3 cars: shows it on offer" in gone
    there = told(capsys, OTHER_VIN)
    assert f"Until {moment(day(2))} its address showed another car: {old.title}" in there
    assert "2 readings, inventory page of 3 cars: shows another car at its address" in there


def test_a_visit_is_told_of_the_car_that_the_address_showed_then(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    handle, shared, own = handle_of("alpha"), f"{SITE}/cars/a", f"{SITE}/cars/a2"
    old = world.listing("alpha", "a", vin=VIN)
    twin = changed(old, listing_url=own)
    new = changed(old, vin=OTHER_VIN, title="1999 Lotus Elise")
    world.walk("alpha", day(1), [old, twin, "b", "c"])
    world.walk("alpha", day(3), [new, "b", "c"])
    for at in (2, 4):
        visited(world, handle, day(at), [], {"failed": [shared, own]})
    drained(connection, world)
    visits = [f"{moment(day(at))} {url}: no answer" for at in (2, 4) for url in (shared, own)]
    gone, there = told(capsys, VIN), told(capsys, OTHER_VIN)
    assert [visit in gone for visit in visits] == [True, True, False, True]
    assert [visit in there for visit in visits] == [False, False, True, False]


@pytest.mark.parametrize(
    ("vin", "words"),
    [
        ("1" * 17, 'vin none; no number of a car: digits alone and a placeholder not "1111'),
        ("S1", 'vin none; no number of a car: the stock number in the VIN\'s place not "S1"'),
        ("WP0ZZZ91Z", "nobody else says anything; it is cut short, so it joins no listings"),
        ("WP0ZZZ91ZHS100I11", "it may change when the car is built, so it joins no listings"),
    ],
)
def test_a_number_that_names_no_car_is_shown_with_what_is_wrong_with_it(
    connection: psycopg.Connection,
    world: World,
    capsys: pytest.CaptureFixture[str],
    vin: str,
    words: str,
) -> None:
    card = world.listing("alpha", "a", vin=vin, stock="S1")
    world.walk("alpha", day(1), [changed(card, title="1999 Porsche 911")])
    drained(connection, world)
    text = told(capsys, f"{SITE}/cars/a")
    assert words in text
    assert "trim none" not in text


def test_two_spellings_of_one_value_are_the_same(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    card = world.listing("alpha", "a", vin=VIN)
    world.walk("alpha", day(1), [card])
    classic = world.listing("alpha", "a", site="https://www.classic.com/veh", vin=VIN.lower())
    world.marketplace("alpha", day(1.5), changed(classic, mileage="12345"))
    drained(connection, world)
    text = told(capsys, VIN)
    assert 'not "wp0' not in text
    assert 'not "12345"' not in text
    assert text.count("the same: classic.com") >= 4


def test_a_ruled_make_stands_beside_the_make_that_was_read(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    card = world.listing("alpha", "a", vin=VIN)
    read = changed(card, title="1967 Porsche 911", year="1967", make="Porsche", model="911")
    world.walk("alpha", day(1), [read])
    drained(connection, world)
    assert (
        main(["rule", "set", VIN, "make=Lancia", "--reason", "a replica", "--author", "ann"]) == 0
    )
    main(["run"])
    text = told(capsys, VIN)
    assert "make Lancia — the operator [3]" in text or "make Lancia — the operator [2]" in text
    assert 'a ruling stands above everything not "Porsche": the dealer\'s site' in text
    assert "model 911 — the dealer's site [1]; nobody else says anything" in text


def test_rulings_that_join_and_part_name_both_sides(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.profile("beta", day(0), name="Beta Cars")
    world.walk("alpha", day(1), ["a", "b", "c"])
    drained(connection, world)
    a, b = f"{SITE}/cars/a", f"{SITE}/cars/b"
    said = ["--reason", "seen", "--author", "ann"]
    assert main(["rule", "not-same", a, b, *said]) == 0
    assert main(["rule", "same", "Alpha Motors", "Beta Cars", *said]) == 0
    main(["run"])
    for car in (a, b):
        assert f"{a} and {b} are not the same car" in told(capsys, car)
    profiles = f"{profile_url('alpha')} and {profile_url('beta')} are the same organization"
    assert profiles in told(capsys, "Alpha Motors")
    capsys.readouterr()
    assert main(["rule", "list"]) == 0
    listed = capsys.readouterr().out
    assert profiles in listed
    assert f"  Alpha Motors: {a}\n" in listed
    assert main(["rule", "same", b, a, *said]) == 0
    main(["run"])
    text = told(capsys, a)
    assert f"overruled: {a} and {b} are not the same car" in text
    assert f"in force: {b} and {a} are the same car" in text
    capsys.readouterr()
    assert main(["rule", "list", "--json"]) == 0
    newest = json.loads(capsys.readouterr().out)[-1]
    assert main(["rule", "withdraw", newest["key"], *said]) == 0
    main(["run"])
    assert f"in force: {a} and {b} are not the same car" in told(capsys, a)


def test_an_address_without_a_car_says_what_became_of_what_was_seen_there(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.walk("alpha", day(1), ["a", "b"])
    card = next(each for each in world.observations if each.url.endswith("/a"))
    drained(connection, world)
    said = ["--reason", "asked for by letter", "--author", "ann"]
    assert main(["rule", "redact", card.key, "--yes", *said]) == 0
    main(["run"])
    text = told(capsys, f"{SITE}/cars/a")
    assert f"there is no vehicle at {SITE}/cars/a" in text
    assert f"1 card, {moment(day(1))}: redacted by ann on" in text
    assert "asked for by letter (ruling" in text
    append(connection, [world.marketplace("nobody", day(2), world.listing("nobody", "n"))])
    main(["run"])
    assert "left out, unknown_organization" in told(capsys, "https://www.nobody.example/cars/n")


def test_an_address_without_a_car_says_what_still_has_to_be_done(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    elsewhere = "http://alpha.example/cars/p/"
    for at in (1, 2):
        world.walk("alpha", day(at), [world.listing("alpha", "p", price=f"${at}0,000")])
    append(connection, world.observations)
    assert f"2 cards, {moment(day(1))} to {moment(day(2))}: waits for the next run" in told(
        capsys, elsewhere
    )
    connection.execute("UPDATE import_queue SET version = 99 WHERE kind = 'listing'")
    main(["run"])
    assert "parked, unknown_version: " in told(capsys, elsewhere)


def test_those_who_share_a_key_and_are_not_one_are_named_with_the_reason(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    shared = "https://www.shared.example"
    for seller, license in (("east", "Dealer License #EA10001"), ("west", "License #WE20002")):
        world.profile(seller, day(0), name=seller.title(), license=license, website=shared)
    for number in range(51):
        world.profile(f"stand{number}", day(0), website="https://mall.example")
    drained(connection, world)
    assert (
        "West with the same website shared.example is another organization: not all of them have "
        "the same license, so this joins nobody." in told(capsys, "East")
    )
    text = told(capsys, "Stand7")
    assert "51 profile pages have the website mall.example: what more than 50 share" in text
    assert "may join it by the website" not in text


def test_many_who_share_a_key_are_counted_and_those_ruled_apart_are_told_so(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    for number, seller in enumerate(("east", "west", "north", "south", "inner")):
        license = f"License #EA1000{number}"
        world.profile(seller, day(0), license=license, website="https://shared.example")
    world.profile("beta", day(0), website="https://beta.example")
    world.profile("gamma", day(0), website="https://beta.example")
    said = ["--reason", "seen", "--author", "ann"]
    drained(connection, world)
    assert main(["rule", "not-same", profile_url("beta"), profile_url("gamma"), *said]) == 0
    main(["run"])
    assert (
        "Inner, North, South and 1 other with the same website shared.example are other "
        "organizations: not all of them have the same license" in told(capsys, "East")
    )
    assert (
        "Gamma with the same website beta.example is another organization: an operator ruled some "
        "of them apart." in told(capsys, "Beta")
    )


def test_a_doubted_page_of_sold_cars_is_not_said_to_prove_absence(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.walk("alpha", day(1), ["a", "b"])
    sold = [world.listing("alpha", "s", sold=True, evidence="sold_grid")]
    world.walk("alpha", day(1), sold, grid="sold")
    world.walk("alpha", day(2), [], grid="sold")
    drained(connection, world)
    sold_car = told(capsys, f"{SITE}/cars/s")
    assert "the dealer showed it among his sold cars then, and offers it nowhere" in sold_car
    assert main(["quarantine"]) == 3
    text = capsys.readouterr().out
    assert "no car's status hangs on it" in text
    assert "it is right, the dealer took cars off that page" in text
    assert "what it did not see is gone" not in text


def test_a_ruling_that_cannot_be_read_has_no_author(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.walk("alpha", day(1), ["a"])
    world.ruling(handle_of("alpha"), day(2), action="set", subject="organization",
                 values={"phone": "555"})  # fmt: skip
    append(connection, world.observations)
    connection.execute("UPDATE import_queue SET version = 99 WHERE kind = 'ruling'")
    main(["run"])
    capsys.readouterr()
    assert main(["rule", "list"]) == 0
    assert "None" not in capsys.readouterr().out


def test_a_page_that_answers_after_the_car_was_delisted_is_told_as_such(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    handle, url = handle_of("alpha"), f"{SITE}/cars/c"
    world.walk("alpha", day(0.5), ["a", "b", "c"])
    for at in range(1, 9):
        visited(world, handle, day(at), [detail(world, handle, url, day(at))])
        world.walk("alpha", day(at + 0.1), ["a", "b"])
    drained(connection, world)
    text = told(capsys, url)
    assert "7 complete readings of the dealer's inventory did not list it" in text
    assert f"That page still answered on {moment(day(8))}. Nobody claims a sale." in text


def test_an_answer_is_not_said_to_be_the_page_of_a_car_with_two(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    twice = [world.listing("alpha", "a", vin=VIN), world.listing("alpha", "a2", vin=VIN)]
    twice[1] = changed(twice[1], title=twice[0].title)
    world.walk("alpha", day(1), [*twice, "b", "c"])
    world.walk("alpha", day(2), [twice[0], "b", "c"], gone=["a2"])
    drained(connection, world)
    assert "shows it on offer; one of its pages: gone (404)" in told(capsys, VIN)


def test_readings_in_doubt_are_not_called_complete(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.walk("alpha", day(1), ["a", "b", "c"])
    for at in (2, 3, 4):
        world.walk("alpha", day(at), ["a", "b"], complete=False, gone=["c"])
    drained(connection, world)
    text = told(capsys, f"{SITE}/cars/c")
    assert "Then 3 readings of the dealer's inventory in a row did not show it" in text
    assert "and its own page was gone. The sale is dated by the first of them" in text


def test_a_page_that_was_gone_before_the_car_came_back_is_not_told_of_its_sale(
    connection: psycopg.Connection, world: World, capsys: pytest.CaptureFixture[str]
) -> None:
    world.walk("alpha", day(1), ["a", "b", "c"])
    world.walk("alpha", day(2), ["a", "b"], gone=["c"])
    world.walk("alpha", day(3), ["a", "b", "c"])
    for at in (4, 5, 6):
        world.walk("alpha", day(at), ["a", "b"])
    drained(connection, world)
    text = told(capsys, f"{SITE}/cars/c")
    assert "Then 3 complete readings of the dealer's inventory in a row did not show it" in text
    assert "its own page was gone" not in text
