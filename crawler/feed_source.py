"""Where a feed lies, and reading it from there: a path, an http(s) URL, or an FTP server.

The operator names a feed himself, so paths and file: URLs are read here; no page can make the
crawler do so, for Scrapy's own file handler stays off. FTP runs in a thread on an address that the
guard has judged; http(s) goes through the downloader with its guard.
"""

import ftplib
import netrc
import os
import re
import ssl
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from fnmatch import fnmatch
from ipaddress import ip_address
from pathlib import Path, PurePosixPath
from socket import SOCK_STREAM, gaierror, getaddrinfo
from typing import Literal
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from contract.urls import clean_url
from crawler.addresses import AddressPolicy
from crawler.errors import ArgumentError

__all__ = ["MAX_FEED", "FeedSource", "FeedUnread", "ReadFile", "feed_source", "masked"]

MAX_FEED = 60 * 1024 * 1024
"""Bytes; the largest feeds of large groups have some 20."""
FTP_TIMEOUT = 60.0
FTP_PORT = 21
SUFFIXES = frozenset([".csv", ".txt", ".tsv", ".tab", ".psv"])
"""What a feed's file is called where only its folder was named."""
FTP_REASONS = {"530": "login_refused", "532": "login_refused", "550": "missing"}
PATTERN = re.compile(r"[*?\[]")
DATE = re.compile(
    r"(?<!\d)(?:19|20)\d\d[-_.]?(?:0[1-9]|1[0-2])[-_.]?(?:0[1-9]|[12]\d|3[01])"
    r"(?:[-_.T ]?\d{2}[-_.:]?\d{2}(?:[-_.:]?\d{2})?)?(?!\d)"
)
SECRETS = re.compile(
    r"(?:access_?|api_?|auth_?)?(?:token|key|sig|signature|secret|password|pass|pwd|auth|expires)"
    r"|x-amz-.*|se|sp|sv|sr",
    re.IGNORECASE,
)
"""Query parameters that let someone in, and change when the feed does not."""


class FeedUnread(Exception):
    """Raised when no content could be had. ``reason`` is short and countable; ``blocked`` says that
    the feed's server did not want to be read."""

    def __init__(self, reason: str, detail: str, *, blocked: bool = False) -> None:
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.blocked = blocked


@dataclass(frozen=True, slots=True)
class ReadFile:
    """A file's name for reports, its bytes, and when it was written where that is known."""

    name: str
    content: bytes
    modified: datetime | None = None


