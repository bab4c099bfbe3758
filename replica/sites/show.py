"""A car as a page shows it: addresses and texts, all ready for a template."""

from dataclasses import dataclass

from replica.calendar import Standing
from replica.cars import Voice
from replica.dealers import Dealer
from replica.themes import Theme

SCHEMA = "https://schema.org"
NO_PHOTO = "/images/photo-coming-soon.png"


@dataclass(frozen=True)
class Photo:
    """One photo in the grid's size and in full size."""

    thumb: str
    full: str


def money(amount: int, voice: Voice) -> str:
    """An amount as the dealer writes it; terse ones write "$85k"."""
    if voice.terse and amount % 1000 == 0:
        return voice.prices[0].format(n=f"{amount // 1000}k")
    pattern = voice.prices[amount // 100 % len(voice.prices)]
    return pattern.format(n=f"{amount:,}".replace(",", voice.grouping))


class Shown:
    """One car on one dealer's site on one day. Attributes are what templates print."""

    def __init__(
        self, standing: Standing, dealer: Dealer, theme: Theme, origin: str, cdn: str, day: int
    ):
        car, offer = standing.car, standing.offer
        self.car, self.standing, self.dealer = car, standing, dealer
        fields = {
            "number": car.number,
            "seven": 7_400_000 + car.number * 3,
            "asset": car.asset,
            "slug": car.slug,
            "branch": car.branch,
            "initial": car.make[0].lower(),
            "dealer": dealer.key,
            "cdn": cdn,
        }
        self.path = theme.listing.format(**fields)
        self.url = origin + self.path
        self.title, self.slug, self.year, self.make = car.title, car.slug, car.year, car.make
        self.model, self.trim, self.words = car.model, car.trim or "", car.words
        self.sold = standing.sold
        self.pending = standing.pending and not standing.sold
        self.fresh = day - standing.listed < 3 and standing.listed > 0
        self.amount = offer.amount
        self.currency = dealer.voice.currency
        self.asking = offer.wording
        if offer.amount is not None:
            self.asking = money(offer.amount, dealer.voice)
        self.was = money(offer.was, dealer.voice) if offer.was else ""
        self.mileage = car.mileage_text or ""
        self.distance, self.unit = car.mileage, car.mileage_unit
        self.vin = car.vin_stated or ""
        self.stock = car.stock or ""
        self.photos = [
            Photo(
                theme.thumb.format(photo=photo, **fields),
                theme.full.format(photo=photo, **fields),
            )
            for photo in car.photos
        ]
        self.thumb = self.photos[0].thumb if self.photos else origin + NO_PHOTO
        self.description = describe(standing, dealer)

    @property
    def availability(self) -> str:
        """The schema.org availability that tells the truth about the car."""
        term = "SoldOut" if self.sold else "LimitedAvailability" if self.pending else "InStock"
        return f"{SCHEMA}/{term}"

    def details(self) -> list[tuple[str, str]]:
        """Label and value pairs of a vehicle page; what is not known is left out."""
        car = self.car
        pairs = (
            ("Year", str(car.year)),
            ("Make", car.make),
            ("Model", car.model),
            ("Trim", self.trim),
            ("VIN" if car.year > 1980 else "Chassis Number", self.vin),
            ("Stock Number", self.stock),
            ("Mileage", self.mileage),
            ("Engine", car.engine),
            ("Transmission", car.transmission),
            ("Drivetrain", car.drivetrain),
            ("Exterior Color", car.exterior),
            ("Interior Color", car.interior),
            ("Body Style", car.body),
        )
        return [(label, value) for label, value in pairs if value]


def describe(standing: Standing, dealer: Dealer) -> str:
    """Two or three sentences, with the words that fool a careless reader (sold, pending, other
    numbers).
    """
    car = standing.car
    choices = (
        f"This {car.year} {car.make} sold new in its home town and was driven with care.",
        f"{car.exterior} over {car.interior}. Financing from $399 a month; call {dealer.phone}.",
        "Only a few hundred were sold. Pending a final polish, it is ready to show.",
        f"Offered by {dealer.name}. Trades welcome; sold as is, where is.",
    )
    first = car.number % len(choices)
    return f"{choices[first]} {choices[(first + 1) % len(choices)]}"
