"""One object of embedded data, read as a vehicle: which keys hold what, and whether it is one.

The object may nest (``pricing.internetPrice``), list pairs of name and value, or wrap the vehicle
in a search hit. Values stay as the data writes them; a number becomes its digits.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from crawler.extract.embedded_keys import folded, key_field, keys
from crawler.extract.marks import availability_mark, phrase_mark
from crawler.extract.page import Page
from crawler.extract.photos import is_photo
from crawler.extract.text import fold
from crawler.extract.titles import YEAR, names_vehicle

__all__ = ["EmbeddedVehicle", "read_vehicle"]

MAX_KEYS = 400
MAX_DEPTH = 4
MAX_IMAGES = 300
TRUE = frozenset(["true", "1", "yes", "y", "on", "sold", "pending", "reserved"])
NOTHING = frozenset(["", "null", "none", "undefined", "n/a", "na", "-", "nan"])
NO_STATUS = frozenset(
    ["publish", "published", "enabled", "true", "false", "visible", "new", "used"]
)
TAG = re.compile(r"<[^<>]{1,2000}>")
PAIR_NAMES = ("name", "typeClass", "key", "label", "code", "title")
PAIR_VALUES = ("value", "normalizedValue", "text")
# Of one picture's sizes, the largest first.
SIZES = (
    "full", "original", "xlarge", "xl", "large", "hires", "highres", "url", "src", "uri", "href",
    "contenturl", "imageurl", "photourl", "photosrc", "vehiclephotosrc", "link", "path", "image",
    "medium", "thumb", "thumbnail", "small",
)  # fmt: skip
# Keys of a vehicle for sale from some price on: a line of models, no car.
FROM_PRICE = frozenset(
    [
        "startingprice",
        "startingmsrp",
        "msrpfrom",
        "pricefrom",
        "startingat",
        "basemsrp",
        "fromprice",
    ]
)


@dataclass
class EmbeddedVehicle:
    """A vehicle's raw fields by the names of `crawler.extract.card.Card`, its addresses as written,
    the site's own number for it, and the object they came from."""

    fields: dict[str, Any] = field(default_factory=dict)
    url: str | None = None
    slug: str | None = None
    key: str | None = None
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass
class _Best:
    """The surest value of every field so far."""

    values: dict[str, tuple[int, int, Any, str]] = field(default_factory=dict)
    plain: set[str] = field(default_factory=set)

    def take(self, name: str, rank: int, depth: int, value: Any, label: str) -> None:
        known = self.values.get(name)
        if known is None or (rank, depth) < known[:2]:
            self.values[name] = (rank, depth, value, label)


def read_vehicle(data: Mapping[str, Any], page: Page) -> EmbeddedVehicle | None:
    """Return the vehicle that an object describes, or None where it is no vehicle. Never raises."""
    best = _Best()
    budget = [MAX_KEYS]
    _collect(data, "", 0, best, budget)
    got = {name: value for name, (_, _, value, _) in best.values.items()}
    if best.plain & FROM_PRICE and not ({"vin", "stock_number"} & got.keys()):
        return None
    fields = {name: text for name in TEXTS if (text := _text(got.get(name)))}
    if not YEAR.fullmatch(fields.get("year", "")):
        fields.pop("year", None)
    price = fields.get("price")
    if price is not None:
        label = best.values["price"][3]
        fields |= {"price_label": label} if label else {}
        if phrase_mark(price):
            fields["status"] = price
        if phrase_mark(price) or not price.strip("$€£0., ") or re.fullmatch(r"-\d.*", price):
            for name in ("price", "price_label", "price_currency"):
                fields.pop(name, None)
    else:
        fields.pop("price_currency", None)
    if "mileage" not in fields:
        fields.pop("mileage_unit", None)
    if "price" not in fields and _is_true(got.get("on_request")):
        fields["price"] = "Call for price"
    named = "year" in fields and ("make" in fields or "model" in fields)
    if not named and not names_vehicle(fields.get("title", "")):
        return None
    images = tuple(_images(got, page))
    sure = "vin" in fields or "stock_number" in fields
    if not (sure or "price" in fields or "mileage" in fields or (named and images)):
        return None
    parts = [fields[name] for name in ("year", "make", "model", "trim") if name in fields]
    if "title" not in fields or (named and not names_vehicle(fields["title"])):
        fields["title"] = " ".join(parts)
    raw: dict[str, Any] = {name: text for name, text in fields.items() if name != "status"}
    raw["image_urls"] = images
    raw["thumbnail_url"] = images[0] if images else None
    raw["mark"], raw["status_words"] = _mark(got, fields.get("status"))
    address, slug = got.get("url"), got.get("slug")
    return EmbeddedVehicle(
        fields=raw,
        url=address.strip() if isinstance(address, str) else None,
        slug=_text(slug),
        key=_text(data.get("id") or data.get("vehicleId") or data.get("vehicle_id")),
        data=data,
    )


TEXTS = (
    "title", "year", "make", "model", "trim", "price", "price_currency", "mileage", "mileage_unit",
    "vin", "stock_number", "body_style", "exterior_color", "interior_color", "engine",
    "transmission", "drivetrain", "location", "description", "status",
)  # fmt: skip


