"""The description of a vehicle, with its paragraphs kept."""

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from html import unescape

from lxml.html import HtmlElement, fromstring

from crawler.extract.part import part_of
from crawler.extract.price_lines import tells_price
from crawler.extract.spec_lists import broken_lines
from crawler.extract.spec_names import label_field
from crawler.extract.text import HEADINGS, fold, is_hidden, names_of, text_of
from crawler.extract.unfolding import MORE, is_unfolded
from crawler.extract.words import words

__all__ = [
    "OPTION_TITLES",
    "Description",
    "plain_paragraphs",
    "read_description",
]

BLOCKS = HEADINGS | words("block_tag")
NAMES = re.compile(
    r"descri|comment|overview|remark|narrative|story|about[-_]?(?:this|the|vehicle|car)|writeup|"
    r"write[-_]?up|beschreib|bemerk|omschrijving|beschrijving|descrizione|notes?(?:$|[\s_-])|"
    r"vehicle[-_]?text|long[-_]?text|post[-_]?content|entry[-_]?content|full[-_]?text|listing[-_]?body",
    re.IGNORECASE,
)
NOT_NAMES = re.compile(
    r"meta|seo|short|excerpt|teaser|price|image|photo|caption|dealer[-_]?(?:info|descr)|"
    r"company|site[-_]?descr|form|input|label|title|tab[-_]?nav|disclaimer",
    re.IGNORECASE,
)
TITLES = re.compile(
    r"^\W*(?:(?:vehicle|car|full|detailed|seller'?s?|dealer'?s?|the|our|complete|general) )*"
    r"(?:description|overview|comments?|notes?|remarks?|details|story|narrative|highlights|about "
    r"(?:this|the) .{1,40}|history|beschreibung|(?:fahrzeug)?beschrieb|"
    r"fahrzeugbeschreibung|fahrzeugdetails|bemerkungen?|description du "
    r"v[ée]hicule|descriptif|commentaires?|descrizione|note|omschrijving|beschrijving|"
    r"opmerkingen|descripci[óo]n|beskrivning|beskrivelse|summary|information|informations?)\W*$",
    re.IGNORECASE,
)
OPTION_TITLES = re.compile(
    r"^\W*(?:(?:vehicle|car|key|main|standard|optional|factory|additional|all|top|special|other|"
    r"highlighted|popular|listed|included|"
    r"installed|notable|safety|comfort|interior|exterior|mechanical|convenience|entertainment) )*"
    r"(?:options?|features?|equipment|extras|accessories|highlights|packages|amenities|"
    r"(?:sonder|serien)?ausstattung(?:en|smerkmale)?|sonderausstattung|extras?|[ée]quipements?"
    r"(?: et options)?|options? et [ée]quipements?|dotazion[ei]|optional|equipaggiament[oi]|"
    r"accessori|accessoires|opties|uitrusting|opties en accessoires|equipamiento|utrustning|"
    r"udstyr)(?: (?:&|and|und|et|e|en) .{1,30})?\W*$",
    re.IGNORECASE,
)
BOILERPLATE = re.compile(
    r"cookie|privacy policy|all rights reserved|©|by (?:submitting|clicking|providing)|"
    r"terms (?:of|and)|not responsible for|subject to (?:prior sale|change)|newsletter|"
    r"consent to receive|message and data rates|javascript|plus (?:government|tax)",
    re.IGNORECASE,
)
LEAST = 60
MAX_DESCRIPTION = 60_000
MAX_BLOCKS = 2_000
"""How many holders are tried, those with many elements counting more."""


class Description:
    """A description's text and the elements it stands in."""

    def __init__(self, text: str, elements: Collection[HtmlElement]) -> None:
        self.text = text
        self.elements = elements


def paragraphs_of(element: HtmlElement, without: Collection[HtmlElement] = ()) -> str:
    """Return an element's readable text, one line to a line break, an empty line between blocks."""
    pieces: list[str] = []
    stack: list[HtmlElement | str] = [element]
    first = True
    while stack:
        node = stack.pop()
        if isinstance(node, str):
            pieces.append(node)
            continue
        tag = node.tag
        if not first and (not isinstance(tag, str) or node in without or _is_unread(node)):
            continue
        first = False
        if tag == "br":
            pieces.append("\n")
            continue
        edge = (
            "\n\n" if tag in BLOCKS and tag not in ("li", "tr") else "\n" if tag in BLOCKS else ""
        )
        pieces.append(edge)
        if node.text:
            pieces.append(re.sub(r"\s+", " ", node.text))
        following: list[HtmlElement | str] = []
        for child in node:
            following.append(child)
            if child.tail:
                following.append(re.sub(r"\s+", " ", child.tail))
        # A line of a list ends where the next one begins.
        ending = "" if edge == "\n" else edge
        following.append(ending or (" " if tag in ("td", "th", "span") else ""))
        stack.extend(reversed(following))
    return _tidy("".join(pieces))


