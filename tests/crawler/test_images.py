"""`scrapy crawl images`: every picture that is wanted is fetched once, kept once, and told to
everybody who wants it."""

import hashlib
import os
import signal
import subprocess
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import psycopg
import pytest
from scrapy.utils.project import get_project_settings

from crawler.pictures.pipeline import PicturesPipeline
from crawler.spiders.images import Images
from tests.crawler.conftest import OWN, ROOT, command, run_spider
from tests.crawler.hostile_pictures import encoded, photo
from tests.crawler.loopback import Answer, Behaviour, Site, serve

SPACE = UUID("00000000-0000-0000-0000-0000000000aa")
JPEG = {"Content-Type": "image/jpeg"}
SETTINGS = {"SPIDER_MODULES": "crawler.spiders", "RETRY_TIMES": "0"}

Run = Callable[..., subprocess.CompletedProcess[str]]


def dealer(name: str) -> UUID:
    return uuid5(SPACE, name)


def jpeg(seed: int) -> Answer:
    return Answer(200, encoded(photo(120, 90, seed=seed)), JPEG)


class Canon:
    """The canonical tables, as the normalizer would have written them."""

    def __init__(self, connection: psycopg.Connection) -> None:
        self.connection = connection

    def vehicle(self, owner: str, name: str, *urls: str, primary: int = 0) -> None:
        """A vehicle's gallery, in order."""
        for position, url in enumerate(urls):
            self.connection.execute(
                "INSERT INTO vehicle_images (vehicle_id, position, dealer_id, source_url, is_primary)"
                " VALUES (%s, %s, %s, %s, %s)",
                [uuid5(SPACE, name), position, dealer(owner), url, position == primary],
            )

    def organization(self, owner: str, purpose: str, url: str) -> None:
        self.connection.execute(
            "INSERT INTO organization_images (organization_id, purpose, source_url) VALUES (%s, %s, %s)",
            [dealer(owner), purpose, url],
        )

    def fetches(self, *fields: str) -> list[Any]:
        """The fields of all observations, in order."""
        columns = ", ".join(f"raw_data ->> '{field}'" for field in fields)
        rows = self.connection.execute(
            f"SELECT {columns} FROM import_queue WHERE kind = 'image_fetch' ORDER BY id"  # noqa: S608
        ).fetchall()
        return [row[0] if len(row) == 1 else row for row in rows]

    def of(self, url: str) -> dict[str, Any]:
        row = self.connection.execute(
            "SELECT raw_data FROM import_queue WHERE url = %s ORDER BY observed_at DESC LIMIT 1",
            [url],
        ).fetchone()
        assert row, url
        return dict(row[0])


@pytest.fixture
def canon(connection: psycopg.Connection) -> Canon:
    return Canon(connection)


