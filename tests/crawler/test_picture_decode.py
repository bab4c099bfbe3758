"""What is kept of a picture, and what is refused: pixels pass, everything else does not."""

import io
from collections.abc import AsyncIterator

import pytest
from PIL import Image, ImageCms

from crawler.pictures.decode import Decoded, Limits, Unusable, decode
from crawler.pictures.decoder import Decoders
from crawler.pictures.formats import kind_of
from tests.conftest import Tally
from tests.crawler.hostile_pictures import MARKS, encoded, hostile, photo

LIMITS = Limits(max_bytes=20 * 1024 * 1024, max_pixels=50_000_000)


@pytest.fixture
async def decoders() -> AsyncIterator[Decoders]:
    decoders = Decoders()
    yield decoders
    await decoders.close()


def kept(body: bytes, purpose: str = "vehicle") -> Decoded:
    return decode(body, purpose, LIMITS)


def opened(picture: Decoded) -> Image.Image:
    image = Image.open(io.BytesIO(picture.body))
    image.load()
    return image


async def test_nothing_hostile_is_let_through(decoders: Decoders, tally: Tally) -> None:
    through, surprises, tried = [], [], 0
    for name, make, expected in hostile():
        tried += 1
        body = make()
        try:
            picture = await decoders.decode(body, "vehicle", LIMITS)
        except Unusable as refusal:
            if refusal.reason not in expected:
                surprises.append((name, refusal.reason))
            continue
        hidden = [mark for mark in MARKS if mark in picture.body]
        if "kept" not in expected or hidden or kind_of(picture.body) not in ("jpeg", "png", "webp"):
            through.append((name, hidden))
    tally("pictures", tried, len(through))
    assert tried >= 60
    assert through == []
    assert surprises == []


@pytest.mark.parametrize(
    ("encoding", "mode", "media_type"),
    [
        ("JPEG", "RGB", "image/jpeg"),
        ("JPEG", "L", "image/jpeg"),
        ("JPEG", "CMYK", "image/jpeg"),
        ("PNG", "RGBA", "image/png"),
        ("PNG", "P", "image/png"),
        ("PNG", "1", "image/png"),
        ("WEBP", "RGB", "image/webp"),
        ("WEBP", "RGBA", "image/webp"),
        ("GIF", "P", "image/png"),
        ("AVIF", "RGB", "image/webp"),
        ("AVIF", "RGBA", "image/webp"),
    ],
)
def test_a_picture_stays_what_it_shows(encoding: str, mode: str, media_type: str) -> None:
    source = photo(64, 48, mode)
    picture = kept(encoded(source, encoding))
    assert (picture.media_type, picture.width, picture.height) == (media_type, 64, 48)
    shown, wanted = opened(picture).convert("RGB"), source.convert("RGB")
    difference = [abs(a - b) for a, b in zip(shown.tobytes(), wanted.tobytes(), strict=True)]
    assert sum(difference) / len(difference) < 12


def test_equal_bytes_become_equal_bytes() -> None:
    body = encoded(photo(200, 100))
    assert kept(body) == kept(body)


def test_where_and_when_a_photo_was_taken_is_gone() -> None:
    exif = Image.Exif()
    exif[0x010F] = "SECRET camera"
    exif.get_ifd(0x8825).update({1: "N", 2: (48.0, 8.0, 11.0)})
    xmp = b"<x:xmpmeta>SECRET</x:xmpmeta>"
    for encoding in ("JPEG", "PNG", "WEBP", "AVIF"):
        picture = kept(
            encoded(
                None, encoding, exif=exif.tobytes(), **({} if encoding == "PNG" else {"xmp": xmp})
            )
        )
        assert not opened(picture).getexif()
        assert b"SECRET" not in picture.body
        assert b"Exif" not in picture.body


@pytest.mark.parametrize("encoding", ["JPEG", "PNG", "WEBP"])
def test_a_photo_is_turned_upright(encoding: str) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6
    source = Image.new("RGB", (64, 48), "blue")
    source.paste((255, 0, 0), (0, 0, 64, 12))
    picture = kept(encoded(source, encoding, exif=exif.tobytes()))
    assert (picture.width, picture.height) == (48, 64)
    red, _, blue = opened(picture).convert("RGB").getpixel((46, 30))  # type: ignore[misc]
    assert red > 200
    assert blue < 60


def test_no_colour_profile_is_kept() -> None:
    lab = ImageCms.ImageCmsProfile(ImageCms.createProfile("XYZ")).tobytes()
    picture = kept(encoded(None, "JPEG", icc_profile=lab))
    assert "icc_profile" not in opened(picture).info
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    assert "icc_profile" not in opened(kept(encoded(None, "PNG", icc_profile=srgb))).info


def test_a_broken_profile_is_ignored() -> None:
    assert kept(encoded(None, "JPEG", icc_profile=b"no profile" * 20)).media_type == "image/jpeg"


def test_the_original_compression_is_kept() -> None:
    for quality in (40, 95):
        body = encoded(photo(400, 300), "JPEG", quality=quality)
        assert len(kept(body).body) == pytest.approx(len(body), rel=0.1)


def test_transparency_stays() -> None:
    source = Image.new("RGBA", (8, 8), (1, 2, 3, 0))
    for encoding in ("PNG", "WEBP", "GIF", "AVIF"):
        alpha = opened(kept(encoded(source, encoding))).convert("RGBA").getpixel((3, 3))
        assert isinstance(alpha, tuple)
        assert alpha[3] == 0


def test_of_an_animation_the_first_frame_is_kept() -> None:
    frames = [Image.new("RGB", (8, 8), colour) for colour in ("red", "lime", "blue")]
    for encoding in ("GIF", "WEBP", "PNG", "AVIF"):
        body = encoded(frames[0], encoding, save_all=True, append_images=frames[1:])
        image = opened(kept(body))
        assert getattr(image, "n_frames", 1) == 1
        pixel = image.convert("RGB").getpixel((4, 4))
        assert isinstance(pixel, tuple)
        assert pixel[0] > 200
        assert max(pixel[1:]) < 60


def test_a_favicon_may_be_an_icon() -> None:
    body = encoded(photo(48, 48), "ICO", sizes=[(16, 16), (48, 48)])
    picture = kept(body, "favicon")
    assert (picture.media_type, picture.width) == ("image/png", 48)
    with pytest.raises(Unusable, match="ico"):
        kept(body, "logo")


def test_a_limit_is_a_limit() -> None:
    body = encoded(photo(100, 100))
    assert decode(body, "vehicle", Limits(len(body), 10_000)).width == 100
    with pytest.raises(Unusable, match="too_many_pixels"):
        decode(body, "vehicle", Limits(len(body), 9_999))
    with pytest.raises(Unusable, match="too_many_bytes"):
        decode(body, "vehicle", Limits(len(body) - 1, 10_000))
