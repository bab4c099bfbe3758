"""Bring a database up to the schema: forward only, one transaction per file.

`migrations/0001_schema.sql`, `0002_...` run in the order of their names. `schema_migrations` keeps
the name and checksum of each one applied; a file that changed afterwards is an error, because a
database that ran the old text would differ for ever. `schema.sql` is the truth to read, and a test
proves that the migrations build the same.
"""

import hashlib
from dataclasses import dataclass
from importlib.resources import files
from typing import LiteralString

import psycopg
from psycopg import errors as pg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from store.connect import ROLES, connect, database_url, maintenance_url
from store.errors import DatabaseMissing, MigrationError, NotPermitted, wrapped

# Any number will do, as long as nothing else in the database locks it.
_LOCK = 7_233_625_001

_BOOKKEEPING = """
CREATE TABLE IF NOT EXISTS schema_migrations (
    name       text PRIMARY KEY,
    checksum   text NOT NULL,
    applied_at timestamptz NOT NULL DEFAULT now()
)
"""


@dataclass(frozen=True)
class Migration:
    """One file of `store/migrations/`: our own text, so it may run as it is."""

    name: str
    text: LiteralString

    @property
    def checksum(self) -> str:
        """What `schema_migrations` remembers of the file."""
        return hashlib.sha256(self.text.encode()).hexdigest()


def on_disk() -> list[Migration]:
    """The migrations of this version of Paddock, in the order they run."""
    folder = files("store") / "migrations"
    names = sorted(entry.name for entry in folder.iterdir() if entry.name.endswith(".sql"))
    return [Migration(name, (folder / name).read_text(encoding="utf-8")) for name in names]


def migrate(url: str | None = None, migrations: list[Migration] | None = None) -> list[str]:
    """Create the database and PostGIS where they are missing, then apply what is pending.

    Returns the names of the migrations applied now. Two runs at once are safe: the second waits,
    then finds nothing to do. Raises MigrationError where files and database do not fit together,
    NotPermitted where the login may not create what is missing.
    """
    url = url or database_url()
    migrations = on_disk() if migrations is None else migrations
    create_database(url)
    with (
        wrapped(),
        connect(None, url=url, autocommit=True, statement_timeout=0, idle_timeout=0) as connection,
    ):
        connection.execute("SELECT pg_advisory_lock(%s)", [_LOCK])
        create_postgis(connection)
        _create_bookkeeping(connection)
        pending = _pending(connection, migrations)
        for migration in pending:
            with connection.transaction():
                connection.execute(migration.text)
                connection.execute(
                    "INSERT INTO schema_migrations (name, checksum) VALUES (%s, %s)",
                    [migration.name, migration.checksum],
                )
    return [migration.name for migration in pending]


def apply_roles(url: str | None = None) -> None:
    """Create the programs' roles and grant each exactly what `roles.sql` says; repeatable."""
    text = (files("store") / "roles.sql").read_text(encoding="utf-8")
    with wrapped(), connect(None, url=url, statement_timeout=0) as connection:
        try:
            connection.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
            connection.execute(text)
        except pg.InsufficientPrivilege as error:
            raise NotPermitted(
                f"{error.diag.message_primary}: this login may not create roles or grant on these "
                "tables. Run `python -m store roles` once with a DATABASE_URL whose login owns the "
                f"database and has CREATEROLE, or let an administrator create {', '.join(ROLES)}."
            ) from error


def create_database(url: str) -> bool:
    """Create the URL's database where the server has none of that name; False if it exists."""
    try:
        connect(None, url=url).close()
        return False
    except DatabaseMissing:
        name = conninfo_to_dict(url)["dbname"]
        assert isinstance(name, str)  # Otherwise it could not be missing.
    with wrapped(), connect(None, url=maintenance_url(url), autocommit=True) as connection:
        try:
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        except (pg.DuplicateDatabase, pg.UniqueViolation):
            return False  # Another run was faster.
        except pg.InsufficientPrivilege as error:
            raise NotPermitted(
                f"the database {name!r} does not exist and this login may not create it. "
                f"Let an administrator run: CREATE DATABASE {name} OWNER {connection.info.user}"
            ) from error
    return True


def create_postgis(connection: psycopg.Connection) -> None:
    """Install PostGIS in the connection's database, unless it is there already."""
    try:
        connection.execute("CREATE EXTENSION IF NOT EXISTS postgis")
    except pg.InsufficientPrivilege as error:
        raise NotPermitted(
            "PostGIS is missing in this database and this login may not add it. Let an "
            f"administrator run in {connection.info.dbname!r}: CREATE EXTENSION postgis"
        ) from error
    except (pg.FeatureNotSupported, pg.UndefinedFile) as error:
        raise MigrationError(
            "PostGIS is not installed on the database server. Debian, Ubuntu: "
            "apt-get install postgresql-postgis; macOS: brew install postgis"
        ) from error


def _create_bookkeeping(connection: psycopg.Connection) -> None:
    try:
        connection.execute(_BOOKKEEPING)
    except pg.InsufficientPrivilege as error:
        raise NotPermitted(
            f"the login {connection.info.user!r} may not create tables in "
            f"{connection.info.dbname!r}: migrate with a DATABASE_URL whose login owns the database"
        ) from error


def _pending(connection: psycopg.Connection, migrations: list[Migration]) -> list[Migration]:
    rows = connection.execute("SELECT name, checksum FROM schema_migrations").fetchall()
    applied: dict[str, str] = dict(rows)
    for migration in migrations:
        if applied.get(migration.name, migration.checksum) != migration.checksum:
            raise MigrationError(
                f"{migration.name} has changed since it was applied to this database. Restore the "
                "file and write a new migration; a database that may be thrown away starts afresh "
                "with `python -m store cluster destroy`."
            )
    if unknown := sorted(applied.keys() - {migration.name for migration in migrations}):
        raise MigrationError(
            f"this database is newer than this checkout: it has {', '.join(unknown)}. "
            "Update the checkout."
        )
    pending = [migration for migration in migrations if migration.name not in applied]
    if pending and applied and pending[0].name < max(applied):
        raise MigrationError(
            f"{pending[0].name} sorts before {max(applied)}, which is applied already: "
            "give the new migration the next number."
        )
    return pending
