"""Vehicles in schema.org data, wherever a template hid them.

A dealer's list may be an ItemList, an OfferCatalog, an AutoDealer's ``makesOffer`` or bare Car
nodes; the offer may hold the car or the car the offer. https://schema.org/Car, /Offer, /ItemList.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from crawler.extract.automobilia import names_thing
from crawler.extract.card import Card
from crawler.extract.jsonld import node_types
from crawler.extract.marks import availability_mark
from crawler.extract.photos import is_photo
from crawler.extract.text import fold
from crawler.extract.titles import names_vehicle
from crawler.extract.words import words

__all__ = ["StructuredVehicle", "list_totals", "structured_vehicles"]

VEHICLE_TYPES = frozenset(["Car", "Vehicle", "Motorcycle", "BusOrCoach", "MotorizedBicycle"])
PRODUCT_TYPES = frozenset(["Product", "IndividualProduct", "SomeProducts", "ProductModel"])
VEHICLE_PROPERTIES = frozenset(
    [
        "vehicleIdentificationNumber",
        "mileageFromOdometer",
        "vehicleModelDate",
        "vehicleTransmission",
    ]
)

LISTS = frozenset(["ItemList", "OfferCatalog"])
# Under these keys stand other cars or other things than what the page offers.
ASIDE = words("aside_property")
MAX_NODES = 30_000


@dataclass(frozen=True)
class StructuredVehicle:
    """One vehicle node: its page where it names one, its raw fields, what its offer says about
    availability. ``listed`` tells that it stood in a list or catalogue, ``is_vehicle`` that its
    type says vehicle rather than product."""

    url: str | None
    card: Card
    availability: tuple[str, ...]
    listed: bool
    is_vehicle: bool


def structured_vehicles(
    nodes: Iterable[Mapping[str, Any]], link: Callable[[str | None], str | None]
) -> Iterator[StructuredVehicle]:
    """Yield every vehicle in nodes of JSON-LD shape, in order, each node once."""
    pending: list[tuple[Any, Mapping[str, Any], str | None, bool]] = [
        (node, {}, None, False) for node in reversed(list(nodes))
    ]
    seen = 0
    while pending and seen < MAX_NODES:
        node, offer, url, listed = pending.pop()
        seen += 1
        if isinstance(node, list):
            pending.extend((item, offer, url, listed) for item in reversed(node))
            continue
        if not isinstance(node, Mapping):
            continue
        types = node_types(node)
        if types & VEHICLE_TYPES or (types & PRODUCT_TYPES and _is_car(node)):
            yield _vehicle(node, offer, url, listed, link)
            continue
        if "ListItem" in types:
            url = _text(node.get("url")) or url
            if "item" not in node and _text(node.get("name")) and url:
                pending.append(({**node, "@type": "Product"}, offer, url, True))
                continue
        listed = listed or bool(types & LISTS)
        if "Offer" in types or "AggregateOffer" in types:
            offer = node
            url = _text(node.get("url")) or url
        inner = [value for key, value in node.items() if key not in ASIDE]
        pending.extend(
            (value, offer, url, listed)
            for value in reversed(inner)
            if isinstance(value, Mapping | list)
        )


def list_totals(nodes: Iterable[Mapping[str, Any]]) -> Iterator[tuple[int, int]]:
    """Yield (numberOfItems, entries present) of every list whose number exceeds its entries.

    A number that equals the entries counts this page, not the inventory.
    """
    pending: list[Any] = list(nodes)
    seen = 0
    while pending and seen < MAX_NODES:
        node = pending.pop()
        seen += 1
        if isinstance(node, list):
            pending.extend(node)
        elif isinstance(node, Mapping):
            if node_types(node) & LISTS:
                number = _text(node.get("numberOfItems"))
                entries = node.get("itemListElement")
                count = len(entries) if isinstance(entries, list) else int(entries is not None)
                if number and re.fullmatch(r"\d{1,7}", number) and int(number) > count:
                    yield int(number), count
            pending.extend(
                v for k, v in node.items() if k not in ASIDE and isinstance(v, Mapping | list)
            )


def _is_car(node: Mapping[str, Any]) -> bool:
    if not VEHICLE_PROPERTIES.isdisjoint(node):
        return True
    name = _text(node.get("name")) or ""
    return names_vehicle(name) and not (names_thing(name) or _is_filed_as_thing(node))


def _is_filed_as_thing(node: Mapping[str, Any]) -> bool:
    """Whether a product's category is one of parts, models and the like."""
    return any(THINGS_FILED.search(_text(one) or "") for one in _each(node.get("category")))


