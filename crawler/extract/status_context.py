"""When a word that says "sold" speaks of something else than the page's vehicle.

A legend of states, a count, an event of the past, a label that is none of a state, another car's
name, pictures of other cars in a row, somebody's letter: around the word stands what it belongs to.
"""

import re
from collections.abc import Collection

from lxml.html import HtmlElement

from crawler.extract.marks import phrase_mark, stated_mark
from crawler.extract.text import HEADINGS, class_words, fold, text_of
from crawler.extract.titles import YEAR

__all__ = ["speaks_of_others"]

CHOICE = re.compile(
    r"^\W*(?:available|for sale|in stock|active|all|reserved|pending|sale pending|on hold|coming "
    r"soon|verf[üu]gbar|reserviert|disponible|r[ée]serv[ée]e?|disponibile|beschikbaar)\W*$",
    re.IGNORECASE,
)
COUNT = re.compile(r"^[\d.,+]{1,7}\s*(?:cars?|vehicles?)?\s*\w+\W*$")
DATED = re.compile(r"^\W*(?:\d{1,2}[./-])?(?:18|19|20)\d\d\b")
STATE_LABEL = re.compile(
    r"status|availab|price|state|sale|asking|condition|zustand|verf[üu]g|preis|prix|prezzo|prijs|"
    r"pris|dispon|beschikbaar|offer|this (?:car|vehicle)|stock",
    re.IGNORECASE,
)
QUOTES = frozenset(["blockquote", "q", "cite", "template"])
FORMATTING = frozenset(["b", "strong", "i", "em", "u", "span", "font", "mark"])
SOLD = re.compile(r"\bsold\b", re.IGNORECASE)
# A line that names another car by its year: "May 3 - 1966 GTO - SOLD".
OTHER = re.compile(r"(?<!\d)((?:18|19|20)\d\d)\s+[A-Z][A-Za-z]*[A-Za-z\d-]*\b.*\bsold\b", re.I)
MAX_AROUND, MAX_UP, MAX_MARK, MAX_PARTS, MAX_LINE, MAX_LEAD = 200, 5, 60, 3, 100, 2


def speaks_of_others(element: HtmlElement, years: Collection[str]) -> bool:
    """Whether an element whose whole text is a state tells the state of something else.

    ``years`` are the model years that the page's heading names.
    """
    if len(element) > MAX_PARTS:
        return False
    text = text_of(element)
    if (named := OTHER.search(text)) and years and named[1] not in years and len(text) <= MAX_LINE:
        return True
    if not text or len(text) > MAX_MARK or stated_mark(text) is None:
        return False
    node = element
    for _ in range(MAX_UP):
        if node.tag in QUOTES or _is_answer(node):
            return True
        parent = node.getparent()
        if parent is None:
            return False
        if (
            _ends_a_sentence(node)
            or _is_one_of_several(node, parent)
            or _is_labelled_otherwise(node, parent)
        ):
            return True
        if parent.tag in ("body", "main", "html"):
            return False
        around = text_of(parent)
        if len(around) > MAX_AROUND or next(parent.iter("h1"), None) is not None:
            return False
        if around != text and _belongs_to_another(parent, around, text, years):
            return True
        node = parent
    return False


def _ends_a_sentence(node: HtmlElement) -> bool:
    """Whether a word is set off in a sentence alone: "Get notified before it is **SOLD**"."""
    if node.tag not in FORMATTING:
        return False
    before, parent = node.getprevious(), node.getparent()
    lead = before.tail if before is not None else parent.text if parent is not None else ""
    words = (lead or "").split()
    return len(words) > MAX_LEAD and words[-1].isalpha() and words[-1].islower()


def _is_answer(node: HtmlElement) -> bool:
    """What somebody says of the dealer, and what a dealer answers to a question."""
    if class_words(node.get("class"), node.get("id")) & ANSWERS:
        return True
    before = node.getprevious()
    return before is not None and before.tag in QUESTIONS and text_of(before).endswith("?")


ANSWERS = frozenset(["faq", "faqs", "testimonial", "testimonials", "review", "reviews"])
QUESTIONS = HEADINGS | {"dt", "summary", "button", "strong", "b", "p"}


def _is_one_of_several(node: HtmlElement, parent: HtmlElement) -> bool:
    """A legend or a choice of states; pictures side by side that are all marked."""
    beside = [child for child in parent if child is not node and child.tag == node.tag]
    if any(CHOICE.match(text_of(other)) for other in beside):
        return True
    if not _has_one_picture(node):
        return False
    alike = [other for other in beside if other.get("class") == node.get("class")]
    return any(_is_marked_picture(other) for other in alike)


def _has_one_picture(block: HtmlElement) -> bool:
    return sum(1 for _ in block.iter("img")) == 1


def _is_marked_picture(block: HtmlElement) -> bool:
    if not _has_one_picture(block) or len(text_of(block)) > MAX_AROUND:
        return False
    return any(phrase_mark(text_of(inner)) for inner in block.iter("*") if len(inner) <= 1)


def _is_labelled_otherwise(node: HtmlElement, parent: HtmlElement) -> bool:
    """A value whose label names no state: "Originally: Sold"; "See also: Sold"."""
    label = ""
    if node.tag in ("td", "dd"):
        before = node.getprevious()
        label = text_of(before) if before is not None and before.tag in ("td", "th", "dt") else ""
        if parent.tag == "tr" and len(parent) > 2:
            return False
    elif fold(parent.text or "").endswith(":") and parent.index(node) == 0:
        label = fold(parent.text or "")
    return bool(label) and not STATE_LABEL.search(label)


def _belongs_to_another(block: HtmlElement, around: str, mark: str, years: Collection[str]) -> bool:
    """A count, an event with its date among others, another car's name, a shop's other product."""
    if COUNT.match(around) and around.casefold().endswith(mark.casefold()):
        return True
    beside = block.getparent()
    named = set(YEAR.findall(around))
    if DATED.match(around) and named.isdisjoint(years) and beside is not None:
        return sum(bool(DATED.match(text_of(item))) for item in beside) > 1
    if years and named and named.isdisjoint(years):
        return True
    heads = [head for head in block.iter(*HEADINGS) if text_of(head) != mark]
    if any(SOLD.search(text := text_of(head)) and not stated_mark(text) for head in heads):
        return True  # News of a sale: "How we sold it in a day".
    return mark.casefold().startswith("sold out") and any(
        heading.tag != "h1" and set(years).isdisjoint(YEAR.findall(text_of(heading)))
        for heading in block.iter(*HEADINGS)
    )
