"""What was taken down is claimed by nobody, until it is lifted or its end has come."""

from collections.abc import Callable
from datetime import timedelta
from typing import Literal
from uuid import UUID, uuid5

import psycopg
import pytest

from contract.handles import NAMESPACE
from store.connect import Role
from store.queries import load
from store.queue import Queue

ALPHA, BETA = (uuid5(NAMESPACE, name) for name in ("alpha", "beta"))
PROFILES = {ALPHA: "https://c.example/s/alpha/", BETA: "https://c.example/s/beta/"}


@pytest.fixture(autouse=True)
def two_dealers(connection: psycopg.Connection) -> None:
    for handle, url in PROFILES.items():
        connection.execute("INSERT INTO classic_seller_queue (profile_url) VALUES (%s)", [url])
        connection.execute(
            "INSERT INTO organization_inventory_sync_queue (organization_id) VALUES (%s)", [handle]
        )
        connection.execute(
            "INSERT INTO business_aliases (handle, organization_id, source, url, first_observed_at)"
            " VALUES (%s, %s, 'classic.com', %s, now())",
            [handle, handle, url],
        )
        connection.execute(
            "INSERT INTO organization_images (organization_id, purpose, source_url)"
            " VALUES (%s, 'logo', %s)",
            [handle, f"https://{handle}.example/logo.png"],
        )


def take_down(connection: psycopg.Connection, subject: UUID, until: str | None) -> None:
    connection.execute(
        "INSERT INTO takedowns (subject_id, dealer_id, subject, since, until, reason, observation_key)"
        " VALUES (%s, %s, 'organization', now(), now() + %s::interval, 'asked to', 'k')",
        [subject, subject, until],
    )


@pytest.mark.parametrize(
    ("until", "claimed"), [(None, {BETA}), ("1 day", {BETA}), ("-1 second", {ALPHA, BETA})]
)
@pytest.mark.parametrize("due", ["now", "all"])
def test_a_dealer_taken_down_is_not_claimed(
    connection: psycopg.Connection,
    as_role: Callable[[Role], psycopg.Connection],
    until: str | None,
    claimed: set[UUID],
    due: Literal["now", "all"],
) -> None:
    take_down(connection, ALPHA, until)
    crawler = as_role("paddock_crawler")
    for table, column, names in (
        ("organization_inventory_sync_queue", "organization_id", claimed),
        ("classic_seller_queue", "profile_url", {PROFILES[one] for one in claimed}),
    ):
        queue = Queue(table)  # type: ignore[arg-type]
        claims = queue.claim(crawler, limit=9, worker="w", lease=timedelta(minutes=5), due=due)
        assert {claim.row[column] for claim in claims} == names


def test_pictures_of_a_dealer_taken_down_are_not_fetched(connection: psycopg.Connection) -> None:
    take_down(connection, ALPHA, None)
    rows = connection.execute(load("images")["due_sites"], {"now": "2026-01-01Z"}).fetchall()
    assert rows == [(f"{BETA}.example",)]
