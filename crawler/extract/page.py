"""One fetched page, parsed once and lazily.

The parse never fails: a page that is empty, cut off, wrongly encoded or no HTML at all is a page
with nothing on it. Elements handed out stay the same objects while the page lives, so readers may
keep sets of them.
"""

import re
from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import Any

from lxml import etree
from lxml.html import HtmlElement, HTMLParser
from parsel import Selector
from w3lib.encoding import html_to_unicode

from contract.urls import clean_url, routed, url_identity
from crawler.extract.attributes import bounded
from crawler.extract.jsonld import flat_nodes, parse_script
from crawler.extract.mended_tree import mend
from crawler.extract.microdata import microdata_nodes
from crawler.extract.part import PageElement, hold
from crawler.extract.style_sheets import hide_styled
from crawler.extract.text import text_of

__all__ = ["MAX_PAGE", "Page"]

MAX_PAGE = 12_000_000
"""Characters read of a page; the downloader's own cap is lower."""

# libxml2 stops at a NUL, and PostgreSQL can store neither NULs nor lone surrogates.
UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff]")
ONE_CLASS = etree.ElementDefaultClassLookup(element=PageElement)
EMPTY = "<html><body></body></html>"


class Page:
    """A page at ``url`` with HTTP ``status``; ``html`` is text, or bytes whose encoding is read
    from the byte-order mark, the meta tag or, without both, guessed as UTF-8 before Windows-1252.
    """

    def __init__(self, url: str, html: str | bytes, status: int = 200) -> None:
        self.url = url
        self.status = status
        self._body = html
        self._links: dict[str, str | None] = {}
        self._reading = object()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Page) and self._reading is other._reading

    def __hash__(self) -> int:
        return hash(self._reading)

    def forget(self) -> None:
        """Give back what was parsed of the page, by far the most of what it weighs: whoever asks
        again parses anew. To what readers remember of a page, it is another one then."""
        for name in PARSED:
            self.__dict__.pop(name, None)
        self._links = {}
        self._reading = object()

    @property
    def is_home(self) -> bool:
        """Whether it is its site's home page."""
        return "/" not in url_identity(self.url).partition("?")[0]

    @cached_property
    def html(self) -> str:
        """The source text, without what no database could store."""
        text = self._body if isinstance(self._body, str) else _decode(self._body)
        return UNSTORABLE.sub(" ", text[:MAX_PAGE])

    @cached_property
    def root(self) -> HtmlElement:
        """The document element."""
        return self.elements[0]

    @cached_property
    def elements(self) -> list[HtmlElement]:
        """Every element in document order; holding them keeps their identity."""
        parser = HTMLParser(encoding="utf-8", huge_tree=True)
        # One class for all elements: lxml asks Python for each one's otherwise.
        parser.set_element_class_lookup(ONE_CLASS)
        try:
            root = etree.fromstring(bounded(self.html).encode(), parser)
        except (etree.LxmlError, ValueError):
            root = None
        if root is None:
            root = etree.fromstring(EMPTY, parser)
        mend(root, self.html)
        # Made once and held before anybody goes through them.
        elements = list(root.iter("*"))
        hide_styled(root)
        hold(elements)
        return elements

    @cached_property
    def selector(self) -> Selector:
        """A parsel selector over the same tree."""
        return Selector(root=self.root, type="html")

    @cached_property
    def base_url(self) -> str:
        """What relative links resolve against: ``<base href>``, else the page itself."""
        for base in self.root.iter("base"):
            if href := base.get("href"):
                return clean_url(self.url, href) or self.url
        return self.url

    @cached_property
    def jsonld(self) -> list[Mapping[str, Any]]:
        """Every JSON-LD node of the page, ``@graph`` and lists opened, broken scripts repaired
        where that is safe and skipped where it is not."""
        nodes: list[Mapping[str, Any]] = []
        for script in self.root.iter("script"):
            if "ld+json" in (script.get("type") or "").lower():
                nodes.extend(flat_nodes(parse_script(script.text or "")))
        return nodes

    @cached_property
    def microdata(self) -> list[Mapping[str, Any]]:
        """Top-level microdata items in the shape of JSON-LD nodes."""
        return [node for _, node in microdata_nodes(self.root)]

    @cached_property
    def text(self) -> str:
        """What a person could read on the page, white space folded."""
        return text_of(self.root)

    @cached_property
    def title(self) -> str:
        """The text of ``<title>``."""
        return next((text_of(title) for title in self.root.iter("title")), "")

    def meta(self, *names: str) -> Iterator[str]:
        """Yield what ``<meta>`` elements of one of these names (``og:title``) hold, empty ones left
        out; templates write the name as ``property`` or as ``name``."""
        for meta in self.root.iter("meta"):
            name = (meta.get("property") or meta.get("name") or "").lower()
            if name in names and (content := meta.get("content")):
                yield content

    def link(self, href: str | None) -> str | None:
        """Resolve a link of this page; None when it leads to no page. Of fragments it keeps those
        that this page's own script turns into others (`contract.urls`)."""
        if not href:
            return None
        if href not in self._links:
            url = clean_url(self.base_url, href)
            if url is not None and "#" in href and self._is_document(url):
                url = routed(url, href)
            self._links[href] = url
        return self._links[href]

    def _is_document(self, url: str) -> bool:
        return url_identity(url) == url_identity(self.url.partition("#")[0])


PARSED = [name for name, one in vars(Page).items() if isinstance(one, cached_property)]


def _decode(body: bytes) -> str:
    """Decode bytes as browsers do, except that valid UTF-8 beats a wrong declaration."""
    try:
        return body.decode("utf-8-sig")
    except UnicodeDecodeError:
        return html_to_unicode(None, body, default_encoding="cp1252")[1]
