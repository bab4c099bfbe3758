"""Which of a tile's amounts is the price: not the struck one, the MSRP, the payment or a remark's.

The text is kept as it stands ("$54,900 OBO", "Call for price") with the label beside it; what it
means is the normalizer's to say.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from lxml.html import HtmlElement

from crawler.extract.marks import phrase_mark
from crawler.extract.part import Part, part_of
from crawler.extract.price_language import (
    BARE,
    CURRENT,
    MONEY,
    NEVER,
    OLD,
    ON_REQUEST,
    may_be_money,
)
from crawler.extract.price_lines import (
    CLAUSES,
    MAX_PRICE,
    STATED,
    Lines,
    lines_of_price,
    requests,
    strikes,
)
from crawler.extract.text import class_words, fold, has_at_most, readable, text_of

__all__ = ["AskingPrice", "read_price"]

PRICE_NAMES = frozenset(
    [
        "price",
        "prices",
        "pricing",
        "cost",
        "amount",
        "preis",
        "prix",
        "prezzo",
        "prijs",
        "precio",
        "asking",
        "pricevalue",
        "pricevalue1",
        "msrp",
    ]
)
REACH = 40


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
        part = part_of(element)
        lines: Lines | None = part.lines
        if lines is None:
            lines = part.lines = lines_of_price(part)
        if not lines:
            continue
        for found in _prices(element, part, lines):
            if best is None or found.rank > best.rank:
                best = found
    return best


RANK_CURRENT, RANK_SLOT, RANK_PLAIN, RANK_REQUEST, RANK_TEXT, RANK_OLD = 60, 50, 40, 35, 20, 10


def _prices(element: HtmlElement, part: Part, lines: Lines) -> Iterator[AskingPrice]:
    if lines is STATED:
        shown = readable(part)
        stated = shown if MONEY.search(shown) else fold(part.attributes["content"])
        yield AskingPrice(stated, None, RANK_SLOT + 1)
        return
    if _is_struck(element):
        return
    itemprop = part.attributes.get("itemprop", "")
    names = _names_around(element)
    slot = not names.isdisjoint(PRICE_NAMES) or itemprop == "price"
    context = " ".join(sorted(names))
    for index, line in lines:
        if slot or may_be_money(line) or requests(line):
            outer = _label_of(element) if index == 0 else ""
            tell = _remembered if len(context) <= MAX_CONTEXT else _told
            yield from tell(line, slot, context, outer, part.tag)


MAX_CONTEXT = 200
"""Longer names of elements are of one page alone."""


def _told(line: str, slot: bool, context: str, outer: str, tag: str) -> tuple[AskingPrice, ...]:
    """The prices of a line, in an element ``tag``, by the names around it and the label outside."""
    amounts = list(MONEY.finditer(line)) if may_be_money(line) else []
    if amounts:
        return tuple(_ranked(line, amounts, slot, context, outer))
    return tuple(_unpriced(tag, line, slot, context, outer))


_remembered = lru_cache(maxsize=8_192)(_told)
"""Tiles repeat payments of "$0" and what stands in place of a price."""


def _unpriced(tag: str, line: str, slot: bool, context: str, outer: str) -> Iterator[AskingPrice]:
    """A line without an amount of money: "Call for price", or a bare number in a price slot."""
    for clause in requests(line):
        if NEVER.search(context):
            continue
        if ON_REQUEST.search(clause):
            shown = _without_label(clause)
            label = _label(clause) if len(shown) < len(clause) else _label(outer)
            yield AskingPrice(shown, label, RANK_REQUEST + (2 if slot else 0))
        elif tag not in ("a", "button") and (
            slot or (clause == line and ON_REQUEST_ALONE.match(clause))
        ):
            yield AskingPrice(clause, None, RANK_REQUEST + 1 if slot else RANK_TEXT)
    bare = BARE.match(line) if slot and len(line) <= MAX_PRICE else None
    if bare is None or DISTANCE.search(line) or NEVER.search(f"{context} {outer}"):
        return
    if not re.fullmatch(r"(?:18|19|20)\d\d", bare[1]):
        rank = RANK_OLD if OLD.search(f"{context} {outer}") else RANK_SLOT - 1
        yield AskingPrice(_without_label(line), _label(line) or _label(outer), rank)


DISTANCE = re.compile(r"\d\s?k?\s?(?:mi|miles|kms?|kilomet(?:er|re)s)\b", re.IGNORECASE)
TAIL = re.compile(r"\s*[|•·;]|\s[\u2013\u2014-]\s|\.\s+(?=[A-Z][a-z]+ )")
LABEL_WORDS = re.compile(
    r"((?:\b(?:our|your|the|sale|asking|internet|list|special|cash|final|selling|current|web|"
    r"online|dealer|new|regular|"
    r"reduced|now|was|only|retail|buy it now|no haggle|e-?|starting|sold|advertised|offered at|"
    r"offered|market|original|"
    r"value|msrp|rrp|for|at|from|starting at|today's|unser|prix de|prezzo di)[\s:.-]*)*"
    r"(?:price|asking|now|was|msrp|rrp|value|only|for|at|preis|prix|prezzo|prijs|precio|"
    r"offered at|priced at|vente|verkaufspreis|"
    r"kaufpreis|vraagprijs|internet|special|sale|retail|list|cash|amount|vendita|vb|vhb|"
    r"festpreis|from)\b)[\s:.\-\u2013\u2014|(]*$",
    re.IGNORECASE,
)
LABEL_START = re.compile(
    r"^(?:our|your|sale|asking|internet|list|special|cash|web|online)?\s*(?:price|preis|prix|"
    r"prezzo|prijs)\b[\s:]+(?=\S)",
    re.IGNORECASE,
)
ON_REQUEST_ALONE = re.compile(
    r"^\W*(?:call|inquire|enquire|p\.?o\.?a\.?|tb[ad]|please call)\W*$", re.IGNORECASE
)


def _label(text: str) -> str | None:
    """The price label that ends a text, or starts it before a phrase; None where there is none."""
    match = LABEL_START.match(text) or LABEL_WORDS.search(text)
    if match is None or len(match[0]) > REACH:
        return None
    return fold(match[0]).strip(" :-–—|•(.") or None


def _without_label(text: str) -> str:
    """A phrase or bare number without the label in front; "Price on request" is one phrase."""
    match = LABEL_START.match(text)
    rest = fold(text[match.end() :]) if match else ""
    if match and rest and (":" in match[0] or rest[0].isdigit() or PRICE_WORD.search(rest)):
        return rest
    return fold(text)


PRICE_WORD = re.compile(r"pri(?:ce|x|js)|preis|prezzo|precio", re.IGNORECASE)


def _ranked(
    text: str, amounts: list[re.Match[str]], slot: bool, context: str, outer: str
) -> Iterator[AskingPrice]:
    never = False
    for index, amount in enumerate(amounts):
        previous = amounts[index - 1].end() if index else 0
        following = amounts[index + 1].start() if index + 1 < len(amounts) else len(text)
        before = CLAUSES.split(text[max(previous, amount.start() - REACH) : amount.start()])[-1]
        after = text[amount.end() : min(following, amount.end() + 18)]
        beside = outer if not index and not text[: amount.start()].strip(" :-–—") else ""
        around = f"{before} {beside} {context}"
        # "Estimate: £40,000 - £48,000": the end of a range is no more a price than its start.
        ranged = never and TO.fullmatch(text[previous : amount.start()])
        never = bool(
            ranged or NEVER.search(around) or AFTER.match(after) or OTHER_CAR.search(before)
        )
        if never:
            continue
        label = _label(before) or _label(beside)
        tail = TAIL.split(text[amount.end() : following])[0]
        words = len(WORD.findall(before)) - len(WORD.findall(label or "")) + len(WORD.findall(tail))
        if REDUCED.search(before) or (OLD.search(around) and not CURRENT.search(before)):
            rank = RANK_OLD
        elif CURRENT.search(f"{label or ''} {context}"):
            rank = RANK_CURRENT
        elif slot or label:
            rank = RANK_SLOT
        elif words > 3:
            if len(text) > MAX_PRICE + 20:
                continue
            rank = RANK_TEXT
        else:
            rank = RANK_PLAIN
        shown = amount[0] if len(amounts) > 1 or len(tail) > 30 else amount[0] + tail
        yield AskingPrice(fold(shown), label[:80] if label else None, rank)


# "Reduced from $62,500 to $57,900": the first of both is the old one.
REDUCED = re.compile(
    r"\b(?:reduced|dropped|lowered|cut|marked down|down|slashed) from\W*$|\breduziert von\W*$|"
    r"\b(?:baiss[ée]e?|r[ée]duite?) de\W*$|\bribassat[ao] da\W*$|\bverlaagd van\W*$",
    re.IGNORECASE,
)
TO = re.compile(r"\s*(?:[-\u2013\u2014]|to|bis|à|a|tot|till?)\s*")
# "Recently sold one like this for $99,000!"
OTHER_CAR = re.compile(r"\b(?:like this|like it|similar|another|comparable|others?|comps?)\b", re.I)
WORD = re.compile(r"[^\W\d_]{2,}")
AFTER = re.compile(
    r"\s*(?:/|per\b|a month|a week|down\b|off\b|p/?m\b|p\.m\.|deposit|for \d+ mo|x \d+|"
    r"in (?:receipts|invoices|work|upgrades|options)|"
    r"(?:was |has been )?(?:spent|invested|paid|restoration|rebuild|build|paint|engine|msrp|"
    r"sticker|when new|new\b))",
    re.IGNORECASE,
)


def _names_around(element: HtmlElement) -> frozenset[str]:
    """Class and id words of the element and the two elements around it, cards left out."""
    attributes = part_of(element).attributes
    names = set(_words_of(attributes))
    parent = element.getparent()
    for _ in range(2):
        if parent is None or not has_at_most(parent, 6):
            break
        attributes = part_of(parent).attributes
        near = _words_of(attributes)
        if not near.isdisjoint(CARD_NAMES):
            break
        names |= near
        parent = parent.getparent()
    return frozenset(names)


def _words_of(attributes: Mapping[str, str]) -> frozenset[str]:
    # PrestaShop's slot of a price is named for the shipping costs, too.
    names = attributes.get("class", "").replace("price-and-shipping", "price")
    return class_words(names, attributes.get("id"))


CARD_NAMES = frozenset(
    ["card", "tile", "item", "listing", "vehicle", "car", "body", "content", "details", "row"]
)


def _is_struck(element: HtmlElement) -> bool:
    node: HtmlElement | None = element
    for _ in range(3):
        if node is None:
            return False
        if strikes(part_of(node)):
            return True
        node = node.getparent()
    return False


def _label_of(element: HtmlElement) -> str:
    """The words beside an amount: in front of it in its parent, the dt before its dd, the label
    element before it. Only what can be a price's label; a status or a remark is none."""
    node = element
    for _ in range(2):
        before = node.getprevious()
        while before is not None and not isinstance(before.tag, str):
            before = before.getprevious()
        parent = node.getparent()
        if before is not None:
            text = fold(before.tail or "") or text_of(before)
            return _as_label(text)
        if parent is None:
            return ""
        if lead := fold(parent.text or ""):
            return _as_label(lead)
        if not has_at_most(parent, 3):
            return ""
        node = parent
    return ""


def _as_label(text: str) -> str:
    return _short_label(text) if len(text) <= REACH else ""


@lru_cache(maxsize=8_192)
def _short_label(text: str) -> str:
    if MONEY.search(text) or phrase_mark(text):
        return ""
    return (
        text
        if _label(text) or NEVER.search(text) or OLD.search(text) or CURRENT.search(text)
        else ""
    )
