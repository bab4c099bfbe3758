"""Which links of a dealer's site lead to its current inventory, and which to its sold cars."""

import itertools
import re
from collections.abc import Mapping
from importlib.resources import files
from urllib.parse import unquote, urlsplit

import yaml
from lxml.html import HtmlElement

from contract.urls import url_identity
from crawler.extract.page import Page
from crawler.extract.sold_links import sold_grid_links
from crawler.extract.text import class_words, fold, text_of
from crawler.extract.titles import names_vehicle
from crawler.extract.vehicle_links import (
    addressed,
    is_other_business,
    is_sold_path,
    same_site,
    vehicle_url_score,
)

__all__ = ["inventory_candidates", "navigation_links", "sold_candidates"]

# Texts of links to the whole stock, the surest first, in English and the big European languages.
TEXTS = [
    re.compile(
        r"^\W*(?:view |see |browse |shop |search |our |the |all |full |complete |entire |"
        r"current |to |explore |visit )*"
        r"(?:inventory|stock ?list|stock|inventory list(?:ing)?|(?:vehicles?|cars?|classics?|"
        r"automobiles?) (?:for sale|in stock|inventory)|"
        r"(?:classic|collector|vintage|exotic|used|sports?|muscle|available|pre-owned) (?:cars?|"
        r"vehicles?|inventory|automobiles?)(?: for sale)?|"
        r"for sale|current (?:inventory|offerings|listings|stock)|available (?:cars|vehicles|"
        r"inventory|now)|"
        r"fahrzeug(?:e|angebot|bestand|markt)|fahrzeuge zum verkauf|unsere fahrzeuge|bestand|"
        r"angebot(?:e)?|aktuelle(?:r|s)? (?:bestand|angebot|fahrzeuge)|"
        r"(?:nos |notre )?(?:v[ée]hicules?|voitures?|stock|annonces)(?: (?:en vente|[àa] vendre|"
        r"disponibles?|d.occasion))?|"
        r"(?:le nostre |tutte le )?(?:auto|vetture|veicoli)(?: in vendita| disponibili| usate)?|"
        r"(?:ons |onze |alle )?(?:aanbod|voorraad|auto's(?: te koop)?|occasions|wagens)|"
        r"(?:nuestros )?(?:coches|veh[íi]culos)(?: en venta| disponibles)?|te koop|en venta|"
        r"(?:v[åa]ra )?bilar(?: till salu| i lager)?|(?:vores )?biler(?: til sal[gs]| på lager)?|"
        r"in vendita|zum verkauf|[àa] vendre)\W*$",
        re.IGNORECASE,
    ),
    re.compile(
        r"^\W*(?:view |see |browse |shop |our |all |the )*(?:vehicles|cars|automobiles|motor ?cars|"
        r"showroom|collection|classics|listings|showcase|"
        r"cars & trucks|gallery of cars|garage|autos|(?:current |all )?lots|"
        r"lager(?:fahrzeuge|bestand)?|(?:vehicles|cars|stock) a ?(?:-|to) ?z|"
        r"marques|makes|(?:(?:onze |unsere |nos )?(?:oldtimers?|youngtimers?|klassiekers?|"
        r"klassiker|anciennes|autos))|(?:onze )?collectie|voitures (?:de collection|anciennes)|"
        r"auto (?:d.epoca|storiche|classiche)|parco (?:auto|vetture)|"
        r"(?:current|next|upcoming) (?:auctions?|sales?)|catalog(?:ue|o)?)\W*$",
        re.IGNORECASE,
    ),
    re.compile(
        r"\b(?:inventory|for sale|in stock|fahrzeuge|v[ée]hicules|vetture|aanbod|voorraad|"
        r"listings)\b",
        re.IGNORECASE,
    ),
]
NOT_TEXT = re.compile(
    r"\bsell|\bsold\b|\bfinanc|\btrade|\bconsign|\bwe buy|\bbuy your|\bvalue|\bblog\b|\bnews|"
    r"\bservice|\bparts\b|\bcontact|"
    r"\babout|\breview|\bwanted\b|\balert|\bsubscribe|\bcareer|\bevents?\b|\bshipping|\bankauf|"
    r"\bverkaufen sie|\bvendez|\bvendi (?:la|il)|"
    r"\bverkoop|\bvende tu|\bverkauft|\bvendu|\bvendut|\bprivacy|\bcoming soon|\bstorage|"
    r"\brestor|\brental|\brent\b|\blocat",
    re.IGNORECASE,
)
PATH_WORDS: Mapping[str, float] = {
    word: weight
    for weight, words in yaml.safe_load(
        files("crawler.extract").joinpath("inventory_paths.yml").read_text("utf-8")
    ).items()
    for word in words
}
"""Path word → how much it speaks for the current inventory."""
NARROWING = re.compile(
    r"new[-_]?arrivals?|featured|coming[-_]?soon|specials?|price[-_]?drop|by[-_]?make|"
    r"under[-_]?\d|body|/(?:make|type|category|brand|year|location)s?/|"
    r"motorcycles?|parts|memorabilia|favorites|saved|compare|map",
    re.IGNORECASE,
)
NOT_PATH = re.compile(
    r"(?:^|[/_-])(?:sell|sold|finance|financing|trade|consign\w*|blog|news|contact|about|"
    r"service|parts|careers?|reviews?|testimonials|"
    r"privacy|terms|login|account|cart|checkout|alerts?|wanted|ankauf|estimate|appraisal|"
    r"shipping|events?|faq|wp-\w+|feed)(?:$|[/_.-])",
    re.IGNORECASE,
)
THRESHOLD = 2.0


