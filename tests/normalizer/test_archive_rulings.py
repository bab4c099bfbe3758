"""Rulings on what was archived: redactions reach into the files."""

from pathlib import Path

import psycopg
import pytest

from normalizer.__main__ import main
from tests.normalizer.archived import APRIL, MARCH, archive_before, archivist, on_disk, replayed
from tests.normalizer.drainage import SITE, digest_now, run
from tests.normalizer.fleet import World, append, day, handle_of


@pytest.mark.parametrize("what", ["a card that left", "a card that stayed"])
def test_a_redaction_reaches_into_the_files(
    connection: psycopg.Connection,
    drained: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    what: str,
) -> None:
    cards = [each for each in drained.observations if each.raw_data.get("price") == "$51,000"]
    stayed = [each for each in drained.observations if each.url.endswith("/b")][-1]
    redacted = cards[0] if what == "a card that left" else stayed
    archive_before(tmp_path, APRIL)
    before = on_disk(tmp_path)
    world = World()
    world.ruling(
        handle_of("alpha"), day(60), action="redact", subject="observation",
        observation=redacted.key,
    )  # fmt: skip
    append(connection, world.observations)
    run()
    digest = digest_now()
    assert main(["replay", "--archive", str(tmp_path)]) == 1
    assert "archive write brings redactions" in capsys.readouterr().err
    assert main(["archive", "write", "--before", "2026-04", "--folder", str(tmp_path)]) == 0
    assert "1 file written anew" in capsys.readouterr().out
    assert on_disk(tmp_path) != before
    with archivist(tmp_path) as archive:
        (file,) = archive.files()
        lines = {line.key: line for line in file.lines(tmp_path)}
        assert lines[redacted.key].content == '{"redacted": true}'
        assert len(lines) == file.rows
        assert [problem for _, problem in archive.verify()] == [None]
    assert replayed(tmp_path).equal
    with archivist(tmp_path) as archive:
        archive.restore(MARCH)
    run(again=True)
    assert digest_now() == digest
    texts = connection.execute(
        "SELECT raw_data FROM import_queue WHERE key = %s", [redacted.key]
    ).fetchall()
    assert texts == [({"redacted": True},)]


def test_an_archived_observation_can_be_ruled_on_by_its_key(
    connection: psycopg.Connection,
    drained: World,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    card = next(each for each in drained.observations if each.raw_data.get("price") == "$51,000")
    walk = next(each for each in drained.observations if each.kind == "inventory_manifest")
    archive_before(tmp_path, APRIL)
    said = ["--reason", "a test", "--author", "tester"]
    assert main(["rule", "redact", card.key[:12], "--yes", *said]) == 0
    assert main(["rule", "reject", walk.key[:12], *said]) == 0
    run()
    reason = connection.execute(
        "SELECT reason FROM inventory_walks WHERE observation_key = %s", [walk.key]
    ).fetchone()
    assert reason == ("rejected",)
    assert main(["archive", "write", "--before", "2026-04", "--folder", str(tmp_path)]) == 0
    with archivist(tmp_path) as archive:
        lines = [line for file in archive.files() for line in file.lines(tmp_path)]
    contents = {line.key: line.content for line in lines}
    assert contents[card.key] == '{"redacted": true}'
    assert replayed(tmp_path).equal


def test_a_ruling_on_an_archived_walk_is_stamped_as_the_walk_was(
    connection: psycopg.Connection, tmp_path: Path, drained: World
) -> None:
    """Not with the organization of today: its two profile pages may part again."""
    world = World()
    world.profile("beta", day(2), website=SITE)
    world.walk("beta", day(3), ["x"], site=f"{SITE}/b")
    walk = world.observations[-1]
    for at in (4, 5):
        world.walk("beta", day(at), ["x"], site=f"{SITE}/b")
    append(connection, world.observations)
    run()
    archive_before(tmp_path, APRIL)
    gone = "SELECT count(*) FROM import_queue WHERE key = %s"
    assert connection.execute(gone, [walk.key]).fetchone() == (0,)
    said = ["--reason", "a test", "--author", "tester"]
    assert main(["rule", "reject", walk.key[:12], *said]) == 0
    stamped = "SELECT organization_id FROM import_queue WHERE kind = 'ruling'"
    assert connection.execute(stamped).fetchall() == [(handle_of("beta"),)]


def test_what_a_car_s_snapshot_cites_stays_where_a_newer_card_was_redacted(
    connection: psycopg.Connection, drained: World, tmp_path: Path
) -> None:
    newest = [o for o in drained.observations if o.raw_data.get("price") == "$53,000"][-1]
    said = ["--reason", "a test", "--author", "tester"]
    assert main(["rule", "redact", newest.key[:12], "--yes", *said]) == 0
    run()
    cited = set(connection.execute("SELECT observation_key FROM vehicle_sources").fetchall())
    assert (newest.key,) not in cited
    archive_before(tmp_path, APRIL)
    assert cited <= set(connection.execute("SELECT key FROM import_queue").fetchall())
