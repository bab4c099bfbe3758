"""Marks that say a car is sold or spoken for, in the elements that are made to say so.

A word alone is no mark: "Recently Sold" is a link, "sold individually" a remark, "sold new in
California" history. A mark is structured availability, a class, an overlay picture, or an element
whose whole text is the status.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from lxml import etree
from lxml.html import HtmlElement

from crawler.extract.card import Mark
from crawler.extract.part import Part, part_of
from crawler.extract.sold_sentences import says_sold
from crawler.extract.text import class_words, fold, readable, text_of
from crawler.extract.wording import Wording
from crawler.extract.words import words

__all__ = [
    "NO_MARK",
    "StatusMark",
    "availability_mark",
    "is_marked",
    "may_be_marked",
    "phrase_mark",
    "read_mark",
    "stated_mark",
]


@dataclass(frozen=True)
class StatusMark:
    """A mark, the texts that carry it, and by what sign it was read."""

    mark: Mark | None
    words: tuple[str, ...] = ()
    sign: str = ""


NO_MARK = StatusMark(None)

SOLD = (
    r"sold(?: out)?|out of stock|just sold|now sold|vehicle sold|car sold|already sold|"
    r"(?:this |the )?(?:vehicle|car|item|listing)? ?(?:has been|is|was)(?: already| now)? sold|"
    r"no longer for sale|verkauft|bereits verkauft|vendue?s?|d[ée]j[àa] vendue?|vendut[oaie]|"
    r"verkocht|vendid[oa]s?|s[åa]ld|solgt|myyty|eladva|sprzedan[ey]|prod[áa]no"
)
PENDING = (
    r"(?:sale|deal|purchase|offer) pending|pending(?: sale| deal)?|(?:sale )?in progress|"
    r"deposit(?: (?:taken|received|paid|placed|pending|held))?|on deposit|on hold|hold|"
    r"(?:currently )?reserved|under (?:contract|offer|deposit|agreement)|in escrow|"
    r"reserviert|angezahlt|r[ée]serv[ée]e?|sous option|(?:sous )?compromis|riservat[oa]|"
    r"in trattativa|"
    r"prenotat[oa]|gereserveerd|onder bod|reservad[oa]|reserverad|reserveret"
)
# Of every phrase above a part that it cannot do without, hyphens and underscores read as spaces.
STEMS = (
    "sold", "no longer", "out of stock", "verkauft", "vend", "verkocht", "sald", "s\u00e5ld",
    "solgt", "myyty", "eladva", "sprzedan", "prodan", "prod\u00e1n",
    "pending", "in progress", "deposit", "reserv", "r\u00e9serv", "riserv",
    "under contract", "under offer", "under agreement", "escrow", "angezahlt", "sous option",
    "compromis", "trattativa", "prenotat", "onder bod",
)  # fmt: skip
HOLD = re.compile(r"(?<![a-z])hold(?![a-z])")
EDGE = r"[\s*!.:\u2013\u2014\-|()\[\]\"'•~#]*"
SOLD_TEXT = Wording(rf"^{EDGE}(?:{SOLD}){EDGE}$")
PENDING_TEXT = Wording(rf"^{EDGE}(?:{PENDING}){EDGE}$")
# In an element made for a status or a price, a short remark may follow: "Sold for $45,000".
SOLD_START = re.compile(
    rf"^{EDGE}(?:{SOLD})\b(?:{EDGE}$|{EDGE}(?:for|at|on|date|price|in \d{{4}}|to|"
    rf"(?:with)?in \d+ (?:days?|hours?|weeks?|minutes?))\b|"
    rf"\s*[-\u2013\u2014:!|*/(,]|\s*[$€£]|\s+\d)",
    re.IGNORECASE,
)
NOT_SOLD = re.compile(
    r"\bsold (?:individually|separately|as|by|with|new|through|only|together|without|subject|"
    r"via|here)\b|"
    r"\b(?:not|never|un|isn't|will be|to be|being|cannot be|must be|can be|have|we|we've|"
    r"previously|recently|"
    r"originally|first) ?sold\b",
    re.IGNORECASE,
)
AVAILABLE = re.compile(
    r"^\W*(?:available|for sale|in stock|active|not sold|new|new arrival|featured|just arrived|"
    r"no|false|"
    r"live|on sale|verf[üu]gbar|disponible|disponibile|beschikbaar)\W*$",
    re.IGNORECASE,
)
# A title carries its mark at an edge, set off: "SOLD - 1967 …", "1967 … (Sale Pending)".
TITLE_SOLD = re.compile(
    r"^(?:\d{4}\s+)?x+[\s-]+sold\b|^\W*sold\W*[-\u2013\u2014:!*|/)\]]+\s*\S|"
    r"^\W*SOLD\s+(?=['\u2019]?\d\d)|[-\u2013\u2014*(\[|:!/]\s*(?:just |now )?sold\W*$|"
    r"\S\s+SOLD\W*$|"
    r"^\*+\s*sold\b|^\W*(?:verkauft|vendue?|venduto|verkocht)\W*[-\u2013\u2014:!*|/)\]]|"
    r"[-\u2013\u2014*(\[|:!/]\s*(?:verkauft|vendue?|venduto|verkocht)\W*$"
)
TITLE_SOLD_FLAGS = re.compile(TITLE_SOLD.pattern.replace("SOLD", "(?-i:SOLD)"), re.IGNORECASE)
TITLE_PENDING = re.compile(
    rf"^\W*(?:{PENDING})\W*[-\u2013\u2014:!*|/)\]]+\s*\S|"
    rf"[-\u2013\u2014*(\[|:!/]\s*(?:{PENDING})\W*$",
    re.IGNORECASE,
)

SOLD_NAMES = frozenset(
    ["sold", "soldout", "verkauft", "vendu", "vendue", "venduto", "verkocht", "vendido"]
)
# Names in which "sold" speaks of something else than this car's state.
OTHER_NAMES = words("not_sold_class")
STATUS_NAMES = words("status_class")
PICTURE_NAMES = words("overlay_file")
STATUS_ATTRIBUTES = (
    "data-status",
    "data-availability",
    "data-vehicle-status",
    "data-listing-status",
    "data-state",
    "data-stock-status",
    "data-sale-status",
)
MAX_STATUS = 60
SHOP_BADGE = "price__badge"


def read_mark(
    elements: Sequence[HtmlElement],
    title: str | None,
    availability: Iterable[str] = (),
    status: Iterable[str | None] = (),
) -> StatusMark:
    """Return the mark of one tile or main block.

    ``elements`` are its visible elements in document order, ``availability`` the structured
    availability values about this car, ``status`` the values labelled "Status" or "Price".
    """
    found = list(_signs(elements, title, availability, status))
    sold = [sign for sign in found if sign.mark == "sold"]
    signs = sold or found
    if not signs:
        return NO_MARK
    # What people read is kept; a class name or file name only where nothing is written.
    written = [sign for sign in signs if sign.sign not in ("class", "overlay")] or signs
    words = dict.fromkeys(word for sign in written for word in sign.words)
    return StatusMark(signs[0].mark, tuple(words)[:4], signs[0].sign)


def may_be_marked(element: HtmlElement) -> bool:
    """Whether a word of any mark occurs in an element, in its text, attributes or class names.

    Most cars are for sale: where none does, `read_mark` finds nothing in any of its elements.
    """
    source: str = etree.tostring(element, encoding="unicode", with_tail=False)
    # Formatting may stand inside a word, so the text as read counts as well.
    low = f"{source}\n{text_of(element)}".lower().replace("-", " ").replace("_", " ")
    for stem in STEMS:
        if stem in low:
            return True
    return "hold" in low and bool(HOLD.search(low))


def _signs(
    elements: Sequence[HtmlElement],
    title: str | None,
    availability: Iterable[str],
    status: Iterable[str | None],
) -> Iterable[StatusMark]:
    for value in availability:
        if mark := availability_mark(value):
            yield StatusMark(mark, (value,), "availability")
    for text in status:
        if text and (mark := phrase_mark(text)):
            yield StatusMark(mark, (text,), "label")
    for element in elements:
        found = _element_mark(element)
        if found is not None:
            yield found
    if title:
        if TITLE_SOLD_FLAGS.search(title) and not NOT_SOLD.search(title):
            yield StatusMark("sold", (title,), "title")
        elif TITLE_PENDING.search(title):
            yield StatusMark("pending", (title,), "title")


def availability_mark(value: str) -> Mark | None:
    """Read schema.org ItemAvailability; OutOfStock and Discontinued cars are not coming back."""
    name = re.split(r"[/#:]", value.strip().rstrip("/"))[-1].replace(" ", "").lower()
    if name in ("soldout", "outofstock", "discontinued", "sold"):
        return "sold"
    return "pending" if name == "reserved" else None


def phrase_mark(text: str) -> Mark | None:
    """Read a text that is a status and nothing else."""
    return _short_phrase(text) if len(text) <= MAX_LINE else _phrase(text)


def stated_mark(text: str) -> Mark | None:
    """Read a text that is a status, or a status behind the label of one: "Price: SOLD"."""
    return phrase_mark(_without_label(text))


def _without_label(text: str) -> str:
    return STATE_LABEL.sub("", text, count=1) if ":" in text else text


STATE_LABEL = re.compile(
    r"^\W*(?:(?:asking|our|sale|sales|list) )?(?:price|status|availability|state|preis|prix|prezzo|"
    r"prijs|precio|pris|stato|[ée]tat|estado|verf[üu]gbarkeit|disponibilit[ée])\s*:\s*",
    re.IGNORECASE,
)


def _phrase(text: str) -> Mark | None:
    if SOLD_TEXT.match(text):
        return "sold"
    return "pending" if PENDING_TEXT.match(text) else None


_short_phrase = lru_cache(maxsize=8_192)(_phrase)
"""The same short texts stand on every tile of a site."""


def is_marked(element: HtmlElement) -> bool:
    """Whether an element by itself marks what it stands in."""
    return _element_mark(element) is not None


def _element_mark(element: HtmlElement) -> StatusMark | None:
    part = part_of(element)
    mark: StatusMark | None = part.mark
    if mark is None:
        mark = part.mark = _part_mark(part) or NO_MARK
    if mark is NO_MARK:
        return None
    badge = None if part.tag == "img" else _shop_badge(element)
    return None if badge is not None and not _shop_sold_out(badge) else mark


def _part_mark(part: Part) -> StatusMark | None:
    attributes = part.attributes
    tag = part.tag
    if tag in ("option", "button", "input", "select", "title"):
        return None
    if tag == "img":
        return _picture_mark(attributes)
    for name in STATUS_ATTRIBUTES:
        if (value := attributes.get(name)) and (
            mark := phrase_mark(value.replace("_", " ").replace("-", " "))
        ):
            return StatusMark(mark, (value,), name)
    if attributes.get("data-sold", "").lower() in ("true", "1", "yes", "sold"):
        return StatusMark("sold", ("data-sold",), "data-sold")
    names = class_words(_own_names(attributes.get("class")))
    if names & SOLD_NAMES and not names & OTHER_NAMES:
        text = readable(part) if len(part.parts) < 12 else ""
        if (
            not AVAILABLE.match(text)
            and not NOT_SOLD.search(text[:MAX_STATUS])
            and phrase_mark(text) != "pending"
        ):
            if phrase_mark(text):
                return StatusMark("sold", (text,), "text")
            return StatusMark("sold", (_sold_names(attributes["class"]),), "class")
    if part.has_text:
        for line in _lines(part):
            if mark := phrase_mark(line):
                return StatusMark(mark, (line,), "text")
    if len(part.parts) > 3:
        return None
    if tag == "a" and not part.parts:
        return None  # A link that says "Sold"; one that wraps an element, as cards do, may mark it.
    text = readable(part)
    if says_sold(text):
        return StatusMark("sold", (text[:MAX_STATUS],), "text")
    if not text or len(text) > MAX_STATUS:
        return None
    text = _without_label(text)
    mark = phrase_mark(text)
    if mark is None and names.isdisjoint(STATUS_NAMES):
        return None
    if any(inner.tag == "a" and readable(inner) == text for inner in _within(part)):
        return None  # A tab or menu entry: the words are a link's, and lead to the archive.
    # "Hold" and "Deposit" alone are words of many things; only a status element means them.
    if mark and (
        mark == "sold" or len(text) > 7 or names & STATUS_NAMES or PENDING_WORD.match(text)
    ):
        return StatusMark(mark, (text,), "text")
    if names & STATUS_NAMES and not NOT_SOLD.search(text) and SOLD_START.match(text):
        return StatusMark("sold", (text,), "text")
    return None


def _shop_badge(element: HtmlElement) -> HtmlElement | None:
    """The shop's badge that an element is, stands in, or wraps."""
    near = [element, element.getparent(), *(element.iter() if 0 < len(element) <= 3 else ())]
    return next(
        (one for one in near if one is not None and SHOP_BADGE in (one.get("class") or "")), None
    )


