"""A car as a page shows it: addresses and texts, all ready for a template."""

from dataclasses import dataclass
from random import Random

from replica.calendar import Standing
from replica.cars import Car, Voice
from replica.dealers import Dealer
from replica.themes import Theme

SCHEMA = "https://schema.org"
NO_PHOTO = "/images/photo-coming-soon.png"
EQUIPMENT = (
    "Power Steering",
    "Power Brakes",
    "Front Disc Brakes",
    "Air Conditioning",
    "Limited Slip Differential",
    "Dual Exhaust",
    "Bucket Seats",
    "Center Console",
    "Tilt Steering Column",
    "AM/FM Radio",
    "Tinted Glass",
    "Wire Wheels",
    "Tool Roll and Jack",
    "Owner's Manual",
)


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
        self.paragraphs = paragraphs(standing, dealer)
        self.options = options(car)

    @property
    def description(self) -> str:
        """The description as one text."""
        return " ".join(self.paragraphs)

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


def paragraphs(standing: Standing, dealer: Dealer) -> tuple[str, ...]:
    """The description in three paragraphs, with the words that fool a careless reader (sold,
    pending, monthly payments, another car's numbers).
    """
    car = standing.car
    rng = Random(f"{car.key}/description")
    openings = (
        f"This {car.year} {car.make} sold new in its home town and was driven with care.",
        f"Here is a {car.year} {car.make} {car.model} that has been in one family for decades.",
        f"Found in a dry barn and brought back to life, this {car.make} starts on the first turn.",
    )
    middle = (
        f"The body wears {car.exterior} paint over a {car.interior} interior.",
        f"Under the hood is a {car.engine} with a {car.transmission} behind it.",
        "Only a few hundred were sold. Pending a final polish, it is ready to show.",
        "The engine bay is detailed, the chrome was redone, and the gauges all work.",
        "Its sister car, which we sold last spring, was number two of the same order.",
        "New tires, new brakes and a fresh service were done before it came to us.",
    )
    closings = (
        f"Offered by {dealer.name}. Trades welcome; sold as is, where is.",
        f"Financing from $399 a month; call {dealer.phone}.",
        f"Shipping can be arranged from {dealer.address.city} to anywhere in the world.",
    )
    told = " ".join(rng.sample(middle, rng.randint(2, 4)))
    return rng.choice(openings), told, " ".join(rng.sample(closings, 2))


def options(car: Car) -> tuple[str, ...]:
    """What the dealer lists as the car's equipment."""
    rng = Random(f"{car.key}/options")
    return tuple(rng.sample(EQUIPMENT, rng.randint(4, 9)))
