"""The project's own PostgreSQL server, for every machine where no `DATABASE_URL` names one.

Each checkout has one cluster. It listens on a Unix socket only, in a folder that nobody else may
enter, which is why its `trust` authentication is safe; it never touches port 5432 or a cluster of
the system's. PostgreSQL refuses to run as root, so for root every server program runs as the
system's `postgres` account.

| caller        | data                                          | socket                          |
|---------------|-----------------------------------------------|---------------------------------|
| root          | ~postgres/paddock-<checkout>                  | /tmp/paddock-<checkout>-0       |
| anybody else  | <checkout>/.postgres                          | /tmp/paddock-<checkout>-<uid>   |

`fsync` and `synchronous_commit` stay on: with the latter off, acknowledged rows were lost in a
crash test. The tests have a second cluster (`...-tests`) with `fsync` off, where copying and
dropping a database takes a quarter of the time; after a crash it is made anew.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from store.errors import ClusterError

CHECKOUT = Path(__file__).resolve().parent.parent

# The defaults they change: 100 connections, 128 MB and 1 GB. Scrapy's pools, two test sessions and
# a bulk drain all share this server.
_SETTINGS = {"max_connections": "200", "shared_buffers": "256MB", "max_wal_size": "4GB"}
_DISPOSABLE = {"fsync": "off", "full_page_writes": "off", "autovacuum_naptime": "10min"}

_INSTALLATIONS = (
    ("/usr/lib/postgresql", "*/bin"),  # Debian, Ubuntu
    ("/usr", "pgsql-*/bin"),  # PGDG packages of Fedora and Red Hat
    ("/opt/homebrew/opt", "postgresql@*/bin"),  # Homebrew on Apple silicon
    ("/usr/local/opt", "postgresql@*/bin"),  # Homebrew on Intel
)
_INSTALL_HINT = (
    "Run `make setup`, or install it yourself "
    "(Debian, Ubuntu: apt-get install postgresql postgresql-postgis; "
    "macOS: brew install postgresql@17 postgis), or set DATABASE_URL."
)

State = Literal["absent", "stopped", "running"]


@dataclass(frozen=True)
class Account:
    """The system account that the server runs as."""

    name: str
    uid: int
    gid: int

    @classmethod
    def current(cls) -> "Account":
        """This process's account; for root, the `postgres` account that the packages create."""
        try:
            entry = pwd.getpwnam("postgres") if os.geteuid() == 0 else pwd.getpwuid(os.geteuid())
        except KeyError:
            raise ClusterError(
                "PostgreSQL refuses to run as root, and there is no `postgres` account to run it "
                f"as. {_INSTALL_HINT}"
            ) from None
        return cls(entry.pw_name, entry.pw_uid, entry.pw_gid)


