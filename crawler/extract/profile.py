"""What a page says about a seller: name, license, website, phone, e-mail, address, brand assets.

The same reader serves classic.com's profile pages and the dealer's own pages. Every value is raw
and carries where it was found; which candidate wins is the normalizer's to say. A directory's own
header and footer are cut away first, or its phone and social accounts would become every seller's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import unquote

from parsel import Selector

from contract.urls import clean_url, site_of
from crawler.extract.jsonld import node_types
from crawler.extract.labels import labelled_values, words
from crawler.extract.own_site import is_outgoing, is_own_site, shown_site, unwrap
from crawler.extract.page import Page

__all__ = ["Facts", "main_part", "outgoing_website_link", "read_profile", "read_site"]

Origin = Literal["profile", "website"]
Candidate = dict[str, str]

ORGANIZATION_TYPES = frozenset(
    [
        "AuctionHouse",
        "AutoBodyShop",
        "AutoDealer",
        "AutoRental",
        "AutoRepair",
        "AutomotiveBusiness",
        "Corporation",
        "LocalBusiness",
        "MotorcycleDealer",
        "Organization",
        "Store",
    ]
)
LABELS = {
    "dealer_license": re.compile(
        r"(motor vehicle |vehicle |auto(motive)? |used (car )?|state )*"
        r"(dealer'?s?|dealership|seller)? ?(licen[sc]e|lic\.?)( ?(no\.?|number|nr\.?|#|id))?"
        r"|dl ?(no\.?|number|#)?|dealer (no\.?|number|#|id)",
        re.IGNORECASE,
    ),
    # Icon fonts write their pictures as words: "place", "call", "language".
    "phone": re.compile(
        r"(tele)?phone( number)?|tel\.?|call( us)?|mobile|cell|office|showroom|smartphone"
        r"|telefon|téléphone|telefono",
        re.IGNORECASE,
    ),
    "email": re.compile(r"e-?mail( address| us)?|mail|courriel", re.IGNORECASE),
    "website": re.compile(
        r"(visit |official |dealer |our )*(web ?site|web|homepage|home page|url)|language|public",
        re.IGNORECASE,
    ),
    "address": re.compile(
        r"(street |mailing |dealership |showroom |business )*(address|location)"
        r"|adresse|anschrift|indirizzo|place|location_on|pin_drop|location_city",
        re.IGNORECASE,
    ),
    "street": re.compile(r"street", re.IGNORECASE),
    "city": re.compile(r"city|town", re.IGNORECASE),
    "state": re.compile(r"state|province|region", re.IGNORECASE),
    "postal_code": re.compile(r"zip( code)?|postal ?code|postcode", re.IGNORECASE),
    "country": re.compile(r"country", re.IGNORECASE),
}
# A license in running text must name itself: "Dealer License #: VF/1012345", never "headlights".
LICENSE_TEXT = re.compile(
    r"\b(?:(?:motor\s+vehicle|vehicle|auto(?:motive)?|used\s+car)\s+)?"
    r"(?:dealer(?:'s|ship)?\s+(?:licen[sc]e|lic\.?|no\.?|number)|DL|DLR)\s*"
    r"(?:no\.?|number|nr\.?)?\s*[:#]{0,2}\s*#?\s*(?=[A-Z0-9/-]*\d)[A-Z0-9][A-Z0-9/-]{2,19}\b",
    re.IGNORECASE,
)
# In an element of its own a license needs less: "License No. 30017-VA".
LICENSE_ALONE = re.compile(
    r"((?:[A-Za-z']+\s+){0,4}licen[sc]e(?:\s*(?:no|number|nr|id)\b)?[\s.:#]*"
    r"(?=[A-Z0-9/ -]*\d)[A-Z0-9][A-Z0-9/-]{2,19})",
    re.IGNORECASE,
)
# "Rhinebeck, New York, USA" or "Austin, TX" in an element of its own.
PLACE_ALONE = re.compile(
    r"[A-Z][^,\d:;!?]{1,40}, ?(?:[A-Z]{2}|[A-Z][^,\d:;!?]{2,30}, ?(?:USA|U\.S\.A\.|US|United States"
    r"|Canada|UK|United Kingdom|England|Scotland|Germany|France|Italy|Spain|Netherlands|Belgium"
    r"|Switzerland|Austria|Sweden|Denmark|Norway|Australia|New Zealand|Japan|Ireland|Portugal))"
)
CITY_LINE = re.compile(
    r"\b[A-Z][A-Za-z.' -]{1,40},\s*(?:[A-Z]{2}|[A-Z][a-z]+(?:\s[A-Z][a-z]+)?)\s+\d{5}(?:-\d{4})?\b"
)
PHONE_TEXT = re.compile(r"(?<![\d/$.,-])(?:\+?1[ .-]?)?\(?\d{3}\)?[ .-]\d{3}[ .-]\d{4}(?![\d-])")
ADDRESS_PARTS = {
    "streetAddress": "street",
    "addressLocality": "city",
    "addressRegion": "state",
    "postalCode": "postal_code",
    "addressCountry": "country",
}
TITLE_TAIL = re.compile(r"\s+[|\u2013\u2014-]\s+Classic\.com.*$", re.IGNORECASE)
MAX_CANDIDATES = 6


@dataclass
class Facts:
    """Candidates per field of contract.SellerProfile, in the order they were found, each once."""

    origin: Origin
    fields: dict[str, list[Candidate]] = field(default_factory=dict)

    def add(self, name: str, value: str | None, where: str) -> None:
        """Keep a raw value with its place; empty and repeated ones are no candidates."""
        value = " ".join(value.split()) if value else ""
        if value and len(value) <= 10_000:
            self._keep(name, {"value": value}, where)

    def add_address(self, where: str, **parts: str | None) -> None:
        """Keep an address as one text (``text=``) or in parts."""
        kept = {key: " ".join(part.split()) for key, part in parts.items() if part and part.strip()}
        if kept and all(len(part) <= 500 for part in kept.values()):
            self._keep("address", kept, where)

    def _keep(self, name: str, content: Candidate, where: str) -> None:
        known = self.fields.setdefault(name, [])
        if len(known) < MAX_CANDIDATES and all(
            {k: v for k, v in candidate.items() if k not in ("origin", "where")} != content
            for candidate in known
        ):
            known.append({**content, "origin": self.origin, "where": where[:500]})

    def extend(self, other: "Facts") -> None:
        """Append another page's candidates behind mine."""
        for name, candidates in other.fields.items():
            self.fields.setdefault(name, []).extend(candidates)


