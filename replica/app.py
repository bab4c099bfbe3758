"""The ASGI application: finds the site by the port of the connection, lets it answer, and keeps
the access log.
"""

import asyncio
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from hashlib import sha256

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from replica.accesslog import Access, AccessLog
from replica.page import Page, Visit, challenge
from replica.world import World

DATES_ALONE = frozenset(["keystone", "pemberton"])
BOTH_VALIDATORS = frozenset(["lonestar", "classic"])
WITHOUT_VALIDATORS = frozenset(["ridgeline", "bluebell"])
NEWEST_PAGE = 1_760_000_000
"""Seconds since 1970: a page's date is made of its bytes, and no page is younger than this."""


@dataclass
class Trouble:
    """A planted failure: the next `times` answers of a site for paths that start with `prefix`.

    `status` 0 stands for a challenge page; any other number is answered with an empty page of that
    status; 429 and 503 ask to come again after a second.
    """

    site: str
    prefix: str
    status: int
    times: int


class ReplicaApp:
    """All sites behind their ports. `day` may be set at any time; `latency` is the least time of
    an answer in seconds.
    """

    def __init__(self, world: World, ports: Mapping[int, str], day: int = 0, latency: float = 0.0):
        self.world, self.day, self.latency = world, day, latency
        self.ports = dict(ports)
        self.log = AccessLog()
        self.troubles: list[Trouble] = []
        self._started = time.monotonic()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        site = self.ports[scope["server"][1]]
        at, day = time.monotonic() - self._started, self.day
        in_flight, before = self.log.enter(site, request.url.path)
        try:
            visit = Visit(scope["path"], request.query_params, day, before)
            response, delay = self._answer(site, request, visit)
            await asyncio.sleep(max(self.latency, delay))
            agent, url = request.headers.get("user-agent", ""), request.url
            answered = (request.method, url.path, url.query, response.status_code, agent)
            self.log.write(Access(at, site, *answered, in_flight, day))
            await response(scope, receive, send)
        finally:
            self.log.leave(site)

    def _answer(self, site: str, request: Request, visit: Visit) -> tuple[Response, float]:
        if request.method not in ("GET", "HEAD"):
            return Response(status_code=405, headers={"allow": "GET, HEAD"}), 0.0
        page = self._trouble(site, visit.path) or self.world.answer(site, visit)
        headers = dict(page.headers)
        if page.status == 200:
            known = validators(site, page.body)
            headers |= {name: value for name, (_, value) in known.items()}
            # As RFC 9110 has it: where both are sent, the tag alone decides.
            for asked, value in known.values():
                if asked in request.headers:
                    if request.headers[asked] == value:
                        return Response(status_code=304, headers=headers), page.delay
                    break
        # A header of its own: to a media type Starlette would add the charset that a site omits.
        headers["content-type"] = page.content_type
        return Response(page.body, page.status, headers), page.delay

    def _trouble(self, site: str, path: str) -> Page | None:
        for trouble in self.troubles:
            if trouble.site == site and path.startswith(trouble.prefix) and trouble.times > 0:
                trouble.times -= 1
                headers = (("retry-after", "1"),) if trouble.status in (429, 503) else ()
                return Page(b"", trouble.status, headers=headers) if trouble.status else challenge()
        return None


def validators(site: str, body: bytes) -> dict[str, tuple[str, str]]:
    """What a site names this version of a page by: the answer's header to the request's header and
    the value. Some sites know dates alone, some both, some neither.
    """
    digest = sha256(body)
    found = {}
    if site not in DATES_ALONE | WITHOUT_VALIDATORS:
        found["etag"] = ("if-none-match", f'"{digest.hexdigest()[:20]}"')
    if site in DATES_ALONE | BOTH_VALIDATORS:
        age = int.from_bytes(digest.digest()[:4]) % 40_000_000
        date = formatdate(NEWEST_PAGE - age, usegmt=True)
        found["last-modified"] = ("if-modified-since", date)
    return found
