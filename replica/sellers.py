"""The sellers of the replica's classic.com and the brochure sites of some: `data/sellers.yml`,
typed.
"""

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from string import ascii_letters, digits
from typing import Any, Literal

import yaml
from slugify import slugify

from replica.dealers import BY_KEY, Address

Behaviour = Literal["ok", "missing", "challenge", "slow", "flaky"]
SELLERS = Path(__file__).parent / "data" / "sellers.yml"
MARKETPLACE = "marketplace"
STATES = {
    "AL": "Alabama", "AZ": "Arizona", "CA": "California", "CO": "Colorado", "FL": "Florida",
    "GA": "Georgia", "ID": "Idaho", "IL": "Illinois", "KY": "Kentucky", "MA": "Massachusetts",
    "ME": "Maine", "MI": "Michigan", "MO": "Missouri", "MS": "Mississippi", "NC": "North Carolina",
    "NY": "New York", "OR": "Oregon", "PA": "Pennsylvania", "RI": "Rhode Island",
    "SC": "South Carolina", "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VA": "Virginia",
    "VT": "Vermont", "WA": "Washington", "WI": "Wisconsin", "WY": "Wyoming",
}  # fmt: skip
COUNTRIES = {"US": "USA", "DE": "Germany", "FR": "France", "GB": "United Kingdom"}


@dataclass(frozen=True)
class Seller:
    """One profile on classic.com. `org` names the organization behind it; `own` the site that is
    theirs, if any.
    """

    key: str
    name: str
    org: str
    kind: str
    link: str
    id: str
    website: str | None
    own: str | None
    phone: str | None
    email: str | None
    address: Address | None
    show: str | None
    license: str | None
    license_value: str | None
    about: str | None
    behaviour: Behaviour

    @property
    def path(self) -> str:
        """The profile's path in its normal form, with the trailing slash."""
        return f"/{self.link}/{slugify(self.name, separator='-')}-{self.id}/"

    @property
    def place(self) -> str | None:
        """City, state in full and country, as classic.com shows places."""
        if not self.address:
            return None
        parts = (self.address.city, STATES.get(self.address.state), COUNTRIES[self.address.country])
        return ", ".join(filter(None, parts))


@cache
def sellers() -> tuple[Seller, ...]:
    """All sellers, in roster order."""
    rows: list[dict[str, Any]] = yaml.safe_load(SELLERS.read_text(encoding="utf-8"))
    return tuple(_seller(row) for row in rows)


@cache
def brochures() -> dict[str, Seller]:
    """The sites without an inventory: site key to the first seller that owns it."""
    found: dict[str, Seller] = {}
    for seller in sellers():
        if seller.own and seller.own not in BY_KEY:
            found.setdefault(seller.own, seller)
    return found


def _seller(row: dict[str, Any]) -> Seller:
    key = row["key"]
    own = row.get("own")
    address = Address(*row["address"]) if "address" in row else None
    if own in BY_KEY and address is None and "show" in row:
        address = BY_KEY[own].address
    return Seller(
        key=key,
        name=row["name"],
        org=row.get("org", key),
        kind=row.get("kind", "dealer"),
        link=row.get("link", "s"),
        id=row.get("id") or _identifier(key),
        website=row.get("website"),
        own=own,
        phone=row.get("phone"),
        email=row.get("email"),
        address=address,
        show=row.get("show"),
        license=row.get("license"),
        license_value=row.get("license_value"),
        about=row.get("about"),
        behaviour=row.get("behaviour", "ok"),
    )


def _identifier(key: str) -> str:
    """Seven mixed-case alphanumerics, as classic.com's ids are; fixed by the key so that a new row
    moves no other.
    """
    rng = Random(f"classic/{key}")
    return rng.choice("0123456789") + "".join(rng.choice(ascii_letters + digits) for _ in range(6))
