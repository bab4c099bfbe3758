"""A dealer feed as listings: each row's raw fields under the names of the contract.

A feed is the dealer's full in-stock list: it has no sold cars, and a car that is absent from it
has left it. So what matters as much as the rows is whether all of them could be read.

Values stay raw. A price of 0 is the one exception: it is how feeds say "no price", and whatever
another column asks comes next.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any
from urllib.parse import urlsplit

from contract.urls import clean_url, url_identity
from crawler.extract.feed_columns import Columns, is_no_number
from crawler.extract.feed_table import FeedTable, UnreadableFeed, read_table
from crawler.extract.marks import availability_mark, phrase_mark

__all__ = ["Feed", "FeedRow", "UnreadableFeed", "read_feed"]

READER = "feed"
MAX_LINE = 2_000
MAX_TEXT = 60_000
MAX_KEY = 100
FULL_VIN = 11
"""Characters from which on a VIN or chassis number alone names a row; many before 1981 had
fewer, and there a stock number is the better name."""
SHORT_VIN = 4
LEAST_DISTINCT = 5
PLAIN_LINK = re.compile(r"https?://[a-z0-9.-]+/[A-Za-z0-9._~!$&()*+,;=:@/-]{1,1000}")
"""A link that is as clean as `clean_url` leaves it. Feeds have hundreds of thousands, and that
takes a tenth of a millisecond for each."""
SPECIAL = ("vin", "stock_number", "listing_url", "price", "mileage")
YES = frozenset(["y", "yes", "true", "t", "1", "sold"])


@dataclass(frozen=True, slots=True)
class FeedRow:
    """One car of a feed. ``key`` names it: its VIN or stock number; ``listing_url`` is the page of
    its own on the dealer's site, where the feed knows one. ``dealer_names`` is all that the row
    calls its dealer, what tells the dealers of a shared file apart first."""

    key: str
    listing_url: str | None
    dealer_names: tuple[str, ...]
    data: Mapping[str, Any]

    @property
    def dealer(self) -> str | None:
        """What tells the dealer of the row apart, where it names one."""
        return self.dealer_names[0] if self.dealer_names else None

    @property
    def name(self) -> str:
        """What manifests call the listing."""
        return self.listing_url or self.key

    def listing(self, organization_id: str, layout: str) -> dict[str, Any]:
        """Return the data of a `contract.payloads.Listing`."""
        named = {"listing_url": self.listing_url} if self.listing_url else {"feed_key": self.key}
        return {
            **self.data,
            **named,
            "organization_id": organization_id,
            "inventory_extraction": True,
            "platform": layout,
            "reader": READER,
        }


@dataclass(frozen=True, slots=True)
class Feed:
    """All that a file said. ``signals`` count what was not handled as it stands: columns that have
    no meaning yet, doubled and unusable rows, values that are too long."""

    rows: tuple[FeedRow, ...]
    layout: str
    incomplete_because: str | None
    signals: Counter[str] = field(default_factory=Counter)

    @property
    def dealers(self) -> tuple[str, ...]:
        """The dealers that the file names, in their order."""
        return tuple(self._calls)

    @property
    def _calls(self) -> Mapping[str, str]:
        """Each dealer, in their order, and him as a message names him: "'77' (Alpha Motors)"."""
        found: dict[str, str] = {}
        for row in self.rows:
            if row.dealer and row.dealer not in found:
                called = f" ({row.dealer_names[1]})" if len(row.dealer_names) > 1 else ""
                found[row.dealer] = f"{row.dealer!r}{called}"
        return found

    def of_dealer(self, dealer: str | None) -> "Feed":
        """The part of the feed that is one dealer's; ``"all"`` is all of it. None stands for the
        only dealer: raises UnreadableFeed where there are several, or none of that name."""
        if dealer is None:
            if len(self.dealers) > 1:
                names = ", ".join(list(self._calls.values())[:10])
                raise UnreadableFeed(
                    "several_dealers",
                    f"the file serves {len(self.dealers)} dealers; add -a dealer=NAME with one of"
                    f" {names}, or -a dealer=all where they are one organization",
                )
            return self
        wanted = dealer.casefold()
        if wanted == "all":
            return self
        rows = tuple(
            row for row in self.rows if wanted in (name.casefold() for name in row.dealer_names)
        )
        if not rows:
            raise UnreadableFeed("no_such_dealer", f"no row names the dealer {dealer!r}")
        return replace(self, rows=rows)


def read_feed(content: bytes) -> Feed:
    """Read a whole file; raises UnreadableFeed when it is none, or no row of it names a car."""
    table = read_table(content)
    signals: Counter[str] = Counter(
        {f"unknown column {header[:60]!r}": 1 for header in table.columns.unknown}
    )
    rows = list(_rows(table, signals))
    if not rows:
        raise UnreadableFeed("no_usable_rows", "no row has a VIN, a stock number or a page")
    if table.ragged:
        signals["row with too few or too many values"] = table.ragged
    return Feed(
        rows=tuple(_distinct(rows, signals)),
        layout=table.columns.layout,
        incomplete_because=_doubt(table, signals),
        signals=signals,
    )


def _doubt(table: FeedTable, signals: Counter[str]) -> str | None:
    """Why the file may lack cars that the dealer has."""
    if table.is_cut:
        return "truncated"
    if table.ragged:
        return "ragged_rows"
    return "unusable_rows" if signals[UNUSABLE] else None


UNUSABLE = "row without VIN, stock number and page"
DOUBLED = "row whose key an earlier row has"
SHARED_PAGE = "page that several rows share"


def _rows(table: FeedTable, signals: Counter[str]) -> Iterator[FeedRow]:
    columns = table.columns
    drafts = []
    for cells in table.rows:
        key = _key(_first(cells, columns, "vin"), _first(cells, columns, "stock_number"))
        page = _page(_first(cells, columns, "listing_url"))
        if key or page:
            drafts.append((key, page, cells))
        else:
            signals[UNUSABLE] += 1
    # A link to the same place in several rows leads to the lot, not to a car.
    keys_of: dict[str, set[str | None]] = {}
    for key, page, _ in drafts:
        if page:
            keys_of.setdefault(url_identity(page), set()).add(key)
    for key, page, cells in drafts:
        if page and len(keys_of[url_identity(page)]) > 1:
            signals[SHARED_PAGE] += 1
            page = None
        if not (key or page):
            signals[UNUSABLE] += 1
            continue
        yield FeedRow(
            key=key or "",
            listing_url=page,
            dealer_names=tuple(cells[at] for at in columns.dealer if cells[at]),
            data=_data(cells, columns, signals),
        )


def _distinct(rows: Sequence[FeedRow], signals: Counter[str]) -> Iterator[FeedRow]:
    """Each car once; of two rows the first one counts."""
    seen: set[str] = set()
    for row in rows:
        names = {row.key, url_identity(row.listing_url) if row.listing_url else ""} - {""}
        if names & seen:
            signals[DOUBLED] += 1
        else:
            yield row
        seen |= names


def _key(vin: str | None, stock: str | None) -> str | None:
    """What names a row: a full VIN, else the stock number, else a short chassis number."""
    number = re.sub(r"[^0-9A-Z]", "", (vin or "").upper())
    is_number = (
        len(number) <= MAX_KEY
        and len(set(number)) >= min(LEAST_DISTINCT, len(number))
        and any(character.isdigit() for character in number)
        and not is_no_number(vin or "")
    )
    if is_number and len(number) >= FULL_VIN:
        return number
    own = " ".join((stock or "").upper().split())
    if own and len(own) <= MAX_KEY and "://" not in own and not is_no_number(own):
        return own
    return number if is_number and len(number) >= SHORT_VIN else None


def _page(text: str | None) -> str | None:
    """The page of a car. A link to the site's home page is none."""
    if not text or not re.match(r"https?://", text, re.IGNORECASE):
        return None
    url = clean_url(text, text)
    if url is None or " " in text:
        return None
    parts = urlsplit(url)
    return url if parts.path.strip("/") or parts.query else None


