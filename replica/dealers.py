"""The dealers of the replica that have an inventory: `data/dealers.yml`, typed.

The pages are rendered by `sites/dealer.py` after the dealer's `theme` (`themes.py`); nothing here
knows HTML.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

import yaml

from replica.cars import Voice

Gone = Literal["404", "410", "redirect", "soft"]
SoldHow = Literal["mark", "archive", "vanish"]
FILE = Path(__file__).parent / "data" / "dealers.yml"
PLAIN_VOICE = Voice()


@dataclass(frozen=True)
class Address:
    """A postal address as the dealer prints it; `state` is empty outside the United States."""

    street: str
    city: str
    state: str
    postal_code: str
    country: str = "US"

    @property
    def line(self) -> str:
        """The address on one line."""
        if self.state:
            return f"{self.street}, {self.city}, {self.state} {self.postal_code}"
        return f"{self.street}, {self.postal_code} {self.city}"


@dataclass(frozen=True)
class Dealer:
    """One dealer with its own site.

    `stock` and `sold` count the cars on day 0 in the current and the sold grid; `sold_in_grid`
    those marked sold in the current one. `guarded` says that the vehicle pages are behind a
    challenge, the grids are not. `gone` is the answer for a car that has left; `private` is
    a linked page that robots.txt forbids; `sold_how` the ways in which a sale shows.
    """

    key: str
    name: str
    theme: str
    address: Address
    phone: str
    email: str
    stock: int
    sold: int = 0
    sold_in_grid: int = 0
    gone: Gone = "404"
    sold_how: tuple[SoldHow, ...] = ("mark", "archive", "vanish")
    voice: Voice = PLAIN_VOICE
    nav: str = "Inventory"
    robots: str | None = "User-agent: *\nDisallow: /admin/\n"
    private: str = "/admin/login"
    links_inventory: bool = True
    challenged: bool = False
    guarded: bool = False
    description: str = ""


def _dealer(row: dict[str, Any]) -> Dealer:
    voice = {name: _frozen(value) for name, value in row.pop("voice", {}).items()}
    address = Address(*row.pop("address"))
    rest = {name: _frozen(value) for name, value in row.items()}
    return Dealer(address=address, voice=Voice(**voice), **rest)


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value


DEALERS = tuple(_dealer(row) for row in yaml.safe_load(FILE.read_text(encoding="utf-8")))
BY_KEY = {dealer.key: dealer for dealer in DEALERS}
