"""Connections to the database, each as the role of one program.

A role is set through libpq's `options`, so it is in force from the first statement on and survives
`RESET ROLE`. A pooler may drop `options` silently, which would leave a program running as the
owner: so every new connection asserts who it is. This protects against mistakes; where programs
must be walled off from each other, give each its own login and its own `DATABASE_URL`.
"""

import os
from typing import Any, Literal, get_args

import psycopg
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.types import TypeInfo
from psycopg.types.shapely import register_shapely
from psycopg_pool import AsyncConnectionPool

from store.cluster import Cluster
from store.errors import DatabaseMissing, RoleUnavailable, StoreError, translate

Role = Literal[
    "paddock_crawler",
    "paddock_normalizer",
    "paddock_worker",
    "paddock_operator",
    "paddock_archivist",
    "paddock_reader",
]
ROLES: tuple[Role, ...] = get_args(Role)

# Network waits, in seconds: a dead host is noticed within about a minute instead of two hours.
_NETWORK = {
    "connect_timeout": "10",
    "keepalives_idle": "30",
    "keepalives_interval": "10",
    "keepalives_count": "3",
}

# One round trip tells who we are and whether PostGIS is here.
_INTRODUCTION = """
SELECT current_user, to_regtype('geography')::oid, to_regtype('geography[]')::oid,
       to_regtype('geometry')::oid, to_regtype('geometry[]')::oid
"""


def database_url() -> str:
    """`DATABASE_URL`; where it is unset, the project's own cluster, started if it is down.

    Raises ClusterError, saying what to do next, when that cluster cannot be started.
    """
    return os.environ.get("DATABASE_URL") or Cluster.of().start()


def conninfo(
    role: Role | None,
    url: str | None = None,
    *,
    statement_timeout: float = 60,
    idle_timeout: float = 60,
) -> str:
    """The connection string for one role; None means the login itself, for migrations and tests.

    `statement_timeout` caps one statement and `idle_timeout` the pause inside a transaction, both
    in seconds; 0 lifts the cap. Options that the URL or PGOPTIONS brings along stay in force.
    Raises StoreError for a URL that cannot be read.
    """
    try:
        given = conninfo_to_dict(url or database_url())
    except psycopg.ProgrammingError:
        # The driver's message quotes the URL, password included.
        raise StoreError(
            "DATABASE_URL cannot be read: it should look like postgresql://user@host/database"
        ) from None
    options = [
        str(given.get("options") or os.environ.get("PGOPTIONS", "")),
        "-c TimeZone=UTC",
        f"-c statement_timeout={round(statement_timeout * 1000)}",
        f"-c idle_in_transaction_session_timeout={round(idle_timeout * 1000)}",
    ]
    if role:
        options.append(f"-c role={role}")
    settings = {"application_name": role or "paddock", **_NETWORK, **given}
    return make_conninfo("", **{**settings, "options": " ".join(filter(None, options))})


def connect(
    role: Role | None,
    *,
    url: str | None = None,
    autocommit: bool = False,
    statement_timeout: float = 60,
    idle_timeout: float = 60,
) -> psycopg.Connection:
    """Open one synchronous connection as `role`, with shapely geometries registered.

    Raises StoreUnavailable when no server answers, DatabaseMissing before the first `migrate`, and
    RoleUnavailable where the role does not exist or the pooler between dropped it.
    """
    url = url or database_url()
    target = conninfo(role, url, statement_timeout=statement_timeout, idle_timeout=idle_timeout)
    try:
        connection = psycopg.connect(target, autocommit=True)
    except psycopg.OperationalError as error:
        raise _diagnosed(error, role, url) from error
    try:
        row = connection.execute(_INTRODUCTION).fetchone()
        assert row is not None
        _greet(connection, role, row)
        connection.autocommit = autocommit
    except BaseException:
        connection.close()
        raise
    return connection


def async_pool(
    role: Role,
    *,
    url: str | None = None,
    min_size: int = 1,
    max_size: int = 4,
    timeout: float = 10,
    statement_timeout: float = 60,
    idle_timeout: float = 60,
    **settings: Any,
) -> AsyncConnectionPool:
    """A closed pool of asynchronous connections as `role`: open it inside the running loop.

    `timeout` is how long, in seconds, a caller waits for a connection; more `settings` go to
    psycopg's pool. Open it with `await pool.open(wait=True, timeout=5)`.
    """

    async def introduce(connection: psycopg.AsyncConnection) -> None:
        await connection.set_autocommit(True)
        row = await (await connection.execute(_INTRODUCTION)).fetchone()
        assert row is not None
        _greet(connection, role, row)
        await connection.set_autocommit(False)

    target = conninfo(role, url, statement_timeout=statement_timeout, idle_timeout=idle_timeout)
    return AsyncConnectionPool(
        target,
        min_size=min_size,
        max_size=max_size,
        timeout=timeout,
        configure=introduce,
        name=role,
        open=False,
        **settings,
    )


def maintenance_url(url: str) -> str:
    """The same server's `postgres` database, from where databases are created and dropped."""
    return make_conninfo(url, dbname="postgres")


def _greet(
    connection: psycopg.Connection | psycopg.AsyncConnection,
    role: Role | None,
    row: tuple[Any, ...],
) -> None:
    """Assert the role and register the types, given the answer to `_INTRODUCTION`."""
    user, *oids = row
    if role and user != role:
        raise RoleUnavailable(
            f"asked for the role {role}, connected as {user}: something between dropped the "
            "`options` of the connection (PgBouncer does so with ignore_startup_parameters). "
            "Connect past it, or give the program a login of its own."
        )
    # The last registration says as what a shapely value is sent: a geometry, which PostGIS casts
    # to geography by itself.
    for name, (oid, array_oid) in (("geography", oids[:2]), ("geometry", oids[2:])):
        if oid:
            register_shapely(TypeInfo(name, oid, array_oid or 0), connection)


def _diagnosed(error: psycopg.OperationalError, role: Role | None, url: str) -> StoreError:
    """Why a connection failed, found by asking the server, since libpq passes on no error code."""
    try:
        with psycopg.connect(conninfo(None, url)) as owner:
            login = owner.info.user
            # Since PostgreSQL 16, being a member does not imply that one may SET ROLE.
            privilege = "SET" if owner.info.server_version >= 160000 else "MEMBER"
            found = owner.execute(
                "SELECT pg_has_role(rolname, %s) FROM pg_roles WHERE rolname = %s",
                [privilege, role],
            ).fetchone()
    except psycopg.OperationalError:
        name = conninfo_to_dict(url).get("dbname")
        if name and _server_lacks(str(name), url):
            return DatabaseMissing(
                f"the database {name!r} does not exist yet: run `python -m store migrate`"
            )
        return translate(error)
    if role and not (found and found[0]):
        lacks = f"the login {login!r} may not use the role" if found else "there is no role"
        return RoleUnavailable(f"{lacks} {role}: run `python -m store roles`")
    return translate(error)


def _server_lacks(database: str, url: str) -> bool:
    try:
        with psycopg.connect(conninfo(None, maintenance_url(url))) as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            return connection.execute(query, [database]).fetchone() is None
    except psycopg.OperationalError:
        return False
