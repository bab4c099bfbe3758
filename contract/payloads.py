"""What an observation holds, per kind: frozen, strict, versioned.

Everything is raw text as the page gave it ("$54,900", "12,345 TMU", "SOLD!"). Cleaning is the
normalizer's, so that a better rule can be replayed over old observations without fetching a page
again. A value that does not fit is refused whole, with a reason that can be counted; it is never
cut to size.
"""

from typing import Annotated, Any, ClassVar, Literal, Self
from urllib.parse import quote
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    model_validator,
)

__all__ = [
    "CheckedPage",
    "Drift",
    "Found",
    "FoundAddress",
    "Geocode",
    "ImageFetch",
    "ImagePurpose",
    "InventoryManifest",
    "Listing",
    "ListingDetail",
    "ListingStatus",
    "PageManifest",
    "PageStatus",
    "Payload",
    "Precision",
    "Probe",
    "SellerProfile",
    "Sighting",
    "StatusEvidence",
    "VehicleFacts",
]

ListingStatus = Literal["in_stock", "sold"]
StatusEvidence = Literal["mark", "current_grid", "sold_grid", "feed"]
PageStatus = Literal["in_stock", "pending", "sold", "unknown"]
ImagePurpose = Literal["vehicle", "logo", "favicon", "banner"]
Precision = Literal["rooftop", "street", "postal_code", "city", "region", "country"]
"""How near a point is to its address, nearest first."""


def _storable(text: str) -> str:
    """Refuse what PostgreSQL's jsonb cannot hold: NUL characters and lone surrogates."""
    if "\x00" in text:
        raise ValueError("NUL character")
    if not text.isascii() and any("\ud800" <= character <= "\udfff" for character in text):
        raise ValueError("lone surrogate")
    return text


def _indexable(text: str) -> str:
    """Refuse what PostgreSQL's indexes cannot hold, which is 2,700 bytes: a character beyond ASCII
    takes up to four, and each of them three where the identity of a page is written."""
    is_short = len(text) <= (LONGEST_KEY // 3 if text.isascii() else LONGEST_KEY // 12)
    if not is_short and len(quote(text, safe=_WRITTEN_AS_THEY_ARE)) > LONGEST_KEY:
        raise ValueError(f"more than {LONGEST_KEY} bytes")
    return text


LONGEST_KEY = 2_048
"""Bytes that the address or the name of a listing may have, when it is written in ASCII."""
_WRITTEN_AS_THEY_ARE = "!#$%&'()*+,/:;=?@[]~"

Line = Annotated[str, StringConstraints(min_length=1, max_length=2_000), AfterValidator(_storable)]
Text = Annotated[str, StringConstraints(min_length=1, max_length=60_000), AfterValidator(_storable)]
Url = Annotated[
    str,
    StringConstraints(pattern=r"^https?://[^\s]+$", max_length=LONGEST_KEY),
    AfterValidator(_storable),
    AfterValidator(_indexable),
]
Root = Annotated[
    str,
    StringConstraints(pattern=r"^(?:https?|ftps?|file)://[^\s]+$", max_length=2_048),
    AfterValidator(_storable),
]
"""The name of a scope: the root of a grid, or of a feed, which may lie on a disk or an FTP server
and whose dated file names share one root (``file:///feeds/dealer_*.csv``)."""
Name = Annotated[Line, AfterValidator(_indexable)]
Pixels = Annotated[int, Field(gt=0, le=1_000_000)]
Hash = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]


class Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Payload(Frozen):
    """The content of one observation. ``VERSION`` grows with every change of shape; upcasters keep
    the old ones."""

    VERSION: ClassVar[int] = 1

    def stable(self) -> dict[str, Any]:
        """Return the content without volatile parts: what the payload hash covers."""
        return self.model_dump(mode="json", exclude_none=True)


class Found(Frozen):
    """A raw value and where it was found: the page's origin and the rule or element that gave
    it."""

    value: Text
    origin: Literal["profile", "website"]
    where: Line


