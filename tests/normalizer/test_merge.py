"""Whose word counts: tiers, names from one source, and prices asked and paid."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from contract.observation import Source
from normalizer.rulebook import rulebook
from tests.normalizer.observed import found
from tests.normalizer.worlds import Dealer, one

VIN = "WP0AC2995TS375318"
CAR: dict[str, Any] = {"vin": VIN, "title": "1996 Porsche 911 Turbo"}
MARK = {"listing_status": "sold", "status_evidence": "mark"}
FEED: dict[str, Any] = {"grid": "feed", "source": Source.HOMENET}


def dealer_with(site: dict[str, Any], feed: dict[str, Any], *, feed_at: float = 0) -> Dealer:
    dealer = Dealer()
    dealer.walk(feed_at, {"K1": {"vin": VIN, **feed}}, **FEED)
    dealer.walk(1, {"/a": {"vin": VIN, **site}})
    return dealer


@pytest.mark.parametrize("feed_at", [0, 2])
def test_structural_fields_prefer_homenet_at_any_time(feed_at: float) -> None:
    car = one(
        dealer_with(
            {"exterior_color": "Black", "transmission": "Automatic"},
            {"exterior_color": "Red", "engine": "3.6L H6"},
            feed_at=feed_at,
        ).rows()
    )
    assert (car.exterior_color, car.engine, car.transmission) == ("Red", "3.6L H6", "Automatic")
    assert car.provenance["exterior_color"][0] == "homenet"
    assert car.provenance["transmission"][0] == "dealer_site"


@pytest.mark.parametrize("feed_at", [0, 2])
def test_surface_fields_prefer_scraping_at_any_time(feed_at: float) -> None:
    car = one(
        dealer_with(
            {"title": "1996 Porsche 911 Turbo, one owner", "mileage": "12,345"},
            {"title": "PORSCHE 911", "mileage": "1", "description": "Nice."},
            feed_at=feed_at,
        ).rows()
    )
    assert (car.title, car.mileage) == ("1996 Porsche 911 Turbo, one owner", 12345)
    assert car.description == "Nice."
    assert car.discovery_url.endswith("/a")


def test_price_prefers_scraping_and_falls_back_to_homenet() -> None:
    assert (
        one(dealer_with({"price": "$90,000"}, {"price": "95000"}, feed_at=2).rows()).price == 90000
    )
    assert one(dealer_with({}, {"price": "$95,000"}).rows()).price == 95000


@pytest.mark.parametrize(
    ("country", "price", "mileage"),
    [(None, (95000, "USD"), (1234, "mi")), ("CA", (95000, "CAD"), (1234, "km"))],
)
def test_a_feeds_bare_numbers_count_though_nobody_knows_the_dealers_country(
    country: str | None, price: tuple[Any, str], mileage: tuple[int, str]
) -> None:
    """Feeds print "95000"; a profile without an address must not cost every price of the lot."""
    dealer = Dealer(country=country)
    dealer.walk(0, {"K1": {"vin": VIN, "price": "95000", "mileage": "1234"}}, **FEED)
    car = one(dealer.rows())
    assert (car.price, car.currency) == price
    assert (car.mileage, car.mileage_unit) == mileage


def test_a_sites_bare_numbers_stay_unread_where_nobody_knows_the_country() -> None:
    dealer = Dealer(country=None)
    dealer.walk(0, {"/a": {"price": "95000", "mileage": "1234"}})
    car = one(dealer.rows())
    assert (car.price, car.mileage) == (None, None)


@pytest.mark.parametrize(("price", "unit"), [("$95,000", "mi"), ("€95.000", "km")])
def test_a_sites_mileage_is_in_the_unit_of_its_price_where_nobody_knows_the_country(
    price: str, unit: str
) -> None:
    dealer = Dealer(country=None)
    dealer.walk(0, {"/a": {"price": price, "mileage": "1234"}})
    car = one(dealer.rows())
    assert (car.mileage, car.mileage_unit) == (1234, unit)


def test_call_for_price_is_a_claim() -> None:
    car = one(dealer_with({"price": "Call for price"}, {"price": "$95,000"}).rows())
    assert (car.price, car.currency, car.price_kind) == (None, None, "on_request")


def test_price_preference_is_data() -> None:
    standing = rulebook()
    tiers = {**standing.merge.tiers, "price": ["homenet", "dealer_site"]}
    policy = replace(standing, merge=standing.merge.model_copy(update={"tiers": tiers}))
    dealer = dealer_with({"price": "$90,000"}, {"price": "$95,000"})
    assert one(dealer.rows(policy=policy)).price == 95000


def test_the_newest_counts_within_one_source() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {**CAR, "exterior_color": "Black"}})
    dealer.walk(1, {"/b": {**CAR, "exterior_color": "Red"}})
    assert one(dealer.rows()).exterior_color == "Red"
    dealer.walk(2, {"/a": {**CAR, "exterior_color": "Black"}})
    assert one(dealer.rows()).exterior_color == "Black"


def test_a_newer_snapshot_replaces_its_predecessor_whole() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {**CAR, "exterior_color": "Black", "price": "$90,000"}})
    dealer.walk(1, {"/a": CAR})
    car = one(dealer.rows())
    assert (car.exterior_color, car.price, car.price_kind) == (None, None, None)


def test_year_make_model_and_trim_come_from_one_source_together() -> None:
    car = one(
        dealer_with(
            {"title": "1996 Porsche 911 Carrera 4S"},
            {"year": "1996", "make": "Porsche", "model": "911", "trim": "Turbo"},
        ).rows()
    )
    sources = {car.provenance[column][0] for column in ("year", "make", "model", "trim")}
    assert sources == {"homenet"}
    assert (car.year, car.make, car.model, car.trim) == (1996, "Porsche", "911", "Turbo")


def test_a_year_that_the_newer_card_leaves_out_is_told_by_the_older_one() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": CAR})
    dealer.walk(1, {"/b": {"vin": VIN, "title": "Porsche 911 Turbo"}})
    car = one(dealer.rows())
    assert (car.year, car.make, car.model) == (1996, "Porsche", "911")


def test_a_year_is_told_by_no_card_of_another_name() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {"vin": VIN, "title": "1996 Porsche 944"}})
    dealer.walk(1, {"/b": {"vin": VIN, "title": "Porsche 911 Turbo"}})
    car = one(dealer.rows())
    assert (car.year, car.make, car.model) == (None, "Porsche", "911")


def test_a_year_is_told_by_no_other_source_than_the_name() -> None:
    site, feed = {"title": "1996 Porsche 911 Turbo"}, {"title": "Porsche 911 Turbo"}
    car = one(dealer_with(site, feed).rows())
    assert (car.year, car.make, car.model) == (None, "Porsche", "911")


def test_the_name_of_the_site_is_no_make() -> None:
    """The "Beverly" of Beverly Hills Car Club is easily read as a make."""
    dealer = Dealer(seller_type="dealer")
    dealer.walk(0, {"/a": {"title": "Old Timers 1967 Ford Mustang"}})
    car = one(dealer.rows())
    assert (car.make, car.model) == ("Ford", "Mustang")


def test_a_replica_carries_its_flag() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {"title": "1965 Shelby Cobra Replica"}})
    assert "replica" in one(dealer.rows()).flags


def test_a_sold_tile_shows_an_asking_price() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {**CAR, "price": "$90,000"}})
    dealer.walk(1, {"/a": {**CAR, **MARK, "price": "$90,000"}})
    rows = dealer.rows()
    car, (offer,) = one(rows), rows.dealer_inventory
    assert (car.price, car.price_kind) == (Decimal(90000), "asking")
    assert (offer.asking_price, offer.sale_price) == (Decimal(90000), None)


def test_what_a_sold_car_was_offered_for_stays_in_the_inventory() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {**CAR, "price": "$90,000"}})
    dealer.walk(1, {"/a": {**CAR, **MARK, "price": "SOLD"}})
    rows = dealer.rows()
    car, (offer,) = one(rows), rows.dealer_inventory
    assert (car.price, car.currency, car.price_kind) == (None, None, None)
    assert (offer.asking_price, offer.currency, offer.sale_price) == (Decimal(90000), "USD", None)


def test_a_stated_sale_price_is_what_was_paid() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {**CAR, "price": "$90,000"}})
    dealer.walk(1, {"/a": {**CAR, "price": "Sold for $85,000"}}, grid="sold")
    rows = dealer.rows()
    car, (offer,) = one(rows), rows.dealer_inventory
    assert (car.price, car.price_kind) == (Decimal(85000), "sold")
    assert (offer.asking_price, offer.sale_price) == (Decimal(90000), Decimal(85000))


def test_a_stated_sale_price_is_no_asking_price_of_a_car_on_offer() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {**CAR, "price": "Sold for $85,000"}})
    car = one(dealer.rows())
    assert (car.status, car.price, car.price_kind) == ("in_stock", None, None)


def test_the_dealers_country_decides_a_bare_price_and_unit() -> None:
    dealer = Dealer()
    dealer.walk(0, {"/a": {**CAR, "price": "90000", "mileage": "12345"}})
    car = one(dealer.rows())
    assert (car.currency, car.mileage_unit) == ("USD", "mi")


def test_every_filled_column_knows_its_source() -> None:
    dealer = Dealer(phone=found("(629) 312-1110"))
    dealer.walk(0, {"/a": {**CAR, "price": "$90,000", "mileage": "12,345", "engine": "3.6"}})
    car = one(dealer.rows())
    keys = {item.key for item in dealer.evidence}
    assert {
        "vin",
        "vin_kind",
        "title",
        "year",
        "make",
        "model",
        "price",
        "mileage",
        "engine",
    } <= set(car.provenance)
    assert all(source == "dealer_site" and key in keys for source, key in car.provenance.values())
