"""The photos of one vehicle: real pictures at the largest size the tile names, nothing else."""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from urllib.parse import unquote, urlsplit

from lxml.html import HtmlElement

from crawler.extract.part import part_of
from crawler.extract.text import class_words
from crawler.extract.wording import Wording

__all__ = ["is_photo", "read_photos"]

# The first filled attribute that names a real picture wins; src is last among the lazy ones because
# lazy loaders put a placeholder there.
SOURCES = (
    "data-zoom-image", "data-full", "data-large", "data-original", "data-lazy-src", "data-lazy",
    "data-src", "data-image", "data-bg", "data-background", "data-background-image", "data-img",
    "data-photo", "data-displayphoto", "data-thumb", "data-echo", "src",
)  # fmt: skip
PICTURES = frozenset(["img", "source", "amp-img"])
BACKGROUNDS = frozenset(
    [
        "style",
        "data-bg",
        "data-background",
        "data-background-image",
        "data-displayphoto",
        "data-photo",
    ]
)
"""The attributes by which any element may show a picture behind it."""
SOURCE_SETS = ("data-srcset", "data-lazy-srcset", "srcset")
BACKGROUND = re.compile(
    r"background(?:-image)?\s*:[^;]*?url\(\s*(['\"]?)(.*?)\1\s*\)", re.IGNORECASE
)
NO_PHOTO = Wording(
    r"no[-_ ]?(?:image|photo|pic)|image[-_ ]?(?:not[-_ ]?available|coming)|"
    r"photo[s]?[-_ ]?(?:coming|soon|not)|"
    r"coming[-_ ]?soon|placeholder|ina_f\b|not[-_ ]?available|awaiting|default[-_ ]?(?:car|"
    r"image|vehicle|photo)|"
    r"blank\.(?:gif|png|jpe?g)|spacer|spinner|preloader|ajax[-_]?load|pixel\.(?:gif|png)|transparent\.(?:gif|png)|"
    r"loading\.(?:gif|svg)|"
    r"dummy|generic[-_]car|image[-_]?missing|missing[-_]?image|under[-_]?construction|nophoto|"
    r"1x1"
)
FURNITURE = Wording(
    r"(?:^|[-_./ ])(?:logos?|icons?|badges?|ribbons?|banners?|buttons?|btn|avatars?|favicons?|"
    r"emblems?|"
    r"overlay|watermark|stars?|rating|carfax|autocheck|arrow|chevron|play|flags?|social|facebook|"
    r"instagram|cargurus|sold|pending|just[-_]?arrived|new[-_]arrival|price[-_]drop|360(?!\d))(?:$|"
    r"[-_./ \d~])"
)
FURNITURE_FOLDER = Wording(r"/(?:logos?|icons?|badges?|sprites?|emblems?|ui|flags)/")
FURNITURE_CLASSES = frozenset(
    [
        "logo",
        "icon",
        "badge",
        "ribbon",
        "overlay",
        "avatar",
        "flag",
        "sprite",
        "carfax",
        "autocheck",
        "emblem",
    ]
)
WIX_CROP = re.compile(r"(/media/[^/]+~mv2[^/]*)/v1/(?:fill|fit|crop)/.*$")
TEMPLATE = re.compile(r"_\{width\}x(?:\{height\})?")
DESCRIPTOR = re.compile(r"\s+(\d+(?:\.\d+)?)([wx])$")
YEAR = re.compile(r"(?<!\d)(?:18|19|20)\d\d(?!\d)")
NOT_PICTURE = re.compile(r"\.(?:svg|ico|pdf|mp4|webm|html?|js|css)$", re.IGNORECASE)
SMALL = 40


def read_photos(
    elements: Sequence[HtmlElement], link: Callable[[str | None], str | None]
) -> tuple[str, ...]:
    """Return the photo URLs of a tile's elements, in order, each picture once."""
    found: dict[str, str] = {}
    for element in elements:
        part = part_of(element)
        if part.tag not in PICTURES and (
            not part.attributes or BACKGROUNDS.isdisjoint(part.attributes)
        ):
            continue
        url = _photo_of(element, link)
        if url is not None:
            found.setdefault(_picture(url), url)
    return tuple(found.values())


@lru_cache(maxsize=4_096)
def is_photo(url: str) -> bool:
    """Tell whether a URL can be a vehicle's photo by its file name: no logo, icon, placeholder."""
    path = unquote(urlsplit(url).path)
    name = path.rsplit("/", 1)[-1]
    if NOT_PICTURE.search(name) or NO_PHOTO.search(path):
        return False
    # A long slug names the car and may well hold "sold" or "star"; short names are furniture.
    stem = name.rsplit(".", 1)[0]
    if len(re.findall(r"[^\W_]+", stem)) <= 4 and not YEAR.search(stem) and FURNITURE.search(name):
        return False
    return not FURNITURE_FOLDER.search(path)