class FoundAddress(Frozen):
    """An address as one text or in parts, and where it was found."""

    origin: Literal["profile", "website"]
    where: Line
    text: Line | None = None
    street: Line | None = None
    city: Line | None = None
    state: Line | None = None
    postal_code: Line | None = None
    country: Line | None = None


class SellerProfile(Payload):
    """Everything one profile page, and the dealer's own site behind it, said about a seller.

    Each field lists its candidates, best first. ``coordinates`` are "latitude,longitude" texts of
    structured data.
    """

    profile_url: Url
    seller_type: Literal["dealer", "auction_house"] | None = None
    name: tuple[Found, ...] = ()
    dealer_license: tuple[Found, ...] = ()
    website: tuple[Found, ...] = ()
    phone: tuple[Found, ...] = ()
    email: tuple[Found, ...] = ()
    address: tuple[FoundAddress, ...] = ()
    coordinates: tuple[Found, ...] = ()
    logo: tuple[Found, ...] = ()
    favicon: tuple[Found, ...] = ()
    banner: tuple[Found, ...] = ()
    description: tuple[Found, ...] = ()
    same_as: tuple[Found, ...] = ()
    inventory_url: tuple[Found, ...] = ()
    platform: Line | None = None

    @model_validator(mode="after")
    def _has_a_name(self) -> Self:
        if not self.name:
            raise ValueError("a seller needs a name")
        return self


class VehicleFacts(Payload):
    """What a card, a feed row or a vehicle page says about a car, as raw text.

    ``status_words`` are the raw status texts ("SOLD", "Sale Pending"). ``attributes`` keeps
    label/value pairs that have no field of their own. ``platform`` and ``reader`` say what read it.
    """

    organization_id: str
    status_words: tuple[Line, ...] = ()
    title: Line | None = None
    year: Line | None = None
    make: Line | None = None
    model: Line | None = None
    trim: Line | None = None
    price: Line | None = None
    price_label: Line | None = None
    price_currency: Line | None = None
    mileage: Line | None = None
    mileage_unit: Line | None = None
    vin: Line | None = None
    stock_number: Line | None = None
    body_style: Line | None = None
    exterior_color: Line | None = None
    interior_color: Line | None = None
    engine: Line | None = None
    transmission: Line | None = None
    drivetrain: Line | None = None
    location: Line | None = None
    description: Text | None = None
    attributes: dict[Line, Line] = {}
    thumbnail_url: Url | None = None
    image_urls: tuple[Url, ...] = ()
    platform: Line
    reader: Line

    def stable(self) -> dict[str, Any]:
        """Leave out what changes while the car does not: whose handle the run stamped, and the
        cache-busting queries of photo URLs."""
        content = super().stable()
        del content["organization_id"]
        content["image_urls"] = [url.partition("?")[0] for url in self.image_urls]
        if self.thumbnail_url:
            content["thumbnail_url"] = self.thumbnail_url.partition("?")[0]
        return content

    @model_validator(mode="after")
    def _names_its_organization(self) -> Self:
        UUID(self.organization_id)
        return self


class Listing(VehicleFacts):
    """One inventory card or feed row.

    ``listing_status`` says what this sighting claims and ``status_evidence`` by what: a mark on the
    tile or structured availability, the grid it stood on, or a feed.
    """

    inventory_extraction: Literal[True] = True
    listing_status: ListingStatus
    status_evidence: StatusEvidence
    listing_url: Url | None = None
    feed_key: Name | None = None

    @model_validator(mode="after")
    def _names_itself(self) -> Self:
        if not (self.listing_url or self.feed_key):
            raise ValueError("a listing needs a URL or a feed key")
        return self


class ListingDetail(VehicleFacts):
    """One vehicle's own page: every raw field of its main block, and the whole gallery in order.

    ``listing_url`` is the address its listing is known by, wherever redirects ended.
    ``page_status`` is what the main block says of the car by the sign ``status_sign``; "unknown"
    claims nothing. ``options`` are the lines of its equipment lists.
    """

    listing_url: Url
    page_status: PageStatus
    status_sign: Line | None = None
    options: tuple[Line, ...] = ()