def _shop_sold_out(badge: HtmlElement) -> bool:
    """Whether a shop shows its "Sold out" badge: the template puts one on every product, and the
    stylesheet hides it but beside a price of that class (Shopify's Dawn, Debut and their kin)."""
    parent = badge.getparent()
    around = [] if parent is None else [*parent.iter(), *parent.iterancestors()]
    return any("price--sold-out" in (other.get("class") or "") for other in around)


def _within(part: Part) -> Iterator[Part]:
    stack = list(part.parts)
    while stack:
        inner = stack.pop()
        yield inner
        stack.extend(inner.parts)


def _lines(part: Part) -> Iterator[str]:
    """The pieces of a part's own text that are set off: "$57,500 - Sale pending"."""
    texts = [part.text, *part.tails]
    several = len(texts) > 1
    for text in texts:
        if text and len(text) <= MAX_LINE and not text.isspace():
            pieces = [piece.strip() for piece in SET_OFF.split(text)]
            if len(pieces) > 1 or several:
                yield from (piece for piece in pieces if 4 <= len(piece) <= MAX_STATUS)


PENDING_WORD = re.compile(rf"^{EDGE}pending{EDGE}$", re.IGNORECASE)
SET_OFF = re.compile(r"[|•·;*()\[\]]|(?:^|\s)[\u2013\u2014-]+(?:\s|$)")
MAX_LINE = 400


