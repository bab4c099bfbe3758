"""Which quarantined walks need an operator, and which only say that there is nothing to see."""

from uuid import uuid5

import psycopg
import pytest

from contract.handles import NAMESPACE
from normalizer import report
from normalizer.drain import Outcome
from normalizer.report import Report, Totals
from tests.normalizer.drainage import run
from tests.normalizer.fleet import World, append, day

WALK = """
INSERT INTO inventory_walks (observation_key, dealer_id, source, grid_url, grid, observed_at, complete, seen, verdict,
                             reason)
VALUES (%s, %s, 'dealer_site', 'https://d.example/cars', 'current', %s, %s, %s, %s, %s)
"""


@pytest.mark.parametrize(
    ("seen_before", "reason", "exit_code"),
    [
        pytest.param(0, "incomplete:no_listings", 0, id="a_site_that_never_showed_a_car"),
        pytest.param(12, "incomplete:no_listings", 3, id="an_inventory_that_went_empty"),
        pytest.param(0, "incomplete:challenge", 3, id="a_site_that_blocks_from_the_first_day"),
    ],
)
def test_only_walks_that_withhold_something_make_the_exit_code_3(
    connection: psycopg.Connection, seen_before: int, reason: str, exit_code: int
) -> None:
    dealer = uuid5(NAMESPACE, "dealer")
    verdict = ("good", None) if seen_before else ("quarantined", reason)
    complete = bool(seen_before)
    connection.execute(WALK, ["a", dealer, "2026-01-01Z", complete, seen_before, *verdict])
    connection.execute(WALK, ["b", dealer, "2026-01-02Z", False, 0, "quarantined", reason])
    report = Report.after(connection, Outcome())
    assert report.exit_code == exit_code
    assert any("https://d.example/cars" in line for line in report.lines())
    assert report.lines()[0] == "nothing was pending"


def test_large_tables_are_estimated_and_not_counted(
    connection: psycopg.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = World()
    world.profile("alpha", day(0), website="https://www.alpha.example")
    world.walk("alpha", day(1), [f"car-{number}" for number in range(40)])
    world.walk("alpha", day(2), ["car-0", "car-1"], complete=True)
    append(connection, world.observations)
    run()
    counted = Totals.of(connection)
    assert (counted.organizations, counted.in_stock, counted.exact) == (1, 40, True)
    connection.execute("ANALYZE")
    connection.execute("SELECT pg_stat_reset()")
    monkeypatch.setattr(report, "LARGEST_COUNTED", 0)
    about = Totals.of(connection)
    assert "now about 1 organization; vehicles: 40 in stock" in str(about)
    assert about.images == counted.images
    scans = connection.execute("SELECT sum(seq_scan) FROM pg_stat_user_tables").fetchone()
    assert scans == (0,)


@pytest.mark.parametrize(
    ("reason", "offered"),
    [
        ("incomplete:no_listings", ["it is right, there are no cars"]),
        ("incomplete:challenge", []),
    ],
)
def test_a_site_that_never_showed_a_car_has_none_that_could_be_gone(
    connection: psycopg.Connection, reason: str, offered: list[str]
) -> None:
    dealer = uuid5(NAMESPACE, "dealer")
    connection.execute(WALK, ["b", dealer, "2026-01-02Z", False, 0, "quarantined", reason])
    (walk,) = Report.after(connection, Outcome()).quarantined
    assert list(walk.commands)[:-1] == offered
    assert "gone" not in "".join(walk.lines())