class ImageFetch(Payload):
    """What became of one picture: where its bytes are kept, or why it was refused.

    ``purpose`` tells a vehicle's photo from an organization's logo, favicon or banner. A stored
    picture has its hash, its key in the store, its size in pixels and bytes, and its media type; a
    refused or failed one has a short, countable ``reason``.
    """

    organization_id: str
    source_url: Url
    purpose: ImagePurpose
    outcome: Literal["stored", "refused", "failed"]
    reason: Line | None = None
    sha256: Hash | None = None
    storage_key: Line | None = None
    width: Pixels | None = None
    height: Pixels | None = None
    size: int | None = None
    media_type: Line | None = None

    @model_validator(mode="after")
    def _says_what_became_of_it(self) -> Self:
        UUID(self.organization_id)
        facts = (self.sha256, self.storage_key, self.width, self.height, self.size, self.media_type)
        if self.outcome == "stored":
            if None in facts or self.reason is not None:
                raise ValueError("a stored picture names its hash, key, size and type")
        elif self.reason is None or any(fact is not None for fact in facts):
            raise ValueError("a picture that is not stored names its reason alone")
        return self


class Geocode(Payload):
    """The point that a provider gave for an organization's address.

    ``address_key`` is the address that was asked for (`contract.handles.address_key`); the point
    applies while that is still the organization's address.
    """

    organization_id: str
    address_key: Line
    latitude: float
    longitude: float
    precision: Precision
    provider: Line

    @model_validator(mode="after")
    def _is_on_earth(self) -> Self:
        UUID(self.organization_id)
        if not (-90 <= self.latitude <= 90 and -180 <= self.longitude <= 180):
            raise ValueError("no point on earth")
        return self


class Sighting(Frozen):
    """One listing a walk saw. ``payload_hash`` is None where its card did not fit the contract and
    was dropped."""

    url: Line
    status: ListingStatus
    evidence: StatusEvidence
    payload_hash: Hash | None = None


class Probe(Frozen):
    """What the page of a known in-stock listing that the walk missed answered, and by what sign.

    ``alive`` is a sighting, ``gone`` is evidence, ``unknown`` neither; ``sold`` says its main block
    carries a sold mark.
    """

    url: Line
    verdict: Literal["alive", "gone", "unknown"]
    sign: Line
    sold: bool = False


class Drift(Frozen):
    """A field whose fill rate fell against the last good walks: a reason to withhold absence."""

    field: Line
    before: float
    now: float


class InventoryManifest(Payload):
    """One finished walk of one scope: the only proof of absence. The scope is ``grid_url``, the
    root of the grid or of the feed.

    ``complete`` is true only when every page of the grid was read to its end; otherwise
    ``incomplete_because`` names why (blocked, http_404, robots, pager_loop, page_limit,
    fewer_than_declared, …).
    """

    organization_id: str
    grid_url: Root
    grid: Literal["current", "sold", "feed"]
    run_mode: Literal["current", "sold", "both"]
    platform: Line
    pages: int
    complete: bool
    incomplete_because: Line | None = None
    declared_total: int | None = None
    drift: tuple[Drift, ...] = ()
    listings: tuple[Sighting, ...] = ()
    probes: tuple[Probe, ...] = ()

    @model_validator(mode="after")
    def _says_why(self) -> Self:
        UUID(self.organization_id)
        if self.complete == (self.incomplete_because is not None):
            raise ValueError("exactly the incomplete walks say why")
        return self


class CheckedPage(Frozen):
    """One page a run visited: the hash of what it gave, or why it gave nothing."""

    url: Url
    outcome: Literal["read", "not_modified", "gone", "blocked", "failed"]
    payload_hash: Hash | None = None


class PageManifest(Payload):
    """The pages one run of a spider visited; it re-asserts each payload at the run's time."""

    spider: Line
    pages: tuple[CheckedPage, ...]
