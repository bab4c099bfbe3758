"""Dealer feeds: layouts, headers, keys, prices, photos, and what makes a file incomplete."""

import codecs
import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.observation import Kind, parse_payload
from crawler.extract.feed import Feed, UnreadableFeed, read_feed
from crawler.extract.feed_columns import read_header

CASES = Path(__file__).parents[2] / "fixtures/homenet"
SAMPLES = Path(__file__).parents[4] / "shared/samples"
SAMPLE = SAMPLES / "homenet_synthetic/homenetauto.synthetic.csv"
HANDLE = "0d6b1c86-7d1f-5f6c-9d5e-0c0c5a1f7e11"
HEAD = "VIN,Stock,Year,Make,Model,Price"
FIRST = "194379S712345,S1,1969,Chevrolet,Corvette,68900"
SECOND = "1Z37L3S400002,S2,1973,Chevrolet,Corvette,31900"


def told(feed: Feed) -> dict[str, Any]:
    """All that a feed says, as an expectation keeps it."""
    return {
        "layout": feed.layout,
        "incomplete_because": feed.incomplete_because,
        "signals": dict(sorted(feed.signals.items())),
        "dealers": list(feed.dealers),
        "listings": [row.listing(HANDLE, feed.layout) for row in feed.rows],
    }


def feed_of(*lines: str, end: str = "\r\n") -> Feed:
    return read_feed((end.join(lines) + end).encode())


def only(header: str, values: str) -> dict[str, Any]:
    """The listing of a feed with one car, of columns beside its number."""
    (row,) = feed_of(f"Stock,Year,Make,{header}", f"S1,1969,Ford,{values}").rows
    return row.listing(HANDLE, "feed")


@pytest.mark.parametrize("case", sorted(path.name for path in CASES.iterdir()))
def test_a_layout_is_read_as_reviewed(case: str) -> None:
    feed = read_feed((CASES / case / "feed.csv").read_bytes())
    for row in feed.rows:
        parse_payload(Kind.LISTING, 1, row.listing(HANDLE, feed.layout))
    expected = CASES / case / "expected.json"
    if not expected.exists():
        text = json.dumps(told(feed), indent=2, ensure_ascii=False, sort_keys=True)
        expected.write_text(text + "\n", encoding="utf-8")
        pytest.fail(f"{expected} was written: review it")
    assert told(feed) == json.loads(expected.read_text(encoding="utf-8"))


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample is not here")
def test_the_sample_of_a_standard_export_is_read() -> None:
    feed = read_feed(SAMPLE.read_bytes())
    assert feed.layout == "homenet"
    assert [row.key for row in feed.rows] == ["1GCRKSE35BZ123456", "194679S700001"]
    assert feed.incomplete_because == "unusable_rows"
    assert not [signal for signal in feed.signals if signal.startswith("unknown column")]


