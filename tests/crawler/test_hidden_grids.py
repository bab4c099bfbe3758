"""Grids that no link by a known name leads to: in sections, in frames, behind words of their own."""

from collections.abc import Mapping
from uuid import UUID

import pytest

from contract.payloads import InventoryManifest
from crawler.extract.page import Page
from crawler.fetch import Fetched
from crawler.inventory_walk import InventoryWalk
from crawler.known_inventory import KnownOrganization
from tests.crawler.grid_visits import held_inventory

SITE = "https://dealer.example"
HANDLE = UUID("0d6b1c86-7d1f-5f6c-9d5e-0c0c5a1f7e11")


def cars(*names: str) -> str:
    return "".join(
        f'<div class="c"><a href="/car/{name.lower().replace(" ", "-")}"><img src="/{n}.jpg">'
        f"<h3>{name}</h3></a><p>${n + 20},000</p></div>"
        for n, name in enumerate(names)
    )


FORDS, FIATS = ("1967 Ford Mustang", "1932 Ford Model B"), ("1972 Fiat Dino", "1965 Fiat 850")
ALL = {*FORDS, *FIATS}


async def walked(pages: Mapping[str, str]) -> tuple[set[str], list[InventoryManifest], list[str]]:
    """The titles that a walk from the home page told, its manifests, and the pages it asked for."""
    asked: list[str] = []

    async def fetch(url: str) -> Fetched:
        asked.append(url.removeprefix(SITE))
        if (html := pages.get(url.removeprefix(SITE))) is None:
            return Fetched(url, failure="http_404")
        return Fetched(url, page=Page(url, html))

    organization = KnownOrganization(HANDLE, "Dealer", None, (f"{SITE}/",), ())
    walk = InventoryWalk(held_inventory(HANDLE), organization, fetch, day=0)
    first = Fetched(f"{SITE}/", page=Page(f"{SITE}/", pages["/"]))
    told = [item.payload async for item in walk.items(first)]
    manifests = [item.payload for item in walk.finished().manifests]
    titles = {title for payload in told if (title := getattr(payload, "title", None))}
    return titles, [m for m in manifests if isinstance(m, InventoryManifest)], asked


MARQUES = (
    '<h1>By marque</h1><a href="/cars/ford/"><img src="/f.png"><h4>Ford</h4>2 cars</a>'
    '<a href="/cars/fiat/"><img src="/g.png"><h4>Fiat</h4>2 cars</a><a href="/cars/mg/">MG</a>'
)
STORIES = "".join(f'<a href="/{name}">{name}</a>' for name in ("paint", "leather", "chrome"))
ALPHABET = "".join(f'<a href="/a-z/{letter}">{letter.upper()}</a> ' for letter in "abdef")
HIDDEN = {
    "sections by make": (
        "/cars/",
        {
            "/": '<nav><a href="/cars/">Classic cars</a></nav>',
            "/cars/": MARQUES,
            "/cars/ford/": cars(*FORDS),
            "/cars/fiat/": cars(FIATS[0]) + '<a href="/cars/fiat/?page=2">Next</a>',
            "/cars/fiat/?page=2": cars(FIATS[1]),
            "/cars/mg/": "<h1>MG</h1><p>None in stock at the moment.</p>",
        },
    ),
    "sections by letter": (
        "/a-z",
        {
            "/": '<nav><a href="/a-z">Vehicles A-Z</a></nav>',
            "/a-z": ALPHABET + cars(FORDS[0]),
            **{f"/a-z/{letter}": ALPHABET for letter in "abde"},
            "/a-z/f": ALPHABET + cars(*FORDS, *FIATS),
        },
    ),
    "a frame": (
        "/embed?dealer=7",
        {
            "/": '<nav><a href="/cars">Our cars</a></nav>',
            "/cars": '<h1>Our cars</h1><iframe src="/embed?dealer=7"></iframe>'
            '<iframe src="https://www.google.com/maps/embed?pb=1"></iframe>',
            "/embed?dealer=7": cars(*FORDS, *FIATS),
        },
    ),
    "a frameset": (
        "/list.html",
        {
            "/": '<frameset cols="20%,*"><frame src="menu.html"><frame src="hello.html"></frameset>',
            "/menu.html": '<a href="list.html" target="main">Stock</a>',
            "/hello.html": "<h1>Welcome</h1>",
            "/list.html": cars(*FORDS, *FIATS),
        },
    ),
    "a name of its own": (
        "/treasures",
        {
            "/": '<nav><a href="/story">Our story</a> <a href="/treasures">Treasures</a></nav>',
            "/story": "<h1>Since 1983</h1>",
            "/treasures": cars(*FORDS, *FIATS),
        },
    ),
    "a name of its own behind links that every page repeats": (
        "/treasures",
        {
            "/": f'<nav><a href="/cars">Our cars</a>{STORIES}</nav>',
            "/cars": f'<nav>{STORIES}<a href="/treasures">Treasures</a></nav><h1>Our cars</h1>',
            "/treasures": cars(*FORDS, *FIATS),
        },
    ),
}


@pytest.mark.parametrize(("grid", "pages"), HIDDEN.values(), ids=HIDDEN)
async def test_a_hidden_grid_is_found_and_read_to_its_end(
    grid: str, pages: Mapping[str, str]
) -> None:
    titles, [manifest], asked = await walked(pages)
    assert titles == ALL
    assert (manifest.grid_url, manifest.complete) == (f"{SITE}{grid}", True)
    assert not [url for url in asked if url.startswith("http")]


async def test_a_grid_whose_section_fails_is_incomplete() -> None:
    pages = dict(HIDDEN["sections by make"][1])
    del pages["/cars/mg/"]
    titles, [manifest], _ = await walked(pages)
    assert titles == ALL
    assert manifest.incomplete_because == "http_404"


async def test_a_page_of_past_work_is_no_inventory() -> None:
    past = cars(*FORDS).replace("$", "No. ")
    pages = {"/": '<nav><a href="/workshop">What we built</a></nav>', "/workshop": past}
    titles, [manifest], asked = await walked(pages)
    assert "/workshop" in asked
    assert (titles, manifest.incomplete_because) == (set(), "no_listings")


async def test_filters_beside_cars_are_no_sections() -> None:
    filters = '<a href="/cars/ford/">Ford</a> <a href="/cars/fiat/">Fiat</a>'
    pages = {
        "/": '<nav><a href="/cars/">Classic cars</a></nav>',
        "/cars/": filters + cars(*FORDS, *FIATS),
    }
    titles, [manifest], asked = await walked(pages)
    assert (titles, manifest.complete) == (ALL, True)
    assert "/cars/ford/" not in asked
