"""`python -m normalizer rule`: what an operator says, what comes of it, and what is refused."""

import json
import re
from collections.abc import Callable
from datetime import datetime
from typing import Any, LiteralString

import psycopg
import pytest
from psycopg import sql

from normalizer.__main__ import main
from normalizer.digest import digest
from normalizer.replay import replay
from store.connect import connect
from tests.normalizer.drainage import SITE
from tests.normalizer.fleet import World, append, day, handle_of, profile_url
from tests.normalizer.fleet_pages import fetched

VIN = "WP0ZZZ91ZHS100001"

Say = Callable[..., str]


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Say:
    """`say("set", …)`: rule, drain, and return the ruling's key."""

    def rule(*words: str, drain: bool = True) -> str:
        capsys.readouterr()
        assert (
            main(["rule", *words, "--reason", "seen on the lot", "--author", "ann", "--json"]) == 0
        )
        key = str(json.loads(capsys.readouterr().out)[0]["key"])
        if drain:
            assert main(["run"]) in (0, 3)
            capsys.readouterr()
        return key

    return rule


@pytest.fixture
def refused(capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """`refused("set", …)`: what the command says when it exits with 2."""

    def rule(*words: str) -> str:
        assert main(["rule", *words, "--reason", "r", "--author", "ann"]) == 2
        return capsys.readouterr().err

    return rule


@pytest.fixture(autouse=True)
def world(connection: psycopg.Connection) -> World:
    """Two dealers with three and one cars."""
    world = World()
    world.profile("alpha", day(0), website=SITE, name="Alpha Motors")
    world.profile("beta", day(0), website="https://www.beta.example", name="Beta Cars")
    world.walk("alpha", day(1), [world.listing("alpha", "a", vin=VIN), "b", "c"])
    world.walk("beta", day(1), ["x"])
    append(connection, world.observations)
    assert main(["run"]) == 0
    return world


def car(connection: psycopg.Connection, slug: str, columns: LiteralString) -> tuple[Any, ...]:
    query = sql.SQL("SELECT {} FROM vehicles WHERE discovery_url = %s").format(sql.SQL(columns))
    found = connection.execute(query, [f"{SITE}/cars/{slug}"]).fetchone()
    assert found
    return found


def is_replayed() -> bool:
    with connect("paddock_normalizer", autocommit=True) as normalizer:
        return replay(normalizer).equal


def total() -> str:
    with connect("paddock_normalizer", autocommit=True) as normalizer:
        return digest(normalizer).total


def test_a_set_field_beats_what_was_seen_until_it_is_withdrawn(
    connection: psycopg.Connection, say: Say, world: World
) -> None:
    before = total()
    key = say("set", VIN, "year=1967", "price=61,000", "mileage=12 mi")
    assert car(connection, "a", "year, price, currency, mileage") == (1967, 61000, "USD", 12)
    ((provenance,),) = connection.execute("SELECT provenance FROM vehicles WHERE vin = %s", [VIN])
    assert provenance["year"] == ["operator", key] == provenance["price"]
    world.walk("alpha", day(2), [world.listing("alpha", "a", vin=VIN, price="$1,000"), "b", "c"])
    append(connection, world.observations[-4:])
    assert main(["run"]) == 0
    assert car(connection, "a", "year, price") == (1967, 61000)
    assert is_replayed()
    say("withdraw", key[:8])
    assert car(connection, "a", "price") == (1000,)
    assert total() != before


def test_a_withdrawal_leaves_the_tables_as_if_nothing_had_been_said(say: Say) -> None:
    before = total()
    said = [
        say("set", VIN, "status=sold", "sold_at=2026-02-01", "sale_price=40000"),
        say("clear", f"{SITE}/cars/b", "price", "mileage"),
        say("takedown", "Beta Cars"),
        say("same", f"{SITE}/cars/b", f"{SITE}/cars/c"),
    ]
    assert total() != before
    for key in said:
        say("withdraw", key)
    assert total() == before


def test_a_ruled_status_is_shown_everywhere(connection: psycopg.Connection, say: Say) -> None:
    say("set", f"{SITE}/cars/b", "status=sold", "sold_at=2026-02-01", "sale_price=40000 USD")
    (id, status, evidence, sold_at, price) = car(
        connection, "b", "id, status, status_evidence, sold_at, price"
    )
    assert (status, evidence, price) == ("sold", "ruling", 40000)
    assert sold_at == datetime.fromisoformat("2026-02-01T00:00+00:00")
    assert connection.execute(
        "SELECT relationship_type FROM organization_vehicles WHERE vehicle_id = %s", [id]
    ).fetchone() == ("sold_by",)
    assert connection.execute(
        "SELECT status, sale_price FROM dealer_inventory WHERE vehicle_id = %s", [id]
    ).fetchone() == ("sold", 40000)


def test_a_cleared_field_is_null_and_cites_the_ruling(
    connection: psycopg.Connection, say: Say
) -> None:
    key = say("clear", f"{SITE}/cars/b", "mileage", "price")
    assert car(connection, "b", "mileage, mileage_unit, price, currency, price_kind") == (None,) * 5
    assert car(connection, "b", "provenance->'mileage'->>1") == (key,)


def test_an_organization_is_corrected(connection: psycopg.Connection, say: Say) -> None:
    say("set", "www.alpha.example", "name=Alpha Motorcars", "location=36.16,-86.78", "country=us")
    assert connection.execute(
        "SELECT name, country, ST_Y(location::geometry), ST_X(location::geometry) FROM businesses"
        " WHERE id = %s",
        [handle_of("alpha")],
    ).fetchone() == ("Alpha Motorcars", "US", 36.16, -86.78)


def test_a_ruling_ends_with_an_observation_made_then_and_not_with_the_calendar(
    connection: psycopg.Connection, say: Say, world: World
) -> None:
    say("set", VIN, "year=1967", "--until", "2026-03-05")
    assert car(connection, "a", "year") == (1967,)
    count = len(world.observations)
    world.walk("alpha", day(10), [world.listing("alpha", "a", vin=VIN), "b", "c"])
    append(connection, world.observations[count:])
    assert main(["run"]) == 0
    assert car(connection, "a", "year") != (1967,)
    assert is_replayed()


def test_organizations_are_joined_and_parted(connection: psycopg.Connection, say: Say) -> None:
    def organizations() -> int:
        row = connection.execute("SELECT count(*) FROM businesses").fetchone()
        assert row
        return int(row[0])

    say("same", "Alpha Motors", "Beta Cars")
    assert organizations() == 1
    assert is_replayed()
    say("not-same", profile_url("alpha"), profile_url("beta"))
    assert organizations() == 2
    assert is_replayed()


def test_a_ruling_stays_with_its_car_when_organizations_merge(
    connection: psycopg.Connection, say: Say
) -> None:
    say("set", "https://www.beta.example/cars/x", "make=Bristol")
    say("same", "Beta Cars", "Alpha Motors")
    row = connection.execute(
        "SELECT make, dealer_id FROM vehicles WHERE discovery_url = 'https://www.beta.example/cars/x'"
    ).fetchone()
    assert row == ("Bristol", handle_of("alpha"))


def test_listings_are_joined_and_parted(connection: psycopg.Connection, say: Say) -> None:
    def cars() -> int:
        row = connection.execute("SELECT count(*) FROM vehicles").fetchone()
        assert row
        return int(row[0])

    say("same", f"{SITE}/cars/b", f"{SITE}/cars/c")
    assert cars() == 3
    assert is_replayed()
    say("not-same", f"{SITE}/cars/c", f"{SITE}/cars/b")
    assert cars() == 4
    assert is_replayed()


def test_a_rejected_walk_proves_nothing_and_an_accepted_one_everything(
    connection: psycopg.Connection, say: Say, world: World
) -> None:
    count = len(world.observations)
    world.walk("alpha", day(2), ["b"])  # One of three: below the share.
    append(connection, world.observations[count:])
    assert main(["run"]) == 3
    key = world.observations[-1].key
    missed = "SELECT sum(missed_runs) FROM dealer_inventory_seen"
    assert connection.execute(missed).fetchone() == (0,)
    accepted = say("accept", key[:10])
    assert connection.execute(missed).fetchone() == (2,)
    assert main(["quarantine"]) == 0
    say("withdraw", accepted)
    say("reject", key)
    assert connection.execute(missed).fetchone() == (0,)
    assert connection.execute(
        "SELECT reason FROM inventory_walks WHERE observation_key = %s", [key]
    ).fetchone() == ("rejected",)
    assert main(["quarantine"]) == 0, "who was judged needs no look any more"
    assert is_replayed()


def test_a_takedown_is_seen_by_whoever_must_obey(connection: psycopg.Connection, say: Say) -> None:
    say("takedown", VIN)
    say("takedown", "Beta Cars", "--until", "2027-01-01")
    rows = connection.execute(
        "SELECT subject, dealer_id, until IS NOT NULL FROM takedowns ORDER BY subject"
    ).fetchall()
    assert rows == [
        ("organization", handle_of("beta"), True),
        ("vehicle", handle_of("alpha"), False),
    ]
    assert car(connection, "a", "status, status_evidence") == ("removed", "takedown")
    assert connection.execute(
        "SELECT DISTINCT status FROM vehicles WHERE dealer_id = %s", [handle_of("beta")]
    ).fetchall() == [("removed",)]


def test_a_redaction_leaves_a_tombstone_and_no_way_back(
    connection: psycopg.Connection, say: Say, refused: Callable[..., str]
) -> None:
    row = connection.execute(
        "SELECT key FROM import_queue WHERE url = %s AND kind = 'listing'", [f"{SITE}/cars/b"]
    ).fetchone()
    assert row
    assert "say --yes" in refused("redact", row[0][:10])
    key = say("redact", row[0][:10], "--yes")
    assert connection.execute(
        "SELECT raw_data, status FROM import_queue WHERE key = %s", row
    ).fetchone() == ({"redacted": True}, "skipped")
    assert connection.execute("SELECT count(*) FROM vehicles").fetchone() == (3,)
    assert is_replayed()
    assert "cannot be withdrawn" in refused("withdraw", key)


def test_a_redaction_works_whichever_came_first(
    connection: psycopg.Connection, say: Say, world: World
) -> None:
    listing = next(o for o in world.observations if o.url == f"{SITE}/cars/b")
    say("redact", listing.key, "--yes")
    after = total()
    append(connection, [listing])
    assert main(["run"]) == 0
    assert total() == after
    left = connection.execute(
        "SELECT count(*) FROM import_queue WHERE key = %s AND raw_data <> '{\"redacted\": true}'",
        [listing.key],
    ).fetchone()
    assert left == (0,)


def test_pictures_that_nothing_shows_after_a_redaction_are_to_be_deleted(
    connection: psycopg.Connection, say: Say, world: World
) -> None:
    # As if the fetcher's observations had been folded; the fold itself is the images' to test.
    connection.execute(
        "UPDATE vehicle_images SET status = 'stored', storage_key = 'full/' || md5(source_url)"
    )
    listing = next(o for o in world.observations if o.url == f"{SITE}/cars/b")
    expected = connection.execute(
        "SELECT storage_key FROM vehicle_images WHERE source_url LIKE '%/photos/b/%' ORDER BY 1"
    ).fetchall()
    say("redact", listing.key, "--yes")
    row = connection.execute("SELECT task, payload->'delete_images' FROM job_queue").fetchone()
    assert row
    assert row[0] == "cleanup"
    assert {key for (key,) in expected} <= set(row[1])


def test_a_picture_that_was_never_shown_is_to_be_deleted_too(
    connection: psycopg.Connection, say: Say, world: World
) -> None:
    photo = fetched(world, handle_of("alpha"), f"{SITE}/photos/b/1.jpg", day(2), content="one")
    append(connection, [photo])
    say("redact", photo.key, "--yes")
    row = connection.execute("SELECT payload->'delete_images' FROM job_queue").fetchone()
    assert row == ([photo.raw_data["storage_key"]],)


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["set", VIN, "year=19"], "year: '19' is not a year from 1880 to 2100"),
        (["set", VIN, "price=lots"], "an amount and its currency"),
        (["set", VIN, "status=stolen"], "one of in_stock, pending, sold, removed"),
        (["set", VIN, "sold_at=2026-01-01"], "sold_at goes with status=sold"),
        (["set", VIN, "colour=red"], "'colour' is no field of a vehicle; there are: title"),
        (["set", VIN, "year"], "is not FIELD=VALUE"),
        (["set", VIN, "year=1967", "--until", "soon"], "is no date or time"),
        (["set", "Alpha Motors", "country=USA"], "a country's two letters"),
        (["set", "nobody", "year=1967"], "there is no vehicle or organization 'nobody'"),
        (["clear", "Alpha Motors", "name"], "name cannot be cleared"),
        (["same", VIN, "Alpha Motors"], "a vehicle and the other one an organization"),
        (["same", VIN, "https://www.beta.example/cars/x"], "cars of different organizations"),
        (["not-same", "Alpha Motors", "alpha.example"], "both mean Alpha Motors"),
        (["accept", "abc"], "is no observation key"),
        (["accept", "abcdef"], "there is no walk whose key begins with 'abcdef'"),
        (["withdraw", "0000000"], "there is no observation"),
    ],
)
def test_what_cannot_be_is_refused_with_what_is_allowed(
    words: list[str], says: str, refused: Callable[..., str]
) -> None:
    assert says in refused(*words)


def test_a_name_that_means_two_things_is_refused_with_both(
    connection: psycopg.Connection, world: World, refused: Callable[..., str]
) -> None:
    count = len(world.observations)
    world.profile("gamma", day(2), name="Beta Cars", website="https://www.gamma.example")
    append(connection, world.observations[count:])
    assert main(["run"]) == 0
    said = refused("takedown", "Beta Cars")
    assert str(handle_of("beta")) in said
    assert str(handle_of("gamma")) in said


def test_the_command_says_what_follows_and_how_to_take_it_back(
    capsys: pytest.CaptureFixture[str],
) -> None:
    capsys.readouterr()
    assert main(["rule", "takedown", "Beta Cars", "--reason", "asked to", "--author", "ann"]) == 0
    out = capsys.readouterr().out
    assert "python -m normalizer run" in out
    assert re.search(r"rule withdraw [0-9a-f]{12} --reason", out)
    assert main(["rule", "list"]) == 0
    listed = capsys.readouterr().out
    assert "pending" in listed
    assert "ann: asked to" in listed


def test_a_reason_is_required(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        main(["rule", "takedown", "Beta Cars"])
    assert ended.value.code == 2
    assert "--reason" in capsys.readouterr().err
