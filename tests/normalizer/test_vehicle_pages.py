"""A listing's own page as a second face of it: identity, merge, photos, prices."""

from decimal import Decimal
from typing import Any

import pytest

from contract.observation import Source
from tests.normalizer.observed import SITE, absolute, day
from tests.normalizer.worlds import Dealer, one

VIN = "WP0AC2995TS375318"
OTHER_VIN = "WP0CA2A18KS210523"
CARD: dict[str, Any] = {"title": "1996 Porsche 911 Turbo", "price": "$150,000"}
THUMBNAIL = f"{SITE}/photos/a-thumb.jpg"
GALLERY = tuple(f"{SITE}/photos/{name}.jpg" for name in "abc")


def listed(days: int = 1, **card: Any) -> Dealer:
    dealer = Dealer()
    for at in range(days):
        dealer.walk(at, {"/vehicles/1": {**CARD, **card}})
    return dealer


def photos(dealer: Dealer) -> list[str]:
    return [row.source_url for row in dealer.rows().vehicle_images]


def test_a_page_joins_the_car_of_its_listing_and_fills_what_the_card_lacks() -> None:
    dealer = listed(image_urls=(THUMBNAIL,))
    dealer.page(
        "/vehicles/1", 0.5, vin=VIN, engine="3.6L flat six", description="A long story.",
        image_urls=GALLERY,
    )  # fmt: skip
    rows = dealer.rows()
    car = one(rows)
    assert (car.vin, car.engine, car.description) == (VIN, "3.6L flat six", "A long story.")
    assert (car.status, car.price) == ("in_stock", Decimal(150_000))
    assert [(row.kind, row.listing) for row in rows.vehicle_sources] == [
        ("listing", "oldtimers.example/vehicles/1"),
        ("listing_detail", "oldtimers.example/vehicles/1"),
    ]
    assert len(rows.vehicle_aliases) == 1
    (seen,) = rows.dealer_inventory_seen
    assert (seen.seen_count, seen.last_seen_at) == (2, day(0.5))


def test_a_page_of_another_spelling_of_the_address_is_the_same_listing() -> None:
    dealer = listed()
    dealer.page("http://oldtimers.example/vehicles/1/", 0.5, vin=VIN)
    assert one(dealer.rows()).vin == VIN


def test_a_car_first_seen_without_vin_joins_its_later_self_by_its_page() -> None:
    dealer = listed()
    dealer.page("/vehicles/1", 0.5, vin=VIN)
    dealer.walk(1, {"/vehicles/9": {**CARD, "vin": VIN}}, gone=["/vehicles/1"])
    car = one(dealer.rows())
    assert (car.status, car.discovery_url) == ("in_stock", absolute("/vehicles/1"))


def test_two_pages_with_one_vin_are_one_car() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/1": CARD, "/vehicles/2": CARD})
    assert len(dealer.rows().vehicles) == 2
    for path in ("/vehicles/1", "/vehicles/2"):
        dealer.page(path, 0.5, vin=VIN)
    assert len(dealer.rows().vehicles) == 1


def test_a_page_that_shows_another_car_parts_the_old_cars_cards_from_the_new_ones() -> None:
    """Cards without a VIN: the new car's card came before the page that proves it."""
    dealer = listed(2)
    dealer.page("/vehicles/1", 0.5, vin=VIN, title=CARD["title"])
    dealer.walk(2, {"/vehicles/1": {"title": "1989 Porsche 911 Carrera", "price": "$90,000"}})
    assert len(dealer.rows().vehicles) == 1
    dealer.page("/vehicles/1", 2.5, vin=OTHER_VIN, title="1989 Porsche 911 Carrera")
    for at in (3, 4, 5):
        dealer.walk(at, {"/vehicles/1": {"title": "1989 Porsche 911 Carrera", "price": "$90,000"}})
    old, new = sorted(dealer.rows().vehicles, key=lambda car: car.vin == OTHER_VIN)
    assert (old.vin, old.year, old.price, old.status) == (VIN, 1996, Decimal(150_000), "sold")
    assert (new.vin, new.year, new.price, new.status) == (
        OTHER_VIN, 1989, Decimal(90_000), "in_stock",
    )  # fmt: skip


def test_a_card_that_names_nothing_follows_what_its_page_proves() -> None:
    """The card reads "Call for details" before and after: only the page tells two cars apart."""
    nameless = {"title": "Call for details"}
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/1": nameless, "/vehicles/2": CARD})
    dealer.page("/vehicles/1", 0.5, vin=VIN, title="1996 Porsche 911 Turbo")
    dealer.page("/vehicles/1", 1.5, vin=OTHER_VIN, title="1989 Porsche 911 Carrera")
    for at in (2, 3, 4):
        dealer.walk(at, {"/vehicles/1": nameless, "/vehicles/2": CARD})
    status = {car.vin: car.status for car in dealer.rows().vehicles if car.vin}
    assert status == {VIN: "sold", OTHER_VIN: "in_stock"}


def test_a_pages_texts_and_photos_stand_before_its_newer_card() -> None:
    dealer = listed(image_urls=(THUMBNAIL, *GALLERY[1:]), description="Short…")
    dealer.page("/vehicles/1", 0.5, title="1996 Porsche 911 Turbo Coupe", description="Long.",
                image_urls=GALLERY)  # fmt: skip
    dealer.walk(1, {"/vehicles/1": {**CARD, "image_urls": (THUMBNAIL,), "description": "Short…"}})
    car = one(dealer.rows())
    assert (car.title, car.description) == ("1996 Porsche 911 Turbo Coupe", "Long.")
    assert photos(dealer) == list(GALLERY)


