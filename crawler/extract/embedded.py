"""The inventory in a page's embedded data, and in the answer of a JSON endpoint.

Of all lists in the data the inventory is the one with the most vehicles; lists of similar, featured
or recently viewed cars, of filters and of models are none. Numbers beside the list (total, pages,
offset) speak of the whole grid. A vehicle is claimed only under an address that the data gives, or
that links of the page prove (`crawler.extract.embedded_links`).
"""

import re
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from contract.urls import url_identity
from crawler.extract.card import Card
from crawler.extract.embedded_keys import folded, keys
from crawler.extract.embedded_links import VehicleAddresses
from crawler.extract.embedded_values import embedded_values
from crawler.extract.embedded_vehicle import EmbeddedVehicle, read_vehicle
from crawler.extract.page import Page
from crawler.extract.vehicle_links import is_sold_path

__all__ = ["EmbeddedGrid", "OwnStock", "inventory_in", "read_embedded"]

MAX_NODES = 150_000
MAX_DEPTH = 40
MAX_LIST = 5_000
SAMPLE = 5
MAX_TOTAL = 200_000


@dataclass(frozen=True)
class OwnStock:
    """How a group's data tells the site's own cars from those of other rooftops: the vehicle's key
    that names its rooftop, and patterns of the page's source whose group is the site's own."""

    key: str
    patterns: tuple[str, ...]

    def own(self, page: Page) -> str | None:
        """The value that the site's own cars carry, or None where the page does not say."""
        for pattern in self.patterns:
            if found := re.search(pattern, page.html):
                return found[1]
        return None


@dataclass(frozen=True, kw_only=True)
class EmbeddedGrid:
    """What data says of a grid's page.

    ``cards`` are the vehicles with an address, ``unclaimed`` counts those without one and
    ``set_aside`` other rooftops' cars. ``total`` and ``last_page`` speak of the whole grid,
    ``page`` (from 1), ``size`` and ``offset`` of this page of it. ``where`` names the value.
    """

    cards: tuple[Card, ...] = ()
    unclaimed: int = 0
    set_aside: int = 0
    total: int | None = None
    last_page: int | None = None
    page: int | None = None
    size: int | None = None
    offset: int | None = None
    where: str = ""

    @property
    def entries(self) -> int:
        """How many vehicles the list holds."""
        return len(self.cards) + self.unclaimed + self.set_aside


NOTHING = EmbeddedGrid()


@dataclass
class _Group:
    """Lists at places of one pattern, with the objects around the first of them."""

    objects: list[Mapping[str, Any]] = field(default_factory=list)
    around: Sequence[Mapping[str, Any]] = ()


def read_embedded(page: Page, path: str | None = None, own: OwnStock | None = None) -> EmbeddedGrid:
    """Read the grid in a page's embedded data; empty where it holds none. Never raises.

    ``path`` is a template of a vehicle's address (``/inventory/{slug}``) that the platform knows.
    """
    return inventory_in(embedded_values(page), page, path, own)


def inventory_in(
    values: Iterable[tuple[str, Any]],
    page: Page,
    path: str | None = None,
    own: OwnStock | None = None,
) -> EmbeddedGrid:
    """Read the grid in parsed values that belong to a page."""
    groups: dict[str, _Group] = {}
    sold_grid = is_sold_path(page.url)
    budget = [MAX_NODES]
    for where, value in values:
        for place, objects, around in _lists(value, where, sold_grid, page, budget):
            group = groups.setdefault(place, _Group(around=around))
            group.objects.extend(objects[: MAX_LIST - len(group.objects)])
    if not groups:
        return NOTHING
    best = NOTHING
    addresses = VehicleAddresses(page, path)
    # The five longest are enough to find the best one.
    for place, group in sorted(groups.items(), key=lambda item: -len(item[1].objects))[:5]:
        grid = _grid(place, group, page, addresses, own)
        if (len(grid.cards), grid.entries) > (len(best.cards), best.entries):
            best = grid
    return best


