"""Which fields a card fills, in a form small enough to be remembered with it.

The figures of a walk need no more of a card than this: that it has a price, and whether it is the
same price as the next card's.
"""

from collections.abc import Mapping
from zlib import crc32

from crawler.extract.card import Card
from crawler.extract.titles import names_vehicle

__all__ = ["FIELDS", "REPEATABLE", "Traits", "of_raw", "traits_of"]

Traits = tuple[int, int, int, int]
"""(fields filled, one bit each in the order of FIELDS; checksums of title, price and image)."""

FIELDS = ("title", "vehicle", "price", "mileage", "vin", "stock_number", "image")
"""``vehicle`` is the year and make, named by the title or by fields of their own; ``price`` an
amount, words in its place ("call"), or a mark that explains why there is none."""
REPEATABLE = ("title", "price", "image")
"""Fields whose values differ from car to car where they are read from the right place."""


def traits_of(card: Card) -> Traits:
    """Return the traits of a card."""
    image = card.thumbnail_url or (card.image_urls[0] if card.image_urls else None)
    return _traits(
        title=card.title,
        vehicle=bool(card.year and card.make) or names_vehicle(card.title or ""),
        price=card.price,
        priced=bool(card.price or card.price_label or card.mark),
        mileage=card.mileage,
        vin=card.vin,
        stock_number=card.stock_number,
        image=image,
    )


def of_raw(data: Mapping[str, object]) -> Traits:
    """Return the traits of raw data of a listing or of a vehicle's page, as the contract names
    it."""
    images = data.get("image_urls")
    first = images[0] if isinstance(images, list | tuple) and images else None
    title = data.get("title")
    return _traits(
        title=title,
        vehicle=bool(data.get("year") and data.get("make")) or names_vehicle(str(title or "")),
        price=data.get("price"),
        priced=any(data.get(name) for name in ("price", "price_label", "status_words")),
        mileage=data.get("mileage"),
        vin=data.get("vin"),
        stock_number=data.get("stock_number"),
        image=data.get("thumbnail_url") or first,
    )


def _traits(
    *, title: object, vehicle: bool, price: object, priced: bool, mileage: object, vin: object,
    stock_number: object, image: object,
) -> Traits:  # fmt: skip
    filled = (title, vehicle, priced, mileage, vin, stock_number, image)
    bits = sum(1 << place for place, value in enumerate(filled) if value)
    return (bits, _checksum(title), _checksum(price), _checksum(image))


def _checksum(value: object) -> int:
    """A checksum of a value; 0 where there is none."""
    return crc32(str(value).encode("utf-8", "surrogatepass")) if value else 0
