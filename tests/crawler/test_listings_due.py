"""Which vehicle pages are due, and in which order: one statement over the tables."""

from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
import pytest

from crawler.items import PageFetch
from crawler.page_memory import remember_fetches
from store.connect import async_pool
from store.queries import load
from tests.crawler.dealer_lots import Lot, add_lot

NOW = datetime(2026, 6, 30, 12, tzinfo=UTC)
SITE = "https://dealer.example"
PAGE = f"{SITE}/cars/1"


def day(count: int) -> datetime:
    """So many days before the run."""
    return NOW - timedelta(days=count)


@pytest.fixture
def lot(connection: psycopg.Connection) -> Lot:
    return add_lot(connection, SITE)


def due(lot: Lot, **changes: Any) -> list[tuple[int, str]]:
    """(rank, url) of what is due."""
    parameters = {
        "dealer_id": lot.id,
        "observed_at": NOW,
        "max_age": timedelta(days=30),
        "retry_after": timedelta(hours=20),
        "after_rank": -1,
        "after_url": "",
        "limit": 100,
    }
    rows = lot.connection.execute(load("listings")["due"], parameters | changes).fetchall()
    return [(row[0], row[1]) for row in rows]


def test_a_page_never_read_is_due(lot: Lot) -> None:
    lot.car(PAGE, seen=day(0))
    assert due(lot) == [(0, PAGE)]


def test_a_page_that_was_read_and_whose_card_stands_still_is_not(lot: Lot) -> None:
    lot.car(PAGE, seen=day(0), card_since=day(9))
    lot.fetched(PAGE, checked=day(8), read=day(8))
    assert due(lot) == []


def test_a_card_that_changed_since_makes_its_page_due(lot: Lot) -> None:
    lot.car(PAGE, seen=day(0), card_since=day(3))
    lot.fetched(PAGE, checked=day(8), read=day(8))
    assert due(lot) == [(2, PAGE)]


def test_a_page_grows_old(lot: Lot) -> None:
    lot.car(PAGE, seen=day(0), card_since=day(90))
    lot.fetched(PAGE, checked=day(30), read=day(30))
    assert due(lot) == [(4, PAGE)]
    assert due(lot, max_age=timedelta(days=31)) == []


def test_a_sold_mark_that_a_later_card_contradicts_is_looked_at_again(lot: Lot) -> None:
    lot.car(PAGE, seen=day(1), card_since=day(9))
    lot.fetched(PAGE, checked=day(2), read=day(2))
    assert due(lot) == []
    lot.observe("detail", "dealer_site", "listing_detail", PAGE, day(2), {"page_status": "sold"})
    assert due(lot) == [(1, PAGE)]


def test_a_sold_mark_that_is_newer_than_the_card_stands(lot: Lot) -> None:
    lot.car(PAGE, seen=day(3), card_since=day(9))
    lot.fetched(PAGE, checked=day(2), read=day(2))
    lot.observe("detail", "dealer_site", "listing_detail", PAGE, day(2), {"page_status": "sold"})
    assert due(lot) == []


def test_a_sold_car_is_read_once_more_where_it_was_read_on_offer(lot: Lot) -> None:
    lot.car(PAGE, seen=day(1), status="sold", card_status="sold", sold_at=day(1))
    assert due(lot) == []  # Archives are not read backwards.
    lot.fetched(PAGE, checked=day(5), read=day(5))
    assert due(lot) == [(3, PAGE)]
    lot.run("UPDATE page_fetches SET last_checked_at = %s, failure = 'gone: http_404'", day(1))
    assert due(lot) == []


def test_a_removed_car_is_left_alone(lot: Lot) -> None:
    lot.car(PAGE, seen=day(1), status="removed")
    assert due(lot) == []


def test_a_page_that_gave_nothing_rests_and_is_asked_again(lot: Lot) -> None:
    lot.car(PAGE, seen=day(0))
    lot.fetched(PAGE, checked=NOW - timedelta(hours=19), failure="blocked: challenge")
    assert due(lot) == []
    assert due(lot, observed_at=NOW + timedelta(hours=2)) == [(0, PAGE)]


