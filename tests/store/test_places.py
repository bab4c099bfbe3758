"""Cars that share a page: what the crawler asks for knows their places from addresses of pages."""

import psycopg
import pytest
from psycopg.rows import dict_row

from contract.urls import place_in
from store.queries import load
from tests.normalizer.drainage import SITE, run
from tests.normalizer.fleet import World, append, day, handle_of

PLACE = place_in(f"{SITE}/cars.html", words=["1967 Jaguar E-Type"])
PAGE = f"{SITE}/cars/b"


@pytest.fixture
def lot(connection: psycopg.Connection) -> None:
    """A dealer with one car that has a page and one that has none, another one with none."""
    world = World()
    for seller, website in (("alpha", SITE), ("beta", "https://www.beta.example")):
        world.profile(seller, day(0), website=website)
    place = world.listing("alpha", "a").model_copy(update={"listing_url": PLACE})
    world.walk("alpha", day(1), [place, "b"])
    away = PLACE.replace(SITE, "https://www.beta.example")
    world.walk("beta", day(1), [place.model_copy(update={"listing_url": away})])
    append(connection, world.observations)
    run()


@pytest.mark.usefixtures("lot")
def test_places_are_no_vehicle_pages_to_visit(connection: psycopg.Connection) -> None:
    with connection.cursor(row_factory=dict_row) as cursor:
        listings = load("listings")
        dealers = cursor.execute(listings["dealers"], {"organization_id": None}).fetchall()
        assert [row["id"] for row in dealers] == [handle_of("alpha")]
        where = {
            "dealer_id": handle_of("alpha"),
            "observed_at": day(2),
            "retry_after": "20 hours",
            "max_age": "30 days",
            "after_rank": -1,
            "after_url": "",
            "limit": 9,
        }
        assert [row["url"] for row in cursor.execute(listings["due"], where)] == [PAGE]


@pytest.mark.usefixtures("lot")
def test_places_alone_are_what_a_walk_compares_a_shared_page_with(
    connection: psycopg.Connection,
) -> None:
    where = {"organization_id": handle_of("alpha")}
    rows = connection.execute(load("inventory")["known_places"], where).fetchall()
    assert [url for url, _ in rows] == [PLACE]