def _is_unread(node: HtmlElement) -> bool:
    if node.tag in ("button", "input", "select", "form", "nav", "img"):
        return True
    # What a "read more" button reveals is text; a style hides it until then.
    return (is_hidden(node) and not is_unfolded(node)) and (
        node.tag in ("script", "style", "template", "noscript", "svg", "iframe", "object")
        or not re.search(
            r"more|full|rest|collaps|expand|hidden-text|content", node.get("class") or "", re.I
        )
    )


def _tidy(text: str) -> str:
    text = text.replace("\u200b", "").replace("\xa0", " ")
    lines = [" ".join(line.split()) for line in text.split("\n")]
    lines = [line for line in lines if not MORE.match(line)]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def plain_paragraphs(text: str) -> str:
    """Return a text that may be HTML as plain text with its paragraphs."""
    if "<" in text or "&" in text:
        text = unescape(text) if "&lt;" in text else text
        if re.search(r"<\w+[^>]*>", text):
            try:
                return paragraphs_of(fromstring(f"<div>{text}</div>"))
            except (ValueError, TypeError):
                return ""
        text = unescape(text)
    return _tidy(text.replace("\r\n", "\n"))


def read_description(
    texts: Sequence[HtmlElement], cut: Mapping[HtmlElement, str]
) -> Description | None:
    """Return the vehicle's description: what is named or headed as one, else the longest run of
    paragraphs; None where no running text stands."""
    best: tuple[float, str, HtmlElement | Sequence[HtmlElement]] | None = None
    allowed = set(texts)
    inside: set[HtmlElement] = set()
    tried = 0
    for holder, bonus in _holders(texts):
        elements = list(holder) if isinstance(holder, tuple) else [holder]
        if any(element in inside for element in elements) and bonus < 2:
            continue
        if tried > MAX_BLOCKS:
            break
        tried += 1
        left = _left_out(elements, cut, allowed)
        text = "\n\n".join(
            part
            for element in elements
            if element not in left and (part := paragraphs_of(element, left))
        )
        prose = _prose(text)
        if prose < LEAST or len(text) > MAX_DESCRIPTION:
            continue
        # A paragraph that is named so is a remark, unless it is long.
        remark = len(elements) == 1 and elements[0].tag in ("p", "span")
        sure = min(1.0, prose / 600) if remark else 1.0
        score = bonus * sure * 1_000 + prose * (prose / max(1, len(text))) ** 1.5
        if best is None or score > best[0]:
            best = (score, text, holder)
            if bonus >= 2 and sure == 1.0:
                inside.update(elements)
    if best is None:
        return _loose(texts)
    holders = best[2] if isinstance(best[2], tuple) else (best[2],)
    covered = {inner for element in holders for inner in element.iter("*")}
    return Description(best[1], covered)


def _loose(texts: Sequence[HtmlElement]) -> Description | None:
    """The sentences that stand in the body itself, parted by breaks, as on the oldest pages."""
    body = next(texts[0].iterancestors("body"), None) if texts else None
    if body is None:
        return None
    lines = [line for line in broken_lines(part_of(body)) if _is_sentence(line)]
    text = "\n\n".join(lines)
    return Description(text, ()) if len(text) >= LEAST else None


def _is_sentence(line: str) -> bool:
    return _prose(line) > 0 and (len(line) >= LEAST or line[-1] in ".!?")


def _holders(
    texts: Sequence[HtmlElement],
) -> Iterator[tuple[HtmlElement | tuple[HtmlElement, ...], float]]:
    """What may hold the description, with how much its names speak for it."""
    parents: dict[HtmlElement, None] = {}
    for element in texts:
        tag = element.tag
        names = names_of(element)
        if element.get("itemprop") == "description":
            yield element, 3.0
        elif tag in ("div", "section", "article", "td", "p", "span", "dd", "pre") and (
            names.strip() and NAMES.search(names) and not NOT_NAMES.search(names)
        ):
            yield element, 2.0
        if (tag in HEADINGS or tag in ("strong", "b", "dt", "summary", "legend", "span")) and (
            TITLES.match(text_of(element)[:60])
        ):
            yield from _headed(element)
        if tag in ("p", "div", "span", "td", "pre", "li", "section", "article"):
            own = fold(" ".join([element.text or "", *(child.tail or "" for child in element)]))
            if len(own) >= LEAST:
                yield element, 0.0
                # Page builders wrap the text of a paragraph in spans.
                while element.tag in INLINE and (parent := element.getparent()) is not None:
                    element = parent
                parent = element.getparent()
                if parent is not None and _is_paragraph(element):
                    parents[parent] = None
    for parent in parents:
        if _opens_with_text(parent):
            yield parent, 0.3
        elif run := _paragraphs(parent):
            yield run, 0.3


