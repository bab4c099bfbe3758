"""Bad input of every new kind: parked with its reason, or read for what it is worth; either way its
neighbours are unharmed."""

from collections.abc import Mapping
from typing import Any

import psycopg
import pytest
from psycopg import sql
from psycopg.types.json import Jsonb

from contract.observation import ContractViolation, Kind, Observation, parse_payload
from normalizer.digest import CANONICAL, digest
from normalizer.drain import Drain, Outcome
from store.connect import connect
from tests.normalizer.fleet import World, append, day, handle_of
from tests.normalizer.fleet_pages import detail, fetched, located, visited

HANDLE = handle_of("alpha")
URL = "https://www.alpha.example/cars/a"
PHOTO = "https://www.alpha.example/photos/a/0.jpg"


def world() -> World:
    world = World()
    world.profile("alpha", day(0), city="Napa")
    world.walk("alpha", day(1), ["a", "b"])
    page = detail(world, HANDLE, URL, day(1.1), description="All original.", image_urls=(PHOTO,))
    visited(world, HANDLE, day(1.1), [page])
    fetched(world, HANDLE, PHOTO, day(1.2), content="one")
    located(world, HANDLE, "Napa", day(1.3), 38.3)
    return world


GOOD: Mapping[Kind, Observation] = {each.kind: each for each in world().observations}


def changed(kind: Kind, **fields: Any) -> dict[str, Any]:
    """The raw data of a good observation with other fields; None takes a field away."""
    data = {**GOOD[kind].raw_data, **fields}
    return {name: value for name, value in data.items() if value is not None}


DEEP: Any = "x"
for _ in range(500):
    DEEP = [DEEP]

REFUSED: list[tuple[Kind, dict[str, Any], str]] = [
    (Kind.LISTING_DETAIL, {"title": "x" * 1_000_000}, "title:string_too_long"),
    (Kind.LISTING_DETAIL, {"description": "x" * 1_000_000}, "description:string_too_long"),
    (Kind.LISTING_DETAIL, {"options": ["x", 7]}, "options:string_type"),
    (Kind.LISTING_DETAIL, {"attributes": {"a": DEEP}}, "listing_detail:json_invalid"),
    (Kind.LISTING_DETAIL, {"page_status": "gone"}, "page_status:literal_error"),
    (Kind.LISTING_DETAIL, {"page_status": None}, "page_status:missing"),
    (Kind.LISTING_DETAIL, {"listing_url": "javascript:alert(1)"}, "listing_url:string_pattern"),
    (Kind.LISTING_DETAIL, {"listing_url": f"https://x.example/{'ü' * 900}"}, "listing_url:value"),
    (Kind.LISTING_DETAIL, {"organization_id": "alpha"}, "listing_detail:value_error"),
    (Kind.LISTING_DETAIL, {"horoscope": "good"}, "horoscope:extra_forbidden"),
    (Kind.LISTING_DETAIL, {"year": 1967}, "year:string_type"),
    (Kind.PAGE_MANIFEST, {"pages": [{"url": URL, "outcome": "eaten"}]}, "pages.outcome:literal"),
    (Kind.PAGE_MANIFEST, {"pages": DEEP}, "page_manifest:json_invalid"),
    (Kind.PAGE_MANIFEST, {"spider": "x" * 1_000_000}, "spider:string_too_long"),
    (Kind.IMAGE_FETCH, {"sha256": "0" * 63}, "sha256:string_pattern"),
    (Kind.IMAGE_FETCH, {"sha256": None}, "image_fetch:value_error"),
    (Kind.IMAGE_FETCH, {"outcome": "refused"}, "image_fetch:value_error"),
    (Kind.IMAGE_FETCH, {"width": 10**30}, "width:"),
    (Kind.IMAGE_FETCH, {"height": -1}, "height:greater_than"),
    (Kind.IMAGE_FETCH, {"source_url": "file:///etc/passwd"}, "source_url:string_pattern"),
    (Kind.GEOCODE, {"latitude": 91.0}, "geocode:value_error"),
    (Kind.GEOCODE, {"longitude": 10**400}, "geocode:value_error"),
    (Kind.GEOCODE, {"precision": "exact"}, "precision:literal_error"),
    (Kind.GEOCODE, {"address_key": "x" * 5_000}, "address_key:string_too_long"),
]


