"""The identity and the size of a picture by its URL.

Sites serve one photo in many sizes: WordPress ``-300x200``, Shopify ``_600x``, Wix ``/v1/fill/``,
Cloudinary ``/w_800,c_fill/``, imgix and Squarespace queries, proxies that wrap the address.
"""

import re
from collections import Counter
from collections.abc import Iterable
from functools import lru_cache
from urllib.parse import parse_qs, unquote, urlsplit, urlunsplit

__all__ = [
    "folded_widths",
    "folder_of",
    "is_picture_path",
    "original_of",
    "picture_identity",
    "picture_width",
]

PICTURE = re.compile(r"\.(?:jpe?g|png|webp|avif|gif|jfif|heic|bmp|tiff?)$", re.IGNORECASE)
WRAPPED = ("url", "src", "image", "img", "u")
WRAPPING = re.compile(
    r"/_next/image|/_vercel/image|/_ipx/|/cdn-cgi/image/|weserv\.nl|/imageproxy|/timthumb|"
    r"/phpthumb|/image-?resizer?|/resize(?:\.php|$|\?)|/thumb\.php",
    re.IGNORECASE,
)
CLOUDFLARE = re.compile(r"/cdn-cgi/image/[^/]+/(.+)$")
IPX = re.compile(r"/_ipx/[^/]+/(.+)$")
CLOUDINARY = re.compile(
    r"(/(?:image|video)/(?:upload|fetch|private)/)(?:(?:[a-z]{1,3}_[^/]+|v\d{6,})/)+"
)
JIMDO = re.compile(r"(/image/transf/)[^/]+(?=/path/)")
GODADDY = re.compile(r"(/isteam/(?:ip|stock)/[^/]+(?:/[^/]+)?\.\w{3,4})/:/.*$")
MAGENTO = re.compile(r"/cache/(?:\w+/)*?[0-9a-f]{32}(?=/)")
PRESTASHOP = re.compile(r"[-_](?:cart|small|home|medium|large|thickbox|category)_default(?=[/.]|$)")
# "_{width}x" of Shopify's themes and "?w={width}": a script fills in the width of the screen.
TEMPLATE = re.compile(
    r"[_-](?:\{w(?:idth)?\}|%7Bw(?:idth)?%7D)x?(?:\{h(?:eight)?\}|%7Bh(?:eight)?%7D)?(?=[._]|$)|"
    r"(?<=[?&])\w+=(?:\{w(?:idth)?\}|%7Bw(?:idth)?%7D)&?",
    re.IGNORECASE,
)
WIX = re.compile(r"(/media/[^/]+)/v1/(?:fill|fit|crop)/.*$")
TRANSFORM = re.compile(
    r"/(?:tr:[^/]+|(?:sz|size)[_=-]\d{2,4}x\d{2,4}|(?:w|h|width|height)[_=-]\d+(?:[,_&][^/]*)?|[wh]\d{2,4}(?:-h\d{2,4})?(?:-[a-z]+)*|"
    r"image_\d{2,4}|fit-in|resize|crop|\d{2,4}x\d{0,4}|\d{2,4}x|x\d{2,4})(?=/)"
)
SIZE_WORD = (
    r"thumbs?|thumbnails?|tn|small|sm|medium|med|md|large|lg|xl|xlarge|big|full|fullsize|original|"
    r"orig|mini|hd|hi-?res|zoom|preview|normal|resized?|sized|display|gallery|slide|grande|master|"
    r"2048x2048|1024x1024"
)
SIZE_FOLDER = re.compile(rf"/(?:{SIZE_WORD})(?=/)", re.IGNORECASE)
SIZE_TAIL = re.compile(
    rf"(?:[-_.@](?:\d{{2,4}}x\d{{2,4}}(?:_crop\w*)?|\d{{2,4}}x|x\d{{2,4}}|w\d{{2,4}}|\d{{3,4}}w|\d{{3,4}}px|"
    rf"p-\d{{3,4}}|(?:{SIZE_WORD})|scaled|rotated|e\d{{12,14}}|[23]x))+$",
    re.IGNORECASE,
)
SIZE_VALUE = re.compile(
    rf"=(?:{SIZE_WORD}|gross|groß|klein|mittel|petit|grand|groot|piccol[oa])$", re.IGNORECASE
)
SIZE_STEM = re.compile(
    rf"(?:{SIZE_WORD}|[wh]\d{{2,4}}|\d{{2,4}}(?:w|px)|\d{{2,4}}x\d{{2,4}})", re.I
)
SIZE_LEAD = re.compile(r"^(?:thumbs?|tn|small|sm|medium|large|lg|full|big|mini|th)[-_]", re.I)
# Bare widths ("…-ab12_640"): only beside other widths of one name, else they count photos.
WIDTH_TAIL = re.compile(r"^(.*\w)[-_.](\d{2,4})$")
WIDTH_FOLDER = re.compile(r"^(.*/)(\d{2,4})(/[^/]+)$")
USUAL_WIDTHS = frozenset(
    {
        64,
        96,
        100,
        120,
        750,
        1500,
        2400,
        2500,
        150,
        160,
        200,
        240,
        300,
        320,
        400,
        480,
        500,
        600,
        640,
        768,
        800,
        960,
        1000,
    }
    | {1024, 1200, 1280, 1440, 1536, 1600, 1800, 1920, 2000, 2048, 2560}
)
WIDTHS = (
    re.compile(r"(?:[?&,/_]|\b)(?:w|width|wid|imwidth|sz|maxwidth|max_width)[=_](\d{2,4})", re.I),
    re.compile(r"(?<![\da-z])(\d{2,4})x\d{0,4}(?![\da-z])", re.I),
    re.compile(r"[?&]format=(\d{2,4})w", re.I),
    re.compile(r"[-_.](\d{3,4})(?:w|px)?\.\w{3,4}(?:$|\?)"),
    re.compile(r"/(?:dimension=|image_)(\d{2,4})(?=[x/])"),
)
FOLDER_WIDTHS = {
    "thumb": 150, "thumbs": 150, "thumbnail": 150, "thumbnails": 150, "tn": 120, "mini": 120,
    "small": 320, "sm": 320, "preview": 400, "medium": 640, "med": 640, "md": 640,
    "large": 1280, "lg": 1280, "big": 1280, "grande": 600, "xl": 1600, "xlarge": 1600,
    "full": 3000, "fullsize": 3000, "original": 4000, "orig": 4000, "zoom": 3000, "hd": 2500,
    "master": 4000, "hires": 3000, "thickbox": 1100,
}  # fmt: skip
UNSIZED = 1500
"""The width assumed of a picture whose URL names none: an original, mostly."""