def _data(cells: Sequence[str], columns: Columns, signals: Counter[str]) -> dict[str, Any]:
    found: dict[str, Any] = {
        name: _first(cells, columns, name) for name in columns.fields if name not in SPECIAL
    }
    found["vin"] = _first(cells, columns, "vin")
    found["stock_number"] = _first(cells, columns, "stock_number")
    found |= _price(cells, columns) | _mileage(cells, columns)
    data = {name: value for name, value in found.items() if value}
    for name in [name for name, value in data.items() if len(value) > _limit(name)]:
        signals[f"value too long: {name}"] += 1
        del data[name]
    if attributes := dict(_attributes(cells, columns, signals)):
        data["attributes"] = attributes
    if images := list(_images(cells, columns)):
        data["image_urls"] = images
    return data | _status(cells, columns)


def _limit(name: str) -> int:
    return MAX_TEXT if name == "description" else MAX_LINE


def _first(cells: Sequence[str], columns: Columns, name: str) -> str | None:
    """The first value among a field's columns."""
    return next((cells[at] for at in columns.fields.get(name, ()) if cells[at]), None)


def _price(cells: Sequence[str], columns: Columns) -> dict[str, str]:
    """The first column with an amount, and its header as the label; else the first with a word
    ("Call"). Zeros are no price."""
    held = [(cells[at], columns.headers[at]) for at in columns.fields.get("price", ()) if cells[at]]
    amounts = [pair for pair in held if re.search(r"[1-9]", pair[0])]
    phrases = [pair for pair in held if re.search(r"[^\W\d_]{3}", pair[0])]
    for text, header in [*amounts, *phrases][:1]:
        return {"price": text, "price_label": _words(header)}
    return {}


