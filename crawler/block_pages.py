"""Recognizing an answer that is not the site's page: challenges, denials, login and cookie walls,
maintenance and parking pages, placeholders, and what a server shows before anybody set it up.

Pure, and precise before it is complete: a false alarm silences a dealer. A mark counts only where
no honest page carries it: a header or script variable of the protection itself, or a whole title on
a page that has next to no text. A contact form with a captcha, a widget with a ``data-ray``
attribute or a car titled "Attention required" is none. The marks were met in the field; a new one
is a new row.
"""

import re
from collections.abc import Mapping
from html import unescape

from parsel import Selector

from crawler.block_words import (
    BRIEF_TEXTS,
    COMING_SOON_TITLE,
    COOKIE_TEXT,
    COOKIE_TITLE,
    COOKIE_WORD,
    DOMAIN_SELLERS,
    HOSTING_TITLE,
    LOGIN_TITLE,
    MAINTENANCE_TITLE,
    PARKED_TITLE,
    PARKING_TEXT,
    PASSWORD_TEXT,
)
from crawler.extract.attributes import bounded
from crawler.extract.titles import names_vehicle

__all__ = ["block_kind"]

SPARSE_TEXT = 1_500
"""Visible characters below which a page is only its message."""
MAX_TITLE = 300
BARE_LINKS = 8
"""A message has few links; a page with more is a site's, however short its text."""

CHALLENGE_HEADERS = {
    "cf-mitigated": re.compile(r"challenge", re.I),
    "x-amzn-waf-action": re.compile(r"challenge|captcha", re.I),
}

CHALLENGE_CODE = re.compile(
    r"""window\._cf_chl_opt
      | _cf_chl_ctx
      | geo\.captcha-delivery\.com/(?:captcha|interstitial)
      | /_Incapsula_Resource\?SWUDNSAI
      | /\.well-known/sgcaptcha/
      | window\._pxAppId[^<]{0,400}px-captcha
      | window\.gokuProps
      | sucuri_cloudproxy_js""",
    re.X,
)
"""Code that only the interstitials run. (``/cdn-cgi/challenge-platform/scripts/jsd`` and
``_Incapsula_Resource?SWJIYLWA`` are injected into ordinary pages too, so they are not here.)"""

CHALLENGE_ELEMENTS = (
    "#challenge-running, #challenge-form, #challenge-stage, .cf-browser-verification,"
    " #turnstile-wrapper, #px-captcha, #cf-challenge-running, #captcha-interstitial"
)

TITLES = [
    (
        "challenge",
        r"just a moment(\.\.\.)?"
        r"|one moment, please(\.\.\.)?"
        r"|please wait(\.\.\.)?( - cloudflare)?"
        r"|checking your browser( before accessing.*)?(\.\.\.)?"
        r"|(verifying|verify) you are (a )?human.*"
        r"|human verification|robot check|security check(point)?|bot verification|client challenge"
        r"|are you (a robot|human)\?|ddos-guard|pardon our interruption(\.\.\.)?"
        r"|access to this page has been denied\.?",
    ),
    (
        "denied",
        r"attention required! - cloudflare|access denied( - .*)?|access forbidden"
        r"|(error )?403( -)? forbidden|403( error)?|forbidden"
        r"|you (have been|are) (blocked|banned).*|request (blocked|rejected)|error 1020.*"
        r"|sucuri website firewall - access denied|blocked",
    ),
    ("maintenance", MAINTENANCE_TITLE),
    ("coming_soon", COMING_SOON_TITLE),
    ("hosting_default", HOSTING_TITLE),
    ("cookie_wall", COOKIE_TITLE),
    (
        "parked",
        rf"{PARKED_TITLE}|"
        r"account suspended|this account has been suspended|website (suspended|expired)"
        r"|domain (parked|expired|for sale|not configured|suspended)"
        r"|[\w.-]+\.[a-z]{2,} (is for sale|- domain for sale|domain is for sale).*"
        r"|hugedomains\.com.*|parked (domain|page)|this domain (is|may be) for sale.*",
    ),
]
TITLE_PATTERNS = [(kind, re.compile(pattern, re.I)) for kind, pattern in TITLES]

PARKING_CODE = re.compile(
    r"""sedoparking\.com | parkingcrew\.net | \bbodis\.com/ | parklogic\.com | above\.com/park
      | img1\.wsimg\.com/parking-lander | d38psrni17bvxu\.cloudfront\.net | cdn\.domains\.com/park
      | dan\.com/(?:buy-domain|orders) | afternic\.com/forsale""",
    re.X,
)
DENIED_TEXT = re.compile(
    r"sorry, you have been blocked|request unsuccessful\. incapsula incident"
    r"|your (?:access to this site|ip(?: address)?) (?:has been|is) (?:blocked|limited|banned)"
    r"|please (?:enable|turn on) (?:js|javascript) and (?:disable any ad blocker|cookies)",
    re.I,
)
PLAIN = str.maketrans({"\u2013": "-", "\u2014": "-", "|": "-", "\u2019": "'", "\u2026": "..."})
"""Titles are compared with plain dashes and quotes."""

TITLE = re.compile(r"<title[^>]*>(.*?)</title", re.I | re.S)


