"""The pictures that a JSON or script text names, and which pictures may be photos of a vehicle."""

import re
from collections.abc import Callable
from functools import lru_cache
from urllib.parse import urlsplit

from crawler.extract.photos import is_photo
from crawler.extract.picture_urls import original_of
from crawler.extract.wording import Wording

__all__ = ["MOVING", "is_vehicle_photo", "json_pictures"]

MOVING = Wording(
    r"youtu\.?be|ytimg|vimeo|wistia|\.mp4|\.webm|\.mov\b|matterport|dailymotion|"
    r"/maps?[/.?]|maps\.google|googleapis\.com/maps|mapbox|staticmap|openstreetmap|"
    r"gravatar|facebook\.com/tr|doubleclick|google-analytics|bat\.bing|/pixel"
)
FURNITURE_PATH = Wording(
    r"/(?:themes?|plugins|templates?|skins?|layout|assets/(?:icons?|logos?|ui)|badges?|logos?|"
    r"icons?|sprites?|flags?|emblems?|staff|team|banners?|brands?|partners?|sponsors?)/|"
    r"financ|pre-?approv|credit-?app|carfax|autocheck|trade-?in|storefront|\blogo|"
    r"apply-?now|warranty-|shipping-|call-?now|contact-?us|google-?(?:review|map)|map-?pin|"
    r"placeholder|spacer|blank\.|captcha|qr-?code|\bavatar|favicon|/cgi-bin/|counter\."
)


@lru_cache(maxsize=4_096)
def is_vehicle_photo(url: str) -> bool:
    """Whether a URL may be a photo: no film, no map, nothing of the site's furniture."""
    if MOVING.search(url) or FURNITURE_PATH.search(urlsplit(url).path):
        return False
    return is_photo(url)


def json_pictures(
    text: str, link: Callable[[str | None], str | None]
) -> list[list[tuple[int, str]]]:
    """The pictures a JSON or script text names, in order: one list of sizes per object or string,
    each with how much its key speaks for the full size.

    The text need not be valid JSON: an object ends at its brace.
    """
    groups: list[list[tuple[int, str]]] = []
    current: list[tuple[int, str]] | None = None
    place = PLAIN
    named = False
    for match in JSON_TOKENS.finditer(text):
        if match[0] == "{":
            current = []
            groups.append(current)
        elif match[0] == "}":
            current = None
            place = PLAIN
        elif key := match[1] or match[2]:
            place = SMALLER if SMALL_KEY.search(key) else LARGER if LARGE_KEY.search(key) else PLAIN
            named = NAME_KEY.search(key) is not None
        elif named and "/" not in match[3]:
            continue
        elif (url := _json_url(match[3], link)) is not None:
            if current is None:
                groups.append([(PLAIN, url)])
            else:
                current.append((place, url))
    return [group for group in groups if group]


SMALLER, PLAIN, LARGER = 1, 3, 4
NAME_KEY = re.compile(r"file_?name|^name$", re.IGNORECASE)
"""Keys of what an uploaded file was called."""
SMALL_KEY = re.compile(r"thumb|small|mini|tiny|preview|^t$|icon|exThumb|subHtml", re.IGNORECASE)
LARGE_KEY = re.compile(r"full|large|big|orig|zoom|hi-?res|max|hd", re.IGNORECASE)
JSON_TOKENS = re.compile(
    r"[{}]|[\"']([\w-]{1,40})[\"']\s*:|(?<=[{,\s])(\w{1,40})\s*:(?!//)|"
    r"[\"']((?:[^\"'\\\s<>]|\\[/\"'u\w])+)[\"']"
)


# Pictures that a server sends by number or size, without a file's name.
SERVED = re.compile(
    r"/\d{3,4}x\d{3,4}/|/image/upload/|mv2|/photos?/|/images?/|"
    r"/\w*(?:photo|image|img|pic|thumb|foto|bild)\w*\.(?:php|cfm|aspx?|ashx|axd|cgi|do)\?",
    re.IGNORECASE,
)


def _json_url(raw: str, link: Callable[[str | None], str | None]) -> str | None:
    raw = raw.replace("\\/", "/").replace("\\u0026", "&").replace("\\u002F", "/")
    raw = raw.replace("&amp;", "&")
    if len(raw) > 2_000 or len(raw) < 5 or raw.startswith("data:"):
        return None
    pictured = re.search(r"\.(?:jpe?g|png|webp|avif)(?:$|[?#&])", raw, re.IGNORECASE)
    if not pictured and not (raw.startswith(("http", "//", "/")) and SERVED.search(raw)):
        return None
    url = link(raw)
    if url is None:
        return None
    url = original_of(url)
    return url if is_vehicle_photo(url) else None
