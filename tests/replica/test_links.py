"""Walks every page that the replica links from its front doors, without a socket, and looks at
each answer.
"""

from collections import deque
from urllib.parse import parse_qsl, urldefrag, urljoin, urlsplit

import pytest
from parsel import Selector

from replica.calendar import lot
from replica.dealers import BY_KEY, DEALERS
from replica.page import Visit
from replica.photos import photo_at
from replica.sellers import sellers
from replica.sites.scripted import read_part
from replica.themes import THEMES
from replica.world import World, site_keys

ORIGINS = {key: f"http://127.0.0.1:{9000 + index}" for index, key in enumerate(site_keys())}
SITES = {origin: key for key, origin in ORIGINS.items()}
REAL = ("https://www.classic.com", "https://classic.com")
# What no page of the replica may be fetched from: named so that a new outside link is a decision.
OUTSIDE = {
    "www.facebook.com",
    "www.instagram.com",
    "www.youtube.com",
    "apps.apple.com",
    "play.google.com",
    "schema.org",
    "cdn.dealeraccelerate.com",
    "cdn.shopify.com",
    "x-img.autorevo.com",
    "x-assets.autorevo-powersites.com",
}
LINKS = (
    "//a/@href | //img/@src | //img/@data-src | //link/@href | //script/@src"
    " | //meta[@property='og:image']/@content"
)

GUARDED = {dealer.key for dealer in DEALERS if dealer.guarded}


def is_vehicle_page(site: str, url: str) -> bool:
    prefix = THEMES[BY_KEY[site].theme].listing.partition("{")[0]
    return urlsplit(url).path.startswith(prefix)


def links_of(page_url: str, body: str) -> set[str]:
    found = set()
    document = Selector(body)
    candidates = document.xpath(LINKS).getall()
    candidates += document.xpath("//@style").re(r"url\('?([^')]+)'?\)")
    for href in candidates:
        if href.startswith(("mailto:", "tel:", "data:", "#")):
            continue
        for real in REAL:
            if href.startswith(real):
                href = ORIGINS["classic"] + href.removeprefix(real)
        found.add(urldefrag(urljoin(page_url, href))[0])
    return found


def walk(day: int) -> dict[str, tuple[int, str]]:
    """Every address reached on the day: its status and one page that links it."""
    world = World(ORIGINS)
    answers: dict[str, tuple[int, str]] = {}
    queue = deque((f"{ORIGINS[key]}/", "") for key in site_keys() if key not in ("images", "cdn"))
    while queue:
        url, source = queue.popleft()
        if url in answers:
            continue
        parts = urlsplit(url)
        if photo_at(SITES.get(f"http://{parts.netloc}", ""), parts.path):
            answers[url] = (200, source)  # Drawing thousands of photos is another test's business.
            continue
        origin = f"http://{parts.netloc}"
        if origin not in SITES:
            answers[url] = (0, source)
            continue
        visit = Visit(parts.path or "/", dict(parse_qsl(parts.query)), day, nth=1)
        page = world.answer(SITES[origin], visit)
        answers[url] = (page.status, source)
        headers = dict(page.headers)
        if "location" in headers:
            queue.append((urljoin(url, headers["location"]), url))
        if page.content_type.startswith("text/html"):
            queue.extend((link, url) for link in links_of(url, page.text))
            if "/assets/lot.js" in page.text:
                queue.append((urljoin(url, "/assets/lot/0"), url))
        if "/assets/lot/" in url and (tiles := read_part(page)):
            # What the script adds to its page, and what it asks for next.
            queue.extend((link, source) for link in links_of(source, "".join(tiles)))
            head, _, start = url.rpartition("/")
            queue.append((f"{head}/{int(start) + len(tiles)}", source))
    return answers


@pytest.mark.parametrize("day", [0, 5])
def test_every_link_of_every_page_answers_as_it_should(day: int) -> None:
    answers = walk(day)
    outside = {urlsplit(url).hostname for url, (status, _) in answers.items() if status == 0}
    refused = {ORIGINS["classic"] + s.path: s.behaviour for s in sellers()}
    wrong = {}
    for url, (status, source) in answers.items():
        behaviour = refused.get(url.split("?")[0].rstrip("/") + "/", "ok")
        site = SITES.get("http://" + urlsplit(url).netloc)
        expected = {"missing": {404}, "challenge": {403}}.get(behaviour, {200, 301})
        if site == "vaultline" or (site in GUARDED and is_vehicle_page(site, url)):
            expected = {403}
        if status and status not in expected:
            wrong[url] = (status, source)
    assert wrong == {}
    # Two spellings of one brochure's address (https and www) are there on purpose and lead nowhere.
    odd = {"127.0.0.1", "www.127.0.0.1"}
    assert outside - odd <= OUTSIDE


def test_walk_from_the_front_doors_reaches_every_car_of_the_grids() -> None:
    answers = walk(0)
    world = World(ORIGINS)
    for key, site in world.dealers.items():
        if not site.dealer.links_inventory or site.dealer.challenged:
            continue
        page = world.answer(key, Visit("/"))
        assert page.status == 200
        today = lot(world.seed, key, 0)
        missing = [
            s.car.key
            for s in (*today.grid, *today.archive)
            if urldefrag(site.shown(s, 0).url)[0] not in answers
        ]
        assert missing == []
