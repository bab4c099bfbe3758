"""One car's part of a page that shows many of them."""

from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.extract.sections import SOLD_HEADING

__all__ = ["Place"]


@dataclass(frozen=True)
class Place:
    """One car's part of a page: ``element`` holds it and nothing else, and is a copy where the page
    has no such element; ``heading`` is the element of its ``name``, ``top`` what stands in the page
    itself, ``section`` the heading of the part of the page."""

    element: HtmlElement
    top: HtmlElement
    heading: HtmlElement
    name: str
    section: str = ""

    @property
    def is_sold(self) -> bool:
        """Whether it stands in a section of sold cars."""
        return SOLD_HEADING.fullmatch(self.section) is not None
