"""Hostile names at every place where a stranger's text becomes a name: stored pictures, feeds,
addresses, and the lines of a log or a terminal."""

import logging
import re
import unicodedata
from pathlib import Path

import pytest

from contract.terminal import for_terminal
from contract.urls import clean_url, url_identity
from crawler.answered_page import MAX_VALIDATOR
from crawler.errors import ArgumentError
from crawler.extensions.log_lines import SafeFormatter
from crawler.feed_source import FeedUnread, feed_source
from crawler.fetch import Validators
from crawler.outcomes import Outcomes
from crawler.pictures.places import storage_key
from crawler.run_report import RunReport
from tests.conftest import Tally

NAMES = [
    "../../../etc/passwd", "..\\..\\windows\\system32\\config\\sam", "/etc/passwd", "//etc//passwd",
    "%2e%2e%2f%2e%2e%2fetc%2fpasswd", "..%252f..%252fetc%252fpasswd", "....//....//etc/passwd",
    "..%c0%af..%c0%afetc", "\u2025/\u2025/etc", "..\uff0f..\uff0fetc", "C:\\boot.ini", "\\\\host\\share",
    "file:///etc/passwd", "photo.jpg\0.html", "photo.jpg%00.html", "photo.jpg\r\nSet-Cookie: a=b",
    "photo.jpg%0d%0aLocation:%20//evil", "a\nINFO forged line", "a\u2028forged", "a\x85forged",
    "\x1b[2J\x1b[1;1Hcleared", "\x1b]0;title\x07", "\x9b31m", "\u202egnp.exe", "\u2066x\u2069\u2067",
    "\u200b\u200bhidden", "\ufeffname", "\U000e0041tag", "\ud800", "p\u0430yp\u0430l.jpg", "CON", "nul.jpg",
    "AUX.txt", "com1", "LPT9.csv", "name.", "name ", "-rf", "--output=/etc/passwd", "-", "~root/.ssh/id",
    "$(id)", "`id`", "; id", "| id", "%s%s%n%x", "{0.__class__}", "{{7*7}}", "a" * 5_000, "\u00e9" * 300, "",
    ".", "..", ".htaccess", "*", "?", "a:b", "<script>", "'; DROP TABLE vehicles; --", "\\copy", "\\! id",
    "photo.svg", "photo.php", "photo.jpg.exe", "a\tb", "\x7f", "\b\b\bback",
]  # fmt: skip
SECRET = b"VIN,Stock\n1,2\n"


def is_fit(text: str) -> bool:
    """Whether a terminal would only show it."""
    return not any(
        unicodedata.category(char) in ("Cc", "Cf", "Cs", "Zl", "Zp") and char not in "\n\t\u00ad"
        for char in text
    )


def test_no_name_of_a_stranger_is_let_through(
    tmp_path: Path, tally: Tally, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "drop").mkdir()
    (tmp_path / "secret.csv").write_bytes(SECRET)
    monkeypatch.chdir(tmp_path / "drop")
    tried, through = 0, []
    for name in NAMES:
        for check in (_as_address, _as_log_line, _as_terminal_line, _as_header, _as_feed):
            tried += 1
            if not check(name):
                through.append((name[:60], check.__name__))
    tally("names of strangers", tried, len(through))
    assert through == []
    assert tried >= 125


def _as_address(name: str) -> bool:
    """An address made of it is ASCII, bounded, on the same host, and has one identity."""
    url = clean_url("https://cars.example/photos/", name)
    if url is None:
        return True
    fit = url.isascii() and url.isprintable() and " " not in url and len(url) <= 2_048
    return fit and url.startswith(("https://", "http://")) and url_identity(url).isprintable()


def _as_log_line(name: str) -> bool:
    formatter = SafeFormatter(logging.Formatter("%(levelname)s %(message)s"))
    record = logging.makeLogRecord(
        {"name": "crawler.x", "levelname": "INFO", "msg": "Blocked: %s", "args": (name,)}
    )
    line = formatter.format(record)
    return is_fit(line) and "\n" not in line and line.startswith("INFO Blocked: ")


def _as_terminal_line(name: str) -> bool:
    outcomes = Outcomes()
    outcomes.add(f"{name} <https://cars.example/>", "blocked", "challenge")
    report = RunReport("inventory", {}, None, None, "finished", {}, outcomes)
    return is_fit(for_terminal(report.summary()))


def _as_header(name: str) -> bool:
    """An ETag that a site chose is sent back only where it is one line of plain characters."""
    if not (name.isascii() and name.isprintable() and 0 < len(name) <= MAX_VALIDATOR):
        return True  # `crawler.fetch` keeps none of these (tests/crawler/test_listings.py).
    return all(
        "\r" not in value and "\n" not in value for value in Validators(name).headers.values()
    )


def _as_feed(name: str) -> bool:
    """A place that an operator names: it is read as he wrote it, or refused as a whole."""
    try:
        source = feed_source(name)
    except Exception as error:
        return isinstance(error, ArgumentError | FeedUnread | ValueError)
    if source.kind != "path":
        return source.kind in ("http", "ftp")
    try:
        place = source.read_path()
    except FeedUnread as error:
        return is_fit(for_terminal(str(error)))
    return name in ("..", "...") or place.content != SECRET


def test_the_key_of_a_picture_is_made_of_its_hash_alone() -> None:
    keys = {storage_key("3fa9" + 60 * "0", extension) for extension in ("jpg", "png", "webp")}
    assert all(re.fullmatch(r"[0-9a-f]{2}/[0-9a-f]{64}\.(?:jpg|png|webp)", key) for key in keys)


def test_tracebacks_keep_their_lines_and_lose_their_escapes() -> None:
    formatter = SafeFormatter(logging.Formatter("%(message)s"))
    try:
        raise ValueError("bad \x1b[31m value")
    except ValueError as error:
        record = logging.LogRecord(
            "crawler.x", logging.ERROR, "x.py", 1, "broke", None,
            (ValueError, error, error.__traceback__),
        )  # fmt: skip
    text = formatter.format(record)
    assert text.count("\n") >= 3
    assert "\\x1b[31m" in text
    assert is_fit(text)
