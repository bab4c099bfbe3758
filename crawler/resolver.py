"""The resolver that hands on vetted addresses only.

Twisted connects to exactly the addresses its resolver returned, so judging them here leaves no gap
between check and use: rebinding, shortened and octal spellings, names of internal machines and
private answers among public ones all end here, on page, robots and redirect fetches alike.
"""

import ipaddress
from typing import TYPE_CHECKING, Any

from scrapy.resolver import CachingHostnameResolver

from crawler.addresses import AddressPolicy, parse_networks

if TYPE_CHECKING:
    from scrapy.crawler import Crawler

__all__ = ["GuardedResolver", "own_hosts", "refusals"]

refusals: dict[str, str] = {}
"""Host → the rule that refused its last resolution. Twisted reports a name without usable addresses
as not found; this tells the two apart. One process has one reactor and one resolver."""


own_hosts: set[str] = set()
"""Names whose last resolution led nowhere but into the networks that the operator opened: his own
sites, as a literal address there is."""


class VettingReceiver:
    """Passes on the addresses that the policy allows and records a name that had only others.

    It stands where Twisted expects an ``IResolutionReceiver``; the names are Twisted's.
    """

    def __init__(self, receiver: Any, policy: AddressPolicy, host: str, port: int) -> None:
        self.receiver = receiver
        self.policy = policy
        self.host = host
        self.port = port
        self.allowed: list[bool] = []
        self.refused: str | None = None

    def resolutionBegan(self, resolution: Any) -> None:
        self.receiver.resolutionBegan(resolution)

    def addressResolved(self, address: Any) -> None:
        found = ipaddress.ip_address(address.host)
        rule = self.policy.refusal(found, self.port)
        if rule is None:
            self.allowed.append(self.policy.is_own(found))
            self.receiver.addressResolved(address)
        else:
            self.refused = rule

    def resolutionComplete(self) -> None:
        host = self.host.lower()
        refusals.pop(host, None)
        own_hosts.discard(host)
        if self.refused and not self.allowed:
            refusals[host] = self.refused
        elif self.allowed and all(self.allowed):
            own_hosts.add(host)
        self.receiver.resolutionComplete()


class GuardedResolver(CachingHostnameResolver):
    """Scrapy's caching resolver for IPv4 and IPv6, with every answer vetted, cached ones too."""

    def __init__(self, reactor: Any, cache_size: int, policy: AddressPolicy) -> None:
        super().__init__(reactor, cache_size)
        self.policy = policy

    @classmethod
    def from_crawler(cls, crawler: "Crawler", reactor: Any) -> "GuardedResolver":
        settings = crawler.settings
        cache_size = settings.getint("DNSCACHE_SIZE") if settings.getbool("DNSCACHE_ENABLED") else 0
        policy = AddressPolicy(parse_networks(settings.get("FETCH_ALLOWED_NETWORKS") or ""))
        return cls(reactor, cache_size, policy)

    def resolveHostName(
        self,
        resolutionReceiver: Any,
        hostName: str,
        portNumber: int = 0,
        addressTypes: Any = None,
        transportSemantics: str = "TCP",
    ) -> Any:
        receiver: Any = VettingReceiver(resolutionReceiver, self.policy, hostName, portNumber)
        return super().resolveHostName(
            receiver,
            hostName,
            portNumber,
            addressTypes,
            transportSemantics,
        )
