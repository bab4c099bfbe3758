"""A page as a site answered it: decoded only when somebody reads it, hashed only when somebody asks
whether it is known."""

from functools import cached_property

from scrapy.http import TextResponse

from crawler.body_hash import body_hash
from crawler.extract.page import Page

__all__ = ["AnsweredPage"]

MAX_VALIDATOR = 500


class AnsweredPage(Page):
    """The page of a response, at the URL where redirects ended."""

    def __init__(self, response: TextResponse) -> None:
        super().__init__(response.url, "")
        self.response = response

    @cached_property
    def html(self) -> str:
        """The source text, decoded as Scrapy does: the headers' encoding is heeded."""
        self._body = self.response.text
        return super().html

    @cached_property
    def body_hash(self) -> str:
        """The hash by which the page is known again (`crawler.body_hash`)."""
        return body_hash(self.response.body)

    @property
    def etag(self) -> str | None:
        """The version of the page, where the site named one."""
        return self._header("ETag")

    @property
    def last_modified(self) -> str | None:
        """When the page changed, as the site wrote it."""
        return self._header("Last-Modified")

    def _header(self, name: str) -> str | None:
        value = self.response.headers.get(name)
        text = value.decode("latin-1").strip() if value else ""
        return text if 0 < len(text) <= MAX_VALIDATOR and text.isprintable() else None
