"""The raw fields of a vehicle's page, from the source that knows each best.

In order: what the platform declares, the labels of the main block, the page's own structured data,
its embedded JSON, values that need no label, and last the lines of the description.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any
from urllib.parse import urlsplit

from lxml.html import HtmlElement

from crawler.extract.asking_price import AskingPrice, read_price
from crawler.extract.css import select
from crawler.extract.detail_rules import DetailRules
from crawler.extract.detail_title import vehicle_title
from crawler.extract.equipment import read_options
from crawler.extract.field_values import both_colors, is_value, named_pair
from crawler.extract.main_block import MainBlock, name_words
from crawler.extract.main_vehicle import main_vehicles
from crawler.extract.marks import phrase_mark
from crawler.extract.page import Page
from crawler.extract.price_language import (
    MONEY,
    OLD,
    ON_REQUEST,
    amount_of,
    page_currency,
)
from crawler.extract.running_text import (
    Description,
    plain_paragraphs,
    read_description,
)
from crawler.extract.sentences import said_chassis, said_colors, said_price
from crawler.extract.spec_layouts import laid_out_pairs
from crawler.extract.spec_lists import listed_pairs
from crawler.extract.spec_names import LABELS, label_field
from crawler.extract.specs import SpecSheet, read_specs
from crawler.extract.text import fold, own_text, text_of
from crawler.extract.titles import states_year
from crawler.extract.vehicle_json import json_vehicle

__all__ = ["read_fields"]

FIELDS = tuple(name for name in LABELS if name not in ("price", "title", "first_registered"))
FROM_STRUCTURED = (*(name for name in FIELDS if name != "status"), "mileage_unit")
NOT_SPECS = frozenset(["title", "status", "price", "data_price"])
# Words of labels that are the page's business, not the car's.
NOT_ATTRIBUTES = re.compile(
    r"^(?:share|call|phone|tel|fax|e-?mail|hours?|mon|tue|wed|thu|fri|sat|sun|address|contact|"
    r"name|first name|last name|message|comments?|from|to|subject|website|disclaimer|note|"
    r"(?:estimated |est\.? )?(?:monthly )?payment|down payment|apr|term|interest rate|loan .*|"
    r"views?|posted|updated|copyright|tags?|categor\w+|https?|description|price|msrp|"
    r"montag|telefon|telefoon|t[ée]l(?:[ée]phone)?|[öo]ffnungszeiten)\b",
    re.IGNORECASE,
)
WEAK_PRICE = 30
OLD_RANK = 10
MAX_ATTRIBUTES = 150


def read_fields(page: Page, block: MainBlock, rules: DetailRules) -> dict[str, Any]:
    """Return the raw fields named as in `contract.payloads.VehicleFacts`, with ``options``,
    ``sources`` (field → which reader gave it), and ``status`` where a label names one.
    ``image_urls`` are those of embedded JSON."""
    description = read_description(block.texts, block.cut)
    apart = description.elements if description is not None else ()
    facts = [element for element in block.texts if element not in apart]
    declared = _declared(page, block, rules)
    sheet = dict(declared)
    for label, value in laid_out_pairs(facts):
        sheet.setdefault(*named_pair(label, value))
    for label, value in listed_pairs([*block.texts, *page.root.findall("body")]):
        sheet.setdefault(*named_pair(label, value))
    for name, value in read_specs(facts).items():
        sheet.setdefault(name, value)
    structured = [vehicle.card for vehicle in main_vehicles(page)]
    embedded = json_vehicle(page)
    raw: dict[str, Any] = {
        name: sheet[name] for name in FIELDS if name in sheet and is_value(name, sheet[name])
    }
    for name, value in both_colors(sheet):
        raw.setdefault(name, value)
    if "model" not in raw and (kind := _type_that_names(sheet, block)):
        raw["model"] = kind
    if "trim" in raw and UPHOLSTERY.search(raw["trim"]):
        raw.setdefault("interior_color", raw.pop("trim"))  # What British sellers call trim.
    sources = {name: "declared" if name in declared else "label" for name in raw}
    for card in structured:
        for name in FROM_STRUCTURED:
            if name == "mileage_unit" and "mileage" in raw:
                continue
            if name == "make" and _is_shop(page, block, card.make):
                continue
            if name not in raw and (known := getattr(card, name, None)):
                raw[name], sources[name] = known, "structured data"
    for name, value in embedded.items():
        if name in FIELDS and name not in raw and is_value(name, value):
            raw[name], sources[name] = value, "embedded JSON"
    if "mileage" in raw and "mileage_unit" not in raw:
        unit = _unit_of_label(block.texts, raw["mileage"]) if "mileage" in sheet else None
        if "mileage" not in sheet:
            units = (*(card.mileage_unit for card in structured), embedded.get("mileage_unit"))
            unit = next((unit for unit in units if unit), None)
        raw["mileage_unit"] = unit
    if description is not None:
        said = read_specs([element for element in block.texts if element in apart])
        told = said_colors(description.text)
        if chassis := said_chassis(description.text):
            told["vin"] = chassis
        told |= {
            name: value
            for name, value in said.items()
            if name in FROM_TEXT and is_value(name, value)
        }
        for name, value in told.items():
            if name not in raw:
                raw[name], sources[name] = value, "description"
        if "price" in said:
            sheet.setdefault("price", said["price"])
        elif asked := said_price(description.text) or _lone_amount(apart):
            sheet.setdefault("price", asked)
    if "vin" not in raw and (chassis := _chassis_in_a_line(facts)):
        raw["vin"], sources["vin"] = chassis, "text"
    raw["title"] = vehicle_title(page, block, raw, [card.title for card in structured], embedded)
    if "year" not in raw and not states_year(raw["title"] or "") and "first_registered" in sheet:
        raw["year"], sources["year"] = sheet["first_registered"], "label"
    raw |= _price(page, block, rules, apart, sheet, structured, embedded)
    if not raw.get("price_currency"):
        raw["price_currency"] = page_currency(page, raw.get("price"))
    raw["description"] = _description(page, description, structured, embedded)
    raw["options"] = read_options(block.texts) or embedded.get("options")
    raw["attributes"] = _attributes(sheet)
    raw["image_urls"] = tuple(embedded.get("image_urls", ()))
    raw["sources"] = sources
    return raw


def _chassis_in_a_line(facts: Sequence[HtmlElement]) -> str | None:
    """The number that a line of facts names as the chassis' without a colon."""
    lines = (own_text(element) for element in facts)
    named = (said_chassis(line) for line in lines if 8 <= len(line) <= MAX_LINE)
    return next(filter(None, named), None)


