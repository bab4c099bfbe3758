"""Which of the links on a profile leads to the dealer's own website."""

import re
from functools import cache
from importlib.resources import files
from urllib.parse import parse_qsl, urlsplit

from contract.urls import clean_url, site_of

__all__ = ["is_outgoing", "is_own_site", "shown_site", "unwrap"]

# Parameters in which redirectors carry the page they lead to.
REDIRECT_PARAMETERS = frozenset(
    ["url", "u", "to", "target", "dest", "destination", "redirect", "q"]
)


@cache
def _not_own() -> frozenset[str]:
    lines = files("crawler.extract").joinpath("not_own_sites.txt").read_text().splitlines()
    return frozenset(line for line in map(str.strip, lines) if line and not line.startswith("#"))


def is_own_site(url: str, directory_sites: frozenset[str] = frozenset()) -> bool:
    """Tell whether a page can be a dealer's own: no social network, marketplace, map or directory.

    ``directory_sites`` are further sites that are not: the roster's own, wherever it is served.
    """
    site = site_of(url)
    labels = site.partition(":")[0].split(".")
    if site in directory_sites:
        return False
    return not any(".".join(labels[start:]) in _not_own() for start in range(len(labels)))


def unwrap(url: str, directory_sites: frozenset[str]) -> str:
    """Follow the directory's own outgoing redirector on paper: ``/out?url=https%3A%2F%2F…``."""
    if site_of(url) not in directory_sites:
        return url
    for name, value in parse_qsl(urlsplit(url).query):
        if name.lower() in REDIRECT_PARAMETERS and value.startswith(("http://", "https://")):
            return clean_url(url, value) or url
    return url


OUTGOING = re.compile(
    r"/(?:out(?:bound|going|link)?|redirect|redir|go(?:to)?|visit|exit|leave|external|away|click|"
    r"track|website)(?:/|$|\.)",
    re.IGNORECASE,
)
SHOWN = re.compile(r"(?:https?://)?(?:[\w-]+\.)+[\w-]{2,}(?::\d{2,5})?(?:/\S*)?", re.IGNORECASE)
ADDRESS = re.compile(r"(?:\d{1,3}\.){3}\d{1,3}(?::\d{2,5})?(?:/\S*)?")


def is_outgoing(url: str, directory_sites: frozenset[str]) -> bool:
    """Tell whether a link is a redirector of the directory: ``/out/4711/``."""
    return site_of(url) in directory_sites and bool(OUTGOING.match(urlsplit(url).path))


def shown_site(text: str) -> str | None:
    """The URL that a link's text shows where its target hides it: "www.acars.example"."""
    text = text.strip()
    if not (SHOWN.fullmatch(text) or ADDRESS.fullmatch(text)) or "@" in text:
        return None
    return clean_url("http://localhost/", text if "://" in text else f"http://{text}")
