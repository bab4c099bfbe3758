"""What a run writes: everything that was yielded, in order, once, and nothing half-valid."""

from collections.abc import Callable
from typing import Any, LiteralString
from uuid import UUID, uuid4

import psycopg
import pytest

from tests.crawler.loopback import Answer, serve

PER_PAGE = 25


@pytest.fixture
def organization(connection: psycopg.Connection) -> UUID:
    """An organization whose inventory is due."""
    organization = uuid4()
    connection.execute(
        "INSERT INTO organization_inventory_sync_queue (organization_id) VALUES (%s)",
        [organization],
    )
    return organization


def rows(connection: psycopg.Connection, query: LiteralString, *parameters: Any) -> list[Any]:
    return connection.execute(query, parameters).fetchall()


def make_due(connection: psycopg.Connection) -> None:
    connection.execute("UPDATE organization_inventory_sync_queue SET next_run_at = now()")


def run_record(connection: psycopg.Connection) -> tuple[Any, ...]:
    found: tuple[Any, ...] = rows(
        connection,
        "SELECT spider, finish_reason, exit_code, counts, errors, outcomes FROM crawl_runs"
        " ORDER BY started_at DESC LIMIT 1",
    )[0]
    return found


def test_a_walk_is_stored_whole_and_its_claim_completed(
    crawl: Callable[..., Any], connection: psycopg.Connection, organization: UUID
) -> None:
    with serve({"/1": Answer(), "/2": Answer()}) as site:
        done = crawl("emit", {"site": site.url("")})
    assert done.returncode == 0, done.stderr
    kinds = dict(rows(connection, "SELECT kind, count(*) FROM import_queue GROUP BY kind"))
    assert kinds == {"listing": 2 * PER_PAGE, "inventory_manifest": 1}
    # The manifest stands behind everything it cites, and cites what is stored.
    assert rows(
        connection,
        "SELECT kind FROM import_queue ORDER BY id DESC LIMIT 1",
    ) == [("inventory_manifest",)]
    assert rows(
        connection,
        "SELECT count(*) FROM import_queue m"
        " CROSS JOIN jsonb_array_elements(m.raw_data->'listings') s"
        " JOIN import_queue l ON l.kind = 'listing' AND l.url = s->>'url'"
        "  AND l.payload_hash = s->>'payload_hash'"
        " WHERE m.kind = 'inventory_manifest'",
    ) == [(2 * PER_PAGE,)]
    # One run has one time.
    assert rows(connection, "SELECT count(DISTINCT (observed_at, run_id)) FROM import_queue") == [
        (1,)
    ]
    assert rows(
        connection,
        "SELECT status, attempts, last_run_at IS NOT NULL FROM organization_inventory_sync_queue",
    ) == [("completed", 0, True)]
    assert rows(connection, "SELECT profile_url, seller_type FROM classic_seller_queue") == [
        ("https://www.classic.com/s/probe-Abc1234/", "dealer")
    ]
    spider, reason, code, counts, errors, _ = run_record(connection)
    assert (spider, reason, code, errors) == ("emit", "finished", 0, {})
    assert counts["appended"] == {"inventory_manifest": 1, "listing": 2 * PER_PAGE}
    assert "emit: done" in done.stdout


def test_equal_payloads_are_suppressed_but_manifests_never(
    crawl: Callable[..., Any], connection: psycopg.Connection, organization: UUID
) -> None:
    with serve({"*": Answer()}) as site:
        for note in ("first", "first"):
            make_due(connection)
            done = crawl("emit", {"site": site.url(""), "pages": "1", "note": note})
            assert done.returncode == 0, done.stderr
    kinds = dict(rows(connection, "SELECT kind, count(*) FROM import_queue GROUP BY kind"))
    assert kinds == {"listing": PER_PAGE, "inventory_manifest": 2}


def test_a_payload_that_does_not_fit_is_dropped_by_name(
    crawl: Callable[..., Any], connection: psycopg.Connection, organization: UUID
) -> None:
    with serve({"/1": Answer(body="<p>unfit")}) as site:
        done = crawl("emit", {"site": site.url(""), "pages": "1"})
    assert done.returncode == 3, done.stderr
    assert rows(connection, "SELECT count(*) FROM import_queue") == [(PER_PAGE + 1,)]
    *_, errors, _ = run_record(connection)
    assert errors == {"unfit": {"listing/price:string_type": 1}}


def test_a_lost_lease_withholds_the_manifest(
    crawl: Callable[..., Any], connection: psycopg.Connection, organization: UUID
) -> None:
    def lose_the_lease(handler: Any) -> None:
        connection.execute(
            "UPDATE organization_inventory_sync_queue"
            " SET token = token + 1, lease_until = now() + interval '1 hour'"
        )
        Answer()(handler)

    with serve({"/1": Answer(), "/2": lose_the_lease}) as site:
        done = crawl("emit", {"site": site.url("")})
    assert done.returncode == 3, done.stderr
    kinds = dict(rows(connection, "SELECT kind, count(*) FROM import_queue GROUP BY kind"))
    assert kinds == {"listing": 2 * PER_PAGE}
    assert rows(connection, "SELECT status FROM organization_inventory_sync_queue") == [
        ("processing",)
    ]
    *_, errors, _ = run_record(connection)
    assert errors == {"claims": {"lost": 1}}


@pytest.mark.parametrize(
    ("page", "status"),
    [("raise", "pending"), ("leave", "pending")],
)
def test_a_walk_that_does_not_finish_is_not_completed(
    crawl: Callable[..., Any],
    connection: psycopg.Connection,
    organization: UUID,
    page: str,
    status: str,
) -> None:
    with serve({"/1": Answer(), "/2": Answer(body=page)}) as site:
        done = crawl("emit", {"site": site.url("")})
    assert done.returncode == 1, done.stderr
    found = rows(
        connection,
        "SELECT status, attempts, next_run_at > now() FROM organization_inventory_sync_queue",
    )
    assert found == [(status, 1, True)]
    assert "emit: FAILED" in done.stdout


def test_blocked_dealers_are_listed(
    crawl: Callable[..., Any], connection: psycopg.Connection, organization: UUID
) -> None:
    with serve({"/1": Answer(body="blocked")}) as site:
        done = crawl("emit", {"site": site.url(""), "pages": "1"})
        dealer = site.url("")
    assert done.returncode == 3, done.stderr
    *_, outcomes = run_record(connection)
    assert outcomes == [{"dealer": dealer, "result": "blocked", "reason": "challenge"}]
    assert "ask the dealer for a feed" in done.stdout
