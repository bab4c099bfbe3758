"""Relationship rows of an older system: one true relation, and never a good one lost."""

import json
from itertools import permutations
from pathlib import Path
from typing import Any

import psycopg
import pytest

from contract.legacy import LegacyRelationship
from contract.observation import Kind, Observation, Source
from normalizer.__main__ import main
from normalizer.evidence import Evidence
from normalizer.legacy import claim_of
from normalizer.replay import replay
from store.connect import connect
from tests.normalizer.fleet import World, append, profile_url
from tests.normalizer.fleet import day as noon
from tests.normalizer.observed import absolute, as_evidence, day
from tests.normalizer.worlds import Dealer, one

CAR = "/cars/1967-mustang"
VIN = "5R07C137510"


def row(
    dealer: Dealer, kind: str, at: float = 0, *, url: str | None = CAR, **fields: Any
) -> Evidence:
    """Append one relationship row."""
    page = absolute(url) if url else None
    payload = LegacyRelationship(
        relationship_type=kind, vehicle_url=page, **{"title": "1967 Ford Mustang", **fields}
    )
    name = page or "urn:vin:x"
    item = as_evidence(
        Observation(Source.LEGACY, Kind.RELATIONSHIP, name, dealer.handle, day(at), payload)
    )
    dealer.evidence.append(item)
    return item


def test_a_sale_without_live_evidence_makes_a_sold_vehicle() -> None:
    dealer = Dealer()
    row(dealer, "sold_by", sale_price="$41,000", sale_date="5/31/2025", vin=VIN, year="1967")
    rows = dealer.rows()
    car = one(rows)
    assert (car.status, car.status_evidence, car.price_kind) == ("sold", "legacy", "sold")
    assert car.price == 41000
    assert (car.year, car.make, car.sold_at and car.sold_at.date().isoformat()) == (
        1967, "Ford", "2025-05-31",
    )  # fmt: skip
    assert [r.relationship_type for r in rows.organization_vehicles] == ["sold_by"]
    assert [r.sale_price for r in rows.dealer_inventory] == [41000]
    assert [r.event for r in rows.vehicle_events] == ["sold"]


@pytest.mark.parametrize("stated", [None, "unknown"])
def test_a_sale_has_a_date_only_where_one_is_known(stated: str | None) -> None:
    dealer = Dealer()
    row(dealer, "sold_by", sale_date=stated)
    assert one(dealer.rows()).sold_at is None


@pytest.mark.parametrize(("url", "vin"), [(CAR, None), ("/old/page", VIN)])
def test_live_evidence_beats_legacy_by_address_and_by_vin(url: str, vin: str | None) -> None:
    dealer = Dealer()
    dealer.walk(1, {CAR: {"vin": VIN, "title": "1967 Ford Mustang"}})
    plain = dealer.rows()
    row(dealer, "sold_by", 5, url=url, vin=vin, year="1967", sale_price="$1")
    rows = dealer.rows()
    assert one(rows).status == "in_stock"
    assert rows.vehicles == plain.vehicles
    assert rows.organization_vehicles == plain.organization_vehicles
    # The old name leads to the car all the same.
    assert {alias.vehicle_id for alias in rows.vehicle_aliases} == {one(rows).id}
    assert len(rows.vehicle_aliases) == 2


@pytest.mark.parametrize("kind", ["consigner", "seller", "current_consignment"])
def test_an_offer_that_nobody_has_seen_makes_no_car(kind: str) -> None:
    dealer = Dealer()
    row(dealer, kind, status="active", listing_status="for_sale")
    assert dealer.rows().vehicles == ()


@pytest.mark.parametrize(
    ("offered", "sold", "status"),
    [
        (None, None, ["sold"]),
        ("2025-01-01", "2025-02-01", ["sold"]),
        ("2025-03-01", None, ["sold"]),
        ("2025-03-01", "2025-02-01", []),
    ],
)
def test_a_sale_is_true_unless_an_offer_is_dated_later(
    offered: str | None, sold: str | None, status: list[str]
) -> None:
    dealer = Dealer()
    row(dealer, "consigner", recorded_at=offered)
    row(dealer, "sold_by", recorded_at=sold)
    assert [car.status for car in dealer.rows().vehicles] == status


def test_bug_12_a_relation_that_is_not_known_deletes_no_good_row() -> None:
    """The reference system let an unknown `seller` row fail silently, then its clean-up deleted the
    good rows of the pair."""
    dealer = Dealer()
    row(dealer, "sold_by")
    good = dealer.rows()
    for kind in ("flipper", "auction_platform", "Owner", "???"):
        row(dealer, kind)
    found = dealer.rows()
    assert found.organization_vehicles == good.organization_vehicles
    assert [car.status for car in found.vehicles] == ["sold"]