def _lists(
    value: Any, where: str, sold_grid: bool, page: Page, budget: list[int]
) -> Iterator[tuple[str, list[Mapping[str, Any]], Sequence[Mapping[str, Any]]]]:
    """Yield (place, objects, objects around) of every list that holds vehicles."""
    aside, sold = keys("aside"), keys("aside_sold")
    pending: list[tuple[Any, str, tuple[Mapping[str, Any], ...]]] = [(value, where, ())]
    while pending and budget[0] > 0:
        node, place, around = pending.pop()
        budget[0] -= 1
        if isinstance(node, list):
            objects = [item for item in node[:MAX_LIST] if isinstance(item, Mapping)]
            if objects and _hold_vehicles(objects, page):
                yield place, objects, around
                continue
            inner = [
                (item, f"{place}[]", around) for item in node if isinstance(item, Mapping | list)
            ]
        elif isinstance(node, Mapping):
            values = list(node.values())
            if len(values) > 1 and all(isinstance(one, Mapping) for one in values[:SAMPLE]):
                objects = [one for one in values[:MAX_LIST] if isinstance(one, Mapping)]
                if _hold_vehicles(objects, page):
                    yield place, objects, around
                    continue
            near = (node, *around)[:4]
            inner = []
            for key, one in node.items():
                name = folded(key) if isinstance(key, str) else ""
                if (
                    not isinstance(one, Mapping | list)
                    or name in aside
                    or (name in sold and not sold_grid)
                ):
                    continue
                inner.append((one, f"{place}.{'*' if str(key).isdigit() else key}", near))
        else:
            continue
        if place.count(".") + place.count("[]") < MAX_DEPTH:
            pending.extend(reversed(inner))


def _hold_vehicles(objects: Sequence[Mapping[str, Any]], page: Page) -> bool:
    sample = objects[:SAMPLE]
    return 2 * sum(read_vehicle(one, page) is not None for one in sample) >= len(sample)


def _grid(
    place: str, group: _Group, page: Page, addresses: VehicleAddresses, own: OwnStock | None
) -> EmbeddedGrid:
    vehicles: list[EmbeddedVehicle] = []
    set_aside = 0
    site = own.own(page) if own else None
    kept = group.objects
    if own and site and any(str(_field(one, own.key)) == site for one in kept):
        # A group's own page shows every rooftop; there no car carries the site's own account.
        kept = [one for one in kept if str(_field(one, own.key) or site) == site]
        set_aside = len(group.objects) - len(kept)
    for data in kept:
        if (vehicle := read_vehicle(data, page)) is not None:
            vehicles.append(vehicle)
    addresses.learn(vehicles)
    cards: dict[str, Card] = {}
    unclaimed = 0
    for vehicle in vehicles:
        url = addresses.of(vehicle)
        if url is None:
            unclaimed += 1
            continue
        cards.setdefault(url_identity(url), Card.of(url, vehicle.fields))
    numbers = _numbers(group.around, len(group.objects))
    return EmbeddedGrid(
        cards=tuple(cards.values()),
        unclaimed=unclaimed,
        set_aside=set_aside,
        where=place,
        **numbers,
    )


def _field(data: Mapping[str, Any], key: str) -> Any:
    """A value of an object or of the vehicle it wraps."""
    if key in data:
        return data[key]
    return next(
        (one[key] for one in data.values() if isinstance(one, Mapping) and key in one), None
    )


def _numbers(around: Sequence[Mapping[str, Any]], entries: int) -> dict[str, int | None]:
    """Total, pages, page, size and offset; the nearest object that tells each decides."""
    paging = keys("paging")
    found: dict[str, int | None] = dict.fromkeys(("total", "last_page", "page", "size", "offset"))
    for holder in around:
        inner = _paging(holder, paging)
        inner += [deeper for one in inner for deeper in _paging(one, paging)]
        for data in (holder, *inner):
            for name, listed in (
                ("total", "total"), ("last_page", "pages"), ("page", "page"), ("size", "size"),
                ("offset", "offset"),
            ):  # fmt: skip
                if found[name] is None:
                    found[name] = _number(data, listed)
            zero = _number(data, "page_from_zero")
            if found["page"] is None and zero is not None:
                found["page"] = zero + 1
        if found["total"] is not None and found["total"] < entries:
            found["total"] = None
    from_zero = any(folded(str(key)) in ("nbhits", "nbpages") for one in around for key in one)
    if found["page"] is not None and (from_zero or found["page"] == 0):
        found["page"] += 1  # Algolia counts from 0.
    return found


def _paging(holder: Mapping[str, Any], names: Container[str]) -> list[Mapping[str, Any]]:
    """The objects in an object that speak of its pages."""
    return [
        one for key, one in holder.items() if isinstance(one, Mapping) and folded(str(key)) in names
    ]


def _number(data: Mapping[str, Any], name: str) -> int | None:
    listed = keys(name)
    best: tuple[int, int] | None = None
    for key, value in data.items():
        rank = listed.get(folded(str(key)))
        if isinstance(value, Mapping):
            value = value.get("value")
        if rank is None or isinstance(value, bool):
            continue
        if isinstance(value, str) and re.fullmatch(r"\d{1,6}", value):
            value = int(value)
        if isinstance(value, int) and 0 <= value <= MAX_TOTAL and (best is None or rank < best[0]):
            best = (rank, value)
    return best[1] if best else None
