"""What an older system knew of an organization and a car: one row of its relationship table.

Such rows contradict each other and are often stale; the normalizer cleans them
(`normalizer.legacy`). Here they are raw text, as the old table gave them.
"""

from typing import Self

from pydantic import model_validator

from contract.payloads import Line, Payload, Url

__all__ = ["LegacyRelationship"]


class LegacyRelationship(Payload):
    """One relationship row. It names the car by the address of its page or by its VIN (or chassis
    number); everything else may be missing. The organization is the observation's.

    ``recorded_at`` is when the old system wrote the row last; it decides between rows that
    contradict each other.
    """

    relationship_type: Line
    vehicle_url: Url | None = None
    vin: Line | None = None
    status: Line | None = None
    listing_status: Line | None = None
    asking_price: Line | None = None
    sale_price: Line | None = None
    currency: Line | None = None
    sale_date: Line | None = None
    recorded_at: Line | None = None
    title: Line | None = None
    year: Line | None = None
    make: Line | None = None
    model: Line | None = None

    @model_validator(mode="after")
    def _names_a_car(self) -> Self:
        if not (self.vehicle_url or self.vin):
            raise ValueError("a relationship names its car by an address or a VIN")
        return self