def inventory_candidates(page: Page) -> tuple[tuple[str, str], ...]:
    """Return (url, where) of the links that lead to the current inventory, best first.

    ``where`` says by what: ``nav "Inventory"``, ``link "Cars for sale"``, ``path /vehicles``.
    Single vehicles, narrowed lists, and pages about selling, financing or sold cars are none.
    """
    ranked: dict[str, tuple[float, int, str, str]] = {}
    for index, element in enumerate(page.root.iter("a", "area")):
        url = page.link(element.get("href"))
        if url is None or not _own(url, page.url):
            continue
        score, where = _judge(element, url)
        if score < THRESHOLD:
            continue
        identity = url_identity(url)
        if identity not in ranked or score > -ranked[identity][0]:
            ranked[identity] = (-score, index, url, where)
    return tuple((url, where) for _, _, url, where in sorted(ranked.values()))


def navigation_links(page: Page) -> tuple[str, ...]:
    """Return where a page's navigation leads besides, in its order: for sites that call their
    inventory something that no list of words has. Business pages and single cars are left out."""
    found: dict[str, str] = {}
    for element in page.root.iter("a", "area"):
        url = page.link(element.get("href"))
        if url is None or not _own(url, page.url) or not _navigates(element):
            continue
        path = unquote(urlsplit(addressed(url)).path).lower().rstrip("/")
        if not path or is_other_business(url) or is_sold_path(url) or NOT_PATH.search(path):
            continue
        text = text_of(element)
        # "Spring Sale", at /auctions/spring-sale-2026, is no car of that year.
        is_car = vehicle_url_score(url) >= 3.5 and (not text or names_vehicle(text))
        if not is_car and not NOT_TEXT.search(text):
            found.setdefault(url_identity(url), url)
    return tuple(found.values())


def _navigates(element: HtmlElement) -> bool:
    return any(
        ancestor.tag in ("nav", "header")
        or not class_words(ancestor.get("class"), ancestor.get("id")).isdisjoint(NAV_NAMES)
        for ancestor in itertools.islice(element.iterancestors(), 8)
    )


def sold_candidates(page: Page) -> tuple[tuple[str, str], ...]:
    """Return (url, where) of the explicit links to the archive of sold cars, surest first."""
    return tuple((url, f"link {urlsplit(url).path}") for url in sold_grid_links(page))


def _own(url: str, page_url: str) -> bool:
    return same_site(url, page_url)


def _judge(element: HtmlElement, url: str) -> tuple[float, str]:
    parts = urlsplit(addressed(url))
    path = unquote(parts.path).lower().rstrip("/")
    if not path or is_sold_path(url) or NOT_PATH.search(path) or vehicle_url_score(url) >= 3.5:
        return 0.0, ""
    text = text_of(element) or fold(element.get("title") or element.get("aria-label") or "")
    if not text:
        text = next((fold(image.get("alt") or "") for image in element.iter("img")), "")
    if NOT_TEXT.search(text) or len(text) > 80:
        return 0.0, ""
    by_text = next(
        (
            weight
            for weight, pattern in zip((4.0, 2.5, 1.5), TEXTS, strict=True)
            if pattern.search(text)
        ),
        0.0,
    )
    segments = [segment for segment in path.split("/") if segment]
    stem = re.sub(r"\.(?:html?|php|aspx?)$", "", segments[-1])
    by_path = max(PATH_WORDS.get(stem, 0.0), PATH_WORDS.get(segments[-1], 0.0))
    if not by_path:
        by_path = 0.6 * max((PATH_WORDS.get(segment, 0.0) for segment in segments), default=0.0)
        by_path = max(
            by_path, 1.5 if re.search(r"inventory|for-sale|fahrzeuge|vehicules", stem) else 0.0
        )
    if not by_text and not by_path:
        return 0.0, ""
    score = by_text + by_path - 0.4 * (len(segments) - 1) - (1.5 if parts.query else 0.0)
    # Shops keep all their cars in a category.
    if NARROWING.search(text if by_text >= 2.5 else f"{path} {text}"):
        score -= 2.0
    in_nav = _navigates(element)
    score += 0.5 if in_nav else 0.0
    if any(ancestor.tag == "footer" for ancestor in element.iterancestors()):
        score -= 0.3
    place = "nav" if in_nav else "link"
    return score, f'{place} "{text}"' if by_text else f"path {path}"


NAV_NAMES = frozenset(["nav", "menu", "navbar", "navigation"])
