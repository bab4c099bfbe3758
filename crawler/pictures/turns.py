"""Whose turn it is: sites take turns, a few pictures each are under way, and a site that does not
answer, or does not want to be asked, is left alone for the rest of the run.

Pure: no clock, no network.
"""

from collections import Counter, deque
from collections.abc import Iterable

from crawler.pictures.picture import Picture

__all__ = ["Turns"]

UNDER_WAY = 32
"""Pictures at a time, over all sites: each may hold its whole body in memory."""
UNDER_WAY_PER_SITE = 4
"""Pictures at a time of one site: one is asked for, the others are decoded, stored or next."""
UNANSWERED = 3
"""Pictures in a row that a site does not give before it is left alone."""

LEAVE_AT_ONCE = frozenset(["rate_limited", "robots_unreachable", "challenge", "parked"])
"""Reasons that concern the whole site."""
BLOCKED = LEAVE_AT_ONCE | {"robots", "denied", "login", "maintenance"}
"""Reasons that mean: the site does not want to be asked."""
OF_THE_PICTURE = ("http_3", "http_4", "robots", "redirects", "address", "decoder_busy")
"""What failures begin with that say nothing about the site's other pictures."""


class Turns:
    """The waiting pictures by site, what is under way, and the sites that were left alone."""

    def __init__(self) -> None:
        self.waiting: dict[str, deque[Picture]] = {}
        self.order: deque[str] = deque()
        self.under_way: Counter[str] = Counter()
        self.unanswered: Counter[str] = Counter()
        self.given: Counter[str] = Counter()
        self.left_alone: dict[str, str] = {}

    def add(self, pictures: Iterable[Picture]) -> None:
        """Put pictures behind the waiting ones of their sites."""
        for picture in pictures:
            if picture.site in self.left_alone:
                continue
            if picture.site not in self.waiting:
                self.waiting[picture.site] = deque()
                self.order.append(picture.site)
            self.waiting[picture.site].append(picture)

    @property
    def is_over(self) -> bool:
        """Whether nothing waits and nothing is under way."""
        return not self.waiting and not self.under_way.total()

    def take(self) -> Picture | None:
        """Return the next picture to ask for, or None while everybody is busy."""
        if self.under_way.total() >= UNDER_WAY:
            return None
        for _ in range(len(self.order)):
            site = self.order.popleft()
            queue = self.waiting.get(site)
            if queue is None:
                continue
            if self.under_way[site] >= UNDER_WAY_PER_SITE:
                self.order.append(site)
                continue
            picture = queue.popleft()
            self.under_way[site] += 1
            if queue:
                self.order.append(site)
            else:
                del self.waiting[site]
            return picture
        return None

    def done(self, picture: Picture, failure: str | None) -> None:
        """Note the end of a picture that was taken; ``failure`` is why the site did not give it,
        None where it did, whatever it was."""
        site = picture.site
        self.under_way[site] -= 1
        if failure is None:
            self.given[site] += 1
            self.unanswered[site] = 0
        elif not failure.startswith(OF_THE_PICTURE):
            self.unanswered[site] += 1
        if failure in LEAVE_AT_ONCE or self.unanswered[site] >= UNANSWERED:
            assert failure is not None
            self.leave_alone(site, failure)

    def leave_alone(self, site: str, reason: str) -> None:
        """Ask the site for nothing more in this run."""
        self.left_alone.setdefault(site, reason)
        self.waiting.pop(site, None)