def test_a_blocked_page_leaves_the_cards_data_and_thumbnail() -> None:
    dealer = listed(image_urls=(THUMBNAIL,), description="Short…")
    before = dealer.rows()
    dealer.run(0.5, blocked=["/vehicles/1"])
    dealer.run(0.6, failed=["/vehicles/1"])
    assert dealer.rows() == before
    assert photos(dealer) == [THUMBNAIL]


def test_a_gallery_survives_the_page_being_blocked_later() -> None:
    dealer = listed(image_urls=(THUMBNAIL,))
    dealer.page("/vehicles/1", 0.5, image_urls=GALLERY)
    before = dealer.rows()
    dealer.run(1, blocked=["/vehicles/1"])
    assert dealer.rows() == before


def test_a_page_that_nobody_could_read_since_the_card_shows_another_car_says_nothing() -> None:
    dealer = listed(image_urls=(THUMBNAIL,))
    dealer.page("/vehicles/1", 0.5, title=CARD["title"], description="Old.", image_urls=GALLERY)
    dealer.walk(1, {"/vehicles/1": {"title": "1967 Ford Mustang", "thumbnail_url": THUMBNAIL}})
    dealer.run(1.5, blocked=["/vehicles/1"])
    car = one(dealer.rows())
    assert (car.title, car.make, car.description) == ("1967 Ford Mustang", "Ford", None)
    assert photos(dealer) == [THUMBNAIL]


@pytest.mark.parametrize("reread", [1, 5])
def test_two_prices_of_card_and_page_do_not_take_turns(reread: int) -> None:
    """The price that began to be claimed last counts, however often the other is seen again."""
    dealer = Dealer()
    for at in range(6):
        dealer.walk(at, {"/vehicles/1": CARD})
        if at % reread == 0:
            dealer.page("/vehicles/1", at + 0.5, price="$149,000")
    rows = dealer.rows()
    assert one(rows).price == Decimal(149_000)
    changes = [row for row in rows.vehicle_events if row.event == "price_changed"]
    assert [row.detail["to"] for row in changes] == ["149000 USD"]


def test_a_newer_price_on_the_card_beats_the_page_that_was_read_before() -> None:
    dealer = listed()
    dealer.page("/vehicles/1", 0.5, price="$150,000")
    dealer.walk(1, {"/vehicles/1": {**CARD, "price": "$140,000"}})
    assert one(dealer.rows()).price == Decimal(140_000)
    # A later content of the page with its old price is no new claim.
    dealer.page("/vehicles/1", 1.5, price="$150,000", description="New words.")
    assert one(dealer.rows()).price == Decimal(140_000)
    dealer.page("/vehicles/1", 2, price="$145,000")
    assert one(dealer.rows()).price == Decimal(145_000)


def test_a_card_without_a_price_leaves_the_pages() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/1": {"title": CARD["title"]}})
    dealer.page("/vehicles/1", 0.5, price="$150,000")
    dealer.walk(1, {"/vehicles/1": {"title": CARD["title"]}})
    assert one(dealer.rows()).price == Decimal(150_000)


def test_a_feed_stands_before_pages_for_structure_and_behind_them_for_texts() -> None:
    dealer = Dealer()
    feed = {"title": "911", "engine": "3.6 L", "description": "From the feed."}
    dealer.walk(0, {"/vehicles/1": feed}, grid="feed", source=Source.HOMENET)
    dealer.page("/vehicles/1", 1, title="1996 Porsche 911", engine="flat six", description="Page.")
    car = one(dealer.rows())
    assert (car.engine, car.title, car.description) == ("3.6 L", "1996 Porsche 911", "Page.")


def test_a_marketplace_page_speaks_where_the_own_site_blocks() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/vehicles/1": {**CARD, "vin": VIN}})
    page = "https://www.classic.com/veh/1996-porsche-911-turbo-Ab12/"
    dealer.page(page, 0.5, source=Source.CLASSIC, vin=VIN, description="From the marketplace.",
                image_urls=GALLERY)  # fmt: skip
    car = one(dealer.rows())
    assert (car.description, car.discovery_url) == (
        "From the marketplace.", absolute("/vehicles/1"),
    )  # fmt: skip
    assert photos(dealer) == list(GALLERY)


def test_a_page_of_a_car_that_is_another_dealers_leaves_no_trace() -> None:
    dealer = listed()
    dealer.page("/vehicles/1", 0.5, vin=VIN, page_status="sold")
    rows = dealer.rows(not_ours=frozenset(["oldtimers.example/vehicles/1"]))
    assert (rows.vehicles, rows.vehicle_aliases, rows.vehicle_images) == ((), (), ())


def test_a_page_nobody_listed_makes_a_car_only_when_it_offers_one() -> None:
    dealer = Dealer()
    dealer.page("/vehicles/1", 0, title=CARD["title"], page_status="unknown")
    assert dealer.rows().vehicles == ()
    dealer.page("/vehicles/2", 0, title=CARD["title"], page_status="in_stock")
    car = one(dealer.rows())
    assert (car.status, car.status_evidence) == ("in_stock", "alive")
