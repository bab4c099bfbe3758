"""The history of a vehicle, recomputed from what changed: its status and its asking price."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from contract.observation import instant
from normalizer.fields.price import Price
from normalizer.prices import Priced
from normalizer.rows import EventRow
from normalizer.track import OFFERED, Change

__all__ = ["events"]

ORDER = ("listed", "relisted", "price_changed", "status_changed", "removed", "sold")
"""The order of events of one instant."""

Entry = tuple[datetime, str, dict[str, str | None], str]


def events(
    vehicle_id: UUID, dealer_id: UUID, changes: Iterable[Change], asked: Iterable[Priced]
) -> tuple[EventRow, ...]:
    """Number the events in order. An event happened when the observation it cites was made."""
    prices, changed = list(asked), list(changes)
    entries = [_of_status(change, prices) for change in changed]
    told = {change.at for change in changed if change.before not in OFFERED}
    for before, after in zip([None, *prices], prices, strict=False):
        if changed and after.at < changed[0].at:
            continue  # What a page asked before anybody listed the car is no part of its history.
        if after.at in told and (before is None or after.at == changed[0].at):
            continue  # The price a car is listed at is told with its listing; it is no change.
        detail = {"from": _text(before.price) if before else None, "to": _text(after.price)}
        if detail["from"] != detail["to"]:
            entries.append((after.at, "price_changed", detail, after.run.cited.key))
    entries.sort(key=lambda entry: (entry[0], ORDER.index(entry[1]), entry[3]))
    return tuple(
        EventRow(
            vehicle_id=vehicle_id,
            position=position,
            dealer_id=dealer_id,
            happened_at=at,
            event=event,
            detail=detail,
            observation_key=key,
        )
        for position, (at, event, detail, key) in enumerate(entries)
    )


def _of_status(change: Change, prices: list[Priced]) -> Entry:
    price = next((p.price for p in reversed(prices) if p.at <= change.at), None)
    detail: dict[str, str | None] = {
        "from": change.before,
        "to": change.after,
        "evidence": change.evidence,
    }
    if change.after == "sold":
        event = "sold"
        detail["sold_at"] = instant(change.sold_at) if change.sold_at else None
    elif change.after == "removed":
        event = "removed"
    elif change.before is None:
        event = "listed"
    else:
        event = "status_changed" if change.before in OFFERED else "relisted"
    if event in ("listed", "relisted"):
        detail["price"] = _text(price) if price else None
    return change.at, event, detail, change.key


def _text(price: Price) -> str | None:
    return f"{price.amount} {price.currency}" if price.amount is not None else None
