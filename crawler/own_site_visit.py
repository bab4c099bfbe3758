"""A short visit to a dealer's own site: what its home and contact page add to the profile."""

import re
from dataclasses import dataclass, field

from contract.urls import site_of, url_identity
from crawler.extract.facts import Facts
from crawler.extract.inventory_links import inventory_candidates
from crawler.extract.page import Page
from crawler.extract.profile import read_site
from crawler.fetch import Fetch
from crawler.platforms import recognize

__all__ = ["OwnSite", "visit_own_site"]

CONTACT = re.compile(
    r"\b(contact|about|location|directions|visit|find us|showroom|impressum|kontakt|contatti|nous)",
    re.IGNORECASE,
)


@dataclass
class OwnSite:
    """What the visit gave; ``failure`` says why the site gave nothing."""

    facts: Facts = field(default_factory=lambda: Facts("website"))
    platform: str | None = None
    failure: str | None = None


async def visit_own_site(home_url: str, fetch: Fetch) -> OwnSite:
    """Read the home page and one contact page, and find where the inventory is.

    Where the site links no inventory, the platform's usual paths are guessed; a walk tells whether
    a guess was right.
    """
    found = OwnSite()
    home = await fetch(home_url)
    if home.page is None:
        found.failure = home.failure
        return found
    platform = recognize(home.page)
    found.platform = platform.name
    found.facts = read_site(home.page)
    for url, where in inventory_candidates(home.page):
        found.facts.add("inventory_url", url, where)
    if "inventory_url" not in found.facts.fields:
        for url in platform.grids(home.page):
            found.facts.add("inventory_url", url, f"guess: {platform.name} path")
    contact_url = _contact_page(home.page)
    if contact_url:
        contact = await fetch(contact_url)
        if contact.page is not None:
            found.facts.extend(read_site(contact.page))
    return found


def _contact_page(home: Page) -> str | None:
    """The linked page on the same site that is called contact, location or about, best first."""
    links: list[tuple[int, str]] = []
    for anchor in home.selector.css("a[href]"):
        url = home.link(anchor.attrib["href"])
        if url is None or site_of(url) != site_of(home.url):
            continue
        named = f"{' '.join(anchor.css('::text').getall())} {url.rpartition('/')[2]}"
        match = CONTACT.search(named)
        if match and url_identity(url) != url_identity(home.url):
            links.append((0 if match[1].lower() in ("contact", "kontakt") else 1, url))
    return min(links, key=lambda link: link[0])[1] if links else None
