"""The address guard's decision over corpora of hostile and of honest addresses.

Nothing is sent here. The corpora follow the test suites of smokescreen, ssrf_filter, ssrf-req-filter
and Advocate; spellings that are no literal are read as the resolver would read them.
"""

import ipaddress
import socket
from typing import Any

import pytest
from scrapy.resolver import dnscache
from twisted.internet.address import IPv4Address, IPv6Address

from crawler import resolver
from crawler.addresses import AddressPolicy, parse_networks
from crawler.resolver import GuardedResolver
from tests.conftest import Tally

CLOSED = AddressPolicy()


def _words(text: str) -> list[str]:
    return text.split()


OWN = AddressPolicy(parse_networks("127.0.0.2/32, 10.20.0.0/16 fd00:20::/32"))

REFUSED = _words("""
0.0.0.0 0.1.1.1 10.0.0.1 10.255.255.255 100.64.0.1 100.127.255.254 127.0.0.1 127.99.0.1
127.255.255.255 168.63.129.16 169.254.0.1 169.254.169.254 172.16.0.1 172.31.255.255 192.0.0.8
192.0.0.170 192.0.2.1 192.88.99.0 192.88.99.1 192.168.0.1 192.168.255.255 198.18.0.1 198.19.255.255
198.51.100.7 203.0.113.9 224.0.0.1 227.1.1.1 239.255.255.250 240.0.0.1 255.255.255.255
:: ::1 ::10.0.0.1 ::127.0.0.1 ::ffff:0.0.0.0 ::ffff:10.0.0.1 ::ffff:127.0.0.1 ::ffff:7f00:1
0:0:0:0:0:ffff:127.0.0.1 ::ffff:169.254.169.254 ::ffff:0:127.0.0.1 ::ffff:0:10.1.2.3
64:ff9b::10.0.0.1 64:ff9b::127.0.0.1 64:ff9b::ac1c:5 64:ff9b::c000:201 64:ff9b::a00:1
64:ff9b::ffff:ffff 64:ff9b::192.168.2.1 64:ff9b:1::1 64:ff9b:1::8.8.8.8 64:ff9b:1:7f00:1::
100::1 100:0:0:1::1 2001::1 2001:0:4136:e378:8000:63bf:3f57:fdf2 2001:10::1 2001:20::1 2001:2::1
2001:db8::1 2002:a00:1::1 2002:c000:201::1 2002:808:808::1 2002:C0A8:FFFF:: 3fff::1 5f00::1 fc00::1
fd00::1 fd12:3456:789a::1 fe80::1 fe80::1%eth0 fec0::1 FEC0:CCCC:: ff00::1 ff02::1 ff0e::1
""")

ALLOWED = _words("""
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.1 93.184.216.34 100.63.255.254 100.128.0.1 126.255.255.255
128.0.0.1 169.253.255.255 169.255.0.1 172.15.255.255 172.32.0.1 192.0.1.1 192.167.255.255 192.169.0.1
198.17.255.255 198.20.0.1 223.255.255.255 168.63.129.15
2001:4860:4860::8888 2606:4700:4700::1111 2a00:1450:4001::1 64:ff9c::1 64:ff9b::808:808 2003::1
::ffff:8.8.8.8
""")

SPELLINGS = _words("""
127.1 127.0.1 127.1.1.1 2130706433 0177.0.0.1 0177.1 0x7f.0.0.1 0x7f.1 0x7f000001 017700000001
0 0x0 127.000.000.001 0x7F.0X0.0.1 0177.00.00.01 3232235521 3232235777 2852039166 0xA9.0xFE.0xA9.0xFE
0xA9FEA9FE 0251.0376.0251.0376 0251.00376.000251.0000376 169.254.43518 169.16689662 10.1 0xa.1 012.1
192.168.1 172.1048577 100.64.1
""")