def _photo_of(element: HtmlElement, link: Callable[[str | None], str | None]) -> str | None:
    tag = element.tag
    attributes = part_of(element).attributes
    if tag == "source" and _has_picture_beside(element, link):
        return None
    if tag in ("img", "source", "amp-img") and not _is_furniture(element):
        for candidate in _candidates(attributes, with_sources=tag != "source"):
            url = _picture_url(candidate, link)
            if url is not None:
                return url
    elif tag not in ("script", "style", "iframe", "input", "video"):
        if style := attributes.get("style"):
            match = BACKGROUND.search(style)
            if match and not _is_furniture(element):
                return _picture_url(match[2], link)
        for name in (
            "data-bg",
            "data-background",
            "data-background-image",
            "data-displayphoto",
            "data-photo",
        ):
            if (value := attributes.get(name)) and not _is_furniture(element):
                match = BACKGROUND.search(f"background:{value}")
                return _picture_url(match[2] if match else value, link)
    return None


def _has_picture_beside(source: HtmlElement, link: Callable[[str | None], str | None]) -> bool:
    """Whether the ``<img>`` of the same ``<picture>`` gives the photo, in a format all can read."""
    parent = source.getparent()
    return parent is not None and any(
        _photo_of(image, link) is not None for image in parent.iter("img")
    )


def _candidates(attributes: Mapping[str, str], with_sources: bool) -> Iterable[str]:
    for name in SOURCE_SETS:
        if (value := attributes.get(name)) and (largest := _largest(value)):
            yield largest
    if with_sources:
        for name in SOURCES:
            if value := attributes.get(name):
                yield value


def _largest(source_set: str) -> str | None:
    """The widest entry of a srcset. Commas stand inside URLs too, so entries end at ", "."""
    best: tuple[float, str] | None = None
    for entry in re.split(r",\s+|(?<=[wx]),", source_set.strip()):
        match = DESCRIPTOR.search(entry)
        size = float(match[1]) if match else 1.0
        url = entry[: match.start()] if match else entry
        if url.strip() and (best is None or size > best[0]):
            best = (size, url.strip())
    return best[1] if best else None


def _picture_url(raw: str, link: Callable[[str | None], str | None]) -> str | None:
    # Shops leave the width to a script; without it the address is the picture's in full.
    raw = raw.strip().strip("'\"")
    if "{" in raw:
        raw = TEMPLATE.sub("", raw)
    if not raw or raw.startswith(("data:", "blob:", "about:", "#")) or "{" in raw:
        return None
    url = link(raw)
    # Wix first shows a blurred crop of a few pixels; the upload's own address stands in it.
    if url and "~mv2" in url:
        url = WIX_CROP.sub(r"\1", url)
    return url if url and is_photo(url) else None


def _is_furniture(element: HtmlElement) -> bool:
    attributes = part_of(element).attributes
    if not FURNITURE_CLASSES.isdisjoint(class_words(attributes.get("class"))):
        return True
    for name in ("width", "height"):
        size = attributes.get(name, "").removesuffix("px")
        if size.isdigit() and int(size) <= SMALL:
            return True
    alt = attributes.get("alt", "").strip().lower()
    return bool(alt) and len(alt) <= 30 and bool(FURNITURE_ALT.search(alt))


FURNITURE_ALT = re.compile(r"\blogo\b|\bicon\b|^sold\W*$|no image|no photo|coming soon")


SIZE = re.compile(
    r"[/_-]\d{2,4}x\d{2,4}(?=[/_.-])|_\d{2,4}x(?=\.\w)|[/_-](?:thumb|small|medium|large|full)(?=[/_.-])|\.(?:avif|"
    r"webp)$|/w\d{1,3}(?=/)"
)


def _picture(url: str) -> str:
    """The identity of a picture whatever its size: query and size parts cut away.

    A query that alone names the picture (``/image.php?id=5``) stays.
    """
    parts = urlsplit(url)
    named = bool(re.search(r"\.(?:php|aspx?|ashx|cgi)$|/$", parts.path)) or (
        "." not in parts.path and bool(parts.query)
    )
    query = f"?{parts.query}" if named else ""
    return parts.netloc + SIZE.sub("", parts.path) + query