def read_profile(page: Page, directory_sites: frozenset[str]) -> Facts:
    """Read a seller's profile page of a directory; ``directory_sites`` are the directory's own
    hosts."""
    main = main_part(page.selector)
    facts = Facts("profile")
    for heading in main.css("h1"):
        facts.add("name", _own_words(heading), "h1")
    _structured(page, facts, directory_sites)
    title = page.selector.css("title::text, meta[property='og:title']::attr(content)").get("")
    if not facts.fields.get("name"):
        facts.add("name", TITLE_TAIL.sub("", title), "title")
    for logo in main.css("img[src*='/uploads/dealer/'], img[data-src*='/uploads/dealer/']"):
        source = logo.attrib.get("data-src") or logo.attrib["src"]
        facts.add("logo", clean_url(page.url, source), "img /uploads/dealer/")
    _contacts(main, page.url, facts)
    _profile_links(main, page.url, facts, directory_sites)
    for paragraph in main.css("[class*=description], [class*=about], [id*=about], [class*=bio]"):
        text = words(paragraph)
        if len(text) > 40:
            facts.add("description", text, "about section")
            break
    return facts


def read_site(page: Page) -> Facts:
    """Read a page of the dealer's own site: home or contact page."""
    facts = Facts("website")
    _structured(page, facts, frozenset())
    body = page.selector.css("body")
    if body:
        _contacts(body[0], page.url, facts)
    _brand(page, facts)
    for anchor in page.selector.css("a[href^='http']::attr(href)").getall():
        url = clean_url(page.url, anchor)
        if url and not is_own_site(url) and _is_account(url):
            facts.add("same_as", url, "link")
    return facts


def main_part(selector: Selector) -> Selector:
    """The page without its frame: navigation, footer, scripts and the page's own header are cut.

    The frame belongs to the directory, not to the seller. A header inside the main part stays.
    """
    copy = Selector(text=selector.get() or "<html></html>", type="html")
    for frame in copy.xpath(
        "//nav | //footer | //script | //style | //template | //noscript | //aside"
        " | //body/header[not(.//h1)] | //body/div/header[not(.//h1)]"
        " | //*[@role='navigation' or @role='contentinfo' or @role='banner'][not(.//h1)]"
    ):
        frame.drop()
    return copy


def _own_words(heading: Selector) -> str:
    """A heading's own text, without badges that stand in elements of their own."""
    own = " ".join(" ".join(heading.xpath("./text()").getall()).split())
    return own or words(heading)


