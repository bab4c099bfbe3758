"""`python -m normalizer quarantine`: the evidence behind a doubt, and what resolves it."""

import json
import shlex

import psycopg
import pytest

from normalizer.__main__ import main
from normalizer.quarantine import quarantined
from store.connect import connect
from tests.normalizer.fleet import World, append, day


@pytest.fixture(autouse=True)
def collapsed(connection: psycopg.Connection, capsys: pytest.CaptureFixture[str]) -> World:
    """A grid of eight cars that shows two for three days; the dealer's feed is seen later still."""
    world = World()
    site = "https://www.alpha.example"
    world.profile("alpha", day(0), website=site, name="Alpha Motors")
    world.walk("alpha", day(1), [f"car-{n}" for n in range(8)])
    for at in (2, 3, 4):
        world.walk("alpha", day(at), ["car-0", "car-1"])
    world.profile("alpha", day(6), website=site, name="Alpha Motors")
    append(connection, world.observations)
    assert main(["run"]) == 3
    capsys.readouterr()
    return world


def test_a_verdict_comes_with_its_evidence_and_its_age_in_observations() -> None:
    with connect("paddock_normalizer", autocommit=True) as connection:
        (walk,) = quarantined(connection, evidence=True)
    assert (walk.reason, walk.seen, walk.good_seen, walk.share) == ("below_share", 2, 8, 0.25)
    assert (walk.good_at, walk.since, walk.walks) == (day(1), day(2), 3)
    assert walk.newest == day(6)
    assert sorted(each.listing_url.rpartition("/")[2] for each in walk.withheld) == [
        f"car-{n}" for n in range(2, 8)
    ]
    text = "\n".join(walk.lines())
    assert "last good walk: 2026-03-02 12:00, 8 seen, so this is 25% of it" in text
    assert "in doubt for 4 days, by 3 walks" in text
    assert "6 cars kept on offer though unseen" in text
    assert "and 1 more" in text


@pytest.mark.parametrize("action", ["accept", "reject"])
def test_the_commands_it_names_resolve_it(action: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["quarantine", "--json"]) == 3
    (walk,) = json.loads(capsys.readouterr().out)
    command = next(each for each in walk["commands"].values() if f"rule {action}" in each)
    words = shlex.split(command.replace("…", "looked at it"))
    assert words[:3] == ["python", "-m", "normalizer"]
    assert main([*words[3:], "--author", "ann"]) == 0
    main(["run"])
    capsys.readouterr()
    main(["quarantine", "--json"])
    left = json.loads(capsys.readouterr().out)
    assert walk["key"] not in [each["key"] for each in left]
    # Two walks stay behind a rejected one, and the newest of them is in doubt now.
    assert len(left) == (0 if action == "accept" else 1)


def test_a_drift_names_the_fields_that_fell(connection: psycopg.Connection) -> None:
    connection.execute(
        """UPDATE import_queue SET raw_data = raw_data
               || '{"drift": [{"field": "price", "before": 0.95, "now": 0.1}]}', status = 'pending'
           WHERE kind = 'inventory_manifest' AND observed_at = %s""",
        [day(4)],
    )
    assert main(["run"]) == 3
    with connect("paddock_normalizer", autocommit=True) as normalizer:
        (walk,) = quarantined(normalizer, evidence=True)
    assert walk.reason == "drift:price"
    assert "  price was filled in 95%, now in 10%" in walk.lines()
