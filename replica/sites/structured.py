"""The sites' schema.org data: the dealer, a car, and the lists of cars in the heads of grids.

Platforms differ in what they tell: some list all tiles with VIN and mileage, one lists most of them
with a name and a price, one prints a graph in which every number is a text.
"""

from typing import Any

from replica.dealers import Dealer
from replica.sites.show import SCHEMA, Shown

COVERED = 20 / 26  # Dealer Accelerate's list leaves out some of its page's tiles.


def auto_dealer(dealer: Dealer, origin: str) -> dict[str, Any]:
    """The dealer with its address."""
    address = dealer.address
    return {
        "@context": SCHEMA,
        "@type": "AutoDealer",
        "name": dealer.name,
        "url": f"{origin}/",
        "telephone": dealer.phone,
        "logo": f"{origin}/images/logo.png",
        "address": {
            "@type": "PostalAddress",
            "streetAddress": address.street,
            "addressLocality": address.city,
            "addressRegion": address.state,
            "postalCode": address.postal_code,
            "addressCountry": address.country,
        },
    }


def vehicle(car: Shown, kind: str | list[str] = "Car") -> dict[str, Any]:
    """The car with what the dealer states; a price on request is no price."""
    data: dict[str, Any] = {"@context": SCHEMA, "@type": kind, "name": car.title, "url": car.url}
    if car.vin:
        data["vehicleIdentificationNumber"] = car.vin
    data |= {"vehicleModelDate": str(car.year), "model": car.model}
    data["brand"] = {"@type": "Brand", "name": car.make}
    data["offers"] = {"@type": "Offer", "availability": car.availability}
    if car.amount is not None:
        data["offers"] |= {"price": str(car.amount), "priceCurrency": car.currency}
    data["itemCondition"] = f"{SCHEMA}/UsedCondition"
    if car.distance is not None:
        data["mileageFromOdometer"] = {
            "@type": "QuantitativeValue",
            "value": str(car.distance),
            "unitCode": "SMI" if car.unit == "mi" else "KMT",
        }
    return data


def whole_list(cars: list[Shown]) -> dict[str, Any]:
    """An ItemList of every tile; a sold car's price is not told."""
    items = []
    for car in cars:
        item = vehicle(car)
        if car.sold:
            item["offers"] = {"@type": "Offer", "availability": car.availability}
        items.append(item)
    return {"@context": SCHEMA, **_item_list("Inventory", items, len(items))}


def partial_list(dealer: Dealer, cars: list[Shown], total: int) -> dict[str, Any]:
    """An ItemList of most tiles, with name, address and price alone; it counts the whole grid."""
    items = []
    for car in cars[: max(1, round(len(cars) * COVERED))]:
        item: dict[str, Any] = {"@type": ["Product", "Vehicle"], "name": car.title, "url": car.url}
        if car.amount is not None:
            offer = {"@type": "Offer", "price": car.amount, "priceCurrency": car.currency}
            item["offers"] = offer
        items.append(item)
    return {"@context": SCHEMA, "@graph": [_item_list(f"{dealer.name} Inventory", items, total)]}


def graph(cars: list[Shown]) -> dict[str, Any]:
    """A graph of every tile, in which numbers are texts and an offer is a list."""
    return {"@context": SCHEMA, "@graph": [_node(car) for car in cars]}


def _item_list(name: str, items: list[dict[str, Any]], count: int) -> dict[str, Any]:
    return {
        "@type": "ItemList",
        "name": name,
        "numberOfItems": count,
        "itemListElement": [
            {"@type": "ListItem", "position": position, "item": item}
            for position, item in enumerate(items, 1)
        ],
    }


def _node(car: Shown) -> dict[str, Any]:
    told = {
        "vehicleIdentificationNumber": car.vin,
        "sku": car.stock,
        "mileageFromOdometer": car.mileage,
    }
    offer: dict[str, Any] = {"@type": "Offer", "availability": car.availability}
    if car.amount is not None and not car.sold:
        price = {"price": f"{car.amount:.2f}", "priceCurrency": car.currency}
        offer["priceSpecification"] = {"@type": "PriceSpecification"} | price
    return {
        "@type": "Vehicle",
        "@id": f"{car.url}#vehicle",
        "name": car.title,
        "url": car.url,
        "vehicleModelDate": str(car.year),
        "manufacturer": {"@type": "Organization", "name": car.make},
        "model": car.model,
        **{name: value for name, value in told.items() if value},
        "offers": [offer],
    }
