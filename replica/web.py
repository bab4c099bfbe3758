"""Runs the replica on loopback, one port per site, in a thread of the caller's process."""

import shutil
import socket
import threading
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

import uvicorn

from replica.accesslog import AccessLog
from replica.app import ReplicaApp, Trouble
from replica.truth import Truth, truth_of
from replica.world import SEED, World, site_keys

HOST = "127.0.0.1"
START_TIMEOUT = 20.0


BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def has_browser() -> bool:
    """Whether this machine can draw a page."""
    return any(map(shutil.which, BROWSERS))


class PortInUse(RuntimeError):
    """A port that was asked for is taken."""


class Replica:
    """A running replica. Everything may be read, and `day` set, while it serves."""

    def __init__(self, app: ReplicaApp, origins: Mapping[str, str]):
        self._app = app
        self.origins = dict(origins)
        self.classic_base_url = origins["classic"]
        self.allowed_networks = f"{HOST}/32"

    @property
    def day(self) -> int:
        """The calendar's page; setting it turns the page for every later request."""
        return self._app.day

    @day.setter
    def day(self, day: int) -> None:
        if day < 0:
            raise ValueError("days count from 0")
        self._app.day = day

    @property
    def world(self) -> World:
        """The sites, for pages without a request."""
        return self._app.world

    @property
    def log(self) -> AccessLog:
        """The access log."""
        return self._app.log

    @property
    def truth(self) -> Truth:
        """What a fair observer, who looked every day from day 0, knows on the present day: with a
        browser, where this machine has one."""
        return truth_of(self._app.world, self.day, browser=has_browser())

    @property
    def environment(self) -> dict[str, str]:
        """The environment variables that point Paddock at the replica."""
        return {
            "CLASSIC_BASE_URL": self.classic_base_url,
            "FETCH_ALLOWED_NETWORKS": self.allowed_networks,
        }

    def fail(self, site: str, prefix: str = "/", status: int = 503, times: int = 1) -> None:
        """Answer the next `times` requests of a site for paths under `prefix` with `status`; 0 is
        a challenge page.
        """
        self._app.troubles.append(Trouble(site, prefix, status, times))


@contextmanager
def serve(
    day: int = 0,
    ports: Mapping[str, int] | int | None = None,
    seed: int = SEED,
    latency: float = 0.002,
) -> Iterator[Replica]:
    """Serve the replica until the block ends; the caller's event loop, if any, is not blocked.

    `ports` maps site keys to ports, or is the first of consecutive ports, or None; ports that are
    not given are chosen free. Pages name each other by port, so equal ports and seed give equal
    bytes. Raises PortInUse.
    """
    sockets = _bind(ports)
    numbers = {key: sock.getsockname()[1] for key, sock in sockets.items()}
    origins = {key: f"http://{HOST}:{number}" for key, number in numbers.items()}
    by_port = {number: key for key, number in numbers.items()}
    app = ReplicaApp(World(origins, seed), by_port, day, latency)
    config = uvicorn.Config(
        app,
        log_level="critical",
        access_log=False,
        lifespan="off",
        ws="none",
        timeout_graceful_shutdown=2,
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(
        target=server.run, args=(list(sockets.values()),), name="replica", daemon=True
    )
    thread.start()
    try:
        _await_start(server, thread)
        yield Replica(app, origins)
    finally:
        server.should_exit = True
        thread.join(timeout=10)
        for sock in sockets.values():
            sock.close()


def _bind(ports: Mapping[str, int] | int | None) -> dict[str, socket.socket]:
    keys = site_keys()
    if isinstance(ports, int):
        ports = {key: ports + index for index, key in enumerate(keys)}
    wanted = ports or {}
    if unknown := set(wanted) - set(keys):
        raise ValueError(
            f"no such site: {', '.join(sorted(unknown))}; the sites are {', '.join(keys)}"
        )
    sockets: dict[str, socket.socket] = {}
    # Given ports first, so that a port chosen free cannot be one that another site asked for.
    for key in sorted(keys, key=lambda key: key not in wanted):
        sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sockets[key] = sock
        try:
            sock.bind((HOST, wanted.get(key, 0)))
            sock.listen(128)
        except OSError as error:
            for opened in sockets.values():
                opened.close()
            raise PortInUse(
                f"port {wanted.get(key)} for the site {key!r} cannot be used ({error.strerror}); "
                "stop what listens there or choose other ports"
            ) from error
    return {key: sockets[key] for key in keys}


def _await_start(server: uvicorn.Server, thread: threading.Thread) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the replica did not start")
        time.sleep(0.005)
