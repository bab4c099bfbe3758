"""Handles: permanent names of organizations and listings, computed from raw and stable source
fields only.

A handle never changes; which organization or vehicle it belongs to is the normalizer's to say
(``business_aliases``, ``vehicle_aliases``). So the crawler may stamp handles on observations
without knowing about merges.
"""

import re
import unicodedata
from uuid import UUID, uuid5

from contract.urls import url_identity

__all__ = ["address_key", "listing_handle", "organization_handle"]

NAMESPACE = UUID("5f0c2b1e-7d5a-5b0e-9a54-9d1b3c6f2a10")


def organization_handle(source: str, url: str) -> UUID:
    """Name the organization node behind a seller's profile page (or feed root) of a source."""
    return uuid5(NAMESPACE, f"organization\n{source}\n{url_identity(url)}")


def listing_handle(organization: UUID, listing: str) -> UUID:
    """Name one listing of an organization node; ``listing`` is its page URL, or its feed key where
    it has no page."""
    identity = url_identity(listing) if "://" in listing else listing
    return uuid5(NAMESPACE, f"listing\n{organization}\n{identity}")


def address_key(
    *,
    street: str | None,
    city: str | None,
    state: str | None,
    postal_code: str | None,
    country: str | None,
) -> str | None:
    """Name the place that an address means, as it is asked for and answered.

    Case, spacing and punctuation do not matter. None where neither a city nor a postal code is
    known: such an address cannot be found.

    >>> address_key(street="1 Main St.", city="Napa", state="CA", postal_code=None, country="US")
    '1 main st|napa|ca||us'
    """
    if not (city or postal_code):
        return None
    parts = (street, city, state, postal_code, country)
    return "|".join(_plain(part) for part in parts)


def _plain(part: str | None) -> str:
    text = unicodedata.normalize("NFKC", part or "").casefold()
    return re.sub(r"[\W_]+", " ", text).strip()