def _lone_amount(elements: Iterable[HtmlElement]) -> str | None:
    """The amount that is all that a paragraph of a description says."""
    lines = (text_of(element) for element in elements if element.tag in LINES)
    return next((line for line in lines if len(line) <= MAX_AMOUNT and MONEY.fullmatch(line)), None)


LINES = frozenset(["p", "h2", "h3", "h4", "h5", "div"])
MAX_LINE, MAX_AMOUNT = 300, 30
FROM_TEXT = tuple(name for name in FIELDS if name not in ("trim", "location", "status"))


def _declared(page: Page, block: MainBlock, rules: DetailRules) -> SpecSheet:
    """The pairs of the platform's selectors, a label with the value at its place in the list, none
    of them from the tiles of other cars."""
    sheet: SpecSheet = {}
    for pair in rules.pairs:
        labels, values = (
            [found for found in select(one, page.root) if block.cut.get(found) != "cut"]
            for one in pair
        )
        for label, value in zip(labels, values, strict=False):
            name, text = fold(text_of(label)).strip(" :"), text_of(value)
            if name and text and text not in ("-", "–"):
                sheet.setdefault(*named_pair(name, text))
    return sheet


UPHOLSTERY = re.compile(
    r"\b(?:leather|hide|vinyl|cloth|connolly|velour|leatherette|alcantara)\b", re.IGNORECASE
)


def _type_that_names(sheet: SpecSheet, block: MainBlock) -> str | None:
    """What Dutch and German pages call the type where it is the model: the heading names it too."""
    heading = name_words(block.heading_text)
    kinds = [sheet.get(label) for label in TYPES]
    for element in block.texts:
        if len(element) <= 1 and (following := element.getnext()) is not None:
            text = text_of(element)
            if text.rstrip(" :") in TYPES and isinstance(following.tag, str):
                kinds.append(text_of(following))
    return next(
        (kind for kind in kinds if kind and frozenset() < name_words(kind) <= heading), None
    )


TYPES = ("Type", "Typ", "Tipo")


def _is_shop(page: Page, block: MainBlock, make: str | None) -> bool:
    """Whether a "brand" is the dealer's own name: the site is called so, the heading is not."""
    words = name_words(make or "")
    heading = name_words(block.heading_text)
    host = (urlsplit(page.url).hostname or "").replace("-", "")
    names = [page.title, host, *page.meta("og:site_name")]
    site = frozenset().union(*(name_words(name) for name in names))
    return bool(words) and words <= site and not words & heading


