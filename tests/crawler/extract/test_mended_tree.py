"""Rows that were left open and shadow roots are read as a browser draws them."""

from crawler.extract.page import Page
from crawler.platforms import recognize

URL = "https://d.example/stock.htm"
OPEN_ROWS = "".join(
    f'<TR><TD><A HREF="cars/{name}{n}.htm"><FONT><B>{year} {name}</B> {model}</FONT></A>'
    f"<TD><FONT COLOR=red>{price}<TD><FONT SIZE=1>with history"
    for n, (year, name, model, price) in enumerate(
        [
            (1956, "Austin", "A90", "&pound;26,250"),
            (1989, "BMW", "M3", "&pound;88,000"),
            (1952, "MG", "TD", "SOLD"),
            (1950, "Volkswagen", "Beetle", "POA"),
        ],
        start=4401,
    )
)
SHADOWS = "".join(
    '<vehicle-card><template shadowrootmode="open"><style>:host{}</style>'
    f'<a href="/stock/{n}"><img src="/{n}.jpg"><slot name="title">1900 Nobody</slot></a>'
    f"<p>${n},000</p><slot></slot></template>"
    f'<b slot="title">{title}</b>in Austin<i slot="unknown">1955 Not Drawn</i></vehicle-card>'
    for n, title in ((31, "1967 Jaguar E-Type"), (32, "1971 BMW 2002"), (33, "1969 Fiat 124"))
)


def test_rows_inside_what_was_left_open_are_rows_of_their_table() -> None:
    page = Page(URL, f"<TABLE><TR><TH>Car<TH>Price<TH>Notes{OPEN_ROWS}</TABLE>")
    cards = recognize(page).read_grid(page).cards
    assert [(card.title, card.price, card.mark) for card in cards] == [
        ("1956 Austin A90", "£26,250", None),
        ("1989 BMW M3", "£88,000", None),
        ("1952 MG TD", None, "sold"),
        ("1950 Volkswagen Beetle", "POA", None),
    ]


def test_a_table_inside_a_cell_stays_there() -> None:
    html = "<table><tr><td><table><tr><td>inner</table><td>outer</table>"
    root = Page(URL, html).root
    assert len(root.xpath("//table//table")) == 1
    assert root.xpath("string(//table//table)") == "inner"


def test_a_shadow_root_is_drawn_with_what_its_slots_name() -> None:
    page = Page(URL, f"<html><body><h1>Stock</h1>{SHADOWS}</body></html>")
    cards = recognize(page).read_grid(page).cards
    assert [(card.title, card.price) for card in cards] == [
        ("1967 Jaguar E-Type", "$31,000"),
        ("1971 BMW 2002", "$32,000"),
        ("1969 Fiat 124", "$33,000"),
    ]
    assert "Nobody" not in page.text
    assert "Not Drawn" not in page.text
    assert page.text.count("in Austin") == 3


def test_a_template_without_a_shadow_root_is_no_content() -> None:
    car = "<div><a href='/stock/1'>1967 Jaguar E-Type</a> $9,000</div>"
    plain = f"<template>{car}</template>"
    for html, cars in ((car, 1), (plain, 0), (SHADOWS + plain, 3)):
        page = Page(URL, html)
        assert len(recognize(page).read_grid(page).cards) == cars
