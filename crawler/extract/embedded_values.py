"""The data that a page hands to its own scripts: every JSON value or object literal in it.

Script elements of JSON types (``__NEXT_DATA__``), assignments and call arguments in inline scripts
(``window.__INITIAL_STATE__ = {…}``, ``JSON.parse("…")``, ``pushData('VehicleObject_1', {…})``), the
two forms of ``__NUXT__``, Next's flight rows, and attributes that hold JSON. No script is run. Each
character is looked at a bounded number of times.
"""

import json
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

import chompjs
from lxml.html import HtmlElement

from crawler.extract.flight import MARK, flight_rows
from crawler.extract.jsonld import parse_script
from crawler.extract.page import Page

__all__ = ["embedded_values", "json_of", "object_literal"]

HINTS = (
    'vin"',
    "vin'",
    "vin:",
    "vin_",
    "vin ",
    "vinn",
    "stock",
    "year",
    "vehicle",
    "mileage",
    "odometer",
)
"""No value without one of these words can hold a car."""
ANCHOR = re.compile(
    r"""(?P<json>JSON\.parse\(\s{0,20})(?=["'`])|(?:=|\(|,)\s{0,20}(?=[\[{])""", re.ASCII
)
TOKEN = re.compile(
    r"""(?P<skip>"(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'|`(?:[^`\\]|\\.)*`|//[^\n]*|/\*[^*]*\*+(?:[^/*][^*]*\*+)*/)
    |(?P<open>[\[({])|(?P<close>[\])}])|(?P<broken>["'`]|/\*)""",
    re.X | re.S,
)
NUXT = re.compile(
    r"__NUXT__\s{0,9}=\s{0,9}\(?function\s{0,9}\(([\w$,\s]{0,4000})\)\s{0,9}\{\s{0,9}return\s{0,9}(?=\{)"
)
NAME_OR_STRING = re.compile(
    r"""("(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*')|(?<![\w$.])([A-Za-z_$][\w$]*)(?![\w$]|\s*:)""", re.S
)
SCRIPTS = frozenset(["", "text/javascript", "application/javascript", "module", "text/ecmascript"])
MAX_LITERALS = 300
MAX_ATTRIBUTES = 3_000
JSON_ATTRIBUTES = (
    "//@*[" + " or ".join(f"starts-with(., '{start}')" for start in ("{", "[", "%7B", "%5B")) + "]"
)


def embedded_values(page: Page) -> Iterator[tuple[str, Any]]:
    """Yield (where, value) for every value that could hold a vehicle; never raises."""
    for script in page.root.iter("script"):
        kind = (script.get("type") or "").strip().lower()
        text = script.text or ""
        if "ld+json" in kind or len(text) < 20 or not _hints_at_cars(text):
            continue
        if "json" in kind:
            yield script.get("id") or "script", json_of(text, script.get("id"))
        elif kind.partition(";")[0] in SCRIPTS:
            yield from _literals(text)
    for payload in flight_rows(page):
        if _hints_at_cars(payload):
            yield MARK, object_literal(payload)
    yield from _attributes(page)


def json_of(text: str, identifier: str | None) -> Any:
    """Return the value of the text of a JSON script, by its id Nuxt's payload as it was before it
    was flattened; None where it is broken."""
    value = parse_script(text)
    flat = isinstance(value, list) and "nuxt" in (identifier or "").lower()
    return _unflattened(value) if flat else value


