"""Bodies that are no pictures, pretend to be some, or are built to hurt a decoder; and the pictures
that tests make them from."""

import gzip
import io
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator

from PIL import Image, PngImagePlugin

__all__ = ["MARKS", "Body", "encoded", "hostile", "photo", "png_chunk"]

Body = Callable[[], bytes]

MARKS = (b"<script", b"<svg", b"<html", b"PK\x03\x04", b"alert(", b"<?php", b"SECRET")
"""What no kept picture may hold, wherever in the file."""
SCRIPT = b"<script>alert(document.domain)</script>"


def photo(width: int = 64, height: int = 48, mode: str = "RGB", seed: int = 0) -> Image.Image:
    """A picture of its own for every seed."""
    image = Image.linear_gradient("L").rotate(seed % 360).resize((width, height))
    if mode in ("RGB", "RGBA"):
        levels = (seed % 250, seed // 250 % 250, 60)
        image = Image.merge(
            "RGB", [image.point(lambda v, add=add: (v + add) % 256) for add in levels]
        )
    return image.convert(mode)


def encoded(image: Image.Image | None = None, encoding: str = "JPEG", **settings: object) -> bytes:
    """The picture as a file."""
    body = io.BytesIO()
    (image or photo()).save(body, encoding, **settings)
    return body.getvalue()


def png_chunk(name: bytes, content: bytes) -> bytes:
    """One chunk of a PNG, checksum included."""
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )


def png(
    width: int, height: int, *chunks: bytes, depth: int = 8, colour: int = 2, data: bytes = b""
) -> bytes:
    """A PNG of any claimed size: extra chunks, then the given image data."""
    header = struct.pack(">IIBBBBB", width, height, depth, colour, 0, 0, 0)
    parts = [
        png_chunk(b"IHDR", header),
        *chunks,
        png_chunk(b"IDAT", data or zlib.compress(b"\0" * 100)),
    ]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts) + png_chunk(b"IEND", b"")


def gif(width: int, height: int) -> bytes:
    return (
        b"GIF89a"
        + struct.pack("<HH", width, height)
        + b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0"
        + (struct.pack("<HH", width, height) + b"\0\x02\x02D\x01\0;")
    )


def zipped() -> bytes:
    body = io.BytesIO()
    with zipfile.ZipFile(body, "w") as archive:
        archive.writestr("payload.html", SCRIPT)
    return body.getvalue()


def jpeg_claiming(width: int, height: int) -> bytes:
    body = bytearray(encoded())
    at = body.index(b"\xff\xc0") + 5
    body[at : at + 4] = struct.pack(">HH", height, width)
    return bytes(body)


def jpeg_with(marker: int, content: bytes, times: int = 1) -> bytes:
    segment = bytes([0xFF, marker]) + struct.pack(">H", len(content) + 2) + content
    body = encoded()
    return body[:2] + segment * times + body[2:]