def add(connection: psycopg.Connection, kind: Kind, data: Any, **columns: Any) -> None:
    good = GOOD[kind]
    row = {
        "key": "f" * 64, "source": good.source, "kind": kind, "version": 1, "url": good.url,
        "organization_id": HANDLE, "observed_at": day(2), "payload_hash": "f" * 64,
        "raw_data": Jsonb(data), **columns,
    }  # fmt: skip
    connection.execute(
        sql.SQL("INSERT INTO import_queue ({}) VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        ),
        row,
    )


def drain(url: str) -> Outcome:
    return Drain(lambda: connect("paddock_normalizer", url=url, autocommit=True)).run()


def digest_of(url: str) -> str:
    with connect("paddock_normalizer", url=url, autocommit=True) as connection:
        return digest(connection, CANONICAL).total


def test_bad_input_of_every_kind_is_parked_with_its_reason(
    connection: psycopg.Connection, database_url: str
) -> None:
    append(connection, world().observations)
    assert drain(database_url).parked == 0
    expected = digest_of(database_url)
    for number, (kind, fields, _) in enumerate(REFUSED):
        add(connection, kind, changed(kind, **fields), key=f"{number:064x}")
    add(connection, Kind.GEOCODE, changed(Kind.GEOCODE), version=2)
    add(connection, Kind.GEOCODE, changed(Kind.GEOCODE), version=2**31 - 1, key="e" * 64)
    add(connection, Kind.GEOCODE, [], key="d" * 64)
    outcome = drain(database_url)
    assert not outcome.failures
    assert outcome.parked == len(REFUSED) + 3
    assert digest_of(database_url) == expected
    reasons: dict[str, str] = dict(
        connection.execute("SELECT key, last_error FROM import_queue WHERE status = 'dead'")
    )
    for number, (kind, fields, reason) in enumerate(REFUSED):
        found = reasons[f"{number:064x}"]
        assert found.startswith(reason), (kind, list(fields), found[:200])
    assert reasons["f" * 64].startswith("unknown_version")
    assert reasons["e" * 64].startswith("unknown_version")
    assert reasons["d" * 64].startswith("raw_data:not_an_object")


@pytest.mark.parametrize("time", ["0001-01-01", "-infinity", "4713-01-01 BC", "1900-01-01"])
@pytest.mark.parametrize("kind", [Kind.LISTING_DETAIL, Kind.PAGE_MANIFEST, Kind.SELLER_PROFILE])
def test_an_absurd_time_is_parked(
    connection: psycopg.Connection, database_url: str, time: str, kind: Kind
) -> None:
    append(connection, world().observations)
    add(connection, kind, changed(kind), observed_at=time)
    outcome = drain(database_url)
    assert (outcome.parked, len(outcome.failures)) == (1, 0)
    error = connection.execute("SELECT last_error FROM import_queue WHERE status = 'dead'")
    assert error.fetchall()[0][0].startswith("observed_at:absurd")
    cars = connection.execute("SELECT count(*) FROM vehicles WHERE status = 'in_stock'").fetchone()
    assert cars == (2,)


@pytest.mark.parametrize("time", ["9999-12-31", "infinity"])
def test_a_time_that_lies_ahead_is_refused_at_the_door(
    connection: psycopg.Connection, time: str
) -> None:
    with pytest.raises(psycopg.errors.CheckViolation):
        add(connection, Kind.LISTING_DETAIL, changed(Kind.LISTING_DETAIL), observed_at=time)


@pytest.mark.parametrize("text", ["a\x00b", "a\ud800b", "\udfff"])
@pytest.mark.parametrize("field", ["title", "description"])
def test_what_the_database_cannot_hold_never_becomes_an_observation(text: str, field: str) -> None:
    with pytest.raises(ContractViolation):
        parse_payload(Kind.LISTING_DETAIL, 1, changed(Kind.LISTING_DETAIL, **{field: text}))


def test_absurd_values_of_a_page_that_fits_the_contract_are_no_values(
    connection: psycopg.Connection, database_url: str
) -> None:
    append(connection, world().observations)
    absurd = {
        "year": "0000", "price": "$999,999,999,999,999,999", "mileage": "9" * 400, "vin": "0" * 17,
        "title": "9999 " * 300, "engine": "\u202e" * 1_900, "options": ["x"] * 5_000,
        "description": "\u0301" * 60_000,
        "image_urls": [f"https://x.example/{'%C3' * 600}", "https://[::1", "http://a:99999999/x"],
    }  # fmt: skip
    add(connection, Kind.LISTING_DETAIL, changed(Kind.LISTING_DETAIL, **absurd))
    outcome = drain(database_url)
    assert (outcome.parked, len(outcome.failures)) == (0, 0)
    rows = connection.execute("SELECT year, price, mileage, vin FROM vehicles ORDER BY year")
    years, prices, miles, vins = zip(*rows.fetchall(), strict=True)
    assert set(prices) == {54_900}
    assert set(miles) == {12_345}
    assert all(1960 <= year < 2000 for year in years)
    assert set(vins) <= {None, "0" * 17}
