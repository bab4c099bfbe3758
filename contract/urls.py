"""URLs as found, and the identity of the page behind them.

A URL is stored and fetched as the site wrote it; only what never names a page (fragment, tracking
parameters) is cut. Two spellings of one page are compared by `url_identity`, which ignores what
sites change without moving a page: the scheme, a leading ``www.``, the default port, a trailing
slash, the order of the query, percent-encoding style. Paths keep their case: classic.com ids and
many dealers' slugs are case-sensitive.
"""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

__all__ = ["clean_url", "site_of", "url_identity"]

TRACKING_PARAMETERS = frozenset(
    [
        "fbclid",
        "gclid",
        "gbraid",
        "wbraid",
        "msclkid",
        "mc_cid",
        "mc_eid",
        "igshid",
        "_ga",
        "_gl",
        "yclid",
        "ref_src",
    ]
)
DEFAULT_PORTS = {"http": 80, "https": 443}
MAX_URL = 2048
# An address or a path of letters, digits and what neither a browser nor this module would rewrite;
# no segment begins with a dot.
HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,20}"
LOOPBACK = r"127\.0\.0\.1(?::(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d))?"
PLAIN = re.compile(
    rf"(https?://(?:{HOST}|{LOOPBACK}))?((?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+/?)"
    r"(\?[A-Za-z0-9_.~=&-]+)?"
)
ORIGIN = re.compile(rf"https?://(?:{HOST}|{LOOPBACK})(?=/)")


def clean_url(base: str, href: str) -> str | None:
    """Resolve href against base and return the absolute http(s) URL, or None when there is no such
    page.

    The fragment and tracking parameters (utm_*, click ids) are dropped; everything else stays as
    the site wrote it. Script, mail and telephone links, unparsable ones and those over 2,048
    characters are no pages.
    """
    href = href.strip()
    if not href or len(href) > MAX_URL:
        return None
    if plain := PLAIN.fullmatch(href):
        # Most links: nothing in them to escape, resolve or drop.
        origin = plain[1] or (found[0] if (found := ORIGIN.match(base)) else None)
        query = plain[3] or ""
        if query and any(_is_tracking(pair.partition("=")[0]) for pair in query[1:].split("&")):
            query = "?"
        if query != "?" and origin is not None:
            url = f"{origin}{plain[2]}{query}"
            if len(url) <= MAX_URL:
                return url
    try:
        parts = urlsplit(safe_url_string(urljoin(base, href)))
        host, port = parts.hostname, parts.port
    except ValueError:
        return None
    if parts.scheme not in DEFAULT_PORTS or not host or port == 0:
        return None
    query = parts.query
    if query and any(_is_tracking(pair.partition("=")[0]) for pair in query.split("&")):
        query = "&".join(p for p in query.split("&") if not _is_tracking(p.partition("=")[0]))
    url = urlunsplit((parts.scheme, parts.netloc.lower(), parts.path or "/", query, ""))
    return url if len(url) <= MAX_URL else None


def _is_tracking(name: str) -> bool:
    name = name.lower()
    return name.startswith("utm_") or name in TRACKING_PARAMETERS


@lru_cache(maxsize=65_536)
def url_identity(url: str) -> str:
    """Return the scheme-less identity of a page: ``host[:port]/path[?sorted query]``.

    >>> url_identity("HTTPS://www.Example.com:443/Cars/12/?b=2&a=1&utm_source=x#top")
    'example.com/Cars/12?a=1&b=2'
    """
    if (plain := PLAIN.fullmatch(url)) and (origin := plain[1]) and not plain[3]:
        # Most URLs: nothing to decode, to sort or to drop.
        scheme, _, host = origin.partition("://")
        return f"{_site(scheme, host)}{plain[2].rstrip('/')}"
    parts = urlsplit(canonicalize_url(url))
    site = _site(parts.scheme, parts.netloc)
    query = urlencode(
        [
            (name, value)
            for name, value in parse_qsl(parts.query, keep_blank_values=True)
            if not _is_tracking(name)
        ]
    )
    path = parts.path.rstrip("/")
    return f"{site}{path}?{query}" if query else f"{site}{path}"


def site_of(url: str) -> str:
    """Return the site of a URL: its host without ``www.``, with the port where it is not the
    scheme's own.

    >>> site_of("https://www.Example.com:8443/a")
    'example.com:8443'
    """
    parts = urlsplit(url)
    return _site(parts.scheme, parts.netloc)


def _site(scheme: str, netloc: str) -> str:
    host = netloc.rpartition("@")[2].lower()
    name, colon, port = host.rpartition(":")
    if colon and port.isdigit():
        if int(port) in DEFAULT_PORTS.values():
            host = name
    elif colon and not port:
        host = name
    return host.removeprefix("www.").rstrip(".")
