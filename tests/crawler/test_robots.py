"""robots.txt by RFC 9309: what each answer means, and that nothing is fetched against it."""

from collections.abc import Callable
from contextlib import ExitStack
from itertools import pairwise

import pytest

from crawler.errors import RobotsDisallowed
from crawler.middlewares.robots import MAX_BYTES, Rules, read_rules
from tests.conftest import Tally
from tests.crawler.conftest import Answers
from tests.crawler.loopback import Answer, Behaviour, hang, reset, serve

PAGE = "https://dealer.example/cars/1"


def text(body: str | bytes, status: int = 200) -> Answer:
    return Answer(status, body, {"Content-Type": "text/plain"})


RULES = [
    ("", True),
    ("User-agent: *\nDisallow:", True),
    ("User-agent: *\nDisallow: /", False),
    ("User-agent: *\nDisallow: /private", True),
    ("User-agent: *\nDisallow: /cars", False),
    # Our own group stands alone; the rules for everybody do not apply then.
    ("User-agent: *\nDisallow: /\n\nUser-agent: Paddock\nAllow: /", True),
    ("User-agent: paddock\nDisallow: /\n\nUser-agent: *\nAllow: /", False),
    ("User-agent: PADDOCK\nDisallow: /cars/", False),
    # Two groups of one name are one group.
    ("User-agent: Paddock\nDisallow: /a\n\nUser-agent: Paddock\nDisallow: /cars", False),
    # Sites that shut Scrapy out do not mean us, and we do not hide behind its name.
    ("User-agent: Scrapy\nDisallow: /", True),
    ("User-agent: GPTBot\nUser-agent: CCBot\nDisallow: /", True),
    # The longest match wins, allow wins a tie.
    ("User-agent: *\nDisallow: /cars\nAllow: /cars/1", True),
    ("User-agent: *\nAllow: /cars\nDisallow: /cars/1", False),
    ("User-agent: *\nDisallow: /cars/1\nAllow: /cars/1", True),
    ("User-agent: *\nDisallow: /*/1$", False),
    ("User-agent: *\nDisallow: /*.php$", True),
    ("user-AGENT : *\ndisallow : /cars # why", False),
    ("User-agent: *\r\nDisallow: /cars\r\n", False),
    ("User-agent: *\rDisallow: /cars\r", False),
    ("Disallow: /cars", True),
    # A page served in place of robots.txt holds no rules.
    ("<!doctype html><title>Home</title><p>Disallow: none", True),
    ("\ufeffUser-agent: *\nDisallow: /cars", False),
]


@pytest.mark.parametrize(("body", "allowed"), RULES)
def test_rules_are_read_as_the_rfc_says(body: str, allowed: bool) -> None:
    assert (read_rules(200, body.encode()).refusal(PAGE) is None) is allowed


@pytest.mark.parametrize(
    ("status", "allowed"),
    [
        (200, True),
        (204, True),
        (301, False),
        (304, False),
        (400, True),
        (401, True),
        (403, True),
        (404, True),
        (410, True),
        (429, False),
        (451, True),
        (500, False),
        (502, False),
        (503, False),
        (504, False),
        (521, False),
    ],
)
def test_unavailable_means_yes_and_unreachable_means_no(status: int, allowed: bool) -> None:
    refusal = read_rules(status, b"").refusal(PAGE)
    assert (refusal is None) is allowed
    if refusal is not None:
        assert (refusal.reason, refusal.detail) == ("robots_unreachable", f"http_{status}")


def test_half_a_rule_at_the_limit_is_no_rule() -> None:
    head = b"User-agent: *\n"
    rule = b"Allow: /cars/2\n"
    padding = b"#" * (MAX_BYTES - len(head) - len(b"\nDisallow: /c")) + b"\n"
    rules = read_rules(200, head + padding + b"Disallow: /cars-we-hide\n" + rule)
    assert rules.refusal(PAGE) is None
    early = read_rules(200, head + b"Disallow: /cars\n" + b"#" * MAX_BYTES)
    assert isinstance(early.refusal(PAGE), RobotsDisallowed)


