"""Asking the pages of known listings that a walk missed: still offered, gone, or no telling.

Absence from a grid proves little; the listing's own page knows. A page counts as gone only while a
sibling page answers, for a site that moved answers 404 to everything.
"""

from collections.abc import Collection, Sequence
from typing import Literal

from contract.payloads import Probe
from contract.urls import is_place, route_of, url_identity
from crawler.extract.page import Page
from crawler.fetch import Fetch, Fetched
from crawler.platforms import Platform
from crawler.redirects import is_new_address, left_the_page, left_the_site

__all__ = ["GONE", "MAX_PROBES", "UNDRAWN", "probe_missing"]

MAX_PROBES = 60
"""Pages asked per walk; the rest is reported as unknown and waits for the next one."""

UNDRAWN = "only a script can show the page"
"""Of a route that no browser has drawn: what the server answers is not its page."""
GONE = frozenset(["http_404", "http_410"])
Verdict = Literal["alive", "gone", "unknown"]
OFFERED = {"in_stock": "offered", "pending": "pending", "sold": "sold mark"}


async def probe_missing(
    missing: Sequence[str],
    siblings: Sequence[str],
    grid_url: str,
    platform: Platform,
    fetch: Fetch,
) -> tuple[Probe, ...]:
    """Request the pages of missing listings, at most MAX_PROBES of them, and judge each.

    ``siblings`` are pages of listings the walk did see: one of them must answer before a missing
    page's 404 means anything. A site that blocks ends the probing; what was not asked is unknown.
    Pages that robots.txt forbids are left out: there absence alone has to do. So are places, for a
    page that shows many cars answers whatever it shows of one.
    """
    missing = [url for url in missing if not is_place(url)]
    siblings = [url for url in siblings if not is_place(url)]
    if not missing:
        return ()
    others = frozenset(url_identity(sibling) for sibling in siblings)
    answered = await _any_answers(siblings[:3], platform, fetch)
    probes: list[Probe] = []
    blocked_by: str | None = None
    for position, url in enumerate(missing):
        if blocked_by or position >= MAX_PROBES:
            sign = blocked_by or f"not asked: {MAX_PROBES} pages a walk"
            probes.append(Probe(url=url, verdict="unknown", sign=sign))
            continue
        fetched = await fetch(url)
        if fetched.failure == "robots":
            continue  # A page that may not be asked says nothing, as if nobody had thought of it.
        if fetched.blocked:
            blocked_by = fetched.failure
        probe = _judge(url, fetched, grid_url, platform, others)
        answered = answered or probe.verdict == "alive"
        probes.append(probe)
    if answered:
        return tuple(probes)
    return tuple(
        Probe(url=probe.url, verdict="unknown", sign=f"{probe.sign}, but no sibling page answers")
        if probe.verdict == "gone"
        else probe
        for probe in probes
    )


async def _any_answers(siblings: Sequence[str], platform: Platform, fetch: Fetch) -> bool:
    for url in siblings:
        fetched = await fetch(url)
        if fetched.page is not None and platform.read_status(fetched.page).status != "gone":
            return True
    return False


def _judge(
    url: str, fetched: Fetched, grid_url: str, platform: Platform, others: Collection[str]
) -> Probe:
    if fetched.page is None:
        gone = fetched.failure in GONE
        return Probe(url=url, verdict="gone" if gone else "unknown", sign=str(fetched.failure))
    if route_of(url) and not fetched.drawn:
        return Probe(url=url, verdict="unknown", sign=UNDRAWN)
    if left_the_site(url, fetched.url, grid_url):
        return Probe(url=url, verdict="unknown", sign="redirected to another site")
    if left_the_page(url, fetched.url, grid_url):
        return Probe(url=url, verdict="gone", sign="redirected to the grid")
    final = url_identity(fetched.url)
    if final != url_identity(url) and not is_new_address(url, fetched.url):
        # The page of a car that the walk saw is that car's. Of any other nobody knows whose it is.
        verdict: Verdict = "gone" if final in others else "unknown"
        return Probe(url=url, verdict=verdict, sign="redirected to another vehicle")
    return _read(url, fetched.page, platform)


def _read(url: str, page: Page, platform: Platform) -> Probe:
    status = platform.read_status(page)
    if status.status == "gone":
        return Probe(url=url, verdict="gone", sign=status.sign)
    if status.status in OFFERED:
        return Probe(url=url, verdict="alive", sign=status.sign, sold=status.status == "sold")
    return Probe(url=url, verdict="unknown", sign=status.sign or "no sign of an offer")
