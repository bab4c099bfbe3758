"""Histories of many equal walks: they cost little, and say what they said walk by walk."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import psycopg
import pytest
from psycopg.types.json import Jsonb

from contract.observation import Kind
from contract.payloads import InventoryManifest, Probe, Sighting
from normalizer import snapshots
from normalizer.assertions import Stretch
from normalizer.evidence import Evidence, Organization
from normalizer.fold import fold_organization
from normalizer.identity import profile_node
from normalizer.inventory import Inventory
from normalizer.manifests import Sightings, read_manifest
from normalizer.rows import CanonicalRows
from normalizer.rulebook import rulebook
from normalizer.sold import Tracking, track
from normalizer.track import Track
from normalizer.visits import Visit
from normalizer.walks import Probed, Sighted, Walk
from tests.normalizer.fleet import day, handle_of, random_rulings, random_world
from tests.normalizer.fleet_pages import random_visits
from tests.normalizer.jsonb import jsonb
from tests.normalizer.observed import as_evidence
from tests.normalizer.worlds import Dealer


def as_text(payload: InventoryManifest) -> str:
    return jsonb(payload.model_dump(mode="json", exclude_none=True))


def shared(evidence: list[Evidence]) -> list[Evidence]:
    """The evidence as it is read: equal sightings are one object."""
    known: Sightings = {}
    found = []
    for item in evidence:
        if isinstance(item.payload, InventoryManifest):
            payload = read_manifest(as_text(item.payload), known)
            assert payload == item.payload
            item = replace(item, payload=payload)
        found.append(item)
    return found


def dealer_of_many_walks(seed: int) -> tuple[Organization, list[Evidence]]:
    """Everything a random world knows of all its sellers, as one organization, with stretches of
    walks that repeat each other, some of them a few hours apart."""
    random = Random(seed)
    world = random_world(random, sellers=2, days=random.choice((4, 9)), cars=3)
    world.profile("seller0", day(0))
    random_rulings(world, random)
    random_visits(world, random)
    observations = [each for each in world.observations if each.organization_id]
    for item in list(observations):
        if item.kind is Kind.INVENTORY_MANIFEST and random.random() < 0.7:
            step = timedelta(hours=random.choice((5, 24)))
            observations += [
                replace(item, observed_at=item.observed_at + step * number)
                for number in range(1, random.randrange(2, 9))
            ]
    evidence = [as_evidence(each) for each in observations]
    mine = [each for each in evidence if each.organization_id == handle_of("seller0")]
    node = profile_node(mine)
    return Organization(node.handle, (node,)), evidence if seed % 2 else mine


@pytest.mark.parametrize("seed", range(60))
def test_what_repeats_is_told_as_it_is_walk_by_walk(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    organization, evidence = dealer_of_many_walks(seed)
    fast = fold_organization(organization, shared(evidence))
    assert slow(organization, evidence, monkeypatch) == fast


def look_at_everything(monkeypatch: pytest.MonkeyPatch) -> None:
    """Weigh every car again, and look for every car that ever stood on a grid."""
    monkeypatch.setattr(Track, "observe", Track._weigh)
    monkeypatch.setattr(Track, "is_closed", property(lambda self: False))


def slow(
    organization: Organization, evidence: list[Evidence], monkeypatch: pytest.MonkeyPatch
) -> CanonicalRows:
    """The fold with every sighting of every walk looked at by itself."""

    def each_entry(about: list[Stretch], observed: object) -> object:
        for stretch in about:
            yield from stretch.cut(stretch.ranks)

    monkeypatch.setattr(snapshots, "condensed", each_entry)
    monkeypatch.setattr(Inventory, "_next", lambda self, identity, page, at: at)
    look_at_everything(monkeypatch)
    return fold_organization(organization, evidence)


def test_unchanged_walks_are_weighed_and_asserted_once(monkeypatch: pytest.MonkeyPatch) -> None:
    weighed: list[datetime] = []
    weigh = Track._weigh

    def spy(track: Track, at: datetime, sightings: Sequence[tuple[str, Sighted]]) -> bool:
        weighed.append(at)
        return weigh(track, at, sightings)

    monkeypatch.setattr(Track, "_weigh", spy)
    dealer = Dealer()
    cars = [f"/car-{number}" for number in range(20)]
    for number in range(40):
        dealer.walk(number, cars)
    rows = dealer.rows(shared(dealer.evidence))
    assert {row.seen_count for row in rows.dealer_inventory_seen} == {40}
    assert len(weighed) == len(cars)


@pytest.mark.parametrize(
    "url", ["https://x.example/a", 'x"}, {"url": "y', "}, {", '}], "platform": "x"', "\\", "ü☃"]
)
def test_a_manifest_is_read_as_the_contract_reads_it(
    connection: psycopg.Connection, url: str
) -> None:
    names = ("a", url, "b", url)
    manifest = InventoryManifest(
        organization_id="6a5b3b0e-7a0b-5f0e-8f0e-0c6a7b8c9d0e",
        grid_url="https://x.example/inventory",
        grid="current",
        run_mode="both",
        platform='"listings": [{',
        pages=2,
        complete=True,
        listings=tuple(
            Sighting(url=name, status="in_stock", evidence="current_grid") for name in names
        ),
        probes=(Probe(url=url, verdict="gone", sign="}, {"),),
    )
    row = connection.execute(
        "SELECT %s::jsonb::text", [Jsonb(manifest.model_dump(mode="json", exclude_none=True))]
    ).fetchone()
    assert row == (as_text(manifest),)
    known: Sightings = {}
    read = read_manifest(row[0], known)
    if read is None:
        assert "}, {" in url, "only this mark may need a closer look"
    else:
        assert read == manifest
        assert read.listings[1] is read.listings[3]
    assert read_manifest(row[0].replace('"in_stock"', '"on_the_moon"'), {}) is None


def random_days(random: Random) -> tuple[list[Walk], list[Visit]]:
    """Walks of a current grid, a feed and a sold archive that show three cars as they stood
    before, for the greater part, and visits to the cars' pages."""
    walks, visits = [], []
    scopes = (("current", "grid"), ("feed", "feed"), ("sold", "archive"))
    shown: dict[tuple[str, int], tuple[bool, bool, bool]] = {}
    for number in range(40):
        at = day(number * random.choice((1, 1, 1, 0.5)))
        for grid, scope in scopes:
            if random.random() < (0.1 if grid == "current" else 0.6):
                continue
            for car in range(3):
                if random.random() < 0.2 or (grid, car) not in shown:
                    is_there = random.random() < (0.7 if grid != "sold" else 0.3)
                    sold, pending = random.random() < 0.15, random.random() < 0.2
                    shown[grid, car] = (is_there, sold, pending)
            sightings = tuple(
                Sighted(
                    car,
                    f"car/{car}",
                    sold and grid != "sold",
                    grid == "sold",
                    "mark"
                    if sold
                    else {"current": "current_grid", "feed": "feed"}[grid]  # type: ignore[arg-type]
                    if grid != "sold"
                    else "sold_grid",
                    pending=pending,
                )
                for car in range(3)
                for is_there, sold, pending in [shown[grid, car]]
                if is_there
            )
            seen = {sighted.vehicle for sighted in sightings}
            probes = {
                (car, f"car/{car}"): Probed(random.choice(("alive", "gone", "unknown")))
                for car in {0, 1, 2} - seen
                if grid == "current" and random.random() < 0.4
            }
            walks.append(
                Walk(
                    key=f"{at.isoformat()} {scope}",
                    scope=("dealer_site", scope),
                    grid_url=f"https://{scope}",
                    grid=grid,  # type: ignore[arg-type]
                    observed_at=at,
                    complete=random.random() < 0.9,
                    seen=len(sightings),
                    incomplete_because="blocked",
                    drifted=(),
                    sightings=sightings,
                    probes=probes,
                )
            )
        if walks and random.random() < 0.2:
            # Twice at one instant, and once without the first car.
            last = walks[-1]
            rest = last.sightings[1:]
            walks.append(replace(last, key=f"{last.key} again", sightings=rest, seen=len(rest)))
        if random.random() < 0.2:
            car = random.randrange(3)
            said = random.choice(("in_stock", "pending", "sold", "unknown", None))
            visits.append(
                Visit(
                    at,
                    f"{at.isoformat()} visit",
                    car,
                    f"car/{car}",
                    "dealer_site",
                    is_gone=said is None,
                    status=said,  # type: ignore[arg-type]
                )
            )
    return walks, visits


@pytest.mark.parametrize("seed", range(150))
def test_a_car_seen_again_as_it_was_need_not_be_weighed_again(
    seed: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    walks, visits = random_days(Random(seed))
    fast = track(walks, [], rulebook().sold, visits)
    look_at_everything(monkeypatch)
    slow = track(walks, [], rulebook().sold, visits)
    assert fast.verdicts == slow.verdicts
    assert told(fast) == told(slow)


def told(tracking: Tracking) -> dict[int, object]:
    """All that the tracks know, but how they came to know it."""
    return {
        number: {
            name: value if name != "listings" else {key: vars(value[key]) for key in value}
            for name, value in vars(one).items()
            if name != "settled"
        }
        for number, one in tracking.tracks.items()
    }
