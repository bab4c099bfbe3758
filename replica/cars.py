"""Invents cars: one seeded draw per dealer and number, so that a dealer's cars never depend on
another dealer's.

A `Car` is what stays the same for the life of a listing. What changes from day to day (price,
place on the site) is the calendar's (`calendar.py`).
"""

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import yaml
from slugify import slugify

from replica.vin import make_vin

CATALOGUE = Path(__file__).parent / "data" / "catalogue.yml"
COLORS = (
    "Red",
    "Black",
    "Silver",
    "British Racing Green",
    "White",
    "Midnight Blue",
    "Ivory",
    "Burgundy",
    "Yellow",
)
INTERIORS = ("Black Leather", "Tan Leather", "Red Vinyl", "Black Vinyl", "Parchment", "Blue Cloth")
# Cars that stand at two dealers: (dealer, index) here is the same car as there.
TRAVELLERS = {("coastal", 3): ("lonestar", 5)}
OF_THE_CAR = (
    "year",
    "make",
    "model",
    "trim",
    "words",
    "vin",
    "exterior",
    "interior",
    "engine",
    "body",
)


@dataclass(frozen=True)
class Model:
    """One row of the catalogue."""

    make: str
    model: str
    trims: tuple[str, ...]
    years: tuple[int, int]
    identity: str
    thousands: int
    body: str
    engine: str
    drivetrain: str


@dataclass(frozen=True)
class Car:
    """One car at one dealer, as the dealer tells it.

    `vin_stated` is the text on the page; `vin` is the same in capitals when it identifies a car,
    None when it is a placeholder. `mileage` counts `mileage_unit` ("mi" or "km"). `ambiguous`
    names the fields on which two fair readers may differ.
    """

    key: str
    number: int
    asset: int
    branch: str
    year: int
    make: str
    model: str
    trim: str | None
    words: str
    vin: str | None
    vin_stated: str | None
    stock: str | None
    mileage: int | None
    mileage_unit: str | None
    mileage_text: str | None
    base_price: int
    exterior: str
    interior: str
    engine: str
    transmission: str
    drivetrain: str
    body: str
    photos: tuple[int, ...]
    ambiguous: tuple[str, ...]
    year_last: bool = False

    @property
    def title(self) -> str:
        """Year, make, model, trim and the dealer's own words; elsewhere the year comes last."""
        name = (self.make, self.model, self.trim, self.words)
        parts = (*name, str(self.year)) if self.year_last else (str(self.year), *name)
        return " ".join(filter(None, parts))

    @property
    def slug(self) -> str:
        """The title as the platforms put it into paths."""
        return slugify(self.title)


@dataclass(frozen=True)
class Voice:
    """How a dealer writes: what its pages do with money, miles and stock numbers."""

    currency: str = "USD"
    prices: tuple[str, ...] = ("${n}",)
    grouping: str = ","
    year_last: bool = False
    unit: str = "mi"
    mileage: tuple[str, ...] = ("{n} miles",)
    on_request: tuple[str, ...] = ("Call for Price",)
    stock: str | None = "{number}"
    branches: tuple[str, ...] = ("main",)
    placeholder_vins: tuple[str, ...] = ()
    without_vin: float = 0.06
    terse: bool = False
    lower_vins: bool = False


@cache
def catalogue() -> tuple[Model, ...]:
    """All models, in file order."""
    rows: list[Any] = yaml.safe_load(CATALOGUE.read_text(encoding="utf-8"))
    return tuple(
        Model(
            str(row[0]),
            str(row[1]),
            tuple(str(trim) for trim in row[2]),
            (row[3][0], row[3][1]),
            row[4],
            row[5],
            row[6],
            row[7],
            row[8],
        )
        for row in rows
    )


def invent(seed: int, dealer: str, index: int, voice: Voice) -> Car:
    """The dealer's car number `index`; equal arguments give an equal car."""
    if (dealer, index) in TRAVELLERS.values():
        voice = replace(voice, without_vin=0)
    car = _draw(seed, dealer, index, voice)
    if (dealer, index) not in TRAVELLERS:
        return car
    # The same car stands at two dealers, as consigned cars do: one VIN, a listing at each.
    twin = _draw(seed, *TRAVELLERS[dealer, index], Voice(without_vin=0))
    same = {name: getattr(twin, name) for name in OF_THE_CAR}
    return replace(car, vin_stated=twin.vin, ambiguous=twin.ambiguous, **same)