URLS = [
    ("file:///etc/passwd", "scheme"),
    ("file://localhost/etc/passwd", "scheme"),
    ("data:text/html,hello", "scheme"),
    ("ftp://example.com/cars.csv", "scheme"),
    ("s3://bucket/key", "scheme"),
    ("gopher://example.com:70/_x", "scheme"),
    ("javascript:alert(1)", "scheme"),
    ("ws://example.com/", "scheme"),
    ("dict://example.com:11211/stat", "scheme"),
    ("ldap://example.com/", "scheme"),
    ("//example.com/", "scheme"),
    ("example.com", "scheme"),
    ("http://", "malformed"),
    ("http:///path", "malformed"),
    ("http://:80/", "malformed"),
    ("http://example.com:0/", "malformed"),
    ("http://example.com:91337/", "malformed"),
    ("http://example.com:-12/", "malformed"),
    ("http://example.com:https/", "malformed"),
    ("http://[::1/", "malformed"),
    ("http://[[example.net]]:1337/", "malformed"),
    ("http://exam\x00ple.com/", "malformed"),
    ("http://example.com/\r\nHost: other", "malformed"),
    ("http://example.com\\@10.0.0.1/", "malformed"),
    ("http:// example.com/", "malformed"),
    ("http://user:secret@example.com/", "credentials"),
    ("http://127.1.1.1:80@127.2.2.2:80/", "credentials"),
    ("http://example.com@10.0.0.1/", "credentials"),
    ("http://10.0.0.1/", "private"),
    ("https://[fe80::1%25eth0]/", "link_local"),
    ("http://[::ffff:127.0.0.1]/", "loopback"),
    ("http://[::]/", "this_network"),
    ("http://8.8.8.8:22/", "port"),
    ("http://8.8.8.8:6379/", "port"),
    ("https://[2606:4700:4700::1111]:25/", "port"),
]

HONEST_URLS = [
    "http://example.com/",
    "https://www.example.com:8443/inventory?page=2",
    "https://xn--mnchen-3ya.example/autos",
    "https://under_score.example.com/",
    "http://8.8.8.8/",
    "http://[2606:4700:4700::1111]:8080/",
]


@pytest.mark.parametrize("address", REFUSED)
def test_special_purpose_addresses_are_refused(address: str) -> None:
    assert CLOSED.refusal(ipaddress.ip_address(address), 80) is not None


@pytest.mark.parametrize("address", ALLOWED)
def test_public_addresses_are_not(address: str) -> None:
    assert CLOSED.refusal(ipaddress.ip_address(address), 443) is None


@pytest.mark.parametrize(("url", "rule"), URLS)
def test_urls_that_show_their_intent_are_refused(url: str, rule: str) -> None:
    assert CLOSED.url_refusal(url) == rule


@pytest.mark.parametrize("url", HONEST_URLS)
def test_honest_urls_pass(url: str) -> None:
    assert CLOSED.url_refusal(url) is None


def test_no_spelling_of_an_internal_address_is_let_through(
    tally: Tally,
) -> None:
    let_through = []
    tried = 0
    for policy in (CLOSED, OWN):
        for spelling in (*REFUSED, *SPELLINGS):
            tried += 1
            by_url = policy.url_refusal(
                f"http://[{spelling}]/" if ":" in spelling else f"http://{spelling}/"
            )
            if by_url is None and policy.refusal(as_resolved(spelling), 80) is None:
                let_through.append(spelling)
    tally("addresses", tried, len(let_through))
    assert let_through == []
    assert tried > 200


def as_resolved(spelling: str) -> Any:
    """The address that the C library makes of a spelling."""
    try:
        return ipaddress.ip_address(spelling.partition("%")[0])
    except ValueError:
        return ipaddress.ip_address(socket.inet_aton(spelling))


def test_an_opened_network_opens_nothing_else() -> None:
    opened = {
        address
        for address in (
            "127.0.0.1",
            "127.0.0.2",
            "127.0.0.3",
            "10.20.1.1",
            "10.21.0.1",
            "fd00:20::1",
        )
        if OWN.refusal(ipaddress.ip_address(address), 5432) is None
    }
    assert opened == {"127.0.0.2", "10.20.1.1", "fd00:20::1"}
    # The same address in its IPv6 clothes.
    assert OWN.refusal(ipaddress.ip_address("::ffff:127.0.0.2"), 9) is None
    assert OWN.refusal(ipaddress.ip_address("::ffff:127.0.0.3"), 80) == "loopback"


