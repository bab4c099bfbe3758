"""What a page says about a seller: name, license, website, phone, e-mail, address, brand assets.

The same reader serves classic.com's profile pages and the dealer's own pages. Every value is raw
and carries where it was found; which candidate wins is the normalizer's to say. A directory's own
header and footer are cut away first, or its phone and social accounts would become every seller's.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from parsel import Selector

from contract.urls import clean_url, site_of
from crawler.extract.contacts import LABELS, read_contacts
from crawler.extract.facts import Facts
from crawler.extract.jsonld import node_types
from crawler.extract.labels import labelled_values, words
from crawler.extract.own_site import is_outgoing, is_own_site, shown_site, unwrap
from crawler.extract.page import Page

__all__ = ["Facts", "main_part", "outgoing_website_link", "read_profile", "read_site"]


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
ADDRESS_PARTS = {
    "streetAddress": "street",
    "addressLocality": "city",
    "addressRegion": "state",
    "postalCode": "postal_code",
    "addressCountry": "country",
}
TITLE_TAIL = re.compile(r"\s+[|\u2013\u2014-]\s+Classic\.com.*$", re.IGNORECASE)


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
    read_contacts(main, facts)
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
        read_contacts(body[0], facts)
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
    if "website" not in facts.fields:
        for _, label, value in labelled_values(main, {"website": LABELS["website"]}):
            shown = shown_site(value)
            if shown and is_own_site(shown, directory_sites):
                facts.add("website", shown, f"label {label!r}")


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