def _draw(seed: int, dealer: str, index: int, voice: Voice) -> Car:
    rng = Random(f"{seed}/{dealer}/car/{index}")
    model = rng.choice(catalogue())
    year = rng.randint(*model.years)
    trim = rng.choice(model.trims) or None
    vin = make_vin(model.identity, year, index, rng)
    words, ambiguous = _words(rng, model, year)
    # The car's own is drawn before the dealer's, so that a car that stands at two dealers agrees.
    exterior, interior = rng.choice(COLORS), rng.choice(INTERIORS)
    number = 300 + sum(dealer.encode()) % 400 + index * 7 + rng.randrange(7)
    mileage, mileage_text = _mileage(rng, voice, year)
    asset = 9000 + sum(dealer.encode()) * 10 + index
    first_photo = 100_000 + asset * 20
    branch = rng.choice(voice.branches)
    stated: str | None = vin
    if rng.random() < voice.without_vin:
        stated = rng.choice((None, *voice.placeholder_vins))
    elif voice.lower_vins and rng.random() < 0.3:
        stated = vin.lower()
    stock = None
    if voice.stock and rng.random() > 0.03:
        stock = voice.stock.format(
            number=number, branch=branch.upper(), initial=model.make[0].upper()
        )
    price = max(4, round(model.thousands * rng.uniform(0.6, 1.35))) * 1000
    price -= rng.choice((0, 5, 100, 500, 1005))
    return Car(
        key=f"{dealer}-{index:04d}",
        number=number,
        asset=asset,
        branch=branch,
        year=year,
        make=model.make,
        model=model.model,
        trim=trim,
        words=words,
        vin=vin if stated and stated.upper() == vin else None,
        vin_stated=stated,
        stock=stock,
        mileage=mileage,
        mileage_unit=voice.unit if mileage is not None else None,
        mileage_text=mileage_text,
        base_price=price,
        exterior=exterior,
        interior=interior,
        engine=model.engine,
        transmission=rng.choice(
            ("4-Speed Manual", "5-Speed Manual", "Automatic", "3-Speed Automatic")
        ),
        drivetrain=model.drivetrain,
        body=model.body,
        photos=_photos(rng, first_photo, Random(f"{seed}/{dealer}/photos/{index}").randint(6, 20)),
        ambiguous=ambiguous,
        year_last=voice.year_last,
    )


def _photos(rng: Random, first: int, count: int) -> tuple[int, ...]:
    """The numbers of a car's photos, at most 20; a few cars wait for theirs."""
    waits = rng.random() < 0.03
    if not waits:
        rng.randint(3, 7)  # A draw that once counted the photos: what follows depends on it.
    return () if waits else tuple(first + n for n in range(count))


def _words(rng: Random, model: Model, year: int) -> tuple[str, tuple[str, ...]]:
    """Words that dealers add to a title, and the fields they make doubtful."""
    draw = rng.random()
    if draw < 0.05 and year < 1975 and model.thousands < 90:
        return "Restomod", ("trim",)
    if draw < 0.07 and model.make in ("Shelby", "AC", "Porsche", "Jaguar", "Ford") and year < 1970:
        return "Replica", ("make", "model", "trim")
    if draw < 0.10:
        return "Matching Numbers", ("trim",)
    if draw < 0.12 and year > 1985:
        return "One Owner", ("trim",)
    return "", ()


def _mileage(rng: Random, voice: Voice, year: int) -> tuple[int | None, str | None]:
    """Distance and how the dealer writes it; a few cars state none."""
    if rng.random() < 0.05:
        return None, None
    top = 40_000 if year > 1985 else 110_000
    count = rng.randint(900, top)
    separated = f"{count:,}".replace(",", voice.grouping)
    return count, rng.choice(voice.mileage).format(n=separated)