@pytest.mark.parametrize("delimiter", [",", "\t", "|", ";"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-be", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_every_usual_encoding_and_delimiter_gives_the_same_cars(
    delimiter: str, encoding: str, end: str
) -> None:
    text = end.join([HEAD, FIRST.replace("Corvette", "Corvette “Décapotable”"), SECOND, ""])
    content = text.replace(",", delimiter).encode(encoding)
    if encoding == "utf-16-be":
        content = codecs.BOM_UTF16_BE + content
    feed = read_feed(content)
    assert [row.data["model"] for row in feed.rows] == ["Corvette “Décapotable”", "Corvette"]
    assert (feed.incomplete_because, feed.signals.total()) == (None, 0)


def test_one_line_of_another_encoding_does_not_spoil_the_others() -> None:
    lines = [HEAD.encode(), FIRST.replace("Corvette", "Coupé").encode("cp1252")]
    lines += [SECOND.replace("Corvette", "Décapotable").encode()]
    feed = read_feed(b"\n".join(lines))
    assert [row.data["model"] for row in feed.rows] == ["Coupé", "Décapotable"]


def test_headers_are_told_by_their_names_in_any_order_and_spelling() -> None:
    feed = feed_of("asking price,MODEL,make,model_year,Stock #,v.i.n", "1,2,3,4,5,194379S712345")
    assert feed.rows[0].key == "194379S712345"
    assert {name: feed.rows[0].data[name] for name in ("make", "model", "year")} == {
        "make": "3", "model": "2", "year": "4",
    }  # fmt: skip


def test_of_two_columns_with_one_name_the_first_counts() -> None:
    assert only("Model,model", "Mustang,Bronco")["model"] == "Mustang"


@pytest.mark.parametrize(
    ("header", "values", "price", "label"),
    [
        ("SellingPrice,Internet_Price", "54900,52900", "52900", "Internet Price"),
        ("SellingPrice,Internet_Price", "54900,0", "54900", "Selling Price"),
        ("SellingPrice,Internet_Price", "54900,0.00", "54900", "Selling Price"),
        ("Price,Sale Price,Special Price", "3,2,1", "1", "Special Price"),
        ("asking_price,Price", "$3,$2", "$2", "Price"),
        ("Price,Internet Price", "54900,Call", "54900", "Price"),
        ("Price,Internet Price", "0,Call for price", "Call for price", "Internet Price"),
        ("Price", "0", None, None),
        ("Price", "", None, None),
        ("MSRP,Invoice,BookValue,Cost,Misc_Price1", "1,2,3,4,5", None, None),
    ],
)
def test_the_price_is_what_the_dealer_asks(
    header: str, values: str, price: str | None, label: str | None
) -> None:
    listing = only(header, values)
    assert (listing.get("price"), listing.get("price_label")) == (price, label)


@pytest.mark.parametrize(
    ("cell", "images"),
    [
        ("https://p.example/1.jpg|https://p.example/2.jpg", ["1.jpg", "2.jpg"]),
        ("https://p.example/1.jpg; https://p.example/2.jpg;", ["1.jpg", "2.jpg"]),
        ("https://p.example/1.jpg https://p.example/2.jpg", ["1.jpg", "2.jpg"]),
        ('"https://p.example/1.jpg,https://p.example/2.jpg"', ["1.jpg", "2.jpg"]),
        ('"{https://p.example/1.jpg,https://p.example/2.jpg}"', ["1.jpg", "2.jpg"]),
        ('"https://p.example/w,h/1.jpg,https://p.example/1.jpg"', ["w,h/1.jpg", "1.jpg"]),
        ("https://p.example/1.jpg|https://p.example/1.jpg", ["1.jpg"]),
        ("ftp://p.example/1.jpg|/2.jpg|javascript:x|https://p.example/3.jpg", ["3.jpg"]),
        (".", []),
        ("", []),
    ],
)
def test_image_lists_are_parted_wherever_the_next_link_begins(cell: str, images: list[str]) -> None:
    found = only("ImageList", cell).get("image_urls", [])
    assert found == [f"https://p.example/{image}" for image in images]


@pytest.mark.parametrize(
    ("vin", "stock", "key"),
    [
        ("wp0ab0913js120001", "S9", "WP0AB0913JS120001"),
        ("194379S-712399", "S9", "194379S712399"),
        ("E57S104321", "B 63", "B 63"),
        ("E57S104321", "", "E57S104321"),
        ("", " b  63 ", "B 63"),
        ("11111111111111111", "S9", "S9"),
        ("UNKNOWNUNKNOWN", "S9", "S9"),
        ("TBD", "BLUEVETTE", "BLUEVETTE"),
        ("", "N/A", None),
        ("TBD", "0", None),
        ("", "http://x.example", None),
    ],
)
def test_a_row_is_named_by_vin_else_stock_number_else_short_chassis_number(
    vin: str, stock: str, key: str | None
) -> None:
    feed = feed_of(HEAD, FIRST, f"{vin},{stock},1957,Jaguar,XK,1")
    assert [row.key for row in feed.rows[1:]] == ([key] if key else [])
    assert feed.incomplete_because == (None if key else "unusable_rows")


def test_a_page_of_its_own_names_a_row_and_a_shared_one_does_not() -> None:
    lot = "https://d.example/inventory"
    feed = feed_of(
        "Stock,Year,Make,VDP URL",
        "S1,1969,Ford,https://d.example/cars/1?utm_source=x",
        f"S2,1969,Ford,{lot}",
        f"S3,1969,Ford,{lot}",
        "S4,1969,Ford,https://d.example/",
        "S5,1969,Ford,",
        ",1969,Ford,https://d.example/cars/6",
    )
    names = ["https://d.example/cars/1", "S2", "S3", "S4", "S5", "https://d.example/cars/6"]
    assert [row.name for row in feed.rows] == names
    assert feed.incomplete_because is None


@pytest.mark.parametrize(
    ("header", "value", "status"),
    [
        ("Status", "Available", ("in_stock", "feed")),
        ("Status", "SOLD", ("sold", "mark")),
        ("Status", "Sale Pending", ("in_stock", "feed")),
        ("availability", "out of stock", ("sold", "mark")),
        ("Sold", "Y", ("sold", "mark")),
        ("Sold", "No", ("in_stock", "feed")),
    ],
)
def test_a_row_is_in_stock_unless_its_status_says_sold(
    header: str, value: str, status: tuple[str, str]
) -> None:
    listing = only(header, value)
    assert (listing["listing_status"], listing["status_evidence"]) == status


@pytest.mark.parametrize(
    ("header", "values", "unit"),
    [
        ("Miles", "12345", "mi"),
        ("Kilometers", "12345", "km"),
        ("Odometer", "12345", None),
        ("mileage.value,mileage.unit", "12345,KM", "KM"),
    ],
)
def test_a_mileage_has_the_unit_that_the_file_names(
    header: str, values: str, unit: str | None
) -> None:
    listing = only(header, values)
    assert (listing["mileage"], listing.get("mileage_unit")) == ("12345", unit)


def test_columns_are_handled_or_ignored_by_name_or_reported() -> None:
    feed = feed_of(f"{HEAD},Dealer Phone,Cost,Flux Level,,DateInStock", f"{FIRST},1,2,3,4,2/7/2026")
    assert dict(feed.signals) == {"unknown column 'Flux Level'": 1}
    listing = feed.rows[0].listing(HANDLE, feed.layout)
    assert listing["attributes"] == {"Date in stock": "2/7/2026"}


def test_values_beyond_the_contract_are_left_out_and_counted() -> None:
    feed = feed_of(f"{HEAD},Options,Trim,Description", f"{FIRST},{'x' * 2001},{'y' * 2001},z")
    assert dict(feed.signals) == {"value too long: Options": 1, "value too long: trim": 1}
    parse_payload(Kind.LISTING, 1, feed.rows[0].listing(HANDLE, feed.layout))


@pytest.mark.parametrize(
    ("content", "problem", "rows"),
    [
        (f"{HEAD}\n{FIRST}\n{SECOND}", None, 2),
        (f"{HEAD},\n{FIRST},\n{SECOND},\n", None, 2),
        (f"{HEAD}\n\n{FIRST}\n ,,,,,\n{SECOND}\n\n", None, 2),
        (f"{HEAD}\n{FIRST}\n1Z37L3S4", "truncated", 1),
        (f'{HEAD}\n{FIRST}\n1Z37L3S400002,"S2', "truncated", 1),
        (f'{HEAD}\n{FIRST}\n1Z37L3S400002,S2,1973,Chevrolet,Corvette,"319', "truncated", 1),
        (f'{HEAD}\n{FIRST}\n"{"x" * 140_000}\n{SECOND}', "truncated", 1),
        (f"{HEAD}\n{FIRST},extra\n{SECOND}\n", "ragged_rows", 1),
        (f"{HEAD}\nS1,1969\n{SECOND}\n", "ragged_rows", 1),
        (f"{HEAD}\n{FIRST}\n,,1973,Chevrolet,Corvette,31900\n", "unusable_rows", 1),
        (f"sep=,\nInventory of Alpha\n{HEAD}\n{FIRST}\n", None, 1),
        (f'{HEAD}\n{FIRST}\n1Z37L3S400002,S2,1973,Chevrolet,"Corvette\nRoadster",31900\n', None, 2),
    ],
)  # fmt: skip
def test_only_a_whole_file_is_complete(content: str, problem: str | None, rows: int) -> None:
    feed = read_feed(content.encode())
    assert (feed.incomplete_because, len(feed.rows)) == (problem, rows)


def test_a_file_that_ends_within_a_character_is_cut() -> None:
    content = f"{HEAD}\n{FIRST}\n{SECOND}é".encode()[:-1]
    assert read_feed(content).incomplete_because == "truncated"


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "empty_file"),
        (b"\xef\xbb\xbf\r\n \r\n", "empty_file"),
        (b"\x00" * 512, "empty_file"),
        (b"<!DOCTYPE html><html><body>Please log in</body></html>", "html"),
        (b"\n <html>", "html"),
        (b"<?xml version='1.0'?><inventory/>", "xml"),
        (b'[{"vin": "1"}]', "json"),
        (b"PK\x03\x04" + bytes(400), "binary"),
        (b"VIN,Stock\x00,Year,Make\n1,2,3,4\n", "binary"),
        (bytes(range(1, 32)) * 4, "binary"),
        (f"{HEAD}\r\n".encode(), "no_rows"),
        (f"{HEAD}\r\n,,1969,Ford,Mustang,1\r\n".encode(), "no_usable_rows"),
        (b"2019,Chevrolet,Corvette,S1\r\n2020,Ford,Mustang,S2\r\n", "no_header"),
        (b"Make,Model,Year,Price\r\nFord,Mustang,1969,1\r\n", "no_header"),
        (b"Dear partner,\r\nthe file will follow tomorrow.\r\n", "no_header"),
    ],
)
def test_what_is_no_feed_is_refused_with_its_reason(content: bytes, reason: str) -> None:
    with pytest.raises(UnreadableFeed) as caught:
        read_feed(content)
    assert caught.value.reason == reason


