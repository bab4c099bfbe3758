"""The proxy that the browser is given: it answers every request with a refusal and connects nobody.

The parts of a page come from the crawler's downloader, so whatever arrives here went another way: a
redirect that the browser followed by itself, a websocket, a popup, a worker, the browser's own
errands. It needs no password, for it opens nothing to anybody.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from typing import Self

__all__ = ["DeadEnd"]

HOST = "127.0.0.1"
MAX_HEAD = 8_192
"""Bytes of a request that are looked at."""
PATIENCE = 5.0
"""Seconds that a client may take to say what it wants."""
MAX_CLIENTS = 64
"""Connections at a time; further ones are closed unread."""
REFUSAL = (
    b"HTTP/1.1 403 Forbidden\r\nConnection: close\r\nContent-Type: text/plain\r\n"
    b"Content-Length: 8\r\n\r\nrefused\n"
)
ERRANDS = ("googleapis.com", "google.com", "gvt1.com", "gstatic.com", "mozilla.org")
"""Where browsers call home."""


class DeadEnd:
    """A loopback proxy that refuses; ``refused`` counts by ``connect`` (TLS, websockets),
    ``request`` (plain HTTP), ``errand`` (the browser's own) and ``other``; ``note`` is told of
    each."""

    def __init__(self, note: Callable[[str, str], None] = lambda kind, target: None) -> None:
        self.refused: Counter[str] = Counter()
        self.targets: list[str] = []
        self._note = note
        self._server: asyncio.Server | None = None
        self._clients = 0

    @property
    def url(self) -> str:
        """The proxy's address, once it is open."""
        assert self._server is not None, "the proxy is not open"
        return f"http://{HOST}:{self._server.sockets[0].getsockname()[1]}"

    async def open(self) -> None:
        """Listen on a free port of the loopback."""
        self._server = await asyncio.start_server(self._serve, HOST, 0, limit=MAX_HEAD)

    async def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
            self._server = None

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._clients += 1
        try:
            if self._clients <= MAX_CLIENTS:
                async with asyncio.timeout(PATIENCE):
                    line = await reader.readline()
                    if line:
                        self._count(line.decode("latin-1").split())
                        writer.write(REFUSAL)
                        await writer.drain()
        except (OSError, ValueError, TimeoutError):
            self._count([])
        finally:
            self._clients -= 1
            writer.close()
            with suppress(OSError):
                await writer.wait_closed()

    def _count(self, words: list[str]) -> None:
        method, target = (words[0], words[1]) if len(words) == 3 else ("", "")
        host = target.partition("://")[2].partition("/")[0] or target
        name = host.rpartition(":")[0] or host
        if any(name == errand or name.endswith(f".{errand}") for errand in ERRANDS):
            kind = "errand"
        elif method == "CONNECT":
            kind = "connect"
        else:
            kind = "request" if method else "other"
        self.refused[kind] += 1
        if len(self.targets) < 1_000:
            self.targets.append(target[:200])
        self._note(kind, target[:200])