def _structured(page: Page, facts: Facts, directory_sites: frozenset[str]) -> None:
    for where, data in _organizations(page):
        if _is_directory(data, directory_sites):
            continue
        facts.add("name", _text(data.get("name")), where)
        facts.add("phone", _text(data.get("telephone")), where)
        facts.add("email", (_text(data.get("email")) or "").removeprefix("mailto:"), where)
        facts.add("description", _text(data.get("description")), where)
        facts.add("logo", _url(page.url, data.get("logo")), where)
        own = _url(page.url, data.get("url"))
        if own and facts.origin == "profile" and is_own_site(own, directory_sites):
            facts.add("website", own, where)
        for account in _many(data.get("sameAs")):
            url = _url(page.url, account)
            if url and facts.origin == "profile" and is_own_site(url, directory_sites):
                facts.add("website", url, f"{where} sameAs")
            elif url:
                facts.add("same_as", url, where)
        for address in _many(data.get("address")):
            if isinstance(address, str):
                facts.add_address(where, text=address)
            elif isinstance(address, Mapping):
                parts = {ours: _text(address.get(theirs)) for theirs, ours in ADDRESS_PARTS.items()}
                facts.add_address(where, **parts)
        for geo in _many(data.get("geo")):
            if isinstance(geo, Mapping):
                pair = [_text(geo.get("latitude")), _text(geo.get("longitude"))]
                if all(pair):
                    facts.add("coordinates", ",".join(str(part) for part in pair), where)
        for identifier in _many(data.get("identifier")):
            if isinstance(identifier, Mapping) and LABELS["dealer_license"].fullmatch(
                _text(identifier.get("name") or identifier.get("propertyID")) or ""
            ):
                facts.add("dealer_license", _text(identifier.get("value")), where)


def _organizations(page: Page) -> Iterator[tuple[str, Mapping[str, Any]]]:
    for where, items in (("json-ld", page.jsonld), ("microdata", page.microdata)):
        for item in items:
            if node_types(item) & ORGANIZATION_TYPES:
                yield where, item


def _is_directory(data: Mapping[str, Any], directory_sites: frozenset[str]) -> bool:
    """classic.com may describe itself on every page."""
    name = (_text(data.get("name")) or "").lower()
    url = _text(data.get("url")) or ""
    if not directory_sites or name in ("classic.com", "classic.com, inc.", "classic"):
        return bool(directory_sites)
    return url.rstrip("/").count("/") <= 2 and site_of(url) in directory_sites


def _contacts(main: Selector, base: str, facts: Facts) -> None:
    """Read what people read: labelled values, call and mail links, address elements, and a license
    or city line in running text."""
    parts: dict[str, str] = {}
    for name, label, value in labelled_values(main, LABELS):
        where = f"label {label!r}"
        if name in ("street", "city", "state", "postal_code", "country"):
            parts.setdefault(name, value)
        elif name == "address":
            facts.add_address(where, text=value)
        elif name == "dealer_license":
            facts.add(name, f"License: {value}", where)
        elif (name == "phone" and sum(c.isdigit() for c in value) >= 7) or (
            name == "email" and "@" in value
        ):
            facts.add(name, value, where)
    for link in main.css("a[href^='tel:' i]::attr(href)").getall():
        facts.add("phone", unquote(link[4:]).strip("/"), "a[href^=tel:]")
    for link in main.css("a[href^='mailto:' i]::attr(href)").getall():
        facts.add("email", unquote(link[7:].partition("?")[0]), "a[href^=mailto:]")
    if parts.keys() & {"city", "postal_code", "street"}:
        facts.add_address("labels", **parts)
    for element in main.css("address, [itemprop=address], [class*=address i], [class*=location i]"):
        text = words(element, ", ")
        labelled = parts and all(value in text for value in parts.values())
        if not labelled and 8 <= len(text) <= 250 and any(map(str.isalpha, text)):
            facts.add_address(f"<{element.root.tag}>", text=text)
    text = words(main, "\n")
    for line in text.split("\n"):
        if LICENSE_ALONE.fullmatch(line):
            facts.add("dealer_license", line, "line")
        elif "address" not in facts.fields and PLACE_ALONE.fullmatch(line):
            facts.add_address("line", text=line)
    if found := LICENSE_TEXT.search(text):
        facts.add("dealer_license", found[0], "text")
    if "address" not in facts.fields and (found := CITY_LINE.search(text)):
        lines = text[: found.end()].rsplit("\n", 2)[-2:]
        # The line before a city line is the street, unless the street stands in front of it.
        if any(char.isdigit() for char in text[: found.start()].rpartition("\n")[2]):
            lines = lines[-1:]
        facts.add_address("text", text=", ".join(lines))
    if "phone" not in facts.fields and (found := PHONE_TEXT.search(text)):
        facts.add("phone", found[0], "text")


