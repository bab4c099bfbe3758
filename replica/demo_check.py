"""Compares the canonical tables with the replica's truth: what the demo and the end-to-end test
judge by."""

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import psycopg
from psycopg.rows import dict_row

from replica.truth import Truth, VehicleTruth

__all__ = ["FIELDS", "Comparison", "compare"]

PAGE_FIELDS = (
    "mileage",
    "vin",
    "exterior_color",
    "interior_color",
    "engine",
    "transmission",
)
"""What is judged of cars whose own page was read, whether their tile tells it or not."""
FIELDS = ("year", "make", "model", "price", "mileage", "vin")
OFFERED = frozenset(["in_stock", "pending"])

VEHICLES = """
SELECT a.url, v.id, v.status, v.year, v.make, v.model, v.price, v.currency, v.price_kind, v.mileage,
       v.mileage_unit, v.vin, v.discovery_url, v.exterior_color, v.interior_color, v.engine,
       v.transmission, v.description,
       ARRAY(SELECT i.source_url FROM vehicle_images i
             WHERE i.vehicle_id = v.id ORDER BY i.position) AS images
FROM vehicle_aliases a JOIN vehicles v ON v.id = a.vehicle_id
"""


@dataclass
class Comparison:
    """What was found, what was missed, and every single difference in words."""

    sellers: tuple[int, int] = (0, 0)
    organizations: tuple[int, int] = (0, 0)
    offered: tuple[int, int] = (0, 0)
    sold: tuple[int, int] = (0, 0)
    fields: dict[str, tuple[int, int]] = field(default_factory=dict)
    pages: dict[str, tuple[int, int]] = field(default_factory=dict)
    invented: int = 0
    falsely_sold: int = 0
    differences: list[str] = field(default_factory=list)

    @property
    def passed(self) -> bool:
        """All found, nothing invented, nobody falsely sold, fields right in 97 of 100."""
        wholes = (self.sellers, self.organizations)
        return (
            all(right == total for right, total in wholes)
            and _share(self.offered) >= 0.98
            and _share(self.sold) >= 0.98
            and all(_share(figures) >= 0.97 for figures in self.fields.values())
            and all(_share(figures) >= 0.97 for figures in self.pages.values())
            and not self.invented
            and not self.falsely_sold
        )

    def lines(self) -> Iterator[tuple[str, str, bool]]:
        """Yield (what, figures, whether it is good enough) for a person to read."""
        for what, figures in (
            ("sellers found", self.sellers),
            ("organizations right", self.organizations),
        ):
            yield what, _figures(figures), figures[0] == figures[1]
        yield "cars on offer found", _figures(self.offered), _share(self.offered) >= 0.98
        yield "sold cars known as sold", _figures(self.sold), _share(self.sold) >= 0.98
        yield "cars invented", str(self.invented), not self.invented
        yield "cars falsely sold", str(self.falsely_sold), not self.falsely_sold
        for name, figures in self.fields.items():
            yield f"{name} right", _figures(figures), _share(figures) >= 0.97
        for name, figures in self.pages.items():
            yield f"vehicle pages: {name}", _figures(figures), _share(figures) >= 0.97


def compare(
    connection: psycopg.Connection[Any], truth: Truth, *, pages_read: bool = False
) -> Comparison:
    """Compare everything the tables say with the truth of the day on which they were made;
    ``pages_read`` says that the vehicle pages of the cars on offer were visited that day, too."""
    comparison = Comparison()
    _sellers(connection, truth, comparison)
    _organizations(connection, truth, comparison)
    rows = _vehicles(connection, truth, comparison)
    if pages_read:
        _pages(rows, truth, comparison)
    return comparison


def _share(figures: tuple[int, int]) -> float:
    right, total = figures
    return right / total if total else 1.0


def _figures(figures: tuple[int, int]) -> str:
    return f"{figures[0]:,} of {figures[1]:,} ({_share(figures):.1%})"


def _sellers(connection: psycopg.Connection[Any], truth: Truth, comparison: Comparison) -> None:
    found = {row[0] for row in connection.execute("SELECT profile_url FROM classic_seller_queue")}
    wanted = {seller.url for seller in truth.sellers}
    comparison.sellers = (len(found & wanted), len(wanted))
    comparison.differences += [f"seller missed: {url}" for url in sorted(wanted - found)]
    comparison.differences += [f"no such seller: {url}" for url in sorted(found - wanted)]


def _organizations(
    connection: psycopg.Connection[Any], truth: Truth, comparison: Comparison
) -> None:
    """An organization is right when exactly its profiles are in it."""
    groups: dict[Any, set[str]] = defaultdict(set)
    for organization_id, url in connection.execute(
        "SELECT organization_id, url FROM business_aliases"
    ):
        groups[organization_id].add(url)
    found = {frozenset(group) for group in groups.values()}
    wanted = {frozenset(organization.members) for organization in truth.organizations}
    comparison.organizations = (len(found & wanted), len(found | wanted))
    for group in sorted(map(sorted, wanted - found)):
        comparison.differences.append(f"organization missed: {', '.join(group)}")
    for group in sorted(map(sorted, found - wanted)):
        comparison.differences.append(f"no such organization: {', '.join(group)}")


