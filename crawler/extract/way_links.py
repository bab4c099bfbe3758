"""Where an element leads that is a link, or acts as one: scripts, data attributes and forms."""

import re
from collections.abc import Callable
from urllib.parse import urlencode

from lxml.html import HtmlElement

from contract.urls import route_of
from crawler.extract.part import part_of
from crawler.extract.vehicle_links import names_one

__all__ = ["LinkOf", "plain_link", "scripted_link"]

LinkOf = Callable[[HtmlElement], str | None]
ONCLICK = re.compile(
    r"""(?:location(?:\.href)?\s*=|window\.open\(|location\.assign\(|^\s*\w+\((?=\s*['"]/))"""
    r"""\s*['"]([^'"]+)['"]"""
)
CALLED = re.compile(
    r"""(?:\.(?:replace|push|navigate|open)|^\s*(?:return\s+)?[\w.]+)\(\s*['"]"""
    r"""((?:https?://|\.{0,2}/|\w[\w./-]*\.(?:html?|php\d?|aspx?|cfm|jsp|cgi|pl)\b)[^'"]*)['"]"""
)
LINK_ATTRIBUTES = ("data-href", "data-url", "data-link", "data-vdp-url", "data-detail-url")
LINK_NAME = re.compile(
    # HubSpot names the template of each part of a page: "data-global-resource-path".
    r"data-(?!(?:\w+-)*(?:resource|template|theme|asset|script)-)(?:\w+-)*"
    r"(?:url|uri|href|link|permalink|target-url|path)$"
)
LINKING = frozenset(["href", "onclick", "action", *LINK_ATTRIBUTES])


def plain_link(element: HtmlElement) -> str | None:
    """Return where an element plainly leads, as it is written; None where it does not."""
    attributes = part_of(element).attributes
    if LINKING.isdisjoint(attributes):
        return None
    if element.tag in ("a", "area"):
        href = attributes.get("href")
        if href and (
            not href.startswith(("#", "javascript:", "tel:", "mailto:")) or route_of(href)
        ):
            return href
    for name in LINK_ATTRIBUTES:
        if value := attributes.get(name):
            return value
    if element.tag == "form":
        return _form_link(element)
    if (script := attributes.get("onclick")) and (match := ONCLICK.search(script)):
        return match[1]
    return None


def scripted_link(element: HtmlElement) -> str | None:
    """Return where an element leads by a script's call (``popup('car.html')``), by any data
    attribute that is named for an address, or by a button of a form; None where it does not."""
    attributes = part_of(element).attributes
    href = attributes.get("href", "")
    for script in (href if href.startswith("javascript:") else "", attributes.get("onclick", "")):
        if match := CALLED.search(script.removeprefix("javascript:")):
            return match[1]
    if element.tag == "form":
        return _button_link(element)
    for name, value in attributes.items():
        if "/" in value and LINK_NAME.fullmatch(name) and not value.startswith("data:"):
            return value
    return None


def _form_link(form: HtmlElement) -> str | None:
    """Where a form leads that is nothing but a button "View details": its hidden fields name one
    vehicle."""
    fields = list(form.iter("input", "select", "textarea"))
    hidden = [field for field in fields if field.get("type") == "hidden"]
    typed = [field for field in fields if field.get("type") not in ("hidden", "submit", "button")]
    query = urlencode([(field.get("name") or "", field.get("value") or "") for field in hidden])
    return _sent(form, query) if _asks(form) and not typed and names_one(query) else None


def _button_link(form: HtmlElement) -> str | None:
    """Where a form leads that holds one button and nothing to fill in: to its address, with what
    the button is called."""
    fields = list(form.iter("input", "select", "textarea", "button"))
    if not _asks(form) or len(fields) != 1:
        return None
    [button] = fields
    if button.tag not in ("button", "input") or button.get("type", "submit") != "submit":
        return None
    action: str | None = form.get("action")
    name, value = button.get("name"), button.get("value")
    return _sent(form, urlencode([(name, value)])) if action and name and value else action


def _asks(form: HtmlElement) -> bool:
    """Whether a form asks for a page (GET) and changes nothing."""
    return bool((form.get("method") or "get").lower() == "get")


def _sent(form: HtmlElement, query: str) -> str:
    """Where a browser goes that sends a form: its query takes the place of the address's own."""
    return f"{(form.get('action') or '').partition('?')[0]}?{query}"