@dataclass(frozen=True, slots=True)
class FeedSource:
    """A feed as the operator named it.

    ``root`` names its scope: the same from day to day, without credentials, and with ``*`` for the
    date in a file's name. ``place`` is the path (of the machine or of the FTP server) or the URL to
    fetch.
    """

    kind: Literal["path", "http", "ftp"]
    root: str
    place: str
    host: str = ""
    port: int = FTP_PORT
    encrypted: bool = False
    login: tuple[str, str] | None = None

    def read_path(self) -> ReadFile:
        """Read the file, or the newest one that a folder or pattern holds; raises FeedUnread."""
        try:
            path = _newest(self.place)
        except (OSError, ValueError) as error:  # Too long, or no name that a file can have.
            detail = error.strerror if isinstance(error, OSError) else str(error)
            raise FeedUnread("unreadable", f"{self.place[:200]!r}: {detail}") from error
        try:
            before = path.stat()
            if before.st_size > MAX_FEED:
                raise _too_large(before.st_size)
            content = path.read_bytes()
            after = path.stat()
        except OSError as error:
            raise FeedUnread("unreadable", f"{path}: {error.strerror}") from error
        if (before.st_size, before.st_mtime_ns) != (len(content), after.st_mtime_ns):
            raise FeedUnread("being_written", f"{path} changed while it was read; try again")
        return ReadFile(str(path), content, datetime.fromtimestamp(after.st_mtime, UTC))

    def read_ftp(self, policy: AddressPolicy) -> ReadFile:
        """Fetch the file, or the newest one of a folder or pattern; raises FeedUnread.

        It blocks: call it in a thread.
        """
        address = self._vetted(policy)
        # Dealers' exporters speak plain FTP, so it has to do; ftps: encrypts where it can be had.
        context = ssl.create_default_context()
        client = ftplib.FTP_TLS(context=context) if self.encrypted else None  # noqa: S321
        ftp = client or ftplib.FTP()  # noqa: S321
        ftp.encoding = "utf-8"
        try:
            with ftp:
                ftp.connect(address, self.port, timeout=FTP_TIMEOUT)
                ftp.host = self.host  # What a certificate has to be made out to.
                ftp.login(*(self.login or ("anonymous", "anonymous@")))
                if client is not None:
                    client.prot_p()
                path = _newest_on_server(ftp, self.place)
                return ReadFile(f"{self.host}:{path}", _retrieve(ftp, path))
        except ftplib.error_perm as error:
            reason = FTP_REASONS.get(str(error)[:3], "ftp_refused")
            raise FeedUnread(reason, f"{self.host}: {error}") from error
        except TimeoutError as error:
            raise FeedUnread("timeout", f"{self.host}: {error}") from error
        except (ftplib.Error, EOFError, OSError) as error:
            raise FeedUnread("connection", f"{self.host}: {error}") from error

    def _vetted(self, policy: AddressPolicy) -> str:
        """Resolve the server once and connect to what was judged, so nothing can change between."""
        try:
            answers = getaddrinfo(self.host, self.port, type=SOCK_STREAM)
        except gaierror as error:
            raise FeedUnread("dns", f"{self.host}: {error.strerror}") from error
        rule: str | None = None
        for *_, sockaddr in answers:
            address = ip_address(str(sockaddr[0]))
            # Port 21 is FTP's own; any other one is open to the operator's own servers only.
            rule = policy.refusal(address, None if self.port == FTP_PORT else self.port)
            if rule is None:
                return str(sockaddr[0])
        raise FeedUnread("address", f"{self.host}: {rule}")


def feed_source(text: str, logins: netrc.netrc | None = None) -> FeedSource:
    """Read the ``feed`` argument: a path, folder or pattern, or a file:, http(s): or ftp(s): URL.

    Credentials stand in the URL or, better, in the operator's netrc file. Raises ArgumentError.
    """
    if not text.strip() or "\x00" in text:
        raise ArgumentError("feed= needs a path or a URL")
    scheme = text.partition("://")[0].lower() if "://" in text else ""
    if not scheme or scheme == "file":
        path = unquote(urlsplit(text).path) if scheme else text
        if scheme and urlsplit(text).netloc not in ("", "localhost"):
            raise ArgumentError(f"feed={text!r}: a file: URL names no host but localhost")
        # A link keeps its own name, for it names the scope; Path.resolve would follow it.
        place = os.path.abspath(Path(path).expanduser())  # noqa: PTH100
        return FeedSource("path", f"file://{quote(_undated(place), safe='/*')}", place)
    if scheme not in ("http", "https", "ftp", "ftps"):
        raise ArgumentError(
            f"feed={scheme}://…: only paths, file:, http(s): and ftp(s): URLs can be read;"
            " fetch it into a folder first, and name the folder"
        )
    try:
        parts = urlsplit(text)
        host, port = parts.hostname or "", parts.port
    except ValueError:
        host, port, parts = "", None, urlsplit("")
    if not host:
        raise ArgumentError(f"feed={text!r} is no URL")
    login = _login(parts.username, parts.password, host, logins or _own_logins())
    netloc = parts.netloc.rpartition("@")[2].lower()
    if scheme in ("http", "https"):
        url = clean_url(f"{scheme}://{netloc}/", parts._replace(netloc=netloc).geturl())
        if url is None:
            raise ArgumentError(f"feed={scheme}://{netloc}/… is no URL that can be fetched")
        return FeedSource("http", _public(url), url, host, login=login)
    path = unquote(parts.path) or "/"
    root = f"{scheme}://{netloc}{quote(_undated(path), safe='/*')}"
    return FeedSource("ftp", root, path, host, port or FTP_PORT, scheme == "ftps", login)


