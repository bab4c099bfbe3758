"""What a car costs, after what was ruled about it."""

from collections.abc import Mapping
from dataclasses import dataclass

from normalizer.fields.price import Price
from normalizer.prices import Priced
from normalizer.rulings import Ruled
from normalizer.track import Status

__all__ = ["PRICES", "Prices"]

PRICES = ("sale_price", "price")
"""The fields of a ruling that are about money; one of them holds at a time."""


@dataclass(frozen=True, slots=True)
class Prices:
    """What is asked now, what was asked last, and what was paid.

    The price of a car is what its newest snapshots claim: a sold tile without a price claims none,
    and what was asked before stays in the inventory row.
    """

    now: Priced | None
    asked: Priced | None
    paid: Priced | None

    @property
    def shown(self) -> Priced | None:
        """The price that readers see."""
        return self.paid or self.now

    def ruled(self, ruled: Mapping[str, Ruled], status: Status) -> "Prices":
        """A ruled asking price is what is asked, a ruled sale price what was paid for a car that is
        sold; a cleared one is null."""
        for name in PRICES:
            if each := ruled.get(name):
                columns = (each.columns[column] for column in ("price", "currency", "price_kind"))
                priced = Priced(each.run.started_at, Price(*columns), each.run)
                if name == "price":
                    return Prices(priced, priced, None)
                if status == "sold":
                    return Prices(self.now, self.asked, priced)
        return self
