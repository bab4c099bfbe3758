"""Connections come up as the role that was asked for, or say why not."""

from collections.abc import Callable

import psycopg
import pytest
import shapely
from psycopg import sql
from psycopg.conninfo import make_conninfo

import store.connect
from store.__main__ import main
from store.connect import Role, async_pool, connect, database_url
from store.errors import (
    DatabaseMissing,
    RoleUnavailable,
    StorageFull,
    StoreError,
    StoreUnavailable,
    TimedOut,
    translate,
    wrapped,
)

AsRole = Callable[[Role], psycopg.Connection]

POINT = shapely.Point(-73.97, 40.78)


def test_a_connection_works_as_its_role_and_in_utc(as_role: AsRole) -> None:
    row = (
        as_role("paddock_crawler")
        .execute(
            "SELECT current_user, current_setting('TimeZone'), current_setting('application_name')"
        )
        .fetchone()
    )
    assert row == ("paddock_crawler", "UTC", "paddock_crawler")


def test_the_role_survives_reset(as_role: AsRole) -> None:
    reader = as_role("paddock_reader")
    reader.execute("RESET ROLE")
    reader.execute("DISCARD ALL")
    assert reader.execute("SELECT current_user").fetchone() == ("paddock_reader",)


@pytest.mark.parametrize("type_name", ["geography", "geometry"])
def test_points_cross_the_wire_as_shapely_geometries(as_role: AsRole, type_name: str) -> None:
    query = sql.SQL("SELECT %s::{}").format(sql.SQL(type_name))
    assert as_role("paddock_reader").execute(query, [POINT]).fetchone() == (POINT,)


def test_a_statement_that_takes_too_long_is_ended(database_url: str) -> None:
    with (
        connect("paddock_reader", url=database_url, statement_timeout=0.05) as reader,
        pytest.raises(TimedOut),
        wrapped(),
    ):
        reader.execute("SELECT pg_sleep(5)")


def test_options_of_the_url_stay_in_force(database_url: str) -> None:
    url = make_conninfo(database_url, options="-c work_mem=1234kB", application_name="mine")
    with connect("paddock_reader", url=url) as reader:
        assert reader.execute(
            "SELECT current_user, current_setting('work_mem'), current_setting('application_name')"
        ).fetchone() == ("paddock_reader", "1234kB", "mine")


async def test_a_pool_gives_connections_of_its_role(database_url: str) -> None:
    async with (
        async_pool("paddock_crawler", url=database_url) as pool,
        pool.connection() as connection,
    ):
        answer = await connection.execute("SELECT current_user, %s::geography", [POINT])
        assert await answer.fetchone() == ("paddock_crawler", POINT)
        assert not connection.autocommit


def test_a_dropped_role_is_noticed(database_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A pooler such as PgBouncer may ignore the options of a connection without a word."""
    monkeypatch.setattr(store.connect, "conninfo", lambda *_, **__: database_url)
    with pytest.raises(RoleUnavailable, match="asked for the role paddock_reader, connected as"):
        connect("paddock_reader", url=database_url)


def test_a_login_outside_the_role_is_told_what_to_run(outsider: str) -> None:
    with pytest.raises(RoleUnavailable, match=r"may not use the role.*python -m store roles"):
        connect("paddock_reader", url=outsider)


def test_a_role_that_does_not_exist_is_told_what_to_run(database_url: str) -> None:
    role: Role = "paddock_nobody"  # type: ignore[assignment]
    with pytest.raises(RoleUnavailable, match=r"no role paddock_nobody.*python -m store roles"):
        connect(role, url=database_url)


def test_a_database_that_does_not_exist_is_told_what_to_run(database_url: str) -> None:
    url = make_conninfo(database_url, dbname="paddock_nowhere")
    with pytest.raises(DatabaseMissing, match=r"'paddock_nowhere'.*python -m store migrate"):
        connect("paddock_reader", url=url)


def test_a_server_that_is_not_there_is_unavailable() -> None:
    with pytest.raises(StoreUnavailable):
        connect("paddock_reader", url="postgresql://127.0.0.1:1/paddock")


def test_a_url_that_cannot_be_read_is_not_quoted() -> None:
    with pytest.raises(StoreError, match="DATABASE_URL cannot be read") as caught:
        connect("paddock_reader", url="http://owner:secret@db/paddock")
    assert "secret" not in str(caught.value)
    assert caught.value.__suppress_context__


def test_the_environment_names_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://elsewhere/paddock")
    assert database_url() == "postgresql://elsewhere/paddock"


@pytest.mark.parametrize(
    ("statement", "error"),
    [
        ("SELECT 1/0", "StoreError"),
        ("INSERT INTO page_fetches (url) VALUES ('a'), ('a')", "AlreadyExists"),
        ("INSERT INTO page_fetches (url) VALUES (NULL)", "ConstraintViolated"),
        ("INSERT INTO vehicles DEFAULT VALUES", "NotPermitted"),
        ("DO $$ BEGIN RAISE disk_full; END $$", "StorageFull"),
    ],
)
def test_the_drivers_errors_are_wrapped_once(as_role: AsRole, statement: str, error: str) -> None:
    with pytest.raises(StoreError) as caught, wrapped():
        as_role("paddock_crawler").execute(statement)
    assert type(caught.value).__name__ == error
    assert isinstance(caught.value.__cause__, psycopg.Error)


@pytest.mark.parametrize(
    "said",
    [
        'connection failed: FATAL:  could not write lock file "x": No space left on device',
        "connection failed: FATAL:  could not write init file",
    ],
)
def test_a_full_disk_is_told_from_a_server_that_is_away(said: str) -> None:
    """A failing connection brings no code along, so its text has to tell."""
    error = translate(psycopg.OperationalError(said))
    assert isinstance(error, StorageFull)
    assert "free some space" in str(error)
    assert not isinstance(translate(psycopg.OperationalError("refused")), StorageFull)


def test_a_connection_that_went_away_is_unavailable(
    connection: psycopg.Connection, as_role: AsRole
) -> None:
    crawler = as_role("paddock_crawler")
    connection.execute("SELECT pg_terminate_backend(%s, 5000)", [crawler.info.backend_pid])
    for _ in range(2):
        with pytest.raises(StoreUnavailable), wrapped():
            crawler.execute("SELECT 1")


def test_a_command_on_a_database_without_tables_says_what_to_do(
    empty_database: Callable[[], str],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setenv("DATABASE_URL", empty_database())
    assert main(["queues"]) == 1
    said = capsys.readouterr().err
    assert "Traceback" not in said
    assert said.splitlines()[-1].endswith("python -m store migrate")
