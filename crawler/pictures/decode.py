"""From a stranger's bytes to a picture of our own: decoded, stripped and encoded anew, or refused.

Values in, values out; it runs in a process of its own (`decoder`), so it imports nothing of Scrapy.
What is kept holds pixels alone: no EXIF (and no GPS position), no comments, no thumbnails, no
colour profile, nothing behind the end of the image, and one frame. Types: JPEG, PNG and WebP stay
what they are; GIF and favicons become PNG, AVIF becomes WebP.
"""

import io
import warnings
from dataclasses import dataclass

from PIL import Image, ImageCms, ImageOps

from crawler.pictures.formats import ICON, PICTURES, kind_of

__all__ = ["Decoded", "Limits", "Unusable", "decode"]

MAX_SIDE = 16_383
"""Pixels: the longest side that WebP can hold. More is no photo."""
MAX_PROFILE = 4 * 1024 * 1024
"""Bytes of a colour profile; real ones for print take up to about two million."""
QUALITY = 90
"""Of JPEG and WebP, where the original's own settings cannot be kept."""


@dataclass(frozen=True, slots=True)
class Limits:
    """What a picture may cost; bytes as transferred, pixels as width times height."""

    max_bytes: int
    max_pixels: int


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture of our own: its bytes, its media type and file extension, and its size in
    pixels."""

    body: bytes
    media_type: str
    extension: str
    width: int
    height: int


class Unusable(Exception):
    """Raised for a body that no picture can be made of. ``reason`` is short and countable."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


TYPES = {
    "JPEG": ("image/jpeg", "jpg"),
    "PNG": ("image/png", "png"),
    "WEBP": ("image/webp", "webp"),
}
ENCODED_AS = {"jpeg": "JPEG", "png": "PNG", "webp": "WEBP", "gif": "PNG", "avif": "WEBP"}


def decode(body: bytes, purpose: str, limits: Limits) -> Decoded:
    """Make a picture of our own from a body; raises Unusable with the reason."""
    if len(body) > limits.max_bytes:
        raise Unusable("too_many_bytes")
    kind = kind_of(body)
    if kind not in PICTURES and not (kind == ICON and purpose == "favicon"):
        raise Unusable(kind)
    # Pillow's own limit is there for whoever has none; ours may lie on either side of it.
    before, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, limits.max_pixels
    try:
        with warnings.catch_warnings():
            # Half-broken metadata is warned of and dropped with the rest of it.
            warnings.simplefilter("ignore")
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(io.BytesIO(body), formats=[kind.upper()]) as image:
                return _own(image, ENCODED_AS.get(kind, "PNG"), limits)
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise Unusable("too_many_pixels") from None
    except MemoryError:
        raise Unusable("too_much_memory") from None
    except Unusable:
        raise
    except Exception as error:
        # Decoders raise whatever their input leads them to: OSError, SyntaxError, struct.error,
        # ValueError, IndexError, … None of it is a bug of ours, all of it means the same.
        raise Unusable(_reason(str(error).lower())) from error
    finally:
        Image.MAX_IMAGE_PIXELS = before


def _reason(message: str) -> str:
    if "truncated" in message or "premature" in message or "unexpected end" in message:
        return "truncated"
    if "decompressed data too large" in message or "too much memory used in text" in message:
        return "metadata_bomb"
    return "corrupt"


def _own(image: Image.Image, encoding: str, limits: Limits) -> Decoded:
    _check_size(image, limits)
    if len(image.info.get("icc_profile") or b"") > MAX_PROFILE:
        raise Unusable("metadata_bomb")
    image.load()
    # What was announced is not always what was decoded: an icon's frames have sizes of their own.
    _check_size(image, limits)
    shown = _in_srgb(_upright(image))
    if encoding == "JPEG" and shown.mode not in ("L", "RGB"):
        shown = shown.convert("RGB")
    elif encoding == "WEBP" and shown.mode not in ("RGB", "RGBA"):
        shown = shown.convert("RGBA" if shown.has_transparency_data else "RGB")
    body = io.BytesIO()
    # Encoders copy what they find here: comments, profiles, XMP, EXIF.
    kept = shown.info.get("transparency") if encoding == "PNG" else None
    shown.info = {} if kept is None else {"transparency": kept}
    shown.save(body, encoding, **_settings(shown, encoding))
    media_type, extension = TYPES[encoding]
    return Decoded(body.getvalue(), media_type, extension, shown.width, shown.height)


def _settings(image: Image.Image, encoding: str) -> dict[str, str | int]:
    if encoding == "PNG":
        return {}
    # The tables of the original lose next to nothing; they are there as long as it is untouched.
    keeps = encoding == "JPEG" and image.format == "JPEG"
    return {"quality": "keep" if keeps else QUALITY}


def _check_size(image: Image.Image, limits: Limits) -> None:
    width, height = image.size
    if width < 1 or height < 1:
        raise Unusable("corrupt")
    if width * height > limits.max_pixels or max(width, height) > MAX_SIDE:
        raise Unusable("too_many_pixels")


def _upright(image: Image.Image) -> Image.Image:
    """Apply the orientation that EXIF asks for; broken EXIF asks for nothing."""
    try:
        if image.getexif().get(0x0112, 1) in (None, 1):
            return image
        return ImageOps.exif_transpose(image)
    except Exception:
        # Hostile EXIF raises as freely as hostile pixels do.
        return image


def _in_srgb(image: Image.Image) -> Image.Image:
    """Translate the colours of a foreign profile, so that they survive without it."""
    profile = image.info.get("icc_profile")
    if not profile or image.mode not in ("RGB", "CMYK"):
        return image
    try:
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if "srgb" in ImageCms.getProfileDescription(source).lower():
            return image
        target = ImageCms.createProfile("sRGB")
        translated = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
    except (ImageCms.PyCMSError, OSError, ValueError):
        return image  # A profile that cannot be used is as good as none.
    return translated or image