def _collect(
    data: Mapping[str, Any], parent: str, depth: int, best: _Best, budget: list[int]
) -> None:
    wrappers, aside = keys("wrapper"), keys("aside")
    for key, value in data.items():
        budget[0] -= 1
        if budget[0] < 0 or not isinstance(key, str):
            return
        own = folded(key)
        best.plain.add(own)
        if own in aside and isinstance(value, Mapping | list):
            continue
        found = key_field(key, parent)
        if isinstance(value, Mapping):
            if found and found[0] in ("image", "images"):
                best.take(found[0], found[1], depth, value, "")
            elif depth < MAX_DEPTH and own in wrappers:
                _collect(value, "" if own in PLAIN_WRAPPERS else key, depth + 1, best, budget)
            if found and found[0] in NAMED and (text := _named(value)):
                best.take(found[0], found[1], depth + 1, text, "")
        elif isinstance(value, list):
            if found and found[0] in ("image", "images"):
                best.take(found[0], found[1], depth, value, "")
            elif found and found[0] == "title":
                parts = [
                    _text(part if not isinstance(part, Mapping) else _named(part)) for part in value
                ]
                best.take("title", found[1], depth, " ".join(filter(None, parts)), "")
            elif own in wrappers and depth < MAX_DEPTH:
                _pairs(value, depth + 1, best, budget)
        elif found and _says(found[0], value):
            best.take(found[0], found[1], depth, value, "")


PLAIN_WRAPPERS = frozenset(
    ["vehicle", "node", "source", "document", "fields", "item", "listing", "attributes", "data",
     "car", "vehiclecard", "card", "details", "specs", "specifications", "specification", "info",
     "basic", "general", "product", "styles", "mechanical",
     "colors", "appearance", "inventoryitem", "hit", "vehicleinfo", "properties", "acf",
     "meta"]
)  # fmt: skip
NAMED = frozenset(
    ["make", "model", "trim", "exterior_color", "interior_color", "engine", "transmission", "year",
     "drivetrain", "body_style", "status", "location", "title"]
)  # fmt: skip


FLAGS = frozenset(["sold", "pending", "on_request"])


def _says(name: str, value: Any) -> bool:
    """Whether a value says anything about a field: a price of 0 beside the asked one is none."""
    if isinstance(value, bool):
        return name in FLAGS
    text = _text(value)
    return text is not None and (name != "price" or bool(text.strip("$€£0., ")))


def _pairs(listed: list[Any], depth: int, best: _Best, budget: list[int]) -> None:
    """A list of ``{name: "odometer", value: "12,345"}``."""
    for pair in listed[:200]:
        if not isinstance(pair, Mapping):
            continue
        budget[0] -= 1
        value = next((pair[name] for name in PAIR_VALUES if _text(pair.get(name))), None)
        label = _text(pair.get("label")) or ""
        for name in PAIR_NAMES:
            key = pair.get(name)
            found = key_field(key) if isinstance(key, str) else None
            if (
                found
                and _text(value)
                and found[0] not in ("url", "slug", "title", "images", "image")
            ):
                shown = label if found[0] == "price" else ""
                best.take(found[0], found[1], depth, value, shown)
                break


def _named(value: Mapping[str, Any]) -> str | None:
    """The text of ``{"name": "Ford", "id": 7}``."""
    for name in ("name", "label", "displayName", "title", "value", "text", "description"):
        if text := _text(value.get(name)):
            return text
    return None


def _text(value: Any) -> str | None:
    if isinstance(value, bool) or value is None or isinstance(value, Mapping | list):
        return None
    if isinstance(value, float):
        if value != value or abs(value) > 1e15:
            return None
        value = int(value) if value.is_integer() else value
    text = str(value)[:60_000]
    if "<" in text:
        text = TAG.sub(" ", text)
    text = fold(text)
    return None if text.lower() in NOTHING else text


def _is_true(value: Any) -> bool:
    return value is True or (_text(value) or "").lower() in TRUE


def _mark(got: Mapping[str, Any], status: str | None) -> tuple[str | None, tuple[str, ...]]:
    """The mark that flags and status texts make, and the words that say so; words without a mark
    (LIVE, In Transit) are kept as well."""
    sold = _is_true(got.get("sold"))
    date = _text(got.get("sold_date")) or ""
    if re.search(r"[1-9]", date) and not date.startswith("0000"):
        sold = True
    words = () if status is None or status.lower() in NO_STATUS or status.isdigit() else (status,)
    mark = (phrase_mark(status) or availability_mark(status)) if status else None
    if status and mark is None and re.match(r"(?i)sale[\s_-]+pending\b", status):
        mark = "pending"
    if sold or mark == "sold":
        return "sold", words if mark == "sold" else ("sold", *words)
    if mark == "pending":
        return "pending", words
    if _is_true(got.get("pending")):
        return "pending", ("pending", *words)
    return None, words


def _images(got: Mapping[str, Any], page: Page) -> Iterator[str]:
    seen: set[str] = set()
    for name in ("images", "image"):
        for text in _image_texts(got.get(name), 0):
            for part in re.split(r"[|;,\s]+(?=https?:|//)|\|", text):
                url = page.link(part.strip())
                if url and is_photo(url) and url not in seen and len(seen) < MAX_IMAGES:
                    seen.add(url)
                    yield url
        if seen:
            return


def _image_texts(value: Any, depth: int) -> Iterator[str]:
    if isinstance(value, str):
        if ("/" in value or "." in value) and " " not in value.strip()[:200].split("|")[0].split(
            ","
        )[0]:
            yield value
    elif isinstance(value, list):
        for item in value[:MAX_IMAGES]:
            yield from _image_texts(item, depth + 1) if depth < MAX_DEPTH else ()
    elif isinstance(value, Mapping) and depth < MAX_DEPTH:
        own = {folded(key): inner for key, inner in value.items() if isinstance(key, str)}
        for size in SIZES:
            if isinstance(own.get(size), str) and own[size]:
                yield own[size]
                return
        for inner in list(value.values())[:MAX_IMAGES]:
            if isinstance(inner, list | Mapping):
                yield from _image_texts(inner, depth + 1)
