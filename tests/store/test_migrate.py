"""Migrations run forward only, once each, and build what `schema.sql` says."""

import re
import subprocess
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from importlib.resources import files
from itertools import chain

import psycopg
import pytest
from psycopg.conninfo import make_conninfo

from store.cluster import find_installation
from store.connect import connect
from store.errors import MigrationError, NotPermitted
from store.migrate import Migration, apply_roles, create_postgis, migrate, on_disk

Make = Callable[[], str]

FIRST = Migration("0001_first.sql", "CREATE TABLE first (id int)")
SECOND = Migration("0002_second.sql", "CREATE TABLE second (id int)")


def test_migrations_build_what_the_schema_says(empty_database: Make) -> None:
    migrated, direct = empty_database(), empty_database()
    migrate(migrated)
    with connect(None, url=direct) as connection:
        connection.execute((files("store") / "schema.sql").read_text(encoding="utf-8"))
    assert dump(migrated) == dump(direct), (
        "schema.sql and the migrations differ: write a migration for what changed"
    )


def test_grants_fit_a_migrated_database(empty_database: Make) -> None:
    url = empty_database()
    migrate(url)
    apply_roles(url)
    with connect("paddock_reader", url=url) as reader:
        assert reader.execute("SELECT count(*) FROM schema_migrations").fetchone() == (
            len(on_disk()),
        )


def test_a_second_run_finds_nothing_to_do(empty_database: Make) -> None:
    url = empty_database()
    assert migrate(url, [FIRST]) == ["0001_first.sql"]
    assert migrate(url, [FIRST]) == []
    assert migrate(url, [FIRST, SECOND]) == ["0002_second.sql"]


def test_runs_at_the_same_time_apply_each_migration_once(empty_database: Make) -> None:
    url = empty_database()
    with ThreadPoolExecutor(4) as threads:
        applied = list(threads.map(lambda _: migrate(url, [FIRST, SECOND]), range(4)))
    assert sorted(chain.from_iterable(applied)) == ["0001_first.sql", "0002_second.sql"]


def test_a_failing_migration_leaves_nothing_of_itself(empty_database: Make) -> None:
    url = empty_database()
    broken = Migration("0002_broken.sql", "CREATE TABLE second (id int); SELECT 1/0")
    with pytest.raises(Exception, match="division by zero"):
        migrate(url, [FIRST, broken])
    assert tables(url) == {"first"}
    assert migrate(url, [FIRST, SECOND]) == ["0002_second.sql"]


@pytest.mark.parametrize(
    ("later", "reason"),
    [
        ([Migration("0001_first.sql", "CREATE TABLE other (id int)"), SECOND], "has changed"),
        ([FIRST], "newer than this checkout"),
        ([FIRST, Migration("0001_second.sql", "SELECT 1"), SECOND], "the next number"),
    ],
    ids=["changed", "unknown", "out of order"],
)
def test_files_that_do_not_fit_the_database_are_an_error(
    empty_database: Make, later: list[Migration], reason: str
) -> None:
    url = empty_database()
    migrate(url, [FIRST, SECOND])
    with pytest.raises(MigrationError, match=reason):
        migrate(url, later)
    assert tables(url) == {"first", "second"}


def test_a_missing_database_is_created(empty_database: Make) -> None:
    maintenance = empty_database()
    with connect(None, url=maintenance, autocommit=True) as owner:
        name = f"{owner.info.dbname}_new"
        url = make_conninfo(maintenance, dbname=name)
        try:
            assert migrate(url, [FIRST]) == ["0001_first.sql"]
            assert tables(url) == {"first"}
        finally:
            owner.execute(psycopg.sql.SQL("DROP DATABASE {}").format(psycopg.sql.Identifier(name)))


def test_a_login_that_may_not_is_told_who_may(outsider: str) -> None:
    with pytest.raises(NotPermitted, match=r"may not create tables in .*owns the database"):
        migrate(outsider, [FIRST])
    with pytest.raises(NotPermitted, match=r"may not create it.*CREATE DATABASE nowhere"):
        migrate(make_conninfo(outsider, dbname="nowhere"), [FIRST])
    with pytest.raises(NotPermitted, match=r"python -m store roles.*CREATEROLE"):
        apply_roles(outsider)


def test_names_order_the_migrations_on_disk() -> None:
    names = [migration.name for migration in on_disk()]
    assert names[0] == "0001_schema.sql"
    assert [int(name[:4]) for name in names] == list(range(1, len(names) + 1))


def test_postgis_is_left_alone_where_it_is(empty_database: Make) -> None:
    with connect(None, url=empty_database(), autocommit=True) as connection:
        create_postgis(connection)
        create_postgis(connection)


def tables(url: str) -> set[str]:
    with connect(None, url=url) as connection:
        rows = connection.execute(
            "SELECT relname FROM pg_class WHERE relkind = 'r'"
            " AND relnamespace = 'public'::regnamespace"
        ).fetchall()
    return {name for (name,) in rows} - {"schema_migrations", "spatial_ref_sys"}


def dump(url: str) -> str:
    """The whole schema as pg_dump writes it, without the migrations' own table."""
    program = find_installation() / "pg_dump"
    done = subprocess.run(
        [program, "--schema-only", "--exclude-table=schema_migrations", f"--dbname={url}"],
        capture_output=True,
        text=True,
        check=True,
    )
    # Newer versions fence the script with a random word.
    return re.sub(r"^\\(un)?restrict .*$", "", done.stdout, flags=re.MULTILINE)
