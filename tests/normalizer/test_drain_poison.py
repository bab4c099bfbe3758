"""The drain and rows that no crawler would write: parked, without harm to their neighbours."""

import json
from typing import Any

import psycopg
import pytest
from psycopg import sql

from normalizer import load
from tests.normalizer.drainage import (
    SITE,
    digest_now,
    drained_dealers,
    open_connection,
    run,
    two_dealers,
)
from tests.normalizer.fleet import World, append, day, handle_of

GOOD = json.dumps(World().profile("alpha", day(0)).raw_data)
POISON = [
    pytest.param({"kind": "horoscope"}, "unknown_kind", id="kind"),
    pytest.param({"source": "rumour"}, "unknown_source", id="source"),
    pytest.param({"source": "operator"}, "source:wrong_speaker", id="speaker"),
    pytest.param({"kind": "ruling"}, "source:wrong_speaker", id="ruling"),
    pytest.param({"version": 99}, "unknown_version", id="version"),
    pytest.param({"version": 0}, "unknown_version", id="version-0"),
    pytest.param({"raw_data": "{}"}, "profile_url:missing", id="empty"),
    pytest.param({"raw_data": "[]"}, "raw_data:not_an_object", id="array"),
    pytest.param({"raw_data": '"text"'}, "raw_data:not_an_object", id="string"),
    pytest.param({"raw_data": "null"}, "raw_data:not_an_object", id="null"),
    pytest.param(
        {"raw_data": GOOD.replace('"name":', '"named":')}, "named:extra_forbidden", id="extra"
    ),
    pytest.param({"raw_data": GOOD.replace("Alpha", "")}, "name.value:string", id="nameless"),
    pytest.param({"raw_data": '{"name": 1e999}'}, "profile_url:missing", id="huge"),
    pytest.param({"raw_data": f'{{"name": {"1" * 5000}}}'}, "raw_data:not_json", id="digits"),
    pytest.param(
        {"raw_data": f'{{"name": {"[" * 1500}{"]" * 1500}}}'}, "raw_data:not_json", id="deep"
    ),
    pytest.param({"raw_data": f'{{"name": "{"x" * 300_000}"}}'}, "raw_data:too_large", id="large"),
    pytest.param({"organization_id": None}, "organization_id:missing", id="nobody"),
]


@pytest.mark.parametrize(("changed", "reason"), POISON)
def test_poison_is_parked_and_harms_no_neighbour(
    connection: psycopg.Connection,
    monkeypatch: pytest.MonkeyPatch,
    changed: dict[str, Any],
    reason: str,
) -> None:
    monkeypatch.setattr(load, "LARGEST_TEXT", 200_000)
    append(connection, two_dealers().observations)
    row = {
        "key": "0" * 64,
        "source": "classic.com",
        "kind": "seller_profile",
        "version": 1,
        "url": "https://www.classic.com/s/poison/",
        "organization_id": handle_of("alpha"),
        "observed_at": day(0),
        "payload_hash": "0" * 64,
        "raw_data": GOOD,
        **changed,
    }
    insert_row(connection, row)
    outcome = run()
    assert (outcome.observations, outcome.parked) == (7, 1)
    parked = connection.execute("SELECT last_error FROM import_queue WHERE status = 'dead'")
    assert [error.startswith(reason) for (error,) in parked] == [True]
    poisoned = digest_now()
    connection.execute("DELETE FROM import_queue WHERE status = 'dead'")
    connection.execute("UPDATE import_queue SET status = 'pending'")
    assert run().changed_rows == 0
    assert digest_now() == poisoned


def insert_row(connection: psycopg.Connection, row: dict[str, Any]) -> None:
    """Insert a row that no crawler would write."""
    connection.execute(
        sql.SQL("INSERT INTO import_queue ({}) VALUES ({})").format(
            sql.SQL(", ").join(map(sql.Identifier, row)),
            sql.SQL(", ").join(map(sql.Placeholder, row)),
        ),
        row,
    )


def test_poison_claims_no_page_of_a_neighbour(connection: psycopg.Connection) -> None:
    drained_dealers(connection)
    before = digest_now()
    insert_row(
        connection,
        {
            "key": "0" * 64,
            "source": "dealer_site",
            "kind": "listing",
            "version": 1,
            "url": f"{SITE}/cars/a",
            "organization_id": handle_of("beta"),
            "observed_at": day(-5),
            "payload_hash": "0" * 64,
            "raw_data": '{"not": "a listing"}',
        },
    )
    assert run().parked == 1
    assert digest_now() == before


def test_a_redriven_row_is_read_again(connection: psycopg.Connection) -> None:
    append(connection, two_dealers().observations)
    connection.execute("UPDATE import_queue SET status = 'dead', last_error = 'x: y'")
    assert run().observations == 0
    with open_connection() as normalizer:
        normalizer.execute(load.SQL["redrive"])
    assert run().observations == 7
