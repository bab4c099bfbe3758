"""The golden rule is the database's: who may write what, asked of the database itself."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors as pg
from psycopg import sql

from store.connect import ROLES, Role
from store.migrate import apply_roles

AsRole = Callable[[Role], psycopg.Connection]

CANONICAL = {
    "businesses",
    "business_aliases",
    "vehicles",
    "vehicle_aliases",
    "vehicle_sources",
    "vehicle_images",
    "organization_images",
    "organization_vehicles",
    "dealer_inventory",
    "dealer_inventory_seen",
    "inventory_walks",
    "vehicle_events",
    "takedowns",
}
QUEUE_COLUMNS = {
    *("status", "attempts", "next_run_at", "token"),
    *("lease_until", "locked_by", "last_error", "updated_at"),
}

# Everything that anybody may write. I, U, D: insert, update, delete; a lower-case letter means that
# only some columns are granted.
WRITES: dict[Role, dict[str, str]] = {
    "paddock_crawler": {
        "classic_seller_queue": "Iu",
        "organization_inventory_sync_queue": "u",
        "import_queue": "i",
        "crawl_runs": "IU",
        "page_fetches": "IU",
        "grid_pages": "IUD",
        "walk_figures": "ID",
        "rendered_sites": "IUD",
    },
    "paddock_normalizer": {
        "organization_inventory_sync_queue": "IuD",
        "import_queue": "u",
        "job_queue": "I",
        "archive_files": "u",
        "observation_histories": "u",
        **dict.fromkeys(CANONICAL, "IUD"),
    },
    "paddock_worker": {"import_queue": "i", "job_queue": "uD", "vehicle_links": "IUD"},
    "paddock_operator": {
        "import_queue": "i",
        "classic_seller_queue": "u",
        "organization_inventory_sync_queue": "u",
        "job_queue": "u",
    },
    "paddock_archivist": {
        "import_queue": "ID",
        "archive_files": "IUD",
        "observation_histories": "IUD",
    },
    "paddock_reader": {},
}

PRIVILEGES = """
SELECT role, relation.relname,
       CASE WHEN has_table_privilege(role, relation.oid, 'INSERT') THEN 'I'
            WHEN has_any_column_privilege(role, relation.oid, 'INSERT') THEN 'i' ELSE '' END
    || CASE WHEN has_table_privilege(role, relation.oid, 'UPDATE') THEN 'U'
            WHEN has_any_column_privilege(role, relation.oid, 'UPDATE') THEN 'u' ELSE '' END
    || CASE WHEN has_table_privilege(role, relation.oid, 'DELETE') THEN 'D' ELSE '' END
    || CASE WHEN has_table_privilege(role, relation.oid, 'TRUNCATE, TRIGGER, REFERENCES')
            THEN '!' ELSE '' END AS writes,
       has_table_privilege(role, relation.oid, 'SELECT') AS reads
FROM pg_class relation CROSS JOIN unnest(%s::text[]) role
WHERE relation.relnamespace = 'public'::regnamespace
  AND relation.relkind IN ('r', 'p', 'v', 'm', 'f')
"""

GRANTED_COLUMNS = """
SELECT attname FROM pg_attribute
WHERE attrelid = %(table)s::regclass AND attnum > 0 AND NOT attisdropped
  AND has_column_privilege(%(role)s, attrelid, attnum, %(privilege)s)
