"""`python -m normalizer`: what its commands print, and what their exit codes say."""

import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest

from normalizer import batch
from normalizer import commands as program
from normalizer.__main__ import main
from normalizer.policy import PolicyError
from tests.normalizer.fleet import World, append, day, handle_of

VIN = "WP0ZZZ91ZHS100001"


@pytest.fixture(autouse=True)
def _no_handlers_left_behind() -> Iterator[None]:
    """A run sets up logging for its process; here the process is the test session's."""
    before = logging.root.handlers[:]
    level = logging.root.level
    yield
    logging.root.handlers[:] = before
    logging.root.setLevel(level)


def fill(connection: psycopg.Connection, *, blocked: bool = False) -> None:
    """Three walks of one dealer: a price changes, then a car is gone; the last may be blocked."""
    world = World()
    site = "https://www.alpha.example"
    world.profile("alpha", day(0), website=site, name="Alpha Motors")
    world.walk("alpha", day(1), [world.listing("alpha", "a", vin=VIN, stock="S1"), "b"])
    world.walk("alpha", day(2), [world.listing("alpha", "a", price="$49,900", vin=VIN), "b"])
    world.walk("alpha", day(3), ["b"], gone=["a"], complete=not blocked)
    append(connection, world.observations)


def test_run_tells_what_it_did(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection)
    assert main(["run"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "drained 9 observations in 1 batch: 9 completed, 0 skipped, 0 parked",
        "worked out 1 organization anew, changed 25 rows",
        "now 1 organization; vehicles: 1 in stock, 0 sold, 1 removed; 4 images",
    ]


def test_run_logs_a_line_for_every_batch(
    connection: psycopg.Connection, caplog: pytest.LogCaptureFixture
) -> None:
    fill(connection)
    with caplog.at_level(logging.INFO, "normalizer"):
        assert main(["run", "--batch-size", "1"]) == 0
    assert [record.message for record in caplog.records] == [
        "batch 1: 9 observations, 0 parked, 0 skipped, 1 organizations, 25 rows changed"
    ]


def test_a_quarantined_dealer_is_listed_and_makes_the_exit_code_3(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection, blocked=True)
    assert main(["run"]) == 3
    out = capsys.readouterr().out
    assert "python -m normalizer quarantine" in out
    assert "Alpha Motors: https://www.alpha.example/current: it was not read to the end" in out
    assert main(["run"]) == 3
    capsys.readouterr()
    assert main(["quarantine"]) == 3
    assert "Alpha Motors" in capsys.readouterr().out
    assert main(["quarantine", "--json"]) == 3
    (walk,) = json.loads(capsys.readouterr().out)
    assert walk["dealer_id"] == str(handle_of("alpha"))


def test_parked_observations_are_listed_and_redriven(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection)
    connection.execute("UPDATE import_queue SET version = 9 WHERE kind = 'inventory_manifest'")
    assert main(["run"]) == 3
    assert "Alpha Motors: unknown_version (3)" in capsys.readouterr().out
    assert main(["parked", "--limit", "2"]) == 3
    listed = capsys.readouterr().out
    assert listed.count("unknown_version: inventory_manifest version 9") == 2
    assert listed.endswith("python -m normalizer parked --redrive\n")
    assert main(["parked", "--redrive"]) == 0
    connection.execute("UPDATE import_queue SET version = 1")
    assert main(["run"]) == 0
    capsys.readouterr()
    assert main(["parked"]) == 0
    assert capsys.readouterr().out == "nothing is parked\n"


def test_a_parked_observation_of_no_time_is_listed_with_the_others(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    """Times that Python has no date for are why such rows are parked."""
    fill(connection)
    for at, kind in (("-infinity", "listing"), ("0044-03-15 BC", "seller_profile")):
        connection.execute("UPDATE import_queue SET observed_at = %s WHERE kind = %s", [at, kind])
    assert main(["run"]) == 3
    capsys.readouterr()
    assert main(["parked"]) == 3
    out = capsys.readouterr().out
    assert "listing of dealer_site, -infinity, " in out
    assert "seller_profile of classic.com, 0044-03-15 00:00:00 BC, no organization" in out
    assert main(["parked", "--json"]) == 3
    assert "-infinity" in {row["observed_at"] for row in json.loads(capsys.readouterr().out)}


@pytest.mark.parametrize("command", ["run", "digest", "replay", "parked", "quarantine"])
def test_a_database_without_a_schema_is_told_what_to_do(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str], command: str
) -> None:
    connection.execute("ALTER TABLE import_queue RENAME TO elsewhere")
    connection.execute("ALTER TABLE businesses RENAME TO elsewhere_too")
    connection.commit()
    assert main([command]) == 1
    assert "python -m store migrate" in capsys.readouterr().err


def test_a_reader_that_has_enough_is_no_error(connection: psycopg.Connection) -> None:
    """As in `… explain X | head`."""
    fill(connection)
    assert main(["run"]) == 0
    explain = subprocess.Popen(
        [sys.executable, "-m", "normalizer", "explain", "Alpha Motors"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert explain.stdout
    assert explain.stderr
    explain.stdout.close()
    with explain.stderr as errors:
        assert errors.read() == b""
    assert explain.wait(60) == 1


def test_a_failed_fold_makes_the_exit_code_1(
    connection: psycopg.Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fold(*_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a bug in the rules")

    fill(connection)
    monkeypatch.setattr(batch, "fold_organization", fold)
    assert main(["run"]) == 1
    assert f"{handle_of('alpha')}: ZeroDivisionError: a bug" in capsys.readouterr().out


def test_a_broken_policy_is_one_error_and_drains_nothing(
    connection: psycopg.Connection,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def broken() -> None:
        raise PolicyError("merge.yml: tiers: Field required")

    fill(connection)
    monkeypatch.setattr(program, "rulebook", broken)
    assert main(["run"]) == 1
    assert capsys.readouterr().err == "error: merge.yml: tiers: Field required\n"
    pending = connection.execute("SELECT count(*) FROM import_queue WHERE status = 'pending'")
    assert pending.fetchone() == (9,)


@pytest.mark.parametrize(
    "arguments", [[], ["sing"], ["run", "--limit", "0"], ["run", "--batch-size", "x"], ["explain"]]
)
def test_wrong_usage_has_the_exit_code_2(
    arguments: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stopped:
        main(arguments)
    assert stopped.value.code == 2
    assert "usage: python -m normalizer" in capsys.readouterr().err


def test_a_missing_database_is_an_error_that_says_what_to_do(
    database_url: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABASE_URL", database_url.replace("paddock_test_", "paddock_none_"))
    assert main(["digest"]) == 1
    assert "python -m store migrate" in capsys.readouterr().err


def test_digest_names_every_table_and_json_says_the_same(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection)
    main(["run"])
    capsys.readouterr()
    assert main(["digest"]) == 0
    text = capsys.readouterr().out
    assert main(["digest", "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    canonical = {
        name
        for (name,) in connection.execute(
            "SELECT table_name FROM information_schema.role_table_grants "
            "WHERE grantee = 'paddock_normalizer' AND privilege_type = 'DELETE'"
        )
    } - {"organization_inventory_sync_queue"}
    assert {table["table"] for table in found["tables"]} == canonical
    for table in found["tables"]:
        assert f"{table['table']:<24}{table['rows']:>10}  {table['sha256']}" in text
    assert found["total"] in text.splitlines()[-1]
    assert found["policy"] in text.splitlines()[0]


@pytest.mark.parametrize("spelling", ["id", VIN, VIN.lower(), "http://alpha.example/cars/a/"])
def test_explain_finds_a_vehicle_and_shows_where_its_values_came_from(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str], spelling: str
) -> None:
    fill(connection)
    main(["run"])
    row = connection.execute("SELECT id, provenance FROM vehicles WHERE vin = %s", [VIN]).fetchone()
    assert row
    capsys.readouterr()
    assert main(["explain", str(row[0]) if spelling == "id" else spelling]) == 0
    out = capsys.readouterr().out
    assert f"vehicle {row[0]} of Alpha Motors" in out
    assert "and its own page is gone" in " ".join(out.split())
    (price,) = [line for line in out.splitlines() if line.startswith("  price ")]
    assert '49,900 USD — the dealer\'s site [1] "$49,900"' in price
    (source,) = [line for line in out.splitlines() if line.startswith("  [1] ")]
    assert "since 2026-03-03 12:00" in source
    assert row[1]["price"][1][:12] in source
    assert "price: 54,900 USD → 49,900 USD" in out


def test_explain_gives_the_same_as_json(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection)
    main(["run"])
    capsys.readouterr()
    assert main(["explain", VIN, "--json"]) == 0
    (found,) = json.loads(capsys.readouterr().out)
    values = {value["column"]: value for value in found["values"]}
    assert values["stock"]["value"] == "S1"
    assert values["stock"]["found"] == "S1"
    assert [event["event"] for event in found["history"]] == ["listed", "price_changed", "removed"]


def test_explain_shows_what_a_less_trusted_source_said(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(connection)
    world = World()
    card = world.listing("alpha", "a", site="https://www.classic.com", vin=VIN, price="$60,000")
    append(connection, [world.marketplace("alpha", day(1.5), card)])
    main(["run"])
    capsys.readouterr()
    assert main(["explain", VIN]) == 0
    assert 'not "$60,000": classic.com' in capsys.readouterr().out


def test_an_unknown_vehicle_is_an_error(
    connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["explain", "https://nowhere.example/"]) == 1
    assert "there is no vehicle" in capsys.readouterr().err