@lru_cache(maxsize=8_192)
def original_of(url: str) -> str:
    """Return the URL behind an image proxy, and the upload behind the crops of Wix, Jimdo and
    GoDaddy; others stand."""
    if "static.wixstatic.com" in url or "/v1/fill/" in url or "/v1/fit/" in url:
        parts = urlsplit(url)
        if match := WIX.search(parts.path):
            return urlunsplit((parts.scheme, parts.netloc, match.string[: match.end(1)], "", ""))
    if "{w" in url or "%7bw" in url.lower():
        url = TEMPLATE.sub("", url).rstrip("?&")
    if "/image/transf/" in url:
        return JIMDO.sub(r"\1none", url)
    if "/isteam/" in url:
        return GODADDY.sub(r"\1", url)
    if WRAPPING.search(url):
        parts = urlsplit(url)
        if match := CLOUDFLARE.search(parts.path) or IPX.search(parts.path):
            inner = unquote(match[1])
            if inner.startswith(("http://", "https://")):
                return inner
            return urlunsplit((parts.scheme, parts.netloc, f"/{inner.lstrip('/')}", "", ""))
        query = parse_qs(parts.query)
        for name in WRAPPED:
            for value in query.get(name, ()):
                if value.startswith("//"):
                    value = f"{parts.scheme}:{value}"
                if value.startswith(("http://", "https://")):
                    return value
                if value.startswith("/"):
                    return urlunsplit((parts.scheme, parts.netloc, value, "", ""))
    return url


@lru_cache(maxsize=16_384)
def picture_identity(url: str) -> str:
    """Return what all sizes and formats of one picture share."""
    parts = urlsplit(original_of(url))
    path = unquote(parts.path)
    path = CLOUDINARY.sub(r"\1", path)
    path = TRANSFORM.sub("", MAGENTO.sub("", PRESTASHOP.sub("", path)))
    folder, _, name = path.rpartition("/")
    folder = SIZE_FOLDER.sub("", f"{folder}/")
    stem, dot, suffix = name.rpartition(".")
    if not dot or not re.fullmatch(r"[A-Za-z]{2,5}\d?", suffix):
        stem, suffix = name, ""
    while PICTURE.search(stem):  # photo.jpg.webp
        stem = stem.rpartition(".")[0]
    short = SIZE_LEAD.sub("", SIZE_TAIL.sub("", stem))
    # A name that is nothing but a size leaves the picture's name to its folder ("/7/1/large.jpg"),
    # where that is a number; elsewhere it is the name.
    if SIZE_STEM.fullmatch(stem) and re.search(r"\d[^/]*/$", folder):
        short = ""
    elif not short:
        short = stem
    stem = short
    named = (bool(suffix) and not PICTURE.search(name)) or not name
    if not suffix and parts.query and not re.search(r"\d", name):
        named = True
    query = ""
    if named and parts.query:
        kept = [
            pair
            for pair in parts.query.split("&")
            if not re.match(r"(?:w|h|width|height|size|q|quality|v|t|ts|format|maxw\w*)=", pair)
            and not SIZE_VALUE.search(pair)
        ]
        query = "?" + "&".join(sorted(kept))
    return f"{parts.netloc.lower().removeprefix('www.')}{folder}{stem}{query}".lower()