def _profile_links(
    main: Selector, base: str, facts: Facts, directory_sites: frozenset[str]
) -> None:
    """Find the website among the links that leave the directory: named ones first, then the rest.

    The first external link is often a social account or an app store: those are never websites.
    """
    external: list[tuple[int, int, str]] = []
    for anchor in main.css("a[href]"):
        url = clean_url(base, anchor.attrib["href"])
        url = unwrap(url, directory_sites) if url else None
        if url and is_outgoing(url, directory_sites) and (shown := shown_site(words(anchor))):
            url = shown
        if url is None or site_of(url) in directory_sites:
            continue
        if not is_own_site(url, directory_sites):
            if _is_account(url):
                facts.add("same_as", url, "link")
            continue
        external.append((_website_rank(anchor, url), len(external), url))
    for rank, _, url in sorted(external):
        facts.add("website", url, ("link named website", "link named by its host", "link")[rank])


def outgoing_website_link(page: Page, directory_sites: frozenset[str]) -> str | None:
    """The directory's own redirector that is called the seller's website, where the link does not
    say where it leads."""
    for anchor in main_part(page.selector).css("a[href]"):
        url = clean_url(page.url, anchor.attrib["href"])
        if (
            url
            and is_outgoing(url, directory_sites)
            and url == unwrap(url, directory_sites)
            and _website_rank(anchor, url) == 0
        ):
            return url
    return None


def _website_rank(anchor: Selector, url: str) -> int:
    """Rank 0: called a website; 1: called by its own host; 2: any other link."""
    names = ("class", "id", "itemprop", "title", "aria-label")
    named = " ".join([words(anchor), *(anchor.attrib.get(name, "") for name in names)])
    labels = (
        *anchor.xpath("./preceding-sibling::node()[1]/descendant-or-self::text()").getall()[-1:],
        *anchor.xpath("../preceding-sibling::*[1]//text()").getall()[-1:],
    )
    if re.search(r"web ?site|homepage|\bvisit\b|\burl\b", named, re.IGNORECASE):
        return 0
    if any(LABELS["website"].fullmatch(label.strip().rstrip(":").strip()) for label in labels):
        return 0
    return 1 if site_of(url) in words(anchor).lower() else 2


def _is_account(url: str) -> bool:
    """A page of its own on a network, not the network's front page or a share button."""
    path = url.split("/", 3)[3] if url.count("/") >= 3 else ""
    return bool(path.strip("/")) and not re.match(r"(sharer|share|intent|dialog|plugins)\b", path)


def _brand(page: Page, facts: Facts) -> None:
    """Read the favicon, the banner, the logo and the description of a dealer's own page."""
    for href in page.selector.css("link[rel*='icon' i]::attr(href)").getall():
        facts.add("favicon", clean_url(page.url, href), "link rel=icon")
    for content in page.selector.css(
        "meta[property='og:image']::attr(content), meta[name='twitter:image']::attr(content)"
    ).getall():
        facts.add("banner", clean_url(page.url, content), "og:image")
    for name, where in (("banner", "hero"), ("banner", "banner"), ("logo", "logo")):
        for image in page.selector.css(
            f"img[class*={where} i], img[id*={where} i], img[alt*={where} i], img[src*={where} i],"
            f" [class*={where} i] img"
        ):
            facts.add(name, _image(page.url, image), f"img {where}")
    description = page.selector.css("meta[name='description' i]::attr(content)").get()
    facts.add("description", description, "meta description")


def _image(base: str, image: Selector) -> str | None:
    source = image.attrib.get("data-src") or image.attrib.get("src") or ""
    return None if source.startswith("data:") else clean_url(base, source)


def _many(value: object) -> Iterable[Any]:
    return value if isinstance(value, list) else () if value is None else (value,)


def _text(value: object) -> str | None:
    if isinstance(value, list):
        return _text(value[0]) if value else None
    if isinstance(value, Mapping):
        return _text(value.get("name") or value.get("@value"))
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return None
    return str(value)


def _url(base: str, value: object) -> str | None:
    if isinstance(value, list):
        return _url(base, value[0]) if value else None
    if isinstance(value, Mapping):
        value = value.get("url") or value.get("contentUrl") or value.get("@id")
    return clean_url(base, value) if isinstance(value, str) else None
