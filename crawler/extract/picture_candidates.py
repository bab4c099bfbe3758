"""Every picture a vehicle's page shows or offers, each with all its sizes, in document order.

One candidate is one photo: an image with its lazy and zoom attributes, the ``<source>`` elements
beside it, and the link to its full size around it.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extract.listed_pictures import MOVING, is_vehicle_photo, json_pictures
from crawler.extract.main_block import leads_elsewhere
from crawler.extract.page import Page
from crawler.extract.part import part_of
from crawler.extract.photos import BACKGROUND
from crawler.extract.picture_urls import (
    is_picture_path,
    original_of,
    picture_identity,
)
from crawler.extract.text import class_words, fold
from crawler.extract.words import words

__all__ = ["Candidate", "candidates_of", "source_set"]

# Attributes that name a larger picture than the one shown, and those of lazy loaders.
FULL = (
    "data-zoom-image", "data-zoom", "data-full", "data-full-src", "data-fullsrc", "data-large",
    "data-large_image", "data-large-src", "data-highres", "data-hires", "data-big", "data-original",
    "data-orig-file", "data-pswp-src", "data-image-full", "data-fullsize", "data-hd", "data-max",
    "data-mfp-src", "data-original-src", "data-zoom-src", "data-lightbox-src", "data-magnify-src",
    "data-img-full", "data-image-large", "data-xlarge", "data-large-file", "data-rsbigimg",
    "data-image-large-src", "data-full-size-image-url",
)  # fmt: skip
LAZY = (
    "data-lazy-src", "data-lazy", "data-src", "data-image", "data-img", "data-photo", "data-url",
    "data-flickity-lazyload", "data-splide-lazy", "data-echo", "data-bg", "data-background",
    "data-background-image", "data-bg-src", "data-image-src", "data-displayphoto", "data-main",
    "data-normal", "data-medium", "data-lazyload", "data-slide-src", "data-imgsrc",
    "data-bg-image", "data-lazy-load-src", "data-image-url", "data-srclazy",
)  # fmt: skip
SHOWN = ("src", "data-thumb", "data-thumbnail", "data-exthumbimage", "data-thumb-src")
SETS = (
    "srcset", "data-srcset", "data-lazy-srcset", "data-flickity-lazyload-srcset",
    "data-splide-lazy-srcset", "data-bgset", "data-pswp-srcset", "data-srcsetlazy",
)  # fmt: skip
PLACES = {
    name: (order, place)
    for order, (name, place) in enumerate(
        [
            *((name, 3) for name in FULL),
            *((name, 2) for name in LAZY),
            *((name, 1) for name in SHOWN),
            *((name, 2) for name in SETS),
        ]
    )
}
"""By name, the order in which attributes are read, and how large a picture they name."""
LINK_NAMES = re.compile(
    r"fancybox|lightbox|lightgallery|lg-item|swipebox|magnific|mfp|photoswipe|pswp|glightbox|"
    r"venobox|colorbox|thickbox|prettyphoto|gallery|zoom|image-popup|popup-image|highslide|"
    r"featherlight|thumb",
    re.IGNORECASE,
)
MOVING_NAMES = frozenset(["video", "youtube", "vimeo", "map", "maps", "qr", "qrcode", "avatar"])
FURNITURE_NAMES = words("furniture_class")
FURNITURE_ALT = re.compile(
    r"\blogos?\b|\bicons?\b|^sold\W*$|no (?:image|photo)|coming soon|carfax|autocheck|\bbadge\b|"
    r"\bfinanc(?:e|ing)\b|\bwarranty\b|\bshipping\b|\bapply\b|get (?:pre-?)?(?:approved|qualified)|"
    r"\bmap\b|directions|our (?:showroom|team|staff|dealership)|\bshowroom\b|^loading|\bbanner\b|"
    r"trade[- ]?in|facebook|instagram|youtube|twitter|\bvideo\b|credit|payments?\b|placeholder|"
    r"\bQR\b|awards?\b|certified dealer|\bbbb\b|google",
    re.IGNORECASE,
)
MAX_ATTRIBUTE = 400_000
MAX_UP = 4
SMALL = 60


@dataclass(frozen=True)
class Candidate:
    """One photo: its URLs by preference of place, the identities it is known by, where it stands.

    ``marked`` tells that a gallery's markup carries it; ``alt`` is its text.
    """

    urls: tuple[tuple[int, str], ...]
    element: HtmlElement
    marked: bool
    alt: str

    @cached_property
    def identities(self) -> tuple[str, ...]:
        """The identities of all its URLs, without repeats."""
        return tuple(dict.fromkeys(picture_identity(url) for _, url in self.urls))


def candidates_of(
    page: Page, elements: Sequence[HtmlElement], cut: Mapping[HtmlElement, str]
) -> list[Candidate]:
    """Return the photos that elements of a page show or link, in document order."""
    found: list[Candidate] = []
    covered: set[HtmlElement] = set()
    elsewhere: set[HtmlElement] = set()
    for element in elements:
        parent = element.getparent()
        if parent is not None and parent in covered:
            covered.add(element)
            continue
        if parent is not None and parent in elsewhere:
            elsewhere.add(element)
            continue
        if element.tag == "a" and _leaves(page, element):
            elsewhere.add(element)
            continue
        candidate = _candidate(page, element)
        if candidate is not None:
            found.append(candidate)
            if element.tag not in ("body", "main", "section", "form", "table"):
                covered.add(element)
        else:
            found.extend(_listed(page, element))
    return found


def _leaves(page: Page, anchor: HtmlElement) -> bool:
    """Whether a link leads to another page, so that the picture in it advertises that page."""
    href = (anchor.get("href") or "").strip()
    if not href or href.startswith(("#", "javascript:", "data:")):
        return False
    url = page.link(href)
    if url is None:
        return True
    if MOVING.search(url):
        return True
    if is_picture_path(url) or _is_gallery_link(anchor):
        return False
    if any(picture_identity(shown) == picture_identity(url) for shown in _inner(page, anchor)):
        return False
    return leads_elsewhere(page, url)


def _inner(page: Page, anchor: HtmlElement) -> Iterator[str]:
    for image in anchor.iter("img"):
        # Where a script loads the picture, src is a blank one.
        for name in ("src", "data-src", "data-lazy-src", "data-lazy", "data-original"):
            if url := page.link(image.get(name)):
                yield url


def _is_gallery_link(anchor: HtmlElement) -> bool:
    attributes = anchor.attrib
    if attributes.get("data-type") in ("iframe", "video", "ajax", "inline"):
        return False
    if any(
        name.startswith(("data-fancybox", "data-lightbox", "data-pswp", "data-gallery", "data-lg"))
        for name in attributes
    ):
        return True
    names = f"{attributes.get('class', '')} {attributes.get('rel', '')}"
    if not LINK_NAMES.search(names):
        return False
    path = urlsplit(attributes.get("href", "")).path
    return not re.search(r"\.(?:html?|php|aspx?)$|/$", path) and bool(path.strip("/"))


def _candidate(page: Page, element: HtmlElement) -> Candidate | None:
    tag = element.tag
    attributes = part_of(element).attributes
    if not attributes or tag in ("input", "video", "audio", "iframe", "object", "link", "meta"):
        return None
    urls: list[tuple[int, str]] = []
    marked = False
    if tag == "a":
        url = _url(page, attributes.get("href")) or _opened(page, element)
        if url is None and (url := _url(page, attributes.get("data-href"))):
            url = url if is_picture_path(url) else None
        if url is not None and (
            is_picture_path(url)
            or _is_gallery_link(element)
            or any(
                picture_identity(shown) == picture_identity(url) for shown in _inner(page, element)
            )
        ):
            urls.append((4, url))
            marked = True
        # A full size that the link names beside its own address is larger than that.
        urls += [
            (5 if place >= 3 else place, url)
            for place, url in _attribute_urls(page, attributes, shown=False)
        ]
        if urls:
            for inner in element.iter("img", "source"):
                urls += [
                    (min(place, 2), url)
                    for place, url in _attribute_urls(page, part_of(inner).attributes, shown=True)
                ]
    elif tag in ("img", "amp-img"):
        urls = _attribute_urls(page, attributes, shown=True)
        if urls and (url := _opened(page, element)):
            urls.append((3, url))
        holder = element.getparent()
        # The parser does not know that <source> is empty: it hangs the picture into the last one.
        while holder is not None and holder.tag == "source":
            holder = holder.getparent()
        if urls and holder is not None and holder.tag == "picture":
            for source in holder.iter("source"):
                urls += _attribute_urls(page, part_of(source).attributes, shown=False)
    elif tag == "picture":
        if next(element.iter("img"), None) is None:
            for source in element.iter("source"):
                urls += _attribute_urls(page, part_of(source).attributes, shown=False)
    elif tag != "source":
        if style := attributes.get("style"):
            match = BACKGROUND.search(style[:4_000])
            if match and (url := _url(page, match[2])):
                urls.append((1, url))
        own = [
            (place, url)
            for place, url in _attribute_urls(page, attributes, shown=False)
            if is_picture_path(url) or tag in ("li", "div", "figure", "span", "button")
        ]
        # A slide that names its photo; the picture in it is a smaller one of the same.
        pictured = [entry for entry in own if _plausible(entry[1])]
        if pictured:
            images = list(element.iter("img"))
            if len(images) > 1:
                return None
            urls += pictured
            for inner in images:
                urls += [
                    (min(place, 2), url)
                    for place, url in _attribute_urls(page, part_of(inner).attributes, shown=True)
                ]
        elif urls and any(True for _ in element.iter("img")):
            return None
    urls = [(place, original_of(url)) for place, url in urls]
    urls = list(dict.fromkeys(entry for entry in urls if _is_address(entry[1])))
    if not urls or _is_furniture(element):
        return None
    alt = fold(attributes.get("alt") or attributes.get("title") or "")
    if not alt and tag != "img":
        inner = next(element.iter("img"), None)
        alt = fold(inner.get("alt") or "") if inner is not None else ""
    if tag in ("img", "a") and alt and len(alt) <= 60 and FURNITURE_ALT.search(alt):
        return None
    return Candidate(tuple(urls), element, marked, alt)


def _is_address(url: str) -> bool:
    """Whether a URL is a photo's, and no template that a script would fill in."""
    return is_vehicle_photo(url) and "{" not in url and "%7b" not in url.lower()


