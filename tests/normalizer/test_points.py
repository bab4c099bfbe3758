"""The point of an organization: whose counts, and for how long."""

from typing import Any

import psycopg
import pytest

from contract.handles import address_key
from contract.payloads import FoundAddress
from normalizer.drain import Drain
from normalizer.rows import BusinessRow
from store.connect import connect
from tests.normalizer.fleet import World, append
from tests.normalizer.fleet import day as noon
from tests.normalizer.observed import found, profile
from tests.normalizer.worlds import Dealer

KEY = "1 main st|franklin|tn|37064|us"
HERE, THERE = (35.92, -86.86), (35.0, -86.0)


def at(street: str = "1 Main St", **fields: str) -> tuple[FoundAddress, ...]:
    values: dict[str, Any] = {
        "city": "Franklin", "state": "TN", "postal_code": "37064", "country": "US", **fields,
    }  # fmt: skip
    return (FoundAddress(origin="website", where="test", street=street, **values),)


def dealer(coordinates: str | None = None) -> Dealer:
    dealer = Dealer()
    dealer.evidence = [profile(address=at(), coordinates=found(coordinates) if coordinates else ())]
    return dealer


def business(dealer: Dealer) -> BusinessRow:
    (row,) = dealer.rows().businesses
    return row


def point(dealer: Dealer) -> tuple[float, float] | None:
    location = business(dealer).location
    return (location.y, location.x) if location else None


def test_case_spacing_and_punctuation_do_not_make_another_address() -> None:
    spelled = address_key(
        street=" 1  MAIN St. ", city="franklin", state="TN", postal_code="37064", country="us"
    )
    assert spelled == KEY
    assert address_key(
        street="1 Main St", city=None, state="TN", postal_code=None, country="US"
    ) is None  # fmt: skip


def test_a_point_applies_to_the_address_it_was_asked_for_alone() -> None:
    one = dealer()
    assert point(one) is None
    geocode = one.geocode(KEY, 1, *HERE)
    assert point(one) == HERE
    assert business(one).provenance["location"] == ("geocoder", geocode.key)
    # The dealer moves: the point of the old address is none of the new one.
    one.evidence.append(profile(at=2, address=at("99 New Rd")))
    assert point(one) is None


def test_the_better_precision_counts_then_the_provider_then_the_newest() -> None:
    one = dealer()
    one.geocode(KEY, 5, *THERE, precision="city", provider="census")
    one.geocode(KEY, 1, *HERE, precision="rooftop", provider="photon")
    assert point(one) == HERE
    one.geocode(KEY, 1, 1.0, 1.0, precision="rooftop", provider="census")
    assert point(one) == (1.0, 1.0)
    one.geocode(KEY, 2, 2.0, 2.0, precision="rooftop", provider="somebody new")
    assert point(one) == (1.0, 1.0)
    one.geocode(KEY, 3, 3.0, 3.0, precision="rooftop", provider="census")
    assert point(one) == (3.0, 3.0)


@pytest.mark.parametrize(
    ("precision", "wins"),
    [("rooftop", True), ("street", False), ("postal_code", False), ("city", False)],
)
def test_a_sites_own_coordinates_give_way_to_a_rooftop_alone(precision: str, wins: bool) -> None:
    one = dealer(coordinates=f"{THERE[0]},{THERE[1]}")
    one.geocode(KEY, 1, *HERE, precision=precision)
    assert point(one) == (HERE if wins else THERE)


def test_a_point_that_is_told_again_changes_nothing() -> None:
    one = dealer()
    one.geocode(KEY, 1, *HERE)
    before = one.rows()
    one.geocode(KEY, 9, *HERE)
    assert one.rows() == before


def jobs(connection: psycopg.Connection) -> list[tuple[Any, ...]]:
    return connection.execute(
        "SELECT task, payload->>'city', once FROM job_queue ORDER BY id"
    ).fetchall()


def test_an_address_without_a_point_is_asked_for_once(
    connection: psycopg.Connection, database_url: str
) -> None:
    def drain(*, again: bool = False) -> None:
        outcome = Drain(
            lambda: connect("paddock_normalizer", url=database_url, autocommit=True), again=again
        ).run()
        assert not outcome.failures

    world = World()
    world.profile("alpha", noon(0), city="Napa")
    world.profile("beta", noon(0))
    append(connection, world.observations)
    drain(again=True)
    assert jobs(connection) == [], "a backfill asks for nothing"
    world.observations.clear()
    world.profile("alpha", noon(1), city="Napa", name="Alpha Cars")
    append(connection, world.observations)
    drain()
    assert jobs(connection) == [("geocode", "Napa", True)]
    world.observations.clear()
    world.profile("alpha", noon(2), city="Napa", name="Alpha Cars Again")
    append(connection, world.observations)
    drain()
    assert jobs(connection) == [("geocode", "Napa", True)]
