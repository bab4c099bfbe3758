"""Which of a tile's amounts is the price: not the struck one, the MSRP, the payment or a remark's.

The text is kept as it stands ("$54,900 OBO", "Call for price") with the label beside it; what it
means is the normalizer's to say.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from lxml.html import HtmlElement

from crawler.extract.text import class_words, fold, text_of

__all__ = ["AskingPrice", "read_price"]

SIGNS = r"(?:US\$|C\$|CA\$|AU\$|A\$|NZ\$|HK\$|[$€£¥₣]|USD|EUR|GBP|CHF|CAD|AUD|JPY|SEK|DKK|NOK|PLN|CZK|AED|Fr\.|kr\.?|zł)"
NUMBER = r"\d{1,3}(?:[.,'’ \u00a0\u202f]\d{3})+(?:[.,]\d{2})?|\d+(?:[.,]\d{1,2})?"
MONEY = re.compile(
    rf"{SIGNS}\s*(?:{NUMBER})(?:\s?[kKmM]\b)?(?:,[-–—]+|\.[-–—]+)?(?:\s*(?:USD|EUR|GBP|CHF|CAD|AUD)\b)?|"
    rf"(?<![\w.,])(?:{NUMBER})(?:,[-–—]+|\.[-–—]+)?\s*{SIGNS}(?!\w)",
)
BARE = re.compile(r"^[^\d]{0,30}?((?:\d{1,3}(?:[.,'’ ]\d{3})+|\d{4,9})(?:\.\d{2})?)\D{0,12}$")
ON_REQUEST = re.compile(
    r"\bp\.?\s?o\.?\s?a\b\.?|price (?:up)?on (?:application|request|asking|enquiry|inquiry)|(?:call|ask|contact|inquire|"
    r"enquire|e-?mail|text|please \w+)(?: us| now| dealer)? (?:for|about|on)(?: our| the| a| best)* (?:pric\w*|quote|details)|"
    r"price (?:tb[ad]|not (?:listed|available|disclosed)|undisclosed|withheld|coming)|preis auf anfrage|auf anfrage|"
    r"prix sur (?:demande|appel)|sur demande|nous consulter|prezzo su richiesta|su richiesta|trattativa riservata|"
    r"prijs op aanvraag|op aanvraag|precio a consultar|a consultar|consultar precio|upon request|on application",
    re.IGNORECASE,
)
ON_REQUEST_SLOT = re.compile(
    r"^\W*(?:call(?: us| now| today)?|inquire(?: now)?|enquire(?: now)?|(?:please )?(?:call|ask|contact(?: us)?|inquire|enquire)|"
    r"tb[ad]|request price|get price|see dealer|on request|anfrage|contact (?:us|dealer))\W*$",
    re.IGNORECASE,
)
# Words before or around an amount that make it another amount than the price.
NEVER = re.compile(
    r"payment|monthly|per month|\bmonth|/\s?mo\b|/\s?wk|weekly|bi-?weekly|\bdown\b|deposit|finance|financing|"
    r"\blease|\bapr\b|\bfees?\b|\bdoc\b|rebate|savings?\b|\bsave\b|discount|\boff\b|incentive|shipping|"
    r"delivery|warranty|installment|\brate\b|\btax(?:es)?\b(?! incl)|cash ?back|price drop|reduced by|you save|"
    r"\bbid\b|estimate\b|reserve\b|rate mtl|mensualit|/\s?mois|monatlich|al mese|credit\b|instant|trade.?in|"
    r"inspection|insurance|annual|per day|rental|refund|coupon|gift",
    re.IGNORECASE,
)
OLD = re.compile(
    r"\bwas\b|\bwere\b|\bmsrp\b|\brrp\b|\bretail\b|\boriginal(?:ly)?\b|\bregular(?:ly)?\b|\bold\b|\bprevious(?:ly)?\b|"
    r"compare|book value|market (?:value|price|avg)|\bkbb\b|blue book|\bnada\b|\bjd power\b|appraisal|sticker|"
    r"\bstrike|\bstruck\b|line.?through|crossed|\bstatt\b|\buvp\b|ehemals|neupreis|"
    r"ancien|au lieu|\banzich[eé]|secondary|invoice|\bvalued? at\b|replacement|\bformer",
    re.IGNORECASE,
)
CURRENT = re.compile(
    r"\bnow\b|\bnew price|our price|sale price|internet|asking|special|your price|final|selling|current|web price|"
    r"online price|cash price|e-?price|no.?haggle|reduced(?: to| price)?\b|jetzt|maintenant|adesso|\bnu\b|offer price|"
    r"advertised|buy now|buy it now|dealer price|today",
    re.IGNORECASE,
)
PRICE_NAMES = frozenset(
    ["price", "prices", "pricing", "cost", "amount", "preis", "prix", "prezzo", "prijs", "precio", "asking", "pricevalue", "pricevalue1", "msrp"]
)
STRUCK_TAGS = frozenset(["s", "del", "strike"])
STRUCK_STYLE = re.compile(r"line-through", re.IGNORECASE)
REACH = 40
MAX_PRICE = 60
INLINE_LABELS = re.compile(r"[\s:\-–—|]+$")


@dataclass(frozen=True)
class AskingPrice:
    """A raw price text, the label beside it and how sure it is the asking price (higher first)."""

    text: str
    label: str | None
    rank: int


def read_price(elements: Sequence[HtmlElement]) -> AskingPrice | None:
    """Return the price of a tile, given its visible elements in document order."""
    best: AskingPrice | None = None
    for element in elements:
        if element.tag in ("option", "select", "script"):
            continue
        for found in _prices(element):
            if best is None or found.rank > best.rank:
                best = found
    return best


RANK_CURRENT, RANK_SLOT, RANK_PLAIN, RANK_REQUEST, RANK_TEXT, RANK_OLD = 60, 50, 40, 35, 20, 10


def _prices(element: HtmlElement) -> Iterator[AskingPrice]:
    itemprop = element.get("itemprop") or ""
    if itemprop in ("price", "lowPrice") and (content := element.get("content")) and content.strip(" 0."):
        shown = text_of(element)
        yield AskingPrice(shown if MONEY.search(shown) else fold(content), None, RANK_SLOT + 1)
        return
    text = _line_text(element)
    if not text:
        return
    names = _names_around(element)
    slot = not names.isdisjoint(PRICE_NAMES) or itemprop == "price"
    context = " ".join(sorted(names))
    if _is_struck(element):
        return
    amounts = list(MONEY.finditer(text))
    if amounts:
        yield from _ranked(element, text, amounts, slot, context)
        return
    if len(text) > MAX_PRICE:
        return
    if ON_REQUEST.search(text) or (slot and ON_REQUEST_SLOT.match(text)):
        if not NEVER.search(context):
            yield AskingPrice(text, None, RANK_REQUEST + (1 if slot else 0))
        return
    label = _label_of(element)
    if slot and not NEVER.search(f"{context} {label}") and (bare := BARE.match(text)) and not _is_year(bare[1]):
        rank = RANK_OLD if OLD.search(f"{context} {label}") else RANK_SLOT - 1
        yield AskingPrice(text, label or None, rank)


def _is_year(number: str) -> bool:
    return bool(re.fullmatch(r"(?:18|19|20)\d\d", number))


def _ranked(
    element: HtmlElement, text: str, amounts: list[re.Match[str]], slot: bool, context: str
) -> Iterator[AskingPrice]:
    outer = _label_of(element)
    for index, amount in enumerate(amounts):
        previous = amounts[index - 1].end() if index else 0
        following = amounts[index + 1].start() if index + 1 < len(amounts) else len(text)
        before = text[max(previous, amount.start() - REACH) : amount.start()]
        after = text[amount.end() : min(following, amount.end() + 18)]
        label = INLINE_LABELS.sub("", before).strip(" :-–—|•(") or (outer if not index else "")
        around = f"{label} {outer if not index else ''} {context}"
        if NEVER.search(f"{around}") or re.match(r"\s*(?:/|per\b|a month|a week|down\b|off\b|p/?m\b|deposit|for \d+ mo|x \d+)", after, re.I):
            continue
        long = len(text) > MAX_PRICE + 20
        if OLD.search(around) and not CURRENT.search(label):
            rank = RANK_OLD
        elif CURRENT.search(around):
            rank = RANK_CURRENT
        elif slot:
            rank = RANK_SLOT
        elif long:
            continue
        else:
            rank = RANK_PLAIN if len(text) <= MAX_PRICE else RANK_TEXT
        if len(text) - len(amount[0]) - len(before) > MAX_PRICE or len(amounts) > 1:
            shown = amount[0]
        else:
            shown = text[amount.start() :]
        yield AskingPrice(fold(shown), fold(label)[:80] or None, rank)


def _line_text(element: HtmlElement) -> str:
    """The text of an element that is one phrase: its own words and those of inline children."""
    children = [child for child in element if isinstance(child.tag, str)]
    if not children:
        return fold(element.text or "")
    if len(children) > 3 or any(child.tag not in INLINE or len(child) > 2 for child in children):
        return fold(element.text or "")
    if any(_is_struck(child) or child.tag == "br" for child in children):
        # A struck price beside the current one: the children are read one by one.
        own = [element.text or "", *(child.tail or "" for child in children)]
        return fold(" ".join(own))
    if any(MONEY.search(text_of(child)) for child in children) and not MONEY.search(fold(element.text or "")):
        return ""  # The amount stands in a child, which is read on its own.
    return text_of(element)


INLINE = frozenset(["span", "b", "strong", "em", "i", "small", "sup", "label", "s", "del", "ins", "strike", "br", "u", "font", "data", "bdi", "abbr"])


def _names_around(element: HtmlElement) -> frozenset[str]:
    """Class and id words of the element and the two elements around it, cards left out."""
    names = set(class_words(element.get("class"), element.get("id")))
    parent = element.getparent()
    for _ in range(2):
        if parent is None or len(parent) > 6:
            break
        near = class_words(parent.get("class"), parent.get("id"))
        if not near.isdisjoint(CARD_NAMES):
            break
        names |= near
        parent = parent.getparent()
    return frozenset(names)


CARD_NAMES = frozenset(["card", "tile", "item", "listing", "vehicle", "car", "body", "content", "details", "row"])


def _is_struck(element: HtmlElement) -> bool:
    node: HtmlElement | None = element
    for _ in range(3):
        if node is None:
            return False
        if node.tag in STRUCK_TAGS or STRUCK_STYLE.search(node.get("style") or ""):
            return True
        names = node.get("class")
        if names and re.search(r"\b(?:strike|struck|line-through|strikethrough|crossed|text-decoration-line-through)", names):
            return True
        node = node.getparent()
    return False


def _label_of(element: HtmlElement) -> str:
    """The words beside an amount: in front of it in its parent, the dt before its dd, the label
    element before it."""
    node = element
    for _ in range(2):
        before = node.getprevious()
        while before is not None and not isinstance(before.tag, str):
            before = before.getprevious()
        parent = node.getparent()
        if before is not None:
            tail = fold(before.tail or "")
            if tail:
                return tail[-REACH:] if len(tail) <= 80 else ""
            text = text_of(before)
            return text if text and len(text) <= 40 and not MONEY.search(text) else ""
        if parent is None:
            return ""
        lead = fold(parent.text or "")
        if lead:
            return lead[-REACH:] if len(lead) <= 80 else ""
        if len(parent) > 3:
            return ""
        node = parent
    return ""
