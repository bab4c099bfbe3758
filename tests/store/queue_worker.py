"""A worker for tests to crash: `queue_worker.py run` works the queue, else the word is its stop.

A stop prints the name of the point and waits for a line on standard input, so that the test can
kill, freeze or continue the process there: `started`, `claimed`, `effect` (written, in the open
transaction), `completed` (in the open transaction), `committed`. With SKEW set, its clock is that
many seconds off. A job whose payload is `{"poison": true}` kills it.
"""

import os
import signal
import sys
import time
from datetime import timedelta
from types import FrameType

from store.connect import connect
from store.queue import Claim, LeaseLost, Queue

_SKEW = float(os.environ.get("SKEW", "0"))
_LEASE = timedelta(seconds=float(os.environ.get("LEASE", "1")))
_QUEUE = Queue("job_queue")


def _stop_at(point: str, wanted: str) -> None:
    if point == wanted:
        print(point, flush=True)
        sys.stdin.readline()


def _terminate(signum: int, frame: FrameType | None) -> None:
    raise SystemExit(0)


def main(wanted: str) -> None:
    """Work until nothing is due, stopping where the test wants it."""
    real = time.time
    time.time = lambda: real() + _SKEW
    signal.signal(signal.SIGTERM, _terminate)
    with connect("paddock_worker", autocommit=True) as connection:
        _stop_at("started", wanted)
        while True:
            _QUEUE.sweep(connection)
            claims = _QUEUE.claim(connection, 1, f"worker:{os.getpid()}", _LEASE)
            if not claims:
                return
            try:
                _stop_at("claimed", wanted)
                _work(claims[0], wanted)
            except SystemExit:
                _QUEUE.release(connection, claims)
                raise


def _work(claim: Claim, wanted: str) -> None:
    if claim.row["payload"].get("poison"):
        os.kill(os.getpid(), signal.SIGKILL)
    with connect("paddock_worker", autocommit=True) as connection:
        try:
            with connection.transaction():
                connection.execute(
                    "INSERT INTO effects VALUES (%s, %s)",
                    [claim.row["idempotency_key"], os.getpid()],
                )
                _stop_at("effect", wanted)
                _QUEUE.complete(connection, claim)
                _stop_at("completed", wanted)
        except LeaseLost:
            print("lost", flush=True)
    _stop_at("committed", wanted)


if __name__ == "__main__":
    main(sys.argv[1])