def object_literal(text: str) -> Any:
    """Parse a JSON text or a JavaScript object literal; None where it is neither."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if text.count("function") > 3 or text.count("=>") > 3:
        return None  # Code, not data.
    try:
        return chompjs.parse_js_object(text, loader_kwargs={"strict": False})
    except (ValueError, RecursionError, AttributeError, OverflowError):
        return None


def _hints_at_cars(text: str) -> bool:
    lowered = text.lower()
    return any(hint in lowered for hint in HINTS)


def _literals(text: str) -> Iterator[tuple[str, Any]]:
    """Every literal behind an assignment or in a call, outermost ones only."""
    if (nuxt := NUXT.search(text)) and (found := _nuxt(text, nuxt)) is not None:
        yield "__NUXT__", found
    position = 0
    for _ in range(MAX_LITERALS):
        anchor = ANCHOR.search(text, position)
        if anchor is None:
            return
        start = anchor.end()
        if anchor["json"]:
            token = TOKEN.match(text, start)
            if token is None or not token["skip"]:
                return
            position = token.end()
            inner = object_literal(f"[{token[0]}]")
            if isinstance(inner, list) and inner and isinstance(inner[0], str):
                yield "JSON.parse", object_literal(inner[0])
            continue
        end = _end(text, start)
        if end is None:
            # A quote inside a regular expression, say: look on behind this bracket.
            position = start + 1
            if text[start : start + 1] == "{":
                return
            continue
        position = end
        literal = text[start:end]
        if len(literal) >= 20 and _hints_at_cars(literal):
            name, value = _name_before(text, anchor.start()), object_literal(literal)
            if isinstance(value, Mapping) and (numbered := re.search(r"_(\d{5,})$", name)):
                # One call per car, named by its number: pushData('VehicleObject_65462874', {…})
                yield name[: numbered.start()], [{"id": numbered[1], **value}]
            else:
                yield name, value


def _end(text: str, start: int) -> int | None:
    """Where the bracket that opens at ``start`` closes."""
    depth = 0
    for token in TOKEN.finditer(text, start):
        if token["open"]:
            depth += 1
        elif token["close"]:
            depth -= 1
            if depth == 0:
                return token.end()
        elif token["broken"]:
            return None
    return None


def _name_before(text: str, end: int) -> str:
    found = re.search(r"([\w$.]{1,60})[\"'\]\s]*$", text[max(0, end - 80) : end])
    return found[1] if found else "script"


def _nuxt(text: str, head: re.Match[str]) -> Any:
    """``(function(a,b){return {…a…}}(1,"x"))``: the object with the arguments put in."""
    end = _end(text, head.end())
    if end is None:
        return None
    call = re.compile(r"[\s;]*\}\s*\)?\s*(?=\()").match(text, end)
    closing = _end(text, call.end()) if call else None
    if call is None or closing is None:
        return None
    values = object_literal(f"[{text[call.end() + 1 : closing - 1]}]")
    names = [name.strip() for name in head[1].split(",")]
    if not isinstance(values, list):
        return None
    known = {name: json.dumps(value) for name, value in zip(names, values, strict=False)}
    filled = NAME_OR_STRING.sub(
        lambda found: found[1] or known.get(found[2], found[2]), text[head.end() : end]
    )
    return object_literal(filled)


def _unflattened(flat: list[Any]) -> Any:
    """Nuxt 3's payload: one flat list whose containers name their members by index."""
    made: dict[int, Any] = {}

    def value(index: Any, depth: int) -> Any:
        if not isinstance(index, int) or isinstance(index, bool) or not 0 <= index < len(flat):
            return None
        if index in made or depth > 30:
            return made.get(index)
        raw = flat[index]
        if isinstance(raw, Mapping):
            made[index] = filled = {}
            for key, inner in raw.items():
                filled[key] = value(inner, depth + 1)
        elif isinstance(raw, list):
            if raw and isinstance(raw[0], str):  # ["Reactive", 12], ["Date", "…"]
                made[index] = value(raw[1], depth + 1) if len(raw) == 2 else None
            else:
                items: list[Any] = []
                made[index] = items
                items.extend(value(inner, depth + 1) for inner in raw)
        else:
            made[index] = raw
        return made[index]

    return value(0, 0) if flat else None


def _attributes(page: Page) -> Iterator[tuple[str, Any]]:
    """JSON in attributes; what the same attribute of many elements holds stands in one list."""
    groups: dict[str, list[Any]] = defaultdict(list)
    for position, attribute in enumerate(page.root.xpath(JSON_ATTRIBUTES)):
        if position >= MAX_ATTRIBUTES:
            break
        if len(attribute) < 20 or not _hints_at_cars(attribute):
            continue
        text = str(attribute)
        value = object_literal(unquote(text) if text.startswith("%") else text)
        name = str(attribute.attrname)
        if isinstance(value, Mapping):
            groups[name].append({**value, **_beside(attribute.getparent(), value)})
        elif value is not None:
            yield name, value
    for element in page.root.xpath("//*[@data-vin]"):
        own = {name.removeprefix("data-"): text for name, text in element.attrib.items()}
        groups["data-vin"].append({**own, **_beside(element, own)})
    yield from groups.items()


LINKED = frozenset(["url", "href", "link", "vdpurl", "vdp_url", "detailurl", "permalink"])


def _beside(element: HtmlElement | None, value: Mapping[str, Any]) -> dict[str, str]:
    """The link of an element that names its vehicle, where the vehicle has none of its own."""
    if element is None or any(str(key).lower() in LINKED for key in value):
        return {}
    links = {
        href
        for holder in (element, *element.iterdescendants("a"))
        if (href := holder.get("href"))
        and len(href) > 1
        and not href.startswith(("#", "java", "tel", "mail"))
    }
    return {"url": links.pop()} if len(links) == 1 else {}