def test_a_file_of_several_dealers_can_be_parted() -> None:
    feed = feed_of(f"Dealer ID,{HEAD}", f"A1,{FIRST}", f"B2,{SECOND}")
    assert feed.dealers == ("A1", "B2")
    assert [row.data["stock_number"] for row in feed.of_dealer("b2").rows] == ["S2"]
    assert feed.of_dealer("all") == feed
    for dealer, reason in ((None, "several_dealers"), ("C3", "no_such_dealer")):
        with pytest.raises(UnreadableFeed, match=reason):
            feed.of_dealer(dealer)


def test_a_dealer_is_named_by_his_id_or_his_name() -> None:
    names = "Dealer Name,Dealer ID"
    feed = feed_of(f"{names},{HEAD}", f"Alpha Motors,77,{FIRST}", f"Beta Cars,88,{SECOND}")
    for name in ("88", "beta cars"):
        assert [row.data["stock_number"] for row in feed.of_dealer(name).rows] == ["S2"]
    with pytest.raises(UnreadableFeed, match=r"one of '77' \(Alpha Motors\), '88' \(Beta Cars\)"):
        feed.of_dealer(None)


def test_no_header_has_two_meanings() -> None:
    """A header may serve a field and an attribute, and nothing else twice."""
    from crawler.extract.feed_columns import _name, _policy

    policy = _policy()
    ignored = [_name(header) for group in policy["ignored"] for header in group]
    fields = [_name(header) for group in policy["fields"].values() for header in group]
    attributes = [_name(header) for group in policy["attributes"].values() for header in group]
    others = [
        _name(header)
        for part in ("images", "status", "sold_flag", "dealer")
        for header in policy[part]
    ]
    for names in (ignored, fields, attributes, others):
        assert sorted(names) == sorted(set(names))
    assert not set(ignored) & {*fields, *attributes, *others}
    assert not set(others) & {*fields, *attributes}


@given(st.binary(max_size=300))
def test_any_bytes_are_a_feed_or_a_reason(content: bytes) -> None:
    for bytes_ in (content, f"{HEAD}\n{FIRST}\n".encode() + content):
        with suppress(UnreadableFeed):
            assert read_feed(bytes_).rows


@given(st.lists(st.text(max_size=30), max_size=12))
def test_any_header_can_be_read(cells: list[str]) -> None:
    columns = read_header(cells)
    assert 0 <= columns.known <= len(columns.headers) <= len(cells)
