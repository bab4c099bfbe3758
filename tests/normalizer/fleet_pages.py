"""Runs over vehicle pages for the fleets of `tests.normalizer.fleet`, with the pictures and points
that follow: what makes order matter among them."""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime
from random import Random
from typing import Any, Literal
from uuid import UUID

from contract.observation import Kind, Observation, Source
from contract.payloads import (
    CheckedPage,
    Geocode,
    ImageFetch,
    Listing,
    ListingDetail,
    PageManifest,
    Payload,
)
from tests.normalizer.fleet import World, day
from tests.normalizer.pictures import stored

__all__ = ["detail", "fetched", "located", "random_visits", "visited"]


def _add(
    world: World, source: Source, kind: Kind, url: str, handle: UUID, at: datetime, payload: Payload
) -> Observation:
    observation = Observation(source, kind, url, handle, at, payload)
    world.observations.append(observation)
    return observation


def detail(
    world: World,
    handle: UUID,
    url: str,
    at: datetime,
    *,
    source: Source = Source.DEALER_SITE,
    **fields: Any,
) -> Observation:
    """What a listing's own page said."""
    values: dict[str, Any] = {
        "organization_id": str(handle),
        "listing_url": url,
        "page_status": "unknown",
        "platform": "generic",
        "reader": "detail",
        **fields,
    }
    return _add(world, source, Kind.LISTING_DETAIL, url, handle, at, ListingDetail(**values))


def visited(
    world: World,
    handle: UUID,
    at: datetime,
    read: Iterable[Observation] = (),
    others: Mapping[Literal["gone", "blocked", "failed"], Iterable[str]] | None = None,
) -> Observation:
    """The manifest of a run over vehicle pages."""
    pages = [
        CheckedPage(url=item.url, outcome="read", payload_hash=item.payload_hash) for item in read
    ]
    for outcome, urls in (others or {}).items():
        pages += [CheckedPage(url=url, outcome=outcome) for url in urls]
    payload = PageManifest(spider="listings", pages=tuple(pages))
    url = f"urn:run:{handle}:{at.isoformat()}"
    return _add(world, Source.DEALER_SITE, Kind.PAGE_MANIFEST, url, handle, at, payload)


def fetched(
    world: World, handle: UUID, url: str, at: datetime, *, content: str | None
) -> Observation:
    """A picture that was stored, or refused where it has no content."""
    fields: dict[str, Any] = {"outcome": "refused", "reason": "svg"}
    if content is not None:
        fields = {"outcome": "stored", **stored(content)}
    payload = ImageFetch(organization_id=str(handle), source_url=url, purpose="vehicle", **fields)
    return _add(world, Source.IMAGE_FETCHER, Kind.IMAGE_FETCH, url, handle, at, payload)


def located(world: World, handle: UUID, city: str, at: datetime, latitude: float) -> Observation:
    """A provider's point of the address that a fleet's sellers have in a city."""
    payload = Geocode(
        organization_id=str(handle),
        address_key=f"1 main st|{city.lower()}|ca||us",
        latitude=latitude,
        longitude=-122.3,
        precision="rooftop" if latitude > 38 else "city",
        provider="census",
    )
    return _add(world, Source.GEOCODER, Kind.GEOCODE, f"urn:geocode:{city}", handle, at, payload)


def random_visits(world: World, random: Random) -> None:
    """Visit the pages of the listings that a world has: marks that come and go, numbers that join
    cars, other cars under old addresses, pages that are gone or blocked, runs that died before
    their manifest, manifests of contents that were left out, pictures and points."""
    listed: defaultdict[UUID, set[str]] = defaultdict(set)
    times = sorted({o.observed_at for o in world.observations})
    for observation in list(world.observations):
        if isinstance(observation.payload, Listing) and observation.organization_id:
            listed[observation.organization_id].add(observation.url)
    for handle, urls in sorted(listed.items()):
        for _ in range(random.randint(0, 3)):
            at = random.choice((random.choice(times), day(random.random() * 5)))
            chosen = random.sample(sorted(urls), k=random.randint(0, min(4, len(urls))))
            read = [
                detail(
                    world,
                    handle,
                    url,
                    at,
                    source=Source.CLASSIC if "classic.com" in url else Source.DEALER_SITE,
                    title=random.choice((None, "1967 Ford Mustang", "1989 Porsche 911")),
                    vin=random.choice((None, None, f"WP0ZZZ91ZHS10000{random.randrange(4)}")),
                    price=random.choice((None, "$54,900", "$51,000")),
                    page_status=random.choice(("in_stock", "unknown", "sold", "pending")),
                    description=random.choice((None, "All original.")),
                    image_urls=tuple(f"{url}/{n}.jpg" for n in range(random.randint(0, 3))),
                )
                for url in chosen
            ]
            if random.random() < 0.8:
                gone = random.sample(sorted(urls), k=random.randint(0, min(2, len(urls))))
                visited(world, handle, at, read, {"gone": gone, "blocked": sorted(urls)[:1]})
            for url in chosen[:2]:
                content = random.choice((None, "soon", url))
                fetched(world, handle, f"{url}/0.jpg", at, content=content)
            if random.random() < 0.5:
                city = random.choice(("Napa", "Reno"))
                located(world, handle, city, at, random.choice((37.5, 38.3, 39.5)))
