"""Where an organization is: the one point among those that its own pages and the providers give.

A point holds for an address: a provider's counts only while its address key is the organization's.
The nearest to the address counts, then the better provider's, then the newest.
"""

from collections.abc import Iterable
from typing import get_args

from shapely import Point

from contract.handles import address_key
from contract.payloads import Geocode, Precision
from normalizer.evidence import Evidence
from normalizer.rows import BusinessRow
from normalizer.rulebook import PointPolicy

__all__ = ["key_of", "located"]

NEARNESS: dict[str, int] = {name: rank for rank, name in enumerate(get_args(Precision))}


def key_of(business: BusinessRow) -> str | None:
    """The key of the organization's address; None where it is too little to find."""
    return address_key(
        street=business.address,
        city=business.city,
        state=business.state,
        postal_code=business.postal_code,
        country=business.country,
    )


def located(
    business: BusinessRow, evidence: Iterable[Evidence], policy: PointPolicy
) -> BusinessRow:
    """The organization with the point that counts; ``evidence`` comes in the order of "newest".

    Coordinates that its own pages give are in the row already.
    """
    key = key_of(business)
    given = [
        (item, item.payload)
        for item in evidence
        if key is not None and isinstance(item.payload, Geocode) and item.payload.address_key == key
    ]
    if not given:
        return business
    # The newest first, and the sort keeps it so among equals.
    item, best = min(
        reversed(given),
        key=lambda found: (NEARNESS[found[1].precision], policy.rank(found[1].provider)),
    )
    if business.location and NEARNESS[policy.site_precision] <= NEARNESS[best.precision]:
        return business
    provenance = {**business.provenance, "location": (item.source.value, item.key)}
    return business._replace(
        location=Point(best.longitude, best.latitude),
        provenance=dict(sorted(provenance.items())),
        content_changed_at=max(business.content_changed_at, item.observed_at),
    )
