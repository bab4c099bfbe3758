"""How the tests get their database, and why no test reaches the network.

Tests run against real PostgreSQL: the server that `DATABASE_URL` names, else a cluster of the
tests' own (`store/cluster.py`). A session builds one template database from `store/schema.sql` and
`store/roles.sql`; every test that asks for one gets its own copy of it, in about 0.1 s, and may
commit, crash and delete as it likes. Ask for the smallest thing that has what you need:

- no fixture at all: the pure core takes values and returns values;
- `connection`: the database as its owner, to arrange and to look;
- `as_role("paddock_crawler")`: more connections, with the grants of one program;
- `database_url`: the URL itself, for code that connects by itself. `DATABASE_URL` is set to it
  meanwhile, so `store.connect.connect` and subprocesses find it, too;
- `empty_database`: a database without a schema.

A test that runs many hypothesis examples on one database rolls each of them back.

The names of a session's databases are its own, so several sessions may run on one server. Each
holds an advisory lock on its name; the next session drops what a killed one left behind.

Only the loopback is reachable from the test process (PostgreSQL's own library is not concerned).
"""

import ipaddress
import os
import socket
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib.resources import files
from itertools import count
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from psycopg.conninfo import make_conninfo

from store.cluster import Cluster
from store.connect import Role, connect, maintenance_url
from store.errors import StoreUnavailable
from store.migrate import apply_roles

_PREFIX = "paddock_test_"

Tally = Callable[[str, int, int], None]
"""Tells how many bad inputs of a corpus were tried, and how many got through."""


class Server:
    """The database server of this session: makes databases and drops them again."""

    def __init__(self, url: str) -> None:
        self.url = url
        try:
            self._connection = connect(None, url=maintenance_url(url), autocommit=True)
        except StoreUnavailable:  # The login may be confined to its own database.
            self._connection = connect(None, url=url, autocommit=True)
        self.session = f"{_PREFIX}{uuid4().hex[:8]}"
        self._numbers = count(1)
        self._lock(self.session)
        self._drop_leftovers()

    def create(self, template: str | None = None) -> str:
        """Make a database, empty or as a copy of a template; returns its name."""
        name = f"{self.session}_{next(self._numbers)}"
        create = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            create += sql.SQL(" TEMPLATE {}").format(sql.Identifier(template))
            if self._connection.info.server_version >= 150000:
                # Half the time of the newer default, where fsync is off.
                create += sql.SQL(" STRATEGY FILE_COPY")
        self._connection.execute(create)
        # What `roles.sql` says about the database itself is not copied with a template.
        if template:
            self._connection.execute(
                sql.SQL(
                    "REVOKE TEMPORARY ON DATABASE {0} FROM PUBLIC;"
                    "GRANT TEMPORARY ON DATABASE {0} TO paddock_normalizer"
                ).format(sql.Identifier(name))
            )
        return name

    def drop(self, name: str) -> None:
        """Drop a database, throwing out whoever is still connected."""
        self._connection.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )

    def url_of(self, name: str) -> str:
        """The URL of one of this server's databases."""
        return make_conninfo(self.url, dbname=name)

    def close(self) -> None:
        """Drop what is left of this session's databases."""
        self._drop_all_of(self.session)
        self._connection.close()

    def _lock(self, session: str) -> bool:
        row = self._connection.execute(
            "SELECT pg_try_advisory_lock(hashtextextended(%s, 0))", [session]
        ).fetchone()
        return bool(row and row[0])

    def _drop_leftovers(self) -> None:
        rows = self._connection.execute(
            "SELECT DISTINCT substring(datname, %s) FROM pg_database WHERE datname LIKE %s",
            [f"^{_PREFIX}[0-9a-f]{{8}}", f"{_PREFIX}%"],
        ).fetchall()
        for (session,) in rows:
            if session != self.session and self._lock(session):
                self._drop_all_of(session)

    def _drop_all_of(self, session: str) -> None:
        rows = self._connection.execute(
            "SELECT datname FROM pg_database WHERE starts_with(datname, %s)", [session]
        ).fetchall()
        for (name,) in rows:
            self.drop(name)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    """The session's database server."""
    server = Server(os.environ.get("DATABASE_URL") or Cluster.of(tests=True).start())
    yield server
    server.close()