INLINE = frozenset(["span", "b", "strong", "em", "i", "font", "u"])


def _paragraphs(parent: HtmlElement) -> tuple[HtmlElement, ...]:
    """The paragraphs and lists of a block from its first to its last long paragraph."""
    children = [child for child in parent if isinstance(child.tag, str)]
    long = [
        index
        for index, child in enumerate(children)
        if _is_paragraph(child) and _prose(paragraphs_of(child)) >= LEAST
    ]
    if not long:
        return ()
    end = long[-1] + 1
    while end < len(children) and children[end].tag in ("p", "ul", "ol", "blockquote"):
        end += 1
    start = long[0]
    while start and SENTENCE.match(text_of(children[start - 1])) and children[start - 1].tag == "p":
        start -= 1
    run = children[start:end]
    return tuple(
        child
        for child in run
        if child.tag in ("p", "ul", "ol", "blockquote", "h3", "h4") or _is_paragraph(child)
    )


SENTENCE = re.compile(r"[A-ZÀ-Þ][^:]{24,}[.!?]$", re.DOTALL)


def _is_paragraph(child: HtmlElement) -> bool:
    if child.tag == "div" and not child.attrib:  # What editors in the browser make of a line.
        return all(inner.tag in INLINE or inner.tag == "br" for inner in child)
    return child.tag == "p" or (is_hidden(child) and is_unfolded(child))


def _opens_with_text(parent: HtmlElement) -> bool:
    """Whether a text begins before its first paragraph, as old pages write: ``One.<p>Two.``"""
    return len(fold(parent.text or "")) >= LEAST and all(
        child.tag in INLINE or child.tag in ("p", "br") for child in parent
    )


def _headed(heading: HtmlElement) -> Iterator[tuple[tuple[HtmlElement, ...], float]]:
    """What follows a heading up to the next one, here or behind the block it leads."""
    node = heading
    for _ in range(3):
        followers: list[HtmlElement] = []
        for sibling in node.itersiblings():
            if not isinstance(sibling.tag, str):
                continue
            if sibling.tag in HEADINGS or (
                heading.tag not in HEADINGS and sibling.tag == heading.tag
            ):
                break
            followers.append(sibling)
            if len(followers) >= 200:
                break
        if followers:
            yield tuple(followers), 2.0
            return
        parent = node.getparent()
        if parent is None or parent.tag in ("body", "main"):
            return
        node = parent


def _left_out(
    elements: Sequence[HtmlElement],
    cut: Mapping[HtmlElement, str],
    allowed: Collection[HtmlElement],
) -> set[HtmlElement]:
    """What does not belong to a description inside its holder: cut parts, tables of facts, titles
    of sections."""
    left: set[HtmlElement] = set()
    for element in elements:
        for inner in element.iter("*"):
            if (
                (cut.get(inner) in ("cut", "hidden") and inner not in allowed)
                or inner.tag in ("table", "dl", "form")
                or (
                    inner.tag in HEADINGS
                    and (
                        TITLES.match(text_of(inner)[:60])
                        or OPTION_TITLES.match(text_of(inner)[:60])
                    )
                )
                or (inner.tag == "ul" and _is_fact_list(inner))
            ):
                left.add(inner)
    return left


def _is_fact_list(items: HtmlElement) -> bool:
    lines = [item for item in items if item.tag == "li"]
    return len(lines) >= 2 and sum(map(_is_fact, lines)) >= 0.5 * len(lines)


def _is_fact(item: HtmlElement) -> bool:
    label, colon, _ = text_of(item).partition(":")
    if not colon and len(item):
        label = text_of(item[0])  # A label and its value side by side.
    return bool(label_field(label)) and (bool(colon) or len(item) > 1 or bool(item[0].tail))


def _prose(text: str) -> float:
    """How many characters of a text are sentences about something, not boilerplate or facts."""
    amount = 0
    for line in text.split("\n"):
        if len(line) < 25 and not line.endswith((".", "!", "?")):
            continue
        if BOILERPLATE.search(line):
            continue
        if len(line) < 60 and (":" in line[:30] or tells_price(line)):
            continue
        amount += len(line)
    return amount
