"""What the columns of a feed mean, by their headers; never by their position.

Layouts are configurable per receiver, so no two files of one maker need to agree. The aliases are
data (``feed_columns.yml``): a header is handled, ignored by name, or reported as unknown.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any

import yaml

__all__ = ["Columns", "is_no_number", "read_header"]

IDENTITY = ("vin", "stock_number", "listing_url")
LEAST_FIELDS = 3
"""Fields that a header names at least, one of them an identity: a row of data names none."""


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of a file by their meaning, each as its position in the row, the most telling
    first. ``headers`` are as printed; ``unknown`` are those that have no meaning yet."""

    headers: tuple[str, ...]
    fields: Mapping[str, tuple[int, ...]]
    attributes: Mapping[str, tuple[int, ...]]
    images: tuple[int, ...]
    status: tuple[int, ...]
    sold_flag: tuple[int, ...]
    dealer: tuple[int, ...]
    mileage_units: Mapping[int, str]
    unknown: tuple[str, ...]
    layout: str

    @property
    def is_header(self) -> bool:
        """Whether the row that was read is a header at all."""
        return len(self.fields) >= LEAST_FIELDS and any(name in self.fields for name in IDENTITY)

    @property
    def known(self) -> int:
        """How many columns have a meaning."""
        return len(self.headers) - len(self.unknown)


def read_header(cells: Sequence[str]) -> Columns:
    """Give every column its meaning. Of two columns with one header the first one counts."""
    policy = _policy()
    names = [_name(cell) for cell in cells]
    while names and not names[-1]:
        names.pop()  # A delimiter at the end of each line makes no column.
    positions: dict[str, int] = {}
    for position, name in enumerate(names):
        positions.setdefault(name, position)

    def found(headers: Iterable[str]) -> tuple[int, ...]:
        known = (positions[name] for name in map(_name, headers) if name in positions)
        return tuple(dict.fromkeys(known))

    numbered = [
        position
        for position, name in enumerate(names)
        if re.fullmatch(policy["image_pattern"], name)
    ]
    return Columns(
        headers=tuple(cell.strip() for cell in cells[: len(names)]),
        fields={name: at for name, headers in policy["fields"].items() if (at := found(headers))},
        attributes={
            label: at for label, headers in policy["attributes"].items() if (at := found(headers))
        },
        images=tuple(dict.fromkeys((*found(policy["images"]), *numbered))),
        status=found(policy["status"]),
        sold_flag=found(policy["sold_flag"]),
        dealer=found(policy["dealer"]),
        mileage_units={
            positions[_name(header)]: unit
            for header, unit in policy["mileage_units"].items()
            if _name(header) in positions
        },
        unknown=tuple(
            cell.strip()
            for cell, name in zip(cells, names, strict=False)
            if name and not _is_known(name)
        ),
        layout=next(
            (
                layout
                for layout, headers in policy["layouts"].items()
                if all(_name(header) in positions for header in headers)
            ),
            "feed",
        ),
    )


def is_no_number(text: str) -> bool:
    """Whether a stock number or VIN says that there is none."""
    words = " ".join(re.findall(r"[^\W_]+", text.casefold()))
    return not words or words in _policy()["no_number"]


def _name(header: str) -> str:
    """A header's letters and digits, in one case."""
    return "".join(re.findall(r"[^\W_]+", header.casefold()))


def _is_known(name: str) -> bool:
    policy = _policy()
    return name in _known() or any(
        re.fullmatch(policy[pattern], name) for pattern in ("image_pattern", "ignored_pattern")
    )


@cache
def _known() -> frozenset[str]:
    policy = _policy()
    lists: list[list[str]] = [
        *policy["fields"].values(),
        *policy["attributes"].values(),
        *policy["ignored"],
        *(policy[name] for name in ("images", "status", "sold_flag", "dealer")),
    ]
    return frozenset(_name(header) for headers in lists for header in headers)


@cache
def _policy() -> dict[str, Any]:
    text = files("crawler.extract").joinpath("feed_columns.yml").read_text(encoding="utf-8")
    policy: dict[str, Any] = yaml.safe_load(text)
    return policy