@dataclass(frozen=True)
class Cluster:
    """One cluster: where its data and its socket lie, and as whom its server runs.

    A disposable one keeps nothing that is worth keeping, and does not outlive a crash.
    """

    data: Path
    sockets: Path
    account: Account
    disposable: bool = False

    @classmethod
    def of(cls, checkout: Path = CHECKOUT, *, tests: bool = False) -> "Cluster":
        """The cluster that belongs to a checkout and to the calling user, or that of its tests."""
        if not (checkout / "pyproject.toml").is_file():
            raise ClusterError(
                f"{checkout} is no checkout of Paddock, so it has no cluster of its own: "
                "set DATABASE_URL."
            )
        account = Account.current()
        tag = hashlib.sha256(str(checkout.resolve()).encode()).hexdigest()[:8]
        suffix = "-tests" if tests else ""
        home = Path(pwd.getpwuid(account.uid).pw_dir)
        as_root = os.geteuid() == 0
        data = home / f"paddock-{tag}{suffix}" if as_root else checkout / f".postgres{suffix}"
        # Not below the checkout: a socket's path may have no more than 107 bytes.
        sockets = Path(f"/tmp/paddock-{tag}-{os.geteuid()}{suffix}")  # noqa: S108 - see _hold
        return cls(data, sockets, account, disposable=tests)

    @property
    def log(self) -> Path:
        """The server's own log."""
        return self.data / "server.log"

    def url(self, database: str = "paddock") -> str:
        """The connection URL of one of the cluster's databases, as its superuser `paddock`."""
        return f"postgresql://paddock@/{database}?host={self.sockets}"

    def state(self) -> State:
        """What the cluster is now; takes well under a millisecond."""
        if not (self.data / "PG_VERSION").exists():
            return "absent"
        pid = self._postmaster()
        return "running" if pid and self._answers() else "stopped"

    def start(self) -> str:
        """Make the cluster where there is none, start it where it is down; returns its URL.

        Safe to call from several processes at once. Raises ClusterError with what to do next.
        """
        if self._is_ours(self.sockets) and self.state() == "running":
            return self.url()
        with self._hold():
            if self.state() == "absent":
                self._create()
            if self.state() != "running":
                self._launch()
        return self.url()

    def stop(self) -> bool:
        """Stop the server; False where it was not running. Open transactions are rolled back."""
        if not self._postmaster():
            return False
        with self._hold():
            self._run(self._program("pg_ctl"), "stop", "-D", self.data, "-m", "fast", "-w")
        return True

    def destroy(self) -> bool:
        """Stop the server and remove the cluster with all its databases; False if there is none."""
        self.stop()
        existed = (self.data / "PG_VERSION").exists()
        if existed:
            shutil.rmtree(self.data)
        if self._is_ours(self.sockets):
            shutil.rmtree(self.sockets)
        return existed

    def _create(self) -> None:
        if self.data.exists() and any(self.data.iterdir()):
            raise ClusterError(
                f"{self.data} is in use by something else: it has files, but no PostgreSQL "
                "cluster. Move it away, or set DATABASE_URL."
            )
        ctype = "C.UTF-8" if sys.platform == "linux" else "en_US.UTF-8"
        # Made aside and renamed, so an interrupted initdb never looks like a cluster.
        fresh = self.data.with_name(f"{self.data.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)
        self._run(
            *(find_installation() / "initdb", "-D", fresh, "-U", "paddock"),
            *("--auth-local=trust", "--auth-host=reject", "--no-sync", "--encoding=UTF8"),
            # One collation on every machine: by byte.
            *("--locale=C", f"--lc-ctype={ctype}"),
        )
        if self.data.exists():
            self.data.rmdir()
        fresh.rename(self.data)

    def _launch(self) -> None:
        if (self.data / "postmaster.pid").exists() and not self._postmaster():
            # Left behind by a crash. The server would refuse to start where another process of the
            # same account has got its number since.
            (self.data / "postmaster.pid").unlink()
            if self.disposable:  # Without fsync, a crash may have left anything.
                shutil.rmtree(self.data)
                self._create()
        settings = _SETTINGS | (_DISPOSABLE if self.disposable else {})
        options = f"-k {self.sockets} -c listen_addresses="
        for name, value in settings.items():
            options += f" -c {name}={value}"
        self._run(
            *(self._program("pg_ctl"), "start", "-D", self.data, "-l", self.log),
            *("-w", "-t", "60", "-o", options),
        )

    def _program(self, name: str) -> Path:
        version = (self.data / "PG_VERSION").read_text().strip()
        return find_installation(version) / name

    def _run(self, *command: str | Path) -> None:
        other = self.account if os.geteuid() == 0 else None
        try:
            subprocess.run(  # noqa: S603 - our own command, no shell
                [str(part) for part in command],
                user=other.uid if other else None,
                group=other.gid if other else None,
                extra_groups=[] if other else None,
                cwd="/",  # The account may not be able to enter ours.
                env={"PATH": "/usr/bin:/bin", "LC_ALL": "C"},
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                check=True,
            )
        except subprocess.CalledProcessError as error:
            said = (error.stderr + error.stdout).strip()
            log = self._end_of_log() if "start" in command else ""
            raise ClusterError(f"{Path(command[0]).name} failed: {said}\n{log}".strip()) from error

    def _end_of_log(self) -> str:
        lines = self.log.read_text().splitlines()[-8:] if self.log.exists() else []
        return "\n".join([f"The end of {self.log}:", *lines]) if lines else ""

    def _postmaster(self) -> int | None:
        """The pid of the running server, or None; not fooled by a pid file of before a crash."""
        try:
            pid = int((self.data / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
        except (FileNotFoundError, ValueError, ProcessLookupError):
            return None
        except PermissionError:
            return None  # The server is ours or root may signal it; so this is another process.
        command = Path(f"/proc/{pid}/cmdline")
        if command.exists() and str(self.data).encode() not in command.read_bytes():
            return None
        return pid

    def _answers(self) -> bool:
        """Whether the server has finished starting and its socket is there."""
        lines = (self.data / "postmaster.pid").read_text().splitlines()
        if len(lines) < 8 or lines[7].strip() != "ready":
            return False
        with socket.socket(socket.AF_UNIX) as probe:
            return probe.connect_ex(f"{self.sockets}/.s.PGSQL.5432") == 0

    def _is_ours(self, folder: Path) -> bool:
        """Whether the folder exists and only the server's account can enter it."""
        try:
            found = folder.lstat()
        except FileNotFoundError:
            return False
        return (
            stat.S_ISDIR(found.st_mode)
            and found.st_uid == self.account.uid
            and stat.S_IMODE(found.st_mode) == 0o700
        )

    @contextmanager
    def _hold(self) -> Iterator[None]:
        """Make the socket folder, refuse a squatted one, and keep other processes out meanwhile."""
        try:
            self.sockets.mkdir(mode=0o700)
        except FileExistsError:
            pass
        else:
            os.chown(self.sockets, self.account.uid, self.account.gid)
        if not self._is_ours(self.sockets):
            raise ClusterError(
                f"{self.sockets} is in use by somebody else: it should be a folder with mode 0700 "
                f"that belongs to {self.account.name}. Remove it, or set DATABASE_URL."
            )
        with (self.sockets / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


def find_installation(version: str | None = None) -> Path:
    """The folder with `initdb` and `pg_ctl`: of one major version, else the newest with PostGIS.

    Raises ClusterError, naming the packages to install, where there is none.
    """
    found: dict[Path, int] = {}
    for root, pattern in _INSTALLATIONS:
        for folder in Path(root).glob(pattern):
            if (folder / "initdb").exists():
                found[folder.resolve()] = _major(folder)
    if on_path := shutil.which("initdb"):
        folder = Path(on_path).resolve().parent
        found[folder] = _major(folder)
    newest_first = sorted(found, key=lambda folder: found[folder], reverse=True)
    if version is not None:
        for folder in newest_first:
            if found[folder] == int(version):
                return folder
        raise ClusterError(
            f"The cluster was made by PostgreSQL {version}, which is not installed any more. "
            "Install it, or remove the cluster: `python -m store cluster destroy`."
        )
    if not newest_first:
        raise ClusterError(f"PostgreSQL is not installed. {_INSTALL_HINT}")
    for folder in newest_first:
        if _has_postgis(folder):
            return folder
    raise ClusterError(f"PostgreSQL is installed, but not PostGIS. {_INSTALL_HINT}")


def _major(folder: Path) -> int:
    answer = _ask(folder / "pg_ctl", "--version")  # "pg_ctl (PostgreSQL) 15.18 (Debian ...)"
    return int(answer.split(")")[1].strip().split(".")[0])


def _has_postgis(folder: Path) -> bool:
    config = folder / "pg_config"
    if not config.exists():
        return False
    # Debian packs the two apart, and removing one leaves the other.
    control = Path(_ask(config, "--sharedir")) / "extension/postgis.control"
    return control.exists() and any(Path(_ask(config, "--pkglibdir")).glob("postgis-3.*"))


def _ask(program: Path, option: str) -> str:
    done = subprocess.run(  # noqa: S603 - a program of PostgreSQL's own
        [program, option], capture_output=True, text=True, check=True
    )
    return done.stdout.strip()
