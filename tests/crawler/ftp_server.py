"""A small FTP server on the loopback: as much of RFC 959 and RFC 3659 as a client of feeds needs."""

import socket
import socketserver
import threading
from collections.abc import Mapping
from types import TracebackType
from typing import Self

__all__ = ["FtpServer"]

Files = Mapping[str, bytes]
"""Path → content; later entries were written later."""


class _Session(socketserver.StreamRequestHandler):
    """One client; knows passive mode only."""

    server: "_Server"

    def handle(self) -> None:
        self.passive: socket.socket | None = None
        self.user = ""
        self.say("220 ready")
        while line := self.rfile.readline().decode().strip():
            command, _, argument = line.partition(" ")
            answer = getattr(self, f"do_{command.lower()}", None)
            if answer is None:
                self.say("502 not implemented")
            else:
                answer(argument)
            if command.upper() == "QUIT":
                return

    def finish(self) -> None:
        if self.passive is not None:
            self.passive.close()
        super().finish()

    def say(self, line: str) -> None:
        self.wfile.write(f"{line}\r\n".encode())

    def do_user(self, name: str) -> None:
        self.user = name
        self.say("331 and the password?")

    def do_pass(self, password: str) -> None:
        is_known = (self.user, password) == (self.server.user, self.server.password)
        self.say("230 welcome" if is_known else "530 not you")

    def do_type(self, kind: str) -> None:
        self.say(f"200 type {kind}")

    def do_quit(self, _: str) -> None:
        self.say("221 bye")

    def do_size(self, path: str) -> None:
        found = self.server.files.get(path)
        self.say(f"213 {len(found)}" if found else "550 no such file")

    def do_pasv(self, _: str) -> None:
        self.passive = socket.create_server(("127.0.0.1", 0))
        port = self.passive.getsockname()[1]
        self.say(f"227 here (127,0,0,1,{port >> 8},{port & 255})")

    def do_opts(self, _: str) -> None:
        self.say("200 fine")

    def do_retr(self, path: str) -> None:
        found = self.server.files.get(path)
        self.send(found) if found else self.say("550 no such file")

    def do_mlsd(self, folder: str) -> None:
        prefix = folder.rstrip("/") + "/"
        lines = [
            f"type=file;modify={20260301000000 + number}; {path.removeprefix(prefix)}\r\n"
            for number, path in enumerate(self.server.files)
            if path.startswith(prefix)
        ]
        self.send("".join(["type=dir; old\r\n", *lines]).encode())

    def send(self, content: bytes) -> None:
        assert self.passive is not None
        self.say("150 coming")
        peer, _ = self.passive.accept()
        with peer:
            peer.sendall(content)
        self.passive.close()
        self.say("226 that was it")


class _Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    allow_reuse_address = True
    files: Files
    user: str
    password: str


class FtpServer:
    """Serves files until the block ends."""

    def __init__(self, files: Files, *, user: str, password: str) -> None:
        self.server = _Server(("127.0.0.1", 0), _Session)
        self.server.files, self.server.user, self.server.password = files, user, password
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.02,))

    @property
    def port(self) -> int:
        return int(self.server.server_address[1])

    def __enter__(self) -> Self:
        self.thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()