"""


def test_every_role_may_write_exactly_its_own_tables(connection: psycopg.Connection) -> None:
    rows = connection.execute(PRIVILEGES, [list(ROLES)]).fetchall()
    found: dict[str, dict[str, str]] = {role: {} for role in ROLES}
    for role, table, writes, _ in rows:
        if writes:
            found[role][table] = writes
    assert found == WRITES


def test_every_role_may_read_everything(connection: psycopg.Connection) -> None:
    rows = connection.execute(PRIVILEGES, [list(ROLES)]).fetchall()
    assert [(role, table) for role, table, _, reads in rows if not reads] == []


def test_only_the_normalizer_moves_the_revision(connection: psycopg.Connection) -> None:
    rows = connection.execute(
        "SELECT role, has_sequence_privilege(role, oid, 'USAGE, UPDATE')"
        " FROM pg_class CROSS JOIN unnest(%s::text[]) role"
        " WHERE relkind = 'S' AND relnamespace = 'public'::regnamespace",
        [list(ROLES)],
    ).fetchall()
    assert {role for role, allowed in rows if allowed} == {"paddock_normalizer"}


@pytest.mark.parametrize("role", ["paddock_crawler", "paddock_worker", "paddock_operator"])
def test_whoever_appends_observations_may_not_choose_their_queue_columns(
    connection: psycopg.Connection, role: Role
) -> None:
    columns = granted(connection, "import_queue", role, "INSERT")
    assert columns & (QUEUE_COLUMNS | {"created_at"}) == set()
    assert {"key", "observed_at", "raw_data"} <= columns


APPEND = (
    "INSERT INTO import_queue (key, source, kind, url, observed_at, payload_hash, raw_data)"
    " VALUES ('k', %s, 'ruling', 'https://x.example/', now(), 'h', '{}')"
)


@pytest.mark.parametrize("source", ["operator", "legacy"])
@pytest.mark.parametrize("role", ["paddock_crawler", "paddock_worker"])
def test_no_other_program_speaks_in_the_operators_name(
    as_role: AsRole, role: Role, source: str
) -> None:
    program = as_role(role)
    with pytest.raises(pg.InsufficientPrivilege, match=f'{role} may not .* source "{source}"'):
        program.execute(APPEND, [source])
    with (
        pytest.raises(pg.InsufficientPrivilege),
        program.cursor().copy(
            "COPY import_queue (key, source, kind, url, observed_at, payload_hash, raw_data)"
            " FROM STDIN"
        ) as copy,
    ):
        copy.write_row(["k", source, "ruling", "u", "2026-01-01Z", "h", "{}"])
    assert program.execute("SELECT count(*) FROM import_queue").fetchone() == (0,)


@pytest.mark.parametrize("role", ["paddock_operator", "paddock_archivist"])
def test_the_operator_speaks_and_the_archivist_puts_his_words_back(
    as_role: AsRole, role: Role
) -> None:
    for source in ("operator", "legacy"):
        as_role(role).execute(APPEND, [source])
    assert as_role(role).execute("SELECT count(*) FROM import_queue").fetchone() == (2,)


def test_the_normalizer_may_move_observations_along_and_redact_them_but_not_rename_them(
    connection: psycopg.Connection,
) -> None:
    columns = granted(connection, "import_queue", "paddock_normalizer", "UPDATE")
    assert columns == QUEUE_COLUMNS | {"raw_data"}


def test_the_crawler_may_not_change_a_schedule_but_finish_its_slot(
    connection: psycopg.Connection,
) -> None:
    columns = granted(connection, "organization_inventory_sync_queue", "paddock_crawler", "UPDATE")
    assert columns == QUEUE_COLUMNS | {"last_run_at"}


@pytest.mark.parametrize("role", [role for role in ROLES if role != "paddock_normalizer"])
def test_writing_a_canonical_table_is_refused(as_role: AsRole, role: Role) -> None:
    program = as_role(role)
    for table in CANONICAL:
        for statement in (
            "INSERT INTO {} DEFAULT VALUES",
            "DELETE FROM {}",
            "TRUNCATE {}",
            "UPDATE {} SET content_changed_at = now()"
            if table in ("businesses", "vehicles")
            else "SELECT * FROM {} FOR UPDATE",
        ):
            with pytest.raises(pg.InsufficientPrivilege):
                program.execute(sql.SQL(statement).format(sql.Identifier(table)))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE t (x int)",
        "CREATE TEMPORARY TABLE t (x int)",
        "INSERT INTO import_queue (key) VALUES ('k')",
        "DELETE FROM crawl_runs",
        "SELECT nextval('canonical_revision')",
    ],
)
def test_the_reader_writes_nothing_at_all(as_role: AsRole, statement: str) -> None:
    with pytest.raises(pg.InsufficientPrivilege):
        as_role("paddock_reader").execute(statement)


def test_the_normalizer_may_stage_batches_in_temporary_tables(as_role: AsRole) -> None:
    as_role("paddock_normalizer").execute("CREATE TEMPORARY TABLE staged (id uuid)")


def test_roles_may_be_applied_again_and_by_several_at_once(
    database_url: str, connection: psycopg.Connection
) -> None:
    connection.execute("GRANT DELETE ON vehicles TO paddock_reader")
    with ThreadPoolExecutor(4) as threads:
        list(threads.map(apply_roles, [database_url] * 4))
    rows = connection.execute(PRIVILEGES, [["paddock_reader"]]).fetchall()
    assert {writes for _, _, writes, _ in rows} == {""}


def granted(connection: psycopg.Connection, table: str, role: Role, privilege: str) -> set[str]:
    rows = connection.execute(
        GRANTED_COLUMNS, {"table": table, "role": role, "privilege": privilege}
    )
    return {name for (name,) in rows}
