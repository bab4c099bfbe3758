"""Which of a tile's amounts is the price: not the struck one, the MSRP, the payment or a remark's.

The text is kept as it stands ("$54,900 OBO", "Call for price") with the label beside it; what it
means is the normalizer's to say.
"""

import re
from collections.abc import Iterator, Sequence
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
    ON_REQUEST_SLOT,
    SIGNS,
    may_be_money,
)
from crawler.extract.text import class_words, fold, has_at_most, text_of

__all__ = ["AskingPrice", "read_price", "tells_price"]

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
DIGIT = re.compile(r"\d")
STRUCK_TAGS = frozenset(["s", "del", "strike"])
STRUCK_STYLE = re.compile(r"line-through", re.IGNORECASE)
REACH = 40
MAX_PRICE = 60


@dataclass(frozen=True)
class AskingPrice:
    """A raw price text, the label beside it and how sure it is the asking price (higher first)."""

    text: str
    label: str | None
    rank: int


def tells_price(text: str) -> bool:
    """Tell whether an amount of money stands in a text, or that the price is on request."""
    return _tells_price(text) if len(text) <= MAX_LINE else _searched(text)


def _searched(text: str) -> bool:
    return bool((may_be_money(text) and MONEY.search(text)) or ON_REQUEST.search(text))


_tells_price = lru_cache(maxsize=8_192)(_searched)


def read_price(elements: Sequence[HtmlElement]) -> AskingPrice | None:
    """Return the price of a tile, given its visible elements in document order."""
    best: AskingPrice | None = None
    for element in elements:
        part = part_of(element)
        if not (part.has_text or part.children or part.attributes):
            continue
        if part.tag in ("option", "select", "script"):
            continue
        for found in _prices(element, part):
            if best is None or found.rank > best.rank:
                best = found
    return best


RANK_CURRENT, RANK_SLOT, RANK_PLAIN, RANK_REQUEST, RANK_TEXT, RANK_OLD = 60, 50, 40, 35, 20, 10


def _prices(element: HtmlElement, part: Part) -> Iterator[AskingPrice]:
    itemprop = part.attributes.get("itemprop", "")
    if (
        itemprop in ("price", "lowPrice")
        and (content := part.attributes.get("content"))
        and content.strip(" 0.")
    ):
        shown = text_of(element)
        yield AskingPrice(shown if MONEY.search(shown) else fold(content), None, RANK_SLOT + 1)
        return
    # Most lines hold neither; what stands around them is of no interest.
    lines = [
        (index, line)
        for index, line in enumerate(_lines(part))
        if DIGIT.search(line) or _requests(line)
    ]
    if not lines or _is_struck(element):
        return
    names = _names_around(element)
    slot = not names.isdisjoint(PRICE_NAMES) or itemprop == "price"
    context = " ".join(sorted(names))
    for index, line in lines:
        amounts = list(MONEY.finditer(line)) if may_be_money(line) else []
        if not (amounts or slot or _requests(line)):
            continue
        outer = _label_of(element) if index == 0 else ""
        if amounts:
            yield from _ranked(line, amounts, slot, context, outer)
        else:
            yield from _unpriced(element, line, slot, context, outer)


def _unpriced(
    element: HtmlElement, line: str, slot: bool, context: str, outer: str
) -> Iterator[AskingPrice]:
    """A line without an amount of money: "Call for price", or a bare number in a price slot."""
    for clause in _requests(line):
        if NEVER.search(context):
            continue
        if ON_REQUEST.search(clause):
            shown = _without_label(clause)
            label = _label(clause) if len(shown) < len(clause) else _label(outer)
            yield AskingPrice(shown, label, RANK_REQUEST + (2 if slot else 0))
        elif element.tag not in ("a", "button") and (
            slot or (clause == line and ON_REQUEST_ALONE.match(clause))
        ):
            yield AskingPrice(clause, None, RANK_REQUEST + 1 if slot else RANK_TEXT)
    bare = BARE.match(line) if slot and len(line) <= MAX_PRICE else None
    if bare is None or DISTANCE.search(line) or NEVER.search(f"{context} {outer}"):
        return
    if not re.fullmatch(r"(?:18|19|20)\d\d", bare[1]):
        rank = RANK_OLD if OLD.search(f"{context} {outer}") else RANK_SLOT - 1
        yield AskingPrice(_without_label(line), _label(line) or _label(outer), rank)


@lru_cache(maxsize=8_192)
def _requests(line: str) -> tuple[str, ...]:
    """The clauses of a line that ask to ask for the price."""
    return tuple(
        clause
        for clause in CLAUSES.split(line)
        if clause
        and len(clause) <= MAX_PRICE
        and (ON_REQUEST.search(clause) or ON_REQUEST_SLOT.match(clause))
    )