def _opened(page: Page, element: HtmlElement) -> str | None:
    """The picture that a link, or a small picture, opens or shows large by a script:
    ``javascript:openWin('/large/1.jpg')``."""
    said = " ".join(element.get(name, "") for name in OPENERS)
    match = OPENED.search(said) if "." in said else None
    return _url(page, match[1]) if match else None


OPENERS = ("onclick", "onmouseover", "href")


OPENED = re.compile(r"\([^)]*?['\"]([^'\"()\s]+\.(?:jpe?g|png|webp|avif))['\"]", re.IGNORECASE)


def _plausible(url: str) -> bool:
    return is_picture_path(url) or bool(re.search(r"\d{3,4}x\d{3,4}|/image|/photo|w=\d", url))


def _attribute_urls(
    page: Page, attributes: Mapping[str, str], shown: bool
) -> list[tuple[int, str]]:
    """The URLs an element's attributes name: full size (3), lazy (2), sets (2), shown (1)."""
    urls: list[tuple[int, str]] = []
    for name in sorted(PLACES.keys() & attributes.keys(), key=PLACES.__getitem__):
        value, place = attributes[name], PLACES[name][1]
        if name in SETS:
            every = (_url(page, raw) for raw in source_set(value))
            urls += [(place, url) for url in every if url is not None][:1]
        elif value and len(value) <= 4_000 and (shown or place > 1):
            match = BACKGROUND.search(f"background:{value}") if "url(" in value else None
            if (url := _url(page, match[2] if match else value)) is not None:
                # What a script fits to every screen is the upload.
                urls.append((max(place, 3) if "{w" in value else place, url))
    if shown:
        for name, value in attributes.items():
            if (
                name not in PLACES
                and name.startswith("data-")
                and PICTURED.search(name)
                and is_picture_path(value)
                and (url := _url(page, value)) is not None
            ):
                urls.append((3 if LARGER.search(name) else 2, url))
    return urls


