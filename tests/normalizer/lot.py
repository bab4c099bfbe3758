"""A dealer's lot of nine cars, and what tracking says of it."""

from typing import Any

from contract.observation import Source
from normalizer.rows import CanonicalRows
from tests.normalizer.worlds import Dealer

CAR = "/vehicles/1"
OTHERS = [f"/vehicles/{number}" for number in range(2, 10)]
MARK = {"listing_status": "sold", "status_evidence": "mark"}
FEED: dict[str, Any] = {"grid": "feed", "source": Source.HOMENET}


def status(dealer: Dealer, path: str = CAR) -> tuple[str, str]:
    car = dealer.car(path)
    return car.status, car.status_evidence


def verdicts(rows: CanonicalRows) -> list[str | None]:
    walks = sorted(rows.inventory_walks, key=lambda walk: walk.observed_at)
    return [walk.reason for walk in walks]


def stocked() -> Dealer:
    dealer = Dealer()
    dealer.walk(0, [CAR, *OTHERS])
    return dealer


def feed_rows(*numbers: int) -> dict[str, dict[str, Any]]:
    return {f"K{number}": {"stock_number": f"S{number}"} for number in numbers}
