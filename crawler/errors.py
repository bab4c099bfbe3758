"""Why a page was not fetched, or a run could not go on: the exceptions that spiders may meet.

Every refusal is an `IgnoreRequest`, so Scrapy logs it quietly and never retries it. It reaches a
spider through the request's errback (``failure.value``) or out of
``await crawler.engine.download_async(request)``; ``reason`` is short, countable, and the word that
manifests and run records use.
"""

from scrapy.exceptions import IgnoreRequest

__all__ = ["AddressRefused", "ArgumentError", "Blocked", "Refused", "RobotsDisallowed"]


class Refused(IgnoreRequest):
    """A request that Paddock does not make, or an answer that it does not read."""

    def __init__(self, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.reason = reason
        self.detail = detail


class AddressRefused(Refused):
    """Raised by the address guard: the URL's scheme, host, port or resolved address is not one that
    a crawler may reach. ``reason`` is ``address``, ``detail`` the rule."""

    def __init__(self, rule: str) -> None:
        super().__init__("address", rule)


class RobotsDisallowed(Refused):
    """Raised by the robots middleware; ``reason`` is ``robots`` where a rule forbids the page, and
    ``robots_unreachable`` where the site's rules could not be read (RFC 9309 §2.3.1.4)."""


class Blocked(Refused):
    """The site answered, but not with its page.

    ``kind`` is one of ``challenge``, ``denied``, ``login``, ``maintenance``, ``parked`` and
    ``rate_limited``; ``retry_after`` is what the site asked for, in seconds, where it did.
    """

    def __init__(self, kind: str, detail: str = "", retry_after: float | None = None) -> None:
        super().__init__(kind, detail)
        self.kind = kind
        self.retry_after = retry_after


class ArgumentError(ValueError):
    """Raised by a spider's constructor, or while settings are read, when a value makes no sense:
    the run ends as a usage error (exit code 2)."""
