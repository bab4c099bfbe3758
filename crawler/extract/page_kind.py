"""What a page without any car is instead of a grid: a "not found" that was answered with 200, a
login, or nothing at all.

Asked only where no car was found, so a page with cars is never one of these. What is a message
whatever was expected (parking, maintenance, challenges) is told from it earlier, by
`crawler.block_pages`.
"""

import re
from urllib.parse import urlsplit

from crawler.extract.page import Page
from crawler.extract.text import text_of
from crawler.extract.titles import names_vehicle

__all__ = ["page_kind"]

NOT_FOUND = re.compile(
    r"(?:oops|uh-oh|sorry|ups|hoppla|d\u00e9sol\u00e9|lo sentimos|spiacenti|helaas)?[!,.: ]*(?:"
    r"(?:error |http )?404(?: error)?(?:[:,. ]*(?:page |file |site )?(?:was )?not found)?"
    r"|(?:the |this |that )?(?:requested )?(?:page|file|url)(?: you (?:requested|are looking for|"
    r"were looking for))? (?:was |is |could |can ?|cannot |can't |does )*"
    r"(?:not |n't )?(?:be )?(?:not found|found|exist|available|missing)(?: any ?more)?"
    r"|(?:that |this )?page (?:can(?:no|')t be found|does(?:n't| not) exist|is missing)"
    r"|not found|nothing (?:was )?found at this (?:location|address)"
    r"|(?:we )?(?:can't|cannot|couldn't) find (?:that|this|the) page(?: .*)?"
    r"|fehler 404|(?:die |diese )?(?:angeforderte )?seite (?:wurde |konnte )?nicht gefunden"
    r"(?: werden)?|(?:die |diese )seite existiert nicht(?: mehr)?"
    r"|erreur 404|(?:cette )?page (?:non trouv\u00e9e|introuvable)"
    r"|cette page n['\u2019]existe (?:pas|plus)"
    r"|error 404|p\u00e1gina no encontrada"
    r"|no se (?:ha encontrado|encontr\u00f3|encuentra) la p\u00e1gina"
    r"|la p\u00e1gina no existe|errore 404|pagina non trovata|la pagina non esiste"
    r"|fout 404|pagina niet gevonden|deze pagina bestaat niet(?: meer)?"
    r"|erro 404|p\u00e1gina n\u00e3o encontrada"
    r"|sidan (?:kunde inte hittas|hittades inte|finns inte)|fel 404"
    r"|siden (?:blev ikke fundet|findes ikke|ble ikke funnet|finnes ikke)"
    r"|(?:strona nie zosta\u0142a znaleziona|nie znaleziono strony)"
    r"|\u30da\u30fc\u30b8\u304c\u898b\u3064\u304b\u308a\u307e\u305b\u3093"
    r")[!.\u2026 ]*",
    re.IGNORECASE,
)
FOUND = re.compile(r"(?:the |this )?(?:page|file|url) (?:was |is )?(?:found|available)", re.I)
PARTS = re.compile(r"\s+[-\u2013\u2014|\u00b7:»]\s+|\s*\|\s*")
LOGIN_PATH = re.compile(
    r"/(?:wp-login\.php|(?:[\w-]*/)*(?:log-?in|sign-?in|account/login|auth|anmelden|connexion|"
    r"accedi|inloggen)(?:\.\w+)?)/?$",
    re.I,
)
MAX_HEADING = 160


def page_kind(page: Page) -> str | None:
    """Return ``soft_404``, ``login`` or ``empty``; None for a page that may well be the site's."""
    asks_password = any(
        field.get("type", "").lower() == "password" for field in page.root.iter("input")
    )
    if asks_password and LOGIN_PATH.search(urlsplit(page.url).path):
        return "login"
    headings = [page.title, *(text_of(each) for each in page.root.iter("h1", "h2"))]
    # A list of similar cars below the message is the site's kindness, and no grid.
    if any(_says_not_found(text) for text in headings[:4]) and not names_vehicle(page.title):
        return "soft_404"
    return "empty" if _is_empty(page) else None


def _says_not_found(text: str) -> bool:
    text = " ".join(text.split())
    if not text or len(text) > MAX_HEADING:
        return False
    parts = [text, *PARTS.split(text)]
    return any(NOT_FOUND.fullmatch(part) and not FOUND.fullmatch(part) for part in parts if part)


def _is_empty(page: Page) -> bool:
    """Whether there is nothing to see and nothing that could draw it."""
    if len(page.html) > 2_000:
        return False
    draws = page.root.iter("script", "img", "iframe", "frame", "object", "embed", "meta")
    if any(each.tag != "meta" or "refresh" in each.get("http-equiv", "").lower() for each in draws):
        return False
    body = next(page.root.iter("body"), page.root)
    # Libxml2 wraps bare text in a paragraph; an empty list is an element, and an empty grid.
    return not text_of(body).strip() and all(each.tag == "p" for each in body.iterdescendants())