def masked(text: str) -> str:
    """The argument as a record may keep it: without password and access tokens."""
    scheme, separator, rest = text.partition("://")
    if not separator:
        return text
    place, mark, query = rest.partition("?")
    netloc, slash, path = place.partition("/")
    _, at, host = netloc.rpartition("@")
    shown = "&".join(
        pair if not SECRETS.fullmatch(pair.partition("=")[0]) else f"{pair.partition('=')[0]}=…"
        for pair in query.split("&")
    )
    return f"{scheme}://{'…@' if at else ''}{host}{slash}{path}{mark}{shown}"


def _login(
    user: str | None, password: str | None, host: str, logins: netrc.netrc | None
) -> tuple[str, str] | None:
    if user is not None:
        return unquote(user), unquote(password or "")
    known = logins.authenticators(host) if logins else None
    return (known[0], known[2] or "") if known else None


def _own_logins() -> netrc.netrc | None:
    try:
        return netrc.netrc()
    except FileNotFoundError:
        return None
    except netrc.NetrcParseError as error:
        raise ArgumentError(f"the netrc file cannot be read: {error}") from error


def _undated(path: str) -> str:
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}{DATE.sub('*', name)}"


def _public(url: str) -> str:
    parts = urlsplit(url)
    pairs = parse_qsl(parts.query, keep_blank_values=True)
    kept = [pair for pair in pairs if not SECRETS.fullmatch(pair[0])]
    query = parts.query if len(kept) == len(pairs) else urlencode(kept)
    return parts._replace(path=_undated(parts.path), query=query).geturl()


def _newest(place: str) -> Path:
    """The file that a path means: itself, or the newest of those that a folder or pattern holds."""
    path = Path(place)
    if path.is_dir():
        found = [file for file in path.iterdir() if _is_feed_name(file.name)]
        where = f"the folder {place} holds no feed ({', '.join(sorted(SUFFIXES))})"
    elif path.exists() or not PATTERN.search(place):
        found, where = [path], f"there is no file {place}"
    else:
        found, where = list(Path("/").glob(place.lstrip("/"))), f"no file matches {place}"
    files = [file for file in found if file.is_file()]
    if not files:
        raise FeedUnread("missing", where)
    return max(files, key=lambda file: (file.stat().st_mtime_ns, file.name))


def _is_feed_name(name: str) -> bool:
    return not name.startswith(".") and PurePosixPath(name).suffix.lower() in SUFFIXES


def _newest_on_server(ftp: ftplib.FTP, place: str) -> str:
    folder, _, name = place.rpartition("/")
    if name and not PATTERN.search(name):
        return place
    times: dict[str, str] = {}
    for entry, facts in _listing(ftp, folder or "/"):
        if fnmatch(entry, name) if name else _is_feed_name(entry):
            times[f"{folder}/{entry}"] = facts.get("modify") or ""
    if not times:
        raise FeedUnread("missing", f"no feed in {place}")
    return max(times, key=lambda path: (times[path], path))


def _listing(ftp: ftplib.FTP, folder: str) -> Sequence[tuple[str, Mapping[str, str]]]:
    """The files of a folder with the time of their writing, also from servers without MLSD."""
    try:
        found = list(ftp.mlsd(folder, ["type", "modify"]))
        return [(name, facts) for name, facts in found if facts.get("type", "file") == "file"]
    except ftplib.error_perm:
        names = [PurePosixPath(name).name for name in ftp.nlst(folder)]
    times = []
    for name in names:
        try:
            times.append((name, {"modify": ftp.sendcmd(f"MDTM {folder}/{name}")[4:].strip()}))
        except ftplib.error_perm:
            continue  # A folder, or a server that does not tell.
    return times


def _retrieve(ftp: ftplib.FTP, path: str) -> bytes:
    ftp.voidcmd("TYPE I")
    try:
        announced = ftp.size(path)
    except ftplib.error_perm:
        announced = None
    if announced is not None and announced > MAX_FEED:
        raise _too_large(announced)
    content = bytearray()

    def take(block: bytes) -> None:
        content.extend(block)
        if len(content) > MAX_FEED:
            raise _too_large(len(content))

    ftp.retrbinary(f"RETR {path}", take)
    if announced is not None and len(content) != announced:
        raise FeedUnread("being_written", f"{path}: {len(content)} of {announced} bytes; try again")
    return bytes(content)


def _too_large(size: int) -> FeedUnread:
    return FeedUnread("too_large", f"{size:,} bytes; a feed has at most {MAX_FEED:,}")
