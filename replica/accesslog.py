"""What was asked of the replica: one line per request, readable while it serves."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from threading import Lock


@dataclass(frozen=True)
class Access:
    """One answered request.

    `at` is in seconds since the server started, taken when the request came in; `in_flight` counts
    the requests that the site was then answering, this one included: 2 means that the client asked
    twice at once.
    """

    at: float
    site: str
    method: str
    path: str
    query: str
    status: int
    user_agent: str
    in_flight: int
    day: int


class AccessLog:
    """All requests in the order of their arrival. Safe to read from another thread."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._lines: list[Access] = []
        self._in_flight: Counter[str] = Counter()
        self._seen: Counter[tuple[str, str]] = Counter()

    def enter(self, site: str, path: str) -> tuple[int, int]:
        """Count a request in; gives how many are in flight on its site, and how many came for its
        path before.
        """
        with self._lock:
            self._in_flight[site] += 1
            before = self._seen[site, path]
            self._seen[site, path] += 1
            return self._in_flight[site], before

    def write(self, line: Access) -> None:
        """Keep a request's line; it can be read before the client has the last byte."""
        with self._lock:
            self._lines.append(line)

    def leave(self, site: str) -> None:
        """Count a request out."""
        with self._lock:
            self._in_flight[site] -= 1

    def __iter__(self) -> Iterator[Access]:
        with self._lock:
            return iter(sorted(self._lines, key=lambda line: line.at))

    def __len__(self) -> int:
        return len(self._lines)

    def of(self, site: str) -> list[Access]:
        """The lines of one site."""
        return [line for line in self if line.site == site]

    def clear(self) -> None:
        """Forget the lines, and that any path was ever asked for."""
        with self._lock:
            self._lines.clear()
            self._seen.clear()
