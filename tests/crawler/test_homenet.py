"""`scrapy crawl homenet`: dealer feeds into observations, and what the normalizer makes of them."""

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import psycopg
import pytest

from normalizer.__main__ import main as normalizer
from tests.crawler.conftest import Crawl
from tests.crawler.ftp_server import FtpServer
from tests.crawler.loopback import Answer, serve
from tests.normalizer.fleet import World, append, day, handle_of

SITE = "https://www.alpha.example"
HEADER = (
    "Type", "Stock", "VIN", "Year", "Make", "Model", "Trim", "ExteriorColor", "Transmission", "Miles",
    "SellingPrice", "MSRP", "Dealer Name", "Style_Description", "Ext_Color_Generic", "Internet_Price",
    "ImageList",
)  # fmt: skip
VINS = (
    "WP0ZZZ91ZHS100001", "194679S700001", "1ZVBP8CF0E5200003", "9F02R148421",
    "SALLHAMV8KA300005", "WDB1130441000006", "1G1YY22G8W5100007", "JN1RZ24D7MX500008",
)  # fmt: skip

Row = Mapping[str, str]


def row(number: int, **values: str) -> Row:
    """A car of the feed, from 0; values by header."""
    plain = {
        "Type": "Used", "Stock": f"S{number}", "VIN": VINS[number], "Year": str(1969 + number),
        "Make": "Chevrolet", "Model": "Corvette", "Miles": "12345", "SellingPrice": "54900",
        "MSRP": "99999", "Internet_Price": "0", "Dealer Name": "Alpha Motors, LLC",
        "ImageList": f"https://img.example/{number}/a.jpg,https://img.example/{number}/b.jpg",
    }  # fmt: skip
    return {**plain, **values}


