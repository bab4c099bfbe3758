"""The same five cars in any combination of markup read the same: none missed, none invented."""

import itertools
import random

import pytest

from contract.urls import clean_url
from crawler.extract.page import Page
from crawler.platforms import PLATFORMS

URL = "https://x.example/inventory/"
CARS = [
    ("1967 Ford Mustang GT", "$64,900", "12,345", "7R02S123456", "OM-114"),
    ("1957 Chevrolet Bel Air", "Call for price", "88,000", "VC57S200111", "OM-115"),
    ("1932 Ford Roadster", "$72,500", "1,204", "18-123456", "OM-99"),
    ("1989 Porsche 911 Speedster", "$289,000", "9,876", "WP0EB0914KS173111", "OM-7"),
    ("1971 De Tomaso Pantera", "$119,995", "33,210", "THPNLY01620", "OM-8"),
]
PATHS = ["/inventory/{slug}-{n}", "/vehicles/{n}/{slug}", "/car.php?id={n}", "/stock/{n}", "{slug}.html", "/our-cars/{slug}"]  # fmt: skip
LINKS = ["whole", "details", "title", "photo and title", "photo and details", "data-href"]
FRAMES = [("div", "div"), ("ul", "li"), ("section", "article"), ("table", "tr"), ("div", "figure")]
PHOTOS = [
    '<img src="/ph/{n}.jpg" alt="">',
    '<img src="/blank.gif" data-src="/ph/{n}.jpg">',
    '<div style="background-image:url(/ph/{n}.jpg)"></div>',
    '<img srcset="/ph/{n}-s.jpg 300w, /ph/{n}.jpg 900w" src="/ph/{n}-s.jpg">',
    '<picture><source srcset="/ph/{n}.webp"><img src="/ph/{n}.jpg"></picture>',
]
PRICES = [
    '<p class="price">{price}</p>',
    '<b class="cost">{label}{price}</b>',
    "<span>{label}{price}</span>",
    '<p>Was <del>$999,999</del></p><p class="amount">{price}</p>',
    '<p class="pay">Est. payment: <b>$499</b>/month</p><strong>{price}</strong>',
    "<h4>{price}</h4><p>MSRP <s>$999,999</s></p>",
]
SPECS = [
    "<ul><li>Mileage: {miles}</li><li>VIN: {vin}</li><li>Stock #: {stock}</li></ul>",
    "<dl><dt>Mileage</dt><dd>{miles}</dd><dt>VIN</dt><dd>{vin}</dd><dt>Stock #</dt><dd>{stock}</dd></dl>",
    "<table><tr><td>Mileage</td><td>{miles}</td></tr><tr><td>VIN</td><td>{vin}</td></tr><tr><td>Stock</td><td>{stock}</td></tr></table>",
    "<p><b>Mileage:</b> {miles}</p><p><b>VIN:</b> {vin}</p><p><b>Stock no:</b> {stock}</p>",
    "<div><span>Odometer</span><span>{miles}</span></div><div><i>VIN</i><i>{vin}</i></div><div><i>Stock</i><i>{stock}</i></div>",
    "<p>Mileage: {miles} | VIN: {vin} | Stock #: {stock}</p>",
    "<p>{miles} miles – VIN {vin} – Stock # {stock}</p>",
]  # fmt: skip
NAMES = ["card", "item", "tile", "listing", "car", "col", "x7", "c19 unit", ""]
Choice = tuple[str, str, tuple[str, str], str, str, str, str, str]
EVERY = list(itertools.product(PATHS, LINKS, FRAMES, PHOTOS, PRICES, SPECS, ["h2", "h4", "div", "strong", "p"], NAMES))  # fmt: skip
SOME: list[Choice] = random.Random(1967).sample(EVERY, 80)


def tile(choice: Choice, n: int) -> tuple[str, str]:
    path, link, (frame, card), photo, price, spec, heading, names = choice
    if frame == "table" and link in ("whole", "data-href"):
        link = "title"
    title, amount, miles, vin, stock = CARS[n]
    href = path.format(slug=title.lower().replace(" ", "-"), n=100 + n)

    def linked(text: str, wanted: str) -> str:
        return f'<a href="{href}">{text}</a>' if wanted in link else text

    label = "Our Price: " if amount[0] == "$" else ""
    inner = [
        linked(photo.format(n=n), "photo"),
        f"<{heading}>{linked(title, 'title')}</{heading}>",
        price.format(price=amount, label=label),
        spec.format(miles=miles, vin=vin, stock=stock),
        linked("View details", "details") if "details" in link else "",
        "" if link == "whole" else '<a href="/financing">Finance</a>',
    ]
    if card == "tr":
        inner = [f"<td>{part}</td>" for part in inner]
    body = "".join(inner)
    body = f'<a href="{href}">{body}</a>' if link == "whole" else body
    extra = f' data-href="{href}"' if link == "data-href" else ""
    return f'<{card} class="{names}"{extra}>{body}</{card}>', href


@pytest.mark.parametrize("choice", SOME, ids=range(len(SOME)))
def test_cars_read_the_same_in_any_markup(choice: Choice) -> None:
    tiles = [tile(choice, n) for n in range(len(CARS))]
    frame = choice[2][0]
    page = Page(
        URL,
        '<nav><a href="/inventory/">Inventory</a><a href="/sold">Sold</a></nav><h1>Inventory</h1>'
        f"<{frame}>{''.join(markup for markup, _ in tiles)}</{frame}>"
        '<div class="pages"><b>1</b> <a href="?page=2">2</a></div>'
        '<h2>News</h2><div><a href="/news/1967-a"><img src="/n.jpg"></a><h3>1967 Ford show</h3></div>'
        '<footer>1940 Ford sold for $5,000 <a href="/contact">Contact</a></footer>',
    )
    grid = PLATFORMS[-1].read_grid(page)
    read = [
        (c.url, c.title, c.price, (c.mileage or "").removesuffix(" miles"), c.vin, c.stock_number)
        for c in grid.cards
    ]
    assert read == [(clean_url(URL, href), *CARS[n]) for n, (_, href) in enumerate(tiles)]
    assert all(len(card.image_urls) == 1 and card.mark is None for card in grid.cards)
    assert grid.next_url == URL + "?page=2"