def _vehicles(
    connection: psycopg.Connection[Any], truth: Truth, comparison: Comparison
) -> Mapping[str, Mapping[str, Any]]:
    """Compare the cars, and return the rows by the addresses of their listings."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = {row["url"]: row for row in cursor.execute(VEHICLES)}
    wanted = {vehicle.url: vehicle for vehicle in truth.vehicles}
    known = {row["id"] for url, row in rows.items() if url in wanted}
    invented = {row["id"]: url for url, row in rows.items() if row["id"] not in known}
    comparison.invented = len(invented)
    comparison.differences += [f"invented: {url}" for url in sorted(invented.values())]
    statuses = {True: [0, 0], False: [0, 0]}
    for url, vehicle in sorted(wanted.items()):
        row = rows.get(url)
        offered = vehicle.status in OFFERED
        if vehicle.status == "removed":
            # Whether a car that left was met before depends on the day of the first look.
            continue
        right = row is not None and (
            row["status"] in OFFERED if offered else row["status"] == vehicle.status
        )
        statuses[offered][0] += right
        statuses[offered][1] += 1
        if not right:
            status = row["status"] if row else "missing"
            comparison.differences.append(f"{vehicle.status} but {status}: {url}")
        if offered and row is not None and row["status"] == "sold":
            comparison.falsely_sold += 1
    comparison.offered = (statuses[True][0], statuses[True][1])
    comparison.sold = (statuses[False][0], statuses[False][1])
    _fields([(wanted[url], row) for url, row in sorted(rows.items()) if url in wanted], comparison)
    return rows


def _pages(rows: Mapping[str, Mapping[str, Any]], truth: Truth, comparison: Comparison) -> None:
    """Compare what only a car's own page tells: its whole gallery in order, its whole description,
    and the fields that its tile may leave out."""
    figures: defaultdict[str, list[int]] = defaultdict(lambda: [0, 0])

    def judge(what: str, vehicle: VehicleTruth, found: Any, wanted: Any) -> None:
        figures[what][0] += found == wanted
        figures[what][1] += 1
        if found != wanted:
            comparison.differences.append(
                f"page {what}: the tables say {found!r}, the truth {wanted!r}: {vehicle.url}"
            )

    for vehicle in truth.vehicles:
        row = rows.get(vehicle.url)
        if row is None or vehicle.status not in OFFERED or not vehicle.page_answers:
            continue
        judge("gallery", vehicle, _photos(row["images"]), _photos(vehicle.photos))
        if "description" not in vehicle.ambiguous:
            found, wanted = _folded(row["description"]), _folded(vehicle.description)
            judge("description", vehicle, found, wanted)
        for name in PAGE_FIELDS:
            if name not in vehicle.ambiguous:
                judge(name, vehicle, _actual(row, name), _expected(vehicle, name))
    comparison.pages = {what: (right, total) for what, (right, total) in figures.items()}


def _photos(urls: Sequence[str]) -> list[str]:
    return [url.partition("?")[0] for url in urls]


def _folded(text: str | None) -> str:
    return " ".join((text or "").split())


def _fields(
    pairs: Sequence[tuple[VehicleTruth, Mapping[str, Any]]], comparison: Comparison
) -> None:
    for name in FIELDS:
        right = total = 0
        for vehicle, row in pairs:
            if name in vehicle.ambiguous or (
                name in ("price", "mileage", "vin") and name not in vehicle.tile_fields
            ):
                continue
            total += 1
            wanted, found = _expected(vehicle, name), _actual(row, name)
            if wanted == found:
                right += 1
            else:
                comparison.differences.append(
                    f"{name}: the tables say {found!r}, the truth {wanted!r}: {vehicle.url}"
                )
        comparison.fields[name] = (right, total)


def _expected(vehicle: VehicleTruth, name: str) -> Any:
    if name == "price":
        return (vehicle.price, vehicle.currency if vehicle.price is not None else None)
    if name == "mileage":
        return (vehicle.mileage, vehicle.mileage_unit if vehicle.mileage is not None else None)
    value = getattr(vehicle, name)
    return _comparable(value)


def _actual(row: Mapping[str, Any], name: str) -> Any:
    if name == "price":
        price = row["price"]
        return (
            int(price) if isinstance(price, Decimal) else None,
            row["currency"] if price else None,
        )
    if name == "mileage":
        return (row["mileage"], row["mileage_unit"])
    return _comparable(row[name])


def _comparable(value: Any) -> Any:
    return value.casefold() if isinstance(value, str) else value