@pytest.mark.parametrize(
    ("kind", "status", "listing_status", "claim"),
    [
        ("consigner", "sold", None, "sold"),
        ("seller", "active", "sold", "sold"),
        ("seller", "archived", None, "left"),
        ("Sold By", None, None, "sold"),
        ("sold_by", "active", "for_sale", "sold"),
        ("past_consignment", None, None, "left"),
        ("service_provider", "sold", "sold", "nothing"),
        ("flipper", "sold", "sold", "nothing"),
    ],
)
def test_what_a_row_claims(
    kind: str, status: str | None, listing_status: str | None, claim: str
) -> None:
    payload = LegacyRelationship(
        relationship_type=kind, vin="X", status=status, listing_status=listing_status
    )
    assert claim_of(payload) == claim


def test_the_order_of_the_rows_does_not_matter() -> None:
    dealer = Dealer()
    row(dealer, "consigner", 0, recorded_at="2025-01-01")
    row(dealer, "sold_by", 1, sale_price="$9,000", vin=VIN, year="1967")
    row(dealer, "sold_by", 2, url="/another/page", vin=VIN, year="1967")
    row(dealer, "flipper", 3)
    expected = dealer.rows()
    assert len(expected.vehicles) == 1
    profile, *rows = dealer.evidence
    for order in permutations(rows):
        assert dealer.rows([*order, profile, *order[:1]]) == expected


def test_a_file_is_imported_once(
    connection: psycopg.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    world = World()
    world.profile("alpha", noon(0), website="https://www.alpha.example", name="Alpha Motors")
    world.walk("alpha", noon(1), ["a"])
    append(connection, world.observations)
    table = tmp_path / "relations.csv"
    table.write_text(
        "organization,relationship_type,listing_url,vin,sale_price,updated_at\n"
        f"{profile_url('alpha')},sold_by,https://www.alpha.example/cars/z,,$5,2025-01-01\n"
        f"{profile_url('alpha')},sold_by,https://www.alpha.example/cars/a,,$5,2025-01-01\n"
        f"{profile_url('later')},sold_by,https://www.later.example/cars/z,,,\n"
        "nobody,sold_by,https://x.example/,,,\n"
        f"{profile_url('alpha')},sold_by,,,,\n"
    )
    assert main(["run"]) == 0
    for appended, unchanged in ((3, 0), (0, 3)):
        capsys.readouterr()
        assert main(["legacy", "import", str(table)]) == 3
        out, err = capsys.readouterr()
        assert f"{appended} rows appended, {unchanged} on record already, 2 left out" in out
        assert "line 5: there is no organization 'nobody'" in err
        assert "line 6: a relationship names its car" in err
    assert main(["run"]) == 0
    found = connection.execute(
        "SELECT status, status_evidence, count(*) FROM vehicles GROUP BY 1, 2 ORDER BY 1"
    ).fetchall()
    assert found == [("in_stock", "current_grid", 1), ("sold", "legacy", 1)]
    world.profile("later", noon(2))
    append(connection, world.observations[-1:])
    assert main(["run"]) == 0
    assert connection.execute(
        "SELECT count(*) FROM vehicles WHERE status_evidence = 'legacy'"
    ).fetchone() == (2,)
    with connect("paddock_normalizer", autocommit=True) as normalizer:
        assert replay(normalizer).equal


def test_json_lines_are_read_as_well(
    connection: psycopg.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    table = tmp_path / "relations.jsonl"
    content = {"profile_url": profile_url("alpha"), "type": "sold_by", "vin": VIN, "year": 1967}
    table.write_text(json.dumps(content) + "\n")
    assert main(["legacy", "import", str(table)]) == 0
    assert connection.execute("SELECT raw_data->>'year' FROM import_queue").fetchone() == ("1967",)
    table.write_text("[]\n")
    assert main(["legacy", "import", str(table)]) == 2
    assert "line 1 is no JSON object" in capsys.readouterr().err


def test_a_file_of_something_else_is_refused_whole(
    connection: psycopg.Connection, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Else each of its lines would be told of by itself."""
    table = tmp_path / "notes.csv"
    table.write_text("some notes\n" * 1000)
    assert main(["legacy", "import", str(table)]) == 2
    error = capsys.readouterr().err
    assert "names no column for the organization (organization, organization_id" in error
    assert error.count("\n") == 1
