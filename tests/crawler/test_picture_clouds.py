"""`scrapy crawl images` keeps pictures in S3 and in Google's cloud as it does in a folder."""

import base64
import hashlib
import json
import urllib.parse
from collections.abc import Callable, Iterator
from typing import Any

import botocore.session
import psycopg
import pytest
from moto.server import ThreadedMotoServer

from tests.crawler.conftest import run_spider
from tests.crawler.loopback import Answer, Site, serve
from tests.crawler.test_images import Canon, asked, jpeg

Run = Callable[..., Any]
SETTINGS = {"SPIDER_MODULES": "crawler.spiders"}


@pytest.fixture
def canon(connection: psycopg.Connection) -> Canon:
    return Canon(connection)


@pytest.fixture
def site() -> Iterator[Site]:
    with serve({"/a.jpg": jpeg(1), "/b.jpg": jpeg(2), "/same.jpg": jpeg(1)}) as site:
        yield site


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch) -> Iterator[Any]:
    """An S3 on the loopback, and a client of our own to look into it."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    for name, value in {
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    client = botocore.session.get_session().create_client("s3")
    client.create_bucket(Bucket="cars")
    yield client
    client.close()
    server.stop()


def test_pictures_are_kept_in_s3(canon: Canon, s3: Any, site: Site, database_url: str) -> None:
    def images(place: str) -> Any:
        return run_spider(database_url, "images", {}, SETTINGS, {"IMAGES_STORE": place})

    canon.vehicle("north", "a", site.url("/a.jpg"), site.url("/b.jpg"), site.url("/same.jpg"))
    missing = images("s3://no-such-bucket")
    assert missing.returncode == 1
    assert "NoSuchBucket" in missing.stderr
    assert "set IMAGES_STORE to another place" in missing.stderr
    assert canon.fetches("outcome") == []

    # Without its slash, Scrapy's own store would raise.
    done = images("s3://cars")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 same bytes, 2 stored" in done.stdout
    found = s3.list_objects_v2(Bucket="cars")["Contents"]
    assert {item["Key"] for item in found} == set(canon.fetches("storage_key"))
    for item in found:
        kept = s3.get_object(Bucket="cars", Key=item["Key"])
        assert hashlib.sha256(kept["Body"].read()).hexdigest() in item["Key"]
        assert kept["ContentType"] == "image/jpeg"

    canon.vehicle("south", "b", site.url("/a.jpg"))
    site.hits.clear()
    assert "1 known" in images("s3://cars").stdout
    assert asked(site) == []


class Bucket:
    """As much of Google's storage as its client asks for."""

    def __init__(self) -> None:
        self.objects: dict[str, tuple[bytes, str]] = {}
        self.uploads = 0

    def __call__(self, handler: Any) -> None:
        parts = urllib.parse.urlsplit(handler.path)
        if parts.path.endswith("/iam/testPermissions"):
            asked = urllib.parse.parse_qs(parts.query)["permissions"]
            return self.answer(handler, {"permissions": asked})
        name = urllib.parse.unquote(parts.path.rpartition("/o/")[2])
        if name not in self.objects:
            return Answer(404, "{}", {"Content-Type": "application/json"})(handler)
        body, kind = self.objects[name]
        md5 = hashlib.md5(body, usedforsecurity=False).digest()
        return self.answer(
            handler,
            {
                "name": name,
                "contentType": kind,
                "md5Hash": base64.b64encode(md5).decode(),
                "updated": "2026-01-01T00:00:00.000Z",
            },
        )

    def upload(self, handler: Any) -> None:
        content = handler.rfile.read(int(handler.headers["Content-Length"]))
        boundary = handler.headers["Content-Type"].partition("boundary=")[2].strip("\"'").encode()
        _, about, body, _ = content.split(b"--" + boundary)
        facts = json.loads(about.partition(b"\r\n\r\n")[2])
        kind, _, data = body.strip(b"\r\n").partition(b"\r\n\r\n")
        self.objects[facts["name"]] = (data, kind.partition(b": ")[2].decode())
        self.uploads += 1
        self.answer(handler, {"name": facts["name"]})

    @staticmethod
    def answer(handler: Any, content: dict[str, Any]) -> None:
        Answer(200, json.dumps(content), {"Content-Type": "application/json"})(handler)


def test_pictures_are_kept_in_googles_cloud(canon: Canon, site: Site, database_url: str) -> None:
    bucket = Bucket()
    canon.vehicle("north", "a", site.url("/a.jpg"), site.url("/same.jpg"))
    with serve({"*": bucket}) as cloud:
        cloud.server.RequestHandlerClass.do_POST = lambda handler: bucket.upload(handler)  # type: ignore[attr-defined]
        environment = {
            "IMAGES_STORE": "gs://cars/pictures",
            "STORAGE_EMULATOR_HOST": cloud.url("").rstrip("/"),
            "GOOGLE_CLOUD_PROJECT": "cars",
        }
        done = run_spider(database_url, "images", {}, SETTINGS, environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 same bytes, 1 stored" in done.stdout
    assert bucket.uploads == 1
    ((name, (body, kind)),) = bucket.objects.items()
    assert name == f"pictures/{canon.fetches('storage_key')[0]}"
    assert (hashlib.sha256(body).hexdigest() in name, kind) == (True, "image/jpeg")