@pytest.fixture(scope="session")
def template_database(server: Server) -> str:
    """The name of a database with schema and grants. Nobody connects to it once it is made."""
    name = server.create()
    schema = (files("store") / "schema.sql").read_text(encoding="utf-8")
    with connect(None, url=server.url_of(name)) as connection:
        connection.execute(schema)
    apply_roles(server.url_of(name))
    return name


@pytest.fixture
def database_url(
    server: Server, template_database: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[str]:
    """A database of this test's own, which `DATABASE_URL` names until the test ends."""
    name = server.create(template_database)
    url = server.url_of(name)
    monkeypatch.setenv("DATABASE_URL", url)
    yield url
    server.drop(name)


@pytest.fixture
def empty_database(server: Server) -> Iterator[Callable[[], str]]:
    """`empty_database()`: the URL of one more database without a schema, for migrations."""
    made: list[str] = []

    def make_one() -> str:
        made.append(server.create())
        return server.url_of(made[-1])

    yield make_one
    for name in made:
        server.drop(name)


@pytest.fixture
def connection(database_url: str) -> Iterator[psycopg.Connection]:
    """The test's database as its owner, each statement committed at once."""
    with connect(None, url=database_url, autocommit=True) as connection:
        yield connection


@pytest.fixture
def as_role(database_url: str) -> Iterator[Callable[[Role], psycopg.Connection]]:
    """`as_role("paddock_crawler")`: a new connection as one program, each statement committed."""
    with ExitStack() as stack:

        def open_one(role: Role) -> psycopg.Connection:
            return stack.enter_context(connect(role, url=database_url, autocommit=True))

        yield open_one


@pytest.fixture
def outsider(connection: psycopg.Connection) -> Iterator[str]:
    """The URL of a login to the test's database that owns nothing and is a member of no role."""
    name, password = f"outsider_{uuid4().hex[:8]}", uuid4().hex
    login = sql.Identifier(name)
    connection.execute(
        sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}").format(login, sql.Literal(password))
    )
    yield make_conninfo(connection.info.dsn, user=name, password=password)
    connection.execute(sql.SQL("DROP ROLE {}").format(login))


@pytest.fixture
def tally(record_property: Callable[[str, object], None]) -> Tally:
    """`tally("pictures", 69, 0)`: the session's summary lists what all corpora gave."""

    def count_in(corpus: str, tried: int, let_through: int) -> None:
        record_property("tally", f"{corpus}: {tried} tried, {let_through} let through")

    return count_in


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print every corpus' figures, whichever worker tried it."""
    tallies = [
        str(figures)
        for reports in terminalreporter.stats.values()
        for report in reports
        for name, figures in getattr(report, "user_properties", ())
        if name == "tally" and report.when == "call"
    ]
    if tallies:
        terminalreporter.section("bad inputs")
        for figures in sorted(tallies):
            terminalreporter.write_line(figures)


class NetworkRefused(OSError):
    """A test tried to leave this machine."""


def _refuse_the_network(event: str, arguments: tuple[object, ...]) -> None:
    """An audit hook: sockets may go to the loopback only, and names resolve to it only."""
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg"):
        _, address = arguments
        # A Unix socket's address is a string.
        if isinstance(address, tuple) and not _is_loopback(address[0]):
            raise NetworkRefused(f"tests reach the loopback only, not {address}")
    elif event in ("socket.getaddrinfo", "socket.gethostbyname"):
        host = arguments[0]
        if host and not _is_literal(host):
            # What a resolver without a network says.
            raise socket.gaierror(socket.EAI_NONAME, f"tests resolve no names: {host!r}")


def _is_loopback(host: object) -> bool:
    if host in ("localhost", b"localhost"):
        return True
    try:
        return ipaddress.ip_address(_text(host)).is_loopback
    except ValueError:
        return False


def _is_literal(host: object) -> bool:
    if _text(host) in ("localhost", socket.gethostname()):
        return True
    try:
        ipaddress.ip_address(_text(host).partition("%")[0])
    except ValueError:
        return False
    return True


def _text(host: object) -> str:
    return host.decode() if isinstance(host, bytes) else str(host)


sys.addaudithook(_refuse_the_network)