def folded_widths(identities: Iterable[str]) -> dict[str, str]:
    """Map the identities that differ by their size alone to the one they share: by a bare width at
    the end of the name, as the folder it lies in ("…/160/1.jpg") or as the name ("…/1/160.jpg"), by
    a short word for a size that several pictures of one folder bear ("…_s", "…sm")."""
    identities = list(identities)
    tails: dict[str, dict[int, str]] = {}
    names: dict[str, dict[int, str]] = {}
    for identity in identities:
        if match := WIDTH_TAIL.match(identity):
            tails.setdefault(match[1], {})[int(match[2])] = identity
        if match := WIDTH_FOLDER.match(identity):
            tails.setdefault(f"{match[1]}*{match[3]}", {})[int(match[2])] = identity
        if match := WIDTH_NAME.match(identity):
            names.setdefault(match[1], {})[int(match[2])] = identity
    # A folder with one picture named by a width holds a gallery of one; several have a size each.
    named = Counter(frozenset(known) for known in names.values())
    tails |= {base: known for base, known in names.items() if named[frozenset(known)] >= SEVERAL}
    widths = {
        identity: base
        for base, known in tails.items()
        if 2 <= len(known) <= 6
        and USUAL_WIDTHS.issuperset(known)
        and max(known) >= 1.5 * min(known)
        for identity in known.values()
    }
    return _folded_marks(identities) | widths


def _folded_marks(identities: Iterable[str]) -> dict[str, str]:
    """Map the names with a mark of a size to those without it, or to one another, where several
    pictures are named so."""
    known = set(identities)
    marked: dict[str, list[tuple[str, str]]] = {}
    foldered: dict[str, dict[str, str]] = {}
    for identity in known:
        for match in (MARK_TAIL.match(identity), MARK_LETTERS.match(identity)):
            if match and match[1] in known:
                marked.setdefault(match[2], []).append((identity, match[1]))
        if (match := MARK_FOLDER.match(identity)) and match[2] in SIZE_MARKS:
            foldered.setdefault(f"{match[1]}*{match[3]}", {})[match[2]] = identity
    folded = {
        identity: base
        for pairs in marked.values()
        if len(pairs) >= SEVERAL
        for identity, base in pairs
    }
    folders = [(base, sizes) for base, sizes in foldered.items() if len(sizes) > 1]
    if len(folders) >= SEVERAL:
        folded |= {identity: base for base, sizes in folders for identity in sizes.values()}
    return folded


SEVERAL = 3
"""How many pictures must be named alike before a part of their names counts as a size."""
WIDTH_NAME = re.compile(r"^(.*/)(\d{2,4})$")
MARK_TAIL = re.compile(r"^(.*\w)([-_.~@][a-z]{1,8}\d?)$")
MARK_LETTERS = re.compile(r"^(.*\d)([a-z]{1,5})$")
MARK_FOLDER = re.compile(r"^(.*/)([a-z]{1,2})(/[^/]+)$")
SIZE_MARKS = frozenset(["xs", "s", "m", "l", "xl", "t", "b", "o", "th"])


@lru_cache(maxsize=16_384)
def picture_width(url: str) -> int:
    """Estimate the width a URL promises, in pixels, to compare the variants of one picture."""
    for pattern in WIDTHS:
        found = [int(match) for match in pattern.findall(url)]
        sizes = [size for size in found if 30 <= size <= 8_000]
        if sizes:
            return max(sizes)
    path = urlsplit(url).path.lower()
    if "home_default" in path:
        return 250  # PrestaShop's.
    folder = path.rpartition("/")[0].rpartition("/")[2]
    if folder.isdecimal() and int(folder) in USUAL_WIDTHS:
        return int(folder)
    for word in reversed(re.findall(r"[a-z]+", path)):
        if word in FOLDER_WIDTHS:
            return FOLDER_WIDTHS[word]
    return UNSIZED


def is_picture_path(url: str) -> bool:
    """Tell whether a URL's path ends as a picture's file does."""
    return bool(PICTURE.search(urlsplit(original_of(url)).path))


@lru_cache(maxsize=16_384)
def folder_of(url: str) -> str:
    """Return the host and folder a picture lies in, without parts that name a size."""
    return picture_identity(url).partition("?")[0].rpartition("/")[0]
