"""JSON endpoints that serve an inventory: how one is asked, page by page, and what it answers.

A platform declares its endpoint (`JsonGrid`); its parameters are read from the grid page, which
names them for its own scripts. Endpoints that a page names in plain sight are found as well. Only
the page's own site is asked, and the search services that a platform declares by host.
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import parse_qsl, quote, urlencode, urlsplit, urlunsplit

from crawler.extract.embedded import EmbeddedGrid, inventory_in
from crawler.extract.embedded_grid import GridRules
from crawler.extract.embedded_values import object_literal
from crawler.extract.page import Page
from crawler.extract.vehicle_links import same_site

__all__ = ["JsonGrid", "JsonPages", "JsonRequest", "named_endpoints"]

MAX_FOUND = 2
"""Endpoints named by the page itself that are tried."""
VALUE = re.compile(r"[\w.,: +|()/-]{1,200}")
PAGING = frozenset(["page", "pt", "pn", "pg", "p", "start", "offset", "limit", "skip"])
PLACES = (
    "//@data-url | //@data-api | //@data-endpoint | //@data-api-url | //@data-source | //@data-feed"
)
CALL = re.compile(
    r"""(?:fetch|get|getJSON|ajax|axios)\s?\(\s?["'`]([^"'`\s<>]{4,300})["'`]\s?[,)]"""
    r"""|["']?(?:url|api|endpoint|apiUrl|inventoryUrl|api_url|dataUrl)["']?\s?[:=]\s?["']([^"'\s<>]{4,300})["']"""
)
SERVES = re.compile(r"inventor|vehicle|(?:^|[/_-])(?:cars|listings|stock)(?:$|[/_.?-])", re.I)
IS_DATA = re.compile(
    r"(?:^|[/_-])(?:api|ajax|json|graphql|rest|wp-json|feeds?|data|v\d)(?:$|[/_.?-])|\.json(?:$|\?)",
    re.I,
)
ONE_OR_OTHER = re.compile(
    r"[{}$]|similar|related|recommend|recent|featured|facet|filter|suggest|autocomplete|saved|favou?rite|"
    r"compare|lead|contact|track|event|count|make|model|price-?alert|detail|/\d{3,}(?:$|\?)",
    re.I,
)


@dataclass(frozen=True)
class JsonRequest:
    """One request to an endpoint; ``number`` is the page or offset it asks for."""

    url: str
    number: int
    method: Literal["GET", "POST"] = "GET"
    body: str | None = None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class JsonGrid:
    """A platform's endpoint.

    ``settings`` are names with patterns of the page's source whose group is the value, ``defaults``
    what holds where a pattern finds nothing; without a value the endpoint is not asked. ``url``,
    the strings of ``body`` and the ``headers`` are templates over the settings, ``{number}`` (the
    page, from ``first``, or the offset), ``{size}``, ``{host}`` and ``{query}`` (the grid's own
    filters). A string that is one placeholder of a number becomes a number, ``{number!s}`` a
    text. ``hosts`` are other hosts that may be asked, by their last labels.
    """

    url: str
    settings: tuple[tuple[str, str], ...] = ()
    defaults: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    headers: Mapping[str, str] = field(default_factory=dict)
    step: Literal["page", "offset"] = "page"
    first: int = 1
    size: int = 100
    hosts: tuple[str, ...] = ()


class JsonPages:
    """One endpoint asked for one grid page's inventory."""

    def __init__(
        self,
        declared: JsonGrid,
        page: Page,
        settings: Mapping[str, str],
        rules: GridRules,
    ) -> None:
        self.declared = declared
        self.page = page
        self.settings = settings
        self.rules = rules

    @classmethod
    def of(cls, declared: JsonGrid, page: Page, rules: GridRules) -> "JsonPages | None":
        """The endpoint with the page's own settings; None where the page does not name them all."""
        parts = urlsplit(page.url)
        query = [(name, value) for name, value in parse_qsl(parts.query) if name not in PAGING]
        known: dict[str, str] = {"host": parts.netloc, "query": urlencode(query)}
        for name, pattern in declared.settings:
            found = re.search(pattern, page.html)
            value = found[1] if found else declared.defaults.get(name)
            if value is None or not VALUE.fullmatch(value):
                return None
            known[name] = value
        pages = cls(declared, page, {**declared.defaults, **known}, rules)
        return pages if pages.first() is not None else None

    def first(self) -> JsonRequest | None:
        """The request for the first page; None where it would go to a host that is not declared."""
        return self._request(self.declared.first if self.declared.step == "page" else 0)

    def _request(self, number: int) -> JsonRequest | None:
        one = self.declared
        numbers = {"number": number, "size": one.size}
        quoted = {
            name: value if name == "query" else quote(value, safe=":.,")
            for name, value in self.settings.items()
        }
        url = self.page.link(one.url.format(**quoted, **numbers).rstrip("?&"))
        if url is None or not self._may_ask(url):
            return None
        values: dict[str, Any] = {**self.settings, **numbers}
        headers = {name: text.format(**values) for name, text in one.headers.items()}
        if one.body is None:
            return JsonRequest(url, number, headers={"Accept": "application/json", **headers})
        body = json.dumps(_filled(one.body, values))
        headers = {"Accept": "application/json", "Content-Type": "application/json", **headers}
        return JsonRequest(url, number, "POST", body, headers)

    def _may_ask(self, url: str) -> bool:
        if same_site(url, self.page.url):
            return True
        parts = urlsplit(url)
        host = f".{parts.hostname}"
        return parts.scheme == "https" and any(
            host.endswith(f".{known}") for known in self.declared.hosts
        )

    def read(self, text: str) -> EmbeddedGrid | None:
        """Read an answer; None where it is no JSON."""
        value = object_literal(text) if text.lstrip()[:1] in ("{", "[") else None
        if value is None:
            return None
        return inventory_in(
            [("answer", value)], self.page, self.rules.vehicle_url, self.rules.own_stock
        )

    def following(self, asked: JsonRequest, answer: EmbeddedGrid) -> JsonRequest | None:
        """The request after this one; None after the last page."""
        if not answer.entries or "{number" not in f"{self.declared.url}{self.declared.body}":
            return None
        if self.declared.step == "offset":
            number = asked.number + answer.entries
            if answer.total is not None:
                return self._request(number) if number < answer.total else None
            return self._request(number) if answer.entries >= self.declared.size else None
        done = asked.number - self.declared.first + 1
        if answer.last_page is not None:
            more = done < answer.last_page
        elif answer.total is not None:
            more = done * (answer.size or answer.entries) < answer.total
        else:
            more = answer.entries >= self.declared.size
        return self._request(asked.number + 1) if more else None


def _filled(template: Any, values: Mapping[str, Any]) -> Any:
    if isinstance(template, Mapping):
        return {key: _filled(inner, values) for key, inner in template.items()}
    if isinstance(template, list | tuple):
        return [_filled(inner, values) for inner in template]
    if isinstance(template, str):
        if re.fullmatch(r"\{\w+\}", template) and isinstance(values.get(template[1:-1]), int):
            return values[template[1:-1]]
        return template.format(**values)
    return template


def named_endpoints(page: Page, rules: GridRules) -> Iterator[JsonPages]:
    """The endpoints on the page's own site that its attributes and scripts name and that plainly
    serve the inventory, at most two."""
    found: dict[str, JsonPages] = {}
    for text in _literals(page):
        path = text.partition("?")[0]
        url = page.link(text)
        if url is None or url in found or ONE_OR_OTHER.search(text) or not same_site(url, page.url):
            continue
        if not (SERVES.search(path) and IS_DATA.search(text)):
            continue
        found[url] = JsonPages(_declared(url), page, {}, rules)
        yield found[url]
        if len(found) == MAX_FOUND:
            return


def _literals(page: Page) -> Iterator[str]:
    for attribute in page.root.xpath(PLACES):
        if 4 <= len(attribute) <= 300:
            yield str(attribute).strip()
    for script in page.root.iter("script"):
        for call in CALL.finditer((script.text or "")[:500_000]):
            yield (call[1] or call[2]).replace("\\/", "/")


def _declared(url: str) -> JsonGrid:
    """A named endpoint, paged by the parameter its own address carries."""
    parts = urlsplit(url)
    pairs = [(n, v) for n, v in parse_qsl(parts.query, keep_blank_values=True)]
    paged = next(
        (n for n, v in pairs if n.lower() in ("page", "pg", "p") and v in ("0", "1")), None
    )
    offset = next(
        (n for n, v in pairs if n.lower() in ("offset", "start", "skip") and v == "0"), None
    )
    name = paged or offset
    size = next(
        (
            int(v)
            for n, v in pairs
            if n.lower() in ("limit", "size", "per_page", "pagesize", "perpage") and v.isdecimal()
        ),
        100,
    )
    first = next((int(v) for n, v in pairs if n == paged), 1)
    query = "&".join(
        f"{quote(n)}={'{number}' if n == name else quote(v)}" for n, v in pairs
    ).replace("{number}", "\0")
    path = urlunsplit(parts._replace(query=""))
    template = (path + ("?" + query if query else "")).replace("{", "{{").replace("}", "}}")
    return JsonGrid(
        url=template.replace("\0", "{number}"),
        step="offset" if offset and not paged else "page",
        first=first,
        size=max(1, min(size, 1_000)),
    )
