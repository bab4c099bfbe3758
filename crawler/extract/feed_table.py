"""A feed's bytes as a table: encoding, delimiter, header and rows, and whether its end is there.

Feeds are whatever the exporter's settings made of them. Nothing is assumed but that some line near
the top names the columns.
"""

import csv
import re
from dataclasses import dataclass
from io import StringIO
from itertools import chain, islice

from crawler.extract.feed_columns import Columns, read_header

__all__ = ["FeedTable", "UnreadableFeed", "read_table"]

DELIMITERS = (",", "\t", "|", ";")
HEADER_WITHIN = 5
"""Records among which the header is looked for: templates put remarks above it."""
END = "\x1aend of feed"
"""A line of our own behind the last one. A quote that was never closed swallows it."""

KINDS = (
    (b"PK\x03\x04", "a zip archive"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"\x1a\x45", "a media file"),
    (b"%PDF", "a PDF document"),
    (b"\xd0\xcf\x11\xe0", "an Excel workbook"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
)


class UnreadableFeed(ValueError):
    """Raised for content that is no feed: nothing was read. ``reason`` is short and countable, the
    detail says it in words."""

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


@dataclass(frozen=True, slots=True)
class FeedTable:
    """A feed's columns and rows, each as wide as the header.

    ``ragged`` counts the rows that were not: their values may stand in other columns, so they are
    left out. ``is_cut`` says that the last row is not whole.
    """

    columns: Columns
    rows: tuple[tuple[str, ...], ...]
    delimiter: str
    encoding: str
    ragged: int
    is_cut: bool


def read_table(content: bytes) -> FeedTable:
    """Read a file of any usual encoding and delimiter; raises UnreadableFeed."""
    text, encoding, is_cut = _decode(content)
    _refuse_other_kinds(text)
    delimiter, start, columns = _find_header(text)
    records, is_whole = _read_records(text, delimiter)
    is_cut = is_cut or not is_whole
    rows: list[tuple[str, ...]] = []
    ragged = 0
    width = len(columns.headers)
    body = records[start + 1 :]
    for number, record in enumerate(body, 1):
        if not any(cell.strip() for cell in record):
            continue
        if len(record) < width and number == len(body):
            is_cut = True  # The last line stops short.
        elif len(record) < width or any(cell.strip() for cell in record[width:]):
            ragged += 1
        else:
            rows.append(tuple(map(_cell, record[:width])))
    if not rows and not ragged and not is_cut:
        raise UnreadableFeed("no_rows", "there is a header and no row below it")
    return FeedTable(columns, tuple(rows), delimiter, encoding, ragged, is_cut)


def _decode(content: bytes) -> tuple[str, str, bool]:
    """The text, its encoding, and whether it ends within a character."""
    if not content.strip(b"\x00 \t\r\n\xef\xbb\xbf\xff\xfe"):
        raise UnreadableFeed("empty_file", "there is nothing in it")
    for magic, kind in KINDS:
        if content.startswith(magic):
            raise UnreadableFeed("binary", f"this is {kind}, not a text file")
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        is_cut = len(content) % 2 == 1
        try:
            text = content[: len(content) - is_cut].decode("utf-16")
        except UnicodeDecodeError as error:
            raise UnreadableFeed("binary", f"not UTF-16 after all: {error.reason}") from error
        encoding = "utf-16"
    else:
        text, encoding, is_cut = _decode_lines(content.removeprefix(b"\xef\xbb\xbf"))
    if "\x00" in text:
        raise UnreadableFeed("binary", "it holds NUL characters, so it is no text file")
    return text, encoding, is_cut


def _decode_lines(content: bytes) -> tuple[str, str, bool]:
    """UTF-8, or line by line what each line is: one remark pasted from elsewhere must not spell
    every other accent wrong."""
    try:
        return content.decode("utf-8"), "utf-8", False
    except UnicodeDecodeError as error:
        # A character of several bytes that ends with the file: the file was cut.
        if error.reason == "unexpected end of data":
            return content[: error.start].decode("utf-8"), "utf-8", True
    return "\n".join(map(_decode_line, content.split(b"\n"))), "cp1252", False


def _decode_line(line: bytes) -> str:
    for encoding in ("utf-8", "cp1252"):
        try:
            return line.decode(encoding)
        except UnicodeDecodeError:
            continue
    return line.decode("latin-1")


def _refuse_other_kinds(text: str) -> None:
    head = text[:2_000].lstrip().casefold()
    if head.startswith(("<!doctype html", "<html", "<head", "<body", "<!--")) or "<html" in head:
        raise UnreadableFeed("html", "this is a web page (a login or error page?), not a feed")
    if head.startswith("<"):
        raise UnreadableFeed("xml", "this is XML; the feed has to be a delimited text file")
    if head.startswith(("{", '[{"', "[\n", "[ {")):
        raise UnreadableFeed("json", "this is JSON; the feed has to be a delimited text file")
    controls = len(re.findall(r"[\x01-\x08\x0e-\x1f\x7f]", text[:4_000]))
    if controls > 20:
        raise UnreadableFeed("binary", "it is full of control characters, so it is no text file")


def _find_header(text: str) -> tuple[str, int, Columns]:
    """The delimiter, the number of the header among the records, and its columns: whatever reads
    most of the columns by name."""
    found: list[tuple[int, str, int, Columns]] = []
    for delimiter in DELIMITERS:
        top, _ = _read_records(text, delimiter, HEADER_WITHIN)
        for number, record in enumerate(top):
            columns = read_header([_cell(cell) for cell in record])
            if columns.is_header:
                found.append((columns.known, delimiter, number, columns))
                break
    if not found:
        start = " ".join(text[:400].split())[:120]
        raise UnreadableFeed(
            "no_header", f"no line near the top names a feed's columns; it begins: {start!r}"
        )
    _, delimiter, number, columns = max(found, key=lambda item: item[0])
    return delimiter, number, columns


def _read_records(
    text: str, delimiter: str, most: int | None = None
) -> tuple[list[list[str]], bool]:
    """The whole records, the first so many of them or all, and whether they are all to the end.

    They end early where a quote is never closed: it swallows whatever follows.
    """
    records: list[list[str]] = []
    reader = csv.reader(chain(StringIO(text, newline=""), [END]), delimiter=delimiter)
    try:
        for record in islice(reader, most):
            if record == [END]:
                return records, True
            records.append(record)
    except csv.Error:  # A field of more than 131,072 characters.
        return records, False
    if most is None:
        records.pop()
    return records, False


def _cell(text: str) -> str:
    """A value without the padding around it, and without the ="…" that keeps a spreadsheet from
    reading a number."""
    text = text.strip().strip("\ufeff")
    if len(text) > 2 and text.startswith('="') and text.endswith('"'):
        return text[2:-1].strip()
    return text
