"""The address guard in real runs: a decoy on 127.99.0.1 stands for everything internal, 127.0.0.1 is
the operator's own network. Whatever path a request takes, the decoy is never asked."""

from collections.abc import Callable

import pytest

from tests.conftest import Tally
from tests.crawler.conftest import FOREIGN, OWN, Answers
from tests.crawler.loopback import Answer, serve

DECOY = Answer(body="<title>secret</title>secret")


def spellings(port: int) -> list[str]:
    """The decoy's address, as attackers write it."""
    hosts = [
        FOREIGN,
        "127.99.1",
        "127.6488065",
        "2137194497",
        "0x7f630001",
        "0x7f.0x63.0x0.0x1",
        "0x7f.0x630001",
        "0177.0143.0.1",
        "0177.0143.1",
        "017730600001",
        "127.099.0.1",
        "127.0x63.0.1",
        "127.99.000.001",
        f"{FOREIGN}.",
        "[::ffff:127.99.0.1]",
        "[::ffff:7f63:1]",
        "[0:0:0:0:0:ffff:127.99.0.1]",
        "[::127.99.0.1]",
        "[64:ff9b::7f63:1]",
        "①②⑦.⑨⑨.⓪.①",
        "127。99。0。1",
        f"user@{FOREIGN}",
        f"{OWN}@{FOREIGN}",
        f"{OWN}:80@{FOREIGN}",
        f"{OWN}%00.{FOREIGN}",
        f"{OWN}#@{FOREIGN}",
    ]
    return [f"http://{host}:{port}/" for host in hosts]


def schemes(port: int) -> list[str]:
    return [
        "file:///etc/hostname",
        f"file://{FOREIGN}/etc/hostname",
        "data:text/html,hello",
        f"ftp://{FOREIGN}:{port}/",
        "s3://bucket/key",
        f"gopher://{FOREIGN}:{port}/_x",
        f"https://{FOREIGN}:{port}/",
        f"ws://{FOREIGN}:{port}/",
        f"HTTP://{FOREIGN}:{port}/",
    ]


@pytest.mark.parametrize("inline", [False, True])
def test_no_spelling_and_no_scheme_reaches_the_decoy(
    ask: Callable[..., Answers], tally: Tally, inline: bool
) -> None:
    with serve({"*": DECOY}, FOREIGN) as decoy:
        urls = spellings(decoy.port) + schemes(decoy.port)
        if inline:  # The way of the requests is the same; a few show that none goes past it.
            urls = urls[:10:2] + urls[-9::3]
        answers = ask(urls, inline=inline)
    tally("requests", len(urls), len(decoy.hits))
    assert decoy.hits == []
    assert [answer for answer in answers.answers if answer.get("status")] == []
    # A refusal is told apart from a name that does not exist.
    known = [answer for answer in answers.answers if answer.get("detail") == "loopback"]
    assert {answer["error"] for answer in known} == {"AddressRefused"}
    assert len(known) >= (4 if inline else 14)


def test_no_redirect_leads_to_the_decoy(ask: Callable[..., Answers], tally: Tally) -> None:
    with serve({"*": DECOY}, FOREIGN) as decoy:
        target = f"http://{FOREIGN}:{decoy.port}/secret"
        number = f"http://2137194497:{decoy.port}/secret"
        pages = {
            f"/{status}": Answer(status, "", {"Location": target})
            for status in (301, 302, 303, 307, 308)
        }
        pages |= {
            "/decimal": Answer(302, "", {"Location": number}),
            "/relative": Answer(302, "", {"Location": target.removeprefix("http:")}),
            "/mapped": Answer(302, "", {"Location": f"http://[::ffff:{FOREIGN}]:{decoy.port}/"}),
            "/file": Answer(302, "", {"Location": "file:///etc/hostname"}),
            "/data": Answer(302, "", {"Location": "data:text/html,x"}),
            "/credentials": Answer(302, "", {"Location": f"http://{OWN}@{FOREIGN}:{decoy.port}/"}),
            "/hop1": Answer(302, "", {"Location": "/hop2"}),
            "/hop2": Answer(302, "", {"Location": "/301"}),
            "/meta": Answer(body=f'<meta http-equiv="refresh" content="0; url={target}">'),
            "/honest": Answer(302, "", {"Location": "/page"}),
            "/page": Answer(),
        }
        with serve(pages) as site:
            urls = [site.url(path) for path in pages]
            answers = ask(urls)
        honest = answers.of(site.url("/honest"))
    tally("redirects", len(urls), len(decoy.hits))
    assert decoy.hits == []
    assert honest["status"] == 200
    refused = [answer for answer in answers.answers if answer.get("error") == "AddressRefused"]
    assert len(refused) >= 12


def test_robots_txt_is_no_way_around(ask: Callable[..., Answers]) -> None:
    with serve({"*": DECOY}, FOREIGN) as decoy:
        away = Answer(302, "", {"Location": f"http://{FOREIGN}:{decoy.port}/robots.txt"})
        with serve({"/robots.txt": away, "/page": Answer()}) as site:
            answers = ask([site.url("/page"), f"http://127.99.1:{decoy.port}/page"])
            paths = site.paths()
    assert decoy.hits == []
    assert paths == ["/robots.txt"]
    assert [answer["reason"] for answer in answers.answers] == ["address", "address"]


def test_without_an_opening_the_loopback_is_closed_by_every_name(
    ask: Callable[..., Answers],
) -> None:
    with serve({"*": DECOY}) as site:
        names = [
            "localhost",
            "LOCALHOST",
            OWN,
            "127.1",
            "0",
            "0.0.0.0",  # noqa: S104
            "[::1]",
            "[::]",
        ]
        answers = ask([f"http://{name}:{site.port}/" for name in names], allowed="127.77.0.0/16")
    assert site.hits == []
    assert {answer["url"]: answer["reason"] for answer in answers.answers} == {
        answer["url"]: "address" for answer in answers.answers
    }
    # A refusal is final: nothing is asked for twice.
    assert "retry/count" not in answers.stats


def test_a_proxy_from_the_environment_is_not_used(
    crawl: Callable[..., object], ask: Callable[..., Answers], monkeypatch: pytest.MonkeyPatch
) -> None:
    with serve({"*": DECOY}, FOREIGN) as decoy, serve({"*": Answer()}) as site:
        for name in ("http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, f"http://{FOREIGN}:{decoy.port}")
        answers = ask([site.url("/page")])
    assert decoy.hits == []
    assert answers.answers[0]["status"] == 200