def test_public_hosts_are_reached_on_web_ports_only() -> None:
    public = ipaddress.ip_address("93.184.216.34")
    assert [port for port in range(1, 10_000) if CLOSED.refusal(public, port) is None] == [
        80,
        443,
        8000,
        8008,
        8080,
        8443,
        8888,
    ]


@pytest.mark.parametrize("text", ["127.0.0.0/33", "localhost", "10.0.0.0/8;127.0.0.0/8", "::1/200"])
def test_an_unreadable_network_list_is_an_error(text: str) -> None:
    with pytest.raises(ValueError, match="does not appear"):
        parse_networks(text)


class FakeReactor:
    """A reactor whose name resolver answers what the test says, one answer after the other."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)
        self.nameResolver = self

    def resolveHostName(self, receiver: Any, host: str, port: int = 0, *rest: Any) -> Any:
        receiver.resolutionBegan(self)
        for text in self.answers.pop(0):
            kind = IPv6Address if ":" in text else IPv4Address
            receiver.addressResolved(kind("TCP", text, port))
        receiver.resolutionComplete()
        return self


class Connector:
    """What Twisted would connect to."""

    def __init__(self) -> None:
        self.addresses: list[str] = []
        self.complete = 0

    def resolutionBegan(self, resolution: Any) -> None:
        pass

    def addressResolved(self, address: Any) -> None:
        self.addresses.append(address.host)

    def resolutionComplete(self) -> None:
        self.complete += 1


def resolve(guarded: GuardedResolver, host: str, port: int = 443) -> list[str]:
    connector = Connector()
    guarded.resolveHostName(connector, host, port)
    assert connector.complete == 1
    return connector.addresses


@pytest.fixture(autouse=True)
def _no_cached_names() -> Any:
    dnscache.clear()
    resolver.refusals.clear()
    yield
    dnscache.clear()


@pytest.mark.parametrize("cache_size", [0, 100])
def test_a_rebinding_name_is_judged_at_every_answer(cache_size: int) -> None:
    reactor = FakeReactor(["93.184.216.34"], ["127.0.0.1"], ["127.0.0.1"])
    guarded = GuardedResolver(reactor, cache_size, CLOSED)
    assert resolve(guarded, "rebind.example") == ["93.184.216.34"]
    again = resolve(guarded, "rebind.example")
    # Cached, the first answer stands; without a cache, the second one is refused.
    assert again == (["93.184.216.34"] if cache_size else [])


def test_a_refused_answer_stays_refused_in_the_cache() -> None:
    guarded = GuardedResolver(FakeReactor(["10.0.0.1"]), 100, CLOSED)
    assert resolve(guarded, "intern.example") == []
    assert resolve(guarded, "intern.example") == []
    assert resolver.refusals == {"intern.example": "private"}


def test_of_several_addresses_only_public_ones_are_handed_on() -> None:
    reactor = FakeReactor(["127.0.0.1", "93.184.216.34", "fe80::1", "2606:4700:4700::1111"])
    guarded = GuardedResolver(reactor, 0, CLOSED)
    assert resolve(guarded, "mixed.example") == ["93.184.216.34", "2606:4700:4700::1111"]
    assert resolver.refusals == {}


def test_a_name_that_does_not_exist_is_no_refusal() -> None:
    guarded = GuardedResolver(FakeReactor([]), 0, CLOSED)
    assert resolve(guarded, "nowhere.example") == []
    assert resolver.refusals == {}


def test_a_name_reaches_no_other_port() -> None:
    guarded = GuardedResolver(FakeReactor(["93.184.216.34"]), 0, CLOSED)
    assert resolve(guarded, "redis.example", 6379) == []
    assert resolver.refusals == {"redis.example": "port"}
