"""What an organization is to a car, by the car's status."""

from collections.abc import Mapping

from normalizer.track import Status

__all__ = ["RELATIONS"]

RELATIONS: Mapping[Status, tuple[str, str, str]] = {
    "in_stock": ("consigner", "active", "for_sale"),
    "pending": ("consigner", "active", "for_sale"),
    "sold": ("sold_by", "sold", "sold"),
    "removed": ("consigner", "archived", "removed"),
}
"""Status of a vehicle → relationship type, status and listing status of its organization."""