def _words(header: str) -> str:
    """A header as a person would write it: "SellingPrice" and "Internet_Price" hold two words."""
    return " ".join(re.sub(r"[_.]|(?<=[a-z])(?=[A-Z])", " ", header).split())


def _mileage(cells: Sequence[str], columns: Columns) -> dict[str, str]:
    for at in columns.fields.get("mileage", ()):
        if cells[at]:
            unit = _first(cells, columns, "mileage_unit") or columns.mileage_units.get(at)
            return {"mileage": cells[at], **({"mileage_unit": unit} if unit else {})}
    return {}


def _attributes(
    cells: Sequence[str], columns: Columns, signals: Counter[str]
) -> Iterator[tuple[str, str]]:
    for label, positions in columns.attributes.items():
        value = next((cells[at] for at in positions if cells[at]), None)
        if value is None:
            continue
        if len(value) > MAX_LINE:
            signals[f"value too long: {label}"] += 1
        else:
            yield label, value


def _images(cells: Sequence[str], columns: Columns) -> Iterator[str]:
    """Every http(s) link of the photo columns, once, in their order.

    Lists are parted by ``|``, ``;``, ``,`` or white space before the next link; commas within a
    link are its own. A lone "." means that there is none.
    """
    seen: set[str] = set()
    for at in columns.images:
        for part in re.split(r"[|;,\s{}\"']+(?=https?://)", cells[at].strip("{}\"' ")):
            link = part.strip("|;, \t\r\n{}\"'")
            url: str | None = link
            if not PLAIN_LINK.fullmatch(link):
                is_link = re.match(r"https?://", link, re.IGNORECASE)
                url = clean_url(link, re.split(r"[|\s]", link)[0]) if is_link else None
            if url and url not in seen:
                seen.add(url)
                yield url


def _status(cells: Sequence[str], columns: Columns) -> dict[str, Any]:
    """What a row claims: that the car is in stock, unless a column of its own says that it is
    sold."""
    words = [cells[at] for at in columns.status if cells[at] and len(cells[at]) <= MAX_LINE]
    is_sold = any(
        "sold" in (phrase_mark(word), availability_mark(word.replace("_", ""))) for word in words
    )
    flags = [at for at in columns.sold_flag if cells[at].casefold() in YES]
    words += [f"{columns.headers[at]}: {cells[at]}" for at in flags]
    is_sold = is_sold or bool(flags)
    return {
        "listing_status": "sold" if is_sold else "in_stock",
        "status_evidence": "mark" if is_sold else "feed",
        **({"status_words": words} if words else {}),
    }