def block_kind(status: int, headers: Mapping[str, str], text: str, host: str = "") -> str | None:
    """Return what kind of block page an answer is, or None for the site's own page.

    ``headers`` has lower-case names; ``text`` is the decoded HTML, empty for other types. Kinds:
    challenge, denied, login, cookie_wall, maintenance, coming_soon, hosting_default, parked. Server
    errors and 429 are not judged here. ``host`` is where redirects ended: some only sell domains.
    """
    if host.lower().removeprefix("www.") in DOMAIN_SELLERS:
        return "parked"
    if any(mark.search(headers.get(name, "")) for name, mark in CHALLENGE_HEADERS.items()):
        return "challenge"
    kind = _page_kind(status, text) if text else None
    if kind is not None:
        return kind
    if status == 401:
        return "login"
    return "denied" if status in (403, 407, 451) else None


def _page_kind(status: int, text: str) -> str | None:
    match = TITLE.search(text[:50_000])
    title = " ".join(unescape(match[1]).split()).translate(PLAIN) if match else ""
    if len(title) > MAX_TITLE:
        title = ""
    titled = next((kind for kind, mark in TITLE_PATTERNS if mark.fullmatch(title)), None)
    refused = status in (401, 403, 429, 503)
    has_parking_code = any(hint in text for hint in PARKING_HINTS) and PARKING_CODE.search(text)
    is_plain = not (titled or refused or has_parking_code) and _is_plainly_a_page(text)
    if is_plain and not LOGIN_TITLE.fullmatch(title):
        # Ordinary pages leave here: they are never parsed twice.
        return None
    suspicious = (
        titled
        or refused
        or CHALLENGE_CODE.search(text)
        or has_parking_code
        or LOGIN_TITLE.fullmatch(title)
        or len(text) < 20_000
    )
    if not suspicious:
        return None
    # Said to be HTML: parsel would take a body that begins like JSON for that.
    page = Selector(bounded(text), type="html")
    visible = _visible_text(page)
    sparse = len(visible) < SPARSE_TEXT
    # A refusing status says that this is a message; otherwise the lack of content has to.
    if not (refused or sparse):
        return None
    if CHALLENGE_CODE.search(text) or page.css(CHALLENGE_ELEMENTS):
        return "challenge"
    if refused and page.css("[data-ray]") and titled in (None, "denied"):
        return "challenge"
    # Parking pages are full of links to advertisers.
    if titled == "parked" or PARKING_TEXT.search(visible) or has_parking_code:
        return "parked"
    if not refused and len(page.css("a[href]")) > BARE_LINKS:
        return None
    if titled in ("challenge", "denied"):
        return titled
    if DENIED_TEXT.search(visible):
        return "denied"
    if names_vehicle(title) or _names_cars(page):
        return None
    return titled or _kind_by_words(page, title, visible, status)


def _kind_by_words(page: Selector, title: str, visible: str, status: int) -> str | None:
    """The kind of a page that is only its message, where the title does not say it."""
    asks_password = bool(page.css("input[type=password]"))
    if asks_password and (LOGIN_TITLE.fullmatch(title) or PASSWORD_TEXT.search(visible)):
        return "login"
    if COOKIE_TEXT.search(visible) and COOKIE_WORD.search(visible):
        return "cookie_wall"
    if status != 503 and len(visible) >= SPARSE_TEXT // 3:
        return None
    for kind, words in BRIEF_TEXTS:
        if words.search(visible):
            return kind
    return None


def _names_cars(page: Selector) -> bool:
    """Whether a link or a heading names a vehicle: then a page is a small site's, whatever its
    title says."""
    texts = page.xpath("//a[@href] | //h1 | //h2 | //h3 | //h4")
    return any(names_vehicle(" ".join(text.xpath("string()").get("").split())) for text in texts)


def _is_plainly_a_page(text: str) -> bool:
    """Whether the source alone shows a site's page: many links, and no word of any message that
    counts in spite of them. Most pages need no parse to be told from a block page."""
    low = text.lower()
    return low.count("<a ") > 2 * BARE_LINKS and not any(hint in low for hint in MESSAGE_HINTS)


MESSAGE_HINTS = (
    *(
        "domain",
        "dominio",
        "domein",
        "parked",
        "cf_chl_",
        "captcha",
        "_incapsula_resource",
        "_pxappid",
        "gokuprops",
    ),
    *("sucuri_cloudproxy_js", "challenge", "cf-browser-verification", "turnstile-wrapper"),
)
"""Of every challenge code and element, and of every parking text, a part that it cannot do
without."""
# A page with many links is read again only for words that stand in its source. The titles that name
# a kind are looked at in any case.
PARKING_HINTS = (
    *("sedoparking", "parkingcrew", "bodis.com", "parklogic", "above.com/park", "parking-lander"),
    *("d38psrni17bvxu", "domains.com/park", "dan.com/", "afternic"),
)


def _visible_text(page: Selector) -> str:
    texts = page.xpath(
        "//body//text()[not(ancestor::script or ancestor::style or ancestor::noscript"
        " or ancestor::template)]"
    ).getall()
    return " ".join(" ".join(texts).split())