# Lazy loaders and lightboxes that are not listed name their attributes alike.
PICTURED = re.compile(
    r"^(?!.*(?:thumb|small|preview|placeholder|low|blur|hover|logo|icon|next|prev|sold))"
    r".*(?:src|image|img|photo|picture|large|full|zoom|big|orig|hi-?res)"
)
LARGER = re.compile(r"large|full|zoom|big|orig|hi-?res|lightbox|swipe|fancybox|popup|max")


def _url(page: Page, raw: str | None) -> str | None:
    raw = (raw or "").strip().strip("'\"")
    if (
        not raw
        or len(raw) > 2_000
        or raw[0] in "#{[<"
        or "{{" in raw
        or (" " in raw.strip()[:8] and not is_picture_path(raw))
    ):
        return None
    if raw.startswith(("data:", "blob:", "about:", "javascript:")):
        return None
    if "/" not in raw and "." not in raw:
        return None
    return page.link(raw)


def source_set(text: str) -> list[str]:
    """The URLs of a srcset, the largest first."""
    entries: list[tuple[float, int, str]] = []
    for index, entry in enumerate(re.split(r",\s+|(?<=[wx]),", text.strip()[:20_000])):
        match = re.search(r"\s+(\d+(?:\.\d+)?)([wx])\s*,?$", entry)
        url = (entry[: match.start()] if match else entry).strip()
        if url:
            entries.append((float(match[1]) if match else 1.0, -index, url))
    return [url for _, _, url in sorted(entries, reverse=True)]


def _is_furniture(element: HtmlElement) -> bool:
    """Whether an element, or one of the few around it, is named for what is no photo of a car."""
    node: HtmlElement | None = element
    for step in range(MAX_UP):
        if node is None or node.tag in ("body", "main", "html"):
            break
        words = class_words(node.get("class"), node.get("id"))
        if step <= 1 and words & FURNITURE_NAMES and not words & {"gallery", "slider", "swiper"}:
            return True
        if words & MOVING_NAMES and not words & {"gallery", "photos", "photo", "images"}:
            return True
        node = node.getparent()
    sizes = [element.get(name, "").removesuffix("px") for name in ("width", "height")]
    return any(size.isdigit() and int(size) <= SMALL for size in sizes) and element.tag == "img"


def _listed(page: Page, element: HtmlElement) -> Iterable[Candidate]:
    """The photos of a JSON list in an attribute: ``data-images='["…","…"]'``."""
    for name, value in element.attrib.items():
        if len(value) > 20 and value.lstrip()[:1] in "[{" and LISTS.search(name):
            for group in json_pictures(value[:MAX_ATTRIBUTE], page.link):
                yield Candidate(tuple(group), element, True, "")


# Of plug-ins, of Vue's and Alpine's components, and of web components.
LISTS = re.compile(
    r"image|photo|gallery|slide|dynamic|picture|media|element|src|^x-data$|items$|props$"
)
