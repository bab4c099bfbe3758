"""Large grids for the crawl benchmark: the replica's dealers with hundreds of pages each.

`python -m bench.grids SITES PAGES [CARS]` renders every grid page once, with so many cars each (as
many as the dealer's template has, unless told), serves them on loopback (one port per site, as the
replica does), prints one line of JSON that names the sites, and ends when its
standard input does. Rendering and serving are this process's, so that they are in nobody's figures.
"""

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import asdict, dataclass, replace
from hashlib import md5
from urllib.parse import urlsplit

from replica.dealers import BY_KEY
from replica.page import Page, Visit, text
from replica.sites.dealer import DealerSite

__all__ = ["SEED", "GridSite"]

SEED = 1
CDN = "https://cdn.bench.example"
DEALERS = (
    "lonestar",  # Dealer Accelerate: Gateway
    "keystone",  # Dealer Accelerate: Classic Auto Mall
    "harbor",  # Dealer Accelerate: GR Auto
    "millbrook",  # AutoRevo
    "northgate",  # JSON-LD list
    "alpenrand",  # microdata
    "pemberton",  # a table
    "bluebell",  # a shop
)
"""The dealers whose grids are served: of every platform, and of the generic readers' main kinds."""

ROBOTS = text("User-agent: *\nDisallow: /admin/\n")
PREFIX = "bench"


@dataclass(frozen=True)
class GridSite:
    """One served site: its theme, where it is, its grid's pages in order, and its cars."""

    theme: str
    origin: str
    pages: tuple[str, ...]
    cars: int


class Bodies(dict[str, Page]):
    """The pages of a site by path and query: its grid's, and its cars' once they were asked for."""

    def __init__(self, rendered: DealerSite) -> None:
        super().__init__()
        self.rendered = rendered

    def __missing__(self, path: str) -> Page:
        page = self[path] = self.rendered.answer(Visit(urlsplit(path).path, {}))
        return page


def site(key: str, origin: str, pages: int, per_page: int = 0) -> tuple[GridSite, Bodies]:
    """Render a dealer with so many pages of ``per_page`` cars (0: as its template has it); returns
    the bodies, too."""
    template = BY_KEY[key]
    name = f"{PREFIX}-{key}-{urlsplit(origin).port}"
    dealer = replace(template, key=name, stock=1, sold=0, sold_in_grid=0)
    rendered = DealerSite(SEED, dealer, origin, CDN)
    if per_page:
        rendered.theme = replace(rendered.theme, per_page=per_page)
    cars = pages * rendered.theme.per_page
    # The calendar looks its dealers up by key: a new row moves nothing that exists.
    BY_KEY[name] = rendered.dealer = replace(dealer, stock=cars)
    bodies = Bodies(rendered)
    urls = tuple(rendered.grid_url(number) for number in range(1, pages + 1))
    for url in urls:
        parts = urlsplit(url)
        query = dict(pair.split("=") for pair in parts.query.split("&") if pair)
        answer = rendered.answer(Visit(parts.path, query))
        bodies[url.removeprefix(origin)] = answer
    return GridSite(rendered.theme.name, origin, urls, cars), bodies


def handler(
    sites: Sequence[Bodies],
) -> Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """Answer GET requests of one site, connections kept alive: 304 to whoever has the page."""

    async def handle(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while line := await reader.readline():
                known = ""
                while header := (await reader.readline()).strip():
                    name, _, value = header.decode("latin-1").partition(":")
                    if name.lower() == "if-none-match":
                        known = value.strip()
                path = line.split()[1].decode("latin-1")
                page = ROBOTS if path == "/robots.txt" else sites[0][path]
                tag = f'"{md5(page.body, usedforsecurity=False).hexdigest()}"'
                status, body = (304, b"") if known == tag else (page.status, page.body)
                head = (
                    f"HTTP/1.1 {status} {status}\r\nContent-Type: {page.content_type}\r\n"
                    f"ETag: {tag}\r\nContent-Length: {len(body)}\r\n\r\n"
                )
                writer.write(head.encode() + body)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    return handle


async def serve(rounds: int, pages: int, per_page: int = 0) -> None:
    """Serve every dealer once per round and wait for the end of standard input."""
    sites: list[list[GridSite]] = []
    for _ in range(rounds):
        sites.append([])
        for key in DEALERS:
            rendered: list[Bodies] = []
            server = await asyncio.start_server(handler(rendered), "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            found, bodies = site(key, f"http://127.0.0.1:{port}", pages, per_page)
            rendered.append(bodies)
            sites[-1].append(found)
    print(json.dumps([[asdict(one) for one in group] for group in sites]), flush=True)
    await asyncio.to_thread(sys.stdin.read)


if __name__ == "__main__":
    asyncio.run(serve(*map(int, sys.argv[1:])))
