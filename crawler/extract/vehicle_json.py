"""A vehicle as plain JSON: in ``data-vehicle`` attributes and in the state that scripts hydrate.

An object speaks of a vehicle when it holds a VIN, a stock number or a make, and two more fields
that this vocabulary knows; of the page's vehicle, when its name or VIN agrees with the page.
"""

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from crawler.extract.detail_rules import NO_RULES
from crawler.extract.embedded_values import json_of
from crawler.extract.equipment import MAX_OPTION, MAX_OPTIONS
from crawler.extract.flight import MARK, flight_rows
from crawler.extract.jsonld import parse_script
from crawler.extract.main_block import main_block, own_scripts
from crawler.extract.main_vehicle import subject_of
from crawler.extract.page import Page
from crawler.extract.photos import is_photo
from crawler.extract.spec_names import attribute_field
from crawler.extract.text import fold

__all__ = ["json_vehicle"]

OBJECT = re.compile(r"(?:=|\(|^)\s*(?:JSON\.parse\()?(?=[{\[])", re.MULTILINE)
OTHERS = re.compile(
    r"related|similar|recommend|others|suggest|recent|viewed|featured|compare|nav|menu|filters?|"
    r"facets?|dealer|rooftop|location|breadcrumb",
    re.IGNORECASE,
)
PICTURES = re.compile(
    r"^(?:all|vehicle)?_?(?:images?|photos?|pictures?|gallery|media)(?:_?urls?|list)?$", re.I
)
LARGEST = ("full", "original", "xlarge", "large", "url", "src", "href", "medium", "image", "path")
KEYS = {
    "ymm": "title",
    "vehicletitle": "title",
    "displayname": "title",
    "heading": "title",
    "askingprice": "price",
    "internetprice": "price",
    "saleprice": "price",
    "listprice": "price",
    "sellingprice": "price",
    "finalprice": "price",
    "currency": "price_currency",
    "pricecurrency": "price_currency",
    "odometer": "mileage",
    "miles": "mileage",
    "mileageunit": "mileage_unit",
    "odometerunit": "mileage_unit",
    "comments": "description",
    "description": "description",
    "dealercomments": "description",
    "exterior": "exterior_color",
    "interior": "interior_color",
    "bodystyle": "body_style",
    "body": "body_style",
    "drive": "drivetrain",
    "drivetrainstandard": "drivetrain",
    "vehicleidentificationnumber": "vin",
    "identificationnumber": "vin",
    "stocknum": "stock_number",
    "stockno": "stock_number",
}
EQUIPMENT = re.compile(
    r"(?:all|key|main|standard|installed)?(?:features?|options?|equipment)(?:list)?"
)
KEYING = frozenset(["vin", "stock_number", "make"])
MAX_NODES, MAX_DEPTH, MAX_STATE, MAX_ATTRIBUTE = 40_000, 40, 4_000_000, 300_000


def json_vehicle(page: Page) -> Mapping[str, Any]:
    """Return the raw fields of the page's vehicle as its embedded JSON gives them, with
    ``image_urls``; empty where no object is surely about it."""
    subject = subject_of(page)
    best: tuple[float, dict[str, Any]] | None = None
    for weight, value in _values(page):
        for raw in _vehicles(value, page):
            name = raw.get("title") or " ".join(
                str(raw[part]) for part in ("year", "make", "model", "trim") if part in raw
            )
            score = weight + subject.agreement(None, name, raw.get("vin"), raw.get("year"))
            score += 0.05 * len(raw)
            if score >= 2.0 and (best is None or score > best[0]):
                best = (score, raw)
    return best[1] if best else {}


def _values(page: Page) -> Iterator[tuple[float, Any]]:
    cut = main_block(page, NO_RULES).cut
    for element in page.elements:
        if cut.get(element) == "cut":
            continue
        for name, text in element.attrib.items():
            if (
                name.startswith(("data-", ":", "v-bind:"))
                and 12 < len(text) <= MAX_ATTRIBUTE
                and text.lstrip()[:1] in "{["
                and KEY_HINT.search(text)
                and (value := parse_script(text)) is not None
            ):
                yield 1.0, value
    for script in own_scripts(page):
        text = (script.text or "")[:MAX_STATE]
        kind = (script.get("type") or "").lower()
        if len(text) < 30 or MARK in text or "ld+json" in kind or not KEY_HINT.search(text):
            continue
        if "json" in kind:
            yield 0.0, json_of(text, script.get("id"))
            continue
        yield from ((0.0, value) for value in _assigned(text))
    for row in flight_rows(page):
        if KEY_HINT.search(row):
            yield 0.0, json_of(row, None)