def profile_segments(size: int) -> bytes:
    parts = [b"\0" * 65_000 for _ in range(size // 65_000)]
    body = encoded()
    segments = b"".join(
        b"\xff\xe2"
        + struct.pack(">H", len(part) + 16)
        + b"ICC_PROFILE\0"
        + bytes([number, len(parts)])
        + part
        for number, part in enumerate(parts, 1)
    )
    return body[:2] + segments + body[2:]


def commented_png() -> bytes:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", SCRIPT.decode() + "SECRET")
    text.add_itxt("XML:com.adobe.xmp", "<svg onload=alert(1)>")
    return encoded(None, "PNG", pnginfo=text)


def webp_claiming(width: int, height: int) -> bytes:
    head = b"VP8X" + struct.pack("<I", 10) + b"\0\0\0\0"
    head += struct.pack("<I", width - 1)[:3] + struct.pack("<I", height - 1)[:3]
    body = head + encoded(None, "WEBP")[12:]
    return b"RIFF" + struct.pack("<I", len(body) + 4) + b"WEBP" + body


def hostile() -> Iterator[tuple[str, Body, set[str]]]:
    """Name, body, and the reasons that may be given; ``kept`` where a harmless picture may come out
    instead, without anything of what was hidden in it."""
    size = {"too_many_pixels", "corrupt", "truncated"}
    svg = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + SCRIPT + b"</svg>"
    yield "svg with script", lambda: svg, {"svg"}
    yield "svg with declaration", lambda: b'<?xml version="1.0"?>\n<!-- x -->' + svg, {"svg"}
    yield (
        "svg with doctype and entity",
        lambda: (
            b'<?xml version="1.0"?><!DOCTYPE svg [<!ENTITY x SYSTEM "file:///etc/passwd">]>' + svg
        ),
        {"svg"},
    )
    yield "svg behind a byte order mark", lambda: b"\xef\xbb\xbf" + svg, {"svg"}
    yield "svg in utf-16", lambda: svg.decode().encode("utf-16"), {"svg"}
    yield "svg behind blanks", lambda: b" \r\n\t" * 500 + svg, {"svg"}
    yield "svg, compressed", lambda: gzip.compress(svg), {"gzip"}
    yield "html", lambda: b"<!DOCTYPE html><html><body>" + SCRIPT, {"html"}
    yield "html without doctype", lambda: b"\n\n<HTML>" + SCRIPT, {"html"}
    yield "html with an svg inside", lambda: b"<html><body>" + svg, {"html"}
    yield "html behind a comment", lambda: b"<!-- GIF89a --><html>" + SCRIPT, {"html"}
    yield "javascript", lambda: b"/*\xff\xd8\xff*/alert(1)//", {"not_an_image"}
    yield "json", lambda: b'{"error": "not found"}', {"json"}
    yield "plain text", lambda: b"Not found", {"not_an_image"}
    yield "nothing", lambda: b"", {"empty"}
    yield "zeros", lambda: bytes(5_000), {"not_an_image"}
    yield "php", lambda: b"<?php system($_GET[1]); ?>", {"not_an_image", "xml"}
    yield "pdf", lambda: b"%PDF-1.7\n1 0 obj", {"pdf"}
    yield "postscript", lambda: b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n", {"eps"}
    yield "binary postscript", lambda: b"\xc5\xd0\xd3\xc6" + bytes(40), {"eps"}
    yield "tiff", lambda: encoded(None, "TIFF"), {"tiff"}
    yield "big-endian tiff", lambda: b"MM\0*" + bytes(50), {"tiff"}
    yield "bigtiff", lambda: b"II+\0\x08\0\0\0" + bytes(50), {"tiff"}
    yield "bmp", lambda: encoded(None, "BMP"), {"bmp"}
    yield "photoshop", lambda: b"8BPS\0\x01" + bytes(60), {"psd"}
    yield "icon as a photo", lambda: encoded(None, "ICO"), {"ico"}
    yield "cursor", lambda: b"\0\0\x02\0\x01\0" + bytes(60), {"cur"}
    yield "jpeg 2000", lambda: b"\0\0\0\x0cjP  \r\n\x87\n" + bytes(60), {"jpeg2000"}
    yield "jpeg xl", lambda: b"\xff\x0a" + bytes(60), {"jxl"}
    yield "heic", lambda: b"\0\0\0\x18ftypheic" + bytes(60), {"heic"}
    yield "video", lambda: b"\0\0\0\x18ftypisom" + bytes(60), {"mp4"}
    yield "windows metafile", lambda: b"\xd7\xcd\xc6\x9a" + bytes(60), {"not_an_image"}
    yield "netpbm", lambda: b"P6 4 4 255\n" + bytes(48), {"not_an_image"}
    yield "fits in gzip", lambda: gzip.compress(b"SIMPLE  =" + bytes(3_000)), {"gzip"}
    yield "zip", zipped, {"zip"}
    yield "executable", lambda: b"MZ\x90\0" + bytes(200), {"not_an_image"}
    yield "truncated jpeg", lambda: encoded(photo(640, 480))[:2_000], {"truncated"}
    yield "jpeg header alone", lambda: b"\xff\xd8\xff\xe0\0\x10JFIF\0", {"truncated", "corrupt"}
    yield "truncated png", lambda: encoded(photo(640, 480), "PNG")[:900], {"truncated", "corrupt"}
    yield "png signature alone", lambda: b"\x89PNG\r\n\x1a\n", {"truncated", "corrupt"}
    yield "truncated webp", lambda: encoded(photo(640, 480), "WEBP")[:300], {"truncated", "corrupt"}
    yield "truncated gif", lambda: encoded(photo(640, 480), "GIF")[:900], {"truncated", "corrupt"}
    yield "truncated avif", lambda: encoded(photo(), "AVIF")[:200], {"truncated", "corrupt"}
    yield (
        "png with a broken checksum",
        lambda: encoded(None, "PNG").replace(b"IDAT", b"IDAT\xff", 1),
        {"truncated", "corrupt"},
    )
    yield "20000 x 20000 png", lambda: png(20_000, 20_000), size
    yield (
        "png that inflates to 400 megapixels",
        lambda: png(
            20_000, 20_000, depth=1, colour=0, data=zlib.compress(bytes(2_501 * 20_000), 9)
        ),
        size,
    )
    yield "png, 8000 x 8000, valid", lambda: encoded(Image.new("1", (8_000, 8_000)), "PNG"), size
    yield "png, widest there is", lambda: png(2**31 - 1, 1), size
    yield "png without extent", lambda: png(0, 0), {"corrupt"}
    yield "jpeg, 65500 x 65500 claimed", lambda: jpeg_claiming(65_500, 65_500), size
    yield "jpeg, 9000 x 9000 claimed", lambda: jpeg_claiming(9_000, 9_000), size
    yield "gif, 65535 x 65535 claimed", lambda: gif(65_535, 65_535), size
    yield "webp, 16384 x 16384 claimed", lambda: webp_claiming(16_384, 16_384), size
    yield (
        "png with a profile that inflates",
        lambda: png(8, 8, png_chunk(b"iCCP", b"x\0\0" + zlib.compress(bytes(60_000_000), 9))),
        {"metadata_bomb", "corrupt"},
    )
    yield (
        "png with a text that inflates",
        lambda: png(8, 8, png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(60_000_000), 9))),
        {"metadata_bomb", "corrupt", "truncated"},
    )
    yield (
        "png with texts that add up",
        lambda: png(
            8, 8, *[png_chunk(b"zTXt", b"x\0\0" + zlib.compress(bytes(1_000_000), 9))] * 80
        ),
        {"metadata_bomb", "corrupt", "truncated"},
    )
    yield "jpeg with a huge profile", lambda: profile_segments(8_000_000), {"metadata_bomb"}
    yield "body over the limit", lambda: encoded() + bytes(20 * 1024 * 1024), {"too_many_bytes"}
    yield (
        "gif that is javascript",
        lambda: b"GIF89a/*" + bytes(30) + b"*/=1;alert(1);",
        {
            "truncated",
            "corrupt",
            "too_many_pixels",
        },
    )
    yield "gif with script behind it", lambda: encoded(None, "GIF") + SCRIPT, {"kept"}
    yield "jpeg with a zip behind it", lambda: encoded() + zipped(), {"kept"}
    yield "jpeg with html in a comment", lambda: jpeg_with(0xFE, b"--><html>" + SCRIPT), {"kept"}
    yield "jpeg with php in exif", lambda: jpeg_with(0xE1, b"Exif\0\0<?php SECRET ?>"), {"kept"}
    yield "jpeg with thousands of segments", lambda: jpeg_with(0xED, SCRIPT * 100, 4_000), {"kept"}
    yield "png with html in its texts", commented_png, {"kept"}
    yield "png with a zip behind it", lambda: encoded(None, "PNG") + zipped(), {"kept"}
    yield (
        "png with an unknown chunk",
        lambda: png(4, 4, png_chunk(b"prVt", SCRIPT), data=zlib.compress(bytes(13 * 4))),
        {"kept"},
    )
    yield (
        "webp with svg in xmp",
        lambda: encoded(None, "WEBP", xmp=b"<svg onload=alert(1)>"),
        {"kept"},
    )
    yield (
        "gif with 300 frames",
        lambda: encoded(
            photo(8, 8),
            "GIF",
            save_all=True,
            append_images=[photo(8, 8, seed=n) for n in range(1, 300)],
        ),
        {"kept"},
    )
