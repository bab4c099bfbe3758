"""A page as a site answered it: decoded only when somebody reads it, hashed only when somebody asks
whether it is known."""

from functools import cached_property

from scrapy.http import Response, TextResponse

from crawler.body_hash import body_hash
from crawler.extract.page import Page

__all__ = ["AnsweredPage", "validator"]

MAX_VALIDATOR = 500
"""Characters of an ETag or date that are worth keeping and sending back."""


class AnsweredPage(Page):
    """The page of a response, at the URL where redirects ended, or at another ``url`` of it: a
    route's, for instance."""

    def __init__(self, response: TextResponse, url: str | None = None) -> None:
        super().__init__(url or response.url, "")
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
        return validator(self.response, "ETag")

    @property
    def last_modified(self) -> str | None:
        """When the page changed, as the site wrote it."""
        return validator(self.response, "Last-Modified")


def validator(response: Response, name: str) -> str | None:
    """The header by which a site names a version of its page; None where it could not be sent back
    as it is."""
    value = (response.headers.get(name) or b"").decode("latin-1").strip()
    fit = 0 < len(value) <= MAX_VALIDATOR and value.isascii() and value.isprintable()
    return value if fit else None