def test_a_site_that_refused_rests_as_a_whole_until_a_page_was_read(lot: Lot) -> None:
    lot.car(PAGE, seen=day(0))
    refused = [f"{SITE}/cars/{number}" for number in (2, 3, 4)]
    for url in refused[:2]:
        lot.car(url, seen=day(0))
        lot.fetched(url, checked=NOW - timedelta(hours=3), failure="blocked: challenge")
    assert due(lot) == [(0, PAGE)]
    lot.car(refused[2], seen=day(0))
    lot.fetched(refused[2], checked=NOW - timedelta(hours=3), failure="blocked: challenge")
    assert due(lot) == []
    assert len(due(lot, observed_at=NOW + timedelta(days=1))) == 4
    lot.run("UPDATE page_fetches SET failure = 'blocked: robots'")
    assert due(lot) == [(0, PAGE)]
    lot.run("UPDATE page_fetches SET failure = 'blocked: challenge'")
    lot.car(f"{SITE}/read", seen=day(0), card_since=day(9))
    lot.fetched(f"{SITE}/read", checked=NOW, read=NOW)
    assert due(lot) == [(0, PAGE)]


def test_what_was_taken_down_is_left_alone(lot: Lot) -> None:
    car = lot.car(PAGE, seen=day(0))
    lot.run(
        "INSERT INTO takedowns (subject_id, dealer_id, subject, since, reason, observation_key) "
        "VALUES (%s, %s, 'vehicle', %s, 'asked by its owner', 'key')",
        *(car, lot.id, day(1)),
    )
    assert due(lot) == []


def test_a_page_of_the_directory_is_read_only_where_nothing_better_is_known(lot: Lot) -> None:
    listed = "https://www.classic.com/veh/1967-ford-mustang-7r02c100001-aBcDeF1"
    car = lot.car(listed, seen=day(0), source="classic.com")
    assert due(lot) == [(0, listed)]
    lot.car(PAGE, seen=day(0), vehicle=car)
    assert due(lot) == [(0, PAGE)]


def test_a_row_of_a_feed_without_a_page_is_nothing_to_visit(lot: Lot) -> None:
    lot.car("stock-17", seen=day(0), source="homenet")
    assert due(lot) == []


def test_the_most_urgent_come_first_and_batches_go_on_behind_each_other(lot: Lot) -> None:
    for name, read, card in (("old", 40, 90), ("changed", 8, 3)):
        lot.car(f"{SITE}/{name}", seen=day(0), card_since=day(card))
        lot.fetched(f"{SITE}/{name}", checked=day(read), read=day(read))
    lot.car(f"{SITE}/new-b", seen=day(0))
    lot.car(f"{SITE}/new-a", seen=day(0))
    every = [(0, "new-a"), (0, "new-b"), (2, "changed"), (4, "old")]
    wanted = [(rank, f"{SITE}/{name}") for rank, name in every]
    assert due(lot) == wanted
    found: list[tuple[int, str]] = []
    while batch := due(
        lot,
        limit=1,
        after_rank=found[-1][0] if found else -1,
        after_url=found[-1][1] if found else "",
    ):
        found += batch
    assert found == wanted


async def test_a_failure_keeps_what_the_last_reading_left(lot: Lot) -> None:
    async with async_pool("paddock_crawler", url=lot.connection.info.dsn) as pool:
        for fetch, at in (
            (PageFetch(PAGE, 200, '"a"', None, "hash"), day(3)),
            (PageFetch(PAGE, 403, failure="blocked: challenge"), day(2)),
            (PageFetch(PAGE, 200, '"b"', None, "stale"), day(4)),  # A backfill that comes late.
        ):
            async with pool.connection() as crawler:
                await remember_fetches(crawler, [fetch], at)
    kept = lot.connection.execute(
        "SELECT etag, payload_hash, last_read_at, last_checked_at, last_status, failure "
        "FROM page_fetches"
    ).fetchall()
    assert kept == [('"a"', "hash", day(3), day(2), 403, "blocked: challenge")]