def _unit_of_label(texts: Sequence[HtmlElement], value: str) -> str | None:
    """The unit that only the mileage's label tells: "Kilometerstand: 45.000"."""
    if re.search(r"[a-z]", value, re.IGNORECASE):
        return None
    for element in texts:
        text = own_text(element)
        if 2 <= len(text) <= 120 and label_field(text.partition(":")[0].strip()) == "mileage":
            if MIL.match(text):
                return "mil"
            if KILOMETRES.search(text):
                return "km"
            if re.search(r"\bmiles?\b|\bmi\b", text, re.IGNORECASE):
                return "mi"
    return None


MIL = re.compile(r"mil(?:tal)?\b", re.IGNORECASE)
KILOMETRES = re.compile(
    r"\bk(?:m\b|ms\b|ilom|ilóm)|laufleistung|chilom|percorr|tellerst", re.IGNORECASE
)


def _price(
    page: Page,
    block: MainBlock,
    rules: DetailRules,
    apart: Any,
    sheet: SpecSheet,
    structured: Sequence[Any],
    embedded: Mapping[str, Any],
) -> dict[str, Any]:
    """The asking price with its label and currency; never an old price, a payment or an MSRP."""
    for selector in rules.price:
        for element in select(selector, page.root):
            if block.cut.get(element) != "cut" and (found := read_price(list(element.iter("*")))):
                return _shown(found)
    said = next((card for card in structured if card.price), None)
    spoken = [element for element in block.texts if element not in apart]
    found = read_price(spoken)
    if said is not None:
        # The amount that structured data agrees with is the price, whatever stands around it.
        if found is not None and amount_of(found.text) == amount_of(said.price):
            return _shown(found) | {"price_currency": said.price_currency}
        if found is None or found.rank < WEAK_PRICE:
            return {"price": said.price, "price_currency": said.price_currency}
    if found is not None and _is_old(found):
        found = None
    if found is not None:
        shown = _shown(found)
        if "price" in sheet and found.rank < WEAK_PRICE and _is_price(sheet["price"]):
            return {"price": sheet["price"]}
        return shown
    for text in (sheet.get("price"), sheet.get("data_price"), embedded.get("price")):
        if text and _is_price(text):
            return {"price": text, "price_currency": embedded.get("price_currency")}
    return {}


def _is_price(text: str) -> bool:
    if phrase_mark(text) or not text.strip("$€£0., "):
        return False
    return any(ch.isdigit() for ch in text) or bool(ON_REQUEST.search(text))


def _shown(found: AskingPrice) -> dict[str, Any]:
    return {"price": found.text, "price_label": found.label}


def _is_old(found: AskingPrice) -> bool:
    return found.rank <= OLD_RANK and bool(
        found.label is None or OLD.search(found.label) or not MONEY.search(found.text)
    )


def _description(
    page: Page,
    shown: Description | None,
    structured: Sequence[Any],
    embedded: Mapping[str, Any],
) -> str | None:
    """The longest of the shown text and what data say, as long as a teaser is no description."""
    said = [_raw_description(page, card.description) for card in structured if card.description]
    if text := embedded.get("description"):
        said.append(plain_paragraphs(str(text)))
    best = max(said, key=len, default="")
    if shown is None:
        return best or None
    folded = fold(shown.text)
    start = fold(best)[:60]
    # Data may hold the whole of what the page cuts short.
    if start and folded.startswith(start[:40]) and len(best) > 1.2 * len(shown.text):
        return best
    if len(best) > 200 and len(shown.text) < 0.5 * len(best):
        return best
    return shown.text


def _raw_description(page: Page, folded: str) -> str:
    """A structured description with its line breaks, as the node has it."""
    for node in (*page.jsonld, *page.microdata):
        for value in _texts(node.get("description")):
            if fold(value) == folded:
                return plain_paragraphs(value)
    return plain_paragraphs(folded)


def _texts(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    return [text for text in values if isinstance(text, str)]


def _attributes(sheet: SpecSheet) -> dict[str, str]:
    """Pairs without a field of their own, with the label as printed."""
    found: dict[str, str] = {}
    for label, value in sheet.items():
        if label in LABELS or label in NOT_SPECS or not 2 <= len(label) <= 40 or len(value) > 300:
            continue
        if label.lower() == label and label.isascii() and "_" in label:
            continue
        if NOT_ATTRIBUTES.match(label) or len(found) >= MAX_ATTRIBUTES:
            continue
        found[label] = value
    return found
