"""CSS selectors over a parsed page, compiled once each."""

from lxml.etree import XPath
from lxml.html import HtmlElement
from parsel.csstranslator import HTMLTranslator

__all__ = ["select"]

_COMPILED: dict[str, XPath] = {}


def select(selector: str, root: HtmlElement) -> list[HtmlElement]:
    """Return the elements a selector matches, in document order."""
    if selector not in _COMPILED:
        _COMPILED[selector] = XPath(HTMLTranslator().css_to_xpath(selector))
    found = _COMPILED[selector](root)
    return found if isinstance(found, list) else []
