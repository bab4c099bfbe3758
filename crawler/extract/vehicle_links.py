"""What a URL alone says: a vehicle's page, a grid, the sold archive, or something else."""

import re
from functools import lru_cache
from urllib.parse import parse_qsl, unquote, urljoin, urlsplit

from contract.urls import route_of, site_of
from crawler.extract.words import words

__all__ = [
    "addressed",
    "is_dated",
    "is_other_business",
    "is_sold_path",
    "names_one",
    "same_site",
    "vehicle_url_score",
]

YEAR = r"(?:18[89]\d|19\d\d|20[0-4]\d)"
# A model year in a slug, followed or led by words; a bare /2023/05/ is the date of a post.
YEAR_IN_SLUG = re.compile(
    rf"(?:^|[-_/+. %])({YEAR})[-_+ %]+[^\W\d]|[^\W\d][-_+ ]({YEAR})(?:$|[-_/+.])"
)
DATE_PATH = re.compile(r"/(?:19|20)\d\d/(?:0?[1-9]|1[0-2])(?:/|$)")
VIN_IN_PATH = re.compile(
    r"(?:^|[-_/=])(?=[a-z0-9]*\d)[a-hj-npr-z0-9]{11}\d{6}(?:$|"
    r"[-_/.?&])",
    re.I,
)
ID_SEGMENT = re.compile(
    r"^(?=[\w-]*\d)[a-z]{0,6}-?\d{1,12}(?:-[a-z0-9]{1,6})?$|^[0-9a-f]{16,40}$|"
    rf"^(?!{YEAR}-)\d{{4,12}}[-_][^\W\d]",
    re.I,
)

ID_TAIL = re.compile(r"(?:[-_]|\b(?:id|c))\d{2,12}(?:\.\w{3,5})?$|[-_][0-9a-f]{16,40}$", re.I)
VEHICLE_WORDS = words("vehicle_path")
# First path words of pages that are no vehicle's, whatever year or picture their link carries.
OTHER_WORDS = words("other_path")
SOLD_WORDS = words("sold_path")
NOT_SOLD_WORDS = frozenset(["not", "unsold", "available"])
ID_PARAMETERS = words("id_parameter")
LAST_LABELS = 2


@lru_cache(maxsize=8_192)
def same_site(url: str, other: str) -> bool:
    """Tell whether two URLs are of one site: the same host and port, or sub-domains of one name."""
    mine, theirs = site_of(url), site_of(other)
    if mine == theirs:
        return True
    if ":" in mine or ":" in theirs or mine[-1:].isdigit() or theirs[-1:].isdigit():
        return False
    return _registered(mine) == _registered(theirs)


def _registered(host: str) -> tuple[str, ...]:
    labels = host.split(".")
    short = len(labels) > LAST_LABELS and len(labels[-1]) == 2 and len(labels[-2]) <= 3
    return tuple(labels[-3:] if short else labels[-2:])


@lru_cache(maxsize=8_192)
def is_sold_path(url: str) -> bool:
    """Tell whether a URL names an archive of sold vehicles by a word of its path or query value."""
    parts = urlsplit(addressed(url).lower())
    # A long slug is one car's page: "…/2006-x-sold-chevrolet-corvette/7481657" is no archive.
    for segment in unquote(parts.path).split("/"):
        found = set(re.findall(r"[^\W_]+", segment))
        if (
            len(found) <= 4
            and found & SOLD_WORDS
            and not found & NOT_SOLD_WORDS
            and not any(re.fullmatch(YEAR, word) for word in found)
        ):
            return True
    for name, value in parse_qsl(parts.query):
        if value in SOLD_WORDS or (name in SOLD_WORDS and value in ("1", "true", "yes")):
            return True
    return False


def addressed(url: str) -> str:
    """A URL with its route, if it has one, as its path: what a script makes of ``/#/cars/51`` is
    named like what a server makes of ``/cars/51``."""
    route = route_of(url)
    return urljoin(url, f"/{route.lstrip('!/')}") if route else url


def is_dated(url: str) -> bool:
    """Tell whether a URL is a dated post's: ``/2026/03/jaguar-e-type/``."""
    return DATE_PATH.search(urlsplit(url).path) is not None


@lru_cache(maxsize=8_192)
def is_other_business(url: str) -> bool:
    """Tell whether a URL is plainly no vehicle's page: contact, blog, finance."""
    path = unquote(urlsplit(addressed(url).lower()).path)
    segments = [segment for segment in path.split("/") if segment]
    if not segments:
        return True
    if DATE_PATH.search(path):
        return True
    head = [segment.rsplit(".", 1)[0] for segment in segments]
    if head[0] in OTHER_WORDS or (len(head) > 1 and head[1] in OTHER_WORDS and not _has_year(path)):
        return True
    return head[-1] in OTHER_WORDS or bool(
        re.search(r"\.(?:jpe?g|png|webp|avif|gif|svg|pdf|zip)$", path)
    )


def _has_year(path: str) -> bool:
    return bool(YEAR_IN_SLUG.search(path))


@lru_cache(maxsize=8_192)
def vehicle_url_score(url: str) -> float:
    """Score how much a URL looks like one vehicle's page, from -5 (surely none) to about 8."""
    if is_other_business(url):
        return -5.0
    parts = urlsplit(addressed(url))
    path = unquote(parts.path)
    segments = [segment for segment in path.split("/") if segment]
    score = 0.0
    if _has_year(path):
        score += 3.0
    if VIN_IN_PATH.search(path):
        score += 2.5
    lead = [segment.lower() for segment in segments[:-1]]
    if any(
        segment in VEHICLE_WORDS or segment.partition("-")[0] in VEHICLE_WORDS for segment in lead
    ):
        score += 1.5
    if any(ID_SEGMENT.match(segment) for segment in segments[-3:]) or ID_TAIL.search(segments[-1]):
        score += 1.0
    if names_one(parts.query):
        score += 2.0
    if is_sold_path(url) and score < 3.0:
        score -= 3.0
    return score


STOCK_NUMBER = re.compile(r"stock\w*|stk\w*")


def names_one(query: str) -> bool:
    """Tell whether a query names one vehicle: ``?id=12``, ``?tx_cars[car]=12&action=show``."""
    for name, value in parse_qsl(query):
        # Frameworks put a module's name around a parameter's own.
        own = re.findall(r"\w+", name.lower())
        if value and own and (own[-1] in ID_PARAMETERS or STOCK_NUMBER.fullmatch(own[-1])):
            return True
    return False
