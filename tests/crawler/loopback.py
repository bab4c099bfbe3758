"""Small real web servers on the loopback, each path with a behaviour of its own."""

import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

__all__ = ["Answer", "Behaviour", "Site", "hang", "reset", "serve"]

Behaviour = Callable[[BaseHTTPRequestHandler], None]


@dataclass(frozen=True)
class Answer:
    """A fixed answer: status, body, headers."""

    status: int = 200
    body: bytes | str = "<html><title>Page</title><body>page</body></html>"
    headers: Mapping[str, str] = field(default_factory=dict)

    def __call__(self, handler: BaseHTTPRequestHandler) -> None:
        body = self.body.encode() if isinstance(self.body, str) else self.body
        handler.send_response(self.status)
        headers = {"Content-Type": "text/html; charset=utf-8", **self.headers}
        for name, value in headers.items():
            handler.send_header(name, value)
        handler.send_header("Content-Length", str(len(body)))
        handler.end_headers()
        handler.wfile.write(body)


def hang(handler: BaseHTTPRequestHandler) -> None:
    """Never answer while the client waits."""
    time.sleep(20)


def reset(handler: BaseHTTPRequestHandler) -> None:
    """Close the connection with a TCP reset."""
    connection = handler.connection
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    connection.close()


class Site:
    """A running site: ``url(path)``, and ``hits`` as (path, monotonic time) in order of arrival; ``bodies`` are those
    of POST requests."""

    def __init__(self, server: ThreadingHTTPServer, host: str) -> None:
        self.server = server
        self.host = host
        self.hits: list[tuple[str, float]] = []
        self.agents: set[str] = set()
        self.bodies: list[bytes] = []

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def url(self, path: str = "/") -> str:
        return f"http://{self.host}:{self.port}{path}"

    def paths(self) -> list[str]:
        """The paths that were asked for, in order."""
        return [path for path, _ in self.hits]


@contextmanager
def serve(pages: Mapping[str, Behaviour], host: str = "127.0.0.1", port: int = 0) -> Iterator[Site]:
    """Serve pages by path; a path of its own is a 404. ``*`` stands for all others."""

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.hits.append((self.path, time.monotonic()))
            site.agents.add(self.headers.get("User-Agent", ""))
            behaviour = pages.get(self.path) or pages.get(path) or pages.get("*")
            with suppress(BrokenPipeError, ConnectionResetError):
                (behaviour or Answer(404, "no such page"))(self)

        def do_POST(self) -> None:
            site.bodies.append(self.rfile.read(int(self.headers.get("Content-Length", 0))))
            self.do_GET()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    class Server(ThreadingHTTPServer):
        daemon_threads = True
        # A client that hangs up is part of the tests.
        block_on_close = False

        def handle_error(self, request: Any, client_address: Any) -> None:
            pass

    server = Server((host, port), Handler)
    site = Site(server, host)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
