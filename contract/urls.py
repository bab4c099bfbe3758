"""URLs as found, and the identity of the page behind them.

A URL is stored and fetched as the site wrote it; only what never names a page (fragment, tracking
parameters) is cut. Two spellings of one page are compared by `url_identity`, which ignores what
sites change without moving a page: the scheme, a leading ``www.``, the default port, a trailing
slash, the order of the query, percent-encoding style. Paths keep their case: classic.com ids and
many dealers' slugs are case-sensitive.

Two kinds of fragments do name something (ADR 0022). A *place* is the part of a page that is about
one car which has no page of its own: ``cars.html#:~:text=1967%20Porsche%20911S``, a text fragment
(https://wicg.github.io/scroll-to-text-fragment/), or ``cars.html#stock-12:~:``, an element of the
page. A *route* is a page that a script draws: ``/#/vehicle/51``, ``/#!/cars/51``.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from urllib.parse import parse_qsl, quote, unquote, urlencode, urljoin, urlsplit, urlunsplit

from w3lib.url import canonicalize_url, safe_url_string

__all__ = [
    "clean_url",
    "is_place",
    "place_in",
    "route_of",
    "routed",
    "site_of",
    "url_identity",
]

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
IN_ROUTES = "!$%&'()*+,-./:;=?@_~"
# An address or a path of letters, digits and what neither a browser nor this module would rewrite;
# no segment begins with a dot.
HOST = r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,20}"
LOOPBACK = r"127\.0\.0\.1(?::(?:[1-9]\d{0,3}|[1-5]\d{4}|6[0-4]\d{3}|65[0-4]\d\d))?"
PLAIN = re.compile(
    rf"(https?://(?:{HOST}|{LOOPBACK}))?((?:/[A-Za-z0-9_~-][A-Za-z0-9_.~-]*)+/?)"
    r"(\?[A-Za-z0-9_.~=&-]+)?"
)
PLACE = ":~:"
"""What every place has in its fragment, and no other URL that is stored."""
ROUTE = re.compile(r"!?/[^\s#]*[^\s#/?&!]/?|![a-z][^\s#]*/[^\s#]*[^\s#/]/?", re.IGNORECASE)
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

    Of fragments those that name a place or a route belong to it.

    >>> url_identity("https://example.com/cars/#:~:text=1967%20Porsche%20911S")
    'example.com/cars#:~:text=1967 porsche 911s'
    >>> url_identity("https://example.com/#/vehicle/51/")
    'example.com#/vehicle/51'
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
    page = f"{site}{path}?{query}" if query else f"{site}{path}"
    return f"{page}{_named_part(url)}" if "#" in url else page


def _named_part(url: str) -> str:
    """The part of a URL's identity that its fragment is; empty where it names nothing."""
    if is_place(url):
        element, _, directive = url.partition("#")[2].partition(PLACE)
        # How the words are written may change; an element's id is a name.
        return f"#{unquote(element)}" if element else f"#{PLACE}{unquote(directive).casefold()}"
    route = route_of(url)
    return f"#{route.rstrip('/')}" if route else ""


def is_place(url: str) -> bool:
    """Tell whether a URL names a place in a page: its car has no page of its own."""
    return PLACE in url.partition("#")[2]


def place_in(page: str, *, element: str = "", words: Sequence[str] = ()) -> str:
    """Return the URL of a place in a page: of an element by its id, else of the first of some
    ``words`` that a browser finds there.

    >>> place_in("https://example.com/cars", words=["1967 Porsche 911S"])
    'https://example.com/cars#:~:text=1967%20Porsche%20911S'
    >>> place_in("https://example.com/cars", words=["Polo-red coupe", "1967 Porsche"])
    'https://example.com/cars#:~:text=Polo%2Dred%20coupe&text=1967%20Porsche'
    >>> place_in("https://example.com/cars", element="car 12")
    'https://example.com/cars#car%2012:~:'
    """
    page = page.partition("#")[0]
    if element:
        return f"{page}#{quote(element, safe='')}{PLACE}"
    # A dash marks what stands before or behind the text.
    texts = (f"text={quote(text, safe='').replace('-', '%2D')}" for text in words)
    return f"{page}#{PLACE}{'&'.join(texts)}"


def route_of(url: str) -> str:
    """Return the route that a URL's fragment is, as the site wrote it; empty where it is none: an
    anchor, a place, the root of all routes."""
    fragment = url.partition("#")[2]
    return fragment if ROUTE.fullmatch(fragment) and PLACE not in fragment else ""


def routed(url: str, href: str) -> str:
    """Return a URL with the route of the link it was resolved from.

    >>> routed("https://example.com/", "#/vehicle/51")
    'https://example.com/#/vehicle/51'
    >>> routed("https://example.com/", "#top")
    'https://example.com/'
    """
    route = route_of(href)
    longer = f"{url.partition('#')[0]}#{quote(route, safe=IN_ROUTES)}" if route else url
    return longer if len(longer) <= MAX_URL else url


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