@pytest.mark.parametrize(
    ("body", "delay"),
    [
        ("User-agent: *\nDisallow:", 0.0),
        ("User-agent: *\nCrawl-delay: 2.5", 2.5),
        ("User-agent: *\nRequest-rate: 1/10s", 10.0),
        ("User-agent: *\nCrawl-delay: 3\nRequest-rate: 2/1m", 30.0),
        ("User-agent: *\nCrawl-delay: 9\n\nUser-agent: Paddock\nCrawl-delay: 1", 1.0),
        ("User-agent: *\nCrawl-delay: soon", 0.0),
    ],
)
def test_the_pace_a_site_asks_for(body: str, delay: float) -> None:
    assert read_rules(200, body.encode()).crawl_delay == delay


def test_a_pace_beyond_reason_means_no() -> None:
    assert read_rules(200, b"User-agent: *\nCrawl-delay: 3600").refusal(PAGE) is not None
    assert Rules().crawl_delay == 0.0


def test_no_page_is_fetched_against_the_rules(ask: Callable[..., Answers], tally: Tally) -> None:
    loop = Answer(302, "", {"Location": "/robots.txt"})
    far = {f"/hop{n}": Answer(302, "", {"Location": f"/hop{n + 1}"}) for n in range(8)}
    cases: dict[str, tuple[dict[str, Behaviour], str | None]] = {
        "forbidden": ({"/robots.txt": text("User-agent: *\nDisallow: /")}, "robots"),
        "500": ({"/robots.txt": text("oops", 500)}, "robots_unreachable"),
        "502": ({"/robots.txt": text("oops", 502)}, "robots_unreachable"),
        "503": ({"/robots.txt": text("oops", 503)}, "robots_unreachable"),
        "429": ({"/robots.txt": text("slow", 429)}, "robots_unreachable"),
        "timeout": ({"/robots.txt": hang}, "robots_unreachable"),
        "reset": ({"/robots.txt": reset}, "robots_unreachable"),
        "loop": ({"/robots.txt": loop}, "robots_unreachable"),
        "far": (
            {"/robots.txt": Answer(302, "", {"Location": "/hop0"}), **far},
            "robots_unreachable",
        ),
        "bad gzip": (
            {"/robots.txt": Answer(200, b"\x1f\x8bnot gzip", {"Content-Encoding": "gzip"})},
            "robots_unreachable",
        ),
        "404": ({}, None),
        "403": ({"/robots.txt": text("no", 403)}, None),
        "401": ({"/robots.txt": text("no", 401)}, None),
        "empty": ({"/robots.txt": text("")}, None),
        "html": ({"/robots.txt": Answer(body="<title>Just a moment...</title>")}, None),
        "bom": ({"/robots.txt": text("\ufeffUser-agent: *\nDisallow: /x")}, None),
        "binary": ({"/robots.txt": text(bytes(range(256)) * 40)}, None),
        "near": (
            {
                "/robots.txt": Answer(302, "", {"Location": "/r"}),
                "/r": text("User-agent: *\nDisallow: /"),
            },
            "robots",
        ),
        "big": (
            {"/robots.txt": text("User-agent: *\nDisallow: /page\n" + "#" * 600_000)},
            "robots",
        ),
    }
    against = 0
    with ExitStack() as stack:
        sites = {
            name: stack.enter_context(serve({"/page": Answer(), **pages}))
            for name, (pages, _) in cases.items()
        }
        answers = ask(
            [site.url("/page") for site in sites.values()],
            DOWNLOAD_TIMEOUT="1",
            RETRY_AFTER_CAP="1",
            ROBOTSTXT_OBEY="0",  # No setting turns the rules off.
        )
        for name, site in sites.items():
            expected = cases[name][1]
            answer = answers.of(site.url("/page"))
            if expected is None:
                assert answer.get("status") == 200, (name, answer)
            else:
                against += "/page" in site.paths()
                assert answer.get("reason") == expected, (name, answer)
    tally("pages that robots.txt forbids, sites", len(cases), against)
    assert against == 0


def test_rules_are_asked_for_once_and_crawl_delay_is_kept(ask: Callable[..., Answers]) -> None:
    rules = text("User-agent: *\nCrawl-delay: 0.4")
    with serve({"/robots.txt": rules, "*": Answer()}) as site:
        answers = ask([site.url(f"/{n}") for n in range(4)])
    assert [answer["status"] for answer in answers.answers] == [200] * 4
    assert site.paths().count("/robots.txt") == 1
    # The operator's own site has no default delay; what its robots.txt asks for holds. A busy
    # machine notes an arrival late, which shortens the gap behind it.
    gaps = [later - before for (_, before), (_, later) in pairwise(site.hits[1:])]
    assert min(gaps) >= 0.3
    assert site.agents == {"Paddock/0.1.0"}
