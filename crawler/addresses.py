"""The address guard's decision: may a crawler connect to this address and port?

Pure: addresses in, verdicts out. The lists are explicit on purpose. The standard library's
``is_global`` and ``is_private`` changed their minds between patch releases (CVE-2024-4032; on
Python 3.11.7 ``64:ff9b::10.0.0.1`` and ``192.88.99.1`` count as global), so nothing here asks them.
Sources: the IANA special-purpose address registries and the deny lists of ssrf_filter, smokescreen
and Advocate.
"""

import ipaddress
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

__all__ = ["AddressPolicy", "IPAddress", "parse_networks"]

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address
IPNetwork = ipaddress.IPv4Network | ipaddress.IPv6Network

WEB_PORTS = frozenset([80, 443, 8000, 8008, 8080, 8443, 8888])
"""Where websites listen. Any other port of a public host is some other service."""

REFUSED_V4 = tuple(
    (ipaddress.IPv4Network(network), rule)
    for network, rule in [
        ("0.0.0.0/8", "this_network"),
        ("10.0.0.0/8", "private"),
        ("100.64.0.0/10", "carrier_nat"),
        ("127.0.0.0/8", "loopback"),
        ("168.63.129.16/32", "cloud_metadata"),
        ("169.254.0.0/16", "link_local"),
        ("172.16.0.0/12", "private"),
        ("192.0.0.0/24", "protocol_assignments"),
        ("192.0.2.0/24", "documentation"),
        ("192.88.99.0/24", "relay_6to4"),
        ("192.168.0.0/16", "private"),
        ("198.18.0.0/15", "benchmarking"),
        ("198.51.100.0/24", "documentation"),
        ("203.0.113.0/24", "documentation"),
        ("224.0.0.0/4", "multicast"),
        ("240.0.0.0/4", "reserved"),
    ]
)

REFUSED_V6 = tuple(
    (ipaddress.IPv6Network(network), rule)
    for network, rule in [
        ("::/128", "this_network"),
        ("::1/128", "loopback"),
        ("64:ff9b:1::/48", "local_nat64"),
        ("100::/64", "discard"),
        ("100:0:0:1::/64", "discard"),
        ("2001::/23", "protocol_assignments"),
        ("2001:db8::/32", "documentation"),
        ("2002::/16", "relay_6to4"),
        ("3fff::/20", "documentation"),
        ("5f00::/16", "segment_routing"),
        ("fc00::/7", "private"),
        ("fe80::/10", "link_local"),
        ("fec0::/10", "private"),
        ("ff00::/8", "multicast"),
    ]
)

EMBEDDED_V4 = tuple(
    ipaddress.IPv6Network(network)
    for network in [
        "::/96",  # IPv4-compatible, deprecated, still parsed
        "::ffff:0:0/96",  # IPv4-mapped
        "::ffff:0:0:0/96",  # IPv4-translated
        "64:ff9b::/96",  # the well-known NAT64 prefix
    ]
)
"""Prefixes whose last 32 bits are an IPv4 address that the packet ends up at: the embedded address
is judged. (6to4, Teredo and local NAT64 hide theirs elsewhere and are refused whole.)"""


def embedded_v4(address: IPAddress) -> ipaddress.IPv4Address | None:
    """Return the IPv4 address inside an IPv6 one, if its prefix carries one in the last 32 bits."""
    if isinstance(address, ipaddress.IPv6Address) and any(address in net for net in EMBEDDED_V4):
        return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return None


def parse_networks(text: str) -> tuple[IPNetwork, ...]:
    """Read a list of networks in CIDR form, separated by commas or white space; ``127.0.0.1/8`` is
    read as the network it lies in. Raises ValueError for anything else."""
    return tuple(
        ipaddress.ip_network(part, strict=False) for part in text.replace(",", " ").split()
    )


def literal_address(host: str) -> IPAddress | None:
    """Return the address a URL's host spells canonically, without brackets and zone, or None for a
    name. Other spellings (``127.1``, ``0x7f.1``) are names here; what they resolve to is judged."""
    try:
        return ipaddress.ip_address(host.strip("[]").partition("%")[0])
    except ValueError:
        return None


@dataclass(frozen=True)
class AddressPolicy:
    """Which addresses are open: the public internet on web ports, and ``allowed`` on any port."""

    allowed: tuple[IPNetwork, ...] = ()

    def is_own(self, address: IPAddress) -> bool:
        """Tell whether the operator opened this address by name (FETCH_ALLOWED_NETWORKS)."""
        return any(address in network for network in self.allowed)

    def refusal(self, address: IPAddress, port: int | None = None) -> str | None:
        """Return the name of the rule that forbids connecting to the address, or None.

        An IPv6 address that carries an IPv4 one is judged by both, so opening ``127.0.0.2/32`` also
        opens ``::ffff:127.0.0.2``, and closing works the same way.
        """
        if isinstance(address, ipaddress.IPv6Address) and address.scope_id:
            return "link_local"
        inner = embedded_v4(address)
        if self.is_own(address) or (inner is not None and self.is_own(inner)):
            return None
        if isinstance(address, ipaddress.IPv6Address):
            rules = _matches(address, REFUSED_V6)
            if inner is not None:
                rules = rules or _matches(inner, REFUSED_V4)
        else:
            rules = _matches(address, REFUSED_V4)
        if rules:
            return rules
        return "port" if port is not None and port not in WEB_PORTS else None

    def url_refusal(self, url: str) -> str | None:
        """Judge what a URL alone shows: scheme, credentials, host spelling and literal address.

        A host that is a name passes here; the resolver judges what it resolves to.
        """
        if any(character <= " " or character in "\\\x7f" for character in url):
            return "malformed"
        try:
            parts = urlsplit(url)
            host, port = parts.hostname, parts.port
        except ValueError:
            return "malformed"
        if parts.scheme not in ("http", "https"):
            return "scheme"
        if not host or port == 0:
            return "malformed"
        if "@" in parts.netloc:
            return "credentials"
        address = literal_address(host)
        if address is None:
            return None
        return self.refusal(address, port or (443 if parts.scheme == "https" else 80))

    def is_own_site(self, url: str) -> bool:
        """Tell whether the URL's host is a literal address that the operator opened: his own site,
        which needs no default delay."""
        address = literal_address(urlsplit(url).hostname or "")
        return address is not None and self.is_own(address)


def _matches(address: IPAddress, rules: Iterable[tuple[IPNetwork, str]]) -> str | None:
    return next((rule for network, rule in rules if address in network), None)
