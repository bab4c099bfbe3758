"""Photos, logos and icons: small real images, made from their address alone.

The same address gives the same bytes; two addresses of one photo in two sizes show the same
picture.
"""

import re
from functools import lru_cache
from hashlib import sha256
from io import BytesIO

from PIL import Image, ImageDraw

from replica.page import Page, Visit, html, text

# Photos are drawn at a third of the size that their address names, to keep them small.
SHRINK = 3
NATIVE = (640, 427)
TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "AVIF": "image/avif"}
# Where the sites keep their photos: the photo's number, and the largest width and height asked for.
PATTERNS = (
    (
        re.compile(
            r"^/[a-z]+/\d+/\d+/(?P<id>\d+)/(?P<w>\d+)x(?P<h>\d+)(?:/w\d+)?/[^/]+?(?P<ext>\.avif)?$"
        ),
        None,
    ),
    (re.compile(r"^/photo-slug/(?P<w>\d+)x(?P<h>\d+)/(?P<id>\d+)-9-revo\.jpg$"), None),
    (
        re.compile(r"^/wp-content/uploads/2026/10/.*-(?P<id>\d{6,})-(?P<w>\d+)x(?P<h>\d+)\.jpg$"),
        None,
    ),
    (re.compile(r"^/wp-content/uploads/2026/10/.*-(?P<id>\d{6,})\.jpg$"), None),
    (re.compile(r"^/bilder/(?P<id>\d+)_m\.jpg$"), (300, 200)),
    (re.compile(r"^/bilder/(?P<id>\d+)_xl\.jpg$"), None),
    (re.compile(r"^/media/cars/(?P<id>\d+)-md\.jpg$"), (300, 200)),
    (re.compile(r"^/media/cars/(?P<id>\d+)-xl\.jpg$"), None),
    (re.compile(r"^/photos/small/(?P<id>\d+)(?P<ext>\.png)$"), (120, 80)),
    (re.compile(r"^/photos/large/(?P<id>\d+)(?P<ext>\.png)$"), None),
    (re.compile(r"^/photos/vignettes/(?P<id>\d+)\.jpg$"), (300, 200)),
    (re.compile(r"^/photos/(?P<id>\d+)\.jpg$"), None),
    (re.compile(r"^/cdn/shop/files/(?P<id>\d+)_360x\.jpg$"), (360, 240)),
    (re.compile(r"^/cdn/shop/files/(?P<id>\d+)\.jpg$"), None),
    (re.compile(r"^/uploads/(?P<id>\d+)/card\.jpg$"), (300, 200)),
    (re.compile(r"^/uploads/(?P<id>\d+)/large\.jpg$"), None),
    (re.compile(r"^/img/(?P<id>\d+)\.jpg$"), None),
    (re.compile(r"^/vehicles/(?P<id>[0-9a-f]{40})\.jpg$"), None),
)
FORMATS = {".avif": "AVIF", ".png": "PNG"}


def answer_photo(site: str, path: str) -> Page | None:
    """The image at a path of a site, or None when the path names none."""
    named = photo_at(site, path)
    if named is None:
        return None
    return Page(
        draw(*named), content_type=TYPES[named[2]], headers=(("cache-control", "max-age=86400"),)
    )


def photo_at(site: str, path: str) -> tuple[str, tuple[int, int], str] | None:
    """What the image at a path shows, its width and height, and its format; None when the path
    names no image.
    """
    if path == "/images/logo.png":
        return f"logo/{site}", (160, 60), "PNG"
    if path == "/favicon.png":
        return f"icon/{site}", (32, 32), "PNG"
    if path == "/images/photo-coming-soon.png":
        return "no photo", (300, 200), "PNG"
    if path == "/images/showroom-banner.jpg":
        return f"banner/{site}", (600, 200), "JPEG"
    if path.startswith("/uploads/dealer/"):
        return f"logo{path}", (160, 60), "PNG"
    for pattern, box in PATTERNS:
        if found := pattern.match(path):
            named = found.groupdict()
            if named.get("w"):
                box = (int(named["w"]) // SHRINK, int(named["h"]) // SHRINK)
            return (
                f"photo/{found['id']}",
                _fit(box or NATIVE),
                FORMATS.get(named.get("ext") or "", "JPEG"),
            )
    return None


def _fit(box: tuple[int, int]) -> tuple[int, int]:
    """The native size scaled into the box, never enlarged, as the real photo hosts do."""
    scale = min(1.0, box[0] / NATIVE[0], box[1] / NATIVE[1])
    return max(1, round(NATIVE[0] * scale)), max(1, round(NATIVE[1] * scale))


@lru_cache(maxsize=2048)
def draw(name: str, size: tuple[int, int], kind: str) -> bytes:
    """A picture that is told apart from every other by its colours and shapes, in JPEG, PNG or
    AVIF.
    """
    seed = sha256(name.encode()).digest()
    width, height = size
    image = Image.new("RGB", size, (seed[0], seed[1], seed[2]))
    pen = ImageDraw.Draw(image)
    horizon = height * (40 + seed[3] % 30) // 100
    pen.rectangle((0, horizon, width, height), fill=(seed[4], seed[5], seed[6]))
    left, right = width * (5 + seed[7] % 20) // 100, width * (75 + seed[8] % 20) // 100
    top, bottom = height * (35 + seed[9] % 15) // 100, height * (65 + seed[10] % 15) // 100
    pen.rectangle((left, top, right, bottom), fill=(seed[11], seed[12], seed[13]))
    wheel = max(2, height // 8)
    for middle in (left + wheel, right - wheel):
        pen.ellipse(
            (middle - wheel, bottom - wheel, middle + wheel, bottom + wheel), fill=(20, 20, 20)
        )
    for stripe in range(8):
        if seed[14] >> stripe & 1:
            x = width * stripe // 8
            pen.line((x, 0, x, horizon), fill=(seed[15 + stripe], seed[23], seed[24]), width=3)
    target = BytesIO()
    if kind == "AVIF":
        image.save(target, kind, quality=50, speed=10)
    else:
        image.save(target, kind, quality=60)
    return target.getvalue()


class PhotoSite:
    """A host that serves nothing but images: the CDN of the platforms, or classic.com's."""

    def __init__(self, key: str):
        self.key = key

    def answer(self, visit: Visit) -> Page:
        """The image at the path, a robots.txt that allows all, or 404."""
        if visit.path == "/robots.txt":
            return text("User-agent: *\nAllow: /\n")
        return answer_photo(self.key, visit.path) or html("missing.html", 404)
