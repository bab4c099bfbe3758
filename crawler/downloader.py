"""The downloader, exact about how many transfers of a slot are under way."""

from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from scrapy.core import downloader

if TYPE_CHECKING:
    from scrapy import Request
    from scrapy.core.downloader import Slot
    from scrapy.http import Response
    from twisted.internet.defer import Deferred

__all__ = ["Downloader"]


class Downloader(downloader.Downloader):
    """Counts a transfer from the moment it is scheduled.

    Scrapy 2.19 counts it when the scheduled task gets to run. Until then the slot seems free:
    without a delay its whole queue starts at once, and with one a second request does wherever the
    process stood still for longer than the delay.
    """

    def _wait_for_download(
        self, slot: "Slot", request: "Request", queue_dfd: "Deferred[Response]"
    ) -> Coroutine[Any, Any, None]:
        slot.transferring.add(request)
        return super()._wait_for_download(slot, request, queue_dfd)
