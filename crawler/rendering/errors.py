"""Why a page was not drawn, or only in part."""

from crawler.errors import Refused

__all__ = ["RenderingFailed"]


class RenderingFailed(Refused):
    """The browser gave no page. ``reason`` is ``browser_missing``, ``browser_crashed``,
    ``page_crashed``, ``render_timeout``, ``render_memory``, ``render_budget`` or
    ``render_failed``."""
