"""What sellers' profiles say: the keys of a node, and the organization's own row.

A profile lists raw candidates per field, best first. The policy says whose word counts for a
field (the dealer's website or the profile page), then the newest profile, then the order of the
candidates; the first that parses wins.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeVar

from shapely import Point

from contract.payloads import Found, FoundAddress, SellerProfile
from contract.urls import clean_url
from normalizer.evidence import Organization
from normalizer.fields.address import Address, country_code, parse_address
from normalizer.fields.organization import (
    clean_name,
    geographic_key,
    parse_email,
    parse_license,
    parse_phone,
    website_key,
)
from normalizer.fields.text import clean_text
from normalizer.rows import BusinessRow
from normalizer.rulebook import MergePolicy, OrganizationField, rulebook
from normalizer.snapshots import Page, Run, page_identity

__all__ = ["business", "license_of", "place_of", "site_names", "website_of"]

T = TypeVar("T")

_COORDINATES = re.compile(r"\s*(-?\d{1,2}(?:\.\d+)?)\s*[,;]\s*(-?\d{1,3}(?:\.\d+)?)\s*")
_LONGEST_DESCRIPTION = 20_000


@dataclass(frozen=True, slots=True)
class _Word:
    """One candidate of one field, and the run that holds it."""

    found: Found | FoundAddress
    run: Run


def license_of(profile: SellerProfile) -> str | None:
    """The dealer license that one profile names."""
    return _first(_texts(profile, "dealer_license"), parse_license)


def website_of(profile: SellerProfile) -> str | None:
    """The key of the website that one profile names; a shared host is none."""
    return _first(_texts(profile, "website"), website_key)


def place_of(profile: SellerProfile) -> str | None:
    """The geographic key of one profile: its name, and the first address with city and state."""
    name = _first(_texts(profile, "name"), clean_name)
    for found in _ranked(profile, "address", rulebook().merge):
        assert isinstance(found, FoundAddress)
        address = _address(found)
        if key := geographic_key(name, address.city, address.state):
            return key
    return None


def site_names(pages: Sequence[Page]) -> tuple[str, ...]:
    """Every name the profiles know the seller by: names of a business, never of a make."""
    names = {
        name
        for run in _snapshots(pages)
        for found in _profile(run).name
        if (name := clean_name(found.value))
    }
    return tuple(sorted(names))


def business(
    organization: Organization, pages: Sequence[Page], policy: MergePolicy
) -> BusinessRow | None:
    """The organization's row from the newest profile of each member; None before the first."""
    runs = _snapshots(pages)
    if not runs:
        return None
    fields = _Fields(runs, policy)
    name = fields.take("name", "name", lambda found: clean_name(found.value))
    # A profile without any usable name is still an organization: it is called as it was found.
    name = name or _profile(runs[0]).name[0].value[:160]
    address = fields.address() or Address()
    country = country_code(address.country)
    inventory = fields.all("inventory_url", _absolute)
    if inventory:
        fields.cited["inventory_url"] = inventory[0][1]
    key = next((node for node in organization.members if node.geographic_key), None)
    return BusinessRow(
        id=organization.id,
        name=name,
        business_type=fields.business_type(),
        dealer_license=fields.take(
            "dealer_license", "dealer_license", lambda found: parse_license(found.value)
        ),
        website=fields.take("website", "website", _website),
        geographic_key=geographic_key(name, address.city, address.state)
        or (key.geographic_key if key else None),
        phone=fields.take(
            "phone", "phone", lambda found: parse_phone(found.value, country or "US")
        ),
        email=fields.take("email", "email", lambda found: parse_email(found.value)),
        address=address.street,
        city=address.city,
        state=address.state,
        postal_code=address.postal_code,
        country=country,
        location=fields.take("location", "coordinates", _point),
        logo_url=fields.take("logo_url", "logo", _absolute),
        favicon_url=fields.take("favicon_url", "favicon", _absolute),
        primary_image_url=fields.take("primary_image_url", "banner", _absolute),
        description=fields.take(
            "description",
            "description",
            lambda found: clean_text(found.value, _LONGEST_DESCRIPTION, multiline=True),
        ),
        inventory_url=inventory[0][0] if inventory else None,
        inventory_candidates=_distinct_urls(value for value, _ in inventory),
        same_as=_distinct_urls(value for value, _ in fields.all("same_as", _absolute)),
        profile_urls=tuple(sorted({_profile(run).profile_url for run in runs})),
        provenance={column: run.provenance() for column, run in sorted(fields.cited.items())},
        first_seen_at=min(page.runs[0].started_at for page in pages),
        last_seen_at=max(page.snapshot.last_asserted_at for page in pages),
        content_changed_at=max(run.started_at for run in (fields.cited.values() or runs)),
    )