@pytest.fixture
def store(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def images(database_url: str, store: Path) -> Run:
    """`images(at=..., **environment)`: run the spider to its end."""

    def run(
        at: str = "",
        arguments: Mapping[str, str] = {},
        settings: Mapping[str, str] = {},
        **more: str,
    ) -> subprocess.CompletedProcess[str]:
        given = {**SETTINGS, **settings, **({"OBSERVED_AT": at} if at else {})}
        environment = {"IMAGES_STORE": str(store), **more}
        return run_spider(database_url, "images", arguments, given, environment)

    return run


def files(store: Path) -> list[Path]:
    return sorted(path for path in store.rglob("*") if path.is_file())


def asked(site: Site) -> list[str]:
    """The pictures that were asked for, in order."""
    return [path for path in site.paths() if path != "/robots.txt"]


@pytest.fixture
def gallery() -> Iterator[Site]:
    with serve({f"/{number}.jpg": jpeg(number) for number in range(40)}) as site:
        yield site


def test_each_picture_is_fetched_once_and_told_to_all_who_want_it(
    canon: Canon, images: Run, gallery: Site, store: Path
) -> None:
    url = gallery.url
    canon.vehicle("north", "a", url("/0.jpg"), url("/1.jpg"), url("/2.jpg"), primary=1)
    canon.vehicle("south", "b", url("/3.jpg"), url("/1.jpg"), url("/1.jpg?again"))
    canon.vehicle("south", "c", url("/3.jpg"))
    canon.organization("north", "logo", url("/4.jpg"))
    canon.organization("north", "banner", url("/4.jpg"))
    done = images()
    assert done.returncode == 0, done.stdout + done.stderr
    # Primary photos, then organizations' own, then galleries by position.
    assert asked(gallery) == ["/1.jpg", "/3.jpg", "/4.jpg", "/0.jpg", "/1.jpg?again", "/2.jpg"]
    told = canon.fetches("source_url", "organization_id", "purpose", "outcome")
    north, south = str(dealer("north")), str(dealer("south"))
    assert sorted(told) == sorted(
        [
            (url("/0.jpg"), north, "vehicle", "stored"),
            (url("/1.jpg"), north, "vehicle", "stored"),
            (url("/1.jpg"), south, "vehicle", "stored"),
            (url("/1.jpg?again"), south, "vehicle", "stored"),
            (url("/2.jpg"), north, "vehicle", "stored"),
            (url("/3.jpg"), south, "vehicle", "stored"),
            (url("/4.jpg"), north, "banner", "stored"),
            (url("/4.jpg"), north, "logo", "stored"),
        ]
    )
    # Two URLs with the same bytes are one file.
    assert len(files(store)) == 5
    for path in files(store):
        assert path.name == hashlib.sha256(path.read_bytes()).hexdigest() + ".jpg"
        assert path.parent.name == path.name[:2]
    kept = canon.of(url("/0.jpg"))
    assert (store / kept["storage_key"]).stat().st_size == kept["size"]
    assert (kept["width"], kept["height"], kept["media_type"]) == (120, 90, "image/jpeg")
    assert "1 same bytes, 5 stored" in done.stdout

    # Nothing is drained yet: what was observed is not asked for again, and costs nothing.
    gallery.hits.clear()
    again = images()
    assert (again.returncode, gallery.paths()) == (0, []), again.stdout
    assert "nothing was due" in again.stdout

    # Another dealer shows a known picture: told without a request.
    canon.vehicle("west", "d", url("/0.jpg"))
    known = images()
    assert (known.returncode, gallery.paths()) == (0, []), known.stdout
    assert canon.of(url("/0.jpg")) == {**kept, "organization_id": str(dealer("west"))}
    assert "1 known" in known.stdout


def test_a_picture_whose_observation_was_lost_is_found_by_its_content(
    canon: Canon, images: Run, gallery: Site, store: Path, connection: psycopg.Connection
) -> None:
    canon.vehicle("north", "a", gallery.url("/0.jpg"), gallery.url("/1.jpg"))
    images()
    before = [(path, path.stat().st_mtime_ns) for path in files(store)]
    connection.execute("DELETE FROM import_queue")
    done = images()
    assert canon.fetches("outcome") == ["stored", "stored"]
    assert [(path, path.stat().st_mtime_ns) for path in files(store)] == before
    assert "2 same bytes" in done.stdout
    # What a store has lost is fetched again for the next who wants it, and half a file is none.
    path = store / canon.of(gallery.url("/0.jpg"))["storage_key"]
    path.unlink()
    (store / canon.of(gallery.url("/1.jpg"))["storage_key"]).write_bytes(b"half")
    canon.vehicle("south", "b", gallery.url("/0.jpg"), gallery.url("/2.jpg"))
    connection.execute("DELETE FROM import_queue WHERE url = %s", [gallery.url("/1.jpg")])
    images()
    for kept in files(store):
        assert kept.stem == hashlib.sha256(kept.read_bytes()).hexdigest()
    assert len(files(store)) == 3


def test_a_killed_run_is_taken_up_where_it_stood(
    canon: Canon, gallery: Site, database_url: str, store: Path, images: Run
) -> None:
    canon.vehicle("north", "a", *(gallery.url(f"/{number}.jpg") for number in range(40)))
    environment = {
        **os.environ,
        "DATABASE_URL": database_url,
        "FETCH_ALLOWED_NETWORKS": f"{OWN}/32",
        "IMAGES_STORE": str(store),
    }
    first = subprocess.Popen(
        command("images", {}, SETTINGS),
        cwd=ROOT,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    deadline = time.monotonic() + 30
    while len(canon.fetches("outcome")) < 5 and time.monotonic() < deadline:
        time.sleep(0.005)
    first.send_signal(signal.SIGKILL)
    first.wait()
    observed = set(canon.fetches("source_url"))
    asked_before = len(asked(gallery))
    assert 5 <= len(observed) < 40
    gallery.hits.clear()
    done = images()
    assert done.returncode == 0, done.stdout
    assert not {gallery.url(path) for path in asked(gallery)} & observed
    assert sorted(canon.fetches("source_url")) == sorted(
        gallery.url(f"/{n}.jpg") for n in range(40)
    )
    # What was under way when it was killed, and nothing else, was asked for twice.
    assert asked_before + len(asked(gallery)) <= 40 + 4
    assert not [path for path in files(store) if path.suffix == ".part"]


def test_a_run_that_is_told_to_stop_keeps_what_it_has(
    canon: Canon, database_url: str, store: Path
) -> None:
    def slow(handler: Any) -> None:
        time.sleep(0.3)
        jpeg(int(handler.path[1:-4]))(handler)

    with serve({"*": slow, "/robots.txt": Answer(404, "")}) as site:
        canon.vehicle("north", "a", *(site.url(f"/{number}.jpg") for number in range(40)))
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "FETCH_ALLOWED_NETWORKS": f"{OWN}/32",
            "IMAGES_STORE": str(store),
        }
        run = subprocess.Popen(
            command("images", {}, SETTINGS),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        deadline = time.monotonic() + 30
        while not canon.fetches("outcome") and time.monotonic() < deadline:
            time.sleep(0.02)
        run.send_signal(signal.SIGTERM)
        try:
            output, _ = run.communicate(timeout=20)
        finally:
            run.kill()
    assert run.returncode == 1
    assert "shutdown" in output
    assert 1 <= len(canon.fetches("outcome")) < 10
    assert set(canon.fetches("outcome")) == {"stored"}
    assert "Traceback" not in output


def test_two_runs_at_once_fetch_nothing_twice(
    canon: Canon, database_url: str, store: Path, gallery: Site
) -> None:
    with serve({f"/{number}.jpg": jpeg(number + 100) for number in range(20)}) as other:
        canon.vehicle("north", "a", *(gallery.url(f"/{number}.jpg") for number in range(40)))
        canon.vehicle("south", "b", *(other.url(f"/{number}.jpg") for number in range(20)))
        environment = {
            **os.environ,
            "DATABASE_URL": database_url,
            "FETCH_ALLOWED_NETWORKS": f"{OWN}/32",
            "IMAGES_STORE": str(store),
        }
        start = partial(
            subprocess.Popen[str],
            command("images", {}, SETTINGS),
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        runs = [start(), start()]
        outputs = [run.communicate(timeout=60)[0] for run in runs]
        assert [run.returncode for run in runs] == [0, 0], outputs
        assert max(Counter(asked(gallery)).values()) == 1
        assert max(Counter(asked(other)).values()) == 1
    assert len(canon.fetches("source_url")) == 60


def test_a_failure_is_tried_again_later_and_later(canon: Canon, images: Run) -> None:
    pages: dict[str, Behaviour] = {"/good.jpg": jpeg(1)}
    with serve(pages) as site:
        canon.vehicle("north", "a", site.url("/gone.jpg"), site.url("/good.jpg"))
        first = images("2026-03-01T00:00:00Z")
        assert first.returncode == 0, first.stdout
        assert canon.of(site.url("/gone.jpg"))["reason"] == "http_404"
        assert "failed: http_404 (1)" in first.stdout
        site.hits.clear()
        images("2026-03-01T01:01:00Z")
        assert asked(site) == ["/gone.jpg"]
        images("2026-03-01T02:30:00Z")  # The second failure waits twice as long.
        assert asked(site) == ["/gone.jpg"]
        # The normalizer has drained the failure meanwhile.
        canon.connection.execute("UPDATE vehicle_images SET status = 'failed' WHERE position = 0")
        pages["/gone.jpg"] = jpeg(2)
        images("2026-03-01T04:00:00Z")
        assert canon.of(site.url("/gone.jpg"))["outcome"] == "stored"
        assert asked(site) == ["/gone.jpg", "/gone.jpg"]
    rows = canon.connection.execute("SELECT failures, due_at FROM page_fetches").fetchall()
    assert rows == [(0, None)]


def test_a_limit_counts_pictures_and_sites_take_turns(
    canon: Canon, images: Run, gallery: Site
) -> None:
    with serve({f"/{number}.jpg": jpeg(number + 100) for number in range(3)}) as other:
        canon.vehicle("north", "a", *(gallery.url(f"/{number}.jpg") for number in range(40)))
        canon.vehicle("south", "b", *(other.url(f"/{number}.jpg") for number in range(3)))
        canon.vehicle("west", "c", other.url("/0.jpg"))
        done = images(arguments={"limit": "7"})
        assert done.returncode == 0, done.stdout
        assert asked(other) == ["/0.jpg", "/1.jpg", "/2.jpg"]
        assert asked(gallery) == ["/0.jpg", "/1.jpg", "/2.jpg", "/3.jpg"]


def test_a_store_that_is_not_set_is_a_usage_error(images: Run) -> None:
    done = images(IMAGES_STORE="")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "IMAGES_STORE is not set" in done.stdout + done.stderr


def test_a_store_that_takes_nothing_ends_the_run_and_loses_nothing(
    canon: Canon, images: Run, gallery: Site, store: Path
) -> None:
    canon.vehicle("north", "a", *(gallery.url(f"/{number}.jpg") for number in range(40)))
    store.write_text("a file stands where the folder should be")
    early = images()
    assert early.returncode == 1
    assert "pictures cannot be kept" in early.stdout
    assert "set IMAGES_STORE to another place" in early.stdout
    assert gallery.paths() == []

    store.unlink()
    store.mkdir()
    for number in range(256):
        (store / f"{number:02x}").write_text("in the way")
    done = images()
    assert done.returncode == 1, done.stdout
    assert "images_store_unavailable" in done.stdout
    assert "mend it or set IMAGES_STORE to another place, then run again" in done.stderr
    assert canon.fetches("outcome") == []
    assert len(asked(gallery)) < 10

    for number in range(256):
        (store / f"{number:02x}").unlink()
    assert images().returncode == 0
    assert set(canon.fetches("outcome")) == {"stored"}
    assert len(canon.fetches("outcome")) == 40


def test_other_spiders_need_no_store() -> None:
    settings = get_project_settings()
    assert PicturesPipeline not in set[object](settings.getwithbase("ITEM_PIPELINES"))
    Images.update_settings(settings)
    assert PicturesPipeline in set[object](settings.getwithbase("ITEM_PIPELINES"))
