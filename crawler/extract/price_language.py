"""How dealers write prices: amounts, requests, old and monthly ones, in seven languages."""

import re

from crawler.extract.page import Page
from crawler.extract.wording import Wording

__all__ = [
    "BARE",
    "CURRENT",
    "MONEY",
    "NEVER",
    "OLD",
    "ON_REQUEST",
    "ON_REQUEST_SLOT",
    "SIGNS",
    "amount_of",
    "may_be_money",
    "page_currency",
]

SIGNS = (
    r"(?:US\$|C\$|CA\$|AU\$|A\$|NZ\$|HK\$|[$€£¥₣]|USD|EUR|GBP|CHF|CAD|AUD|JPY|SEK|DKK|NOK|"
    r"PLN|CZK|AED|Fr\.|kr\.?|zł)"
)
SIGN = re.compile(r"[$€£¥₣ł]|[A-Z]{3}|Fr\.|kr")
"""What every sign of SIGNS has; cheaper to look for than an amount."""
DIGIT = re.compile(r"\d")
NUMBER = r"\d{1,3}(?:[.,'\u2019 \u00a0\u202f]\d{3})+(?:[.,]\d{2})?|\d+(?:[.,]\d{1,2})?"
MONEY = re.compile(
    rf"{SIGNS}\s*(?:{NUMBER})(?:\s?[kKmM]\b)?(?:,[-\u2013\u2014]+|"
    rf"\.[-\u2013\u2014]+)?(?:\s*(?:USD|EUR|GBP|CHF|CAD|AUD)\b)?|"
    rf"(?<![\w.,])(?:{NUMBER})(?:,[-\u2013\u2014]+|\.[-\u2013\u2014]+)?\s*{SIGNS}(?!\w)",
)
BARE = re.compile(
    r"^[^\d]{0,30}?((?:\d{1,3}(?:[.,'\u2019 ]\d{3})+|"
    r"\d{4,9})(?:\.\d{2})?)\D{0,12}$"
)
ON_REQUEST = Wording(
    r"\bp\.?\s?o\.?\s?[ar]\b\.?|price (?:up)?on (?:application|request|asking|enquiry|inquiry)|"
    r"(?:call|ask|contact|inquire|"
    r"enquire|e-?mail|text|please \w+)(?: us| now| dealer)? (?:for|about|on)(?: our| the| a|"
    r" best)* (?:pric\w*|quote|details)|"
    r"price (?:tb[ad]|not (?:listed|available|disclosed)|undisclosed|withheld|coming)|"
    r"preis auf anfrage|auf anfrage|"
    r"prix sur (?:demande|appel)|sur demande|nous consulter|prezzo su richiesta|su richiesta|"
    r"trattativa riservata|"
    r"pris (?:p[åa]|efter) (?:f[öo]rfr[åa]gan|foresp[øo]rsel|foresp[øo]rgsel|beg[äa]ran)|"
    r"beg[äa]r pris|"
    r"prijs op aanvraag|op aanvraag|precio a consultar|a consultar|consultar precio|"
    r"upon request|on application"
)
ON_REQUEST_SLOT = Wording(
    r"^\W*(?:call(?: us| now| today)?|inquire(?: now)?|enquire(?: now)?|(?:please )?(?:call|ask|"
    r"contact(?: us)?|inquire|enquire)|"
    r"tb[ad]|request price|get price|see dealer|on request|anfrage|contact (?:us|dealer))\W*$"
)
# Words before or around an amount that make it another amount than the price.
NEVER = Wording(
    r"payment|monthly|per month|\bmonth|/\s?mo\b|/\s?wk|weekly|bi-?weekly|\bdown\b|deposit|"
    r"finance|financing|"
    r"\blease|\bapr\b|\bfees?\b|\bdoc\b|rebate|savings?\b|\bsave\b|discount(?!ed)|"
    r"\boff\b(?![- ]?road)|incentive|shipping|"
    r"delivery|warranty|installment|\brate\b|\btax(?:es)?\b(?! incl)|cash ?back|price drop|"
    r"reduced by|you save|anzahlung|\bentrada\b|\bcuotas?\b|/\s?mes\b|al mes\b|"
    r"financiaci|\banticipo\b|\brat[ae]\b|finanziament|acompte|\bapport\b|aanbetaling|"
    r"per maand|p/m\b|udbetaling|m[åa]nedlig|"
    r"\bbid\b|estimate\b|reserve\b|rate mtl|mensualit|/\s?mois|monatlich|al mese|credit\b|"
    r"instant|trade.?in|"
    r"inspection|insurance|annual|per day|rental|refund|coupon|gift"
)
OLD = Wording(
    r"\bwas\b|\bwere\b|\bmsrp\b|\brrp\b|\bretail\b|\boriginal(?:ly)?\b|\bregular(?:ly)?\b|"
    r"\bold\b|\bprevious(?:ly)?\b|"
    r"compare|book value|market (?:value|price|avg)|\bkbb\b|blue book|\bnada\b|\bjd power\b|"
    r"appraisal|sticker|"
    r"\bstrike|\bstruck\b|line.?through|crossed|\bstatt\b|\buvp\b|ehemals|neupreis|"
    r"ancien|au lieu|\banzich[eé]|secondary|invoice|\bvalued? at\b|replacement|\bformer"
)
CURRENT = Wording(
    r"\bnow\b|\bnew price|our price|sale price|internet|asking|special|your price|final|selling|"
    r"current|web price|"
    r"online price|cash price|e-?price|no.?haggle|reduced(?: to| price)?\b|jetzt|maintenant|"
    r"adesso|\bnu\b|offer price|"
    r"advertised|buy now|buy it now|dealer price|today"
)


def page_currency(page: Page, price: str | None) -> str | None:
    """The currency of a price whose sign several countries share, by the page's language: "kr" on a
    Nordic page, "$" on one in Australia's English; None where that tells nothing."""
    language = (page.root.get("lang") or "").lower()
    if not language or not price:
        return None
    if CROWNS.search(price):
        return COUNTRY_CROWNS.get(language[-3:]) or LANGUAGE_CROWNS.get(language[:2])
    return COUNTRY_DOLLARS.get(language[-3:]) if DOLLARS.search(price) else None


CROWNS = re.compile(r"(?<![^\W\d])kr(?![^\W\d])", re.IGNORECASE)
LANGUAGE_CROWNS = {"sv": "SEK", "da": "DKK", "no": "NOK", "nb": "NOK", "nn": "NOK", "is": "ISK"}
COUNTRY_CROWNS = {"-se": "SEK", "-dk": "DKK", "-no": "NOK", "-is": "ISK"}
# Templates say "en-US" wherever they are used; nobody says "en-AU" by chance.
DOLLARS = re.compile(r"^[^A-Za-z]*\$(?!.*\b(?:US|USD|CAD|AUD|NZD)\b)", re.DOTALL)
COUNTRY_DOLLARS = {"-au": "AUD", "-ca": "CAD", "-nz": "NZD", "-sg": "SGD", "-hk": "HKD"}


def may_be_money(text: str) -> bool:
    """Whether a text holds a digit and a currency's sign, so that MONEY may occur in it."""
    return DIGIT.search(text) is not None and SIGN.search(text) is not None


def amount_of(text: str | None) -> str:
    """Return the digits of an amount without cents, "" where there are none."""
    return re.sub(r"\D", "", re.sub(r"[.,]\d{1,2}(?!\d)", "", text or ""))