THINGS_FILED = re.compile(
    r"\b(?:accessor(?:y|ies)|spares?|(?:spare |car |auto )?parts|merchandise|scale models?|models? "
    r"cars?|die-?cast|apparel|clothing|gifts?|books?|literature|automobilia|memorabilia|posters?|"
    r"art|zubeh[öo]r|ersatzteile|accessoires|ricambi|onderdelen|tillbeh[öo]r)\b",
    re.IGNORECASE,
)


def _vehicle(
    node: Mapping[str, Any],
    outer: Mapping[str, Any],
    url: str | None,
    listed: bool,
    link: Callable[[str | None], str | None],
) -> StructuredVehicle:
    offers = [offer for offer in _each(node.get("offers")) if isinstance(offer, Mapping)]
    if outer:
        offers.append(outer)
    page = link(
        _text(node.get("url"))
        or next((text for offer in offers if (text := _text(offer.get("url")))), None)
        or url
        or _identifier(node)
    )
    raw: dict[str, Any] = {name: _first(node, keys) for name, keys in TEXTS.items()}
    raw["engine"] = _engine(node)
    raw["mileage"], raw["mileage_unit"] = _quantity(node.get("mileageFromOdometer"))
    raw["price"], raw["price_currency"] = _price(offers)
    for known in _each(node.get("additionalProperty")):
        if isinstance(known, Mapping) and re.search("stock", _text(known.get("name")) or "", re.I):
            raw["stock_number"] = raw["stock_number"] or _text(known.get("value"))
    images = tuple(dict.fromkeys(_images(node.get("image"), link)))
    raw["image_urls"] = images
    raw["thumbnail_url"] = images[0] if images else None
    availability = tuple(text for offer in offers if (text := _text(offer.get("availability"))))
    marks = [(mark, text) for text in availability if (mark := availability_mark(text))]
    if marks:
        raw["mark"], raw["status_words"] = marks[0][0], (marks[0][1],)
    types = node_types(node)
    return StructuredVehicle(
        url=page,
        card=Card.of(page or "", raw),
        availability=availability,
        listed=listed,
        is_vehicle=bool(types & VEHICLE_TYPES) or not VEHICLE_PROPERTIES.isdisjoint(node),
    )


TEXTS = {
    "title": ("name",),
    "year": ("vehicleModelDate", "modelDate", "productionDate", "releaseDate"),
    "make": ("brand", "manufacturer"),
    "model": ("model",),
    "trim": ("vehicleConfiguration", "trim"),
    "vin": ("vehicleIdentificationNumber", "vin"),
    "stock_number": ("sku", "stockNumber", "productID", "stock"),
    "body_style": ("bodyType",),
    "exterior_color": ("color",),
    "interior_color": ("vehicleInteriorColor",),
    "transmission": ("vehicleTransmission",),
    "drivetrain": ("driveWheelConfiguration",),
    "description": ("description",),
}


def _first(node: Mapping[str, Any], keys: Iterable[str]) -> str | None:
    return next((text for key in keys if (text := _text(node.get(key)))), None)


def _text(value: Any) -> str | None:
    """A property's text: of a string, a number, a named thing, or the first of a list."""
    if isinstance(value, list):
        return next((text for item in value if (text := _text(item))), None)
    if isinstance(value, Mapping):
        return _text(value.get("name") or value.get("@value") or value.get("value"))
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return fold(str(value)) or None


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _identifier(node: Mapping[str, Any]) -> str | None:
    identifier = node.get("@id")
    return identifier if isinstance(identifier, str) and identifier.startswith("http") else None


def _engine(node: Mapping[str, Any]) -> str | None:
    for engine in _each(node.get("vehicleEngine") or node.get("engine")):
        if not isinstance(engine, Mapping):
            return _text(engine)
        text = _first(engine, ("name", "engineType", "description"))
        if text:
            return text
    return None


def _quantity(value: Any) -> tuple[str | None, str | None]:
    if isinstance(value, list):
        value = value[0] if value else None
    if isinstance(value, Mapping):
        unit = _first(value, ("unitText", "unitCode"))
        return _text(value.get("value")), unit
    return _text(value), None


def _price(offers: Iterable[Mapping[str, Any]]) -> tuple[str | None, str | None]:
    for offer in offers:
        for holder in (offer, *_each(offer.get("priceSpecification"))):
            if not isinstance(holder, Mapping):
                continue
            price = _first(holder, ("price", "lowPrice"))
            if price and price.strip("0., $"):
                return price, _text(holder.get("priceCurrency")) or _text(
                    offer.get("priceCurrency")
                )
    return None, None


def _images(value: Any, link: Callable[[str | None], str | None]) -> Iterator[str]:
    for image in _each(value):
        if isinstance(image, Mapping):
            image = _first(image, ("contentUrl", "url", "@id"))
        if isinstance(image, str) and not image.startswith("data:"):
            url = link(image)
            if url and is_photo(url):
                yield url
