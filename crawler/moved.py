"""A site that leads to another domain: the same dealer under a new name, or somebody else's page.

Pure. Domains lapse and are bought: a walk that followed blindly would sell a stranger's cars under
the dealer's name. The new site is the dealer's where its page names it.
"""

import re
import unicodedata

from contract.urls import site_of
from crawler.extract.page import Page
from crawler.extract.text import text_of
from crawler.extract.vehicle_links import same_site

__all__ = ["leads_elsewhere", "names_dealer"]

WORD = re.compile(r"[^\W_]{3,}")
COMMON = frozenset(
    (
        *("and", "the", "auto", "autos", "automobile", "automobiles", "automotive"),
        *("automobili", "autohaus", "automobiel", "car", "cars", "classic", "classics"),
        *("classique", "classiques", "classico", "collection", "collections", "collector"),
        *("collectors", "company", "dealer", "dealers", "dealership", "european", "exotic"),
        *("exotics", "garage", "group", "gmbh", "house", "import", "imports", "inc"),
        *("international", "limited", "llc", "ltd", "luxury", "motor", "motorcar", "motorcars"),
        *("motoring", "motors", "muscle", "oldtimer", "performance", "preowned", "sales"),
        *("sarl", "specialist", "specialists", "sport", "sports", "sportscars", "srl"),
        *("street", "vehicle", "vehicles", "vintage", "used", "your"),
    )
)
"""Words that half of all dealers have in their names: they name nobody."""
MAX_TEXT = 200_000


def leads_elsewhere(asked: str, page: Page, name: str) -> bool:
    """Whether a request ended on another site, and on one whose page does not name the dealer."""
    return not same_site(asked, page.url) and not names_dealer(page, name)


def names_dealer(page: Page, name: str) -> bool:
    """Whether a page, or its address, has the words that tell a dealer from others. A name without
    such words is not asked for."""
    words = [word for word in WORD.findall(_folded(name)) if word not in COMMON]
    if not words:
        return True
    host = _folded(site_of(page.url)).replace("-", "")
    told = _folded(f"{page.title} {text_of(page.root)[:MAX_TEXT]}")
    return all(word in host for word in words) or all(
        re.search(rf"(?<![^\W_]){re.escape(word)}", told) for word in words
    )


def _folded(text: str) -> str:
    parts = unicodedata.normalize("NFKD", text.casefold())
    return "".join(each for each in parts if not unicodedata.combining(each))