def written(path: Path, rows: Sequence[Row], header: Sequence[str] = HEADER) -> Path:
    """Write a feed as HomeNet does: everything quoted, CRLF."""
    text = io.StringIO()
    writer = csv.DictWriter(text, header, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writeheader()
    writer.writerows(rows)
    path.write_bytes(text.getvalue().encode())
    return path


@pytest.fixture
def dealer(connection: psycopg.Connection) -> str:
    """A dealer that the tables know; returns his website."""
    world = World()
    world.profile("alpha", day(0), website=SITE, name="Alpha Motors", city="Monterey")
    append(connection, world.observations)
    assert normalizer(["run"]) == 0
    return SITE


@pytest.fixture
def read(crawl: Crawl, dealer: str) -> Callable[..., Any]:
    """`read(feed, at=…, **arguments)`: one run of the spider at a time."""

    def run(feed: object, at: datetime | None = None, **arguments: str) -> Any:
        settings = {"SPIDER_MODULES": "crawler.spiders"}
        if at:
            settings["OBSERVED_AT"] = at.isoformat()
        given = {"feed": str(feed), "organization": dealer, **arguments}
        return crawl("homenet", given, settings)

    return run


def manifests(connection: psycopg.Connection) -> list[dict[str, Any]]:
    rows = connection.execute(
        "SELECT raw_data FROM import_queue WHERE kind = 'inventory_manifest' AND source = 'homenet'"
        " ORDER BY observed_at, id"
    ).fetchall()
    return [raw for (raw,) in rows]


def listings(connection: psycopg.Connection) -> list[tuple[str, dict[str, Any]]]:
    return connection.execute(
        "SELECT url, raw_data FROM import_queue WHERE kind = 'listing' AND source = 'homenet'"
        " ORDER BY raw_data->>'stock_number'"
    ).fetchall()


def test_a_feed_becomes_listings_and_one_manifest(
    read: Callable[..., Any], connection: psycopg.Connection, tmp_path: Path
) -> None:
    rows = [row(0), row(1, VIN="", Stock="T 63"), row(2, **{"Dealer Name": "Beta Cars"})]
    feed = written(tmp_path / "homenetauto.csv", rows)
    done = read(feed, dealer="Alpha Motors, LLC")
    assert done.returncode == 0, done.stdout + done.stderr
    (manifest,) = manifests(connection)
    assert manifest["grid_url"] == f"file://{feed}"
    assert manifest["organization_id"] == str(handle_of("alpha"))
    shape = {name: manifest[name] for name in ("grid", "run_mode", "platform", "complete")}
    assert shape == {
        "grid": "feed", "run_mode": "current", "platform": "homenet", "complete": True,
    }  # fmt: skip
    assert [entry["url"] for entry in manifest["listings"]] == [VINS[0], "T 63"]
    found = listings(connection)
    assert [url for url, _ in found] == [f"file://{feed}#{VINS[0]}", f"file://{feed}#T%2063"]
    first = found[0][1]
    assert (first["listing_status"], first["status_evidence"]) == ("in_stock", "feed")
    assert (first["price"], first["price_label"]) == ("54900", "Selling Price")
    assert first["image_urls"] == ["https://img.example/0/a.jpg", "https://img.example/0/b.jpg"]
    assert first["attributes"] == {"Type": "Used"}


def test_an_unchanged_feed_costs_one_row(
    read: Callable[..., Any], connection: psycopg.Connection, tmp_path: Path
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    cars = [row(number) for number in range(6)]
    written(folder / "DC12_20260301.csv", cars)
    assert read(folder / "DC12_20260301.csv", day(1)).returncode == 0
    # The next night's file has another name and the same cars.
    later = written(folder / "DC12_20260302.csv", cars)
    before = connection.execute("SELECT count(*) FROM import_queue").fetchone()
    done = read(later, day(2))
    assert done.returncode == 0
    after = connection.execute("SELECT count(*) FROM import_queue").fetchone()
    assert before is not None
    assert after == (before[0] + 1,)
    assert {manifest["grid_url"] for manifest in manifests(connection)} == {
        f"file://{folder}/DC12_*.csv"
    }
    assert "0 appended, 6 unchanged" in done.stdout


def test_robots_rules_hold_for_a_feed_on_the_dealers_site_and_not_on_the_operators_server(
    read: Callable[..., Any], connection: psycopg.Connection, tmp_path: Path
) -> None:
    pages = {
        "/robots.txt": Answer(body="User-agent: *\nDisallow: /"),
        "/feed.csv": Answer(
            body=written(tmp_path / "feed.csv", [row(0)]).read_bytes(),
            headers={"Content-Type": "text/csv"},
        ),
    }
    with serve(pages) as site:
        world = World()
        world.profile("beta", day(0), website=site.url("/"), name="Beta Cars", city="Reno")
        append(connection, world.observations)
        assert normalizer(["run"]) == 0
        done = read(site.url("/feed.csv?dealer=7&token=hush"))
        assert done.returncode == 0, done.stdout + done.stderr
        assert site.paths() == ["/feed.csv?dealer=7&token=hush"]
        done = read(site.url("/feed.csv"), organization=site.url("/"))
        assert done.returncode == 3, done.stdout + done.stderr
        assert site.paths()[1:] == ["/robots.txt"]
    first, second = manifests(connection)
    assert (first["grid_url"], first["complete"]) == (site.url("/feed.csv?dealer=7"), True)
    assert second["incomplete_because"] == "robots"
    kept = connection.execute("SELECT arguments::text FROM crawl_runs").fetchall()
    assert all("hush" not in text for (text,) in kept)


def test_what_is_no_feed_fails_and_proves_nothing(
    read: Callable[..., Any], connection: psycopg.Connection, tmp_path: Path
) -> None:
    feed = tmp_path / "feed.csv"
    feed.write_bytes(b"<!DOCTYPE html><html><body>Please log in</body></html>")
    done = read(feed)
    assert done.returncode == 1, done.stdout + done.stderr
    assert "html: this is a web page" in done.stdout
    assert not listings(connection)
    assert [(m["complete"], m["incomplete_because"]) for m in manifests(connection)] == [
        (False, "html")
    ]
    done = read(tmp_path / "nowhere.csv")
    assert done.returncode == 1, done.stdout + done.stderr
    assert f"there is no file {tmp_path}/nowhere.csv" in done.stdout
    assert len(manifests(connection)) == 1


def test_a_cut_file_tells_what_it_has_and_proves_nothing(
    read: Callable[..., Any], connection: psycopg.Connection, tmp_path: Path
) -> None:
    rows = [row(0), row(0, Model="Camaro"), row(1, VIN="", Stock="", Flux="1"), row(2), row(3)]
    feed = written(tmp_path / "feed.csv", rows, (*HEADER, "Flux"))
    feed.write_bytes(feed.read_bytes()[:-40])
    done = read(feed)
    assert done.returncode == 3, done.stdout + done.stderr
    for said in (
        "truncated",
        "row whose key an earlier row has (1)",
        "row without VIN, stock number and page (1)",
        "unknown column 'Flux' (1)",
    ):
        assert said in done.stdout
    (manifest,) = manifests(connection)
    assert (manifest["complete"], manifest["incomplete_because"]) == (False, "truncated")
    assert [raw["model"] for _, raw in listings(connection)] == ["Corvette", "Corvette"]


def test_a_feed_whose_column_was_renamed_has_drifted_and_proves_no_absence(
    read: Callable[..., Any], connection: psycopg.Connection, tmp_path: Path
) -> None:
    rows = [row(number) for number in range(8)] + [row(7, VIN="", Stock="T8")]
    feed = written(tmp_path / "feed.csv", rows)
    for at in (1, 2):
        assert read(feed, at=day(at)).returncode == 0
    assert normalizer(["run"]) == 0
    renamed = tuple("Glorp" if name == "SellingPrice" else name for name in HEADER)
    left = [{**each, "Glorp": each["SellingPrice"]} for each in rows[1:]]
    without = [{name: each[name] for name in renamed if name in each} for each in left]
    done = read(written(feed, without, renamed), at=day(3))
    assert done.returncode == 3, done.stdout + done.stderr
    assert "(drift: price 100 % → 0 %)" in done.stdout
    assert manifests(connection)[-1]["drift"] == [{"field": "price", "before": 1.0, "now": 0.0}]
    assert normalizer(["run"]) == 3
    walks = connection.execute("SELECT reason FROM inventory_walks ORDER BY observed_at").fetchall()
    assert walks == [(None,), (None,), ("drift:price",)]
    # The file as it was before is good again, whatever was read between.
    assert read(written(feed, rows), at=day(4)).returncode == 0
    # A file that cannot be read whole says nothing about its columns.
    feed.write_bytes(written(feed, without, renamed).read_bytes()[:-20])
    assert read(feed, at=day(5)).returncode == 3
    assert not manifests(connection)[-1].get("drift")


def test_an_unknown_organization_is_a_usage_error_that_says_what_to_do(
    read: Callable[..., Any], connection: psycopg.Connection, tmp_path: Path
) -> None:
    done = read(written(tmp_path / "feed.csv", [row(0)]), organization="https://nobody.example")
    assert done.returncode == 2, done.stdout + done.stderr
    assert "scrapy crawl dealer_profiles" in done.stdout + done.stderr
    assert not manifests(connection)


def test_a_server_that_answers_with_something_else_proves_nothing(
    read: Callable[..., Any], connection: psycopg.Connection
) -> None:
    with serve({}) as site:
        assert read(site.url("/feed.csv")).returncode == 1
    assert [m["incomplete_because"] for m in manifests(connection)] == ["http_404"]


def test_a_feed_is_fetched_from_an_ftp_server(
    read: Callable[..., Any], connection: psycopg.Connection, tmp_path: Path
) -> None:
    content = written(tmp_path / "a.csv", [row(0)]).read_bytes()
    with FtpServer({"/drop/a.csv": content}, user="feeds", password="hush") as server:
        # The website without its scheme names the organization as well.
        done = read(
            f"ftp://feeds:hush@127.0.0.1:{server.port}/drop/", organization="www.alpha.example"
        )
    assert done.returncode == 0, done.stdout + done.stderr
    (manifest,) = manifests(connection)
    assert manifest["grid_url"] == f"ftp://127.0.0.1:{server.port}/drop/"
    assert [entry["url"] for entry in manifest["listings"]] == [VINS[0]]
    kept = connection.execute("SELECT arguments::text FROM crawl_runs").fetchall()
    assert all("hush" not in text for (text,) in kept)
    assert "hush" not in done.stderr


def statuses(connection: psycopg.Connection) -> dict[str, tuple[str, str]]:
    rows = connection.execute(
        "SELECT coalesce(vin, stock), status, status_evidence FROM vehicles"
    ).fetchall()
    return {vin: (status, evidence) for vin, status, evidence in rows}


def test_feed_and_site_are_folded_into_one_inventory(
    read: Callable[..., Any], connection: psycopg.Connection, tmp_path: Path
) -> None:
    """The feed knows all cars, the site the first five. Cars 0 and 5 leave the feed: 0 is still on
    the site, and 5 is on no grid any more."""
    feed = tmp_path / "feed.csv"

    def site_shows(at: float) -> None:
        world = World()
        cards = [
            world.listing("alpha", f"car-{number}", vin=VINS[number], price="$51,000").model_copy(
                update={"title": f"{1969 + number} Chevrolet Corvette, restored"}
            )
            for number in range(5)
        ]
        world.walk("alpha", day(at), cards, site=SITE)
        append(connection, world.observations)

    def feed_has(at: float, *numbers: int) -> None:
        cars = [row(number, ExteriorColor="Riverside Red", Trim="Z06") for number in numbers]
        cars += [row(7, VIN="", Stock=f"F{number}") for number in range(4)] if cars[1:] else []
        done = read(written(feed, cars), day(at))
        assert done.returncode == 0, done.stdout + done.stderr

    site_shows(1)
    feed_has(1.1, *range(8))
    assert normalizer(["run"]) == 0
    joined = connection.execute(
        "SELECT title, price, trim, exterior_color, stock, status,"
        " (SELECT count(*) FROM vehicle_aliases a WHERE a.vehicle_id = v.id), provenance"
        " FROM vehicles v WHERE vin = %s",
        [VINS[0]],
    ).fetchall()
    ((*columns, provenance),) = joined
    title = "1969 Chevrolet Corvette, restored"
    assert columns == [title, 51000, "Z06", "Riverside Red", "S0", "in_stock", 2]
    sources = {column: source for column, (source, _) in provenance.items()}
    assert (sources["title"], sources["price"]) == ("dealer_site", "dealer_site")
    assert {sources[column] for column in ("make", "trim", "vin", "stock")} == {"homenet"}
    assert connection.execute("SELECT count(*) FROM vehicles").fetchone() == (12,)
    # A car that only the feed knows has its price from there: 0 is no price, SellingPrice is one.
    assert connection.execute(
        "SELECT price, price_kind FROM vehicles WHERE vin = %s", [VINS[6]]
    ).fetchall() == [(54900, "asking")]

    left = [1, 2, 3, 4, 6, 7]
    for at in (2, 3):
        site_shows(at)
        feed_has(at + 0.1, *left)
    # Far fewer rows than before prove nothing, however often.
    feed_has(4.1, 1)
    assert normalizer(["run"]) == 3
    assert statuses(connection)[VINS[5]][0] == "in_stock"
    verdicts = connection.execute(
        "SELECT reason FROM inventory_walks WHERE grid = 'feed' ORDER BY observed_at"
    ).fetchall()
    assert verdicts == [(None,), (None,), (None,), ("below_share",)]

    site_shows(5)
    feed_has(5.1, *left)
    normalizer(["run"])
    found = statuses(connection)
    assert found.pop(VINS[5]) == ("sold", "absence")
    assert {status for status, _ in found.values()} == {"in_stock"}