class _Fields:
    """The candidates of all members' newest profiles, and who was cited for what."""

    def __init__(self, runs: Sequence[Run], policy: MergePolicy) -> None:
        self.runs = runs
        self.policy = policy
        self.cited: dict[str, Run] = {}

    def words(self, field: OrganizationField) -> Iterator[_Word]:
        for origin in self.policy.organization[field]:
            for run in self.runs:
                for found in getattr(_profile(run), field):
                    if found.origin == origin:
                        yield _Word(found, run)

    def take(
        self, column: str, field: OrganizationField, read: Callable[[Found], T | None]
    ) -> T | None:
        """The first candidate that parses."""
        for word in self.words(field):
            assert isinstance(word.found, Found)
            value = read(word.found)
            if value is not None:
                self.cited[column] = word.run
                return value
        return None

    def all(
        self, field: OrganizationField, read: Callable[[Found], str | None]
    ) -> list[tuple[str, Run]]:
        """Every candidate that parses, best first."""
        return [
            (value, word.run)
            for word in self.words(field)
            if isinstance(word.found, Found) and (value := read(word.found)) is not None
        ]

    def address(self) -> Address | None:
        """The fullest address: one with street, city and state counts before one without."""
        words = list(self.words("address"))
        for needed in (("street", "city", "state"), ("city", "state"), ("city",)):
            for word in words:
                assert isinstance(word.found, FoundAddress)
                address = _address(word.found)
                if all(getattr(address, part) for part in needed):
                    parts = ("street", "city", "state", "postal_code", "country")
                    for part in parts:
                        if getattr(address, part):
                            column = "address" if part == "street" else part
                            self.cited[column] = word.run
                    return address
        return None

    def business_type(self) -> str:
        """The type the newest profile states; who states none deals in cars."""
        for run in self.runs:
            if stated := _profile(run).seller_type:
                self.cited["business_type"] = run
                return stated
        return "dealer"


def _snapshots(pages: Sequence[Page]) -> list[Run]:
    """The newest profile of each page, the newest first."""
    runs = [page.snapshot for page in pages if isinstance(page.snapshot.payload, SellerProfile)]
    return sorted(runs, key=lambda run: run.newness, reverse=True)


def _profile(run: Run) -> SellerProfile:
    assert isinstance(run.payload, SellerProfile)
    return run.payload


def _ranked(
    profile: SellerProfile, field: OrganizationField, policy: MergePolicy
) -> Iterator[Found | FoundAddress]:
    for origin in policy.organization[field]:
        yield from (found for found in getattr(profile, field) if found.origin == origin)


def _texts(profile: SellerProfile, field: OrganizationField) -> Iterator[str]:
    for found in _ranked(profile, field, rulebook().merge):
        assert isinstance(found, Found)
        yield found.value


def _first(texts: Iterator[str], read: Callable[[str], str | None]) -> str | None:
    return next((value for text in texts if (value := read(text)) is not None), None)


def _address(found: FoundAddress) -> Address:
    parts = {
        "streetAddress": found.street,
        "addressLocality": found.city,
        "addressRegion": found.state,
        "postalCode": found.postal_code,
        "addressCountry": found.country,
    }
    if any(parts.values()):
        return parse_address(parts)
    return parse_address(found.text)


def _website(found: Found) -> str | None:
    """Scheme and host as found; None for a host that the seller shares with others."""
    if website_key(found.value) is None:
        return None
    url = clean_url("http://", found.value if "://" in found.value else f"http://{found.value}")
    return "/".join(url.split("/", 3)[:3]) if url else None


def _absolute(found: Found) -> str | None:
    return clean_url("", found.value)


def _point(found: Found) -> Point | None:
    """ "latitude,longitude" as a point; null island is no place of business."""
    match = _COORDINATES.fullmatch(found.value)
    if match is None:
        return None
    latitude, longitude = float(match[1]), float(match[2])
    if abs(latitude) > 90 or abs(longitude) > 180 or (latitude == 0 and longitude == 0):
        return None
    return Point(longitude, latitude)


def _distinct_urls(urls: Iterator[str]) -> tuple[str, ...]:
    first: dict[str, str] = {}
    for url in urls:
        first.setdefault(page_identity(url), url)
    return tuple(first.values())