DISTANCE = re.compile(r"\d\s?k?\s?(?:mi|miles|kms?|kilomet(?:er|re)s)\b", re.IGNORECASE)
TAIL = re.compile(r"\s*[|•·;]|\s[\u2013\u2014-]\s|\.\s+(?=[A-Z][a-z]+ )")
CLAUSES = re.compile(r"(?<=[a-z\d)])\.\s+|\s*[|•·;]\s*|\s[\u2013\u2014-]\s")
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
    for index, amount in enumerate(amounts):
        previous = amounts[index - 1].end() if index else 0
        following = amounts[index + 1].start() if index + 1 < len(amounts) else len(text)
        before = CLAUSES.split(text[max(previous, amount.start() - REACH) : amount.start()])[-1]
        after = text[amount.end() : min(following, amount.end() + 18)]
        beside = outer if not index and not text[: amount.start()].strip(" :-–—") else ""
        around = f"{before} {beside} {context}"
        if NEVER.search(around) or AFTER.match(after) or OTHER_CAR.search(before):
            continue
        label = _label(before) or _label(beside)
        tail = TAIL.split(text[amount.end() : following])[0]
        words = len(WORD.findall(before)) - len(WORD.findall(label or "")) + len(WORD.findall(tail))
        if OLD.search(around) and not CURRENT.search(before):
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


def _lines(part: Part) -> list[str]:
    """The lines of text in an element that holds phrases only: its own words and those of inline
    children, cut at ``<br>``, struck ones and those read on their own left out."""
    own = part.text
    if not part.nodes:
        if not part.has_text:
            return []
        return [
            line
            for raw in own.split("\n")
            if raw.strip() and 1 < len(line := fold(raw)) <= MAX_LINE
        ]
    if len(part.nodes) == 2 and not part.has_text and (whole := _sign_and_number(part)):
        return [whole]
    pieces = [own]
    for child, tail in zip(part.nodes, part.tails, strict=True):
        inside = part_of(child)
        if not inside.is_element:
            pieces.append(tail)
        elif inside.tag == "br":
            pieces += ["\n", tail]
        else:
            phrase = inside.tag in INLINE
            inline = phrase and len(inside.nodes) <= 2 and not _is_struck(child)
            inner = text_of(child) if inline else ""
            # An amount in a child is read there, with the child's classes; only a sign beside its
            # number ("<span>$</span>10,500") needs both.
            if inner and tells_price(inner):
                inner = "\n"
            elif not inline:
                inner = " " if phrase else "\n"
            if inner[:1].isalnum() and "".join(pieces[-3:])[-1:].isalnum():
                inner = f" {inner}"
            pieces += [inner, tail]
    return [
        line
        for raw in "".join(pieces).split("\n")
        if raw.strip() and 1 < len(line := fold(raw)) <= MAX_LINE
    ]


def _sign_and_number(part: Part) -> str | None:
    """An amount whose sign stands in an element of its own: "<div>$</div><div>129,500</div>"."""
    sign, amount = (text_of(child) if part_of(child).is_element else "" for child in part.nodes)
    if not SIGN_ALONE.fullmatch(sign) or len(amount) > MAX_PRICE or not BARE.match(amount):
        return None
    return sign + amount


SIGN_ALONE = re.compile(SIGNS)
MAX_LINE = 600
INLINE = frozenset(
    [
        "span",
        "b",
        "strong",
        "em",
        "i",
        "small",
        "sup",
        "label",
        "ins",
        "u",
        "font",
        "data",
        "bdi",
        "abbr",
    ]
)


def _names_around(element: HtmlElement) -> frozenset[str]:
    """Class and id words of the element and the two elements around it, cards left out."""
    names = set(class_words(element.get("class"), element.get("id")))
    parent = element.getparent()
    for _ in range(2):
        if parent is None or not has_at_most(parent, 6):
            break
        near = class_words(parent.get("class"), parent.get("id"))
        if not near.isdisjoint(CARD_NAMES):
            break
        names |= near
        parent = parent.getparent()
    return frozenset(names)


CARD_NAMES = frozenset(
    ["card", "tile", "item", "listing", "vehicle", "car", "body", "content", "details", "row"]
)


def _is_struck(element: HtmlElement) -> bool:
    node: HtmlElement | None = element
    for _ in range(3):
        if node is None:
            return False
        if node.tag in STRUCK_TAGS or STRUCK_STYLE.search(node.get("style") or ""):
            return True
        names = node.get("class")
        if names and STRUCK_NAMES.search(names):
            return True
        node = node.getparent()
    return False


STRUCK_NAMES = re.compile(
    r"\b(?:strike|struck|line-through|strikethrough|crossed|text-decoration-line-through)"
)


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
