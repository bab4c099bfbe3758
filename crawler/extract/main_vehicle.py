"""The structured data of a page that speaks of the vehicle the page is about, and of no other.

Templates print nodes for related cars, for the whole stock, sometimes for the page before. A node
counts when it names this page, its VIN or its heading; one that names another car never does.
"""

import re
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import unquote, urlsplit

from contract.urls import url_identity
from crawler.extract.asking_price import read_price
from crawler.extract.detail_rules import NO_RULES
from crawler.extract.jsonld import flat_nodes, parse_script
from crawler.extract.main_block import main_block, name_words, own_scripts
from crawler.extract.microdata import microdata_nodes
from crawler.extract.page import Page
from crawler.extract.price_language import amount_of
from crawler.extract.structured import StructuredVehicle, structured_vehicles
from crawler.extract.titles import YEAR
from crawler.extract.vehicle_links import vehicle_url_score

__all__ = ["Subject", "is_thing_beside", "main_vehicles", "subject_of"]

LEAST = 1.0
MAX_THING, TIMES = 3_000, 20
"""The dearest thing beside a car, and how many times as much the car costs at least."""


class Subject:
    """What a page says it is about: the words of its heading, its title and its address."""

    def __init__(self, page: Page) -> None:
        block = main_block(page, NO_RULES)
        self.heading = block.heading_text
        self.title = page.title
        self.here = url_identity(page.url)
        self.slug = name_words(unquote(urlsplit(page.url).path))
        self.words = name_words(self.heading)
        self.all_words = self.words | name_words(page.title) | self.slug
        # Without its scheme's slashes, a VIN in the path is a word of it.
        self.address = re.sub(r"[^a-z0-9]", " ", unquote(page.url).lower())

    def agreement(self, url: str | None, name: str, vin: str | None, year: str | None) -> float:
        """Score how much a record speaks of this page's vehicle; below 0 it is another's."""
        score = 0.0
        if url is not None:
            if _path(url_identity(url)) == _path(self.here):
                score += 5.0
            elif vehicle_url_score(url) >= 1.5:
                score -= 3.0
        if vin and len(vin) >= 5 and re.sub(r"[^a-z0-9]", "", vin.lower()) in self.address.split():
            score += 4.0
        words = name_words(name)
        if words and self.words:
            shared = len(words & self.words) / min(len(words), len(self.words))
            score += 3.0 * shared if shared >= 0.5 else -2.0 if shared < 0.3 else 0.0
            mine, theirs = set(YEAR.findall(self.heading)), set(YEAR.findall(name))
            if year and YEAR.fullmatch(year):
                theirs = {year}
            if mine and theirs and not mine & theirs:
                score -= 6.0
        elif words:
            score += 2.0 if len(words & self.all_words) >= 2 else 0.0
        return score


@lru_cache(maxsize=4)
def subject_of(page: Page) -> Subject:
    """Return what the page is about."""
    return Subject(page)


@lru_cache(maxsize=4)
def main_vehicles(page: Page) -> Sequence[StructuredVehicle]:
    """Return the structured records of the page's own vehicle, best first; several templates on
    one page may each print one."""
    subject = subject_of(page)
    scored: list[tuple[float, int, StructuredVehicle]] = []
    for index, vehicle in enumerate(structured_vehicles(_nodes(page), page.link)):
        if is_thing_beside(page, vehicle):
            continue
        card = vehicle.card
        name = card.title or " ".join(
            part for part in (card.year, card.make, card.model, card.trim) if part
        )
        score = subject.agreement(vehicle.url, name, card.vin, card.year)
        score += (0.0 if vehicle.listed else 1.0) + (0.5 if vehicle.is_vehicle else 0.0)
        scored.append((score, -index, vehicle))
    if len(scored) == 1 and not subject.heading and not scored[0][2].listed:
        return [scored[0][2]]  # The page names nothing else: an old address of this one car.
    scored.sort(key=lambda entry: entry[:2], reverse=True)
    if not scored or scored[0][0] < LEAST:
        return ()
    best_score, _, best = scored[0]
    identities = {_identity(vehicle) for score, _, vehicle in scored if score >= best_score - 0.01}
    if best_score < 3.0 and len(identities) > 1:
        return ()  # Several cars, and nothing tells which one is the page's.
    return [
        vehicle
        for score, _, vehicle in scored
        if vehicle is best or (score >= LEAST and _same_car(vehicle, best))
    ]


def is_thing_beside(page: Page, vehicle: StructuredVehicle) -> bool:
    """Whether a product that bears the car's whole name is a thing sold beside it, a scale model or
    a cover: it costs a small part of what the page asks for the car."""
    if vehicle.is_vehicle:
        return False
    price = amount_of(vehicle.card.price)
    if not price or int(price) > MAX_THING:
        return False
    shown = read_price(main_block(page, NO_RULES).texts)
    asked = amount_of(shown.text) if shown is not None else ""
    return bool(asked) and int(asked) >= TIMES * int(price)


def _nodes(page: Page) -> list[Mapping[str, Any]]:
    """The nodes that stand in no rail and in no tile of another car."""
    cut = main_block(page, NO_RULES).cut
    nodes: list[Mapping[str, Any]] = []
    for script in own_scripts(page):
        if "ld+json" in (script.get("type") or "").lower():
            nodes.extend(flat_nodes(parse_script(script.text or "")))
    nodes.extend(node for element, node in microdata_nodes(page.root) if cut.get(element) != "cut")
    return nodes


def _path(identity: str) -> str:
    return identity.partition("/")[2]


def _identity(vehicle: StructuredVehicle) -> str:
    return (vehicle.card.vin or vehicle.card.title or vehicle.url or "").lower()


def _same_car(vehicle: StructuredVehicle, best: StructuredVehicle) -> bool:
    mine, theirs = vehicle.card, best.card
    if mine.vin and theirs.vin:
        return mine.vin.lower() == theirs.vin.lower()
    if mine.stock_number and theirs.stock_number and mine.stock_number != theirs.stock_number:
        return False
    return _share(name_words(mine.title or ""), name_words(theirs.title or "")) >= 0.5


def _share(mine: Collection[str], theirs: Collection[str]) -> float:
    if not mine or not theirs:
        return 0.5
    return len(set(mine) & set(theirs)) / min(len(mine), len(theirs))
