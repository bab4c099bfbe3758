"""What a site is asked and what it answers, as plain values, so that every page can be made
without a socket.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Protocol

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

TEMPLATES = Path(__file__).parent / "templates"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True)
class Visit:
    """One request. `nth` counts the requests for this path before it, for pages that answer better
    the second time.
    """

    path: str
    query: Mapping[str, str] = field(default_factory=dict)
    day: int = 0
    nth: int = 0


@dataclass(frozen=True)
class Page:
    """One answer. `delay` is the time in seconds that the site takes over it."""

    body: bytes
    status: int = 200
    content_type: str = HTML
    headers: tuple[tuple[str, str], ...] = ()
    delay: float = 0.0
    charset: str = "utf-8"

    @property
    def text(self) -> str:
        """The body as text."""
        return self.body.decode(self.charset)


class Site(Protocol):
    """One website of the replica, on a port of its own."""

    key: str

    def answer(self, visit: Visit) -> Page:
        """The page behind a request; unknown paths are pages with status 404, never exceptions."""
        ...


@cache
def templates() -> Environment:
    """The template environment; a misspelled name in a template is an error."""
    env = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["jsonld"] = jsonld
    return env


def jsonld(value: Any) -> Any:
    """A value as JSON that is safe inside a script element (no `</script>` can end it early)."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    for char in "<>&\u2028\u2029":
        text = text.replace(char, f"\\u{ord(char):04x}")
    return Markup(text)  # noqa: S704 (every character that could end the script is escaped above)


def html(template: str, status: int = 200, charset: str = "utf-8", **context: Any) -> Page:
    """A page made from a template. Only UTF-8 is named in the header; older sites leave it to a
    meta tag.
    """
    source = templates().get_template(template).render(charset=charset, **context)
    body = source.encode(charset, "xmlcharrefreplace")
    kind = HTML if charset == "utf-8" else "text/html"
    return Page(body, status, kind, charset=charset)


def text(body: str, status: int = 200) -> Page:
    """A plain-text page, such as robots.txt."""
    return Page(body.encode(), status, "text/plain; charset=utf-8")


def redirect(url: str, status: int = 302) -> Page:
    """A redirect."""
    return Page(b"", status, HTML, (("location", url),))


def challenge(status: int = 403) -> Page:
    """A Cloudflare-like challenge page: what a blocked visitor sees of any path."""
    page = html("challenge.html", status)
    return Page(page.body, status, HTML, (("server", "cloudflare"), ("cf-mitigated", "challenge")))
