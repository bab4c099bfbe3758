"""Where feeds lie: paths, folders, patterns, URLs and FTP servers, and the names of their scopes."""

import netrc
import os
import time
from pathlib import Path

import pytest

from crawler.addresses import AddressPolicy, parse_networks
from crawler.errors import ArgumentError
from crawler.feed_source import MAX_FEED, FeedUnread, feed_source, masked
from tests.crawler.ftp_server import FtpServer

OWN = AddressPolicy(parse_networks("127.0.0.1/32"))


@pytest.mark.parametrize(
    ("feed", "root"),
    [
        ("/feeds/DC12_20260301.csv", "file:///feeds/DC12_*.csv"),
        ("/feeds/alpha-2026-03-01T0230.txt", "file:///feeds/alpha-*.txt"),
        ("/feeds/DC12_*.csv", "file:///feeds/DC12_*.csv"),
        ("/feeds/../feeds/my lot.csv", "file:///feeds/my%20lot.csv"),
        ("file:///feeds/a%20b.csv", "file:///feeds/a%20b.csv"),
        ("https://Drop.example/lot.csv?dealer=7&token=s3", "https://drop.example/lot.csv?dealer=7"),
        ("https://me:pw@drop.example/20260301/lot.csv", "https://drop.example/20260301/lot.csv"),
        ("ftp://me:pw@Drop.example/in/x_20260301.csv", "ftp://drop.example/in/x_*.csv"),
        ("ftps://drop.example:2121/in/", "ftps://drop.example:2121/in/"),
    ],
)
def test_a_scope_has_one_name_from_day_to_day_and_no_secrets(feed: str, root: str) -> None:
    assert feed_source(feed).root == root


def test_a_relative_path_is_named_by_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert feed_source("lot.csv").root == f"file://{tmp_path}/lot.csv"


@pytest.mark.parametrize(
    ("feed", "said"),
    [
        ("", "needs a path"),
        ("sftp://drop.example/a.csv", "fetch it into a folder first"),
        ("s3://bucket/a.csv", "fetch it into a folder first"),
        ("http://", "is no URL"),
        ("http://[::1/a.csv", "is no URL"),
        ("file://server/share/a.csv", "no host but localhost"),
    ],
)
def test_feeds_that_cannot_be_read_are_usage_errors(feed: str, said: str) -> None:
    with pytest.raises(ArgumentError, match=said):
        feed_source(feed)


def test_records_keep_no_secrets() -> None:
    assert masked("ftp://me:pw@drop.example/a.csv") == "ftp://…@drop.example/a.csv"
    assert masked("https://d.example/a?id=1&api_key=s3") == "https://d.example/a?id=1&api_key=…"
    assert masked("/feeds/a.csv") == "/feeds/a.csv"


def test_a_login_may_stand_in_the_netrc_file(tmp_path: Path) -> None:
    file = tmp_path / "netrc"
    file.write_text("machine drop.example login me password pw\n")
    file.chmod(0o600)
    logins = netrc.netrc(str(file))
    assert feed_source("ftp://drop.example/a.csv", logins).login == ("me", "pw")
    assert feed_source("ftp://other.example/a.csv", logins).login is None
    assert feed_source("ftp://you:x%40y@drop.example/a.csv", logins).login == ("you", "x@y")


def test_of_a_folder_or_pattern_the_newest_file_is_read(tmp_path: Path) -> None:
    (tmp_path / "b.csv").write_text("old")
    os.utime(tmp_path / "b.csv", (time.time() - 600, time.time() - 600))
    (tmp_path / "a.CSV").write_text("new")
    (tmp_path / "readme.md").write_text("no feed")
    (tmp_path / ".part.csv").write_text("not yet")
    assert feed_source(str(tmp_path)).read_path().content == b"new"
    assert feed_source(f"{tmp_path}/?.[cC]*").read_path().content == b"new"
    assert feed_source(f"{tmp_path}/b*").read_path().content == b"old"


def test_a_name_with_brackets_is_itself_before_it_is_a_pattern(tmp_path: Path) -> None:
    (tmp_path / "lot[1].csv").write_text("one")
    assert feed_source(f"{tmp_path}/lot[1].csv").read_path().content == b"one"


@pytest.mark.parametrize(
    ("name", "said"), [("lot.csv", "no file"), ("*.csv", "no file matches"), ("", "holds no feed")]
)
def test_a_missing_file_is_said_to_be_missing(tmp_path: Path, name: str, said: str) -> None:
    with pytest.raises(FeedUnread, match=said) as caught:
        feed_source(f"{tmp_path}/{name}").read_path()
    assert caught.value.reason == "missing"


def test_a_file_beyond_the_cap_is_not_read(tmp_path: Path) -> None:
    with (tmp_path / "lot.csv").open("wb") as file:
        file.truncate(MAX_FEED + 1)
    with pytest.raises(FeedUnread, match="too_large"):
        feed_source(f"{tmp_path}/lot.csv").read_path()


def test_an_ftp_drop_gives_its_newest_matching_file() -> None:
    files = {"/in/z.csv": b"first", "/in/a.csv": b"second", "/in/a.md": b"third"}
    with FtpServer(files, user="me", password="pw") as server:
        at = f"ftp://me:pw@127.0.0.1:{server.port}/in"
        assert feed_source(f"{at}/z.csv").read_ftp(OWN).content == b"first"
        assert feed_source(f"{at}/").read_ftp(OWN).content == b"second"
        assert feed_source(f"{at}/z*").read_ftp(OWN).content == b"first"


@pytest.mark.parametrize(
    ("login", "path", "reason"),
    [
        ("me:pw", "in/none.csv", "missing"),
        ("me:pw", "in/*.txt", "missing"),
        ("me:no", "in/a.csv", "login_refused"),
    ],
)
def test_an_ftp_drop_that_refuses_is_told_by_its_reason(login: str, path: str, reason: str) -> None:
    with (
        FtpServer({"/in/a.csv": b"x"}, user="me", password="pw") as server,
        pytest.raises(FeedUnread) as caught,
    ):
        feed_source(f"ftp://{login}@127.0.0.1:{server.port}/{path}").read_ftp(OWN)
    assert caught.value.reason == reason


@pytest.mark.parametrize("feed", ["ftp://127.0.0.1/a.csv", "ftp://localhost:2121/a.csv"])
def test_the_guard_judges_the_address_of_an_ftp_server(feed: str) -> None:
    with pytest.raises(FeedUnread, match="loopback") as caught:
        feed_source(feed).read_ftp(AddressPolicy())
    assert caught.value.reason == "address"