def _own_names(names: str | None) -> str | None:
    """Class names without a post's tags that only begin with "sold": WordPress names every tag on
    its article, ``tag-sold-locally`` as ``tag-sold``."""
    return FILED.sub("", names) if names and "-" in names else names


FILED = re.compile(
    r"(?<!\S)(?:\w+[_-])?(?:tag|category|cat|term)-(?!(?:[\w-]+-)?(?:sold|verkauft|vendue?s?|"
    r"venduto|verkocht|vendido)(?:-(?:cars?|vehicles?|stock|inventory|archive|out))?(?!\S))\S+"
)


def _sold_names(names: str) -> str:
    """The class names that say sold."""
    return " ".join(name for name in names.split() if class_words(name) & SOLD_NAMES)


def _picture_mark(attributes: Mapping[str, Any]) -> StatusMark | None:
    names = class_words(_own_names(attributes.get("class")))
    if names & SOLD_NAMES and not names & OTHER_NAMES:
        return StatusMark("sold", (_sold_names(attributes["class"]),), "overlay")
    for name in ("alt", "title"):
        text = fold(attributes.get(name, ""))
        if (
            text
            and len(text) <= 40
            and (
                mark := phrase_mark(
                    re.sub(
                        r"(?i)\b(overlay|banner|ribbon|badge|image|icon|sign|"
                        r"stamp)\b",
                        "",
                        text,
                    )
                )
            )
        ):
            return StatusMark(mark, (text,), "overlay")
    source = attributes.get("src", "")
    stem = source.partition("?")[0].rsplit("/", 1)[-1].rsplit(".", 1)[0]
    words = class_words(stem)
    words = frozenset(
        word
        for word in words
        if not word.isdigit() and not re.fullmatch(r"[0-9a-f]{6,}|\d+x\d+", word)
    )
    if words & SOLD_NAMES and words <= PICTURE_NAMES:
        return StatusMark("sold", (stem,), "overlay")
    return None