KEY_HINT = re.compile(r"[\"'](?:vin|stock\w*|make|model|vehicle\w*)[\"']\s*:", re.IGNORECASE)


def _assigned(text: str) -> Iterator[Any]:
    """The JSON values a script assigns or passes; plain JavaScript objects are passed over."""
    end = failures = 0
    for match in OBJECT.finditer(text):
        if match.end() < end or failures > 30:
            continue
        try:
            value, end = _DECODER.raw_decode(text, match.end())
        except (ValueError, RecursionError):
            failures += 1
            continue
        if isinstance(value, dict | list):
            yield value


_DECODER = json.JSONDecoder(strict=False)


def _vehicles(value: Any, page: Page) -> Iterator[dict[str, Any]]:
    """Every object of a value that describes a vehicle, those of other cars' lists left out."""
    pending: list[tuple[Any, int]] = [(value, 0)]
    seen = 0
    while pending and seen < MAX_NODES:
        node, depth = pending.pop()
        seen += 1
        if isinstance(node, list):
            pending.extend((item, depth + 1) for item in reversed(node[:2_000]))
        elif isinstance(node, Mapping) and depth < MAX_DEPTH:
            raw = _read(node, page)
            if len(raw.keys() - {"image_urls", "options"}) >= 3 and KEYING & raw.keys():
                yield raw
            pending.extend(
                (inner, depth + 1)
                for key, inner in node.items()
                if isinstance(inner, Mapping | list) and not OTHERS.search(str(key))
            )


def _read(node: Mapping[str, Any], page: Page) -> dict[str, Any]:
    raw: dict[str, Any] = {}
    for key, value in node.items():
        if len(key) > 40:
            continue
        letters = re.sub(r"[^a-z]", "", key.lower())
        plain = letters.removeprefix("vehicle") or letters
        if PICTURES.match(key):
            urls = list(_pictures(value, page))
            # "image" is the first of what "images" lists.
            if len(urls) > len(raw.get("image_urls", ())):
                raw["image_urls"] = tuple(dict.fromkeys(urls))
            continue
        if EQUIPMENT.fullmatch(plain) and (lines := _lines(value)):
            raw.setdefault("options", lines)
            continue
        name = KEYS.get(plain) or attribute_field(key)
        if plain in ("sold", "issold") and value is True:
            raw["status"] = "Sold"
            continue
        if name is None:
            continue
        if isinstance(value, Mapping):
            value = value.get("name") or value.get("value") or value.get("label")
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            continue
        if isinstance(value, float) and value.is_integer():
            value = int(value)
        text = str(value).strip() if name == "description" else fold(str(value))
        if text and text.lower() not in ("0", "null", "none", "n/a", "-"):
            raw.setdefault(name, text)
    return raw


def _lines(value: Any) -> tuple[str, ...]:
    """The lines of a list of equipment, of texts or of named things; empty for anything else."""
    lines: dict[str, None] = {}
    for item in value[:MAX_OPTIONS] if isinstance(value, list) else ():
        if isinstance(item, Mapping):
            item = item.get("name") or item.get("label") or item.get("title")
        if not isinstance(item, str):
            return ()
        if 2 <= len(line := fold(item)) <= MAX_OPTION:
            lines[line] = None
    return tuple(lines)


def _pictures(value: Any, page: Page) -> Iterator[str]:
    """The URLs of a list of pictures, the largest of each object's."""
    if isinstance(value, str):
        value = re.split(r"[|;]|,(?=https?:|/)", value) if len(value) < 100_000 else []
    if not isinstance(value, list):
        return
    for item in value[:1_000]:
        if isinstance(item, Mapping):
            item = next(
                (item[key] for key in LARGEST if isinstance(item.get(key), str) and item[key]), None
            )
        if isinstance(item, str) and (url := page.link(item)) and is_photo(url):
            yield url
