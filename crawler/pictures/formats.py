"""What a body is by its first bytes: the one thing that neither a URL nor a header can claim."""

import re

__all__ = ["ICON", "PICTURES", "kind_of"]

PICTURES = frozenset(["jpeg", "png", "webp", "gif", "avif"])
"""What is decoded, wherever it comes from."""
ICON = "ico"
"""What is decoded as a favicon only: the format nests others and serves nothing else."""

MAGIC = [
    ("jpeg", re.compile(rb"\xff\xd8\xff")),
    ("png", re.compile(rb"\x89PNG\r\n\x1a\n")),
    ("gif", re.compile(rb"GIF8[79]a")),
    ("webp", re.compile(rb"RIFF.{4}WEBP", re.S)),
    ("avif", re.compile(rb".{4}ftyp(?:avif|avis)|.{4}ftypmif1.{0,24}avif", re.S)),
    ("ico", re.compile(rb"\x00\x00\x01\x00[^\x00]\x00")),
    ("cur", re.compile(rb"\x00\x00\x02\x00")),
    ("heic", re.compile(rb".{4}ftyp(?:hei[cxms]|hev[cx]|mif1|msf1)", re.S)),
    ("mp4", re.compile(rb".{4}ftyp", re.S)),
    ("jxl", re.compile(rb"\xff\x0a|\0\0\0\x0cJXL ")),
    ("jpeg2000", re.compile(rb"\0\0\0\x0cjP  |\xff\x4f\xff\x51")),
    ("tiff", re.compile(rb"II[*+]\0|MM\0[*+]")),
    ("bmp", re.compile(rb"BM.{4}\0\0\0\0", re.S)),
    ("psd", re.compile(rb"8BP[SB]")),
    ("eps", re.compile(rb"%!PS|\xc5\xd0\xd3\xc6")),
    ("pdf", re.compile(rb"%PDF")),
    ("zip", re.compile(rb"PK(?:\x03\x04|\x05\x06)")),
    ("gzip", re.compile(rb"\x1f\x8b")),
    ("zstd", re.compile(rb"\x28\xb5\x2f\xfd")),
    ("svg", re.compile(rb"(?:(?!<(?:html|body|head)).){0,4096}<svg[\s/>]", re.S | re.I)),
    (
        "html",
        re.compile(rb".{0,1024}<(?:!doctype\s+html|html|head|body|script|title|h1)", re.S | re.I),
    ),
    ("xml", re.compile(rb"\s*<\?xml")),
    ("json", re.compile(rb"\s*[{\[]\s*[\"\]}{\[]")),
]
"""The kind and what its files begin with, the first that fits."""

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def kind_of(body: bytes) -> str:
    """Name what a body is: one of PICTURES, ICON, another format's name, ``empty`` or
    ``not_an_image``.

    >>> kind_of(b"\\xff\\xd8\\xff\\xe0..."), kind_of(b"<svg onload='x()'>"), kind_of(b"")
    ('jpeg', 'svg', 'empty')
    """
    if not body:
        return "empty"
    head = body[:8_192]
    if head[:2] in (b"\xff\xfe", b"\xfe\xff"):
        # Text in UTF-16 hides its markup from patterns of bytes.
        head = head.decode("utf-16", errors="replace").encode()
    head = head.removeprefix(BYTE_ORDER_MARK)
    return next((kind for kind, magic in MAGIC if magic.match(head)), "not_an_image")
